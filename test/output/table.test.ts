import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Chalk } from 'chalk';
import Table from 'cli-table3';
import type { StatReport, StatRow } from '../../src/drops/stats.ts';
import { short, TableSink } from '../../src/output/table.ts';
import { keeping, MUCH, OWN } from './sample.ts';

const { reason, location, device, netns, packet } = MUCH;
const ROW: StatRow = {
	location,
	packets: 1234,
	recent: 50,
	sample: packet,
	...(reason && { reason }),
	...(device && { device }),
	...(netns && { netns }),
};
const report = (rows: StatRow[], more: Partial<StatReport> = {}): StatReport => ({
	time: { seconds: 1, nanoseconds: 0 },
	seconds: 2,
	rows,
	other: 0,
	benign: 0,
	...more,
});

function shown(each: StatReport, columns = 200, rows = 24): string[] {
	const kept = keeping();
	new TableSink(kept.writer, OWN, new Chalk({ level: 1 }), Table, () => ({ columns, rows })).stat(each);
	return kept.lines.flatMap((line) => line.split('\n')).map((line) => line.replace(/\x1b\[[\d;]*[A-Za-z]/g, ''));
}

describe('counts on a terminal', () => {
	it('are a rate, a number, and the first packet of their kind', () => {
		const [headline = '', titles = '', row = '', ...rest] = shown(report([ROW]));
		assert.match(headline, /1234 drops, 25\/s$/);
		assert.match(titles, /^RATE\/S +DROPS +REASON +WHERE +DEVICE +NETNS +THE FIRST OF THEM/);
		assert.match(row, /^ +25 +1234 +NO_SOCKET +nft_do_chain\+0x93c \[nf_tables\] +eth0 +web +TCP 10\.9\.1\.2:48948 > /);
		assert.deepEqual(rest, []);
	});

	it('are what fits, and how many kinds do not', () => {
		const rows = Array.from({ length: 100 }, () => ROW);
		for (const [columns, height] of [
			[80, 24],
			[40, 10],
			[10, 5],
		] as const) {
			const lines = shown(report(rows), columns, height);
			assert.ok(lines.length < height, `${lines.length} lines of ${height}`);
			assert.ok(lines.slice(1, -1).every((line) => line.length <= columns));
			assert.match(lines.at(-1) ?? '', /^… and \d+ more kinds$/);
		}
	});

	it('say when the table in the kernel was full, and what is hidden', () => {
		const [headline = ''] = shown(report([ROW], { other: 20_000, benign: 7 }));
		assert.match(headline, /21\.2k drops, .*, 7 benign hidden, 20\.0k of other kinds: the table is full$/);
	});

	it('do without a sample', () => {
		const { sample: _, ...row } = ROW;
		assert.match(shown(report([row]))[2] ?? '', /NO_SOCKET/);
	});

	for (const [count, text] of [
		[0, '0'],
		[7, '7'],
		[0.25, '0.3'],
		[99.96, '100.0'],
		[1234, '1234'],
		[9999, '9999'],
		[10_000, '10.0k'],
		[123_456, '123k'],
		[12_345_678, '12.3M'],
		[5e11, '500G'],
	] as const)
		it(`of ${count} are ${text}`, () => assert.equal(short(count), text));
});
