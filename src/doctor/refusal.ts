/** From an errno to an answer: what the kernel meant by it, and whether that is certain. */
import { errnoText } from '../bpf/errno.ts';
import { say } from '../lang.ts';
import type { Refused, Step } from './attempt.ts';
import type { Machine } from './machine.ts';
import { type Answer, no, notPermitted, type Probe, unknown } from './probe.ts';

const EPERM = 1;
const EACCES = 13;
/** EINTR EAGAIN ENOMEM EBUSY ENFILE EMFILE: they say something about this moment, not about the kernel */
const PASSING: ReadonlySet<number> = new Set([4, 11, 12, 16, 23, 24]);

const STEPS: Record<Step, readonly [string, string]> = {
	load: ['loading it', '加载'],
	attach: ['attaching it', '挂载'],
	create: ['making it', '创建'],
	map: ['mapping it into memory', '映射到内存'],
	namespace: ['making a network namespace to try it in', '创建用于尝试的网络命名空间'],
};

/** 'attaching it: EINVAL (invalid argument)' */
const refusal = ({ step, code }: Refused): string => `${say(...STEPS[step])}: ${errnoText(code)}`;

/** @param since kernel release that brought what was tried to this architecture */
export function explain(refused: Refused, probe: Probe, since: string | undefined, machine: Machine): Answer {
	const { code, step, log } = refused;
	const told = refusal(refused);
	if (code === EPERM || code === EACCES) {
		const rights = step === 'namespace' ? (['CAP_SYS_ADMIN'] as const) : (probe.rights ?? []);
		// EACCES is also the verifier's word for a program it does not like
		return barred(machine, rights) ?? (log === '' ? refusedAll(told, code, machine) : no(`${told}: ${lastWords(log)}`));
	}
	if (PASSING.has(code)) return unknown(told);
	if (step === 'namespace') return unknown(told);
	if (since !== undefined && !machine.isSince(since))
		return no(say(`this kernel, ${machine.release}, is older than that (${told})`, `此内核 ${machine.release} 早于该版本(${told})`));
	const options = probe.config ?? [];
	const left = options.filter((option) => machine.builtWith(option) === false);
	if (left.length > 0)
		return no(say(`the kernel was built without ${left.join(', ')} (${told})`, `内核未启用 ${left.join('、')}(${told})`));
	if (options.some((option) => machine.builtWith(option) === undefined)) {
		const names = options.join(', ');
		return no(say(`${told}; perhaps the kernel was built without ${names}`, `${told};内核可能未启用 ${names}`));
	}
	return no(told);
}

/** The verifier's complaint comes before its statistics. */
const lastWords = (log: string): string =>
	log.split('\n').findLast((line) => line.trim() !== '' && !/^processed \d+ insns/.test(line)) ?? '';

type Rights = NonNullable<Probe['rights']>;

/** Why this process is in no position to learn anything; undefined when it may do everything. */
function barred(machine: Machine, rights: Rights): Answer | undefined {
	const missing = machine.missing(rights);
	if (missing.length > 0) {
		const names = missing.join(', ');
		return notPermitted(say(`not permitted: ${names} missing`, `权限不足:缺少 ${names}`));
	}
	if (machine.firstUserNamespace()) return undefined;
	return notPermitted(say('not permitted: capabilities of a user namespace do not count', '权限不足:用户命名空间中的权限无效'));
}

/** What is said to be enough was not: what was in the way? */
function refusedAll(told: string, code: number, machine: Machine): Answer {
	const limit = machine.isSince('5.11') || machine.has('CAP_SYS_RESOURCE') ? undefined : machine.lockedMemory();
	if (limit !== undefined && code === EPERM)
		return notPermitted(
			say(
				`${told}; perhaps because only ${limit} bytes may be locked (ulimit -l)`,
				`${told};可能因为只能锁定 ${limit} 字节内存(ulimit -l)`,
			),
		);
	if (!machine.has('CAP_SYS_ADMIN')) return notPermitted(say(`${told}; CAP_SYS_ADMIN would tell`, `${told};需要 CAP_SYS_ADMIN 才能判断`));
	if (machine.seccomp())
		return notPermitted(
			say(
				`${told}, although privileged; perhaps by a seccomp filter of the container or service`,
				`虽有权限仍被拒绝(${told});可能是容器或服务的 seccomp 过滤器`,
			),
		);
	const cause = suspect(machine);
	return no(say(`refused by the kernel although privileged (${cause}); ${told}`, `虽有权限,内核仍拒绝(${cause});${told}`));
}

/** Who may refuse what root asks for. */
function suspect(machine: Machine): string {
	const lockdown = machine.lockdown();
	if ('why' in lockdown) return say('lockdown, or a security module?', 'lockdown 或安全模块?');
	if ('mode' in lockdown && lockdown.mode !== 'none') return `lockdown=${lockdown.mode}`;
	return say('a security module?', '安全模块?');
}
