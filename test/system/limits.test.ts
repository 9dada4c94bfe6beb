/** Options that end a run, hold packets back, or tell others how it goes. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { unable } from './here.ts';
import { attached } from './kernel-objects.ts';
import { dropsOf, endOf } from './lines.ts';
import { Netns } from './netns.ts';
import { Refuser } from './programs.ts';
import { Run, temporaryFolder } from './run.ts';
import { until } from './until.ts';

describe('limits', { skip: unable }, () => {
	test('--duration ends the run after that time, with what was dropped until then', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json', '--duration', '700ms']).ready();
		netns.drop(50);
		assert.equal(await run.end(), 0);
		const end = endOf(run.lines());
		assert.equal(dropsOf(run.lines()).length, 50);
		assert.ok(end.seconds >= 0.7, `${end.seconds} s`);
	});

	test('--duration counts from the first probe, not from the start', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json', '--duration', '300ms']).ready();
		const from = performance.now();
		assert.equal(await run.end(), 0);
		assert.ok(performance.now() - from > 250, 'attached for most of it');
	});

	test('--count shows that many of more, the first ones', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json', '-c', '25']).ready();
		await run.freeze();
		netns.drop(25, { port: 9 });
		netns.drop(500, { port: 10 });
		run.thaw();
		assert.equal(await run.end(), 0);
		const drops = dropsOf(run.lines());
		assert.equal(drops.length, 25);
		assert.ok(drops.every(({ packet }) => packet.dport === 9));
		const end = endOf(run.lines());
		assert.equal(end.drops, 25);
		assert.equal(end.packets, 25);
	});

	test('--count goes before --duration when it is reached', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json', '-c', '1', '--duration', '20s']).ready();
		netns.drop(1);
		assert.equal(await run.end(5000), 0);
	});

	test('--rate-limit: shown and held back are all there were, and nothing is lost', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json', '--rate-limit', '20', '--strict']).ready();
		const from = performance.now();
		netns.drop(2000);
		const seconds = (performance.now() - from) / 1000;
		assert.equal(await run.interrupt(), 0, 'held back is not lost');
		const end = endOf(run.lines());
		assert.equal(dropsOf(run.lines()).length, end.drops);
		assert.equal(end.drops + end.held_back, 2000);
		assert.equal(end.lost, 0);
		assert.ok(end.drops >= 20 && end.drops <= 20 * (Math.floor(seconds) + 2), `${end.drops} of 20 a second in ${seconds} s`);
		assert.match(run.stderr, new RegExp(`, ${end.held_back} held back by --rate-limit, 0 lost\\n$`));
	});

	test('--rate-limit: a flood of one reason does not hide another', async (t) => {
		const netns = new Netns(t);
		await new Refuser(t, netns, 'refuser').open(4000);
		const run = await new Run(t, ['--netns', netns.name, '--all', '--json', '--rate-limit', '50']).ready();
		netns.drop(2000);
		netns.drop(20, { port: 4000 });
		assert.equal(await run.interrupt(), 0);
		const drops = dropsOf(run.lines());
		assert.equal(drops.filter(({ packet }) => packet.dport === 4000).length, 20);
		const held = run.lines().filter(({ type }) => type === 'held_back');
		assert.deepEqual(
			held.map(({ reason }) => reason),
			['NO_SOCKET'],
		);
		assert.equal(held[0]?.count, endOf(run.lines()).held_back);
		assert.equal(drops.length + Number(held[0]?.count), 2020);
	});

	test('--limit-budget: so many at once, and then the rate', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json', '--rate-limit', '1', '--limit-budget', '300']).ready();
		const from = performance.now();
		netns.drop(1000);
		const seconds = (performance.now() - from) / 1000;
		assert.equal(await run.interrupt(), 0);
		const { drops, held_back } = endOf(run.lines());
		assert.equal(drops + held_back, 1000);
		// two CPUs may look at the bucket at the same moment
		assert.ok(drops >= 300 && drops <= 302 + seconds, `${drops} in ${seconds} s`);
	});

	test('--strict: 5 after a loss, which standard error told of', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json', '--strict', '--buffer-size', '4k']).ready();
		await run.freeze();
		netns.drop(1000);
		run.thaw();
		assert.equal(await run.interrupt(), 5);
		const { drops, lost } = endOf(run.lines());
		assert.equal(drops + lost, 1000);
		assert.match(run.stderr, /^droptrace: lost \d+ events: ring of CPU \d+$/m);
	});

	test('--ready-file is there from the probe to the end', async (t) => {
		const netns = new Netns(t);
		const file = join(temporaryFolder(t), 'ready');
		const run = new Run(t, ['--netns', netns.name, '--ready-file', file]);
		await until('the file', () => existsSync(file));
		assert.ok(attached(run.pid), 'the probe was there first');
		assert.equal(await run.interrupt(), 0);
		assert.ok(!existsSync(file), 'it is taken away');
	});

	// what kill -9 left behind, say
	test('an older --ready-file does not tell of a run that cannot begin', async (t) => {
		const file = join(temporaryFolder(t), 'ready');
		writeFileSync(file, '');
		const run = new Run(t, ['--netns', new Netns(t).name, '--ready-file', file, '-o', '/nonexistent/file']);
		assert.equal(await run.end(), 1);
		assert.ok(!existsSync(file));
	});
});
