/**
 * Classic BPF, the language libpcap compiles expressions to: an accumulator A, an index X, sixteen words M of scratch memory, all of
 * 32 unsigned bits, and jumps that only go forward (kernel Documentation/networking/filter.rst; McCanne and Jacobson, 1993).
 */
/** struct sock_filter, struct bpf_insn of libpcap */
export interface ClassicInstruction {
	readonly code: number;
	/** instructions to skip when a condition holds, and when it does not */
	readonly jt: number;
	readonly jf: number;
	/** unsigned */
	readonly k: number;
}

export const CLASSIC_BYTES = 8;
export const SCRATCH_WORDS = 16;
/** More bytes than any packet has, and the largest number that is an immediate of 64-bit eBPF, which is signed. */
export const LONGEST_PACKET = 0x7fffffff;

/** The parts of `code`: its class, and what further bits mean within it. */
export const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, ret: 6, misc: 7 } as const;
export const MODE = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, len: 0x80, msh: 0xa0 } as const;
export const ALU = {
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
export const JUMP = { ja: 0x00, jeq: 0x10, jgt: 0x20, jge: 0x30, jset: 0x40 } as const;
/** the operand is X, not k */
export const SOURCE_X = 0x08;
export const RETURN = { k: 0x00, a: 0x10 } as const;
export const MISC_TXA = 0x80;

export const classOf = (code: number): number => code & 0x07;
export const modeOf = (code: number): number => code & 0xe0;
export const opOf = (code: number): number => code & 0xf0;
/** Bytes that a load takes. */
export const sizeOf = (code: number): 1 | 2 | 4 => ((code & 0x18) === 0x10 ? 1 : (code & 0x18) === 0x08 ? 2 : 4);

/** Reads instructions out of memory, in the byte order of this machine's little-endian kernels. */
export function decodeClassic(memory: ArrayBuffer): ClassicInstruction[] {
	const view = new DataView(memory);
	return Array.from({ length: Math.floor(memory.byteLength / CLASSIC_BYTES) }, (_, index) => {
		const at = index * CLASSIC_BYTES;
		return {
			code: view.getUint16(at, true),
			jt: view.getUint8(at + 2),
			jf: view.getUint8(at + 3),
			k: view.getUint32(at + 4, true),
		};
	});
}
