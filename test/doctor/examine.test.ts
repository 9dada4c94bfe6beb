/** What the probes answer on this very kernel: certain only where the kernel's version, its configuration or another way tells. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { examine } from '../../src/doctor/examine.ts';
import { Machine } from '../../src/doctor/machine.ts';
import { PROBES, type ProbeId } from '../../src/doctor/probes/index.ts';
import { missing } from '../cli/requirements.ts';

const machine = new Machine();
const findings = examine(machine);
const result = (id: ProbeId) => findings[id].answer.result;
const all = Object.values(findings);

const root = missing(['root']) || (machine.firstUserNamespace() ? false : 'not in the first user namespace');
/** The strictest mode forbids even tracepoints. */
const strict =
	result('lockdown') === 'no' && JSON.stringify(findings.lockdown.answer).includes('confidentiality') ? 'the kernel is locked down' : false;
const open = root || strict || (result('libbpf') === 'yes' ? false : 'no libbpf') || (result('btf') === 'yes' ? false : 'no BTF');
/** Nothing is refused, so that version and configuration decide. */
const free = open || (result('lockdown') === 'yes' ? false : 'the kernel is locked down, or nobody knows');
const since = (release: string) => (machine.isSince(release) ? false : `the kernel is older than ${release}`);

/** Kernels of Debian 11 to 14, whose configuration cannot be read where it is not installed. */
const DEBIAN: Partial<Record<ProbeId, Readonly<Record<string, 'yes' | 'no'>>>> = {
	'drop-reasons': { '5.10': 'no', '6.1': 'yes', '6.12': 'yes', '7.2': 'yes' },
	'drop-socket': { '5.10': 'no', '6.1': 'no', '6.12': 'yes', '7.2': 'yes' },
	fentry: { '5.10': 'yes', '6.1': 'yes', '6.12': 'yes', '7.2': 'yes' },
	fexit: { '5.10': 'yes', '6.1': 'yes', '6.12': 'yes', '7.2': 'yes' },
	'fentry-multi': { '5.10': 'no', '6.1': 'no', '6.12': 'no', '7.2': 'yes' },
	kprobe: { '5.10': 'yes', '6.1': 'yes', '6.12': 'yes', '7.2': 'yes' },
	'kprobe-multi': { '5.10': 'no', '6.12': 'yes', '7.2': 'yes' },
	netfilter: { '5.10': 'no', '6.1': 'no', '6.12': 'yes', '7.2': 'yes' },
	'get-func-ip': { '5.10': 'no', '6.1': 'yes', '6.12': 'yes', '7.2': 'yes' },
};

describe('on this kernel', () => {
	test('every probe is answered, with a reason for what is no yes', () => {
		assert.deepEqual(
			all.map(({ id }) => id),
			Object.keys(PROBES),
		);
		for (const { id, answer } of all) if (answer.result !== 'yes') assert.match(answer.why, /\S/, id);
	});

	test('a kernel that is new enough is never called older', () => {
		for (const { id, answer, since } of all)
			if ('why' in answer && since !== undefined && machine.isSince(since)) assert.doesNotMatch(answer.why, /is older/, id);
	});

	test('types are there when their file is', () => assert.equal(result('btf') === 'yes', existsSync('/sys/kernel/btf/vmlinux')));

	test('who has all rights is told to get none', { skip: root }, () => {
		for (const { id, answer } of all) assert.ok(!('permission' in answer) || machine.seccomp(), id);
	});

	test('a refusal to who has all rights names who may be behind it', { skip: root }, () => {
		for (const { id, answer } of all)
			if (answer.result === 'no' && answer.why.includes('EPERM')) assert.match(answer.why, /lockdown|security module/, id);
	});

	test('who has no rights learns nothing of what needs them', { skip: root === false && 'root has them' }, () => {
		for (const { id, probe, answer } of all)
			if (probe.rights && machine.missing(probe.rights).length > 0) assert.notEqual(answer.result, 'no', id);
	});

	for (const id of [
		'tp_btf',
		'droptrace',
		'raw-tracepoint',
		'tracepoint',
		'iter',
		'ringbuf',
		'ringbuf-array',
		'mmapable-array',
		'get-stack',
	] as const)
		test(`${id} works since 5.10`, { skip: open || since('5.10') }, () =>
			assert.deepEqual(findings[id].answer.result, 'yes', JSON.stringify(findings[id])),
		);

	test('drop reasons are there since 5.17', { skip: open || since('5.17') }, () => assert.equal(result('drop-reasons'), 'yes'));
	test('the socket of a drop is told since 6.11', { skip: open || since('6.11') }, () => assert.equal(result('drop-socket'), 'yes'));

	const version = /^(\d+\.\d+).*-amd64$/.exec(machine.release)?.[1] ?? '';
	for (const [id, answers] of Object.entries(DEBIAN))
		test(
			`${id} on a kernel of Debian`,
			{ skip: free || (answers[version] === undefined && 'no stock kernel of Debian, or another one') },
			() => assert.equal(result(id as ProbeId), answers[version], JSON.stringify(findings[id as ProbeId].answer)),
		);

	// x86-64: elsewhere these came later
	for (const [id, release, ...options] of [
		['fentry', '5.10', 'CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS'],
		['fexit', '5.10', 'CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS'],
		['fentry-multi', '7.2', 'CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS'],
		['kprobe', '5.10', 'CONFIG_KPROBES', 'CONFIG_KPROBE_EVENTS'],
		['kprobe-multi', '5.18', 'CONFIG_FPROBE'],
		['netfilter', '6.4', 'CONFIG_NETFILTER_BPF_LINK'],
	] as const) {
		const built = options.map((option) => machine.builtWith(option));
		const untold = built.includes(undefined) && 'the configuration of this kernel cannot be read';
		const elsewhere = process.arch !== 'x64' && 'not x86-64';
		test(`${id} works if the kernel was built with it`, { skip: free || since(release) || elsewhere || untold }, () =>
			assert.equal(result(id), built.every(Boolean) ? 'yes' : 'no', JSON.stringify(findings[id])),
		);
		test(`${id} is not there without`, { skip: open || untold || (built.every(Boolean) && 'it was built with it') }, () =>
			assert.equal(result(id), 'no'),
		);
	}

	test('fentry for many functions is more than fentry for one', { skip: open }, () =>
		assert.ok(result('fentry-multi') !== 'yes' || result('fentry') === 'yes'),
	);
});
