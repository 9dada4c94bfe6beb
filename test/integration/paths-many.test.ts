/** Many packets: nothing of them stays in the kernel, no two share a block, and a budget holds. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { selectPoints } from '../../src/catalogue/select.ts';
import { compileFilter } from '../../src/filter/compile.ts';
import { monotonicNow, WallClock } from '../../src/kernel/clock.ts';
import { NetnsNames } from '../../src/kernel/netns.ts';
import { Reasons } from '../../src/kernel/reasons.ts';
import { Symbols } from '../../src/kernel/symbols.ts';
import { BACKENDS, type BackendName, whyNot } from '../../src/trace/backends.ts';
import { Grouper } from '../../src/trace/group.ts';
import type { Path } from '../../src/trace/path.ts';
import { PathTracer } from '../../src/trace/tracer.ts';
import { missing } from '../cli/requirements.ts';
import { CLIENT, Network, ROUTER } from './network.ts';

const unable = missing(['root', 'tracing', 'netns']);
const NOTHING = { trace: undefined, exclude: [], matcher: [], free: [], stack: [], functions: [], returns: false } as const;
const PORT = 7009;
/** An emulated machine takes its time (scripts/test-in-guest). */
const PACKETS = Number(process.env.MANY ?? 100_000);
const BURST = 500;

const best = unable
	? undefined
	: (Object.keys(BACKENDS) as BackendName[]).find(
			(name) => whyNot(name, selectPoints(NOTHING, name !== 'tracepoints').points) === undefined,
		);

describe(`${PACKETS} packets, by ${best}`, { skip: unable }, () => {
	let network: Network;
	let send: () => void;
	let receive: () => void;

	before(() => {
		network = new Network('many');
		const there = network.udp('router', ROUTER, PORT);
		const here = network.udp('client', CLIENT, 0);
		send = () => here.sendTo(ROUTER, PORT, 'one of many');
		receive = () => {
			while (there.receive() !== undefined);
		};
	});

	after(() => network.close());

	const follow = (budget: number | undefined): PathTracer =>
		new PathTracer({
			filter: compileFilter({ netns: network.namespaces.map((_, i) => network.inode((['client', 'router', 'server'] as const)[i]!)) }),
			expression: `udp dst port ${PORT}`,
			points: selectPoints(NOTHING, best !== 'tracepoints').points,
			backend: best as BackendName,
			ringBytes: 4 << 20,
			budget,
			joinClones: true,
			whole: false,
		});

	const sources = () => ({ reasons: new Reasons(), symbols: new Symbols(), names: new NetnsNames(), clock: new WallClock() });

	test('leave nothing in the tables, and each is one block', () => {
		const tracer = follow(undefined);
		const paths: Path[] = [];
		const { points } = selectPoints(NOTHING, best !== 'tracepoints');
		const grouper = new Grouper(points, sources(), (path) => paths.push(path));
		try {
			let most = 0;
			for (let sent = 0; sent < PACKETS; sent += BURST) {
				for (let i = 0; i < BURST; i++) send();
				receive();
				while (tracer.poll(100_000, (event) => grouper.add(event), true) > 0);
				grouper.expire(monotonicNow() - 50_000_000, tracer);
				most = Math.max(
					most,
					paths.reduce((longest, { events }) => Math.max(longest, events.length), 0),
				);
				paths.length = 0;
			}
			tracer.detach();
			while (tracer.poll(100_000, (event) => grouper.add(event), true) > 0);
			grouper.expire(Number.POSITIVE_INFINITY, tracer);
			assert.deepEqual(tracer.losses(), []);
			assert.equal(tracer.count('untracked'), 0);
			assert.equal(tracer.count('begun'), PACKETS);
			assert.deepEqual(tracer.followed, { packets: 0, heads: 0 });
			// addresses are used again all the time: a block of two packets would be twice as long
			assert.ok(most > 0 && most < 24, `a block of ${most} sights`);
		} finally {
			tracer.close();
		}
	});

	test('beyond the budget are counted, and not taken up on their way', () => {
		const tracer = follow(100);
		const begins = new Set<string>();
		const { points } = selectPoints(NOTHING, best !== 'tracepoints');
		const grouper = new Grouper(points, sources(), ({ events }) => begins.add(events[0]?.point ?? ''));
		try {
			const count = Math.min(PACKETS, 5000);
			for (let i = 0; i < count; i++) send();
			receive();
			while (tracer.poll(100_000, (event) => grouper.add(event), true) > 0);
			grouper.finish();
			const [begun, skipped] = [tracer.count('begun'), tracer.count('skipped')];
			assert.ok(begun >= 10 && begun < count, `${begun} begun`);
			assert.equal(begun + skipped, count);
			assert.equal(begins.size, 1, [...begins].join());
		} finally {
			tracer.close();
		}
	});
});
