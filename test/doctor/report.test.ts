/** The report says everything, in both languages, on any terminal. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Chalk } from 'chalk';
import { GROUPS, no, notPermitted, type Probe, unknown } from '../../src/doctor/probe.ts';
import { PROBES } from '../../src/doctor/probes/index.ts';
import { marksFor, reportJson, reportText } from '../../src/doctor/report.ts';
import { setLanguage } from '../../src/lang.ts';
import { findings } from './made-up.ts';

const plain = new Chalk({ level: 0 });
const ASCII = marksFor({});
const HAN = /\p{Script=Han}/u;
const probes: [string, Probe][] = Object.entries(PROBES);

const mixed = () =>
	findings({ fentry: no('for a reason'), kprobe: notPermitted('who are you'), lockdown: unknown('nobody knows'), btf: no('') });
const text = (given = mixed()) => reportText(given, plain, ASCII);

describe('the table', () => {
	for (const [id, { means, since, sinceArm64, remedy, config }] of probes)
		test(id, () => {
			for (const [en, zh] of [means, ...(remedy ? [remedy] : [])]) {
				assert.doesNotMatch(en, HAN);
				assert.ok(zh !== '' && en !== '');
			}
			assert.match(means[1], HAN);
			for (const release of [since, sinceArm64]) if (release !== undefined) assert.match(release, /^[4-7]\.\d+$/);
			for (const option of config ?? []) assert.match(option, /^CONFIG_[A-Z0-9_]+$/);
		});
});

describe('text', () => {
	afterEach(() => setLanguage('en'));

	for (const [language, index] of [
		['en', 0],
		['zh', 1],
	] as const)
		test(`every probe and every group, ${language}`, () => {
			setLanguage(language);
			const lines = text();
			for (const [id, { means }] of probes)
				assert.ok(
					lines.some((line) => line.includes(id) && line.includes(means[index])),
					id,
				);
			for (const title of Object.values(GROUPS)) assert.ok(lines.includes(title[index]), title[index]);
			if (language === 'en') assert.doesNotMatch(lines.join('\n'), HAN);
		});

	test('a mark each', () => {
		const lines = text();
		const marked = (mark: string, id: string) => lines.filter((line) => line.startsWith(`  ${mark} ${id} `)).length;
		assert.equal(marked('+', 'libbpf'), 1);
		assert.equal(marked('-', 'fentry'), 1);
		assert.equal(marked('?', 'kprobe'), 1);
	});

	test('a no and an unknown say why, on their line or below it', () => {
		for (const why of ['for a reason', 'who are you', 'nobody knows'])
			assert.ok(
				text().some((line) => line.includes(why)),
				why,
			);
	});

	test('a no says since when it would work', () =>
		assert.ok(
			reportText({ ...mixed(), fentry: { ...mixed().fentry, since: '5.5' } }, plain, ASCII).some((line) =>
				/fentry.*\(since 5\.5\)/.test(line),
			),
		));

	test('privileges are asked for where they would answer something', () => {
		assert.match(
			text(findings({ kprobe: notPermitted(''), CAP_BPF: no('') })).join('\n'),
			/^1 question needs privileges: sudo nettrace doctor$/m,
		);
		assert.match(text(findings({ kprobe: notPermitted(''), 'user-namespace': no('') })).join('\n'), /outside of this container/);
		assert.doesNotMatch(text(findings()).join('\n'), /sudo|outside/);
	});

	test('no colour without being asked, some with it', () => {
		assert.ok(!text().join('').includes('\u001b'));
		assert.ok(
			reportText(mixed(), new Chalk({ level: 1 }), ASCII)
				.join('')
				.includes('\u001b[31m'),
		);
	});
});

describe('marks', () => {
	for (const [environment, yes] of [
		[{ LANG: 'en_US.UTF-8' }, '✓'],
		[{ LANG: 'C.utf8' }, '✓'],
		[{ LANG: 'C' }, '+'],
		[{}, '+'],
		[{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, '+'],
		[{ LANG: 'C', LC_CTYPE: 'zh_CN.UTF-8' }, '✓'],
	] as const)
		test(JSON.stringify(environment), () => assert.equal(marksFor(environment).yes, yes));
});

describe('JSON', () => {
	test('one object of the documented shape', () => {
		const line = reportJson(mixed());
		assert.ok(!line.includes('\n'));
		assert.ok(line.startsWith('{"type":"doctor","schema":1,'));
		const report = JSON.parse(line);
		assert.deepEqual(
			report.probes.map(({ id }: { id: string }) => id),
			Object.keys(PROBES),
		);
		for (const { id, result, why } of report.probes) {
			assert.ok(['yes', 'no', 'unknown'].includes(result), id);
			assert.equal(why === undefined, result === 'yes', id);
		}
		assert.deepEqual(
			report.commands.map(({ name, works, note }: Record<string, unknown>) => [name, works, typeof note]),
			[
				['droptrace', false, 'string'],
				['nettrace', false, 'string'],
			],
		);
		assert.deepEqual(report.backends, []);
		for (const key of ['kernel', 'arch', 'version']) assert.equal(typeof report[key], 'string', key);
	});
});
