/**
 * Loads from the packet. The bytes in the map value cost a comparison and a load; all others are read from kernel memory by a helper,
 * in code that is jumped over otherwise. That code stands at every load, because shared code would have to jump back.
 */
import { type Assembler, IF, Label, OP, type Register } from './ebpf.ts';
import { ARGUMENT, CAPTURED, DATA, FRAME, STACK, X } from './frame.ts';

/** bpf_probe_read_kernel(to, size, address) */
const PROBE_READ_KERNEL = 113;

const R0: Register = 0;
const R1: Register = 1;
const R2: Register = 2;
const ADDRESS: Register = 3;
const LIMIT: Register = 4;
/** the end of what is wanted, when it is not a constant */
const END: Register = 5;

type Bytes = 1 | 2 | 4;

/** Keeps the arguments that loads need where calls do not destroy them. */
export function keepArguments(asm: Assembler): void {
	asm.movX(DATA, ARGUMENT.data);
	asm.movX(CAPTURED, ARGUMENT.captured);
	asm.store(8, FRAME, STACK.base, ARGUMENT.base);
	asm.store(8, FRAME, STACK.linear, ARGUMENT.linear);
}

/** Offsets are such that the end of a load is a positive immediate. */
export class Loads {
	private readonly asm: Assembler;
	private readonly window: number;
	private readonly filled: boolean;
	private readonly reject: Label;

	/** `filled`: what is not in a window of that size, but would be, cannot be read elsewhere */
	constructor(asm: Assembler, { window, filled = false }: { window: number; filled?: boolean }, reject: Label) {
		this.asm = asm;
		this.window = window;
		this.filled = filled;
		this.reject = reject;
	}

	/** `bytes` at `offset`, as they are in memory, into `into`. */
	at(offset: number, bytes: Bytes, into: Register): void {
		const { asm } = this;
		const end = offset + bytes;
		if (this.filled && end <= this.window) {
			asm.jumpIf(IF.lt, CAPTURED, end, this.reject);
			asm.load(bytes, into, DATA, offset);
			return;
		}
		const near = new Label();
		const done = new Label();
		if (end <= this.window) asm.jumpIf(IF.ge, CAPTURED, end, near);
		asm.load(8, LIMIT, FRAME, STACK.linear);
		asm.jumpIf(IF.lt, LIMIT, end, this.reject);
		asm.load(8, ADDRESS, FRAME, STACK.base);
		asm.alu(OP.add, ADDRESS, offset);
		this.fetch(bytes, into);
		if (end <= this.window) {
			asm.jump(done);
			asm.place(near);
			asm.load(bytes, into, DATA, offset);
		}
		asm.place(done);
	}

	/** The same at X + `offset`. Sums are of 64 bits: where 32 would wrap around, the end is beyond any packet. */
	behindX(offset: number, bytes: Bytes, into: Register): void {
		const { asm } = this;
		const near = new Label();
		const far = new Label();
		const done = new Label();
		const end = offset + bytes;
		asm.movX(END, X);
		asm.alu(OP.add, END, end);
		if (end <= this.window) {
			// the second comparison is for the verifier, which does not know the sum of X and learns nothing from the first one before 6.8
			asm.jumpIfX(IF.gt, END, CAPTURED, far);
			asm.jumpIf(IF.le, END, this.window, near);
			asm.place(far);
		}
		asm.load(8, LIMIT, FRAME, STACK.linear);
		asm.jumpIfX(IF.gt, END, LIMIT, this.reject);
		asm.load(8, ADDRESS, FRAME, STACK.base);
		asm.aluX(OP.add, ADDRESS, END);
		asm.alu(OP.add, ADDRESS, -bytes);
		this.fetch(bytes, into);
		if (end <= this.window) {
			asm.jump(done);
			asm.place(near);
			asm.aluX(OP.add, END, DATA);
			asm.load(bytes, into, END, -bytes);
		}
		asm.place(done);
	}

	/** Reads `bytes` at the kernel's `ADDRESS`. It fails for a packet that is freed meanwhile, say: then nothing matches. */
	private fetch(bytes: Bytes, into: Register): void {
		const { asm } = this;
		asm.movX(R1, FRAME);
		asm.alu(OP.add, R1, STACK.fetched);
		asm.mov(R2, bytes);
		asm.call(PROBE_READ_KERNEL);
		asm.jumpIf(IF.ne, R0, 0, this.reject);
		asm.load(bytes, into, FRAME, STACK.fetched);
	}
}
