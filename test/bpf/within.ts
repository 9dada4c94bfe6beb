/** Ends work that never ends by itself: a test of damaged input must fail, not hang. */
import { createContext, Script } from 'node:vm';

const context = createContext({ work: undefined as unknown });
const script = new Script('work()');

/** What `work` returns. @throws what it throws, or ERR_SCRIPT_EXECUTION_TIMEOUT after `ms` */
export function within<T>(ms: number, work: () => T): T {
	context.work = work;
	return script.runInContext(context, { timeout: ms }) as T;
}
