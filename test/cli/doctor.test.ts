/** The command nettrace doctor: streams, statuses, languages, and machines that lack something. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { doctor, helper, json, LIMIT_MS, resultOf, TOOL, usual, worksIn } from '../doctor/command.ts';
import { PROJECT } from './programs.ts';
import { missing, type Requirement } from './requirements.ts';

const need = (...requirements: Requirement[]) => ({ skip: missing(requirements) });

describe('nettrace doctor', { concurrency: 2 }, () => {
	test('its status is what it says about droptrace', () => {
		const outcome = usual();
		assert.ok([0, 3, 4].includes(outcome.status ?? -1), String(outcome.status));
		assert.equal(worksIn(json(outcome), 'droptrace'), outcome.status === 0);
	});

	test('what it says about droptrace is so', need('root'), () => {
		const tried = spawnSync(join(PROJECT, 'bin/droptrace'), ['--duration', '10ms'], { encoding: 'utf8', timeout: LIMIT_MS });
		assert.equal(usual().status === 0, tried.status === 0, tried.stderr);
	});

	test('text in English, with marks of UTF-8, without colours', () => {
		const { stdout } = doctor();
		assert.match(stdout, /^nettrace [\d.]+: Linux /);
		assert.match(stdout, /^What follows$/m);
		assert.match(stdout, /^ {2}✓ libbpf /m);
		assert.doesNotMatch(stdout, /\p{Script=Han}|\x1b/u);
	});

	test('text in Chinese', () => assert.match(doctor([], { LANG: 'zh_CN.UTF-8' }).stdout, /^结论$/m));

	test('marks that any terminal has, colours when asked for', () => {
		const { stdout } = doctor(['--color', 'always'], { LANG: 'C' });
		assert.doesNotMatch(stdout, /[^\0-\x7f]/);
		assert.match(stdout, /\x1b\[/);
	});

	test('JSON is not translated', () => assert.doesNotMatch(doctor(['--json', '--lang', 'zh']).stdout, /\p{Script=Han}/u));

	test('mistakes', () => {
		for (const options of [['everything'], ['--color', 'blue'], ['--fast']]) {
			const { status, stdout, stderr } = doctor(options);
			assert.deepEqual([status, stdout], [2, ''], options.join(' '));
			assert.match(stderr, /^nettrace: .*\n$/);
		}
	});

	test("the verifier's words with --debug, and nowhere else", need('root'), () => {
		const { stdout, stderr } = doctor(['--debug', '--json']);
		assert.match(stdout, /^\{"type":"doctor",.*\}\n$/);
		for (const { id, result } of json(usual()).probes) if (result === 'yes') assert.ok(!stderr.includes(`${id}: `), id);
		if (/"fentry-multi","result":"no".*EINVAL/.test(stdout)) assert.match(stderr, /^fentry-multi: .*btf_id/m);
	});

	test('a reader that left is no error', () => {
		const script = '{ "$0" doctor; echo "status $?" >&2; } | true';
		const { stderr } = spawnSync('sh', ['-c', script, TOOL], { encoding: 'utf8', timeout: LIMIT_MS });
		assert.equal(stderr, 'status 0\n');
	});

	test('a namespace is made by who may', need('tracing', 'setpriv'), () => {
		const as = ['setpriv', '--inh-caps=-all', '--bounding-set=-all,+bpf,+perfmon,+net_admin'];
		const answer = json(doctor(['--json'], { as })).probes.find(({ id }) => id === 'netfilter');
		if (resultOf(json(usual()), 'netfilter') === 'yes')
			assert.match(`${answer?.result} ${answer?.why}`, /^unknown .*CAP_SYS_ADMIN missing/);
		else assert.equal(answer?.result, 'no');
	});

	test('in a user namespace capabilities do not count', need('root', 'unshare'), (t) => {
		const as = ['unshare', '--user', '--map-root-user'];
		if (spawnSync(as[0] as string, [...as.slice(1), 'true']).status !== 0) return t.skip('user namespaces are not allowed');
		const outcome = doctor(['--json'], { as });
		const report = json(outcome);
		assert.equal(outcome.status, 4);
		assert.equal(resultOf(report, 'CAP_BPF'), 'yes');
		assert.equal(resultOf(report, 'user-namespace'), 'no');
		assert.equal(resultOf(report, 'tp_btf'), 'unknown');
	});

	test('without type information', need('tracing', 'unshare'), () => {
		const outcome = doctor(['--json'], { as: [helper('without-btf')] });
		const report = json(outcome);
		assert.equal(outcome.status, 3);
		assert.equal(resultOf(report, 'btf'), 'no');
		assert.equal(resultOf(report, 'tp_btf'), 'unknown');
		assert.equal(resultOf(report, 'ringbuf'), 'yes');
		assert.deepEqual(report.backends, []);
		assert.match(report.commands[0]?.note ?? '', /for want of btf .*distribution kernel/);
	});

	test('without libbpf', need('root', 'unshare'), () => {
		const outcome = doctor(['--json'], { as: [helper('without-libbpf')] });
		const report = json(outcome);
		assert.equal(outcome.status, 3);
		assert.equal(report.libbpf, undefined);
		assert.equal(resultOf(report, 'libbpf'), 'no');
		assert.match(report.commands[0]?.note ?? '', /for want of libbpf .*apt install libbpf1/);
	});
});
