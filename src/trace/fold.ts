/**
 * Takes out of a program what cannot run: constants are followed through registers and spilled stack slots, and code behind a
 * comparison that is decided is left out. The kernel does the same, but verifies and patches first, which for a hundred copies of one
 * template is nearly all the time that attaching takes.
 *
 * Instructions: kernel Documentation/bpf/standardization/instruction-set.rst. What is not understood is taken as unknown.
 */

/** struct bpf_insn: opcode, registers, a 16-bit offset, a 32-bit immediate */
const BYTES = 8;
const FRAME = 10;

const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu32: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;
const LOAD_CONSTANT_64 = 0x18;
const LOAD_64 = 0x79;
const STORE_64 = 0x7b;
const MOVE_REGISTER = 0xbf;
const MOVE_CONSTANT = 0xb7;
const ADD_CONSTANT = 0x07;
const GOTO = 0x05;
const CALL = 0x85;
const EXIT = 0x95;
/** the operand is a register */
const SOURCE_REGISTER = 0x08;
/** source registers that say what the immediate is */
const PSEUDO_CALL = 1;
const PSEUDO_MAP_VALUE = 2;
const LOAD_BYTES: Readonly<Record<number, number>> = { 97: 4, 105: 2, 113: 1, [LOAD_64]: 8 };

/** A constant, a place in the read-only data, or nothing known. */
type Value = bigint | { rodata: number } | undefined;

export interface ReadOnlyData {
	/** descriptor of the map */
	fd: number;
	bytes: Uint8Array;
}

class State {
	readonly registers: Value[];
	/** by offset from the frame pointer */
	readonly slots: Map<number, Value>;

	constructor(registers: Value[] = new Array<Value>(11).fill(undefined), slots = new Map<number, Value>()) {
		this.registers = registers;
		this.slots = slots;
	}

	copy(): State {
		return new State([...this.registers], new Map(this.slots));
	}

	/** Forgets what is not the same in `other`. @returns whether something was */
	meet({ registers, slots }: State): boolean {
		let less = false;
		for (let i = 0; i < this.registers.length; i++) {
			if (this.registers[i] === undefined || same(this.registers[i], registers[i])) continue;
			this.registers[i] = undefined;
			less = true;
		}
		for (const [offset, value] of this.slots) {
			if (same(value, slots.get(offset))) continue;
			this.slots.delete(offset);
			less = true;
		}
		return less;
	}
}

const same = (a: Value, b: Value): boolean => a === b || (typeof a === 'object' && typeof b === 'object' && a.rodata === b.rodata);

const TAKEN = 1;
const PASSED = 2;

/**
 * The same program without what cannot run.
 * @param unknown immediates of moves that are to be replaced, and so not to be relied on
 */
export function fold(code: Uint8Array, rodata?: ReadOnlyData, unknown: ReadonlySet<number> = new Set()): Uint8Array {
	const program = new Program(code, rodata, unknown);
	program.follow();
	return program.rest();
}

class Program {
	private readonly code: Uint8Array;
	private readonly view: DataView;
	private readonly count: number;
	private readonly rodata: ReadOnlyData | undefined;
	private readonly unknown: ReadonlySet<number>;
	/** bits of TAKEN and PASSED, of every instruction that can run */
	private readonly ways: Uint8Array;
	private readonly reached: Uint8Array;
	/** what is known where ways meet */
	private readonly states = new Map<number, State>();
	private readonly targets: Uint8Array;
	/** of each function, by its first instruction, below which offsets are of spilled registers alone */
	private readonly spills = new Map<number, number>();
	private readonly functions: number[];

	constructor(code: Uint8Array, rodata: ReadOnlyData | undefined, unknown: ReadonlySet<number>) {
		this.code = code;
		this.view = new DataView(code.buffer, code.byteOffset, code.byteLength);
		this.count = code.length / BYTES;
		this.rodata = rodata;
		this.unknown = unknown;
		this.ways = new Uint8Array(this.count);
		this.reached = new Uint8Array(this.count);
		this.targets = new Uint8Array(this.count + 1);
		const functions = new Set([0]);
		for (let i = 0; i < this.count; i++) {
			const opcode = this.opcode(i);
			if (opcode === LOAD_CONSTANT_64) i++;
			else if (opcode === CALL && this.source(i) === PSEUDO_CALL) functions.add(i + 1 + this.immediate(i));
			else if (isJump(opcode)) this.targets[i + 1 + this.offset(i)] = 1;
		}
		this.functions = [...functions].sort((a, b) => a - b);
		this.functions.forEach((start, i) => {
			this.spills.set(start, this.lowestAddress(start, this.functions[i + 1] ?? this.count));
		});
	}

	/** Follows all ways, until nothing new becomes known of any. */
	follow(): void {
		const waiting: { at: number; state: State; spill: number }[] = [];
		const called = new Set<number>();
		const call = (start: number) => {
			if (called.has(start)) return;
			called.add(start);
			waiting.push({ at: start, state: new State(), spill: this.spills.get(start) ?? 0 });
		};
		call(0);
		for (let next = waiting.pop(); next; next = waiting.pop()) {
			let { at, state } = next;
			const { spill } = next;
			for (;;) {
				if (this.targets[at] === 1) {
					const known = this.states.get(at);
					if (known) {
						if (!known.meet(state)) break;
						state = known.copy();
					} else this.states.set(at, state.copy());
				}
				this.reached[at] = 1;
				const opcode = this.opcode(at);
				if (opcode === EXIT) break;
				if (opcode === LOAD_CONSTANT_64) this.reached[at + 1] = 1;
				if (opcode === CALL && this.source(at) === PSEUDO_CALL) call(at + 1 + this.immediate(at));
				if (isJump(opcode)) {
					const way = opcode === GOTO ? TAKEN : this.decide(at, state);
					this.ways[at] = (this.ways[at] as number) | way;
					const target = at + 1 + this.offset(at);
					if (way === TAKEN) {
						at = target;
						continue;
					}
					if (way & TAKEN) waiting.push({ at: target, state: state.copy(), spill });
				} else this.run(at, state, spill);
				at += opcode === LOAD_CONSTANT_64 ? 2 : 1;
			}
		}
	}

	/** What can run, with jumps to where that is now. */
	rest(): Uint8Array {
		const place = new Int32Array(this.count + 1);
		const kept: number[] = [];
		for (let i = 0; i < this.count; i++) {
			place[i] = kept.length;
			const jump = isJump(this.opcode(i)) && this.opcode(i) !== CALL && this.opcode(i) !== EXIT && this.isInstruction(i);
			const nothing = jump && (this.ways[i] === PASSED || (this.ways[i] === TAKEN && this.offset(i) === 0));
			if (this.reached[i] === 1 && !nothing) kept.push(i);
		}
		place[this.count] = kept.length;
		const code = new Uint8Array(kept.length * BYTES);
		const out = new DataView(code.buffer);
		kept.forEach((from, to) => {
			code.set(this.code.subarray(from * BYTES, (from + 1) * BYTES), to * BYTES);
			if (!this.isInstruction(from)) return;
			const opcode = this.opcode(from);
			const distance = (target: number) => (place[target] as number) - to - 1;
			if (opcode === CALL && this.source(from) === PSEUDO_CALL)
				out.setInt32(to * BYTES + 4, distance(from + 1 + this.immediate(from)), true);
			if (!isJump(opcode)) return;
			if (this.ways[from] === TAKEN) {
				code.fill(0, to * BYTES, (to + 1) * BYTES);
				code[to * BYTES] = GOTO;
			}
			out.setInt16(to * BYTES + 2, distance(from + 1 + this.offset(from)), true);
		});
		return code;
	}

	/** Whether there is an instruction, and not the second half of one. */
	private isInstruction(at: number): boolean {
		return at === 0 || this.opcode(at - 1) !== LOAD_CONSTANT_64 || !this.startsHere(at - 1);
	}

	private startsHere(at: number): boolean {
		// the second half has opcode 0, so two in a row cannot both be first halves
		return this.opcode(at) === LOAD_CONSTANT_64;
	}

	private opcode(at: number): number {
		return this.code[at * BYTES] as number;
	}

	private destination(at: number): number {
		return (this.code[at * BYTES + 1] as number) & 15;
	}

	private source(at: number): number {
		return (this.code[at * BYTES + 1] as number) >> 4;
	}

	private offset(at: number): number {
		return this.view.getInt16(at * BYTES + 2, true);
	}

	private immediate(at: number): number {
		return this.view.getInt32(at * BYTES + 4, true);
	}

	/**
	 * The lowest offset of which the address is taken: what lies at it and above may be written through pointers, what lies below is
	 * where the compiler keeps registers. -512 when it cannot be told.
	 */
	private lowestAddress(start: number, end: number): number {
		let lowest = 0;
		for (let i = start; i < end; i++) {
			if (this.opcode(i) === LOAD_CONSTANT_64) {
				i++;
				continue;
			}
			const uses = this.source(i) === FRAME && (this.opcode(i) & 7) !== CLASS.ldx;
			if (!uses || (this.opcode(i) & 7) === CLASS.ld) continue;
			const adds =
				this.opcode(i) === MOVE_REGISTER && this.opcode(i + 1) === ADD_CONSTANT && this.destination(i + 1) === this.destination(i);
			if (!adds) return -512;
			lowest = Math.min(lowest, this.immediate(i + 1));
		}
		return lowest;
	}

	/** An instruction that is no jump. */
	private run(at: number, state: State, spill: number): void {
		const { registers, slots } = state;
		const opcode = this.opcode(at);
		const destination = this.destination(at);
		const source = this.source(at);
		switch (opcode & 7) {
			case CLASS.ld:
				registers[destination] = opcode === LOAD_CONSTANT_64 ? this.constant(at) : undefined;
				return;
			case CLASS.ldx: {
				const bytes = LOAD_BYTES[opcode];
				if (source === FRAME) registers[destination] = opcode === LOAD_64 ? slots.get(this.offset(at)) : undefined;
				else registers[destination] = this.read(registers[source], this.offset(at), bytes);
				return;
			}
			case CLASS.st:
			case CLASS.stx: {
				// through another register it can only reach what has an address
				if (destination !== FRAME) return;
				const offset = this.offset(at);
				for (let i = offset - 7; i <= offset + 7; i++) slots.delete(i);
				if (opcode === STORE_64 && offset + 8 <= spill) slots.set(offset, registers[source]);
				return;
			}
			case CLASS.jmp:
				// a call
				for (let i = 0; i <= 5; i++) registers[i] = undefined;
				return;
			default:
				registers[destination] = this.calculate(at, registers[destination], registers[source]);
		}
	}

	private constant(at: number): Value {
		const low = this.immediate(at);
		const high = this.immediate(at + 1);
		const source = this.source(at);
		if (source === 0) return BigInt.asUintN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
		return source === PSEUDO_MAP_VALUE && low === this.rodata?.fd ? { rodata: high } : undefined;
	}

	private read(pointer: Value, offset: number, bytes: number | undefined): Value {
		if (typeof pointer !== 'object' || !this.rodata || bytes === undefined) return undefined;
		const from = pointer.rodata + offset;
		let value = 0n;
		for (let i = bytes - 1; i >= 0; i--) {
			const byte = this.rodata.bytes[from + i];
			if (byte === undefined) return undefined;
			value = (value << 8n) | BigInt(byte);
		}
		return value;
	}

	private calculate(at: number, left: Value, register: Value): Value {
		const opcode = this.opcode(at);
		const immediate = this.immediate(at);
		const constant = BigInt.asUintN(64, BigInt(immediate));
		if (opcode === MOVE_CONSTANT) return this.unknown.has(immediate) ? undefined : constant;
		if (opcode === MOVE_REGISTER) return this.offset(at) === 0 ? register : undefined;
		if ((opcode & 7) !== CLASS.alu64) return undefined;
		const right = opcode & SOURCE_REGISTER ? register : constant;
		if (typeof left === 'object' && typeof right === 'bigint' && (opcode & 0xf0) === 0)
			return { rodata: left.rodata + Number(BigInt.asIntN(32, right)) };
		if (typeof left !== 'bigint' || typeof right !== 'bigint') return undefined;
		switch (opcode & 0xf0) {
			case 0x00:
				return BigInt.asUintN(64, left + right);
			case 0x10:
				return BigInt.asUintN(64, left - right);
			case 0x20:
				return BigInt.asUintN(64, left * right);
			case 0x40:
				return left | right;
			case 0x50:
				return left & right;
			case 0x60:
				return BigInt.asUintN(64, left << (right & 63n));
			case 0x70:
				return left >> (right & 63n);
			case 0xa0:
				return left ^ right;
			case 0xc0:
				return BigInt.asUintN(64, BigInt.asIntN(64, left) >> (right & 63n));
			default:
				return undefined;
		}
	}

	/** Which ways a conditional jump can go. */
	private decide(at: number, { registers }: State): number {
		const opcode = this.opcode(at);
		const left = registers[this.destination(at)];
		const right = opcode & SOURCE_REGISTER ? registers[this.source(at)] : BigInt.asUintN(64, BigInt(this.immediate(at)));
		if ((opcode & 7) !== CLASS.jmp || typeof left !== 'bigint' || typeof right !== 'bigint') return TAKEN | PASSED;
		const signed = BigInt.asIntN(64, left);
		const than = BigInt.asIntN(64, right);
		const conditions: Readonly<Record<number, boolean>> = {
			16: left === right,
			32: left > right,
			48: left >= right,
			64: (left & right) !== 0n,
			80: left !== right,
			96: signed > than,
			112: signed >= than,
			160: left < right,
			176: left <= right,
			192: signed < than,
			208: signed <= than,
		};
		const holds = conditions[opcode & 0xf0];
		if (holds === undefined) return TAKEN | PASSED;
		return holds ? TAKEN : PASSED;
	}
}

/** A jump within the function, conditional or not. */
const isJump = (opcode: number): boolean => {
	const kind = opcode & 7;
	return (kind === CLASS.jmp || kind === CLASS.jmp32) && opcode !== CALL && opcode !== EXIT;
};
