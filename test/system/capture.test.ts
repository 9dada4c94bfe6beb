/** Files of packets when something goes wrong: full disks, readers that leave or stop, a process that is killed. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { missing } from '../cli/requirements.ts';
import { blocksOf, type Capture, readCapture } from '../output/pcapng-reader.ts';
import { Disk } from './disk.ts';
import { unable } from './here.ts';
import { dropsOf, endOf } from './lines.ts';
import { Netns } from './netns.ts';
import { makePipe } from './pipe.ts';
import { reader } from './reader.ts';
import { Run, temporaryFolder } from './run.ts';
import { until } from './until.ts';

/** what a slow reader is waited for at the end, and some time to end in */
const GRACE_MS = 8000;
/** within which a reader that left is noticed, whatever else the machine does */
const LEFT_MS = 5000;

/** What the file says was lost. */
const lostOf = ({ statistics }: Capture): number => statistics.reduce((sum, { dropped }) => sum + Number(dropped ?? 0n), 0);

describe('files of packets', { skip: unable }, () => {
	for (const [name, count, size, words] of [
		['a few more packets than fit', 400, '64k', []],
		['more packets than are read at once', 7000, '512k', []],
		['and in small rings', 9000, '64k', ['--buffer-size', '256k']],
		['not even one', 100, '4k', ['--stack']],
	] as const) {
		test(`full disk: ${name}`, { skip: missing(['unshare']) }, async (t) => {
			const netns = new Netns(t);
			const disk = new Disk(t, size);
			const run = await new Run(t, ['--netns', netns.name, '--json', '-w', disk.output, ...words], disk).ready();
			disk.whileStopped(() => netns.drop(count));
			assert.equal(await run.end(), 1);
			assert.match(run.stderr, /"code":"output-failed","exit":1,.*disk\/out.*ENOSPC/);
			const capture = readCapture(disk.read());
			assert.equal(capture.packets.length + lostOf(capture), count, 'in the file and lost together');
			if (size !== '4k') assert.ok(capture.packets.length > 50, `room for more than ${capture.packets.length}`);
			const { lost } = endOf(run.lines());
			assert.equal(dropsOf(run.lines()).length + lost, count, 'lines have what the file has not');
			assert.ok(lost === 0 || words.length > 0, 'rings that are not small have room for all');
		});
	}

	test('of packets that were all dropped while nobody read have all of them', async (t) => {
		const netns = new Netns(t);
		const path = join(temporaryFolder(t), 'file');
		const run = await new Run(t, ['--netns', netns.name, '--json', '-w', path, '--snaplen', '65535']).ready();
		await run.freeze();
		netns.drop(6000);
		run.thaw();
		assert.equal(await run.interrupt(), 0);
		const capture = readCapture(readFileSync(path));
		const lines = dropsOf(run.lines());
		assert.deepEqual(
			capture.packets.map(({ time }) => String(time)),
			lines.map(({ time }) => time),
		);
		assert.equal(capture.packets.length, 6000);
		assert.equal(lostOf(capture), 0);
	});

	test('say what was lost in rings', async (t) => {
		const netns = new Netns(t);
		const path = join(temporaryFolder(t), 'file');
		const run = await new Run(t, ['--netns', netns.name, '--json', '-w', path, '--buffer-size', '64k', '--strict']).ready();
		await run.freeze();
		netns.drop(2000);
		run.thaw();
		assert.equal(await run.interrupt(), 5);
		const capture = readCapture(readFileSync(path));
		assert.ok(lostOf(capture) > 0);
		assert.equal(capture.packets.length + lostOf(capture), 2000);
		assert.equal(endOf(run.lines()).lost, lostOf(capture));
	});

	test('are whole when the process is killed', async (t) => {
		const netns = new Netns(t);
		const path = join(temporaryFolder(t), 'file');
		const run = await new Run(t, ['--netns', netns.name, '-w', path]).ready();
		netns.drop(3000);
		await until('some of them', () => readFileSync(path).length > 100_000);
		run.signal('SIGKILL');
		assert.equal(await run.end(), 'SIGKILL');
		assert.ok(blocksOf(readFileSync(path)).length > 100);
	});

	test('are emptied first, and not kept when they cannot be made', async (t) => {
		const folder = temporaryFolder(t);
		const netns = new Netns(t);
		writeFileSync(join(folder, 'file'), 'something else');
		const run = await new Run(t, ['--netns', netns.name, '-w', join(folder, 'file')]).ready();
		assert.equal(await run.interrupt(), 0);
		assert.deepEqual(readCapture(readFileSync(join(folder, 'file'))).packets, []);
		const refused = new Run(t, ['--netns', netns.name, '-w', join(folder, 'none', 'file')]);
		assert.equal(await refused.end(), 1);
		assert.match(refused.stderr, /^droptrace: cannot write .*none\/file: ENOENT.* \[output-open\]\n$/);
	});
});

describe('packets to a pipe', { skip: unable }, () => {
	test('whose reader leaves ends the run', async (t) => {
		const netns = new Netns(t);
		const pipe = makePipe(t);
		const run = await new Run(t, ['--netns', netns.name, '-w', '-'], { stdout: pipe.write }).ready();
		pipe.close('write');
		pipe.close('read');
		assert.equal(await run.end(LEFT_MS), 0);
		assert.match(run.stderr, /^tracing…[^\n]*\n$/, 'quietly');
	});

	test('whose reader stops for a while: what it reads and what is lost add up', async (t) => {
		const MANY = 30_000;
		const netns = new Netns(t);
		const pipe = makePipe(t);
		const { path, cat, ended } = reader(t, pipe.read);
		const run = await new Run(t, ['--netns', netns.name, '--all', '-w', '-', '--buffer-size', '64k'], { stdout: pipe.write }).ready();
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
		const capture = readCapture(readFileSync(path));
		assert.equal(capture.packets.length + lostOf(capture), MANY);
		assert.ok(lostOf(capture) > 0, 'a stopped reader costs something');
	});

	test('whose reader stopped do not keep Ctrl-C waiting', async (t) => {
		const netns = new Netns(t);
		const pipe = makePipe(t);
		const run = await new Run(t, ['--netns', netns.name, '--all', '-w', '-', '--strict'], { stdout: pipe.write }).ready();
		pipe.close('write');
		netns.drop(3000);
		assert.equal(await run.interrupt(), 5);
		assert.match(run.stderr, /, \d+ lost\n$/);
	});

	test('whose reader leaves do not spoil the lines, nor lines the packets', async (t) => {
		const netns = new Netns(t);
		const folder = temporaryFolder(t);
		const pipe = makePipe(t);
		const path = join(folder, 'file');
		const run = await new Run(t, ['--netns', netns.name, '--json', '-w', path], { stdout: pipe.write }).ready();
		pipe.close('write');
		netns.drop(50);
		await until('the packets', () => readFileSync(path).length > 10_000);
		pipe.close('read');
		netns.drop(1);
		assert.equal(await run.end(GRACE_MS), 0);
		const capture = readCapture(readFileSync(path));
		assert.ok(capture.packets.length >= 50);
		assert.equal(capture.statistics.length, 1, 'ended as it should be');
	});
});
