/** An expression's way into the BPF object: both variants, for frames with and without a link header, into the stubs of bpf/drop.bpf.c. */
import type { ClassicInstruction } from './classic.ts';
import { compileExpression, type LinkType } from './compile.ts';
import { patchStub, stubRoom } from './stub.ts';
import { translate } from './translate.ts';

/** EXPRESSION_WINDOW of bpf/expression.h */
const WINDOW = 128;
const STUBS: readonly (readonly [symbol: string, link: LinkType])[] = [
	['expression_l2', 'ethernet'],
	['expression_l3', 'ip'],
];
/** BPF_RET | BPF_K, 0 */
const REJECT: ClassicInstruction = { code: 0x06, jt: 0, jf: 0, k: 0 };

/**
 * Puts `text` into an object that is about to be opened.
 * @throws bad-expression, expression-unsupported, expression-too-long, library-missing
 */
export function patchExpression(elf: Buffer, text: string): void {
	for (const [symbol, link] of STUBS) {
		const program = compileExpression(text, link) ?? [REJECT];
		patchStub(elf, symbol, translate(program, { window: WINDOW, room: stubRoom(elf, symbol) }));
	}
}
