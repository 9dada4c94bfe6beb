/** Readers of standard output that leave, stop, or are not pipes. */
import assert from 'node:assert/strict';
import { constants, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { unable } from './here.ts';
import { attached } from './kernel-objects.ts';
import { accountOf, dropsOf, endOf, type JsonLine, parseLines } from './lines.ts';
import { Netns } from './netns.ts';
import { makePipe } from './pipe.ts';
import { reader } from './reader.ts';
import { Run } from './run.ts';
import { until } from './until.ts';

/** more than a pipe, what the tool keeps for a slow reader, and small rings can hold */
const MANY = 30_000;
/** what a slow reader is waited for at the end, and some time to end in */
const GRACE_MS = 8000;
/** within which a reader that left is noticed, whatever else the machine does */
const LEFT_MS = 5000;

/** What the summary on standard error says was lost. */
const lostBy = (stderr: string): number => Number(/(\d+) lost\n$/.exec(stderr)?.[1]);

/** Lines that came through as a whole. */
const complete = (text: string): JsonLine[] =>
	text
		.split('\n')
		.slice(0, -1)
		.map((line) => JSON.parse(line) as JsonLine);

describe('readers', { skip: unable }, () => {
	test('one that leaves when nothing is dropped any more ends the run', async (t) => {
		const netns = new Netns(t);
		const pipe = makePipe(t);
		const run = await new Run(t, ['--netns', netns.name, '--json'], { stdout: pipe.write }).ready();
		pipe.close('write');
		const first = Buffer.alloc(65536);
		assert.match(first.toString('utf8', 0, readSync(pipe.read, first)), /^\{"type":"start".*\}\n$/);
		pipe.close('read');
		assert.equal(await run.end(LEFT_MS), 0);
		assert.match(run.stderr, /^tracing…[^\n]*\n$/, 'quietly');
	});

	test('and as a shell has it: | head -n 1', async (t) => {
		const netns = new Netns(t);
		const run = new Run(t, ['-c', 'droptrace --netns "$0" | head -n 1; echo "status $PIPESTATUS"', netns.name], {
			tool: 'bash',
			env: { PATH: `${join(import.meta.dirname, '../../../bin')}:${process.env.PATH}` },
		});
		await until('the probe', () => run.stderr.includes('tracing…'));
		netns.drop(1);
		assert.equal(await run.end(LEFT_MS), 0);
		assert.match(run.stdout, /NO_SOCKET UDP.*\nstatus 0\n$/);
	});

	test('one that stops for a while: what it reads and what is lost add up', async (t) => {
		const netns = new Netns(t);
		const pipe = makePipe(t);
		const { path, cat, ended } = reader(t, pipe.read);
		const run = await new Run(t, ['--netns', netns.name, '--all', '--json', '--buffer-size', '64k'], { stdout: pipe.write }).ready();
		pipe.close('write');
		cat.kill('SIGSTOP');
		for (let sent = 0; sent < MANY; sent += 100) {
			netns.drop(100);
			// gives the tool a chance to read its rings: the output is what must get full
			await new Promise(setImmediate);
		}
		cat.kill('SIGCONT');
		assert.equal(await run.interrupt(), 0);
		await ended;
		const { drops, lost } = accountOf(path);
		assert.equal(netns.dropped(), MANY);
		assert.equal(drops + lost, MANY, `${drops} read, ${lost} lost`);
		assert.ok(lost > 0, 'a stopped reader costs something');
	});

	test('one that stopped does not keep Ctrl-C waiting, and what it misses is counted', async (t) => {
		const netns = new Netns(t);
		const pipe = makePipe(t);
		const run = await new Run(t, ['--netns', netns.name, '--all', '--json', '--strict'], { stdout: pipe.write }).ready();
		pipe.close('write');
		netns.drop(3000);
		run.signal('SIGINT');
		const status = await run.end(GRACE_MS);
		const text = readFileSync(pipe.read, 'utf8');
		const lost = lostBy(run.stderr);
		const drops = dropsOf(complete(text)).length;
		assert.equal(drops + lost, 3000, `${drops} read, and: ${run.stderr}`);
		assert.equal(status, 5, '--strict');
	});

	test('nor does it when standard error goes there too', async (t) => {
		const netns = new Netns(t);
		const pipe = makePipe(t);
		const run = new Run(t, ['--netns', netns.name, '--all', '--json'], { stdout: pipe.write, stderr: pipe.write });
		await until('the probe', () => attached(run.pid));
		netns.drop(3000);
		run.signal('SIGINT');
		assert.equal(await run.end(GRACE_MS), 0);
	});

	test('others that write to the same pipe find it as it was', async (t) => {
		const netns = new Netns(t);
		const pipe = makePipe(t);
		await new Run(t, ['--netns', netns.name], { stdout: pipe.write }).ready();
		// a flag of the open file, which every process that inherited it shares
		const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${pipe.write}`, 'latin1'))?.[1];
		assert.equal(Number.parseInt(flags ?? '', 8) & constants.O_NONBLOCK, 0, 'it blocks');
	});
});

/** Standard output of services, and of programs that Node starts. */
describe('a socket as standard output', { skip: unable }, () => {
	test('is written to the end', async (t) => {
		const netns = new Netns(t);
		const run = new Run(t, ['--netns', netns.name, '--json', '-c', '5000'], { stdout: 'socket' });
		const text = run.socket.setEncoding('utf8').toArray() as Promise<string[]>;
		await run.ready();
		netns.drop(5000);
		assert.equal(await run.end(), 0);
		const lines = parseLines((await text).join(''));
		assert.equal(dropsOf(lines).length, 5000);
		assert.equal(endOf(lines).lost, 0);
	});

	test('whose reader leaves ends the run', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json'], { stdout: 'socket' }).ready();
		run.socket.destroy();
		assert.equal(await run.end(LEFT_MS), 0);
		assert.match(run.stderr, /^tracing…[^\n]*\n$/, 'quietly');
	});

	test('whose reader stopped does not keep Ctrl-C waiting', async (t) => {
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--all', '--json'], { stdout: 'socket' }).ready();
		netns.drop(3000);
		run.signal('SIGINT');
		assert.equal(await run.end(GRACE_MS), 0);
	});
});
