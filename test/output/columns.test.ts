import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { Chalk } from 'chalk';
import type { Drop } from '../../src/drops/drop.ts';
import { setLanguage } from '../../src/lang.ts';
import { ColumnSink } from '../../src/output/columns.ts';
import { SINKS } from '../../src/output/sinks.ts';
import { LineSink } from '../../src/output/text.ts';
import { keeping, LITTLE, MUCH, OWN } from './sample.ts';

afterEach(() => setLanguage('en'));

function shown(drops: readonly Drop[], level: 0 | 1 = 0): string[] {
	const { writer, lines } = keeping();
	const sink = new ColumnSink(writer, OWN, new Chalk({ level }));
	sink.start();
	for (const drop of drops) sink.drop(drop);
	sink.lost();
	return [...lines, ...sink.ending()];
}

/** Columns of a terminal that a text takes, by the ranges that Unicode calls wide. */
const width = (text: string): number =>
	[...text].reduce(
		(sum, character) => sum + (/[\u1100-\u115f\u2e80-\uffef]/.test(character) && !/[\uff61-\uffdc]/.test(character) ? 2 : 1),
		0,
	);

/** Where each column begins on the terminal. */
const starts = (line: string, titles: readonly string[]): number[] => titles.map((title) => width(line.slice(0, line.indexOf(title))));

const { stack: _, ...rest } = MUCH;
const WITHOUT_STACK: Drop = {
	...rest,
	packet: { family: 'ipv4', proto: 'udp', saddr: '10.9.1.2', daddr: '10.9.1.1', sport: 1, dport: 2, len: 60 },
};
const STARTS = [0, 16, 37, 102, 133, 142, 155];

describe('drops in columns', () => {
	it('stand below their titles', () => {
		const [titles = '', first = '', sentence = ''] = shown([WITHOUT_STACK]);
		assert.deepEqual(starts(titles, ['TIME', 'REASON', 'PACKET', 'WHERE', 'DEVICE', 'NETNS', 'CPU']), STARTS);
		assert.deepEqual(starts(first, [first.slice(0, 15), 'NO_SOCKET', 'UDP ', 'nft_do_chain', 'eth0', 'web', '3 state']), STARTS);
		assert.match(sentence, /^ {16}\S.*port/);
	});

	it('stand below Chinese titles too, which are wider than they are long', () => {
		setLanguage('zh');
		const [titles = '', first = '', sentence = ''] = shown([WITHOUT_STACK]);
		assert.deepEqual(starts(titles, ['时间', '原因', '报文', '位置', '设备', '命名空间', 'CPU']), STARTS);
		assert.deepEqual(starts(first, [first.slice(0, 15), 'NO_SOCKET', 'UDP ', 'nft_do_chain', 'eth0', 'web', '3 state']), STARTS);
		assert.match(sentence, /^ {16}\p{Script=Han}/u);
	});

	it('are aligned behind names in Chinese', () => {
		const [, first = ''] = shown([{ ...WITHOUT_STACK, netns: { inode: 1, name: '网关' } }]);
		assert.deepEqual(starts(first, ['eth0', '网关', '3 state']), STARTS.slice(4));
	});

	it('push their neighbours when they are too long, and are not cut', () => {
		const long = 'a_function_with_a_very_long_name_indeed';
		const [, first = ''] = shown([{ ...WITHOUT_STACK, location: { symbol: long, offset: 1 } }]);
		assert.ok(first.includes(`${long}+0x1 eth0`));
	});

	it('have the meaning below when the reason changes, and only then', () => {
		const other: Drop = { ...WITHOUT_STACK, reason: { number: 4, name: 'TCP_CSUM', subsystem: 'core' } };
		const kinds = shown([WITHOUT_STACK, WITHOUT_STACK, other, WITHOUT_STACK]).map((line) => (/^ {16}/.test(line) ? 'meaning' : 'line'));
		assert.deepEqual(kinds, ['line', 'line', 'meaning', 'line', 'line', 'meaning', 'line', 'meaning']);
	});

	it('have no empty line where a reason has no sentence', () => {
		const nameless: Drop = { ...LITTLE, reason: { number: 4711, name: 'REASON_4711', subsystem: 'core' } };
		assert.equal(shown([nameless, WITHOUT_STACK, nameless]).length, 1 + 1 + 2 + 1);
	});

	it('have the stack below, and dashes for what is unknown', () => {
		const lines = shown([MUCH, LITTLE]);
		assert.deepEqual(lines.slice(3, 5), [`${' '.repeat(18)}nft_do_chain+0x93c [nf_tables]`, `${' '.repeat(18)}nf_hook_slow+0x40`]);
		assert.match(lines[5] ?? '', /^\S+ - +unknown protocol len 60 +0xffffffff81234567 +- +- +0$/);
	});
});

describe('colours', () => {
	it('are none when there should be none', () => {
		for (const line of shown([MUCH, LITTLE])) assert.doesNotMatch(line, /\x1b/);
	});

	it('change nothing else', () => {
		const coloured = shown([MUCH, LITTLE], 1);
		assert.deepEqual(coloured.map(stripVTControlCharacters), shown([MUCH, LITTLE]));
		for (const line of coloured) assert.match(line, /\x1b\[/);
	});

	it('end where the line ends', () => {
		for (const line of shown([MUCH, LITTLE], 1)) {
			const codes = [...line.matchAll(/\x1b\[(\d+)m/g)].map(([, code]) => Number(code));
			const on = codes.filter((code) => code < 22 || (code >= 30 && code < 39)).length;
			const off = codes.filter((code) => code === 22 || code === 39).length;
			assert.equal(on, off, JSON.stringify(line));
		}
	});

	it('cannot be made by names', () => {
		for (const line of shown([{ ...MUCH, process: { pid: 1, comm: '\x1b[31mred' }, device: { name: '\x1b[1m', ifindex: 1 } }]))
			assert.doesNotMatch(line, /[\0-\x1f\x7f-\x9f]/);
	});
});

describe('the formats', () => {
	it('are made by name', async () => {
		const { writer, lines } = keeping();
		for (const [name, make] of Object.entries(SINKS)) {
			// they show counts, packets and ways, not lines of drops
			if (name === 'table' || name === 'pcapng' || name === 'way') continue;
			const sink = await make({ writer, ownNetns: OWN, colour: async () => new Chalk({ level: 0 }) });
			lines.length = 0;
			sink.drop(MUCH);
			assert.ok(lines.length > 0 && lines[0]?.includes('NO_SOCKET'));
		}
		assert.ok((await SINKS.lines({ writer, ownNetns: OWN, colour: async () => new Chalk({ level: 0 }) })) instanceof LineSink);
	});
});
