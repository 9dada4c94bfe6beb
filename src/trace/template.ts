/**
 * Programs out of a template: bpf/trace.bpf.c has one body, of which every point gets a copy with its own numbers in place of the
 * markers. libbpf has relocated the template for this kernel by then, so that a copy needs nothing but to be loaded.
 */
import { fold, type ReadOnlyData } from './fold.ts';
import { BYTES, OPCODE } from './instructions.ts';
import { type Cast, untrusted } from './untrusted.ts';
import { withoutUnused } from './unused.ts';

/** MARK_… of bpf/trace.bpf.c */
const MARKS = {
	point: 0x5eed0001,
	flags: 0x5eed0002,
	skb: 0x5eed0003,
	value: 0x5eed0004,
	inside: 0x5eed0005,
	functions: 0x5eed0006,
} as const;
/** marks that stand before a load, whose offset is what they mean */
const ARGUMENTS: ReadonlySet<number> = new Set([MARKS.skb, MARKS.value, MARKS.inside, MARKS.functions]);
const NAMES: ReadonlyMap<number, keyof typeof MARKS> = new Map(
	Object.entries(MARKS).map(([name, mark]) => [mark, name as keyof typeof MARKS]),
);
const ALL: ReadonlySet<number> = new Set(Object.values(MARKS));
const OTHERS: ReadonlySet<number> = new Set(Object.values(MARKS).filter((mark) => mark !== MARKS.flags));
export type Marks = Partial<Record<keyof typeof MARKS, number>>;

export class Template {
	private readonly code: Uint8Array;
	private readonly byFlags = new Map<number, Uint8Array>();

	/**
	 * @param instructions of a program that libbpf has loaded
	 * @param rodata its constants
	 */
	constructor(instructions: Uint8Array, rodata: ReadOnlyData) {
		this.code = fold(instructions, rodata, ALL);
	}

	/**
	 * @param marks numbers for the markers; of arguments, byte offsets into the program's context
	 * @param cast the packet is not to be trusted
	 */
	copy(marks: Marks, cast?: Cast): Uint8Array {
		const code = Uint8Array.from(this.withFlags(marks.flags ?? 0));
		const packets = replace(code, marks);
		return cast === undefined || marks.skb === undefined ? code : untrusted(code, packets, marks.skb, cast);
	}

	/** What a point of these flags needs of it. There are many points, and few combinations of flags. */
	private withFlags(flags: number): Uint8Array {
		let code = this.byFlags.get(flags);
		if (!code) {
			const marked = Uint8Array.from(this.code);
			replace(marked, { flags });
			code = withoutUnused(fold(marked, undefined, OTHERS), OTHERS);
			this.byFlags.set(flags, code);
		}
		return code;
	}
}

/** @returns where the packet is loaded, as numbers of instructions */
function replace(code: Uint8Array, marks: Marks): number[] {
	const packets: number[] = [];
	const view = new DataView(code.buffer);
	for (let at = 0; at < code.length; at += BYTES) {
		if (code[at] !== OPCODE.moveConstant) continue;
		const mark = view.getInt32(at + 4, true);
		const name = NAMES.get(mark);
		const value = name && marks[name];
		if (value === undefined) continue;
		// a mark is used as a number where no load stands behind it
		if (ARGUMENTS.has(mark) && code[at + BYTES] === OPCODE.load64) {
			view.setInt16(at + BYTES + 2, value, true);
			// the load alone, and a jump to the next instruction, which costs nothing: kernels take it out
			code.copyWithin(at, at + BYTES, at + 2 * BYTES);
			code.fill(0, at + BYTES, at + 2 * BYTES);
			code[at + BYTES] = OPCODE.goto;
			if (name === 'skb') packets.push(at / BYTES);
		} else view.setInt32(at + 4, value, true);
	}
	return packets;
}
