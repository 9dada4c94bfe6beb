/**
 * An assembler of eBPF instructions, with labels (kernel Documentation/bpf/standardization/instruction-set.rst). Only what every
 * kernel since 4.14 executes: 64-bit and 32-bit arithmetic, and jumps that compare 64 bits. 32-bit arithmetic clears the upper half.
 */

/** r0 result, r1 to r5 arguments, r6 to r9 kept by calls, r10 the frame pointer */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
export const FRAME: Register = 10;

const CLASS_LDX = 0x01;
const CLASS_ST = 0x02;
const CLASS_STX = 0x03;
const CLASS_ALU32 = 0x04;
const CLASS_JMP = 0x05;
const CLASS_ALU64 = 0x07;
/** the operand is a register */
const SOURCE_REGISTER = 0x08;
const MODE_MEM = 0x60;
const SIZE = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 } as const;
const OP_MOV = 0xb0;
/** BPF_END with the bit that means "as big-endian" */
const TO_BIG_ENDIAN = 0xd0 | SOURCE_REGISTER;
const OP_JA = 0x00;
const OP_CALL = 0x80;

/** Arithmetic; the numbers are those of classic BPF. */
export const OP = {
	add: 0x00,
	sub: 0x10,
	mul: 0x20,
	div: 0x30,
	or: 0x40,
	and: 0x50,
	lsh: 0x60,
	rsh: 0x70,
	neg: 0x80,
	mod: 0x90,
	xor: 0xa0,
} as const;
export type Op = (typeof OP)[keyof typeof OP];

/** Conditions, unsigned. */
export const IF = { eq: 0x10, gt: 0x20, ge: 0x30, set: 0x40, ne: 0x50, lt: 0xa0, le: 0xb0 } as const;
export type If = (typeof IF)[keyof typeof IF];

/** goto +0: what a stub is filled with */
export const NOTHING = BigInt(CLASS_JMP | OP_JA);
/** The beginning of `count` instructions that do nothing: r0 = 0; if r0 == 0 goto behind them */
export const skip = (count: number): [bigint, bigint] => [
	encode(CLASS_ALU64 | OP_MOV, 0, 0, 0, 0),
	encode(CLASS_JMP | IF.eq, 0, 0, count - 2, 0),
];

/** A place in the program that jumps can name before it is known. */
export class Label {
	at: number | undefined;
	/** whether a jump names it */
	used = false;
}

const encode = (code: number, dst: Register, src: Register, offset: number, imm: number): bigint =>
	BigInt(code) | (BigInt(dst) << 8n) | (BigInt(src) << 12n) | (BigInt(offset & 0xffff) << 16n) | (BigInt(imm >>> 0) << 32n);

export class Assembler {
	private readonly code: bigint[] = [];
	private readonly jumps: { at: number; label: Label }[] = [];

	get length(): number {
		return this.code.length;
	}

	place(label: Label): void {
		label.at = this.code.length;
	}

	/** 64 bits, `imm` sign-extended */
	mov(dst: Register, imm: number): void {
		this.put(CLASS_ALU64 | OP_MOV, dst, 0, 0, imm);
	}

	movX(dst: Register, src: Register): void {
		this.put(CLASS_ALU64 | OP_MOV | SOURCE_REGISTER, dst, src, 0, 0);
	}

	/** 32 bits, the upper half cleared: any unsigned number in one instruction */
	mov32(dst: Register, imm: number): void {
		this.put(CLASS_ALU32 | OP_MOV, dst, 0, 0, imm);
	}

	mov32X(dst: Register, src: Register): void {
		this.put(CLASS_ALU32 | OP_MOV | SOURCE_REGISTER, dst, src, 0, 0);
	}

	alu(op: Op, dst: Register, imm: number): void {
		this.put(CLASS_ALU64 | op, dst, 0, 0, imm);
	}

	aluX(op: Op, dst: Register, src: Register): void {
		this.put(CLASS_ALU64 | op | SOURCE_REGISTER, dst, src, 0, 0);
	}

	alu32(op: Op, dst: Register, imm: number): void {
		this.put(CLASS_ALU32 | op, dst, 0, 0, imm);
	}

	alu32X(op: Op, dst: Register, src: Register): void {
		this.put(CLASS_ALU32 | op | SOURCE_REGISTER, dst, src, 0, 0);
	}

	/** The lowest `bytes` of `dst`, in network order in memory, as a number; the rest is cleared. */
	fromNetwork(dst: Register, bytes: 2 | 4): void {
		this.put(CLASS_ALU32 | TO_BIG_ENDIAN, dst, 0, 0, bytes * 8);
	}

	load(bytes: keyof typeof SIZE, dst: Register, address: Register, offset: number): void {
		this.put(CLASS_LDX | MODE_MEM | SIZE[bytes], dst, address, offset, 0);
	}

	store(bytes: keyof typeof SIZE, address: Register, offset: number, src: Register): void {
		this.put(CLASS_STX | MODE_MEM | SIZE[bytes], address, src, offset, 0);
	}

	storeNumber(bytes: keyof typeof SIZE, address: Register, offset: number, imm: number): void {
		this.put(CLASS_ST | MODE_MEM | SIZE[bytes], address, 0, offset, imm);
	}

	jump(label: Label): void {
		this.jumpTo(label, CLASS_JMP | OP_JA, 0, 0, 0);
	}

	/** Compares 64 bits with `imm`, sign-extended. */
	jumpIf(condition: If, dst: Register, imm: number, label: Label): void {
		this.jumpTo(label, CLASS_JMP | condition, dst, 0, imm);
	}

	jumpIfX(condition: If, dst: Register, src: Register, label: Label): void {
		this.jumpTo(label, CLASS_JMP | condition | SOURCE_REGISTER, dst, src, 0);
	}

	/** Calls a helper of the kernel: r1 to r5 are lost, r0 is the result. */
	call(helper: number): void {
		this.put(CLASS_JMP | OP_CALL, 0, 0, 0, helper);
	}

	/** @throws Error for a label that was not placed, or is too far away for the 16 bits of an offset */
	finish(): BigUint64Array {
		const code = BigUint64Array.from(this.code);
		for (const { at, label } of this.jumps) {
			const offset = (label.at ?? Number.NaN) - at - 1;
			if (!(offset >= 0 && offset <= 0x7fff)) throw new Error(`eBPF: a jump of ${offset} at ${at}`);
			code[at] = (code[at] ?? 0n) | (BigInt(offset) << 16n);
		}
		return code;
	}

	private put(code: number, dst: Register, src: Register, offset: number, imm: number): void {
		this.code.push(encode(code, dst, src, offset, imm));
	}

	private jumpTo(label: Label, code: number, dst: Register, src: Register, imm: number): void {
		label.used = true;
		this.jumps.push({ at: this.code.length, label });
		this.put(code, dst, src, 0, imm);
	}
}
