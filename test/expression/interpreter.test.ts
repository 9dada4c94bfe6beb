/** The tests believe the interpreter; so it has to throw. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Assembler, IF, Label, OP } from '../../src/expression/ebpf.ts';
import { Machine } from './interpreter.ts';

const MEMORY = { packet: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), captured: 4, linear: 8, len: 9 };

const run = (write: (asm: Assembler) => void): number => {
	const asm = new Assembler();
	write(asm);
	return new Machine(asm.finish()).run(MEMORY);
};

describe('the interpreter', () => {
	it('runs what is right', () => {
		const got = run((asm) => {
			asm.load(2, 6, 1, 2);
			asm.fromNetwork(6, 2);
			asm.store(8, 10, -8, 6);
			asm.load(8, 7, 10, -8);
			asm.alu32(OP.lsh, 7, 20);
			asm.alu32X(OP.sub, 7, 3);
			asm.mov32X(0, 7);
		});
		assert.equal(got, ((0x0304 << 20) - 9) >>> 0);
	});

	const WRONG: Record<string, (asm: Assembler) => void> = {
		'a register that was not written': (asm) => asm.movX(0, 6),
		'no result': (asm) => asm.mov(6, 1),
		'a pointer as a result': (asm) => asm.movX(0, 1),
		'a byte of the map value that is no byte of the packet': (asm) => asm.load(1, 0, 1, 4),
		'a load across the end': (asm) => asm.load(4, 0, 1, 1),
		'a load before the beginning': (asm) => asm.load(1, 0, 1, -1),
		'a load from a number': (asm) => asm.load(1, 0, 2, 0),
		'a byte of the stack that was not written': (asm) => asm.load(4, 0, 10, -8),
		'a load above the stack': (asm) => asm.load(8, 0, 10, 0),
		'a stack access that is not aligned': (asm) => asm.storeNumber(4, 10, -6, 0),
		'arithmetic of 32 bits with a pointer': (asm) => asm.alu32(OP.add, 1, 1),
		'a sum of pointers': (asm) => asm.aluX(OP.add, 1, 10),
		'a comparison of a pointer': (asm) => asm.jumpIf(IF.eq, 1, 0, place(asm)),
		'a shift by 32': (asm) => {
			asm.mov(0, 1);
			asm.alu32(OP.lsh, 0, 32);
		},
		'a call with a stack that is not there': (asm) => call(asm, 4, 8, 0),
		'a call that reads past the packet': (asm) => call(asm, 4, 5, -8),
		'a call for what is in the map value': (asm) => call(asm, 4, 0, -8),
		'an argument after a call': (asm) => {
			call(asm, 4, 4, -8);
			asm.movX(0, 3);
		},
	};
	for (const [what, write] of Object.entries(WRONG)) it(`throws at ${what}`, () => assert.throws(() => run(write), Error));

	it('throws at a jump backwards', () => {
		assert.throws(() => new Machine(BigUint64Array.of(0xb7n, 0xffff_0005n)).run(MEMORY), /backwards/);
	});
});

function place(asm: Assembler): Label {
	const label = new Label();
	label.at = asm.length + 1;
	return label;
}

/** Reads `bytes` of the packet from `offset` to the stack. */
function call(asm: Assembler, bytes: number, offset: number, to: number): void {
	asm.movX(3, 4);
	asm.alu(OP.add, 3, offset);
	asm.movX(1, 10);
	asm.alu(OP.add, 1, to);
	asm.mov(2, bytes);
	asm.call(113);
}
