import { describe, it } from 'node:test';
import { withoutUnused } from '../../src/trace/unused.ts';
import { code, EXIT, insn, keepsAnswers, MOV, same } from './programs.ts';

const MARK = 0x5eed0003;
const rest = (...parts: Buffer[]): Uint8Array => withoutUnused(code(...parts), new Set([MARK]));
const constant = (register: number, value: number): Buffer => insn(MOV, register, 0, value);
/** an address in a map */
const address = Buffer.concat([insn(0x18, 0x21, 0, 9), insn(0, 0, 0, 4)]);
/** r1 = *(u64 *)(r1 + 0) */
const load = insn(0x79, 0x11);
/** *(u64 *)(r10 - 16) = r6, and back into r7 */
const store = insn(0x7b, 0x6a, -16);
const back = insn(0x79, 0xa7, -16);

describe('what nobody uses', () => {
	it('goes with all that only it needs', () => same(rest(address, load, constant(0, 1), EXIT), code(constant(0, 1), EXIT)));

	it('is not what is used on one of two ways', () => {
		const program = [constant(6, 1), insn(0x15, 0x02, 1), insn(0xbf, 0x60), insn(0xbf, 0x20), EXIT];
		// the first way ends with r0 = r2 too
		same(rest(...program), code(insn(0x15, 0x02, 0), insn(0xbf, 0x20), EXIT));
		const used = [constant(6, 1), constant(0, 0), insn(0x15, 0x02, 1), insn(0xbf, 0x60), EXIT];
		same(rest(...used), code(...used));
	});

	it('goes out of loops that only count', () => {
		const counting = [constant(6, 3), insn(0x07, 0x06, 0, -1), insn(0x55, 0x06, -2), constant(0, 0), EXIT];
		same(rest(...counting), code(...counting));
		const beside = [
			constant(6, 3),
			constant(7, 0),
			insn(0x07, 0x07, 0, 1),
			insn(0x07, 0x06, 0, -1),
			insn(0x55, 0x06, -3),
			constant(0, 0),
			EXIT,
		];
		same(rest(...beside), code(constant(6, 3), insn(0x07, 0x06, 0, -1), insn(0x55, 0x06, -2), constant(0, 0), EXIT));
	});

	it('is known by the arguments of a helper', () => {
		const call = (helper: number) => insn(0x85, 0, 0, helper);
		same(rest(constant(1, 1), call(8), EXIT), code(call(8), EXIT));
		same(rest(constant(1, 1), constant(4, 1), call(113), EXIT), code(constant(1, 1), call(113), EXIT));
		same(rest(constant(5, 1), call(9999), EXIT), code(constant(5, 1), call(9999), EXIT));
	});

	it('is a place on the stack that is not read, unless its address is taken', () => {
		same(rest(constant(6, 1), store, constant(0, 0), EXIT), code(constant(6, 1), constant(0, 0), EXIT));
		const read = [constant(6, 1), store, back, insn(0xbf, 0x70), EXIT];
		same(rest(...read), code(...read));
		const taken = [constant(6, 1), store, insn(0xbf, 0xa1), insn(0x07, 0x01, 0, -16), insn(0x85, 0, 0, 9999), EXIT];
		same(rest(...taken), code(...taken));
	});

	it('keeps a mark and the load behind it together', () => {
		const marked = [constant(1, MARK), load];
		same(rest(...marked, constant(0, 1), EXIT), code(constant(0, 1), EXIT));
		same(rest(...marked, insn(0xbf, 0x10), EXIT), code(...marked, insn(0xbf, 0x10), EXIT));
	});

	it('changes no answer of an expression', () => keepsAnswers((program) => withoutUnused(program, new Set())));
});
