/** Whose socket it was: shown, and chosen by --comm. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kernelBtf, tracepointArguments } from '../../src/kernel/btf.ts';
import { unable } from './here.ts';
import { dropsOf } from './lines.ts';
import { Netns } from './netns.ts';
import { Refuser } from './programs.ts';
import { Run } from './run.ts';
import { until } from './until.ts';

/** The kernel hands over the receiving socket since 6.11. */
const unknown = () => ((tracepointArguments(kernelBtf(), 'kfree_skb') ?? 0) > 3 ? false : 'this kernel does not tell who was to receive');

describe('owner of the socket', { skip: unable || unknown() }, () => {
	test('is the process that has it open, not the one that sent', async (t) => {
		const netns = new Netns(t);
		const { pid } = await new Refuser(t, netns, 'nt one').open(4000);
		const run = await new Run(t, ['--netns', netns.name, '--json', '-c', '5']).ready();
		netns.drop(5, { port: 4000 });
		assert.equal(await run.end(), 0);
		for (const { reason, process } of dropsOf(run.lines())) {
			assert.equal(reason, 'SOCKET_FILTER');
			assert.deepEqual(process, { pid, comm: 'nt one' });
		}
	});

	test('is nobody where nobody listens', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json', '-c', '1']).ready();
		netns.drop(1);
		assert.equal(await run.end(), 0);
		assert.equal(dropsOf(run.lines())[0]?.process, undefined);
	});

	test('--comm chooses by it, from a list too', async (t) => {
		const netns = new Netns(t);
		for (const [port, comm] of [
			[4001, 'nt-one'],
			[4002, 'nt-two'],
			[4003, 'nt-three'],
		] as const)
			await new Refuser(t, netns, comm).open(port);
		const run = await new Run(t, ['--netns', netns.name, '--json', '--comm', 'nt-one,nt-three', '-c', '20']).ready();
		for (let i = 0; i < 10; i++) for (const port of [4001, 4002, 4003, 9]) netns.drop(1, { port });
		assert.equal(await run.end(), 0);
		const seen = dropsOf(run.lines()).map(({ process, packet }) => `${process?.comm} ${packet.dport}`);
		assert.deepEqual(seen, Array.from({ length: 10 }, () => ['nt-one 4001', 'nt-three 4003']).flat());
	});

	// all of /proc is only searched now and then; what is not known yet must not be taken for somebody else's
	test('--comm knows a socket from its first moment', async (t) => {
		const netns = new Netns(t);
		const early = await new Refuser(t, netns, 'nt-early').open(4001);
		const late = await new Refuser(t, netns, 'nt-late').open(4002);
		const run = await new Run(t, ['--netns', netns.name, '--json', '--comm', 'nt-late']).ready();
		netns.drop(1, { port: 4002 });
		await until('the first', () => dropsOf(run.lines()).length === 1);
		await early.open(4003);
		await late.open(4004);
		for (const port of [4003, 4004, 4004]) netns.drop(1, { port });
		assert.equal(await run.interrupt(), 0);
		assert.deepEqual(
			dropsOf(run.lines()).map(({ packet }) => packet.dport),
			[4002, 4004, 4004],
		);
	});
});
