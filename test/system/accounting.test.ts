/** Every packet that the kernel dropped is either shown or counted as lost: by the kernel's own count, exactly. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { unable } from './here.ts';
import { type Account, accountOf } from './lines.ts';
import { Netns } from './netns.ts';
import { flood, Refuser } from './programs.ts';
import { Run, temporaryFolder } from './run.ts';
import { until } from './until.ts';

const PORT = 4000;
const SENDERS = 2;
/** hundreds of megabytes of JSON go there */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

interface Flooded {
	dropped: number;
	account: Account;
	status: number | string | null;
}

/** A flood of two senders against a socket that refuses everything; `meanwhile` disturbs the run, and can wait for the flood's end. */
async function flooded(
	t: TestContext,
	each: number,
	words: readonly string[],
	meanwhile?: (run: Run, senders: Promise<unknown>) => Promise<void>,
): Promise<Flooded> {
	const netns = new Netns(t);
	const output = join(temporaryFolder(t, MEMORY), 'out');
	await new Refuser(t, netns, 'refuser').open(PORT);
	const run = await new Run(t, ['--netns', netns.name, '--all', '--json', '-o', output, ...words]).ready();
	const before = netns.dropped();
	const senders = Promise.all(Array.from({ length: SENDERS }, () => flood(t, netns, each, PORT)));
	await until('the flood to begin', () => netns.dropped() > before);
	await meanwhile?.(run, senders);
	await senders;
	const dropped = netns.dropped() - before;
	assert.equal(dropped, SENDERS * each, 'every datagram was refused');
	const status = await run.interrupt();
	return { dropped, account: accountOf(output), status };
}

/** Shown and lost together are what was dropped. */
function assertExact({ dropped, account: { drops, lost, lostInRings } }: Flooded): void {
	// a drop inside a drop is skipped before its namespace is looked at: it may be of a packet elsewhere on this machine
	const elsewhere = lost - lostInRings;
	const told = drops + lost;
	assert.ok(
		told >= dropped && told - elsewhere <= dropped,
		`${dropped} dropped, ${drops} shown, ${lost} lost (${elsewhere} outside rings)`,
	);
}

describe('loss accounting', { skip: unable }, () => {
	test('a flood from two senders', async (t) => {
		const result = await flooded(t, 75_000, []);
		assertExact(result);
		assert.equal(result.status, 0);
	});

	test('a flood while the tool gets no time', async (t) => {
		const result = await flooded(t, 25_000, ['--strict'], async (run, senders) => {
			await run.freeze();
			await senders;
			run.thaw();
		});
		assertExact(result);
		assert.ok(result.account.lostInRings > 0, 'the rings were too small for that');
		assert.equal(result.status, 5);
	});

	test('a flood into small rings', async (t) => {
		const result = await flooded(t, 40_000, ['--buffer-size', '64k', '--strict']);
		assertExact(result);
		assert.ok(result.account.lostInRings > 0, 'the rings were too small for that');
		assert.equal(result.status, 5);
	});
});
