import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { elfSection } from '../../src/bpf/btf.ts';
import { objectFile } from '../../src/objects.ts';
import { called } from '../../src/trace/called.ts';
import { CLASS, Instructions } from '../../src/trace/instructions.ts';
import { code, EXIT, insn, MOV, same } from './programs.ts';

const CALL = 0x85;
const PSEUDO = 0x10;

describe('programs that have functions', () => {
	it('are called by one that loads nothing', () => {
		const program = code(insn(CALL, PSEUDO, 0, 1), EXIT, insn(MOV, 0, 0, 7), EXIT);
		same(called(program), code(insn(CALL, PSEUDO, 0, 1), EXIT, Buffer.from(program)));
		assert.deepEqual(new Instructions(called(program)).functions, [0, 2, 4]);
	});
	it('are left alone when they have none', () => {
		const program = code(insn(MOV, 0, 0, 7), EXIT);
		assert.equal(called(program), program);
	});
	for (const plain of [false, true])
		it(`are so in droptrace's object, too${plain ? ', without expressions' : ''}`, () => {
			const bytes = new Uint8Array(elfSection(objectFile('drop', plain), 'tp_btf/kfree_skb'));
			const all = new Instructions(bytes);
			assert.ok(bytes.length > 0);
			for (let at = 0; at < all.count; at += all.size(at)) assert.notEqual(all.opcode(at) & 7, CLASS.ldx);
		});
});
