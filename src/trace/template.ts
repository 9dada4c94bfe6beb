/**
 * Programs out of a template: bpf/trace.bpf.c has one body, of which every point gets a copy with its own numbers in place of the
 * markers. libbpf has relocated the template for this kernel by then, so that a copy needs nothing but to be loaded.
 */
import { instruction } from '../bpf/program.ts';
import { called } from './called.ts';
import { fold, type ReadOnlyData } from './fold.ts';
import { BYTES, OPCODE, PSEUDO_KFUNC } from './instructions.ts';
import { MARKS } from './marks.ts';
import type { Watched } from './probes.ts';
import { withoutUnused } from './unused.ts';

/** marks that stand before a load, whose offset is what they mean */
const ARGUMENTS: ReadonlySet<number> = new Set(
	Object.entries(MARKS).flatMap(([name, mark]) => (name === 'point' || name === 'flags' ? [] : [mark])),
);
const NAMES: ReadonlyMap<number, keyof typeof MARKS> = new Map(
	Object.entries(MARKS).map(([name, mark]) => [mark, name as keyof typeof MARKS]),
);
const ALL: ReadonlySet<number> = new Set(Object.values(MARKS));
const OTHERS: ReadonlySet<number> = new Set(Object.values(MARKS).filter((mark) => mark !== MARKS.flags));
/** what a cast is where there is none: r0 = r1 */
const UNCHANGED = instruction(OPCODE.moveRegister, 0, 1, 0, 0);
export type Marks = Partial<Record<keyof typeof MARKS, number>>;

/** Templates of points with more to say than others. */
const SPECIAL: Readonly<Record<string, string>> = { 'skb:kfree_skb': 'at_drop' };

/** Whose copy watches a point: a program of bpf/trace.bpf.c. */
export function templateOf({ name, point, inside }: Watched): string {
	if (point.copies) return 'at_copy';
	if (point.of === 'memory') return 'at_memory';
	if (point.tells === 'rule') return 'at_rule';
	return SPECIAL[name] ?? (inside !== undefined ? 'at_inside' : point.tells === 'hook' ? 'at_hook' : 'at_point');
}

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

	/** @param marks numbers for the markers; of arguments, byte offsets into the program's context */
	copy(marks: Marks): Uint8Array {
		return marked(this.withFlags(marks.flags ?? 0), marks);
	}

	/** What a point of these flags needs of it. There are many points, and few combinations of flags. */
	private withFlags(flags: number): Uint8Array {
		let code = this.byFlags.get(flags);
		if (!code) {
			const own = Uint8Array.from(this.code);
			// where the kernel tells the flags there is nothing to decide
			const decided = replace(own, { flags }) > 0 ? fold(own, undefined, OTHERS) : own;
			code = withoutUnused(decided, OTHERS);
			this.byFlags.set(flags, code);
		}
		return code;
	}
}

/** The instructions of a template with numbers for its marks, as {@link Template.copy}. */
export function marked(template: Uint8Array, marks: Marks): Uint8Array {
	const code = Uint8Array.from(template);
	replace(code, marks);
	cast(code, marks.cast);
	return called(code);
}

/** Calls that say what a pointer points to. @param by the kernel's function for that; undefined: there is none, and nothing is said */
function cast(code: Uint8Array, by: number | undefined): void {
	const view = new DataView(code.buffer);
	for (let at = 0; at < code.length; at += BYTES) {
		if (code[at] !== OPCODE.call || view.getInt32(at + 4, true) !== MARKS.cast) continue;
		if (by === undefined) code.set(UNCHANGED, at);
		else {
			code[at + 1] = PSEUDO_KFUNC << 4;
			view.setInt32(at + 4, by, true);
		}
	}
}

/** @returns how many marks were found */
function replace(code: Uint8Array, marks: Marks): number {
	let count = 0;
	const view = new DataView(code.buffer);
	for (let at = 0; at < code.length; at += BYTES) {
		if (code[at] !== OPCODE.moveConstant) continue;
		const mark = view.getInt32(at + 4, true);
		const name = NAMES.get(mark);
		const value = name && marks[name];
		if (value === undefined) continue;
		count++;
		// a mark is used as a number where no load stands behind it
		if (ARGUMENTS.has(mark) && code[at + BYTES] === OPCODE.load64) {
			view.setInt16(at + BYTES + 2, value, true);
			// the load alone, and a jump to the next instruction, which costs nothing: kernels take it out
			code.copyWithin(at, at + BYTES, at + 2 * BYTES);
			code.fill(0, at + BYTES, at + 2 * BYTES);
			code[at + BYTES] = OPCODE.goto;
		} else view.setInt32(at + 4, value, true);
	}
	return count;
}
