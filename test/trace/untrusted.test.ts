import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Load, untrusted } from '../../src/trace/untrusted.ts';
import { code, EXIT, insn, MOV, same } from './programs.ts';

const CAST = { function: 1234, skb: 56, socket: 78 };
const packet: Load = { at: 0, offset: 8, what: 'skb' };
const cast = (offset: number, type: number, slot: number): Buffer[] => [
	insn(0x79, 0x61, offset), // r1 = *(u64 *)(r6 + offset)
	insn(MOV, 0x2, 0, type),
	insn(0x85, 0x20, 0, CAST.function),
	insn(0x7b, 0x0a, slot), // *(u64 *)(r10 + slot) = r0
];
const store = insn(0x7b, 0x6a, -16); // *(u64 *)(r10 - 16) = r6
/** r1 is the context, its second word the packet; the cast lies below all that the program has on its stack */
const first = (...casts: Buffer[][]): Buffer[] => [
	insn(0xbf, 0x16), // r6 = r1
	...casts.flat(),
	insn(0xbf, 0x61), // r1 = r6
];

describe('a packet that is not to be trusted', () => {
	it('is cast first, and loaded from where that was put', () => {
		const program = code(insn(0x79, 0x18, 8), store, EXIT); // r8 = *(u64 *)(r1 + 8)
		same(untrusted(program, [packet], CAST), code(...first(cast(8, 56, -24)), insn(0x79, 0xa8, -24), store, EXIT));
	});

	it('lies below what has an address, too', () => {
		const program = code(insn(0x79, 0x18, 8), insn(0xbf, 0xa2), insn(0x07, 0x02, 0, -60), EXIT); // r2 = r10; r2 += -60
		same(
			untrusted(program, [packet], CAST),
			code(...first(cast(8, 56, -72)), insn(0x79, 0xa8, -72), insn(0xbf, 0xa2), insn(0x07, 0x02, 0, -60), EXIT),
		);
	});

	it('goes with its socket', () => {
		const program = code(insn(0x79, 0x18, 8), insn(0x79, 0x17, 24), store, EXIT);
		const loads: Load[] = [packet, { at: 1, offset: 24, what: 'socket' }];
		const casts = first(cast(8, 56, -24), cast(24, 78, -32));
		same(untrusted(program, loads, CAST), code(...casts, insn(0x79, 0xa8, -24), insn(0x79, 0xa7, -32), store, EXIT));
	});

	it('stays as it is where the stack is full', () => {
		const program = code(insn(0x79, 0x18, 8), insn(0x7b, 0x6a, -512), EXIT);
		assert.equal(untrusted(program, [packet], CAST), program);
	});
});
