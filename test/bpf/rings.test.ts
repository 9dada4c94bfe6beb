import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pageSize } from '../../src/bpf/libc.ts';
import { defaultRingBytes, parseCpuList, ringBytes } from '../../src/bpf/rings.ts';

const MIB = 2 ** 20;

describe('a list of CPUs', () => {
	const cases: [text: string, cpus: number[]][] = [
		['0', [0]],
		['0\n', [0]],
		['0-3', [0, 1, 2, 3]],
		['0-3,6', [0, 1, 2, 3, 6]],
		['1,3,5-6\n', [1, 3, 5, 6]],
		['127-128', [127, 128]],
		['', []],
		['\n', []],
	];
	for (const [text, cpus] of cases) it(`${JSON.stringify(text)}`, () => assert.deepEqual(parseCpuList(text), cpus));
});

describe("a ring's size", () => {
	it('is a power of two, a page or more, and no smaller than asked for', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (wanted) => {
				const bytes = ringBytes(wanted);
				assert.ok(bytes >= wanted && bytes >= pageSize());
				assert.equal(Math.log2(bytes) % 1, 0);
				assert.ok(bytes === pageSize() || bytes < 2 * wanted, 'and no larger than needed');
			}),
		);
	});

	const cases: [cpus: number, bytes: number][] = [
		[1, 2 * MIB],
		[64, 2 * MIB],
		[128, MIB],
		[512, MIB / 4],
		[8192, MIB / 4],
	];
	for (const [cpus, bytes] of cases)
		it(`by default is ${bytes / 1024} KiB with ${cpus} CPUs`, () => assert.equal(defaultRingBytes(cpus), bytes));

	it('by default is that of this machine', () => assert.ok(defaultRingBytes() >= MIB / 4));
});
