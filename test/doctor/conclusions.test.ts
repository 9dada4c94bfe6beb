/** What follows from made-up findings. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BACKENDS, type Backend, backendsOf, type CommandName, type Conclusion, conclude, statusOf } from '../../src/doctor/conclusions.ts';
import type { Findings } from '../../src/doctor/examine.ts';
import { no, notPermitted, unknown } from '../../src/doctor/probe.ts';
import type { ProbeId } from '../../src/doctor/probes/index.ts';
import { findings } from './made-up.ts';

const of = (name: CommandName, given: Findings): Conclusion => conclude(given).find((conclusion) => conclusion.name === name) as Conclusion;
const all = Object.keys(BACKENDS) as Backend[];
const without = (...ids: ProbeId[]) => findings(Object.fromEntries(ids.map((id) => [id, no(`no ${id}`)])));

test('where everything works, everything is said to', () => {
	const given = findings();
	assert.equal(statusOf(given), 0);
	assert.deepEqual(backendsOf(given), all);
	assert.deepEqual(of('droptrace', given), { name: 'droptrace', works: true, permission: false, note: 'works' });
	assert.equal(of('nettrace', given).note, `can follow packets through ${all.join(', or ')}`);
});

describe('droptrace', () => {
	for (const id of ['libbpf', 'btf', 'tp_btf', 'ringbuf', 'ringbuf-array', 'mmapable-array', 'droptrace'] as const)
		test(`cannot do without ${id}`, () => {
			const given = without(id);
			assert.equal(statusOf(given), 3);
			assert.match(of('droptrace', given).note, new RegExp(`does not work for want of ${id} \\(no ${id}\\)`));
		});

	test('works without reasons, and says so', () => {
		const given = without('drop-reasons');
		assert.equal(statusOf(given), 0);
		assert.match(of('droptrace', given).note, /^works; without reasons, which came with 5\.17/);
	});

	test('works where fentry and kprobes are refused', () =>
		assert.equal(statusOf(without('fentry', 'fexit', 'kprobe', 'kprobe-multi', 'fentry-multi')), 0));

	test('may work with privileges', () => {
		const given = findings({ tp_btf: notPermitted('who are you'), droptrace: notPermitted('not tried') });
		assert.equal(statusOf(given), 4);
		assert.equal(of('droptrace', given).note, 'could not be told, for want of tp_btf (who are you)');
	});

	test('does not work with any privileges where something is missing', () =>
		assert.equal(statusOf(findings({ tp_btf: notPermitted(''), btf: no('') })), 3));

	test('what could not be told is not permission', () => assert.equal(statusOf(findings({ tp_btf: unknown('') })), 3));

	test('a remedy is given', () => assert.match(of('droptrace', without('libbpf')).note, /apt install libbpf1/));
});

describe('ways to follow packets', () => {
	for (const [index, backend] of all.entries())
		test(`${backend} is the best where those before it do not work`, () => {
			const given = without(...all.slice(0, index).flatMap((better) => [...BACKENDS[better].probes]));
			assert.deepEqual(backendsOf(given), all.slice(index));
			assert.match(of('nettrace', given).note, new RegExp(`^can follow packets through ${backend}\\b`));
		});

	test('fentry is none without fexit', () => assert.ok(!backendsOf(without('fexit')).includes('fentry')));
	test('there is none without ring buffers', () => assert.deepEqual(backendsOf(without('ringbuf')), []));

	test('none at all', () => {
		const given = without(...all.flatMap((backend) => [...BACKENDS[backend].probes]));
		assert.match(of('nettrace', given).note, /^does not work for want of tp_btf/);
	});

	test('one that could not be told leaves it open', () => {
		const given = findings({
			...Object.fromEntries(all.flatMap((backend) => BACKENDS[backend].probes.map((id) => [id, no('')]))),
			kprobe: notPermitted('who are you'),
		});
		assert.deepEqual(of('nettrace', given), {
			name: 'nettrace',
			works: false,
			permission: true,
			note: 'could not be told, for want of kprobe (who are you)',
		});
	});
});
