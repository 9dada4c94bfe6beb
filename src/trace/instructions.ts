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

/** A jump within the function, conditional or not. */
export const isJump = (opcode: number): boolean => {
	const kind = opcode & 7;
	return (kind === CLASS.jmp || kind === CLASS.jmp32) && opcode !== OPCODE.call && opcode !== OPCODE.exit;
};

export class Instructions {
	readonly count: number;
	/** the first of each function, in order */
	readonly functions: readonly number[];
	private readonly code: Uint8Array;
	private readonly view: DataView;

	constructor(code: Uint8Array) {
		this.code = code;
		this.view = new DataView(code.buffer, code.byteOffset, code.byteLength);
		this.count = code.length / BYTES;
		const functions = new Set([0]);
		for (let i = 0; i < this.count; i += this.size(i)) if (this.callsFunction(i)) functions.add(i + 1 + this.immediate(i));
		this.functions = [...functions].sort((a, b) => a - b);
	}

	/** How many there are of an instruction: 1 or 2. */
	size(at: number): number {
		return this.opcode(at) === OPCODE.loadConstant64 ? 2 : 1;
	}

	opcode(at: number): number {
		return this.code[at * BYTES] as number;
	}

	destination(at: number): number {
		return (this.code[at * BYTES + 1] as number) & 15;
	}

	source(at: number): number {
		return (this.code[at * BYTES + 1] as number) >> 4;
	}

	offset(at: number): number {
		return this.view.getInt16(at * BYTES + 2, true);
	}

	immediate(at: number): number {
		return this.view.getInt32(at * BYTES + 4, true);
	}

	/** Of a jump. */
	target(at: number): number {
		return at + 1 + this.offset(at);
	}

	callsFunction(at: number): boolean {
		return this.opcode(at) === OPCODE.call && this.source(at) === PSEUDO_CALL;
	}

	/**
	 * The lowest offset from the frame pointer of which the address is taken from `start` up to `end`: what lies at it and above may be
	 * used through pointers, what lies below is where the compiler keeps registers. -512 when it cannot be told.
	 */
	lowestAddress(start: number, end: number): number {
		let lowest = 0;
		for (let i = start; i < end; i += this.size(i)) {
			const kind = this.opcode(i) & 7;
			if (this.source(i) !== FRAME || kind === CLASS.ldx || kind === CLASS.ld) continue;
			const adds =
				this.opcode(i) === OPCODE.moveRegister &&
				this.opcode(i + 1) === OPCODE.addConstant &&
				this.destination(i + 1) === this.destination(i);
			if (!adds) return -512;
			lowest = Math.min(lowest, this.immediate(i + 1));
		}
		return lowest;
	}

	/**
	 * Those that `keep` names, with jumps to where their targets are now.
	 * @param always jumps that are taken whatever is compared
	 */
	only(keep: (at: number) => boolean, always: (at: number) => boolean = () => false): Uint8Array {
		const place = new Int32Array(this.count + 1);
		const kept: number[] = [];
		for (let i = 0; i < this.count; i += this.size(i)) {
			place[i] = kept.length;
			if (keep(i)) kept.push(i);
			if (this.size(i) === 2) {
				place[i + 1] = kept.length;
				if (keep(i)) kept.push(i + 1);
			}
		}
		place[this.count] = kept.length;
		const code = new Uint8Array(kept.length * BYTES);
		const out = new DataView(code.buffer);
		let second = false;
		kept.forEach((from, to) => {
			code.set(this.code.subarray(from * BYTES, (from + 1) * BYTES), to * BYTES);
			if (second) {
				second = false;
				return;
			}
			second = this.size(from) === 2;
			const distance = (target: number) => (place[target] as number) - to - 1;
			if (this.callsFunction(from)) out.setInt32(to * BYTES + 4, distance(from + 1 + this.immediate(from)), true);
			if (!isJump(this.opcode(from))) return;
			if (always(from)) {
				code.fill(0, to * BYTES, (to + 1) * BYTES);
				code[to * BYTES] = OPCODE.goto;
			}
			out.setInt16(to * BYTES + 2, distance(this.target(from)), true);
		});
		return code;
	}
}
