/** An output that cannot take everything: the file is still whole, and says what is missing. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { missing } from '../cli/requirements.ts';
import { Disk } from './disk.ts';
import { unable } from './here.ts';
import { dropsOf, endOf, parseLines } from './lines.ts';
import { Netns } from './netns.ts';
import { Run, temporaryFolder } from './run.ts';

describe('full disk', { skip: unable || missing(['unshare']) }, () => {
	for (const [name, count, words] of [
		['a few more drops than fit', 500, []],
		['more drops than are read at once', 9000, []],
		['and in small rings', 9000, ['--buffer-size', '256k']],
	] as const) {
		test(name, async (t) => {
			const netns = new Netns(t);
			const disk = new Disk(t, '64k');
			const run = await new Run(t, ['--netns', netns.name, '--json', '-o', disk.output, ...words], disk).ready();
			disk.whileStopped(() => netns.drop(count));

			assert.equal(await run.end(), 1);
			const complaints = run.stderr.split('\n').filter((line) => line.includes('"type":"error"'));
			assert.equal(complaints.length, 1, run.stderr);
			assert.match(complaints[0] ?? '', /"code":"output-failed","exit":1,.*disk\/out.*ENOSPC/);
			const lines = parseLines(disk.read().toString());
			assert.equal(lines[0]?.type, 'start');
			const drops = dropsOf(lines).length;
			assert.ok(drops > 10, `the disk has room for more than ${drops} drops`);
			assert.equal(drops + endOf(lines).lost, count, 'shown and lost together');
		});
	}

	test('a disk that cannot be written at all', async (t) => {
		const netns = new Netns(t);
		const folder = temporaryFolder(t);
		const script = 'mount -t tmpfs -o ro none "$FOLDER" && exec "$@"';
		const run = new Run(t, ['--netns', netns.name, '-o', join(folder, 'out')], {
			prefix: ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh'],
			env: { FOLDER: folder },
		});
		assert.equal(await run.end(), 1);
		assert.equal(run.stdout, '');
		assert.match(run.stderr, /^droptrace: cannot write .*EROFS.* \[output-open\]\n$/);
	});
});
