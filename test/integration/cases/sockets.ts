/** Packets that reach their host, and find no socket, or one that does not take them. */
import type { Case } from '../case.ts';
import { CLIENT, CLIENT6, ETHERNET, ROUTER, ROUTER6 } from '../network.ts';
import { ipv4, ipv6, ipv6Options, PROTOCOL, tcp, udp } from '../packets.ts';

const HERE = { from: CLIENT, to: ROUTER };
const HERE6 = { from: CLIENT6, to: ROUTER6 };

export const SOCKET_CASES: readonly Case[] = [
	{
		name: 'UDP to a closed port',
		traffic: (network) => network.udp('client', CLIENT, 41001).sendTo(ROUTER, 5001),
		drops: [
			{
				reason: 'NO_SOCKET',
				at: /^(__udp4_lib|udp)_rcv$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'udp', saddr: CLIENT, daddr: ROUTER, sport: 41001, dport: 5001, len: 33, ttl: 64 },
				shownBy: ['protocol, source', 'ports of both ends', 'reasons, device'],
			},
		],
	},
	{
		name: 'TCP to a closed port',
		traffic: (network) => network.tcp('client', CLIENT, 41002).connect(ROUTER, 5002),
		drops: [
			{
				reason: 'NO_SOCKET',
				at: /^tcp_v4_rcv$/,
				host: 'router',
				device: 'rc',
				packet: {
					family: 'ipv4',
					proto: 'tcp',
					saddr: CLIENT,
					daddr: ROUTER,
					sport: 41002,
					dport: 5002,
					ttl: 64,
					tcp: { flags: 'SYN', ack: 0 },
				},
				shownBy: ['flags, destination', 'reasons, device'],
			},
		],
	},
	{
		name: 'UDP to a closed port, IPv6',
		traffic: (network) => network.udp('client', CLIENT6, 41003).sendTo(ROUTER6, 5003),
		drops: [
			{
				reason: 'NO_SOCKET',
				at: /^(__udp6_lib|udpv6)_rcv$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv6', proto: 'udp', saddr: CLIENT6, daddr: ROUTER6, sport: 41003, dport: 5003, len: 53, ttl: 64 },
				shownBy: ['protocol, source', 'ports of both ends', 'reasons, device'],
			},
		],
	},
	{
		name: 'TCP to a closed port, IPv6',
		traffic: (network) => network.tcp('client', CLIENT6, 41004).connect(ROUTER6, 5004),
		drops: [
			{
				reason: 'NO_SOCKET',
				at: /^tcp_v6_rcv$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv6', proto: 'tcp', saddr: CLIENT6, daddr: ROUTER6, sport: 41004, dport: 5004, tcp: { flags: 'SYN' } },
				shownBy: ['ports of both ends', 'reasons, device'],
			},
		],
	},
	{
		name: 'UDP behind IPv6 extension headers, to a closed port',
		traffic: (network) => {
			const body = Buffer.concat([ipv6Options(60), ipv6Options(PROTOCOL.udp), udp(HERE6, { sport: 41005, dport: 5005 })]);
			network.sendFrame(ETHERNET.v6(ipv6({ ...HERE6, next: 0 }, body)));
		},
		drops: [
			{
				reason: 'NO_SOCKET',
				at: /^(__udp6_lib|udpv6)_rcv$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv6', proto: 'udp', sport: 41005, dport: 5005, len: 69 },
				shownBy: ['protocol, source', 'reasons, device'],
			},
		],
	},
	{
		name: 'UDP to a closed port of the same host, marked',
		traffic: (network) => {
			const socket = network.udp('client', CLIENT, 41010);
			socket.mark(0x71);
			socket.sendTo(CLIENT, 5010);
		},
		drops: [
			{
				reason: 'NO_SOCKET',
				at: /^(__udp4_lib|udp)_rcv$/,
				host: 'client',
				device: 'lo',
				packet: { family: 'ipv4', proto: 'udp', saddr: CLIENT, daddr: CLIENT, sport: 41010, dport: 5010 },
				mark: 0x71,
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'a full receive buffer',
		traffic: (network) => {
			const there = network.udp('router', ROUTER, 5006);
			there.receiveBuffer(2304);
			const here = network.udp('client', CLIENT, 41006);
			for (let i = 0; i < 8; i++) here.sendTo(ROUTER, 5006, Buffer.alloc(1000));
		},
		drops: [
			{
				reason: 'SOCKET_RCVBUFF',
				at: /udp/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'udp', saddr: CLIENT, daddr: ROUTER, sport: 41006, dport: 5006, len: 1028 },
				socket: { of: 'receiver', family: 'inet' },
				times: 'some',
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'a socket filter',
		traffic: (network) => {
			network.udp('router', ROUTER, 5007).refuseAll();
			network.udp('client', CLIENT, 41007).sendTo(ROUTER, 5007);
		},
		drops: [
			{
				reason: 'SOCKET_FILTER',
				at: /udp/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'udp', sport: 41007, dport: 5007 },
				socket: { of: 'receiver', family: 'inet' },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'a wrong TCP checksum',
		traffic: (network) => {
			const segment = tcp(HERE, { sport: 41008, dport: 5008, wrongChecksum: true });
			network.sendFrame(ETHERNET.v4(ipv4({ ...HERE, protocol: PROTOCOL.tcp }, segment)));
		},
		drops: [
			{
				reason: 'TCP_CSUM',
				at: /^tcp_v4_rcv$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'tcp', sport: 41008, dport: 5008, tcp: { flags: 'SYN', seq: 1000, window: 8192 } },
				shownBy: ['flags, destination', 'reasons, device'],
			},
		],
	},
	{
		name: 'a wrong UDP checksum',
		traffic: (network) => {
			const datagram = udp(HERE, { sport: 41009, dport: 5009, wrongChecksum: true });
			network.sendFrame(ETHERNET.v4(ipv4({ ...HERE, protocol: PROTOCOL.udp }, datagram)));
		},
		drops: [
			{
				reason: 'UDP_CSUM',
				at: /^(__udp4_lib|udp)_rcv$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'udp', sport: 41009, dport: 5009 },
				shownBy: ['protocol, source', 'reasons, device'],
			},
		],
	},
];
