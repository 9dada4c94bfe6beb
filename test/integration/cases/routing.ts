/** Packets that a router cannot send on. */
import type { Case } from '../case.ts';
import { CLIENT, CLIENT6, ETHERNET, FAR_MTU, SERVER, SERVER6 } from '../network.ts';
import { echo, ipv4, ipv6, PROTOCOL, sctpInit, udp } from '../packets.ts';

const ACROSS = { from: CLIENT, to: SERVER };
const ACROSS6 = { from: CLIENT6, to: SERVER6 };

export const ROUTING_CASES: readonly Case[] = [
	{
		name: 'the time to live runs out',
		traffic: (network) => network.sendFrame(ETHERNET.v4(ipv4({ ...ACROSS, protocol: PROTOCOL.icmp, ttl: 1 }, echo(9, 3)))),
		drops: [
			{
				reason: 'IP_INHDR',
				at: /^ip_forward$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'icmp', saddr: CLIENT, daddr: SERVER, ttl: 1, icmp: { type: 8, id: 9, seq: 3 } },
				shownBy: ['protocols, any end', 'reasons, device'],
			},
		],
	},
	{
		name: 'the hop limit runs out',
		traffic: (network) => {
			const datagram = udp(ACROSS6, { sport: 43002, dport: 5202 });
			network.sendFrame(ETHERNET.v6(ipv6({ ...ACROSS6, next: PROTOCOL.udp, hops: 1 }, datagram)));
		},
		drops: [
			{
				reason: 'IP_INHDR',
				at: /^ip6_forward$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv6', proto: 'udp', saddr: CLIENT6, daddr: SERVER6, dport: 5202, ttl: 1 },
				shownBy: ['protocol, source', 'protocols, any end', 'reasons, device'],
			},
		],
	},
	{
		name: 'no route',
		traffic: (network) => {
			const ends = { from: CLIENT, to: '172.31.9.9' };
			network.sendFrame(ETHERNET.v4(ipv4({ ...ends, protocol: PROTOCOL.udp }, udp(ends, { sport: 43003, dport: 5203 }))));
		},
		drops: [
			{
				reason: 'IP_INNOROUTES',
				at: /^ip_error$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'udp', daddr: '172.31.9.9', dport: 5203 },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'no route for SCTP',
		traffic: (network) => {
			const ends = { from: CLIENT, to: '172.31.9.11' };
			network.sendFrame(ETHERNET.v4(ipv4({ ...ends, protocol: PROTOCOL.sctp }, sctpInit({ sport: 43010, dport: 5210 }))));
		},
		drops: [
			{
				reason: 'IP_INNOROUTES',
				at: /^ip_error$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'sctp', sport: 43010, dport: 5210, sctp: { vtag: 0, chunk: 'INIT' } },
				shownBy: ['ports of both ends'],
			},
		],
	},
	{
		name: 'no route, IPv6',
		traffic: (network) => {
			const ends = { from: CLIENT6, to: 'fd31::9' };
			network.sendFrame(ETHERNET.v6(ipv6({ ...ends, next: PROTOCOL.udp }, udp(ends, { sport: 43004, dport: 5204 }))));
		},
		drops: [
			{
				reason: 'IP_INNOROUTES',
				at: /^ip6_pkt_(drop|discard)$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv6', proto: 'udp', daddr: 'fd31::9', dport: 5204 },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'no route for a later fragment',
		traffic: (network) => {
			const ends = { from: CLIENT, to: '172.31.9.10' };
			network.sendFrame(ETHERNET.v4(ipv4({ ...ends, protocol: PROTOCOL.udp, id: 77, offset: 1480, more: true }, Buffer.alloc(64))));
		},
		drops: [
			{
				reason: 'IP_INNOROUTES',
				at: /^ip_error$/,
				host: 'router',
				device: 'rc',
				packet: {
					family: 'ipv4',
					proto: 'udp',
					daddr: '172.31.9.10',
					id: 77,
					fragment: { offset: 1480, more: true },
					sport: undefined,
					dport: undefined,
				},
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'a blackhole route',
		traffic: (network) => {
			const ends = { from: CLIENT, to: '192.0.2.1' };
			// the beginning of an ESP packet (RFC 4303): security parameters index, sequence number
			network.sendFrame(ETHERNET.v4(ipv4({ ...ends, protocol: PROTOCOL.esp }, Buffer.from('0000002a000000070011223344556677', 'hex'))));
		},
		drops: [
			{
				reason: 'NOT_SPECIFIED',
				at: /^(dst_discard(_out)?|ip_error)$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'esp', daddr: '192.0.2.1', esp: { spi: 42, seq: 7 } },
				shownBy: ['protocols, any end'],
			},
		],
	},
	{
		name: 'larger than the next link takes, and not to be fragmented',
		traffic: (network) => {
			const datagram = udp(ACROSS, { sport: 43006, dport: 5206 }, 'x'.repeat(FAR_MTU));
			network.sendFrame(ETHERNET.v4(ipv4({ ...ACROSS, protocol: PROTOCOL.udp, dontFragment: true }, datagram)));
		},
		drops: [
			{
				reason: 'PKT_TOO_BIG',
				at: /^ip_forward$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'udp', dport: 5206, len: FAR_MTU + 28 },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'larger than the next link takes, IPv6',
		traffic: (network) => {
			const datagram = udp(ACROSS6, { sport: 43007, dport: 5207 }, 'x'.repeat(FAR_MTU));
			network.sendFrame(ETHERNET.v6(ipv6({ ...ACROSS6, next: PROTOCOL.udp }, datagram)));
		},
		drops: [
			{
				reason: 'PKT_TOO_BIG',
				at: /^ip6_forward$/,
				host: 'router',
				// IPv6 has moved the packet to the device it would leave by; IPv4 does that later
				device: 'rs',
				packet: { family: 'ipv6', proto: 'udp', dport: 5207, len: FAR_MTU + 48 },
				shownBy: ['protocol, source', 'protocols, any end'],
			},
		],
	},
	{
		name: 'the reverse path is another',
		traffic: (network) => {
			const ends = { from: '10.77.0.5', to: SERVER };
			network.sendFrame(ETHERNET.v4(ipv4({ ...ends, protocol: PROTOCOL.udp }, udp(ends, { sport: 43008, dport: 5208 }))));
		},
		drops: [
			{
				reason: 'IP_RPFILTER',
				at: /^ip_rcv_finish_core/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'udp', saddr: '10.77.0.5', dport: 5208 },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'a neighbour that does not answer',
		traffic: (network) => {
			const ends = { from: CLIENT, to: '10.9.2.99' };
			network.sendFrame(ETHERNET.v4(ipv4({ ...ends, protocol: PROTOCOL.udp }, udp(ends, { sport: 43009, dport: 5209 }))));
		},
		drops: [
			{
				reason: 'NEIGH_FAILED',
				at: /^(arp_error_report|neigh_invalidate)$/,
				host: 'router',
				device: 'rs',
				packet: { family: 'ipv4', proto: 'udp', daddr: '10.9.2.99', dport: 5209, ttl: 63 },
				shownBy: ['protocol, source', 'device, length, any port'],
			},
		],
	},
];
