/** A clock that tests set. */
import { mock } from 'node:test';

/** From now on elapsed() gives what `read` gives, ms, until the mocks are restored. */
export function setClock(read: () => number): void {
	mock.method(process, 'hrtime', () => {
		const now = read();
		return [Math.floor(now / 1000), (now % 1000) * 1_000_000];
	});
}
