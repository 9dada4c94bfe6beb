import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Btf, KIND } from '../../src/bpf/btf.ts';
import { BtfBuilder } from './btf-builder.ts';

/** Reads what `add` makes. */
function made<T>(add: (builder: BtfBuilder) => T): { btf: Btf; ids: T } {
	const builder = new BtfBuilder();
	const ids = add(builder);
	return { btf: new Btf(builder.build()), ids };
}

describe('a type', () => {
	const cases: [name: string, add: (b: BtfBuilder) => number, expected: object][] = [
		['int', (b) => b.int('int', 4, true), { kind: KIND.int, name: 'int', size: 4, signed: true }],
		['unsigned char', (b) => b.int('unsigned char', 1), { kind: KIND.int, name: 'unsigned char', size: 1, signed: false }],
		['float', (b) => b.float('double', 8), { kind: KIND.float, name: 'double', size: 8 }],
		['pointer to void', (b) => b.pointer(0), { kind: KIND.pointer, name: '', type: 0 }],
		['array', (b) => b.array(b.int('char', 1), 16), { kind: KIND.array, name: '', type: 1, count: 16 }],
		['struct without members', (b) => b.struct('nothing', 0, []), { kind: KIND.struct, name: 'nothing', size: 0, members: [] }],
		[
			'struct',
			(b) => {
				const int = b.int('int', 4);
				return b.struct('pair', 8, [
					['a', int, 0],
					['b', int, 32],
				]);
			},
			{
				kind: KIND.struct,
				name: 'pair',
				size: 8,
				members: [
					{ name: 'a', type: 1, bit: 0, width: 0 },
					{ name: 'b', type: 1, bit: 32, width: 0 },
				],
			},
		],
		[
			'struct with bit-fields, where a width stands beside each offset',
			(b) => {
				const int = b.int('int', 4);
				return b.struct('bits', 8, [
					['three', int, 0, 3],
					['five', int, 3, 5],
					['whole', int, 32],
				]);
			},
			{
				members: [
					{ name: 'three', type: 1, bit: 0, width: 3 },
					{ name: 'five', type: 1, bit: 3, width: 5 },
					{ name: 'whole', type: 1, bit: 32, width: 0 },
				],
			},
		],
		[
			'struct so large that an offset has more than 24 bits',
			(b) => b.struct('huge', 1 << 24, [['last', b.int('char', 1), (1 << 27) - 8]]),
			{ members: [{ name: 'last', type: 1, bit: (1 << 27) - 8, width: 0 }] },
		],
		[
			'union without a name',
			(b) => b.union('', 4, [['a', b.int('int', 4), 0]]),
			{ kind: KIND.union, name: '', size: 4, members: [{ name: 'a', type: 1, bit: 0, width: 0 }] },
		],
		[
			'enum',
			(b) => b.enum('colour', { RED: 0, BLUE: 0xffff_ffff }),
			{
				kind: KIND.enum,
				size: 4,
				values: [
					{ name: 'RED', value: 0 },
					{ name: 'BLUE', value: 0xffff_ffff },
				],
			},
		],
		['signed enum', (b) => b.enum('sign', { MINUS: -1 }, 4, true), { values: [{ name: 'MINUS', value: -1 }] }],
		[
			'enum of 64 bits',
			(b) => b.enum64('wide', { SMALL: 7n, HIGH: 1n << 40n }),
			{
				kind: KIND.enum64,
				size: 8,
				values: [
					{ name: 'SMALL', value: 7 },
					{ name: 'HIGH', value: 2 ** 40 },
				],
			},
		],
		['signed enum of 64 bits', (b) => b.enum64('minus', { MINUS: -5n }, true), { values: [{ name: 'MINUS', value: -5 }] }],
		['forward declaration', (b) => b.forward('later'), { kind: KIND.forward, name: 'later' }],
		['typedef', (b) => b.typedef('u32', b.int('unsigned int', 4)), { kind: KIND.typedef, name: 'u32', type: 1 }],
		[
			'prototype',
			(b) => {
				const int = b.int('int', 4);
				return b.prototype(int, [
					['skb', 0],
					['reason', int],
				]);
			},
			{
				kind: KIND.prototype,
				type: 1,
				parameters: [
					{ name: 'skb', type: 0 },
					{ name: 'reason', type: 1 },
				],
			},
		],
		['function', (b) => b.function('kfree_skb', b.prototype(0, [])), { kind: KIND.function, name: 'kfree_skb', type: 1 }],
		['variable', (b) => b.variable('filter', b.int('int', 4)), { kind: KIND.variable, name: 'filter', type: 1 }],
		[
			'section',
			(b) => b.section('.rodata', 12, [[b.variable('filter', b.int('int', 4)), 8, 4]]),
			{ kind: KIND.section, name: '.rodata', size: 12, entries: [{ type: 2, offset: 8, size: 4 }] },
		],
		['tag on a declaration', (b) => b.declTag('user', b.int('int', 4), -1), { kind: KIND.declTag, name: 'user', type: 1 }],
		['tag on a type', (b) => b.qualifier(KIND.typeTag, b.int('int', 4), 'rcu'), { kind: KIND.typeTag, name: 'rcu', type: 1 }],
	];
	for (const [name, add, expected] of cases) {
		it(`is read: ${name}`, () => {
			const { btf, ids } = made(add);
			const type = btf.type(ids);
			assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, type[key as keyof typeof type]])), expected);
		});
	}

	it('of every kind is passed over to the next', () => {
		const { btf, ids } = made((b) => {
			const added = cases.map(([, add]) => add(b));
			return { added, last: b.int('the end', 2) };
		});
		assert.equal(btf.type(ids.last).name, 'the end');
		assert.equal(btf.end, ids.last + 1);
		assert.equal(btf.find('the end', KIND.int), ids.last);
	});

	it('number 0 is void, and there is none past the end', () => {
		const { btf } = made((b) => b.int('int', 4));
		assert.equal(btf.type(0).name, 'void');
		assert.throws(() => btf.type(2), /no BTF type 2/);
		assert.throws(() => btf.type(-1), /no BTF type -1/);
	});

	it('is found behind typedefs and qualifiers', () => {
		const { btf, ids } = made((b) => {
			const int = b.int('int', 4);
			const kinds = [KIND.const, KIND.volatile, KIND.restrict, KIND.typeTag];
			return kinds.reduce((to, kind) => b.typedef(`t${kind}`, b.qualifier(kind, to)), int);
		});
		assert.equal(btf.resolve(ids).name, 'int');
		assert.equal(btf.resolve(0).name, 'void');
	});

	it('that refers to itself through typedefs is an error, not an endless search', () => {
		const { btf } = made((b) => {
			b.typedef('egg', 2);
			b.typedef('hen', 1);
		});
		assert.throws(() => btf.resolve(1), /BTF type 1 refers to itself/);
	});
});

describe('a name', () => {
	it('finds the type of the kind asked for', () => {
		const { btf, ids } = made((b) => ({ struct: b.struct('sock', 4, []), typedef: b.typedef('sock', 1), func: b.function('sock', 0) }));
		assert.equal(btf.find('sock', KIND.struct), ids.struct);
		assert.equal(btf.find('sock', KIND.typedef), ids.typedef);
		assert.equal(btf.find('sock', KIND.function), ids.func);
		assert.equal(btf.find('sock', KIND.union), undefined);
	});

	it('is a whole name: no beginning, no end, no other case', () => {
		const { btf } = made((b) => b.struct('sk_buff', 4, [['head', b.int('char', 1), 0]]));
		for (const name of ['sk', 'buff', 'sk_buff_head', 'SK_BUFF', '', 'k_buff', 'head'])
			assert.equal(btf.find(name, KIND.struct), undefined, name);
		assert.notEqual(btf.find('sk_buff', KIND.struct), undefined);
	});

	it('is found although it is the last', () => {
		const { btf, ids } = made((b) => b.int('z', 1));
		assert.equal(btf.find('z', KIND.int), ids);
	});
});

describe("a module's BTF", () => {
	const kernel = new BtfBuilder();
	const int = kernel.int('int', 4);
	const shared = kernel.struct('sk_buff', 8, [['len', int, 0]]);
	const module = new BtfBuilder(kernel);
	// a name that the kernel has too, of another kind
	const own = module.struct('nft_chain', 4, [['len', int, 0]]);
	const sameName = module.typedef('sk_buff', own);
	const base = new Btf(kernel.build());
	const btf = new Btf(module.build(), base);

	it('continues the identifiers of the kernel', () => {
		assert.equal(own, base.end);
		assert.equal(btf.end, base.end + 2);
		assert.equal(btf.type(own).name, 'nft_chain');
		assert.equal(btf.type(shared).name, 'sk_buff');
	});

	it('uses names of the kernel', () => {
		assert.equal(btf.type(own).members?.[0]?.name, 'len');
		assert.equal(btf.type(sameName).name, 'sk_buff');
		assert.equal(btf.resolve(sameName).name, 'nft_chain');
	});

	it('finds its own types and those of the kernel', () => {
		assert.equal(btf.find('nft_chain', KIND.struct), own);
		assert.equal(btf.find('sk_buff', KIND.struct), shared);
		assert.equal(base.find('nft_chain', KIND.struct), undefined);
	});

	it('finds a type of its own whose name the kernel has for something else', () => {
		assert.equal(btf.find('sk_buff', KIND.typedef), sameName);
	});

	it('lists its own types alone', () => {
		assert.deepEqual([...btf.all(KIND.struct)], [own]);
		assert.deepEqual([...base.all(KIND.struct)], [shared]);
		assert.deepEqual([...btf.all(KIND.enum)], []);
	});
});
