/** However a run ends, the kernel keeps nothing of it. */
import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { before, describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { libbpf } from '../../src/bpf/libbpf.ts';
import { mapShared, pageSize, unmap } from '../../src/bpf/libc.ts';
import { unable } from './here.ts';
import { attached, heldBy, type KernelObject, kernelObjects, nothingLeft } from './kernel-objects.ts';
import { endOf } from './lines.ts';
import { Netns } from './netns.ts';
import { makePipe } from './pipe.ts';
import { Run, type RunOptions } from './run.ts';
import { until } from './until.ts';

/** BPF_MAP_TYPE_RINGBUF */
const RINGBUF = 27;
/** After the start, where loading lies somewhere in between, ms. */
const MOMENTS = [0, 20, 50, 80, 110, 140, 170, 200, 240, 300, 400, 600];

describe('leftovers', { skip: unable }, () => {
	let earlier: KernelObject[];
	/** names of the programs and maps of a run */
	const names = new Set<string>();

	before(() => {
		earlier = kernelObjects();
	});

	const start = (t: TestContext, netns: Netns, words: readonly string[] = [], options: RunOptions = {}): Run =>
		new Run(t, ['--netns', netns.name, '--json', ...words], options);

	// without this the others would succeed on a machine where objects cannot be told
	test('a run holds a program, maps and a link, until it is interrupted', async (t) => {
		const run = await start(t, new Netns(t)).ready();
		const held = heldBy(run.pid);
		for (const { name } of held) names.add(name);
		for (const kind of ['prog', 'map', 'link'])
			assert.ok(
				held.find((object) => object.kind === kind),
				`no ${kind} seen of the run`,
			);
		assert.ok(
			[...names].every((name) => name !== ''),
			'every object has a name',
		);
		assert.equal(await run.interrupt(), 0);
		endOf(run.lines());
		await nothingLeft(earlier, names);
	});

	test('what nobody holds is noticed', async (t) => {
		const fd = libbpf.bpf_map_create(RINGBUF, 'nt_leftover', 0, 0, pageSize(), null);
		const { address } = mapShared(fd, pageSize(), 0, true);
		t.after(() => unmap(address, pageSize()));
		closeSync(fd);
		await assert.rejects(nothingLeft(earlier, new Set(['nt_leftover']), 100), /left behind: map \d+ \(nt_leftover\)/);
	});

	test('the end of --duration', async (t) => {
		const run = start(t, new Netns(t), ['--duration', '100ms']);
		assert.equal(await run.end(), 0);
		endOf(run.lines());
		await nothingLeft(earlier, names);
	});

	for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
		test(signal, async (t) => {
			const run = await start(t, new Netns(t)).ready();
			run.signal(signal);
			assert.equal(await run.end(), 0);
			endOf(run.lines());
			await nothingLeft(earlier, names);
		});
	}

	// before JavaScript listens, the signal ends the process as it ends any other
	for (const [signal, status, moments] of [
		['SIGINT', 0, MOMENTS],
		['SIGKILL', undefined, MOMENTS.filter((moment) => moment >= 80 && moment <= 300)],
	] as const) {
		test(`${signal} at any moment of the start`, async (t) => {
			const netns = new Netns(t);
			for (const moment of moments) {
				const run = start(t, netns);
				await pause(moment);
				run.signal(signal);
				const outcome = await run.end();
				assert.ok(outcome === status || outcome === signal, `status ${outcome} after ${moment} ms: ${run.stderr}`);
				if (signal === 'SIGINT') {
					if (run.stdout !== '') endOf(run.lines());
					else assert.equal(outcome, signal, `no lines, although it listened, after ${moment} ms`);
				}
			}
			await nothingLeft(earlier, names);
		});
	}

	test('kill -9 while it traces', async (t) => {
		const run = await start(t, new Netns(t)).ready();
		assert.ok(attached(run.pid));
		run.signal('SIGKILL');
		assert.equal(await run.end(), 'SIGKILL');
		await nothingLeft(earlier, names);
	});

	test('a second Ctrl-C', async (t) => {
		const netns = new Netns(t);
		// nobody reads, so that the first cannot empty the output at once
		const pipe = makePipe(t);
		const run = await start(t, netns, [], { stdout: pipe.write }).ready();
		netns.drop(1000);
		run.signal('SIGINT');
		await until('the probe to be taken off', () => !attached(run.pid));
		assert.equal(await run.interrupt(), 130);
		await nothingLeft(earlier, names);
	});

	test('an output that fails', async (t) => {
		const run = start(t, new Netns(t), ['-o', '/dev/full']);
		assert.equal(await run.end(), 1);
		await nothingLeft(earlier, names);
	});

	test('a reader that leaves', async (t) => {
		const netns = new Netns(t);
		const pipe = makePipe(t);
		const run = await start(t, netns, [], { stdout: pipe.write }).ready();
		pipe.close('read');
		netns.drop(1);
		assert.equal(await run.end(), 0);
		await nothingLeft(earlier, names);
	});
});
