/** Packets followed by nettrace, with each backend that this kernel has: the points they pass, in order, and nothing of others. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { resolvePoints } from '../../src/catalogue/resolve.ts';
import { selectPoints } from '../../src/catalogue/select.ts';
import { Reasons } from '../../src/kernel/reasons.ts';
import { BACKENDS, type BackendName, whyNot } from '../../src/trace/backends.ts';
import { missing } from '../cli/requirements.ts';
import { until } from './healthy.ts';
import { Network } from './network.ts';
import { BESIDE, beside, bridge, type ExpectedPath, PATH_CASES, PING, PORT, type Sight } from './paths.ts';
import { type PathLine, Tracer } from './tracer.ts';

const unable = missing(['root', 'tracing', 'netns']);
const FILTER = `((udp or tcp) and port ${PORT}) or (icmp and icmp[4:2] == ${PING}) or arp or (icmp6 and (ip6[40] == 135 or ip6[40] == 136))`;
const NOTHING = { trace: undefined, exclude: [], matcher: [], free: [], stack: [], functions: [], returns: false } as const;
/** Devices and ends are seen with tracepoints alone. */
const isTracepoint = ({ point }: Sight): boolean => point.includes(':');

/** All that there are, or those named in the environment (scripts/test-in-guest). */
const asked = process.env.BACKENDS?.split(' ') ?? Object.keys(BACKENDS);
const names = (Object.keys(BACKENDS) as BackendName[]).filter(
	(name) => asked.includes(name) && (unable || whyNot(name, selectPoints(NOTHING, true).points) === undefined),
);

for (const backend of names) {
	describe(`the ways of packets, by ${backend}`, { skip: unable }, () => {
		let network: Network;
		let tracer: Tracer;

		before(async () => {
			network = new Network(`way-${names.indexOf(backend)}`);
			bridge(network);
			tracer = new Tracer(['--netns', network.namespaces.join(','), '--backend', backend, FILTER], 'nettrace');
			await tracer.ready();
			for (const each of PATH_CASES) {
				await beside(network);
				await each.traffic(network);
			}
			// of packets whose end is not seen everything is told at the end
			await until('records to be read', () => (tracer.paths.length > 0 ? true : undefined));
			await tracer.stop();
		});

		after(async () => {
			network?.close();
			tracer?.clean();
		});

		for (const each of PATH_CASES)
			for (const packet of each.packets) test(`${each.name}: ${packet.name}`, () => check(packet, tracer.paths, network, backend));

		test('packets beside them are not followed', () => {
			assert.deepEqual(
				tracer.paths.filter(({ packet }) => packet.dport === BESIDE || packet.sport === BESIDE),
				[],
			);
		});

		test('everything was attached, and nothing lost', () => {
			assert.equal(tracer.status, 0, tracer.stderr);
			assert.equal(tracer.start?.backend, backend);
			assert.equal(tracer.end?.lost, 0);
			assert.equal(tracer.end?.skipped, 0);
			assert.equal(tracer.end?.packets, tracer.paths.length);
		});

		test('no two packets have one number, and times do not go back', () => {
			assert.equal(new Set(tracer.paths.map(({ id }) => id)).size, tracer.paths.length);
			for (const { events } of tracer.paths)
				for (const [i, { ktime }] of events.entries()) assert.ok(i === 0 || BigInt(ktime) >= BigInt(events[i - 1]!.ktime));
		});
	});
}

/** Points that some case names, as far as this kernel has them. */
const counting = new Set(PATH_CASES.flatMap(({ packets }) => packets.flatMap(({ sights }) => sights.map(({ point }) => point))));

function check(
	{ is, sights, verdict, reason, changes = [], beforeCopy = sights.length }: ExpectedPath,
	paths: readonly PathLine[],
	network: Network,
	backend: BackendName,
): void {
	const functions = backend !== 'tracepoints';
	const found = paths.filter(({ packet }) => is(packet));
	// a clone that outlives what it was made of is a packet of its own where nothing tells that it is one
	if (functions) assert.equal(found.length, 1, `${found.length} packets instead of one: ${JSON.stringify(found)}`);
	const [path] = found.sort((a, b) => b.events.length - a.events.length);
	assert.ok(path, 'it was not seen');
	const unwatched = new Set(unattachable());
	const wanted = sights
		.slice(0, functions ? sights.length : beforeCopy)
		.filter((sight) => (functions || isTracepoint(sight)) && !unwatched.has(sight.point));
	const hosts = new Map((['client', 'router', 'server'] as const).map((host) => [network.inode(host), host]));
	const seen = path.events
		.filter(({ point }) => counting.has(point) && (functions || wanted.some((sight) => sight.point === point)))
		.filter(({ point }) => point !== 'skb:kfree_skb' || wanted.some((sight) => sight.point === point));
	assert.deepEqual(
		seen.map(({ point }) => point),
		wanted.map(({ point }) => point),
		JSON.stringify(path),
	);
	for (const [i, { host }] of wanted.entries()) {
		const { netns, point } = seen[i]!;
		if (host !== undefined && netns !== undefined) assert.equal(hosts.get(netns.inode), host, point);
	}
	// memory is given back by another CPU when it has time, which may be after the end
	if (functions && verdict !== undefined) assert.equal(path.verdict, path.open && verdict === 'delivered' ? 'open' : verdict);
	if (reason !== undefined && new Reasons().available) assert.equal(path.events.at(-1)?.reason, reason);
	for (const { from, to } of path.changes) assert.ok(from !== '' && to !== '' && from !== to, JSON.stringify(path));
	if (functions)
		assert.deepEqual(
			[...new Set(path.changes.map(({ what }) => what))].filter((what) => changes.includes(what)),
			changes,
		);
}

/** Points that this kernel has in another form: what stands in for them is not the same. */
function unattachable(): string[] {
	const points = PATH_CASES.flatMap(({ packets }) => packets.flatMap(({ sights }) => sights.map(({ point }) => point)));
	const all = selectPoints({ ...NOTHING, trace: [...new Set(points)] }, true, resolvePoints);
	return all.missing.map(({ name }) => name);
}
