/** Every expression gives, as eBPF, the answer of libpcap's interpreter, for every packet, however it lies in memory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClassicInstruction } from '../../src/expression/classic.ts';
import { compileExpression } from '../../src/expression/compile.ts';
import { translate } from '../../src/expression/translate.ts';
import { type Case, cases, compiles, WINDOW } from './cases.ts';
import { BOTH, ETHERNET, ONE_SIDED, TUNNELS } from './expressions.ts';
import { Machine, type Memory } from './interpreter.ts';
import { Reference } from './reference.ts';

const LARGE_WINDOW = 4096;
const ROOM = 4096;

function check(
	text: string,
	program: readonly ClassicInstruction[],
	all: readonly Case[],
	seed: number,
): { matched: number; refused: number } {
	const reference = new Reference(program);
	const near = new Machine(translate(program, { window: LARGE_WINDOW, room: ROOM }));
	const usual = new Machine(translate(program, { window: WINDOW, room: ROOM }));
	const filled = new Machine(translate(program, { window: WINDOW, room: ROOM, filled: true }));
	let matched = 0;
	const compare = (how: string, machine: Machine, memory: Memory, expected: boolean) => {
		let got: string;
		try {
			const result = machine.run(memory);
			if (result === (expected ? 1 : 0)) return;
			got = String(result);
		} catch (error) {
			got = String(error);
		}
		const { packet, ...rest } = memory;
		assert.fail(`'${text}', ${how}, seed ${seed}: ${got} for ${expected}: ${JSON.stringify(rest)} ${Buffer.from(packet).toString('hex')}`);
	};
	for (const { packet, caplen, captured, capturedOfTruncated, len } of all) {
		const { length } = packet;
		const whole = reference.matches(packet, length, length);
		if (whole) matched++;
		compare('in the window', near, { packet, captured: length, linear: length, len: length }, whole);
		compare('in the window and behind it', usual, { packet, captured, linear: length, len: length }, whole);
		const truncated = reference.matches(packet, caplen, len);
		compare('truncated', usual, { packet, captured: capturedOfTruncated, linear: caplen, len }, truncated);
		compare('truncated, and the window filled', filled, { packet, captured: Math.min(caplen, WINDOW), linear: caplen, len }, truncated);
	}
	return { matched, refused: all.length - matched };
}

const fresh = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const available = TUNNELS.filter((text) => compiles(text, 'ethernet'));
const RUNS = [
	{ link: 'ethernet', expressions: [...BOTH, ...ETHERNET], seed: 1, count: 3000 },
	{ link: 'ip', expressions: BOTH, seed: 2, count: 2000 },
	{ link: 'ethernet', expressions: available, seed: 3, count: 3000, tunnels: true },
	{ link: 'ethernet', expressions: [...BOTH, ...ETHERNET, ...available], seed: fresh, count: 300 },
	{ link: 'ip', expressions: BOTH, seed: fresh, count: 300 },
] as const;

describe('expressions as eBPF', () => {
	for (const { link, expressions, seed, count, ...rest } of RUNS) {
		it(`agree with libpcap on ${expressions.length} expressions and ${count} packets (${link}, seed ${seed === fresh ? 'new' : seed})`, () => {
			const all = cases(seed, link, count, 'tunnels' in rest);
			const oneSided: string[] = [];
			for (const text of expressions) {
				const program = compileExpression(text, link);
				if (program === undefined) continue;
				const { matched, refused } = check(text, program, all, seed);
				if (matched === 0 || refused === 0) oneSided.push(text);
			}
			if (seed !== fresh)
				assert.deepEqual(
					oneSided.filter((text) => !ONE_SIDED.has(text)),
					[],
					'every expression finds packets and refuses some',
				);
		});
	}
});
