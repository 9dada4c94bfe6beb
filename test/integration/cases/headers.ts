/** Packets that are wrong in themselves, or are none of this host's business. */
import type { Case } from '../case.ts';
import { hasReasons } from '../kernel.ts';
import { CLIENT, CLIENT6, ETHERNET, MAC, ROUTER, ROUTER6 } from '../network.ts';
import { arp, ETHERTYPE, echo, echo6, ethernet, ipv4, ipv6, PROTOCOL, udp } from '../packets.ts';

const HERE = { from: CLIENT, to: ROUTER };
const HERE6 = { from: CLIENT6, to: ROUTER6 };
/** until IP has taken it over, a packet is still the sending socket's, on whatever host it is */
const OF_SENDER = { of: 'sender', family: 'packet' } as const;

export const HEADER_CASES: readonly Case[] = [
	{
		name: 'a wrong IP header checksum',
		traffic: (network) => {
			const datagram = udp(HERE, { sport: 42001, dport: 5101 });
			network.sendFrame(ETHERNET.v4(ipv4({ ...HERE, protocol: PROTOCOL.udp, wrongChecksum: true }, datagram)));
		},
		drops: [
			{
				reason: 'IP_CSUM',
				at: /^ip_rcv_core/,
				host: 'router',
				device: 'rc',
				socket: OF_SENDER,
				packet: { family: 'ipv4', proto: 'udp', saddr: CLIENT, daddr: ROUTER, sport: 42001, dport: 5101, id: 0x1234 },
				shownBy: ['protocol, source', 'reasons, device'],
			},
		],
	},
	{
		name: 'an IPv4 header of version 5',
		traffic: (network) => {
			const datagram = udp(HERE, { sport: 42002, dport: 5102 });
			network.sendFrame(ETHERNET.v4(ipv4({ ...HERE, protocol: PROTOCOL.udp, version: 5 }, datagram)));
		},
		drops: [
			{
				reason: 'IP_INHDR',
				at: /^ip_rcv_core/,
				host: 'router',
				device: 'rc',
				socket: OF_SENDER,
				packet: { family: 'ipv4', damage: { kind: 'malformed', where: /version 5/ } },
				shownBy: ['reasons, device'],
			},
		],
	},
	{
		name: 'an IPv4 packet that ends too early',
		traffic: (network) => {
			const packet = ipv4({ ...HERE, protocol: PROTOCOL.udp }, udp(HERE, { sport: 42003, dport: 5103 }));
			network.sendFrame(ETHERNET.v4(packet.subarray(0, 30)));
		},
		drops: [
			{
				reason: 'PKT_TOO_SMALL',
				at: /^ip_rcv_core/,
				host: 'router',
				device: 'rc',
				socket: OF_SENDER,
				packet: { family: 'ipv4', proto: 'udp', sport: 42003, dport: 5103, len: 33 },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'an IPv6 header of version 5',
		traffic: (network) => {
			const datagram = udp(HERE6, { sport: 42004, dport: 5104 });
			network.sendFrame(ETHERNET.v6(ipv6({ ...HERE6, next: PROTOCOL.udp, version: 5 }, datagram)));
		},
		drops: [
			{
				reason: 'UNHANDLED_PROTO',
				at: /^ip6_rcv_core/,
				host: 'router',
				device: 'rc',
				socket: OF_SENDER,
				packet: { family: 'ipv6', damage: { kind: 'malformed', where: /version 5/ } },
				shownBy: ['reasons, device'],
			},
		],
	},
	{
		name: 'a wrong ICMP checksum',
		traffic: (network) => network.sendFrame(ETHERNET.v4(ipv4({ ...HERE, protocol: PROTOCOL.icmp }, echo(7, 1, true)))),
		drops: [
			{
				reason: 'ICMP_CSUM',
				at: /^icmp_rcv$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: 'icmp', icmp: { type: 8, code: 0, id: 7, seq: 1 } },
				shownBy: ['protocols, any end', 'reasons, device'],
			},
		],
	},
	{
		name: 'a wrong ICMPv6 checksum',
		traffic: (network) => network.sendFrame(ETHERNET.v6(ipv6({ ...HERE6, next: PROTOCOL.icmpv6 }, echo6(HERE6, 8, 2, true)))),
		drops: [
			{
				reason: 'ICMP_CSUM',
				at: /^icmpv6_rcv$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv6', proto: 'icmpv6', icmp: { type: 128, code: 0, id: 8, seq: 2 } },
				// without reasons it cannot be told from a request that was answered, which such kernels free in the same place
				benign: !hasReasons(),
				shownBy: ['reasons, device'],
			},
		],
	},
	{
		name: 'an IP protocol that nobody handles',
		traffic: (network) => network.sendFrame(ETHERNET.v4(ipv4({ ...HERE, protocol: PROTOCOL.experiment }, Buffer.from('hello')))),
		drops: [
			{
				reason: 'IP_NOPROTO',
				at: /^(ip_protocol_deliver_rcu|ip_local_deliver_finish)$/,
				host: 'router',
				device: 'rc',
				packet: { family: 'ipv4', proto: '253', saddr: CLIENT, daddr: ROUTER, len: 25 },
				shownBy: ['protocols, any end'],
			},
		],
	},
	{
		name: 'a frame for another host',
		traffic: (network) => {
			const packet = ipv4({ ...HERE, protocol: PROTOCOL.udp }, udp(HERE, { sport: 42006, dport: 5106 }));
			network.sendFrame(ethernet({ from: MAC.c0, to: MAC.nobody, type: ETHERTYPE.ipv4 }, packet));
		},
		drops: [
			{
				reason: 'OTHERHOST',
				pktType: 'otherhost',
				at: /^ip_rcv_core/,
				host: 'router',
				device: 'rc',
				socket: OF_SENDER,
				packet: { family: 'ipv4', proto: 'udp', dport: 5106, mac: { source: MAC.c0, destination: MAC.nobody } },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'a frame of a VLAN that is not here',
		traffic: (network) => {
			const packet = ipv4({ ...HERE, protocol: PROTOCOL.udp }, udp(HERE, { sport: 42007, dport: 5107 }));
			network.sendFrame(ethernet({ from: MAC.c0, to: MAC.rc, type: ETHERTYPE.ipv4, vlan: 42 }, packet));
		},
		drops: [
			{
				reason: 'OTHERHOST',
				pktType: 'otherhost',
				at: /^ip_rcv_core/,
				host: 'router',
				device: 'rc',
				socket: OF_SENDER,
				// the kernel took the tag off when it found no device for it
				packet: { family: 'ipv4', proto: 'udp', dport: 5107, vlan: undefined },
				shownBy: ['protocol, source'],
			},
		],
	},
	{
		name: 'a frame of a protocol that nobody handles',
		traffic: (network) => network.sendFrame(ethernet({ from: MAC.c0, to: MAC.rc, type: ETHERTYPE.experiment }, Buffer.alloc(46))),
		drops: [
			{
				reason: 'UNHANDLED_PROTO',
				at: /^__netif_receive_skb_core/,
				host: 'router',
				device: 'rc',
				socket: OF_SENDER,
				packet: { family: 'other', proto: '0x88b5', ethertype: ETHERTYPE.experiment, len: 46 },
				shownBy: ['reasons, device'],
			},
		],
	},
	{
		name: 'an ARP request for a loopback address',
		traffic: (network) => {
			const request = arp(1, MAC.c0, CLIENT, '127.0.0.1');
			network.sendFrame(ethernet({ from: MAC.c0, to: MAC.rc, type: ETHERTYPE.arp }, request));
		},
		drops: [
			{
				reason: 'NOT_SPECIFIED',
				at: /^arp_(process|rcv)/,
				host: 'router',
				device: 'rc',
				socket: OF_SENDER,
				packet: { family: 'arp', arp: { op: 'request', sender: CLIENT, target: '127.0.0.1' } },
				shownBy: ['protocols, any end'],
			},
		],
	},
];
