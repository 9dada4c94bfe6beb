/**
 * Executes translated expressions, with less patience than a kernel: everything throws that its verifier would refuse, and also what
 * it would let pass but no translation may do, such as reading bytes of the map value that are no bytes of the packet. Numbers are
 * exact up to 2^53, and nothing here needs larger ones.
 */

export interface Memory {
	packet: Uint8Array;
	/** bytes of the packet in the map value */
	captured: number;
	/** the packet's length on the wire */
	len: number;
	/** bytes of the packet that the helper can read */
	linear: number;
	/** whether the helper fails, as for an address that is not mapped */
	fault?: boolean;
}

export const BASE = 2 ** 44 + 4096;
const STACK_BYTES = 512;
const EFAULT = -14;

/** What a register holds: a pointer's value is an offset into what it points to. */
const nothing = 0;
const NUMBER = 1;
const MAP = 2;
const STACK = 3;

export class Machine {
	/** instructions executed by the last run */
	executed = 0;
	/** calls of the helper in the last run */
	calls = 0;
	private readonly op: Uint8Array;
	private readonly dst: Uint8Array;
	private readonly src: Uint8Array;
	private readonly off: Int16Array;
	private readonly imm: Int32Array;
	private readonly types = new Uint8Array(11);
	private readonly values = new Float64Array(11);
	private readonly stack = new Uint8Array(STACK_BYTES);
	private readonly written = new Uint8Array(STACK_BYTES);

	constructor(code: BigUint64Array) {
		const bytes = new DataView(code.buffer, code.byteOffset, code.byteLength);
		const each = <T>(read: (at: number) => T): T[] => Array.from(code, (_, index) => read(index * 8));
		this.op = Uint8Array.from(each((at) => bytes.getUint8(at)));
		this.dst = Uint8Array.from(each((at) => bytes.getUint8(at + 1) & 0xf));
		this.src = Uint8Array.from(each((at) => bytes.getUint8(at + 1) >> 4));
		this.off = Int16Array.from(each((at) => bytes.getInt16(at + 2, true)));
		this.imm = Int32Array.from(each((at) => bytes.getInt32(at + 4, true)));
	}

	/** r0 when control leaves behind the last instruction. */
	run(memory: Memory): number {
		const { op, dst: dsts, src: srcs, off: offs, imm: imms, types, values } = this;
		types.fill(nothing);
		this.written.fill(0);
		this.calls = 0;
		types[1] = MAP;
		values[1] = 0;
		types[10] = STACK;
		values[10] = STACK_BYTES;
		for (const [register, value] of [memory.captured, memory.len, BASE, memory.linear].entries()) {
			types[register + 2] = NUMBER;
			values[register + 2] = value;
		}
		let executed = 0;
		let pc = 0;
		for (; pc < op.length; pc++) {
			executed++;
			const code = op[pc] as number;
			const dst = dsts[pc] as number;
			const src = srcs[pc] as number;
			const off = offs[pc] as number;
			const imm = imms[pc] as number;
			switch (code & 7) {
				case 1:
					values[dst] = this.load(memory, src, off, sizeOf(code));
					types[dst] = NUMBER;
					break;
				case 2:
					this.store(dst, off, sizeOf(code), imm);
					break;
				case 3:
					this.store(dst, off, sizeOf(code), this.number(src));
					break;
				case 4:
					if ((code & 0xf0) === 0xb0) values[dst] = (code & 8 ? this.number(src) : imm) >>> 0;
					else if (code === 0xdc) values[dst] = swap(this.number(dst), imm);
					else values[dst] = arithmetic(code & 0xf0, this.number(dst) >>> 0, code & 8 ? this.number(src) >>> 0 : imm >>> 0, code);
					types[dst] = NUMBER;
					break;
				case 7:
					this.wide(code, dst, src, imm);
					break;
				case 5:
					if (code === 0x85) this.call(memory, imm);
					else if (code === 0x05 || this.holds(code, dst, src, imm)) {
						if (off < 0) throw new Error(`a jump backwards at ${pc}`);
						pc += off;
					}
					break;
				default:
					throw new Error(`opcode ${code} at ${pc}`);
			}
		}
		if (pc !== op.length) throw new Error('a jump out of the program');
		this.executed = executed;
		return this.number(0);
	}

	private number(register: number): number {
		if (this.types[register] !== NUMBER) throw new Error(`r${register} is not a number`);
		return this.values[register] as number;
	}

	/** 64-bit arithmetic: of numbers, and of pointers with numbers. */
	private wide(code: number, dst: number, src: number, imm: number): void {
		const { types, values } = this;
		const operandType = code & 8 ? types[src] : NUMBER;
		const operand = code & 8 ? (values[src] as number) : imm;
		if (operandType === nothing) throw new Error(`r${src} was not written`);
		if ((code & 0xf0) === 0xb0) {
			if (dst === 10) throw new Error('the frame pointer is read-only');
			types[dst] = operandType as number;
			values[dst] = operand;
			return;
		}
		const type = types[dst] as number;
		if ((code & 0xf0) !== 0 || type === nothing || (type !== NUMBER && operandType !== NUMBER)) throw new Error(`64-bit ${code}`);
		values[dst] = (values[dst] as number) + operand;
		types[dst] = type === NUMBER ? (operandType as number) : type;
		if (!((values[dst] as number) >= 0 && (values[dst] as number) < 2 ** 53)) throw new Error(`64-bit overflow in r${dst}`);
	}

	private holds(code: number, dst: number, src: number, imm: number): boolean {
		const a = this.number(dst);
		const b = code & 8 ? this.number(src) : imm;
		// as immediates of 64-bit instructions these would be huge
		if (b < 0) throw new Error(`a comparison with ${b}`);
		switch (code & 0xf0) {
			case 0x10:
				return a === b;
			case 0x20:
				return a > b;
			case 0x30:
				return a >= b;
			case 0x40:
				if (a >= 2 ** 32 || b >= 2 ** 32) throw new Error('a test of more than 32 bits');
				return (a & b) !== 0;
			case 0x50:
				return a !== b;
			case 0xa0:
				return a < b;
			case 0xb0:
				return a <= b;
			default:
				throw new Error(`condition ${code}`);
		}
	}

	private load(memory: Memory, register: number, off: number, size: number): number {
		const at = (this.values[register] as number) + off;
		if (this.types[register] === MAP) {
			if (at < 0 || at + size > memory.captured) throw new Error(`a load of ${size} at ${at} of ${memory.captured}`);
			return little(memory.packet, at, size);
		}
		this.stackPlace(register, at, size);
		for (let i = at; i < at + size; i++) if (!this.written[i]) throw new Error(`stack byte ${i} was not written`);
		return little(this.stack, at, size);
	}

	private store(register: number, off: number, size: number, value: number): void {
		const at = (this.values[register] as number) + off;
		this.stackPlace(register, at, size);
		const low = value >>> 0;
		const high = size === 8 ? Math.floor(value / 2 ** 32) : 0;
		for (let i = 0; i < size; i++) {
			this.stack[at + i] = i < 4 ? low >>> (8 * i) : high >>> (8 * (i - 4));
			this.written[at + i] = 1;
		}
	}

	private stackPlace(register: number, at: number, size: number): void {
		if (this.types[register] !== STACK) throw new Error(`r${register} is no pointer`);
		if (at < 0 || at + size > STACK_BYTES || at % size !== 0) throw new Error(`stack access of ${size} at ${at - STACK_BYTES}`);
	}

	/** bpf_probe_read_kernel(r1, r2, r3) */
	private call(memory: Memory, helper: number): void {
		if (helper !== 113) throw new Error(`helper ${helper}`);
		this.calls++;
		const to = this.values[1] as number;
		const size = this.number(2);
		const at = this.number(3) - BASE;
		this.stackPlace(1, to, size);
		if (at < 0 || at + size > memory.linear) throw new Error(`the helper reads ${size} at ${at} of ${memory.linear}`);
		if (at + size <= memory.captured) throw new Error(`the helper reads ${size} at ${at}, which is in the map value`);
		for (let i = 0; i < size; i++) this.stack[to + i] = memory.fault ? 0 : (memory.packet[at + i] as number);
		this.written.fill(1, to, to + size);
		this.types.fill(nothing, 1, 6);
		this.types[0] = NUMBER;
		this.values[0] = memory.fault ? 2 ** 53 + EFAULT : 0;
	}
}

const sizeOf = (code: number): number => [4, 2, 1, 8][(code >> 3) & 3] as number;

function little(bytes: Uint8Array, at: number, size: number): number {
	let low = 0;
	let high = 0;
	for (let i = 0; i < size; i++) {
		if (i < 4) low |= (bytes[at + i] as number) << (8 * i);
		else high |= (bytes[at + i] as number) << (8 * (i - 4));
	}
	return (high >>> 0) * 2 ** 32 + (low >>> 0);
}

function swap(value: number, bits: number): number {
	const low = value >>> 0;
	if (bits === 16) return ((low & 0xff) << 8) | ((low >>> 8) & 0xff);
	return ((low << 24) | ((low & 0xff00) << 8) | ((low >>> 8) & 0xff00) | (low >>> 24)) >>> 0;
}

function arithmetic(op: number, a: number, b: number, code: number): number {
	const byRegister = (code & 8) !== 0;
	if (!byRegister && (op === 0x60 || op === 0x70) && b > 31) throw new Error(`a shift by ${b}`);
	if (!byRegister && (op === 0x30 || op === 0x90) && b === 0) throw new Error('a division by 0');
	switch (op) {
		case 0x00:
			return (a + b) >>> 0;
		case 0x10:
			return (a - b) >>> 0;
		case 0x20:
			return Math.imul(a, b) >>> 0;
		case 0x30:
			return b === 0 ? 0 : Math.floor(a / b);
		case 0x40:
			return (a | b) >>> 0;
		case 0x50:
			return (a & b) >>> 0;
		case 0x60:
			return (a << (b & 31)) >>> 0;
		case 0x70:
			return a >>> (b & 31);
		case 0x80:
			return -a >>> 0;
		case 0x90:
			return b === 0 ? a : a % b;
		case 0xa0:
			return (a ^ b) >>> 0;
		default:
			throw new Error(`arithmetic ${code}`);
	}
}
