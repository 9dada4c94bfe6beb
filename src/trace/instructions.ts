/**
 * A program's instructions, read and left out: kernel Documentation/bpf/standardization/instruction-set.rst. Offsets and targets are
 * counted in instructions; a 64-bit constant takes two.
 */

/** struct bpf_insn: opcode, registers, a 16-bit offset, a 32-bit immediate */
export const BYTES = 8;
/** the frame pointer */
export const FRAME = 10;

export const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu32: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;
export const OPCODE = {
	loadConstant64: 0x18,
	load64: 0x79,
	store64: 0x7b,
	moveRegister: 0xbf,
	moveConstant: 0xb7,
	addConstant: 0x07,
	goto: 0x05,
	call: 0x85,
	exit: 0x95,
} as const;
/** the operand is a register */
export const SOURCE_REGISTER = 0x08;
/** source registers that say what the immediate is */
export const PSEUDO_CALL = 1;
export const PSEUDO_MAP_VALUE = 2;
export const PSEUDO_KFUNC = 2;

/** A jump within the function, conditional or not. */
export const isJump = (opcode: number): boolean => {
	const kind = opcode & 7;
	return (kind === CLASS.jmp || kind === CLASS.jmp32) && opcode !== OPCODE.call && opcode !== OPCODE.exit;
};

/** opcode, and source register, of a call to a function of the program */
const CALL_MASK = 0xf0ff;
const CALL_FUNCTION = OPCODE.call | (PSEUDO_CALL << 12);

export class Instructions {
	readonly count: number;
	/** the first of each function, in order */
	readonly functions: readonly number[];
	/** two words an instruction, four halves: programs are gone through before any of this is compiled, where nothing else is as cheap */
	private readonly words: Int32Array;
	private readonly halves: Int16Array;

	constructor(code: Uint8Array) {
		// arrays of words begin where words may
		const { buffer, byteOffset, length } = code.byteOffset % BYTES === 0 ? code : code.slice();
		this.words = new Int32Array(buffer, byteOffset, length / 4);
		this.halves = new Int16Array(buffer, byteOffset, length / 2);
		this.count = length / BYTES;
		const { words, count } = this;
		const functions = new Set([0]);
		for (let i = 0; i < count; i++) {
			const word = words[2 * i] as number;
			if ((word & CALL_MASK) === CALL_FUNCTION) functions.add(i + 1 + this.immediate(i));
			else if ((word & 0xff) === OPCODE.loadConstant64) i++;
		}
		this.functions = [...functions].sort((a, b) => a - b);
	}

	/** How many there are of an instruction: 1 or 2. */
	size(at: number): number {
		return this.opcode(at) === OPCODE.loadConstant64 ? 2 : 1;
	}

	/** Opcode, registers and offset. */
	word(at: number): number {
		return this.words[2 * at] as number;
	}

	opcode(at: number): number {
		return (this.words[2 * at] as number) & 0xff;
	}

	destination(at: number): number {
		return ((this.words[2 * at] as number) >> 8) & 15;
	}

	source(at: number): number {
		return ((this.words[2 * at] as number) >> 12) & 15;
	}

	offset(at: number): number {
		return this.halves[4 * at + 1] as number;
	}

	immediate(at: number): number {
		return this.words[2 * at + 1] as number;
	}

	/** Of a jump. */
	target(at: number): number {
		return at + 1 + this.offset(at);
	}

	callsFunction(at: number): boolean {
		return ((this.words[2 * at] as number) & CALL_MASK) === CALL_FUNCTION;
	}

	/**
	 * The lowest offset from the frame pointer of which the address is taken from `start` up to `end`: what lies at it and above may be
	 * used through pointers, what lies below is where the compiler keeps registers. -512 when it cannot be told.
	 */
	lowestAddress(start: number, end: number): number {
		const { words } = this;
		let lowest = 0;
		for (let i = start; i < end; i++) {
			const word = words[2 * i] as number;
			if ((word & 0xff) === OPCODE.loadConstant64) i++;
			else if ((word & 0xf000) === FRAME << 12) {
				const kind = word & 7;
				if (kind === CLASS.ldx || kind === CLASS.ld) continue;
				const adds =
					(word & 0xff) === OPCODE.moveRegister &&
					this.opcode(i + 1) === OPCODE.addConstant &&
					this.destination(i + 1) === this.destination(i);
				if (!adds) return -512;
				lowest = Math.min(lowest, this.immediate(i + 1));
			}
		}
		return lowest;
	}

	/**
	 * Those that `keep` names, with jumps to where their targets are now.
	 * @param always jumps that are taken whatever is compared
	 */
	only(keep: (at: number) => boolean, always: (at: number) => boolean = () => false): Uint8Array {
		const { words, count } = this;
		const place = new Int32Array(count + 1);
		let length = 0;
		for (let i = 0, size = 1; i < count; i += size) {
			size = ((words[2 * i] as number) & 0xff) === OPCODE.loadConstant64 ? 2 : 1;
			place[i] = length;
			if (keep(i)) length += size;
			// nobody jumps to the second half of a constant
		}
		place[count] = length;
		const out = new Int32Array(2 * length);
		const halves = new Int16Array(out.buffer);
		for (let i = 0, size = 1; i < count; i += size) {
			const word = words[2 * i] as number;
			const opcode = word & 0xff;
			size = opcode === OPCODE.loadConstant64 ? 2 : 1;
			const to = place[i] as number;
			if ((place[i + size] as number) === to) continue;
			out[2 * to] = word;
			out[2 * to + 1] = words[2 * i + 1] as number;
			if (size === 2) {
				out[2 * to + 2] = words[2 * i + 2] as number;
				out[2 * to + 3] = words[2 * i + 3] as number;
			} else if ((word & CALL_MASK) === CALL_FUNCTION) out[2 * to + 1] = (place[i + 1 + this.immediate(i)] as number) - to - 1;
			else if (isJump(opcode)) {
				if (always(i)) {
					out[2 * to] = OPCODE.goto;
					out[2 * to + 1] = 0;
				}
				halves[4 * to + 1] = (place[this.target(i)] as number) - to - 1;
			}
		}
		return new Uint8Array(out.buffer);
	}
}
