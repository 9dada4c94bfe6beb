/** Random programs of classic BPF, of every instruction, also of those that libpcap never writes. */
import { ALU, CLASS, type ClassicInstruction, JUMP, MISC_TXA, MODE, RETURN, SOURCE_X } from '../../src/expression/classic.ts';
import type { Random } from './random.ts';

const SIZES = [0x00, 0x08, 0x10] as const;
const EDGES = [
	0, 1, 2, 4, 31, 32, 33, 127, 128, 255, 0x7fff, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
] as const;
/** words of M that are written first, because libpcap's interpreter does not clear them */
const WORDS = [0, 7, 14, 15] as const;

const plain = (code: number, k = 0): ClassicInstruction => ({ code, jt: 0, jf: 0, k });

export function randomProgram(random: Random): ClassicInstruction[] {
	const number = () => (random.once(3) ? random.pick(EDGES) : random.once(4) ? random.word() : random.below(200));
	const offset = () => (random.once(12) ? number() : random.once(3) ? random.below(200) : random.below(40));
	const program = WORDS.map((word) => plain(random.once(2) ? CLASS.st : CLASS.stx, word));
	const length = random.between(4, 40);
	for (let left = length; left > 1; left--) program.push(instruction(left - 2));
	program.push(plain(CLASS.ret | (random.once(3) ? RETURN.a : RETURN.k), random.once(2) ? 0 : random.word()));
	return program;

	/** `ahead` instructions can be skipped. */
	function instruction(ahead: number): ClassicInstruction {
		const size = random.pick(SIZES);
		const source = random.once(2) ? SOURCE_X : 0;
		switch (random.below(12)) {
			case 0:
			case 1:
				return plain(CLASS.ld | MODE.abs | size, offset() & 0x7fffffff);
			case 2:
				return plain(CLASS.ld | MODE.ind | size, offset());
			case 3:
				return plain(CLASS.ldx | MODE.msh | 0x10, offset());
			case 4:
				return plain(random.pick([CLASS.ld, CLASS.ldx]) | random.pick([MODE.imm, MODE.len]), number());
			case 5:
				return plain(random.pick([CLASS.ld, CLASS.ldx]) | MODE.mem, random.pick(WORDS));
			case 6:
				return plain(random.pick([CLASS.st, CLASS.stx]), random.pick(WORDS));
			case 7:
				return plain(CLASS.misc | random.pick([0, MISC_TXA]));
			case 8:
			case 9: {
				const operation = random.pick(Object.values(ALU));
				const shift = operation === ALU.lsh || operation === ALU.rsh;
				const division = operation === ALU.div || operation === ALU.mod;
				// what C leaves undefined is tested elsewhere
				const k = shift ? number() & 31 : division ? Math.max(number(), 1) : number();
				return plain(CLASS.alu | operation | (operation === ALU.neg ? 0 : source), k);
			}
			default: {
				if (random.once(8)) return plain(CLASS.jmp | JUMP.ja, random.below(ahead + 1));
				if (random.once(12)) return plain(CLASS.ret | RETURN.k, random.pick([0, 1, 0x80000000]));
				const condition = random.pick([JUMP.jeq, JUMP.jgt, JUMP.jge, JUMP.jset]);
				return { code: CLASS.jmp | condition | source, jt: random.below(ahead + 1), jf: random.below(ahead + 1), k: number() };
			}
		}
	}
}
