import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { current, drain, FakeRing, filled } from './fake-ring.ts';
import { within } from './within.ts';

/** bytes a record takes */
const step = (length: number): number => Math.ceil((length + 8) / 8) * 8;

describe('a ring', () => {
	it('gives its records in order, of whatever length', () => {
		const fake = new FakeRing();
		const records = [0, 1, 7, 8, 9, 224, 480].map(filled);
		for (const record of records) fake.write(record);
		assert.deepEqual(drain(fake.ring), records);
		assert.deepEqual(drain(fake.ring), []);
	});

	it('shows the same record until it is left', () => {
		const fake = new FakeRing();
		fake.write(filled(8, 1));
		fake.write(filled(8, 2));
		fake.ring.refresh();
		assert.ok(fake.ring.peek() && fake.ring.peek());
		assert.deepEqual(current(fake.ring), filled(8, 1));
	});

	it('goes no further than its producer was when asked', () => {
		const fake = new FakeRing();
		fake.ring.refresh();
		fake.write(filled(8, 1));
		assert.equal(fake.ring.peek(), false);
		fake.ring.refresh();
		assert.equal(fake.ring.peek(), true);
	});

	it('has a record that passes the end in one piece', () => {
		const fake = new FakeRing(4096, 4096n - 24n);
		const record = filled(200, 5);
		fake.write(record);
		assert.deepEqual(drain(fake.ring), [record]);
		assert.deepEqual(current(fake.ring), record, 'valid until the space is given back');
	});

	it('reads numbers and words where it reads bytes', () => {
		const fake = new FakeRing(4096, 4096n - 8n);
		fake.write(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
		fake.ring.refresh();
		assert.ok(fake.ring.peek());
		assert.equal(fake.ring.memory.words[fake.ring.offset / 4], 0x04030201);
		assert.equal(fake.ring.memory.halves[fake.ring.offset / 2 + 2], 0x0605);
	});

	it('stops at a record that is being written, and goes on when it is complete', () => {
		const fake = new FakeRing();
		fake.write(filled(16, 1));
		const busy = fake.write(filled(24, 2), 'busy');
		fake.write(filled(16, 3));
		assert.deepEqual(drain(fake.ring), [filled(16, 1)]);
		assert.deepEqual(drain(fake.ring), []);
		fake.publish(busy!, 24);
		assert.deepEqual(drain(fake.ring), [filled(24, 2), filled(16, 3)]);
	});

	it('passes over records that were given up', () => {
		const fake = new FakeRing();
		for (const [i, state] of (['discarded', 'complete', 'discarded', 'discarded', 'complete', 'discarded'] as const).entries())
			fake.write(filled(20 + i, i), state);
		assert.deepEqual(drain(fake.ring), [filled(21, 1), filled(24, 4)]);
		fake.ring.commit();
		assert.equal(fake.consumed, fake.end);
	});

	for (const start of [2n ** 31n - 64n, 2n ** 32n - 64n, 2n ** 40n + 8n, 2n ** 52n - 64n]) {
		it(`reads on past position ${start}`, () => {
			const fake = new FakeRing(4096, start);
			for (let i = 0; i < 100; i++) {
				const records = [filled(40, i), filled(3, i + 1)];
				for (const record of records) assert.notEqual(fake.write(record), undefined);
				assert.deepEqual(drain(fake.ring), records);
				fake.ring.commit();
				assert.equal(fake.consumed, fake.end);
			}
		});
	}

	it('gives back the space of what was left, and of nothing else', () => {
		const fake = new FakeRing();
		for (const length of [10, 20, 30]) fake.write(filled(length, length));
		fake.ring.refresh();
		const given: number[] = [];
		const commit = () => {
			fake.ring.commit();
			given.push(Number(fake.consumed));
		};
		fake.ring.peek();
		commit();
		fake.ring.advance();
		assert.equal(fake.consumed, 0n, 'leaving alone gives nothing back');
		commit();
		fake.ring.peek();
		commit();
		fake.ring.advance();
		fake.ring.peek();
		fake.ring.advance();
		commit();
		assert.deepEqual(given, [0, step(10), step(10), step(10) + step(20) + step(30)]);
	});

	it('leaves nothing when there is no current record', () => {
		const fake = new FakeRing();
		fake.ring.advance();
		fake.ring.commit();
		assert.equal(fake.consumed, 0n);
	});

	it('begins where the last reader stopped', () => {
		const fake = new FakeRing(4096, 800n);
		fake.write(filled(8, 1));
		assert.deepEqual(drain(fake.ring), [filled(8, 1)]);
	});

	for (const length of [4096, 0x3fff_ffff]) {
		it(`stops at a length of ${length}, which a ring of 4096 bytes cannot hold`, () => {
			const fake = new FakeRing();
			fake.header(0n, length);
			fake.end = 4096n;
			fake.ring.refresh();
			assert.equal(fake.ring.peek(), false);
			fake.ring.commit();
			assert.equal(fake.consumed, 0n);
		});
	}
});

describe('any use of a ring', () => {
	type Action = { kind: 'write'; length: number; state: 'complete' | 'busy' | 'discarded' } | { kind: 'publish' | 'read' | 'commit' };
	const actions = fc.array(
		fc.oneof<fc.Arbitrary<Action>[]>(
			fc.record({ kind: fc.constant('write'), length: fc.nat(700), state: fc.constantFrom('complete', 'complete', 'busy', 'discarded') }),
			fc.record({ kind: fc.constantFrom('publish', 'read', 'commit') }),
		),
		{ maxLength: 80 },
	);

	it('reads what was written, once and in order, and never gives back what was not read', () => {
		fc.assert(
			fc.property(actions, fc.constantFrom(0n, 4096n - 16n, 2n ** 32n - 128n), (list, start) => {
				const fake = new FakeRing(4096, start);
				const queue: { at: bigint; record: Uint8Array; state: string }[] = [];
				for (const [i, action] of list.entries()) {
					if (action.kind === 'write') {
						const record = filled(action.length, i);
						const at = fake.write(record, action.state);
						if (at !== undefined) queue.push({ at, record, state: action.state });
					} else if (action.kind === 'publish') {
						const busy = queue.find(({ state }) => state === 'busy');
						if (!busy) continue;
						fake.publish(busy.at, busy.record.length);
						busy.state = 'complete';
					} else if (action.kind === 'commit') {
						fake.ring.commit();
						assert.equal(fake.consumed, queue[0]?.at ?? fake.end);
					} else {
						const busy = queue.findIndex(({ state }) => state === 'busy');
						const readable = queue.splice(0, busy < 0 ? queue.length : busy);
						assert.deepEqual(
							drain(fake.ring),
							readable.filter(({ state }) => state === 'complete').map(({ record }) => record),
						);
					}
					// what was given up may stay in the queue until the next record is asked for
					while (queue[0]?.state === 'discarded' && fake.consumed > queue[0].at) queue.shift();
				}
			}),
			{ numRuns: 400 },
		);
	});

	const headers = fc.oneof(
		fc.nat(64),
		fc.nat(0xffff_ffff),
		fc.nat(64).map((length) => length | (1 << 30)),
		fc.nat(64).map((length) => length | (1 << 31)),
		fc.constantFrom(4095, 4096, 4088, 0x3fff_ffff, 0x7fff_ffff, 1 << 30),
	);

	it('never reads outside, and ends, whatever the headers say', () => {
		fc.assert(
			fc.property(
				fc.array(headers, { minLength: 512, maxLength: 512 }),
				fc.nat(512),
				fc.nat(511).map((words) => BigInt(words * 8) + 2n ** 32n),
				(values, ahead, start) => {
					const fake = new FakeRing(4096, start);
					for (const [i, value] of values.entries()) fake.header(BigInt(i * 8), value);
					fake.end = start + BigInt(ahead * 8);
					within(60_000, () => {
						fake.ring.refresh();
						for (let records = 0; fake.ring.peek(); fake.ring.advance()) {
							assert.ok(++records <= 512);
							assert.ok(fake.ring.offset >= 8 && fake.ring.offset + fake.ring.length <= fake.ring.memory.bytes.length);
						}
						fake.ring.commit();
					});
					assert.ok(fake.consumed >= start);
				},
			),
			{ numRuns: 300 },
		);
	});
});
