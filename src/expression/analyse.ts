/** What can be said about a classic BPF program without running it, and what is refused. */
import { fail } from '../errors.ts';
import { say } from '../lang.ts';
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

/** Where a load means the kernel's notes about the packet instead of a place in it (SKF_AD_OFF, SKF_AD_MAX) */
const ANCILLARY = 0xfffff000;
const ANCILLARY_END = 0xfffff040;
const REJECT: ClassicInstruction = { code: CLASS.ret | RETURN.k, jt: 0, jf: 0, k: 0 };

/**
 * The program with instructions that always reject written as such: loads beyond any packet, divisions by the constant 0.
 * @throws KnownError expression-unsupported for what no packet contains
 */
export function simplify(program: readonly ClassicInstruction[]): ClassicInstruction[] {
	return program.map((instruction) => {
		const { code, k } = instruction;
		if (classOf(code) === CLASS.alu) {
			const division = opOf(code) === ALU.div || opOf(code) === ALU.mod;
			return division && !(code & SOURCE_X) && k === 0 ? REJECT : instruction;
		}
		if (!readsPacket(instruction)) return instruction;
		if (modeOf(code) === MODE.abs && k >= ANCILLARY && k < ANCILLARY_END) fail('expression-unsupported', { what: ancillary() });
		return k + sizeOf(code) > LONGEST_PACKET ? REJECT : instruction;
	});
}

export const readsPacket = ({ code }: ClassicInstruction): boolean =>
	classOf(code) <= CLASS.ldx && (modeOf(code) === MODE.abs || modeOf(code) === MODE.ind || modeOf(code) === MODE.msh);

export const readsLength = ({ code }: ClassicInstruction): boolean => classOf(code) <= CLASS.ldx && modeOf(code) === MODE.len;

/** The instructions that can follow the one at `index`. */
export function successors({ code, jt, jf, k }: ClassicInstruction, index: number): number[] {
	if (classOf(code) === CLASS.ret) return [];
	if (classOf(code) !== CLASS.jmp) return [index + 1];
	// only the offset of an unconditional jump has 32 bits; libpcap takes it as signed
	if (opOf(code) === JUMP.ja) return [index + 1 + (k | 0)];
	return jt === jf ? [index + 1 + jt] : [index + 1 + jt, index + 1 + jf];
}

/** What an instruction reads and writes, as bits: M[0] to M[15], A, X. */
const BIT_A = 1 << 16;
const BIT_X = 1 << 17;
export const EVERYTHING = (1 << 18) - 1;
export const bitOf = (what: 'A' | 'X' | number): number => (what === 'A' ? BIT_A : what === 'X' ? BIT_X : 1 << what);

function access({ code, k }: ClassicInstruction): { reads: number; writes: number } {
	const word = 1 << (k % SCRATCH_WORDS);
	const operand = code & SOURCE_X ? BIT_X : 0;
	switch (classOf(code)) {
		case CLASS.ld:
			return { reads: modeOf(code) === MODE.ind ? BIT_X : modeOf(code) === MODE.mem ? word : 0, writes: BIT_A };
		case CLASS.ldx:
			return { reads: modeOf(code) === MODE.mem ? word : 0, writes: BIT_X };
		case CLASS.st:
			return { reads: BIT_A, writes: word };
		case CLASS.stx:
			return { reads: BIT_X, writes: word };
		case CLASS.alu:
			return { reads: BIT_A | (opOf(code) === ALU.neg ? 0 : operand), writes: BIT_A };
		case CLASS.jmp:
			return { reads: opOf(code) === JUMP.ja ? 0 : BIT_A | operand, writes: 0 };
		case CLASS.ret:
			return { reads: (code & 0x18) === RETURN.a ? BIT_A : 0, writes: 0 };
		default:
			return code & MISC_TXA ? { reads: BIT_X, writes: BIT_A } : { reads: BIT_A, writes: BIT_X };
	}
}

/**
 * Which instructions can be reached, and which of A, X and M (as bits) may be read before they are written: classic BPF begins
 * with zeros there, while the eBPF verifier refuses to read what was not written, and refuses instructions nobody can reach.
 * @throws KnownError expression-unsupported for a loop; Error for what is no program
 */
export function analyse(program: readonly ClassicInstruction[]): { reached: boolean[]; early: number } {
	/** what is certainly written when control arrives; undefined where it does not */
	const written: (number | undefined)[] = new Array(program.length).fill(undefined);
	if (program.length === 0) throw new Error('classic BPF: a program without instructions');
	written[0] = 0;
	let early = 0;
	for (const [index, instruction] of program.entries()) {
		const before = written[index];
		if (before === undefined) continue;
		const { reads, writes } = access(instruction);
		early |= reads & ~before;
		for (const next of successors(instruction, index)) {
			if (next <= index) fail('expression-unsupported', { what: loop() });
			if (next >= program.length) throw new Error(`classic BPF: instruction ${index} leads out of the program`);
			written[next] = (written[next] ?? EVERYTHING) & (before | writes);
		}
	}
	return { reached: written.map((bits) => bits !== undefined), early };
}

const ancillary = (): string =>
	say(
		"'inbound', 'outbound' and 'ifindex' ask the socket of a capture for what is not in the packet; use the options for devices instead",
		"'inbound'、'outbound' 和 'ifindex' 询问的是抓包套接字的信息,并不在数据包中;请改用按设备过滤的选项",
	);

const loop = (): string =>
	say(
		"'protochain' walks from header to header in a loop, which filters in the kernel must not have; name the protocol where it is expected, such as ip6[40] = 6",
		"'protochain' 需要循环遍历各层头部,而内核中的过滤程序不允许循环;请直接指明协议所在的位置,例如 ip6[40] = 6",
	);
