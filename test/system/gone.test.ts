/** What is watched goes away while it is watched. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { describe, test } from 'node:test';
import { unable } from './here.ts';
import { dropsOf, endOf } from './lines.ts';
import { Netns } from './netns.ts';
import { Run } from './run.ts';
import { until } from './until.ts';

/** Addresses of the device 'outer', whose other end 'inner' is in the same namespace and knows of no host there. */
const OWN = '10.9.0.1/24';
const NEIGHBOUR = '10.9.0.2';

/** A pair of devices: what is sent to {@link NEIGHBOUR} arrives at 'inner', addressed to another host, and is dropped there. */
function plug(netns: Netns): void {
	netns.ip('link', 'add', 'outer', 'type', 'veth', 'peer', 'name', 'inner');
	netns.ip('link', 'set', 'inner', 'up');
	netns.ip('link', 'set', 'outer', 'up');
	netns.ip('addr', 'add', OWN, 'dev', 'outer');
	netns.ip('neigh', 'add', NEIGHBOUR, 'lladdr', '02:00:00:00:00:99', 'dev', 'outer');
}

const count = (text: string, what: RegExp): number => text.match(new RegExp(what, 'gm'))?.length ?? 0;

describe('a namespace that is deleted', { skip: unable }, () => {
	test('ends the run when it was the only one', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json']).ready();
		netns.drop(3);
		await until('the drops', () => dropsOf(run.lines()).length === 3);
		netns.delete();
		assert.equal(await run.end(5000), 0);
		assert.match(run.stderr, new RegExp(`^droptrace: network namespace ${netns.name} is gone`, 'm'));
		assert.equal(endOf(run.lines()).drops, 3);
	});

	test('is told once, and the other one is watched on', async (t) => {
		const one = new Netns(t);
		const other = new Netns(t);
		const run = await new Run(t, ['--netns', `${one.name},${other.name}`, '--json']).ready();
		one.delete();
		const note = new RegExp(`^droptrace: network namespace ${one.name} is gone`);
		await until('the note', () => count(run.stderr, note) > 0);
		other.drop(2);
		await until('drops of the other', () => dropsOf(run.lines()).length === 2);
		// the tool looks twice a second
		await assert.rejects(
			until('a second note', () => count(run.stderr, note) > 1, 1500),
			/in vain for a second note/,
			run.stderr,
		);
		assert.equal(await run.interrupt(), 0);
		assert.deepEqual(
			dropsOf(run.lines()).map(({ netns }) => netns?.name),
			[other.name, other.name],
		);
	});

	test('and both, one after the other, end the run', async (t) => {
		const one = new Netns(t);
		const other = new Netns(t);
		const run = await new Run(t, ['--netns', `${one.name},${other.name}`, '--json']).ready();
		one.delete();
		await until('the note', () => run.stderr.includes(`${one.name} is gone`));
		assert.equal(run.outcome, undefined, 'still runs');
		other.delete();
		assert.equal(await run.end(5000), 0);
		assert.match(run.stderr, new RegExp(`^droptrace: network namespace ${other.name} is gone`, 'm'));
	});

	test('is not confused with a new one of that name', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json']).ready();
		await run.freeze();
		// keeps the number of the first one from being given to the second
		const first = openSync(netns.path, 'r');
		t.after(() => closeSync(first));
		netns.delete();
		netns.add();
		netns.drop(5);
		run.thaw();
		assert.equal(await run.end(5000), 0);
		assert.match(run.stderr, new RegExp(`^droptrace: network namespace ${netns.name} is gone`, 'm'));
		assert.equal(endOf(run.lines()).events, 0);
	});

	test('and was never there: a mistake', async (t) => {
		const run = new Run(t, ['--netns', `nt-${process.pid}-none`]);
		assert.equal(await run.end(), 2);
		assert.match(run.stderr, /^droptrace: no network namespace .* \[bad-netns\]\n$/);
	});
});

describe('an interface that is deleted', { skip: unable }, () => {
	test('is told once, and one of that name that comes later is watched', async (t) => {
		const netns = new Netns(t);
		plug(netns);
		const run = await new Run(t, ['--netns', netns.name, '-i', 'inner', '-p', 'udp', '--json']).ready();
		netns.drop(1);
		netns.drop(2, { ip: NEIGHBOUR });
		await until('drops of the first', () => dropsOf(run.lines()).length === 2);
		netns.ip('link', 'delete', 'outer');
		const note = /^droptrace: interface inner is gone/;
		await until('the note', () => count(run.stderr, note) > 0, 5000);
		plug(netns);
		netns.drop(1);
		netns.drop(3, { ip: NEIGHBOUR });
		await until('drops of the second', () => dropsOf(run.lines()).length === 5);
		assert.equal(await run.interrupt(), 0);
		assert.equal(count(run.stderr, note), 1, run.stderr);
		assert.ok(dropsOf(run.lines()).every(({ device }) => device?.name === 'inner'));
	});

	test('and was never there: a mistake', async (t) => {
		const netns = new Netns(t);
		const run = new Run(t, ['--netns', netns.name, '-i', 'inner']);
		assert.equal(await run.end(), 2);
		assert.match(run.stderr, /^droptrace: no interface 'inner' .* \[bad-interface\]\n$/);
	});
});
