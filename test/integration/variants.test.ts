/** Parts of the program that only some options bring in: each kernel's verifier has to take them, and they have to do what they say. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { selectPoints } from '../../src/catalogue/select.ts';
import { kernelRelease } from '../../src/kernel/release.ts';
import { bestFor } from '../../src/trace/backends.ts';
import { PROJECT } from '../cli/programs.ts';
import { missing } from '../cli/requirements.ts';
import { until } from './healthy.ts';
import { makeNamespaces, removeNamespaces } from './netns.ts';
import { CLIENT, Network, ROUTER, SERVER } from './network.ts';
import { Tracer } from './tracer.ts';

const unable = missing(['root', 'tracing', 'netns']);
const NOTHING = { trace: undefined, exclude: [], matcher: [], free: [], stack: [], functions: [], returns: false } as const;
const functions: ReturnType<typeof bestFor> = unable ? { why: unable } : bestFor(selectPoints(NOTHING, true).points);
const RATE = 5;
const SENT = 200;
const LOOPED = 50;
/** bytes of headers */
const IP = 20;
const UDP = 8;
const INNER = 'icmp and host 10.0.0.7';

describe('options', { skip: unable }, () => {
	test('--inner and --rate-limit, alone and together with others', async () => {
		const [netns = ''] = makeNamespaces('variants');
		execFileSync('ip', ['-n', netns, 'link', 'set', 'lo', 'up']);
		const helper = (name: string, ...words: string[]) =>
			execFileSync(join(PROJECT, 'test/cli/helpers', name), words, { env: { ...process.env, NETNS: netns } });
		const all = new Tracer(['--netns', netns]);
		const inner = new Tracer(['--netns', netns, '--inner', INNER]);
		const none = new Tracer(['--netns', netns, '--inner', 'icmp and host 10.0.0.8']);
		const both = new Tracer(['--netns', netns, '--inner', INNER, '--stack', '-p', 'udp', 'dst port 6081']);
		const limited = new Tracer(['--netns', netns, '--dport', '9', '--rate-limit', String(RATE)]);
		const tracers = [all, inner, none, both, limited];
		await Promise.all(tracers.map((tracer) => tracer.ready()));
		helper('drop-tunnelled');
		helper('drop-packets', String(SENT));
		await until(
			'all drops',
			() => (all.drops.filter(({ packet }) => packet.proto === 'udp').length >= SENT + 2 ? true : undefined),
			60_000,
		);
		await Promise.all(tracers.map((tracer) => tracer.stop()));
		removeNamespaces();
		for (const { status, stderr, end, nested } of tracers) {
			assert.equal(status, 0, stderr);
			assert.equal(end?.lost, nested);
		}
		assert.deepEqual(
			inner.drops.map(({ packet }) => [packet.dport, packet.tunnel?.vni, packet.inner?.daddr]),
			[
				[4789, 42, '10.0.0.7'],
				[6081, 42, '10.0.0.7'],
			],
		);
		assert.equal(none.drops.length, 0);
		assert.deepEqual(
			both.drops.map(({ packet }) => packet.dport),
			[6081],
		);
		assert.ok(limited.drops.length >= RATE && limited.drops.length < SENT, `${limited.drops.length} of ${SENT}`);
		const held = limited.others.map((line) => JSON.parse(line) as { type: string; count: number });
		assert.equal(
			held.reduce((sum, { count }) => sum + count, limited.drops.length),
			SENT,
		);
	});

	test('--hooks tells which functions a hook calls, by packets and point by point', {
		skip: functions.backend ? false : functions.why,
	}, async (t) => {
		const network = new Network('hooks');
		const chain = (hook: string) =>
			`chain ${hook} { type filter hook ${hook} priority 0; policy accept; ct state new udp dport 9 counter; }`;
		network.run('router', 'nft', ['-f', '-'], `table ip hooks {\n${chain('prerouting')}\n${chain('input')}\n}`);
		const words = ['-t', 'ip_rcv,udp_rcv', '--netns', network.namespaces.join(','), '--hooks', 'udp', 'dst', 'port', '9'];
		const whole = new Tracer(words, 'nettrace');
		const basic = new Tracer(['--basic', ...words], 'nettrace');
		for (const tracer of [whole, basic]) t.after(() => tracer.clean());
		await Promise.all([whole.ready(), basic.ready()]);
		const sender = network.udp('client', CLIENT, 0);
		sender.sendTo(ROUTER, 9, 'x');
		sender.close();
		await until('the packet', () => (whole.paths.length > 0 && basic.others.length > 0 ? true : undefined), 30_000);
		await Promise.all([whole.stop(), basic.stop()]);
		network.close();
		const expected = ['ipv4 PRE_ROUTING', 'ipv4 INPUT'];
		const hooks = (events: readonly { note?: string; functions?: string[] }[]) =>
			events.filter(({ note, functions }) => expected.includes(note ?? '') && functions?.some((name) => /^nft_do_chain/.test(name)));
		assert.deepEqual(
			hooks(whole.paths.flatMap(({ events }) => events)).map(({ note }) => note),
			expected,
			JSON.stringify(whole.paths),
		);
		assert.equal(hooks(basic.others.map((line) => JSON.parse(line))).length, expected.length);
		// those of conntrack come before and behind it, so that a list has more than one; all are functions with a name
		const listed = whole.paths.flatMap(({ events }) => events.flatMap((event) => event.functions ?? []));
		assert.ok(listed.includes('ipv4_conntrack_in'), listed.join(' '));
		assert.deepEqual(
			listed.filter((name) => name.startsWith('0x')),
			[],
			listed.join(' '),
		);
	});

	test('a packet that a filter takes in the middle of its way is followed from there to its end', async (t) => {
		const network = new Network('middle');
		// nothing among these says that a packet changes hands
		const points = ['__ip_local_out', 'ip_output', 'net:netif_receive_skb', 'ip_rcv', 'udp_rcv'].join(',');
		const tracer = new Tracer(['-t', points, '--netns', network.netns('server'), 'udp', 'dst', 'port', '9'], 'nettrace');
		t.after(() => tracer.clean());
		await tracer.ready();
		const there = network.udp('server', SERVER, 9);
		const here = network.udp('client', CLIENT, 0);
		for (let i = 0; i < 3; i++) here.sendTo(SERVER, 9, 'x');
		for (let i = 0; i < 3; i++) await until('the datagrams', () => there.receive());
		for (const socket of [here, there]) socket.close();
		await tracer.stop();
		network.close();
		assert.equal(tracer.paths.length, 3);
		for (const { events, open } of tracer.paths) {
			const names = events.map(({ point }) => point);
			assert.equal(names[0], 'net:netif_receive_skb');
			if (!functions.backend) continue;
			assert.deepEqual(names.slice(0, 3), ['net:netif_receive_skb', 'ip_rcv', 'udp_rcv']);
			// newer kernels give memory back to the CPU that it came from, which may take until after the end
			assert.ok(!open || names.at(-1) === 'udp_rcv', JSON.stringify(events));
		}
	});

	test('what nobody wanted where it was sent is followed from where it is received', async (t) => {
		const network = new Network('received');
		const netns = network.netns('server');
		const inThere = new Tracer(['--netns', netns, '-p', 'udp', '--dport', '9'], 'nettrace');
		// while a datagram is sent, its length does not stand in it yet
		const ofLength = new Tracer(['--netns', netns, '-p', 'udp', '--dport', '10', '--pkt-len', String(IP + UDP + 1)], 'nettrace');
		for (const tracer of [inThere, ofLength]) t.after(() => tracer.clean());
		await Promise.all([inThere.ready(), ofLength.ready()]);
		const there = [9, 10].map((port) => network.udp('server', SERVER, port));
		const here = [network.udp('client', CLIENT, 0), network.udp('server', SERVER, 0)];
		for (const i of [0, 1]) {
			here[i]?.sendTo(SERVER, 9 + i, 'x');
			await until('the datagram', () => there[i]?.receive());
		}
		for (const socket of [...here, ...there]) socket.close();
		await Promise.all([inThere.stop(), ofLength.stop()]);
		for (const { paths } of [inThere, ofLength]) {
			assert.equal(paths.length, 1);
			const names = paths[0]?.events.map(({ point }) => point) ?? [];
			for (const name of ['net:netif_receive_skb', ...(functions.backend ? ['udp_rcv'] : [])])
				assert.ok(names.includes(name), names.join());
		}
		for (const { netns: seen } of inThere.paths[0]?.events ?? []) if (seen !== undefined) assert.equal(seen.inode, network.inode('server'));
		network.close();
	});

	test('over loopback the wanted among others are seen from end to end', {
		skip: functions.backend ? false : 'what was refused is only kept where functions are seen',
	}, async (t) => {
		const network = new Network('looped');
		const tracer = new Tracer(['-p', 'udp', '--addr', SERVER, '--dport', '9'], 'nettrace');
		t.after(() => tracer.clean());
		await tracer.ready();
		const there = [9, 10].map((port) => network.udp('server', SERVER, port));
		const here = network.udp('server', SERVER, 0);
		for (let i = 0; i < LOOPED; i++) {
			for (const [at, socket] of there.entries()) {
				here.sendTo(SERVER, 9 + at, 'x');
				await until('the datagram', () => socket.receive());
			}
		}
		for (const socket of [here, ...there]) socket.close();
		await tracer.stop();
		network.close();
		assert.equal(tracer.paths.length, LOOPED);
		for (const { events } of tracer.paths) {
			const names = events.map(({ point }) => point);
			for (const name of ['__ip_local_out', 'net:netif_rx', 'net:netif_receive_skb', '__udp_enqueue_schedule_skb'])
				assert.ok(names.includes(name), names.join());
		}
	});

	test('--tiny-show has the same points, in the same order, and loses nothing', async (t) => {
		const network = new Network('tiny');
		const words = ['--netns', network.namespaces.join(','), 'udp', 'dst', 'port', '9'];
		const whole = new Tracer(words, 'nettrace');
		const tiny = new Tracer(['--tiny-show', ...words], 'nettrace');
		for (const tracer of [whole, tiny]) t.after(() => tracer.clean());
		await Promise.all([whole.ready(), tiny.ready()]);
		const there = network.udp('server', SERVER, 9);
		const here = network.udp('client', CLIENT, 0);
		for (let i = 0; i < 3; i++) here.sendTo(SERVER, 9, 'x');
		for (let i = 0; i < 3; i++) await until('the datagrams', () => there.receive());
		for (const socket of [here, there]) socket.close();
		await Promise.all([whole.stop(), tiny.stop()]);
		network.close();
		const ways = ({ paths }: Tracer) => paths.map(({ verdict, events }) => [verdict, ...events.map(({ point }) => point)]);
		assert.equal(tiny.paths.length, 3, tiny.stderr);
		assert.deepEqual(ways(tiny), ways(whole));
		for (const { end } of [whole, tiny]) assert.equal(end?.lost, 0);
	});

	test('where a function is given a pointer to the pointer to a packet, it is seen all the same', {
		skip: functions.backend ? false : functions.why,
	}, async (t) => {
		const network = new Network('double');
		network.run('router', 'ip', ['link', 'add', 'br0', 'type', 'bridge']);
		network.run('router', 'ip', ['link', 'set', 'rc', 'master', 'br0']);
		network.run('router', 'ip', ['link', 'set', 'br0', 'up']);
		network.run('client', 'ip', ['neigh', 'replace', ROUTER, 'lladdr', '02:00:00:00:00:01', 'dev', 'c0']);
		const points = ['net:net_dev_queue', 'net:netif_receive_skb', 'br_handle_frame'];
		// types of modules are there since 5.11
		const [unknown] = selectPoints({ ...NOTHING, trace: points }, true).missing;
		if (unknown) {
			network.close();
			return t.skip(`${unknown.name}: ${unknown.why}`);
		}
		const tracer = new Tracer(['-t', points.join(), '--netns', network.namespaces.join(','), '-p', 'udp', '--dport', '9'], 'nettrace');
		t.after(() => tracer.clean());
		await tracer.ready();
		const here = network.udp('client', CLIENT, 0);
		here.sendTo(ROUTER, 9, 'x');
		await until('the packet', () => (tracer.paths.length > 0 ? true : undefined), 30_000);
		here.close();
		await tracer.stop();
		network.close();
		const names = tracer.paths[0]?.events.map(({ point }) => point) ?? [];
		assert.deepEqual(names.slice(0, 3), points, tracer.stderr);
	});

	test('a packet that GRO merges into another is said to go on in that one', {
		skip: functions.backend ? (hasGro() ? false : 'veth of this kernel has no GRO') : functions.why,
	}, async (t) => {
		const network = new Network('gro');
		// segments as they are on a wire, and a device that takes them in as hardware does
		network.run('client', 'ethtool', ['-K', 'c0', 'tso', 'off', 'gso', 'off']);
		network.run('router', 'ethtool', ['-K', 'rc', 'gro', 'on']);
		const words = ['-t', 'net:net_dev_queue,skb_gro_receive,ip_rcv', '--netns', network.namespaces.join(','), '-p', 'tcp', '--dport', '7'];
		const tracer = new Tracer([...words, '--force'], 'nettrace');
		t.after(() => tracer.clean());
		await tracer.ready();
		const [client, router] = [network.netns('client'), network.netns('router')];
		const listen = `ip netns exec ${router} nc -l ${ROUTER} 7 >/dev/null & while ! ip netns exec ${router} ss -Hltn | grep -q :7; do sleep 0.1; done`;
		execFileSync('bash', ['-c', `${listen}; head -c 500000 /dev/zero | ip netns exec ${client} nc -N ${ROUTER} 7; wait`]);
		await tracer.stop();
		network.close();
		const merged = tracer.paths.filter(({ events }) => events.some(({ point }) => point === 'skb_gro_receive'));
		assert.ok(merged.length > 0, JSON.stringify(tracer.paths.slice(0, 5)));
		for (const { changes, events } of merged) {
			const at = events.findIndex(({ point }) => point === 'skb_gro_receive');
			const { skb, note } = events[at] ?? {};
			const change = changes.find(({ what }) => what === 'merge');
			assert.deepEqual([change?.from, note], [skb, `into ${change?.to}`]);
			// it is not it that goes on
			assert.ok(!events.slice(at).some((event) => event.skb === skb && event.point === 'ip_rcv'), JSON.stringify(events));
		}
		assert.ok(
			merged.some(({ verdict, open }) => verdict === 'consumed' && open === undefined),
			JSON.stringify(merged),
		);
	});
});

/** Since 5.13 (drivers/net/veth.c, NETIF_F_GRO). */
function hasGro(): boolean {
	const [major = 0, minor = 0] = kernelRelease().split('.').map(Number);
	return major > 5 || (major === 5 && minor >= 13);
}
