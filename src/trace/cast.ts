/** What lets a program say what a pointer points to: AS_TYPE of bpf/marks.h. */
import { closeSync } from 'node:fs';
import { type Btf, KIND } from '../bpf/btf.ts';
import { ATTACH_TYPE, instruction, loadProgram, PROGRAM_TYPE, type ProgramSource } from '../bpf/program.ts';
import { kernelBtf, tracepointId } from '../kernel/btf.ts';
import { OPCODE, PSEUDO_KFUNC } from './instructions.ts';

/** Numbers in the kernel's BTF, as marks of a template: the function, and what it casts to. */
export interface Cast {
	cast: number;
	skbType: number;
	socketType: number;
	/** of a structure that begins with {@link WORDS} words, with which any memory can be read; 0: none can */
	wordsType: number;
}

/** Words that programs read at once, struct words of bpf/trace.bpf.c. */
const WORDS = 8;
/** What begins with as many words on every machine: registers (arch/x86/include/asm/ptrace.h). */
const WORDY = 'pt_regs';

/** Programs that may cast, or not. */
const SOURCES = {
	typed: (btf: Btf) => ({
		type: PROGRAM_TYPE.tracing,
		attachType: ATTACH_TYPE.tracepoint,
		btfId: tracepointId(btf, 'kfree_skb') ?? 0,
	}),
	probe: () => ({ type: PROGRAM_TYPE.kprobe, attachType: 0, btfId: 0 }),
	netfilter: () => ({ type: PROGRAM_TYPE.netfilter, attachType: ATTACH_TYPE.netfilter, btfId: 0 }),
} as const satisfies Record<string, (btf: Btf) => Pick<ProgramSource, 'type' | 'attachType' | 'btfId'>>;

/** What programs of a kind cast with; undefined: they may not here (the function came with 6.2). Found out by trying. */
export function castFor(kind: keyof typeof SOURCES): Cast | undefined {
	const btf = kernelBtf();
	const [cast, skbType, socketType] = [
		btf.find('bpf_rdonly_cast', KIND.function),
		btf.find('sk_buff', KIND.struct),
		btf.find('sock', KIND.struct),
	];
	if (cast === undefined || skbType === undefined || socketType === undefined) return undefined;
	const may = (type: number, loads: readonly Uint8Array[]): boolean => {
		const code = [
			instruction(OPCODE.moveConstant, 1, 0, 0, 0),
			instruction(OPCODE.moveConstant, 2, 0, 0, type),
			instruction(OPCODE.call, 0, PSEUDO_KFUNC, 0, cast),
			...loads,
			instruction(OPCODE.moveConstant, 0, 0, 0, 0),
			instruction(OPCODE.exit, 0, 0, 0, 0),
		];
		const program = loadProgram({ ...SOURCES[kind](btf), module: 0, instructions: Buffer.concat(code) });
		if (typeof program !== 'number') return false;
		closeSync(program);
		return true;
	};
	if (!may(skbType, [])) return undefined;
	const words = btf.find(WORDY, KIND.struct) ?? 0;
	const loads = Array.from({ length: WORDS }, (_, word) => instruction(OPCODE.load64, 1, 0, 8 * word, 0));
	return { cast, skbType, socketType, wordsType: words !== 0 && may(words, loads) ? words : 0 };
}
