import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Instructions } from '../../src/trace/instructions.ts';
import { marked } from '../../src/trace/template.ts';
import { code, EXIT, insn, MOV, same } from './programs.ts';

const MARK = { point: 0x5eed0001, skb: 0x5eed0003, cast: 0x5eed0008, skbType: 0x5eed0009 };
const CALL = 0x85;
const KFUNC = 0x20;

describe('a copy of a template', () => {
	it('has numbers for its marks', () => {
		same(marked(code(insn(MOV, 3, 0, MARK.point), EXIT), { point: 7 }), code(insn(MOV, 3, 0, 7), EXIT));
	});

	it('has the offset of an argument in the load behind a mark, and nothing in its place', () => {
		const template = code(insn(MOV, 3, 0, MARK.skb), insn(0x79, 0x13, 0), EXIT); // r3 = mark; r3 = *(u64 *)(r1 + 0)
		same(marked(template, { skb: 16 }), code(insn(0x79, 0x13, 16), insn(0x05, 0, 0), EXIT));
	});

	const template = code(insn(0xbf, 0x61), insn(MOV, 2, 0, MARK.skbType), insn(CALL, 0, 0, MARK.cast), insn(0xbf, 0x08), EXIT);

	it('says what a pointer points to by a function of the kernel', () => {
		const copy = marked(template, { cast: 1234, skbType: 56 });
		same(copy, code(insn(0xbf, 0x61), insn(MOV, 2, 0, 56), insn(CALL, KFUNC, 0, 1234), insn(0xbf, 0x08), EXIT));
		assert.equal(new Instructions(copy).functions.length, 1, 'none of its own');
	});

	it('leaves the pointer as it is where there is no such function', () => {
		same(marked(template, {}), code(insn(0xbf, 0x61), insn(MOV, 2, 0, MARK.skbType), insn(0xbf, 0x10), insn(0xbf, 0x08), EXIT));
	});
});
