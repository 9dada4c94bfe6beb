import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Ring } from '../../src/bpf/ring.ts';
import { mergeInOrder } from '../../src/trace/merge.ts';
import { FakeRing } from '../bpf/fake-ring.ts';

/** A record: its time, and a number that tells it from others of that time. */
function record(time: number, number = 0): Uint8Array {
	const bytes = new Uint8Array(16);
	const view = new DataView(bytes.buffer);
	view.setBigUint64(0, BigInt(time), true);
	view.setUint32(8, number, true);
	return bytes;
}

interface Visit {
	ring: number;
	time: number;
	number: number;
}

function ringsOf(times: readonly (readonly number[])[], size = 65536): FakeRing[] {
	return times.map((list) => {
		const fake = new FakeRing(size);
		for (const [i, time] of list.entries()) assert.notEqual(fake.write(record(time, i)), undefined);
		return fake;
	});
}

function merge(fakes: readonly FakeRing[], watermark = Number.POSITIVE_INFINITY, limit = 1_000_000): Visit[] {
	const rings = fakes.map(({ ring }) => ring);
	const found: Visit[] = [];
	const visited = mergeInOrder(rings, watermark, limit, (ring: Ring) => {
		found.push({
			ring: rings.indexOf(ring),
			time: Number(Buffer.from(ring.memory.bytes).readBigUInt64LE(ring.offset)),
			number: ring.memory.words[(ring.offset + 8) / 4] ?? 0,
		});
	});
	assert.equal(visited, found.length);
	return found;
}

const timesOf = (visits: readonly Visit[]): number[] => visits.map(({ time }) => time);

describe('merging rings', () => {
	it('puts the records of all CPUs in one order', () => {
		assert.deepEqual(timesOf(merge(ringsOf([[1, 4, 9], [2, 3, 10, 11], [], [5]]))), [1, 2, 3, 4, 5, 9, 10, 11]);
	});

	it('visits nothing when there is nothing', () => {
		assert.deepEqual(merge([]), []);
		assert.deepEqual(merge(ringsOf([[], []])), []);
	});

	it('leaves what is younger than the watermark for the next turn', () => {
		const fakes = ringsOf([
			[1, 5, 6],
			[2, 7],
		]);
		assert.deepEqual(timesOf(merge(fakes, 5)), [1, 2, 5]);
		fakes[1]!.write(record(8));
		assert.deepEqual(timesOf(merge(fakes, 5)), []);
		assert.deepEqual(timesOf(merge(fakes)), [6, 7, 8]);
	});

	it('finds the place of a latecomer that is older than what waits', () => {
		const fakes = ringsOf([[1, 10], []]);
		assert.deepEqual(timesOf(merge(fakes, 5)), [1]);
		fakes[1]!.write(record(7));
		assert.deepEqual(timesOf(merge(fakes, 20)), [7, 10]);
	});

	it('stops at the limit and goes on from there', () => {
		const fakes = ringsOf([
			[1, 2, 3, 8],
			[4, 5, 9],
		]);
		assert.deepEqual(merge(fakes, 100, 0), []);
		assert.deepEqual(timesOf(merge(fakes, 100, 2)), [1, 2]);
		assert.deepEqual(timesOf(merge(fakes, 100, 3)), [3, 4, 5]);
		assert.deepEqual(timesOf(merge(fakes, 100, 9)), [8, 9]);
	});

	it('waits for a record that is being written only in its own ring', () => {
		const fakes = ringsOf([[1], [2, 5]]);
		const busy = fakes[0]!.write(record(3), 'busy');
		fakes[0]!.write(record(4));
		assert.deepEqual(timesOf(merge(fakes)), [1, 2, 5]);
		fakes[0]!.publish(busy!, 16);
		assert.deepEqual(timesOf(merge(fakes)), [3, 4]);
	});

	it('compares times of more than 32 bits', () => {
		const day = 86_400e9;
		assert.deepEqual(
			timesOf(
				merge(
					ringsOf([
						[day, 3 * day + 1],
						[2 ** 32 - 1, 2 ** 32, 3 * day],
					]),
				),
			),
			[2 ** 32 - 1, 2 ** 32, day, 3 * day, 3 * day + 1],
		);
	});

	it('gives all space back at the end', () => {
		const fakes = ringsOf([
			[1, 2],
			[3, 90],
		]);
		merge(fakes, 50);
		assert.equal(fakes[0]!.consumed, fakes[0]!.end);
		assert.equal(fakes[1]!.consumed, fakes[1]!.end - 24n, 'but for the record that waits');
	});

	it('gives space back on the way, of what was visited only', () => {
		const [fake] = ringsOf([Array.from({ length: 1000 }, (_, i) => i)]);
		const given = new Set<bigint>();
		let visited = 0n;
		mergeInOrder([fake!.ring], 1e9, 1e9, () => {
			assert.ok(fake!.consumed <= visited * 24n, 'the record in hand is not given back');
			given.add(fake!.consumed);
			visited++;
		});
		assert.ok(given.size > 2, `${given.size} steps`);
	});

	it('gives back the space of records that were given up, even if there is no other', () => {
		const fake = new FakeRing();
		fake.write(record(1), 'discarded');
		merge([fake]);
		assert.equal(fake.consumed, fake.end);
	});
});

describe('any rings that are in order', () => {
	const sorted = fc
		.array(
			fc.oneof(
				fc.nat(40),
				fc.nat(2 ** 31 - 1).map((n) => n * 4096),
			),
			{ maxLength: 60 },
		)
		.map((times) => times.sort((a, b) => a - b));
	const rings = fc.array(sorted, { maxLength: 6 });

	const assertInterleaved = (visits: Visit[], times: readonly (readonly number[])[]) => {
		assert.deepEqual(
			timesOf(visits),
			times.flat().sort((a, b) => a - b),
		);
		for (const [index, list] of times.entries()) {
			const own = visits.filter(({ ring }) => ring === index);
			assert.deepEqual(
				own.map(({ time, number }) => [time, number]),
				list.map((time, i) => [time, i]),
			);
		}
	};

	it('become one that is in order, with nothing lost', () => {
		fc.assert(
			fc.property(rings, (times) => {
				const fakes = ringsOf(times);
				assertInterleaved(merge(fakes), times);
				for (const fake of fakes) assert.equal(fake.consumed, fake.end);
			}),
		);
	});

	it('do so too in portions of any size', () => {
		fc.assert(
			fc.property(rings, fc.integer({ min: 1, max: 20 }), (times, limit) => {
				const fakes = ringsOf(times);
				const visits: Visit[] = [];
				for (;;) {
					const portion = merge(fakes, Number.POSITIVE_INFINITY, limit);
					visits.push(...portion);
					if (portion.length < limit) break;
				}
				assertInterleaved(visits, times);
			}),
		);
	});

	it('are cut at any watermark', () => {
		fc.assert(
			fc.property(rings, fc.nat(50), (times, watermark) => {
				const fakes = ringsOf(times);
				const early = merge(fakes, watermark);
				assert.ok(early.every(({ time }) => time <= watermark));
				assert.equal(early.length, times.flat().filter((time) => time <= watermark).length);
				assertInterleaved([...early, ...merge(fakes)], times);
			}),
		);
	});
});
