/** Two at once do not disturb each other. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unable } from './here.ts';
import { dropsOf, endOf } from './lines.ts';
import { Netns } from './netns.ts';
import { Run } from './run.ts';

const COUNT = 300;

const packets = (run: Run) => dropsOf(run.lines()).map(({ packet, reason, location }) => ({ packet, reason, location }));

describe('two runs at once', { skip: unable }, () => {
	test('see the same drops in the same order', async (t) => {
		const netns = new Netns(t);
		const runs = [1, 2].map(() => new Run(t, ['--netns', netns.name, '--json']));
		for (const run of runs) await run.ready();
		for (let port = 1; port <= COUNT; port++) netns.drop(1, { port });
		for (const run of runs) assert.equal(await run.interrupt(), 0);
		const [one, other] = runs.map(packets);
		assert.equal(one?.length, COUNT);
		assert.deepEqual(one, other);
		assert.deepEqual(
			one.map(({ packet }) => packet.dport),
			Array.from({ length: COUNT }, (_, i) => i + 1),
		);
	});

	test('each sees its own namespace, and the end of one is not that of the other', async (t) => {
		const [here, there] = [new Netns(t), new Netns(t)];
		const one = await new Run(t, ['--netns', here.name, '--json']).ready();
		const other = await new Run(t, ['--netns', there.name, '--json']).ready();
		here.drop(3);
		there.drop(4);
		assert.equal(await one.interrupt(), 0);
		there.drop(5);
		assert.equal(await other.interrupt(), 0);
		assert.equal(endOf(one.lines()).drops, 3);
		assert.equal(endOf(other.lines()).drops, 9);
	});
});
