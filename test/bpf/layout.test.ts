import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Btf, KIND } from '../../src/bpf/btf.ts';
import { DROP_FLAGS, DropEvent, DropStackEvent, SocketTuple } from '../../src/bpf/generated/events.ts';
import { type CValue, layout, store } from '../../src/bpf/layout.ts';
import { Memory } from '../../src/bpf/memory.ts';
import { BtfBuilder } from './btf-builder.ts';
import { builtBtf } from './built.ts';

/** struct outer { u64 time; struct { u16 port; char name[8]; } inner; i32 delta; u32 list[3]; enum state state; } */
function sample(): { btf: Btf; outer: number } {
	const b = new BtfBuilder();
	const u64 = b.typedef('u64', b.int('unsigned long long', 8));
	const u16 = b.int('unsigned short', 2);
	const name = b.array(b.int('char', 1), 8);
	const i32 = b.qualifier(KIND.volatile, b.int('int', 4, true));
	const u32 = b.int('unsigned int', 4);
	const state = b.enum('state', { UP: 1 });
	const inner = b.typedef(
		'inner_t',
		b.struct('inner', 10, [
			['port', u16, 0],
			['name', name, 16],
		]),
	);
	const outer = b.struct('outer', 40, [
		['time', u64, 0],
		['inner', inner, 64],
		['delta', i32, 160],
		['list', b.array(u32, 3), 192],
		['state', state, 288],
	]);
	return { btf: new Btf(b.build()), outer };
}

describe('a layout', () => {
	it('has every field where it lies, those of nested structs too', () => {
		assert.deepEqual(layout(sample().btf, 'outer'), {
			size: 40,
			fields: [
				{ name: 'time', offset: 0, size: 8, signed: false },
				{ name: 'inner.port', offset: 8, size: 2, signed: false },
				{ name: 'inner.name', offset: 10, size: 1, signed: false, count: 8, text: true },
				{ name: 'delta', offset: 20, size: 4, signed: true },
				{ name: 'list', offset: 24, size: 4, signed: false, count: 3 },
				{ name: 'state', offset: 36, size: 4, signed: false },
			],
		});
	});

	const refused: [name: string, add: (b: BtfBuilder) => number, expected: RegExp][] = [
		['a pointer', (b) => b.pointer(0), /kind 2 is not supported/],
		['a union', (b) => b.union('u', 4, []), /kind 5 is not supported/],
		['a float', (b) => b.float('double', 8), /kind 16 is not supported/],
		['an array of structs', (b) => b.array(b.struct('s', 4, []), 2), /an array of something else than integers/],
		['an array of arrays', (b) => b.array(b.array(b.int('int', 4), 2), 2), /an array of something else than integers/],
	];
	for (const [name, add, expected] of refused) {
		it(`is refused for ${name}`, () => {
			const b = new BtfBuilder();
			const field = add(b);
			b.struct('record', 16, [['field', field, 0]]);
			assert.throws(() => layout(new Btf(b.build()), 'record'), expected);
		});
	}

	it('is refused for bit-fields and for a struct that is not there', () => {
		const b = new BtfBuilder();
		b.struct('record', 4, [['field', b.int('int', 4), 0, 3]]);
		const btf = new Btf(b.build());
		assert.throws(() => layout(btf, 'record'), /record\.field: bit-fields are not supported/);
		assert.throws(() => layout(btf, 'recor'), /no struct recor in BTF/);
	});

	const sizes: [struct: string, size: number, fields: Record<string, [offset: number, size: number, count?: number]>][] = [
		['drop_event', 224, { ktime: [0, 8], reason: [40, 4], cpu: [64, 2], flags: [76, 1], device: [80, 1, 16], data: [96, 1, 128] }],
		['drop_stack_event', 480, { 'drop.ktime': [0, 8], 'drop.data': [96, 1, 128], stack: [224, 8, 32] }],
		['socket_tuple', 40, { saddr: [0, 4, 4], daddr: [16, 4, 4], sport: [32, 2], protocol: [38, 2] }],
		['counters', 80, { benign: [0, 8], lost_no_ring: [32, 8], other: [48, 8], untracked: [72, 8] }],
	];
	for (const [struct, size, fields] of sizes) {
		it(`of struct ${struct} is what a C compiler makes of it`, () => {
			const found = layout(builtBtf(), struct);
			assert.equal(found.size, size);
			for (const [name, [offset, bytes, count]] of Object.entries(fields)) {
				const field = found.fields.find((one) => one.name === name);
				assert.deepEqual([field?.offset, field?.size, field?.count], [offset, bytes, count], name);
			}
		});
	}
});

/** Stores into 48 bytes of 0xee, of which the struct has 40. */
function stored(value: CValue): Buffer {
	const { btf, outer } = sample();
	const bytes = Buffer.alloc(48, 0xee);
	store(btf, outer, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 4, value);
	return bytes;
}

describe('a value in C memory', () => {
	const cases: [name: string, value: CValue, at: number, hex: string][] = [
		['a number', { time: 0x1234 }, 4, '3412000000000000'],
		['more than 2^53', { time: 0xfedcba9876543210n }, 4, '1032547698badcfe'],
		['true', { state: true }, 40, '01000000'],
		['a negative number', { delta: -2 }, 24, 'feffffff'],
		['all bits of an unsigned word', { list: [0xffff_ffff] }, 28, 'ffffffff'],
		['a list, shorter than its array', { list: [1, 2n] }, 28, '0100000002000000eeeeeeee'],
		['an empty list', { list: [] }, 28, 'eeeeeeee'],
		['text, with zeros after it', { inner: { name: 'eth0' } }, 14, '6574683000000000'],
		['text of the whole length', { inner: { name: '12345678' } }, 14, '3132333435363738'],
		['text of letters of many bytes', { inner: { name: 'é界' } }, 14, 'c3a9e7958c000000'],
		['no text', { inner: { name: '' } }, 14, '0000000000000000'],
		['a field of a nested struct', { inner: { port: 443 } }, 12, 'bb01'],
	];
	for (const [name, value, at, hex] of cases) {
		it(`is stored: ${name}`, () => {
			const bytes = stored(value);
			assert.equal(bytes.toString('hex', at, at + hex.length / 2), hex);
			const rest = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + hex.length / 2)]);
			assert.ok(rest.every((byte) => byte === 0xee || (hex.length > 4 && byte === 0)) && rest.length === 48 - hex.length / 2);
		});
	}

	it('leaves alone what is not named', () => assert.deepEqual(stored({}), Buffer.alloc(48, 0xee)));

	const refused: [name: string, value: CValue, expected: RegExp][] = [
		['a field that does not exist', { tim: 1 }, /struct outer has no field tim/],
		['a nested field that does not exist', { inner: { prt: 1 } }, /struct inner has no field prt/],
		['a list that is too long', { list: [1, 2, 3, 4] }, /4 values into an array of 3/],
		['text that is too long', { inner: { name: '123456789' } }, /text of 9 bytes into char\[8\]/],
		['text that is too long in bytes', { inner: { name: 'ééééé' } }, /text of 10 bytes into char\[8\]/],
		['text for a number', { time: '1' }, /cannot store string as unsigned long long/],
		['a list for a number', { time: [1] }, /cannot store object as unsigned long long/],
		['a number for an array', { list: 1 }, /cannot store number as kind 3/],
		['a number for a struct', { inner: 1 }, /cannot store number as inner/],
		['a list for a struct', [1], /cannot store object as outer/],
		['a fraction', { time: 1.5 }, /1\.5/],
		['a number that is too large', { inner: { port: 65536 } }, /65536 does not fit unsigned short/],
		['a number that is too small', { delta: -(2 ** 31) - 1 }, /-2147483649 does not fit int/],
		['more than 64 bits', { time: 1n << 64n }, /18446744073709551616 does not fit/],
	];
	for (const [name, value, expected] of refused) it(`is refused: ${name}`, () => assert.throws(() => stored(value), expected));

	it('is refused for a bit-field, whose neighbours it would overwrite', () => {
		const b = new BtfBuilder();
		const id = b.struct('record', 4, [['field', b.int('int', 4), 3, 3]]);
		assert.throws(() => store(new Btf(b.build()), id, new DataView(new ArrayBuffer(4)), 0, { field: 1 }), /record\.field is a bit-field/);
	});

	it('of a 32-bit enum may be as wide as the enum', () => {
		assert.equal(stored({ state: 0xffff_ffff }).readUInt32LE(40), 0xffff_ffff);
		assert.throws(() => stored({ state: 2 ** 32 }), /does not fit/);
	});
});

describe('the decoders', () => {
	const btf = builtBtf();
	const id = (name: string) => btf.find(name, KIND.struct) ?? assert.fail(name);
	const u = (bits: number) => (bits === 64 ? fc.bigInt(0n, 2n ** 64n - 1n) : fc.nat(2 ** bits - 1));
	const event = fc.record({
		...{ ktime: u(64), skb: u(64), location: u(64), cgroup: u(64), socket_inode: u(64) },
		...{ reason: u(32), netns: u(32), ifindex: u(32), len: u(32), mark: u(32), task: u(32) },
		...{ cpu: u(16), protocol: u(16), vlan_tci: u(16), captured: u(16), l3_offset: u(16), sk_family: u(16) },
		...{ flags: u(8), pkt_type: u(8), sk_state: u(8), sk_protocol: u(8) },
		device: fc.string({ unit: fc.constantFrom(...'abcxyz019-.:é'), maxLength: 8 }),
	});
	const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

	it('read what was stored, wherever the record lies', () => {
		fc.assert(
			fc.property(event, fc.nat(8), (record, place) => {
				const view = new DataView(new ArrayBuffer(1024));
				const offset = place * 8;
				store(btf, id('drop_stack_event'), view, offset, { drop: record });
				const read = new DropEvent().at(new Memory(view.buffer), offset) as unknown as Record<string, unknown>;
				for (const [name, value] of Object.entries(record)) {
					const key = camel(name);
					const found =
						typeof value === 'bigint' ? (BigInt(read[`${key}High`] as number) << 32n) | BigInt(read[`${key}Low`] as number) : read[key];
					assert.equal(found, value, name);
				}
			}),
			{ numRuns: 200 },
		);
	});

	it('know where lists begin', () => {
		const view = new DataView(new ArrayBuffer(1024));
		store(btf, id('drop_stack_event'), view, 8, { drop: { data: [1, 2, 3] }, stack: [0x1122334455667788n] });
		assert.equal(view.getUint8(8 + DropEvent.dataOffset + 2), 3);
		assert.equal(view.getBigUint64(8 + DropStackEvent.stackOffset, true), 0x1122334455667788n);
		store(btf, id('socket_tuple'), view, 8, { saddr: [1], daddr: [2], sport: 3, dport: 4, family: 6, protocol: 17 });
		const tuple = new SocketTuple().at(new Memory(view.buffer), 8);
		assert.deepEqual([tuple.sport, tuple.dport, tuple.family, tuple.protocol], [3, 4, 6, 17]);
		assert.equal(view.getUint32(8 + SocketTuple.saddrOffset, true), 1);
		assert.equal(view.getUint32(8 + SocketTuple.daddrOffset, true), 2);
		assert.deepEqual(
			[DropEvent.size, DropEvent.dataCount, DropStackEvent.size, DropStackEvent.stackCount, SocketTuple.size],
			[224, 128, 480, 32, 40],
		);
	});

	it('have the flags of the C enum', () => {
		const values = btf.type(btf.find('drop_flags', KIND.enum) ?? assert.fail('drop_flags')).values ?? [];
		assert.deepEqual(
			Object.values(DROP_FLAGS),
			values.map(({ value }) => value),
		);
	});
});
