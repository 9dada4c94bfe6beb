/**
 * Takes out of a program what cannot run: constants are followed through registers and spilled stack slots, and code behind a
 * comparison that is decided is left out. The kernel does the same, but verifies and patches first, which for a hundred copies of one
 * template is nearly all the time that attaching takes.
 *
 * What is not understood is taken as unknown.
 */
import { CLASS, FRAME, Instructions, isJump, OPCODE, PSEUDO_MAP_VALUE, SOURCE_REGISTER } from './instructions.ts';

const LOAD_BYTES: Readonly<Record<number, number>> = { 97: 4, 105: 2, 113: 1, [OPCODE.load64]: 8 };

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

/** What a conditional jump asks; undefined for what is not known here. */
function compare(condition: number, left: bigint, right: bigint): boolean | undefined {
	switch (condition) {
		case 0x10:
			return left === right;
		case 0x20:
			return left > right;
		case 0x30:
			return left >= right;
		case 0x40:
			return (left & right) !== 0n;
		case 0x50:
			return left !== right;
		case 0x60:
			return BigInt.asIntN(64, left) > BigInt.asIntN(64, right);
		case 0x70:
			return BigInt.asIntN(64, left) >= BigInt.asIntN(64, right);
		case 0xa0:
			return left < right;
		case 0xb0:
			return left <= right;
		case 0xc0:
			return BigInt.asIntN(64, left) < BigInt.asIntN(64, right);
		case 0xd0:
			return BigInt.asIntN(64, left) <= BigInt.asIntN(64, right);
		default:
			return undefined;
	}
}

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
	private readonly all: Instructions;
	private readonly rodata: ReadOnlyData | undefined;
	private readonly unknown: ReadonlySet<number>;
	/** bits of TAKEN and PASSED, of every instruction that can run */
	private readonly ways: Uint8Array;
	private readonly reached: Uint8Array;
	/** what is known where ways begin or meet */
	private readonly states = new Map<number, State>();
	/** where more ways lead than were followed from there */
	private readonly changed: Uint8Array;
	/** of each function, below which offsets are of spilled registers alone */
	private readonly spills: readonly number[];

	constructor(code: Uint8Array, rodata: ReadOnlyData | undefined, unknown: ReadonlySet<number>) {
		const all = new Instructions(code);
		const { count, functions } = all;
		this.all = all;
		this.rodata = rodata;
		this.unknown = unknown;
		this.ways = new Uint8Array(count);
		this.reached = new Uint8Array(count);
		this.changed = new Uint8Array(count);
		this.spills = functions.map((start, i) => all.lowestAddress(start, functions[i + 1] ?? count));
	}

	/**
	 * Follows all ways, in the order of the instructions: where ways meet, all but those that jump back have come by then. From where one
	 * jumps back it goes on once more, until nothing new becomes known.
	 */
	follow(): void {
		const { all, states, changed } = this;
		this.arrive(0, new State());
		for (let from = changed.indexOf(1); from >= 0; from = changed.indexOf(1)) {
			let state: State | undefined;
			let spill = 0;
			for (let at = from; at >= 0 && at < all.count; at = state ? at + all.size(at) : changed.indexOf(1, at)) {
				if (state && states.has(at)) this.arrive(at, state);
				if (changed[at] === 1) {
					changed[at] = 0;
					state = states.get(at)?.copy();
					spill = this.spillsAt(at);
				} else if (states.has(at)) state = undefined;
				if (state) state = this.step(at, state, spill);
			}
		}
	}

	/** Remembers what is known of a place when a way leads to it. */
	private arrive(at: number, state: State): void {
		const known = this.states.get(at);
		if (!known) this.states.set(at, state.copy());
		else if (!known.meet(state)) return;
		this.changed[at] = 1;
	}

	/** @returns what is known behind it; undefined when nothing comes there from here */
	private step(at: number, state: State, spill: number): State | undefined {
		const opcode = this.all.opcode(at);
		this.reached[at] = 1;
		if (opcode === OPCODE.exit) return undefined;
		if (this.all.callsFunction(at)) this.arrive(at + 1 + this.all.immediate(at), new State());
		if (!isJump(opcode)) {
			this.run(at, state, spill);
			return state;
		}
		const way = opcode === OPCODE.goto ? TAKEN : this.decide(at, state);
		this.ways[at] = (this.ways[at] as number) | way;
		if (way & TAKEN) this.arrive(this.all.target(at), state);
		return way & PASSED ? state : undefined;
	}

	/** What holds for the function that an instruction belongs to. */
	private spillsAt(at: number): number {
		return this.spills[this.all.functions.findLastIndex((start) => start <= at)] as number;
	}

	/** What can run. */
	rest(): Uint8Array {
		const { all, ways, reached } = this;
		const jumpsNowhere = (at: number) => isJump(all.opcode(at)) && (ways[at] === PASSED || (ways[at] === TAKEN && all.offset(at) === 0));
		return all.only(
			(at) => reached[at] === 1 && !jumpsNowhere(at),
			(at) => ways[at] === TAKEN,
		);
	}

	/** An instruction that is no jump. */
	private run(at: number, state: State, spill: number): void {
		const { registers, slots } = state;
		const opcode = this.all.opcode(at);
		const destination = this.all.destination(at);
		const source = this.all.source(at);
		switch (opcode & 7) {
			case CLASS.ld:
				registers[destination] = opcode === OPCODE.loadConstant64 ? this.constant(at) : undefined;
				return;
			case CLASS.ldx: {
				const bytes = LOAD_BYTES[opcode];
				if (source === FRAME) registers[destination] = opcode === OPCODE.load64 ? slots.get(this.all.offset(at)) : undefined;
				else registers[destination] = this.read(registers[source], this.all.offset(at), bytes);
				return;
			}
			case CLASS.st:
			case CLASS.stx: {
				// through another register it can only reach what has an address
				if (destination !== FRAME) return;
				const offset = this.all.offset(at);
				for (let i = offset - 7; i <= offset + 7; i++) slots.delete(i);
				if (opcode === OPCODE.store64 && offset + 8 <= spill) slots.set(offset, registers[source]);
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
		const low = this.all.immediate(at);
		const high = this.all.immediate(at + 1);
		const source = this.all.source(at);
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
		const opcode = this.all.opcode(at);
		const immediate = this.all.immediate(at);
		const constant = BigInt.asUintN(64, BigInt(immediate));
		if (opcode === OPCODE.moveConstant) return this.unknown.has(immediate) ? undefined : constant;
		if (opcode === OPCODE.moveRegister) return this.all.offset(at) === 0 ? register : undefined;
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
		const opcode = this.all.opcode(at);
		const left = registers[this.all.destination(at)];
		const right = opcode & SOURCE_REGISTER ? registers[this.all.source(at)] : BigInt.asUintN(64, BigInt(this.all.immediate(at)));
		if ((opcode & 7) !== CLASS.jmp || typeof left !== 'bigint' || typeof right !== 'bigint') return TAKEN | PASSED;
		const holds = compare(opcode & 0xf0, left, right);
		if (holds === undefined) return TAKEN | PASSED;
		return holds ? TAKEN : PASSED;
	}
}
