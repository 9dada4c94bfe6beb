/** --stat when there are more kinds of drops than the kernel has room for. */
import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { describe, test } from 'node:test';
import { StatKey } from '../../src/bpf/generated/events.ts';
import { libbpf } from '../../src/bpf/libbpf.ts';
import { possibleCpus } from '../../src/bpf/rings.ts';
import { unable } from './here.ts';
import { mapOf } from './kernel-objects.ts';
import { endOf } from './lines.ts';
import { Netns } from './netns.ts';
import { Refuser } from './programs.ts';
import { Run } from './run.ts';
import { until } from './until.ts';

const KINDS = 1_000_000;
const BPF_NOEXIST = 1;

/** A packet of each of so many locations, as far as there is room. @returns for how many there was */
function fill(map: number, kinds: number): number {
	const key = new DataView(new ArrayBuffer(StatKey.size));
	const value = new BigUint64Array(possibleCpus());
	value[0] = 1n;
	let rows = 0;
	for (let kind = 1; kind <= kinds; kind++) {
		key.setBigUint64(0, BigInt(kind), true);
		if (libbpf.bpf_map_update_elem(map, key, value, BPF_NOEXIST) >= 0) rows++;
	}
	return rows;
}

interface StatLine {
	rows: { reason?: string; packets: number }[];
	other: number;
}

describe('--stat', { skip: unable }, () => {
	test('counts what finds no row as other, says so, and goes on', async (t) => {
		const netns = new Netns(t);
		await new Refuser(t, netns, 'refuser').open(4000);
		const run = await new Run(t, ['--netns', netns.name, '--all', '--stat', '1s']).ready();
		netns.drop(30);
		const stats = () =>
			run.stdout
				.split('\n')
				.slice(0, -1)
				.filter((line) => line.startsWith('{"type":"stat"'))
				.map((line) => JSON.parse(line) as StatLine);
		await until('a row', () => (stats().at(-1)?.rows.length ?? 0) > 0);
		const map = mapOf(run.pid, 'stats');
		const rows = fill(map, KINDS);
		closeSync(map);
		assert.ok(rows > 1000 && rows < KINDS, `room for ${rows}`);
		netns.drop(70);
		// refused by a filter: of a kind that is not there yet
		netns.drop(40, { port: 4000 });
		await until('the full table to be told', () => run.stderr.includes('no room for more kinds of drops'));
		assert.equal(await run.interrupt(), 0);
		const last = stats().at(-1);
		assert.equal(last?.rows.find(({ reason, packets }) => reason === 'NO_SOCKET' && packets >= 100)?.packets, 100, 'a kind that has a row');
		assert.equal(last?.other, 40);
		const { drops, lost } = endOf(run.lines());
		assert.equal(drops, 140);
		assert.equal(lost, 0);
	});
});
