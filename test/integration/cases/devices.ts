/** Packets that are lost between a device and the stack: traffic control, queues, XDP. */
import { attachXdp, XDP } from '../bpf.ts';
import { attempt, type Case, type Expected } from '../case.ts';
import { GROUP } from '../cgroup.ts';
import { CLIENT, type Device, type Host, MAC, type Network, ROUTER, SERVER } from '../network.ts';
import { ETHERTYPE, ethernet, ipv4, PROTOCOL, udp } from '../packets.ts';

const tc = (network: Network, host: Host, ...args: string[]) => network.run(host, 'tc', args);

/** A classifier in classic BPF, which looks for a destination port so many bytes into the frame, and says TC_ACT_SHOT (2). */
const clsact = (host: Host, device: Device, side: 'ingress' | 'egress', at: number, dport: number) => (network: Network) => {
	const program = `4,40 0 0 ${at},21 0 1 ${dport},6 0 0 2,6 0 0 0`;
	attempt(() => {
		tc(network, host, 'qdisc', 'add', 'dev', device, 'clsact');
		tc(network, host, 'filter', 'add', 'dev', device, side, 'bpf', 'da', 'bytecode', program);
	});
	return () => tc(network, host, 'qdisc', 'delete', 'dev', device, 'clsact');
};

function tagged(sport: number, dport: number): Buffer {
	const ends = { from: CLIENT, to: ROUTER };
	const packet = ipv4({ ...ends, protocol: PROTOCOL.udp }, udp(ends, { sport, dport }));
	return ethernet({ from: MAC.c0, to: MAC.rc, type: ETHERTYPE.ipv4, vlan: 42 }, packet);
}

/** The server's device gets a queueing discipline. */
const qdisc =
	(...args: string[]) =>
	(network: Network) => {
		attempt(() => tc(network, 'server', 'qdisc', 'add', 'dev', 's0', 'root', ...args));
		return () => tc(network, 'server', 'qdisc', 'delete', 'dev', 's0', 'root');
	};

/** The server sends marked datagrams of 1000 bytes, which the client takes if they come. */
const fromServer = (sport: number, dport: number, count: number) => (network: Network) => {
	network.udp('client', CLIENT, dport);
	const here = sport === GROUPED ? GROUP.inside(() => network.udp('server', SERVER, sport)) : network.udp('server', SERVER, sport);
	here.mark(0x77);
	for (let i = 0; i < count; i++) here.sendTo(CLIENT, dport, Buffer.alloc(1000));
};

/** where a queue's victims are freed, all at once when it is unlocked */
const FULL = /^(__dev_queue_xmit|__dev_xmit_skb|(__tcf_)?kfree_skb_list(_reason)?)$/;

/** the port of the socket that is opened in the control group */
const GROUPED = 45008;

const lost = (sport: number, dport: number): Pick<Expected, 'host' | 'device' | 'packet' | 'mark' | 'socket' | 'shownBy'> => ({
	host: 'server',
	device: 's0',
	packet: { family: 'ipv4', proto: 'udp', saddr: SERVER, daddr: CLIENT, sport, dport, len: 1028 },
	mark: 0x77,
	socket: { of: 'sender', family: 'inet' },
	shownBy: ['mark, owner'],
});

export const DEVICE_CASES: readonly Case[] = [
	{
		name: 'a filter of tc drops what comes in',
		fault: clsact('router', 'rc', 'ingress', 36, 5401),
		traffic: (network) => {
			network.udp('router', ROUTER, 5401);
			network.udp('client', CLIENT, 45001).sendTo(ROUTER, 5401);
		},
		drops: [
			{
				reason: 'TC_INGRESS',
				at: /^(__netif_receive_skb_core|sch_handle_ingress)/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'udp', sport: 45001, dport: 5401, vlan: undefined },
				socket: { of: 'sender', family: 'inet' },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		// of which the kernel keeps the tag beside the packet
		name: 'a filter of tc drops a VLAN frame that comes in',
		fault: clsact('router', 'rc', 'ingress', 36, 5406),
		traffic: (network) => network.sendFrame(tagged(45006, 5406)),
		drops: [
			{
				reason: 'TC_INGRESS',
				at: /^(__netif_receive_skb_core|sch_handle_ingress)/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'udp', sport: 45006, dport: 5406, vlan: 42 },
				socket: { of: 'sender', family: 'packet' },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		// of which the tag is in the frame, as it was sent
		name: 'a filter of tc drops a VLAN frame that goes out',
		fault: clsact('client', 'c0', 'egress', 40, 5407),
		traffic: (network) => network.sendFrame(tagged(45007, 5407)),
		drops: [
			{
				reason: 'TC_EGRESS',
				at: /^(__dev_queue_xmit|sch_handle_egress)/,
				host: 'client',
				device: 'c0',
				packet: { family: 'ipv4', proto: 'udp', sport: 45007, dport: 5407, vlan: 42 },
				socket: { of: 'sender', family: 'packet' },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'a queue without room',
		near: true,
		fault: qdisc('pfifo', 'limit', '0'),
		traffic: fromServer(45002, 5402, 1),
		drops: [
			{
				reason: 'QDISC_DROP',
				at: FULL,
				...lost(45002, 5402),
				shownBy: ['mark, owner', 'device, length, any port'],
			},
		],
	},
	{
		name: 'a token bucket runs over',
		near: true,
		// lets one datagram through, keeps three, and would have a second one's worth of tokens after 19 s: 60 s for all it keeps
		fault: qdisc('tbf', 'rate', '200bit', 'burst', '1600', 'limit', '4000'),
		traffic: fromServer(45003, 5403, 10),
		drops: [
			{ reason: 'QDISC_DROP', at: FULL, ...lost(45003, 5403), times: 'some' },
			// what it still holds goes with it when the case mends the network
			{ reason: 'NOT_SPECIFIED', at: /rtnl/, ...lost(45003, 5403), times: 'some', late: true },
		],
	},
	{
		name: 'a queue without room, for a socket in a control group',
		near: true,
		fault: qdisc('pfifo', 'limit', '0'),
		traffic: fromServer(GROUPED, 5408, 1),
		drops: [
			{
				reason: 'QDISC_DROP',
				at: FULL,
				...lost(GROUPED, 5408),
				cgroup: GROUP.missing ? undefined : GROUP.path,
				shownBy: ['mark, owner', 'control group'],
			},
		],
	},
	{
		name: 'netem loses everything',
		near: true,
		fault: qdisc('netem', 'loss', '100%'),
		traffic: fromServer(45004, 5404, 1),
		drops: [{ reason: 'QDISC_DROP', at: FULL, ...lost(45004, 5404) }],
	},
	{
		name: 'an XDP program drops what comes in',
		near: true,
		fault: (network) => attempt(() => attachXdp(network.netns('server'), network.ifindex('server', 's0'), XDP.drop, 'stack')),
		traffic: (network) => {
			network.udp('server', SERVER, 5405);
			network.udp('router', '10.9.2.1', 45005).sendTo(SERVER, 5405);
		},
		drops: [
			{
				reason: 'NOT_SPECIFIED',
				at: /^(do_xdp_generic|netif_receive_generic_xdp|__netif_receive_skb_core)/,
				host: 'server',
				device: 's0',
				packet: { family: 'ipv4', proto: 'udp', saddr: '10.9.2.1', sport: 45005, dport: 5405 },
				socket: { of: 'sender', family: 'inet' },
				shownBy: ['device, length, any port'],
			},
		],
	},
];
