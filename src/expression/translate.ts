/**
 * Classic BPF to eBPF: the body of a function that says whether a packet matches. Its arguments:
 *
 *     r1  a map value of `window` bytes with the packet's first bytes
 *     r2  captured: how many there are
 *     r3  len: bytes of the packet on the wire
 *     r4  byte i of the packet, for i not below captured, is at kernel address r4 + i
 *     r5  linear: bytes that can be read that way, not below captured
 *
 * All but r1 are numbers to the verifier, and all but r4 stay below 2^32. At the end r0 is 1 for a match and 0 for none, and control
 * falls out behind the last instruction; r1 to r9 are lost. There are no jumps backwards.
 *
 * A is r6 and X is r7, both with the upper half always clear, so that comparisons of 64 bits compare them; M is on the stack.
 *
 * Results are those of libpcap's own interpreter: a load past the end of the packet, also one whose offset exceeds 32 bits, and a
 * division by zero reject; a shift by 32 or more gives zero. `len` is r3, also when less than that can be read.
 */
import { fail } from '../errors.ts';
import { analyse, bitOf, readsLength, readsPacket, simplify } from './analyse.ts';
import {
	ALU,
	CLASS,
	type ClassicInstruction,
	classOf,
	JUMP,
	LONGEST_PACKET,
	MISC_TXA,
	MODE,
	modeOf,
	opOf,
	RETURN,
	SCRATCH_WORDS,
	SOURCE_X,
	sizeOf,
} from './classic.ts';
import { Assembler, IF, type If, Label, OP, type Op, type Register } from './ebpf.ts';
import { A, ARGUMENT, FRAME, STACK, X } from './frame.ts';
import { keepArguments, Loads } from './load.ts';

const R0: Register = 0;

const CONDITIONS: Readonly<Record<number, { holds: If; fails?: If }>> = {
	[JUMP.jeq]: { holds: IF.eq, fails: IF.ne },
	[JUMP.jgt]: { holds: IF.gt, fails: IF.le },
	[JUMP.jge]: { holds: IF.ge, fails: IF.lt },
	[JUMP.jset]: { holds: IF.set },
};

export interface Limits {
	/** bytes of the map value */
	window: number;
	/**
	 * The caller promises that captured is the smaller one of window and linear: it fills the window whenever there is something to fill
	 * it with. Loads at constant offsets in the window then take a quarter of the instructions.
	 */
	filled?: boolean;
	/** instructions that the stub has room for */
	room: number;
}

/**
 * eBPF for `program`, at most `room` instructions.
 * @throws KnownError expression-unsupported, expression-too-long; Error for what is no classic BPF
 */
export function translate(program: readonly ClassicInstruction[], limits: Limits): BigUint64Array {
	const { room } = limits;
	const translation = new Translation(program, limits);
	const needed = translation.run();
	if (needed > room) fail('expression-too-long', { needed, room });
	return translation.asm.finish();
}

class Translation {
	readonly asm = new Assembler();
	private readonly program: readonly ClassicInstruction[];
	private readonly labels: Label[];
	private readonly accept = new Label();
	private readonly reject = new Label();
	private readonly end = new Label();
	private readonly loads: Loads;

	constructor(program: readonly ClassicInstruction[], limits: Limits) {
		this.program = simplify(program);
		this.loads = new Loads(this.asm, limits, this.reject);
		this.labels = program.map(() => new Label());
	}

	/** The number of instructions it takes. */
	run(): number {
		const { asm, program } = this;
		const { reached, early } = analyse(program);
		const wanted = program.flatMap((instruction, index) => (reached[index] && !this.verdict(instruction) ? [index] : []));
		if (wanted.some((index) => readsPacket(program[index] as ClassicInstruction))) keepArguments(asm);
		if (wanted.some((index) => readsLength(program[index] as ClassicInstruction))) asm.store(8, FRAME, STACK.len, ARGUMENT.len);
		this.clear(early);
		if (wanted[0] !== 0) asm.jump(this.target(0));
		for (const [position, index] of wanted.entries()) {
			asm.place(this.labels[index] as Label);
			this.instruction(program[index] as ClassicInstruction, index, wanted[position + 1]);
		}
		if (this.accept.used) {
			asm.place(this.accept);
			asm.mov(R0, 1);
			if (this.reject.used) asm.jump(this.end);
		}
		if (this.reject.used) {
			asm.place(this.reject);
			asm.mov(R0, 0);
		}
		asm.place(this.end);
		return asm.length;
	}

	/** Where to go for instruction `index`: instructions that only return a constant are not repeated all over. */
	private target(index: number): Label {
		return this.verdict(this.program[index]) ?? (this.labels[index] as Label);
	}

	private verdict(instruction: ClassicInstruction | undefined): Label | undefined {
		if (instruction === undefined || classOf(instruction.code) !== CLASS.ret || (instruction.code & 0x18) !== RETURN.k) return undefined;
		return instruction.k === 0 ? this.reject : this.accept;
	}

	/** Writes the zeros that the program may read without having written there. */
	private clear(early: number): void {
		if (early & bitOf('A')) this.asm.mov(A, 0);
		if (early & bitOf('X')) this.asm.mov(X, 0);
		for (let word = 0; word < SCRATCH_WORDS; word++) if (early & bitOf(word)) this.asm.storeNumber(4, FRAME, scratch(word), 0);
	}

	/** `next` is the instruction that will stand behind this one. */
	private instruction(instruction: ClassicInstruction, index: number, next: number | undefined): void {
		const { asm } = this;
		const { code, k } = instruction;
		switch (classOf(code)) {
			case CLASS.ld:
			case CLASS.ldx:
				this.load(instruction, classOf(code) === CLASS.ld ? A : X);
				break;
			case CLASS.st:
			case CLASS.stx:
				asm.store(4, FRAME, scratch(k), classOf(code) === CLASS.st ? A : X);
				break;
			case CLASS.alu:
				this.arithmetic(instruction);
				break;
			case CLASS.jmp:
				this.branch(instruction, index, next);
				return;
			case CLASS.ret:
				asm.mov32X(R0, A);
				asm.jump(this.end);
				return;
			default:
				if (code & MISC_TXA) asm.mov32X(A, X);
				else asm.mov32X(X, A);
		}
		if (next !== index + 1) asm.jump(this.target(index + 1));
	}

	private load({ code, k }: ClassicInstruction, into: Register): void {
		const { asm } = this;
		switch (modeOf(code)) {
			case MODE.imm:
				asm.mov32(into, k);
				return;
			case MODE.mem:
				asm.load(4, into, FRAME, scratch(k));
				return;
			case MODE.len:
				asm.load(4, into, FRAME, STACK.len);
				return;
			case MODE.abs:
				this.loads.at(k, sizeOf(code), into);
				break;
			case MODE.ind:
				this.loads.behindX(k, sizeOf(code), into);
				break;
			case MODE.msh:
				// the length of an IPv4 header: the lower four bits count words
				this.loads.at(k, 1, X);
				asm.alu32(OP.and, X, 0xf);
				asm.alu32(OP.lsh, X, 2);
				return;
			default:
				throw new Error(`classic BPF: a load with code ${code}`);
		}
		const bytes = sizeOf(code);
		if (bytes !== 1) asm.fromNetwork(into, bytes);
	}

	private arithmetic({ code, k }: ClassicInstruction): void {
		const { asm } = this;
		const op = opOf(code) as Op;
		const shift = op === ALU.lsh || op === ALU.rsh;
		const division = op === ALU.div || op === ALU.mod;
		if (!Object.values<number>(ALU).includes(op)) throw new Error(`classic BPF: arithmetic with code ${code}`);
		if (op === ALU.neg) {
			asm.alu32(op, A, 0);
		} else if (code & SOURCE_X) {
			if (division) asm.jumpIf(IF.eq, X, 0, this.reject);
			if (shift) {
				const small = new Label();
				asm.jumpIf(IF.lt, X, 32, small);
				// a shift of 0 by whatever the processor makes of a large number
				asm.mov32(A, 0);
				asm.place(small);
			}
			asm.alu32X(op, A, X);
		} else if (shift && k >= 32) {
			asm.mov32(A, 0);
		} else {
			asm.alu32(op, A, k);
		}
	}

	private branch({ code, jt, jf, k }: ClassicInstruction, index: number, next: number | undefined): void {
		const { asm } = this;
		const condition = CONDITIONS[opOf(code)];
		const yes = opOf(code) === JUMP.ja ? index + 1 + k : index + 1 + jt;
		const no = index + 1 + jf;
		if (condition === undefined || jt === jf) {
			if (condition === undefined && opOf(code) !== JUMP.ja) throw new Error(`classic BPF: a jump with code ${code}`);
			if (yes !== next) asm.jump(this.target(yes));
			return;
		}
		if (yes === next && condition.fails !== undefined) {
			this.jumpIf(condition.fails, code, k, this.target(no));
			return;
		}
		this.jumpIf(condition.holds, code, k, this.target(yes));
		if (no !== next) asm.jump(this.target(no));
	}

	private jumpIf(condition: If, code: number, k: number, label: Label): void {
		const { asm } = this;
		if (code & SOURCE_X) {
			asm.jumpIfX(condition, A, X, label);
		} else if (k <= LONGEST_PACKET) {
			asm.jumpIf(condition, A, k, label);
		} else {
			asm.mov32(R0, k);
			asm.jumpIfX(condition, A, R0, label);
		}
	}
}

/** Where M[word] is, from the frame pointer. */
function scratch(word: number): number {
	if (word >= SCRATCH_WORDS) throw new Error(`classic BPF: M[${word}]`);
	return STACK.scratch + 4 * word;
}
