import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KnownError } from '../../src/errors.ts';
import { ALU, CLASS, type ClassicInstruction, JUMP, MODE, RETURN, SOURCE_X } from '../../src/expression/classic.ts';
import { compileExpression } from '../../src/expression/compile.ts';
import { translate } from '../../src/expression/translate.ts';
import { cases, WINDOW } from './cases.ts';
import { Machine } from './interpreter.ts';
import { randomProgram } from './programs.ts';
import { Random } from './random.ts';
import { Reference } from './reference.ts';

const ROOM = 4096;
const PACKET = Uint8Array.from({ length: 200 }, (_, i) => (i * 7 + 3) & 0xff);

const plain = (code: number, k = 0, jt = 0, jf = 0): ClassicInstruction => ({ code, jt, jf, k });
const RETURN_A = plain(CLASS.ret | RETURN.a);
const accept = plain(CLASS.ret | RETURN.k, 1);
const reject = plain(CLASS.ret | RETURN.k, 0);
const load = (k: number, size = 0x10) => plain(CLASS.ld | MODE.abs | size, k);

const machine = (program: ClassicInstruction[], window = WINDOW) => new Machine(translate(program, { window, room: ROOM }));

/** What A is at the end. */
function result(program: ClassicInstruction[]): number {
	return machine([...program, RETURN_A]).run({ packet: PACKET, captured: 100, linear: 200, len: 0xfffffff0 });
}

function failure(program: ClassicInstruction[], room = ROOM): KnownError {
	try {
		translate(program, { window: WINDOW, room });
	} catch (error) {
		assert.ok(error instanceof KnownError, String(error));
		return error;
	}
	return assert.fail('translated');
}

describe('classic BPF as eBPF', () => {
	const fresh = Number(process.env.SEED ?? Date.now() % 2 ** 32);
	for (const seed of [7, fresh]) {
		it(`agrees with libpcap on random programs (seed ${seed === fresh ? 'new' : seed})`, () => {
			const random = new Random(seed);
			const packets = cases(seed, 'ethernet', 40);
			let matched = 0;
			for (let count = 0; count < 4000; count++) {
				const program = randomProgram(random);
				const reference = new Reference(program);
				const translated = machine(program);
				const filled = new Machine(translate(program, { window: WINDOW, room: ROOM, filled: true }));
				for (const { packet, caplen, capturedOfTruncated: captured, len } of packets) {
					const expected = reference.matches(packet, caplen, len);
					if (expected) matched++;
					const all = Math.min(caplen, WINDOW);
					const got = translated.run({ packet, captured, linear: caplen, len });
					if ((filled.run({ packet, captured: all, linear: caplen, len }) !== 0) !== expected)
						assert.fail(
							`seed ${seed}, filled, ${!expected} for ${expected}: ${JSON.stringify({ program, packet: [...packet], caplen, len })}`,
						);
					if ((got !== 0) !== expected)
						assert.fail(`seed ${seed}, ${got} for ${expected}: ${JSON.stringify({ program, packet: [...packet], captured, caplen, len })}`);
				}
			}
			assert.ok(matched > 10000, `only ${matched} matched`);
		});
	}

	it('begins with zeros in A, X and M', () => {
		assert.equal(result([]), 0);
		assert.equal(result([plain(CLASS.misc | 0x80)]), 0);
		for (let word = 0; word < 16; word++) assert.equal(result([plain(CLASS.ld | MODE.mem, word)]), 0);
		// written on one of two ways only
		const branch = [plain(CLASS.ld | MODE.imm, 5), plain(CLASS.jmp | JUMP.jeq, 5, 1, 0), plain(CLASS.st, 2), plain(CLASS.ld | MODE.mem, 2)];
		assert.equal(result(branch), 0);
	});

	it('shifts by 32 or more to nothing', () => {
		for (const op of [ALU.lsh, ALU.rsh])
			for (const by of [31, 32, 33, 63, 64, 0x80000000, 0xffffffff]) {
				const expected = by === 31 ? (op === ALU.lsh ? 0x80000000 : 1) : 0;
				assert.equal(result([plain(CLASS.ld | MODE.imm, 0xffffffff), plain(CLASS.alu | op, by)]), expected);
				const byX = [plain(CLASS.ld | MODE.imm, 0xffffffff), plain(CLASS.ldx | MODE.imm, by), plain(CLASS.alu | op | SOURCE_X)];
				assert.equal(result(byX), expected);
			}
	});

	it('rejects a division by zero', () => {
		for (const op of [ALU.div, ALU.mod]) {
			assert.equal(result([plain(CLASS.ld | MODE.imm, 7), plain(CLASS.alu | op, 0), plain(CLASS.ld | MODE.imm, 7)]), 0);
			assert.equal(result([plain(CLASS.ld | MODE.imm, 7), plain(CLASS.alu | op | SOURCE_X), plain(CLASS.ld | MODE.imm, 7)]), 0);
		}
	});

	it('rejects what lies beyond 32 bits', () => {
		for (const k of [0xffffffff, 0xfffffffd, 0x80000000, 0x7fffffff])
			for (const x of [0, 1, 4, 0xffffffff]) {
				const program = [plain(CLASS.ldx | MODE.imm, x), plain(CLASS.ld | MODE.ind, k), accept];
				assert.equal(machine(program).run({ packet: PACKET, captured: 100, linear: 200, len: 200 }), 0);
			}
		assert.equal(result([load(0x90000000), plain(CLASS.ld | MODE.imm, 7)]), 0);
	});

	it('has A of 32 bits whatever the packet says its length is', () => {
		assert.equal(result([plain(CLASS.ld | MODE.len), plain(CLASS.alu | ALU.add, 0x20)]), 0x10);
	});

	it('does not match when the kernel cannot read the packet', () => {
		const program = [load(150), accept];
		assert.equal(machine(program).run({ packet: PACKET, captured: 100, linear: 200, len: 200 }), 1);
		assert.equal(machine(program).run({ packet: PACKET, captured: 100, linear: 200, len: 200, fault: true }), 0);
	});

	it('reads what is in the window without a call, and the rest with one', () => {
		for (const [captured, offset, calls] of [
			[128, 127, 0],
			[128, 128, 1],
			[60, 59, 0],
			[60, 60, 1],
			[0, 0, 1],
		] as const) {
			for (const program of [
				[load(offset), accept],
				[plain(CLASS.ldx | MODE.imm, offset), plain(CLASS.ld | MODE.ind | 0x10, 0), accept],
			]) {
				const m = machine(program);
				assert.equal(m.run({ packet: PACKET, captured, linear: 200, len: 200 }), 1);
				assert.equal(m.calls, calls);
			}
		}
	});

	it('contains no instruction that nothing leads to', () => {
		// a verifier refuses those: what follows a load that always rejects, and verdicts nobody asks for
		for (const program of [
			[accept],
			[reject],
			[load(0x90000000), load(3), accept],
			[plain(CLASS.jmp | JUMP.ja, 1), load(3), accept],
			[load(3), RETURN_A],
		])
			assert.deepEqual(unreached(translate(program, { window: WINDOW, room: ROOM })), []);
		const random = new Random(9);
		for (let count = 0; count < 2000; count++)
			assert.deepEqual(unreached(translate(randomProgram(random), { window: WINDOW, room: ROOM })), []);
	});
});

describe('translation', () => {
	it('costs little for what does not match', () => {
		const packet = Buffer.from(
			'02420a090101 02420a090102 0800 4500003c1c4640004006b1e60a0901020a090101 bf34115d9fe1bcd700000000a002faf0'.replace(/ /g, ''),
			'hex',
		);
		const cost = (text: string) => {
			const m = machine(compileExpression(text, 'ethernet') ?? []);
			assert.equal(m.run({ packet, captured: packet.length, linear: packet.length, len: packet.length }), 0);
			assert.equal(m.calls, 0);
			return m.executed;
		};
		assert.ok(cost('tcp port 443') <= 60, `${cost('tcp port 443')} instructions`);
		assert.ok(cost('udp') <= 25, `${cost('udp')} instructions`);
		assert.ok(cost('host 192.168.7.40') <= 40, `${cost('host 192.168.7.40')} instructions`);
		assert.ok(cost('arp') <= 12, `${cost('arp')} instructions`);
	});

	it('says how many instructions are too many', () => {
		const program = compileExpression('tcp port 443', 'ethernet') ?? [];
		const needed = translate(program, { window: WINDOW, room: ROOM }).length;
		assert.equal(translate(program, { window: WINDOW, room: needed }).length, needed);
		const error = failure(program, needed - 1);
		assert.equal(error.code, 'expression-too-long');
		assert.equal(error.exit, 2);
		assert.match(error.message, new RegExp(`takes ${needed} BPF instructions and ${needed - 1} are`));
	});

	it('refuses loops', () => {
		for (const link of ['ethernet', 'ip'] as const) {
			const error = failure(compileExpression('ip6 protochain 6', link) ?? []);
			assert.equal(error.code, 'expression-unsupported');
			assert.match(error.message, /'protochain' walks/);
		}
	});

	it("refuses the kernel's notes about a packet", () => {
		for (const k of [0xfffff000, 0xfffff004, 0xfffff03f]) {
			const error = failure([load(k), accept]);
			assert.equal(error.code, 'expression-unsupported');
			assert.match(error.message, /'inbound'/);
		}
		assert.equal(result([load(0xfffff040), plain(CLASS.ld | MODE.imm, 1)]), 0);
		assert.equal(result([load(0xffffefff), plain(CLASS.ld | MODE.imm, 1)]), 0);
	});

	it('throws at what is no classic BPF', () => {
		const wrong: ClassicInstruction[][] = [
			[plain(CLASS.st, 16), accept],
			[plain(CLASS.ld | MODE.mem, 16), accept],
			[load(0)],
			[plain(CLASS.jmp | JUMP.jeq, 0, 1, 0), accept],
			[plain(CLASS.jmp | 0x50), accept],
			[plain(CLASS.alu | 0xb0), accept],
			[plain(CLASS.ld | 0xc0), accept],
			[],
		];
		for (const program of wrong)
			assert.throws(() => translate(program, { window: WINDOW, room: ROOM }), /classic BPF/, JSON.stringify(program));
	});
});

/** Instructions that no way leads to, whatever the conditions say. */
function unreached(code: BigUint64Array): number[] {
	const reached = new Set<number>();
	const todo = [0];
	for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
		if (at >= code.length || reached.has(at)) continue;
		reached.add(at);
		const op = Number((code[at] as bigint) & 0xffn);
		const target = at + 1 + Number(BigInt.asIntN(16, (code[at] as bigint) >> 16n));
		if (op === 0x05) todo.push(target);
		else if ((op & 7) === 5 && op !== 0x85) todo.push(at + 1, target);
		else todo.push(at + 1);
	}
	return Array.from(code, (_, index) => index).filter((index) => !reached.has(index));
}
