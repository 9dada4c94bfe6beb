/** What an errno means depends on who asked, on which kernel. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Refused } from '../../src/doctor/attempt.ts';
import { type Answer, type Probe, yes } from '../../src/doctor/probe.ts';
import { explain } from '../../src/doctor/refusal.ts';
import { setLanguage } from '../../src/lang.ts';
import { MadeUpMachine, type Traits } from './made-up.ts';

const EPERM = 1;
const ENOMEM = 12;
const EACCES = 13;
const EINVAL = 22;
const EOPNOTSUPP = 95;

const PROBE: Probe = {
	group: 'programs',
	means: ['something', '某物'],
	since: '5.5',
	rights: ['CAP_BPF', 'CAP_PERFMON'],
	config: ['CONFIG_ONE', 'CONFIG_OTHER'],
	try: () => yes(),
};

const told = (code: number, traits: Traits = {}, log = ''): Answer =>
	explain(new Refused('load', code, log), PROBE, '5.5', new MadeUpMachine(traits));

function assertAnswer(answer: Answer, result: 'no' | 'unknown', why: RegExp, permission = false): void {
	assert.equal(answer.result, result);
	assert.match('why' in answer ? answer.why : '', why);
	assert.equal('permission' in answer, permission);
}

describe('EPERM', () => {
	test('tells nothing to who has no capability', () =>
		assertAnswer(told(EPERM, { capabilities: [] }), 'unknown', /CAP_BPF, CAP_PERFMON missing/, true));
	test('names the one that is missing', () =>
		assertAnswer(told(EPERM, { capabilities: ['CAP_BPF'] }), 'unknown', /: CAP_PERFMON missing/, true));
	test('is not certain without CAP_SYS_ADMIN', () =>
		assertAnswer(told(EPERM, { capabilities: ['CAP_BPF', 'CAP_PERFMON'] }), 'unknown', /CAP_SYS_ADMIN would tell/, true));
	test('tells nothing in another user namespace', () =>
		assertAnswer(told(EPERM, { firstUserNamespace: false }), 'unknown', /user namespace/, true));
	test('may come from a seccomp filter', () => assertAnswer(told(EPERM, { seccomp: true }), 'unknown', /seccomp/, true));
	test('is a no on a kernel that is locked down', () =>
		assertAnswer(
			told(EPERM, { lockdown: { mode: 'integrity' } }),
			'no',
			/privileged \(lockdown=integrity\); loading it: EPERM \(operation not permitted\)/,
		));
	test('is a no by something else on one that is not', () => assertAnswer(told(EPERM), 'no', /security module/));
	test('names lockdown as possible where it cannot be read', () =>
		assertAnswer(told(EPERM, { lockdown: { why: '' } }), 'no', /lockdown, or a security module/));

	const limited: Traits = { lockedMemory: 65536, capabilities: ['CAP_BPF', 'CAP_PERFMON'] };
	test('may come from the limit of locked memory before 5.11', () =>
		assertAnswer(told(EPERM, { ...limited, release: '5.10.0' }), 'unknown', /ulimit -l/, true));
	test('but not since', () => assertAnswer(told(EPERM, { ...limited, release: '5.11.0' }), 'unknown', /CAP_SYS_ADMIN/, true));
	test('nor for who may lift it', () => assertAnswer(told(EPERM, { lockedMemory: 65536, release: '5.10.0' }), 'no', /although privileged/));
});

describe('EACCES', () => {
	test('without a log is a refusal', () => assertAnswer(told(EACCES), 'no', /although privileged/));
	test('with one it is the verifier that complains', () =>
		assertAnswer(
			told(EACCES, {}, 'R1 invalid mem access\nprocessed 2 insns (limit 1000000)\n'),
			'no',
			/EACCES .*: R1 invalid mem access$/,
		));
	test('and nothing for who may not', () =>
		assertAnswer(told(EACCES, { capabilities: [] }, 'R1 pointer comparison\n'), 'unknown', /missing/, true));
});

describe('other errors', () => {
	test('an older kernel is why', () => assertAnswer(told(EINVAL, { release: '5.4.0' }), 'no', /5\.4\.0, is older .*EINVAL/));
	test('5.10 is not older than 5.5', () =>
		assertAnswer(told(EINVAL, { release: '5.10.0', options: { CONFIG_ONE: true, CONFIG_OTHER: true } }), 'no', /^loading it: EINVAL/));
	test('options the kernel was built without', () =>
		assertAnswer(
			told(EOPNOTSUPP, { options: { CONFIG_ONE: true } }),
			'no',
			/^the kernel was built without CONFIG_OTHER \(loading it: EOPNOTSUPP/,
		));
	test('options it was perhaps built without', () => assertAnswer(told(EOPNOTSUPP), 'no', /perhaps .* without CONFIG_ONE, CONFIG_OTHER$/));
	test('what passes tells nothing about the kernel', () => assertAnswer(told(ENOMEM), 'unknown', /ENOMEM/));
	test('a namespace that cannot be made tells nothing about what was to be tried in it', () => {
		const refused = new Refused('namespace', EPERM);
		const machine = new MadeUpMachine({ capabilities: ['CAP_BPF', 'CAP_PERFMON'] });
		assertAnswer(explain(refused, PROBE, '5.5', machine), 'unknown', /CAP_SYS_ADMIN missing/, true);
	});
});

describe('in Chinese', () => {
	afterEach(() => setLanguage('en'));
	for (const [name, code, traits] of [
		['not permitted', EPERM, { capabilities: [] }],
		['user namespace', EPERM, { firstUserNamespace: false }],
		['refused', EPERM, {}],
		['older', EINVAL, { release: '5.4.0' }],
		['without options', EINVAL, { options: {} }],
	] as const)
		test(name, () => {
			setLanguage('zh');
			assertAnswer(
				told(code, traits),
				code === EPERM && name !== 'refused' ? 'unknown' : 'no',
				/\p{Script=Han}/u,
				code === EPERM && name !== 'refused',
			);
		});
});
