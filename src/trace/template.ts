/**
 * Programs out of a template: bpf/trace.bpf.c has one body, of which every point gets a copy with its own numbers in place of the
 * markers. libbpf has relocated the template for this kernel by then, so that a copy needs nothing but to be loaded.
 */

/** MARK_… of bpf/trace.bpf.c */
const MARKS = { point: 0x5eed0001, flags: 0x5eed0002, skb: 0x5eed0003, value: 0x5eed0004, inside: 0x5eed0005 } as const;
/** marks that stand before a load, whose offset is what they mean */
const ARGUMENTS: ReadonlySet<number> = new Set([MARKS.skb, MARKS.value, MARKS.inside]);
export type Marks = Partial<Record<keyof typeof MARKS, number>>;

/** struct bpf_insn: opcode, registers, a 16-bit offset, a 32-bit immediate */
const BYTES = 8;
const MOVE_CONSTANT = 0xb7;
const LOAD_64 = 0x79;
const LOAD_CONSTANT_64 = 0x18;
const GOTO = 0x05;
const CALL = 0x85;
const EXIT = 0x95;
const PSEUDO_CALL = 1;
const JUMP_CLASSES: ReadonlySet<number> = new Set([5, 6]);

export class Template {
	private readonly code: Uint8Array;

	/** @param instructions of a program that libbpf has loaded */
	constructor(instructions: Uint8Array) {
		this.code = withoutPadding(instructions);
	}

	/** @param marks numbers for the markers; of arguments, byte offsets into the program's context */
	copy(marks: Marks): Uint8Array {
		const code = Uint8Array.from(this.code);
		const view = new DataView(code.buffer);
		for (let at = 0; at < code.length; at += BYTES) {
			if (code[at] !== MOVE_CONSTANT) continue;
			const mark = view.getInt32(at + 4, true);
			const name = (Object.keys(MARKS) as (keyof typeof MARKS)[]).find((each) => MARKS[each] === mark);
			const value = name && marks[name];
			if (value === undefined) continue;
			// a mark is used as a number where no load stands behind it
			if (ARGUMENTS.has(mark) && code[at + BYTES] === LOAD_64) view.setInt16(at + BYTES + 2, value, true);
			else view.setInt32(at + 4, value, true);
		}
		return code;
	}
}

/**
 * The same without "goto +0": the room that expressions do not need (bpf/expression.h). Every copy would be verified with it.
 */
export function withoutPadding(instructions: Uint8Array): Uint8Array {
	const view = new DataView(instructions.buffer, instructions.byteOffset, instructions.byteLength);
	const count = instructions.length / BYTES;
	const place = new Int32Array(count + 1);
	const kept: number[] = [];
	for (let i = 0; i < count; i++) {
		place[i] = kept.length;
		if (instructions[i * BYTES] === GOTO && view.getInt16(i * BYTES + 2, true) === 0) continue;
		kept.push(i);
		if (instructions[i * BYTES] === LOAD_CONSTANT_64) {
			// takes two places; the second is no instruction
			place[i + 1] = kept.length;
			kept.push(++i);
		}
	}
	place[count] = kept.length;
	const code = new Uint8Array(kept.length * BYTES);
	const out = new DataView(code.buffer);
	kept.forEach((from, to) => {
		code.set(instructions.subarray(from * BYTES, (from + 1) * BYTES), to * BYTES);
		const opcode = code[to * BYTES] as number;
		const target = (distance: number) => (place[from + 1 + distance] as number) - to - 1;
		if (opcode === CALL) {
			const registers = code[to * BYTES + 1] as number;
			if (registers >> 4 === PSEUDO_CALL) out.setInt32(to * BYTES + 4, target(view.getInt32(from * BYTES + 4, true)), true);
		} else if (JUMP_CLASSES.has(opcode & 7) && opcode !== EXIT) {
			out.setInt16(to * BYTES + 2, target(view.getInt16(from * BYTES + 2, true)), true);
		}
	});
	return code;
}
