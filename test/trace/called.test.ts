import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { called } from '../../src/trace/called.ts';
import { Instructions } from '../../src/trace/instructions.ts';
import { code, EXIT, insn, MOV, same } from './programs.ts';

const CALL = 0x85;
const PSEUDO = 0x10;

describe('programs that have functions', () => {
	it('are called by one that loads nothing', () => {
		const program = code(insn(CALL, PSEUDO, 0, 1), EXIT, insn(MOV, 0, 0, 7), EXIT);
		same(called(program, false), code(insn(CALL, PSEUDO, 0, 1), EXIT, Buffer.from(program)));
		assert.deepEqual(new Instructions(called(program, false)).functions, [0, 2, 4]);
	});
	it('are left alone when they have none', () => {
		const program = code(insn(MOV, 0, 0, 7), EXIT);
		assert.equal(called(program, false), program);
	});
	it('are left alone where the kernel has tables for all of them', () => {
		const program = code(insn(CALL, PSEUDO, 0, 1), EXIT, insn(MOV, 0, 0, 7), EXIT);
		assert.equal(called(program, true), program);
	});
});
