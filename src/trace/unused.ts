/**
 * Takes out of a program what it calculates for nobody: registers that are not read again, and stack slots that never are. Compilers
 * do that, and what folding (fold.ts) decides comes after them; a probe that every packet hits pays for each instruction.
 */
import { CLASS, FRAME, Instructions, isJump, OPCODE, SOURCE_REGISTER } from './instructions.ts';
import { MARKS } from './marks.ts';

/** Arguments of the helpers that are called, by number (include/uapi/linux/bpf.h); of others all five. */
const ARGUMENTS: Readonly<Record<number, number>> = {
	1: 2,
	2: 4,
	3: 2,
	5: 0,
	8: 0,
	35: 0,
	67: 4,
	113: 3,
	115: 3,
	131: 3,
	132: 2,
	174: 1,
	183: 3,
	// a pointer, and what it points to
	[MARKS.cast]: 2,
};
const bit = (register: number): number => 1 << register;
/** r0 to r5, which no call leaves as they were */
const LOST = 0x3f;

/**
 * The same program without what nobody uses.
 * @param marks immediates of moves that are to be replaced, with the load that stands behind them: both stay, or none
 */
export function withoutUnused(code: Uint8Array, marks: ReadonlySet<number>): Uint8Array {
	const program = new Usage(new Instructions(code), marks);
	program.follow();
	return program.rest();
}

class Usage {
	private readonly all: Instructions;
	private readonly marks: ReadonlySet<number>;
	/** registers that are read later, as bits, in front of each instruction */
	private readonly live: Uint16Array;
	private readonly dead: Uint8Array;

	constructor(all: Instructions, marks: ReadonlySet<number>) {
		this.all = all;
		this.marks = marks;
		this.live = new Uint16Array(all.count + 1);
		this.dead = new Uint8Array(all.count);
	}

	/** From the end to the beginning; again only where something jumps back to what turned out to use more, until nothing does. */
	follow(): void {
		const { all, live, dead } = this;
		const starts: number[] = [];
		const jumpedBackTo = new Set<number>();
		for (let i = 0; i < all.count; i += all.size(i)) {
			starts.push(i);
			if (isJump(all.opcode(i)) && all.target(i) <= i) jumpedBackTo.add(all.target(i));
		}
		for (let more = true; more; ) {
			more = false;
			for (let i = starts.length - 1; i >= 0; i--) {
				const at = starts[i] as number;
				const after = this.after(at);
				const unused = this.isUnused(at, after);
				const before = unused ? after : this.before(at, after);
				dead[at] = unused ? 1 : 0;
				if (before === live[at]) continue;
				live[at] = before;
				more ||= jumpedBackTo.has(at);
			}
		}
	}

	rest(): Uint8Array {
		const slots = this.readSlots();
		return this.all.only((at) => this.dead[at] === 0 && !this.storesForNobody(at, slots));
	}

	/** What is read behind an instruction. */
	private after(at: number): number {
		const { all, live } = this;
		const opcode = all.opcode(at);
		if (opcode === OPCODE.exit) return bit(0);
		const next = opcode === OPCODE.goto ? 0 : (live[opcode === OPCODE.loadConstant64 ? at + 2 : at + 1] as number);
		return isJump(opcode) ? next | (live[all.target(at)] as number) : next;
	}

	/** What is read in front of it, by it or later. @param after what is read behind it */
	private before(at: number, after: number): number {
		const word = this.all.word(at);
		const opcode = word & 0xff;
		const [destination, source] = [bit((word >> 8) & 15), bit((word >> 12) & 15)];
		const operand = opcode & SOURCE_REGISTER ? source : 0;
		switch (opcode & 7) {
			case CLASS.ld:
				return opcode === OPCODE.loadConstant64 ? after & ~destination : 0xffff;
			case CLASS.ldx:
				return (after & ~destination) | source;
			case CLASS.st:
				return after | destination;
			case CLASS.stx:
				// an atomic one gives back what was there
				return after | destination | source;
			case CLASS.jmp:
			case CLASS.jmp32:
				if (opcode === OPCODE.exit || opcode === OPCODE.goto) return after;
				if (opcode !== OPCODE.call) return after | destination | operand;
				return (after & ~LOST) | (((1 << this.argumentsOf(at)) - 1) << 1);
			default: {
				const moves = opcode === OPCODE.moveRegister || (opcode & 0xf0) === 0xb0;
				return (moves ? after & ~destination : after | destination) | operand;
			}
		}
	}

	private argumentsOf(at: number): number {
		const { all } = this;
		return all.source(at) === 0 ? (ARGUMENTS[all.immediate(at)] ?? 5) : 5;
	}

	/** It only puts something into a register that nobody reads. @param after what is read behind it */
	private isUnused(at: number, after: number): boolean {
		const { all } = this;
		const opcode = all.opcode(at);
		const kind = opcode & 7;
		const pure = opcode === OPCODE.loadConstant64 || kind === CLASS.ldx || kind === CLASS.alu32 || kind === CLASS.alu64;
		if (!pure) return false;
		const read = this.isMarkedLoad(at) ? this.after(at + 1) : after;
		return (read & bit(all.destination(at))) === 0;
	}

	/** A mark, and behind it the load whose offset it stands for. */
	private isMarkedLoad(at: number): boolean {
		const { all } = this;
		return (
			all.opcode(at) === OPCODE.moveConstant &&
			this.marks.has(all.immediate(at)) &&
			at + 1 < all.count &&
			all.opcode(at + 1) === OPCODE.load64 &&
			all.destination(at + 1) === all.destination(at)
		);
	}

	/** Of each function, by its first instruction: slots that are read, and from which offset on anything may be. */
	private readSlots(): { start: number; end: number; from: number; offsets: ReadonlySet<number> }[] {
		const { all } = this;
		return all.functions.map((start, i) => {
			const end = all.functions[i + 1] ?? all.count;
			const offsets = new Set<number>();
			for (let at = start; at < end; at += all.size(at)) {
				if ((all.opcode(at) & 7) !== CLASS.ldx || all.source(at) !== FRAME || this.dead[at] === 1) continue;
				for (let byte = 0; byte < 8; byte++) offsets.add(all.offset(at) + byte);
			}
			return { start, end, from: all.lowestAddress(start, end), offsets };
		});
	}

	private storesForNobody(at: number, functions: ReturnType<Usage['readSlots']>): boolean {
		const { all } = this;
		if (all.opcode(at) !== OPCODE.store64 || all.destination(at) !== FRAME) return false;
		const { from, offsets } = functions.findLast(({ start }) => start <= at) as (typeof functions)[number];
		const offset = all.offset(at);
		if (offset + 8 > from) return false;
		for (let byte = 0; byte < 8; byte++) if (offsets.has(offset + byte)) return false;
		return true;
	}
}
