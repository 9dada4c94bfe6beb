/** Expressions pass the verifier of the running kernel, and give libpcap's answers there. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Machine } from '../../src/doctor/machine.ts';
import type { ClassicInstruction } from '../../src/expression/classic.ts';
import { compileExpression } from '../../src/expression/compile.ts';
import { stubRoom } from '../../src/expression/stub.ts';
import { translate } from '../../src/expression/translate.ts';
import { missing } from '../cli/requirements.ts';
import { type Case, cases, compiles, WINDOW } from '../expression/cases.ts';
import { BOTH, ETHERNET, TUNNELS } from '../expression/expressions.ts';
import { compileStub, InKernel } from '../expression/kernel.ts';
import { randomProgram } from '../expression/programs.ts';
import { Random } from '../expression/random.ts';
import { Reference } from '../expression/reference.ts';

const PACKETS = Number(process.env.PACKETS ?? 100);
/** The same by default: what chance brings is tried by hand, SEED=… */
const SEED = Number(process.env.SEED ?? 1);

/** An emulated machine (scripts/test-in-guest) tries one of so many. */
const EVERY = process.env.MANY === undefined ? 1 : 4;

const all = [...BOTH, ...ETHERNET, ...TUNNELS.filter((text) => compiles(text, 'ethernet'))];
const expressions = all.filter((_, i) => i % EVERY === 0);

describe(`${expressions.length} expressions in this kernel`, { skip: missing(['root']) }, () => {
	let stub: Buffer;
	let packets: Case[];
	const random = new Random(SEED + 1);

	before(() => {
		stub = compileStub();
		packets = cases(SEED, 'ethernet', PACKETS);
	});

	it('an unfilled stub lets everything through', () => {
		const program = new InKernel(stub);
		for (const { packet } of packets) assert.equal(program.run(packet, { captured: 0, len: 0, linear: 0 }), 1);
		program.close();
	});

	it(`answer like libpcap for ${PACKETS} packets (seed ${SEED})`, () => {
		for (const text of expressions) {
			const classic = compileExpression(text, 'ethernet');
			assert.ok(classic);
			agree(`'${text}'`, classic);
		}
	});

	// such verifiers follow branches that can never be taken, and refuse what they find there; libpcap writes no such branches
	const strict = new Machine().isSince('6.12') ? false : 'verifiers before 6.12 refuse some programs that libpcap would not write';

	it(`random programs answer like libpcap for ${PACKETS} packets (seed ${SEED})`, { skip: strict }, () => {
		const programs = new Random(SEED);
		for (let count = 0; count < 200 / EVERY; count++) {
			const program = randomProgram(programs);
			agree(JSON.stringify(program), program);
		}
	});

	function agree(what: string, classic: ClassicInstruction[]): void {
		const reference = new Reference(classic);
		const limits = { window: WINDOW, room: stubRoom(stub, 'matches') };
		let program: InKernel;
		let filled: InKernel;
		try {
			program = new InKernel(stub, translate(classic, limits));
			filled = new InKernel(stub, translate(classic, { ...limits, filled: true }));
		} catch (error) {
			throw new Error(`${(error as Error).message.slice(-2000)}\n${what} is refused, seed ${SEED}`, { cause: error });
		}
		for (const { packet, caplen, captured, capturedOfTruncated, len } of packets) {
			const runs = [
				{ captured, linear: packet.length, len: packet.length },
				{ captured: capturedOfTruncated, linear: caplen, len },
			];
			for (const run of runs) {
				const expected = reference.matches(packet, run.linear, run.len);
				// by turns, where it may be either
				const got = (run.captured === Math.min(run.linear, WINDOW) && random.once(2) ? filled : program).run(packet, run);
				if ((got !== 0) !== expected)
					assert.fail(`${got} for ${expected}: ${what} ${JSON.stringify(run)} seed ${SEED} ${Buffer.from(packet).toString('hex')}`);
			}
		}
		program.close();
		filled.close();
	}

	it('whatever the length, the end of the code is where the stub goes on', () => {
		const classic = compileExpression('ip', 'ethernet');
		assert.ok(classic);
		const code = translate(classic, { window: WINDOW, room: 100 });
		const frame = Buffer.from('02420a09010102420a0901020800'.padEnd(120, '0'), 'hex');
		for (const length of [code.length, code.length + 1, code.length + 2, code.length + 3, 1000]) {
			const program = new InKernel(shortened(stub, length), code);
			assert.equal(program.run(frame, { captured: 60, len: 60, linear: 60 }), 1);
			program.close();
		}
	});
});

/** The stub with room for `length` instructions; before them stands something else that does nothing. */
function shortened(stub: Buffer, length: number): Buffer {
	const copy = Buffer.from(stub);
	const nothing = Buffer.from('0500000000000000', 'hex');
	// r0 = r0
	const other = Buffer.from('bf00000000000000', 'hex');
	const start = copy.indexOf(Buffer.concat([nothing, nothing]));
	for (let i = stubRoom(stub, 'matches') - length - 1; i >= 0; i--) other.copy(copy, start + i * 8);
	return copy;
}
