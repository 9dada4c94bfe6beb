/** Packets' ways that must be seen: what is sent, and every sight of it that counts, in order. */
import { attachXdp, XDP } from './bpf.ts';
import { CLIENT, CLIENT6, type Host, MAC, type Network, ROUTER, ROUTER6, SERVER, SERVER6, upWithoutLinkLocal } from './network.ts';
import { echo } from './packets.ts';
import { Socket } from './socket.ts';
import type { PathLine } from './tracer.ts';

/** On which port packets are followed, and on which they must not be. */
export const PORT = 7007;
export const BESIDE = 7008;
export const PING = 4711;

export interface Sight {
	point: string;
	host?: Host;
}

export interface PathCase {
	name: string;
	/** Sends the packets, and has what is sent arrive. */
	traffic: (network: Network) => Promise<void>;
	packets: readonly ExpectedPath[];
}

export interface ExpectedPath {
	name: string;
	is: (packet: PathLine['packet']) => boolean;
	/** where functions are watched: exactly these of all points that any case names, in this order */
	sights: readonly Sight[];
	/** undefined: where it ends cannot be told on every kernel */
	verdict?: string;
	reason?: string;
	changes?: readonly string[];
	/** how many sights there are before it is copied to other memory: the rest is another packet's where only tracepoints load */
	beforeCopy?: number;
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Steps on the way through a device, at its end and at the other end. */
const out = (host: Host): Sight[] => [
	{ point: 'net:net_dev_queue', host },
	{ point: 'net:net_dev_start_xmit', host },
];
const local4 = (host: Host): Sight[] => [{ point: '__ip_local_out', host }, { point: 'ip_output', host }, ...out(host)];
const local6 = (host: Host): Sight[] => [{ point: 'ip6_local_out', host }, { point: 'ip6_output', host }, ...out(host)];
const in4 = (host: Host): Sight[] => [
	{ point: 'net:netif_receive_skb', host },
	{ point: 'ip_rcv', host },
];
const in6 = (host: Host): Sight[] => [
	{ point: 'net:netif_receive_skb', host },
	{ point: 'ipv6_rcv', host },
];
const through4 = (host: Host): Sight[] => [
	...in4(host),
	{ point: 'ip_forward', host },
	{ point: 'ip_forward_finish', host },
	{ point: 'ip_output', host },
	...out(host),
];

const segment =
	(flags: string, to: string) =>
	({ proto, daddr, tcp }: PathLine['packet']): boolean =>
		proto === 'tcp' && daddr === to && tcp?.flags === flags;

/** A segment of the client's connection to the server. */
const toServer: readonly Sight[] = [
	{ point: '__ip_queue_xmit', host: 'client' },
	...local4('client'),
	...through4('router'),
	...in4('server'),
	{ point: 'tcp_v4_rcv', host: 'server' },
];

/** An address behind the router that stands for the server. */
const TRANSLATED = '10.9.9.9';
const TRANSLATED_PORT = 7017;
const TRANSLATION = `table ip translation {
  chain prerouting { type nat hook prerouting priority -100; ip daddr ${TRANSLATED} udp dport ${PORT} dnat to ${SERVER}:${TRANSLATED_PORT}; }
}`;

const BRIDGED_CLIENT = '10.9.7.2';
const BRIDGED_SERVER = '10.9.7.1';

/** A second way from the client to the server, over a bridge in the router that knows where both are. Before tracing: it brings a module. */
export function bridge(network: Network): void {
	const ends = [
		['client', 'b0', BRIDGED_CLIENT, '02:00:00:00:07:02', 'p0', BRIDGED_SERVER, '02:00:00:00:07:01'],
		['server', 'b1', BRIDGED_SERVER, '02:00:00:00:07:01', 'p1', BRIDGED_CLIENT, '02:00:00:00:07:02'],
	] as const;
	const ip = (host: Host, lines: readonly string[]) => network.run(host, 'ip', ['-batch', '-'], lines.join('\n'));
	ip('router', ['link add br0 type bridge', ...upWithoutLinkLocal('br0')]);
	for (const [host, device, address, mac, port, peer, peerMac] of ends) {
		ip('router', [
			`link add ${port} type veth peer name ${device} netns ${network.netns(host)}`,
			`link set ${port} master br0`,
			...upWithoutLinkLocal(port),
		]);
		ip(host, [
			`link set ${device} address ${mac}`,
			...upWithoutLinkLocal(device),
			`address add ${address}/24 dev ${device}`,
			`neigh replace ${peer} lladdr ${peerMac} dev ${device} nud permanent`,
		]);
		network.run('router', 'bridge', ['fdb', 'replace', mac, 'dev', port, 'master', 'static']);
	}
	// a port forwards as soon as its carrier has been noticed
	network.run('router', 'sh', ['-c', 'until [ "$(bridge link | grep -c "state forwarding")" = 2 ]; do sleep 0.05; done']);
}

export const PATH_CASES: readonly PathCase[] = [
	{
		name: 'a ping through a router, and its answer',
		traffic: async (network) => {
			const raw = Socket.icmp(network.netns('client'));
			raw.sendTo(SERVER, 0, echo(PING, 1));
			await arrives(() => raw.receive());
			raw.close();
		},
		packets: [
			{
				name: 'the request',
				is: ({ icmp }) => icmp?.type === 8 && icmp.id === PING,
				sights: [
					...local4('client'),
					...through4('router'),
					...in4('server'),
					{ point: 'icmp_rcv', host: 'server' },
					{ point: 'icmp_echo', host: 'server' },
				],
				verdict: 'delivered',
			},
			{
				name: 'the answer',
				is: ({ icmp }) => icmp?.type === 0 && icmp.id === PING,
				sights: [...local4('server'), ...through4('router'), ...in4('client'), { point: 'icmp_rcv', host: 'client' }],
				verdict: 'delivered',
			},
		],
	},
	{
		name: 'UDP to a socket',
		traffic: async (network) => {
			await datagram(network, ['client', CLIENT], ['router', ROUTER, PORT], 'followed');
		},
		packets: [
			{
				name: 'the datagram',
				is: ({ proto, dport, daddr, len }) => proto === 'udp' && dport === PORT && daddr === ROUTER && len === 36,
				sights: [
					...local4('client'),
					...in4('router'),
					{ point: 'udp_rcv', host: 'router' },
					{ point: '__udp_enqueue_schedule_skb', host: 'router' },
				],
				verdict: 'delivered',
			},
		],
	},
	{
		name: 'UDP to nobody',
		traffic: async (network) => {
			const here = network.udp('client', CLIENT, 0);
			here.sendTo(ROUTER, PORT, 'to nobody');
			await pause(100);
			here.close();
		},
		packets: [
			{
				name: 'the datagram',
				is: ({ proto, dport, daddr, len }) => proto === 'udp' && dport === PORT && daddr === ROUTER && len === 37,
				sights: [...local4('client'), ...in4('router'), { point: 'udp_rcv', host: 'router' }, { point: 'skb:kfree_skb' }],
				verdict: 'dropped',
				reason: 'NO_SOCKET',
			},
		],
	},
	{
		name: 'UDP over IPv6 through a router',
		traffic: async (network) => {
			await datagram(network, ['client', CLIENT6], ['server', SERVER6, PORT], 'followed');
		},
		packets: [
			{
				name: 'the datagram',
				is: ({ proto, dport, family }) => proto === 'udp' && dport === PORT && family === 'ipv6',
				sights: [
					...local6('client'),
					...in6('router'),
					{ point: 'ip6_forward', host: 'router' },
					{ point: 'ip6_output', host: 'router' },
					...out('router'),
					...in6('server'),
					{ point: 'udpv6_rcv', host: 'server' },
					{ point: '__udp_enqueue_schedule_skb', host: 'server' },
				],
				verdict: 'delivered',
			},
		],
	},
	{
		name: 'TCP to nobody',
		traffic: async (network) => {
			const here = network.tcp('client', CLIENT, 0);
			here.connect(ROUTER, PORT);
			await pause(100);
			here.close();
		},
		packets: [
			{
				name: 'the SYN',
				is: ({ proto, dport, daddr, tcp }) => proto === 'tcp' && dport === PORT && daddr === ROUTER && tcp?.flags === 'SYN',
				sights: [
					{ point: '__ip_queue_xmit', host: 'client' },
					...local4('client'),
					...in4('router'),
					{ point: 'tcp_v4_rcv', host: 'router' },
					{ point: 'tcp_v4_send_reset', host: 'router' },
					{ point: 'skb:kfree_skb' },
				],
				verdict: 'dropped',
				reason: 'NO_SOCKET',
			},
			{
				name: 'the reset',
				is: ({ proto, sport, saddr, tcp }) => proto === 'tcp' && sport === PORT && saddr === ROUTER && (tcp?.flags ?? '').includes('RST'),
				sights: [
					...local4('router'),
					...in4('client'),
					{ point: 'tcp_v4_rcv', host: 'client' },
					{ point: 'tcp_rcv_state_process', host: 'client' },
				],
				verdict: 'delivered',
			},
		],
	},
	{
		name: 'a TCP connection through a router: opened, used and closed',
		traffic: async (network) => {
			const listener = network.tcp('server', SERVER, PORT).listen(1);
			const here = network.tcp('client', CLIENT, 0);
			here.connect(SERVER, PORT);
			const there = await arrives(() => listener.accept());
			here.send('followed');
			await arrives(() => there.receive());
			// nothing more is to be acknowledged
			await pause(300);
			here.close();
			await pause(100);
			for (const socket of [there, listener]) socket.close();
			await pause(100);
		},
		packets: [
			{
				name: 'the SYN',
				is: segment('SYN', SERVER),
				sights: [...toServer, { point: 'tcp_rcv_state_process', host: 'server' }],
			},
			{
				name: 'its answer',
				is: segment('SYN|ACK', CLIENT),
				sights: [
					...local4('server'),
					...through4('router'),
					...in4('client'),
					{ point: 'tcp_v4_rcv', host: 'client' },
					{ point: 'tcp_rcv_state_process', host: 'client' },
				],
			},
			{
				name: 'the data',
				is: segment('PSH|ACK', SERVER),
				sights: [...toServer, { point: 'tcp_rcv_established', host: 'server' }],
				verdict: 'delivered',
			},
			{
				name: 'the end',
				is: segment('FIN|ACK', SERVER),
				sights: [...toServer, { point: 'tcp_rcv_established', host: 'server' }],
				verdict: 'delivered',
			},
		],
	},
	{
		name: 'to an address that the router translates',
		traffic: async (network) => {
			network.run('router', 'nft', ['-f', '-'], TRANSLATION);
			await datagram(network, ['client', CLIENT], ['server', SERVER, TRANSLATED_PORT], 'translated', [TRANSLATED, PORT]);
			network.run('router', 'nft', ['delete', 'table', 'ip', 'translation']);
		},
		packets: [
			{
				name: 'the datagram',
				is: ({ daddr, proto }) => proto === 'udp' && daddr === TRANSLATED,
				sights: [
					...local4('client'),
					...through4('router'),
					...in4('server'),
					{ point: 'udp_rcv', host: 'server' },
					{ point: '__udp_enqueue_schedule_skb', host: 'server' },
				],
				verdict: 'delivered',
				changes: ['nat'],
			},
		],
	},
	{
		// A veth device gives its program memory that this can write to: the driver makes another skb (veth_convert_skb_to_xdp_buff). And it hands
		// on lists of packets, which ip_list_rcv takes, and not ip_rcv.
		name: 'through an XDP program in the driver of a veth device',
		traffic: async (network) => {
			const detach = attachXdp(network.netns('server'), network.ifindex('server', 's0'), XDP.pass, 'driver');
			await datagram(network, ['client', CLIENT], ['server', SERVER, PORT], 'through XDP');
			detach();
		},
		packets: [
			{
				name: 'the datagram',
				is: ({ proto, dport, daddr }) => proto === 'udp' && dport === PORT && daddr === SERVER,
				sights: [
					...local4('client'),
					...through4('router'),
					{ point: 'net:netif_receive_skb', host: 'server' },
					{ point: 'udp_rcv', host: 'server' },
					{ point: '__udp_enqueue_schedule_skb', host: 'server' },
				],
				verdict: 'delivered',
				changes: ['copy'],
				beforeCopy: local4('client').length + through4('router').length,
			},
		],
	},
	{
		name: 'over a bridge',
		traffic: async (network) => {
			await datagram(network, ['client', BRIDGED_CLIENT], ['server', BRIDGED_SERVER, PORT], 'bridged');
		},
		packets: [
			{
				name: 'the datagram',
				is: ({ daddr, dport }) => daddr === BRIDGED_SERVER && dport === PORT,
				sights: [
					...local4('client'),
					{ point: 'net:netif_receive_skb', host: 'router' },
					{ point: 'br_handle_frame_finish', host: 'router' },
					{ point: 'br_forward', host: 'router' },
					{ point: 'br_dev_queue_push_xmit', host: 'router' },
					...out('router'),
					...in4('server'),
					{ point: 'udp_rcv', host: 'server' },
					{ point: '__udp_enqueue_schedule_skb', host: 'server' },
				],
				verdict: 'delivered',
			},
		],
	},
	{
		name: 'ARP',
		traffic: async (network) => {
			await unknownNeighbour(network, ROUTER, CLIENT);
		},
		packets: [
			{
				name: 'the question',
				is: ({ arp }) => arp?.op === 'request' && arp.target === ROUTER,
				sights: [
					{ point: 'arp_xmit', host: 'client' },
					...out('client'),
					{ point: 'net:netif_receive_skb', host: 'router' },
					{ point: 'arp_process', host: 'router' },
				],
				verdict: 'delivered',
			},
			{
				name: 'the answer',
				is: ({ arp }) => arp?.op === 'reply' && arp.sender === ROUTER,
				sights: [
					{ point: 'arp_xmit', host: 'router' },
					...out('router'),
					{ point: 'net:netif_receive_skb', host: 'client' },
					{ point: 'arp_process', host: 'client' },
				],
				verdict: 'delivered',
			},
		],
	},
	{
		name: 'neighbour discovery',
		// devices that have just come up ask for addresses of their own: what is asked for tells these apart
		traffic: async (network) => {
			await unknownNeighbour(network, ROUTER6, CLIENT6);
		},
		packets: [
			{
				name: 'the question',
				is: ({ icmp, nd }) => icmp?.type === 135 && nd?.target === ROUTER6,
				sights: [
					{ point: 'ip6_output', host: 'client' },
					...out('client'),
					...in6('router'),
					{ point: 'icmpv6_rcv', host: 'router' },
					{ point: 'ndisc_rcv', host: 'router' },
				],
				verdict: 'delivered',
			},
			{
				name: 'the answer',
				is: ({ icmp, nd }) => icmp?.type === 136 && nd?.target === ROUTER6,
				sights: [
					{ point: 'ip6_output', host: 'router' },
					...out('router'),
					...in6('client'),
					{ point: 'icmpv6_rcv', host: 'client' },
					{ point: 'ndisc_rcv', host: 'client' },
				],
				verdict: 'delivered',
			},
		],
	},
	{
		name: 'a packet socket beside the way',
		traffic: async (network) => {
			const there = network.udp('router', ROUTER, PORT);
			const listening = Socket.frames(network.netns('router'), network.ifindex('router', 'rc'), true);
			const here = network.udp('client', CLIENT, 0);
			here.sendTo(ROUTER, PORT, 'seen by others');
			await arrives(() => there.receive());
			await arrives(() => listening.receive());
			for (const socket of [here, there, listening]) socket.close();
		},
		packets: [
			{
				name: 'the datagram',
				is: ({ proto, dport, daddr, len }) => proto === 'udp' && dport === PORT && daddr === ROUTER && len === 42,
				sights: [
					...local4('client'),
					{ point: 'net:netif_receive_skb', host: 'router' },
					{ point: 'packet_rcv', host: 'router' },
					{ point: 'ip_rcv', host: 'router' },
					{ point: 'udp_rcv', host: 'router' },
					{ point: '__udp_enqueue_schedule_skb', host: 'router' },
				],
				verdict: 'delivered',
				changes: ['clone'],
			},
		],
	},
];

/** Sends to a neighbour whose address was known, and is not any more; it is in the end. */
async function unknownNeighbour(network: Network, address: string, own: string): Promise<void> {
	network.run('client', 'ip', ['neigh', 'del', address, 'dev', 'c0']);
	await datagram(network, ['client', own], ['router', address, BESIDE], 'not followed');
	network.run('client', 'ip', ['neigh', 'replace', address, 'lladdr', MAC.rc, 'dev', 'c0', 'nud', 'permanent']);
}

/** Traffic that no filter of the test wants: it must not be seen. */
export async function beside(network: Network): Promise<void> {
	await datagram(network, ['client', CLIENT], ['router', ROUTER, BESIDE], 'not followed');
}

/** Sends one datagram to a socket, and waits until it can be read there. @param to where it is sent, if that is not where it arrives */
async function datagram(
	network: Network,
	[host, from]: readonly [Host, string],
	[there, address, port]: readonly [Host, string, number],
	text: string,
	to: readonly [string, number] = [address, port],
): Promise<void> {
	const receiver = network.udp(there, address, port);
	const sender = network.udp(host, from, 0);
	sender.sendTo(...to, text);
	await arrives(() => receiver.receive());
	sender.close();
	receiver.close();
}

async function arrives<T>(receive: () => T | undefined): Promise<T> {
	const end = performance.now() + 20_000;
	for (;;) {
		const found = receive();
		if (found !== undefined) return found;
		if (performance.now() > end) throw new Error('nothing arrives');
		await pause(5);
	}
}
