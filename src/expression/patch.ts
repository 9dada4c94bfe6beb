/** An expression's way into the BPF object: both variants, for frames with and without a link header, into the stubs of bpf/match.h and bpf/tunnel.h. */
import type { ClassicInstruction } from './classic.ts';
import { compileExpression, type LinkType } from './compile.ts';
import { patchStub, stubRoom } from './stub.ts';
import { translate } from './translate.ts';

/** EXPRESSION_WINDOW of bpf/expression.h */
const WINDOW = 128;
const STUBS: readonly (readonly [suffix: string, link: LinkType])[] = [
	['l2', 'ethernet'],
	['l3', 'ip'],
];

/** Of which packet something is asked: of the one that is dropped, or of the one that it carries. */
export type Subject = 'expression' | 'inner';
/** BPF_RET | BPF_K, 0 */
const REJECT: ClassicInstruction = { code: 0x06, jt: 0, jf: 0, k: 0 };

/**
 * Puts `text` into an object that is about to be opened.
 * @throws bad-expression, expression-unsupported, expression-too-long, library-missing
 */
export function patchExpression(elf: Buffer, text: string, subject: Subject = 'expression'): void {
	for (const [suffix, link] of STUBS) {
		const symbol = `${subject}_${suffix}`;
		const program = compileExpression(text, link) ?? [REJECT];
		patchStub(elf, symbol, translate(program, { window: WINDOW, room: stubRoom(elf, symbol) }));
	}
}
