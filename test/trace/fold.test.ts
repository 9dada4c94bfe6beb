import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fold } from '../../src/trace/fold.ts';
import { code, EXIT, insn, keepsAnswers, MOV, same } from './programs.ts';

const RODATA = 7;
/** r1 = address of the read-only data + offset */
const rodata = (offset: number): Buffer => Buffer.concat([insn(0x18, 0x21, 0, RODATA), insn(0, 0, 0, offset)]);

describe('fold', () => {
	it('leaves out what a constant of the read-only data decides', () => {
		const program = code(
			rodata(4),
			insn(0x71, 0x11), // r1 = *(u8 *)(r1 + 0)
			insn(0x15, 0x01, 2), // if r1 == 0 goto +2
			insn(MOV, 0, 0, 1),
			EXIT,
			insn(MOV, 0, 0, 2),
			EXIT,
		);
		const one = fold(program, { fd: RODATA, bytes: Uint8Array.of(9, 9, 9, 9, 1) });
		same(one, code(rodata(4), insn(0x71, 0x11), insn(MOV, 0, 0, 1), EXIT));
		const two = fold(program, { fd: RODATA, bytes: Uint8Array.of(9, 9, 9, 9, 0) });
		same(two, code(rodata(4), insn(0x71, 0x11), insn(0x05, 0, 0), insn(MOV, 0, 0, 2), EXIT));
	});

	it('relies on nothing that a call, another map or a mark has given', () => {
		const mark = 0x5eed0001;
		const programs = [
			code(insn(0x85, 0, 0, 8), insn(0x15, 0x00, 1), insn(MOV, 0, 0, 1), EXIT),
			code(insn(0x18, 0x21, 0, 99), insn(0, 0, 0, 0), insn(0x71, 0x11), insn(0x15, 0x01, 1), insn(MOV, 0, 0, 1), EXIT),
			code(insn(MOV, 0, 0, mark), insn(0x15, 0x00, 1), insn(MOV, 0, 0, 1), EXIT),
		];
		for (const program of programs) same(fold(program, { fd: RODATA, bytes: Uint8Array.of(0) }, new Set([mark])), program);
	});

	it('follows a constant through a register that was put aside, unless its place has an address', () => {
		const spilled = (...between: Buffer[]) =>
			code(
				insn(MOV, 0x6, 0, 3),
				insn(0x7b, 0x6a, -16), // *(u64 *)(r10 - 16) = r6
				...between,
				insn(0x79, 0xa7, -16), // r7 = *(u64 *)(r10 - 16)
				insn(0x15, 0x07, 1, 3), // if r7 == 3 goto +1
				insn(MOV, 0, 0, 1),
				EXIT,
			);
		assert.ok(fold(spilled()).length < spilled().length);
		const lower = [insn(0xbf, 0xa1), insn(0x07, 0x01, 0, -16)]; // r1 = r10; r1 += -16
		const higher = [insn(0xbf, 0xa1), insn(0x07, 0x01, 0, -8)];
		same(fold(spilled(...lower)), spilled(...lower));
		assert.ok(fold(spilled(...higher)).length < spilled(...higher).length);
	});

	it('forgets what differs where two ways meet', () => {
		const program = code(
			insn(0x15, 0x01, 2), // if r1 == 0 goto +2: nothing is known of r1
			insn(MOV, 0x6, 0, 1),
			insn(0x05, 0, 1),
			insn(MOV, 0x6, 0, 2),
			insn(0x15, 0x06, 1, 1), // if r6 == 1 goto +1
			insn(MOV, 0, 0, 7),
			EXIT,
		);
		same(fold(program), program);
	});

	it('takes out padding, and a jump over what is gone still arrives', () => {
		const nothing = insn(0x05);
		const program = code(insn(0x15, 0x01, 3), nothing, nothing, insn(MOV, 0, 0, 1), EXIT);
		same(fold(program), code(insn(0x15, 0x01, 1), insn(MOV, 0, 0, 1), EXIT));
	});

	it('changes no answer of an expression', () => keepsAnswers(fold));
});
