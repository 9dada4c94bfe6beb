/** Programs of a few instructions, and comparisons of whole ones. */
import assert from 'node:assert/strict';
import { compileExpression } from '../../src/expression/compile.ts';
import { translate } from '../../src/expression/translate.ts';
import { cases, compiles, WINDOW } from '../expression/cases.ts';
import { BOTH } from '../expression/expressions.ts';
import { Machine } from '../expression/interpreter.ts';

/** An instruction: opcode, destination and source, offset, immediate. */
export const insn = (opcode: number, registers = 0, offset = 0, immediate = 0): Buffer => {
	const bytes = Buffer.alloc(8);
	bytes.writeUInt8(opcode, 0);
	bytes.writeUInt8(registers, 1);
	bytes.writeInt16LE(offset, 2);
	bytes.writeInt32LE(immediate, 4);
	return bytes;
};
export const code = (...parts: Buffer[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
export const same = (found: Uint8Array, wanted: Uint8Array) =>
	assert.deepEqual(Buffer.from(found).toString('hex'), Buffer.from(wanted).toString('hex'));

export const MOV = 0xb7;
export const EXIT = insn(0x95);

/** Whether expressions give the same answers after `change` as before. @throws AssertionError */
export function keepsAnswers(change: (program: Uint8Array) => Uint8Array): void {
	const packets = cases(5, 'ethernet', 60);
	for (const text of BOTH.filter((each) => compiles(each, 'ethernet')).slice(0, 120)) {
		const classic = compileExpression(text, 'ethernet');
		assert.ok(classic);
		const translated = translate(classic, { window: WINDOW, room: 4096 });
		const bytes = new Uint8Array(translated.buffer, translated.byteOffset, translated.byteLength);
		// an expression ends behind its last instruction: give it an end, so that it is a whole program
		const changed = change(code(Buffer.from(bytes), EXIT)).slice(0, -8);
		const [plain, short] = [new Machine(translated), new Machine(new BigUint64Array(changed.slice().buffer))];
		for (const { packet } of packets) {
			const memory = { packet, captured: Math.min(packet.length, WINDOW), len: packet.length, linear: packet.length };
			assert.equal(short.run(memory), plain.run(memory), text);
		}
	}
}
