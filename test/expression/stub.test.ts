import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOTHING } from '../../src/expression/ebpf.ts';
import { pad, patchStub, stubRoom } from '../../src/expression/stub.ts';
import { elf } from './elf.ts';

const EXIT = 0x95n;
const ONE = 0x1_0000_00b7n;
const MOV = 0xbfn;
const nothing = (count: number): bigint[] => new Array<bigint>(count).fill(NOTHING);

/** Two functions in a section, with other symbols around. */
const OBJECT = () =>
	elf(
		[ONE, NOTHING, ...nothing(5), EXIT, ONE, NOTHING, NOTHING, MOV, ...nothing(8), MOV, ...nothing(3), EXIT, ...nothing(40)],
		[
			{ name: 'data', type: 1, start: 0, count: 50 },
			{ name: 'first', type: 2, start: 0, count: 8 },
			{ name: 'second', type: 2, start: 8, count: 17 },
		],
	);

/** The instructions of the only section with any. */
const code = (object: Buffer): bigint[] => Array.from({ length: 65 }, (_, i) => object.readBigUInt64LE(64 + i * 8));

describe('a stub', () => {
	it('has the room of its longest run of instructions that do nothing', () => {
		assert.equal(stubRoom(OBJECT(), 'first'), 6);
		assert.equal(stubRoom(OBJECT(), 'second'), 8, 'not the other run, nor what follows the function');
	});

	it('is filled so that the code ends where the room ends', () => {
		const object = OBJECT();
		const before = code(object);
		patchStub(object, 'second', BigUint64Array.of(MOV, ONE));
		const after = code(object);
		assert.deepEqual(after.slice(18, 20), [MOV, ONE]);
		assert.deepEqual(after.slice(0, 12), before.slice(0, 12));
		assert.deepEqual(after.slice(20), before.slice(20));
		// r0 = 0; if r0 == 0 goto +4
		assert.deepEqual(after.slice(12, 18), [0xb7n, 0x4_0015n, ...nothing(4)]);
	});

	it('can be filled completely, and by itself only once', () => {
		const object = OBJECT();
		patchStub(object, 'first', new BigUint64Array(6).fill(MOV));
		assert.deepEqual(code(object).slice(0, 8), [ONE, ...new Array<bigint>(6).fill(MOV), EXIT]);
		assert.throws(() => stubRoom(object, 'first'), /no stub, or was filled/);
	});

	it('takes no more than it has room for', () => {
		const object = OBJECT();
		assert.throws(() => patchStub(object, 'first', new BigUint64Array(7)), /7 instructions into a stub of 6/);
		assert.deepEqual(object, OBJECT());
	});

	it('must be there', () => {
		assert.throws(() => stubRoom(OBJECT(), 'third'), /no function third/);
		assert.throws(() => stubRoom(OBJECT(), 'data'), /no function data/);
		assert.throws(() => stubRoom(Buffer.alloc(100), 'first'), /not a 64-bit little-endian ELF file/);
		assert.throws(() => stubRoom(Buffer.alloc(0), 'first'), /not a 64-bit little-endian ELF file/);
		const outside = elf([NOTHING], [{ name: 'f', type: 2, start: 0, count: 2 }]);
		assert.throws(() => stubRoom(outside, 'f'), /no function f/);
	});
});

describe('padding', () => {
	it('is jumped over when it is longer than the jump', () => {
		const body = BigUint64Array.of(ONE);
		assert.deepEqual([...pad(body, 1)], [ONE]);
		assert.deepEqual([...pad(body, 2)], [NOTHING, ONE]);
		assert.deepEqual([...pad(body, 3)], [NOTHING, NOTHING, ONE]);
		assert.deepEqual([...pad(body, 4)], [0xb7n, 0x1_0015n, NOTHING, ONE]);
		assert.equal(pad(body, 32000)[1], 0x15n | (BigInt(31999 - 2) << 16n));
	});
});
