import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import fc from 'fast-check';
import { addressKey, addressText, type Location, locationText, Symbols } from '../../src/kernel/symbols.ts';
import { within } from '../bpf/within.ts';

const CORE = 0xffffffff81000000n;
const MODULES = 0xffffffffc0000000n;

type Line = readonly [address: bigint, kind: string, name: string, module?: string];

const table = (lines: readonly Line[]): Buffer =>
	Buffer.from(
		lines
			.map(([address, kind, name, module]) => `${address.toString(16).padStart(16, '0')} ${kind} ${name}${module ? `\t[${module}]` : ''}\n`)
			.join(''),
	);

const key = (address: bigint): number => addressKey(Number(address >> 32n), Number(address & 0xffff_ffffn));

/** What a table says about an address, with everything spelled out as '%pS' does. */
const named = (symbols: Symbols, address: bigint): string | undefined => {
	const found = symbols.lookup(key(address));
	return found && locationText(found);
};

const LINES: Line[] = [
	[0x1000n, 'A', 'per_cpu_start'],
	[CORE, 'T', '_stext'],
	[CORE + 0x100n, 'T', 'kfree_skb'],
	[CORE + 0x180n, 'D', 'some_data'],
	[CORE + 0x200n, 't', 'local_function.isra.0'],
	[CORE + 0x300n, 'W', 'weak_function'],
	[CORE + 0x400n, 'w', 'weak_local'],
	[CORE + 0x500n, 'r', 'constants'],
	[CORE + 0x600n, 'T', '_etext'],
	// modules come in the order they were loaded, and so do their symbols
	[MODULES + 0x9000n, 't', 'nft_do_chain', 'nf_tables'],
	[MODULES + 0x8000n, 't', 'nft_trace', 'nf_tables'],
	[MODULES + 0xa000n, 'd', 'nft_data', 'nf_tables'],
	[MODULES + 0x1000n, 'T', 'br_forward', 'bridge'],
	[MODULES + 0x1800n, 'T', 'br_last', 'bridge'],
	[MODULES + 0xf000n, 't', 'bpf_prog_6deef7357e7b4530_drop', 'bpf'],
];

describe('an address', () => {
	const cases: [name: string, address: bigint, expected: string | undefined][] = [
		['is the function that begins there', CORE + 0x100n, 'kfree_skb+0x0'],
		['is the function it lies in', CORE + 0x1ffn, 'kfree_skb+0xff'],
		['is not data in between', CORE + 0x190n, 'kfree_skb+0x90'],
		['may be in a local function', CORE + 0x2ffn, 'local_function.isra.0+0xff'],
		['may be in a weak one', CORE + 0x300n, 'weak_function+0x0'],
		['may be in a weak local one', CORE + 0x5ffn, 'weak_local+0x1ff'],
		['before the first function is unknown', CORE - 1n, undefined],
		['of 0 is unknown', 0n, undefined],
		['far before the first is unknown', 0x1000n, undefined],
		['behind the core, where nothing is, is unknown', CORE + 0x600n + 0x10_0000n, undefined],
		['may be in a module', MODULES + 0x9123n, 'nft_do_chain+0x123 [nf_tables]'],
		['finds its module although its symbols are in no order', MODULES + 0x8fffn, 'nft_trace+0xfff [nf_tables]'],
		['may be in the module whose symbols come last', MODULES + 0x17ffn, 'br_forward+0x7ff [bridge]'],
		['may be in a BPF program', MODULES + 0xf010n, 'bpf_prog_6deef7357e7b4530_drop+0x10 [bpf]'],
		['beyond the last symbol is unknown', MODULES + 0xf000n + 0x10_0000n, undefined],
		['at the end of the address space is unknown', 0xffff_ffff_ffff_ffffn, undefined],
	];
	const symbols = new Symbols(() => table(LINES));
	for (const [name, address, expected] of cases) {
		it(name, () => {
			// another program may have come since the table was read: then one waits a second
			const symbols = new Symbols(() => table(LINES));
			assert.equal(named(symbols, address), expected);
			assert.equal(named(symbols, address), expected, 'and again');
		});
	}

	it('is the same whatever order the table has', () => {
		const addresses = cases.map(([, address]) => address);
		fc.assert(
			fc.property(fc.shuffledSubarray(LINES, { minLength: LINES.length }), (lines) => {
				assert.deepEqual(
					addresses.map((address) => named(new Symbols(() => table(lines)), address)),
					cases.map(([, , expected]) => expected),
				);
			}),
			{ numRuns: 50 },
		);
	});

	it('has a location without a module key when it is in none', () => {
		assert.deepEqual(symbols.lookup(key(CORE + 0x101n)), { symbol: 'kfree_skb', offset: 1 });
		assert.deepEqual(symbols.lookup(key(MODULES + 0x1001n)), { symbol: 'br_forward', offset: 1, module: 'bridge' });
	});
});

describe('a table', () => {
	it('of hidden addresses names nothing', () => {
		const hidden = new Symbols(() => table(LINES.map(([, kind, name, module]): Line => [0n, kind, name, module ?? ''])));
		assert.equal(named(hidden, CORE + 0x100n), undefined);
		assert.equal(named(hidden, 0x100n), undefined);
	});

	for (const [name, text] of [
		['empty', ''],
		['a line', '\n'],
		['cut off', 'ffffffff81000000 T'],
	] as const)
		it(`that is ${name} names nothing`, () => assert.equal(named(new Symbols(() => Buffer.from(text)), CORE), undefined));

	it('is good without a newline at the end', () => {
		const cut = (lines: Line[]) => new Symbols(() => table(lines).subarray(0, -1));
		assert.equal(
			named(
				cut([
					[CORE, 'T', 'first'],
					[CORE + 16n, 'T', 'last'],
				]),
				CORE + 17n,
			),
			'last+0x1',
		);
		assert.equal(named(cut([[MODULES, 'T', 'last', 'mod']]), MODULES), 'last+0x0 [mod]');
	});

	it('has the longest names of the kernel', () => {
		const long = `${'x'.repeat(511)}`;
		assert.equal(named(new Symbols(() => table([[CORE, 'T', long]])), CORE), `${long}+0x0`);
	});

	it('is searched as a reader of it would', () => {
		const entries = fc.uniqueArray(fc.tuple(fc.nat(4000), fc.constantFrom('T', 't', 'D', 'w'), fc.constantFrom(undefined, 'mod')), {
			selector: ([offset]) => offset,
			minLength: 1,
			maxLength: 40,
		});
		fc.assert(
			fc.property(entries, fc.array(fc.nat(5000), { minLength: 1 }), (list, offsets) => {
				const lines = list.map(([offset, kind, module], i): Line => [CORE + BigInt(offset), kind, `f${i}`, module ?? '']);
				const symbols = new Symbols(() => table(lines));
				for (const offset of offsets) {
					const before = lines.filter(([at, kind]) => kind !== 'D' && at <= CORE + BigInt(offset)).sort((a, b) => Number(b[0] - a[0]))[0];
					const expected = before && {
						symbol: before[2],
						offset: Number(CORE + BigInt(offset) - before[0]),
						...(before[3] && { module: before[3] }),
					};
					assert.deepEqual(symbols.lookup(key(CORE + BigInt(offset))), expected);
				}
			}),
			{ numRuns: 200 },
		);
	});

	it('of any text ends in names or none, not in a hang', () => {
		const pieces = fc.constantFrom(
			'ffffffff81000000 T a\n',
			'ffffffff81000100 t b\t[m]\n',
			'\n',
			'T',
			'[',
			']',
			' ',
			'\t',
			'0',
			'ffff',
			'\0',
		);
		fc.assert(
			fc.property(fc.array(pieces, { maxLength: 30 }), (list) => {
				const symbols = new Symbols(() => Buffer.from(list.join('')));
				within(60_000, () => symbols.lookup(key(CORE + 0x101n)));
			}),
			{ numRuns: 300 },
		);
	});
});

describe('what is loaded while we run', () => {
	afterEach(() => mock.restoreAll());

	/** A table that may change, a clock that stands still, and how often the table was read. */
	function running(lines: readonly Line[], readTakes = 0) {
		const state = { lines, now: 5000, reads: 0 };
		mock.method(performance, 'now', () => state.now);
		const symbols = new Symbols(
			() => {
				state.reads++;
				state.now += readTakes;
				return table(state.lines);
			},
			() => [...new Set(state.lines.map(([, , , module]) => module))].join(),
		);
		return { state, symbols };
	}
	const bridge: Line[] = [
		[CORE, 'T', '_stext'],
		[CORE + 0x600n, 'T', '_etext'],
		[MODULES, 'T', 'br_forward', 'bridge'],
		[MODULES + 0x800n, 'T', 'br_last', 'bridge'],
	];

	it('has its name, though it lies behind the last function of another module', () => {
		const { state, symbols } = running(bridge);
		assert.equal(named(symbols, MODULES + 0x801n), 'br_last+0x1 [bridge]');
		assert.equal(named(symbols, MODULES + 0x811n), 'br_last+0x11 [bridge]', 'as long as no module came');
		assert.equal(state.reads, 1);
		state.lines = [...bridge, [MODULES + 0x4000n, 't', 'nft_do_chain', 'nf_tables']];
		assert.equal(named(symbols, MODULES + 0x4020n), 'nft_do_chain+0x20 [nf_tables]', 'at once');
		assert.equal(named(symbols, MODULES + 0x801n), 'br_last+0x1 [bridge]');
	});

	it('has its name, though it lies between two BPF programs', () => {
		const programs: Line[] = [0x1000n, 0x3000n].map((at) => [MODULES + at, 't', `bpf_prog_${at}`, 'bpf']);
		const { state, symbols } = running(programs);
		assert.equal(named(symbols, MODULES + 0x1010n), 'bpf_prog_4096+0x10 [bpf]');
		state.lines = [...programs, [MODULES + 0x2000n, 't', 'bpf_prog_new', 'bpf']];
		state.now += 1000;
		assert.equal(named(symbols, MODULES + 0x2010n), 'bpf_prog_new+0x10 [bpf]');
	});

	it('has its name, though its address was unknown before', () => {
		const { state, symbols } = running([]);
		assert.equal(named(symbols, CORE), undefined);
		state.lines = bridge;
		assert.equal(named(symbols, CORE), undefined, 'not read again at once');
		state.now += 1000;
		assert.equal(named(symbols, CORE), '_stext+0x0');
	});

	it('is not looked for in the middle of the core or of a module', () => {
		const { state, symbols } = running(bridge);
		for (let i = 0; i < 50; i++, state.now += 1000) {
			assert.equal(named(symbols, CORE + BigInt(i)), `_stext+0x${i.toString(16)}`);
			assert.equal(named(symbols, MODULES + BigInt(i)), `br_forward+0x${i.toString(16)} [bridge]`);
		}
		assert.equal(state.reads, 1);
	});

	it('is looked for once an address', () => {
		const { state, symbols } = running(bridge);
		for (let i = 0; i < 50; i++, state.now += 1000) named(symbols, MODULES + 0x801n);
		assert.equal(state.reads, 1);
	});

	it('is looked for the less often the longer the table takes to read', () => {
		const { state, symbols } = running(bridge, 100);
		const start = state.now;
		for (let i = 0; i < 1000; i++, state.now += 100) named(symbols, 1n);
		const share = (state.reads * 100) / (state.now - start);
		assert.ok(share > 0.03 && share <= 0.06, `${state.reads} reads take ${(share * 100).toFixed(1)} % of the time`);
	});
});

describe('a location as text', () => {
	const locations: [location: Location, text: string][] = [
		[{ symbol: 'tcp_v4_rcv', offset: 0x9a }, 'tcp_v4_rcv+0x9a'],
		[{ symbol: 'f', offset: 0 }, 'f+0x0'],
		[{ symbol: 'nft_do_chain', offset: 0x93c, module: 'nf_tables' }, 'nft_do_chain+0x93c [nf_tables]'],
	];
	for (const [location, text] of locations) it(text, () => assert.equal(locationText(location), text));

	it('without a symbol is its address', () => {
		assert.equal(addressText(0xffffffff, 0x81000000), '0xffffffff81000000');
		assert.equal(addressText(0xffffffff, 0x1a), '0xffffffff0000001a');
		assert.equal(addressText(-1, 0), '0xffffffff00000000');
	});
});
