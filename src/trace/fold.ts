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
	/** what is known where ways meet */
	private readonly states = new Map<number, State>();
	private readonly targets: Uint8Array;
	/** of each function, by its first instruction, below which offsets are of spilled registers alone */
	private readonly spills = new Map<number, number>();

	constructor(code: Uint8Array, rodata: ReadOnlyData | undefined, unknown: ReadonlySet<number>) {
		const all = new Instructions(code);
		const { count, functions } = all;
		this.all = all;
		this.rodata = rodata;
		this.unknown = unknown;
		this.ways = new Uint8Array(count);
		this.reached = new Uint8Array(count);
		this.targets = new Uint8Array(count + 1);
		for (let i = 0; i < count; i += all.size(i)) if (isJump(all.opcode(i))) this.targets[all.target(i)] = 1;
		functions.forEach((start, i) => {
			this.spills.set(start, all.lowestAddress(start, functions[i + 1] ?? count));
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
				const opcode = this.all.opcode(at);
				if (opcode === OPCODE.exit) break;
				if (this.all.callsFunction(at)) call(at + 1 + this.all.immediate(at));
				if (isJump(opcode)) {
					const way = opcode === OPCODE.goto ? TAKEN : this.decide(at, state);
					this.ways[at] = (this.ways[at] as number) | way;
					const target = this.all.target(at);
					if (way === TAKEN) {
						at = target;
						continue;
					}
					if (way & TAKEN) waiting.push({ at: target, state: state.copy(), spill });
				} else this.run(at, state, spill);
				at += this.all.size(at);
			}
		}
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
