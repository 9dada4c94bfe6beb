/** IPv6 packets as hexadecimal, one header a line, and what they are. */
import type { Sample } from './sample.ts';

const ipv6 = { protocol: 0x86dd };
const LINK_LOCAL = 'fe800000000000000000000000000001 ff020000000000000000000000000001';
const UNIQUE_LOCAL = 'fd090000000000000000000000000001 fd090000000000000000000000000002';
const FD09 = { saddr: 'fd09::1', daddr: 'fd09::2' };

export const IPV6_SAMPLES: readonly Sample[] = [
	{
		name: 'TCP with every flag, in IPv6, port 0',
		hex: `60000000 00140640 ${UNIQUE_LOCAL}
			000001bb 00000001 ffffffff 51ff0000 00000000`,
		link: { ...ipv6, len: 60 },
		packet: {
			family: 'ipv6',
			proto: 'tcp',
			...FD09,
			sport: 0,
			dport: 443,
			len: 60,
			ttl: 64,
			tcp: { flags: 'FIN|SYN|RST|PSH|ACK|URG|ECE|CWR|AE', seq: 1, ack: 0xffffffff, window: 0 },
		},
		text: 'TCP [fd09::1]:0 > [fd09::2]:443 [FIN|SYN|RST|PSH|ACK|URG|ECE|CWR|AE] seq 1 ack 4294967295 len 60',
	},
	{
		name: 'ICMPv6 neighbour solicitation',
		hex: `60000000 00203aff ${LINK_LOCAL}
			87000000 00000000 fd090000000000000000000000000001 0101024200000001`,
		link: { ...ipv6, len: 72 },
		packet: {
			family: 'ipv6',
			proto: 'icmpv6',
			saddr: 'fe80::1',
			daddr: 'ff02::1',
			len: 72,
			ttl: 255,
			icmp: { type: 135, code: 0 },
			nd: { target: 'fd09::1' },
		},
		text: 'ICMPv6 fe80::1 > ff02::1 neighbour solicitation for fd09::1 len 72',
	},
	{
		name: 'ICMPv6 redirect',
		hex: `60000000 00283aff ${LINK_LOCAL}
			89000000 00000000 fe800000000000000000000000000002 fd090000000000000000000000000001`,
		link: { ...ipv6, len: 80 },
		packet: {
			family: 'ipv6',
			proto: 'icmpv6',
			saddr: 'fe80::1',
			daddr: 'ff02::1',
			len: 80,
			ttl: 255,
			icmp: { type: 137, code: 0, gateway: 'fe80::2' },
			nd: { target: 'fe80::2', destination: 'fd09::1' },
		},
		text: 'ICMPv6 fe80::1 > ff02::1 redirect for fd09::1 to fe80::2 len 80',
	},
	{
		name: 'ICMPv6 echo reply after hop-by-hop and destination options',
		hex: `60000000 00180040 ${UNIQUE_LOCAL}
			3c000502 00000100
			3a000104 00000000
			81000000 00090002`,
		link: { ...ipv6, len: 64 },
		packet: { family: 'ipv6', proto: 'icmpv6', ...FD09, len: 64, ttl: 64, icmp: { type: 129, code: 0, id: 9, seq: 2 } },
		text: 'ICMPv6 fd09::1 > fd09::2 echo reply id 9 seq 2 len 64',
	},
	{
		name: 'ICMPv6 packet too big',
		hex: `60000000 00383a40 ${UNIQUE_LOCAL}
			02000000 00000500
			60000000 05b41140 ${UNIQUE_LOCAL}
			00351092 05b40000`,
		link: { ...ipv6, len: 96 },
		packet: {
			family: 'ipv6',
			proto: 'icmpv6',
			...FD09,
			len: 96,
			ttl: 64,
			icmp: { type: 2, code: 0, mtu: 1280 },
			quoted: { family: 'ipv6', proto: 'udp', ...FD09, sport: 53, dport: 4242, len: 1500, ttl: 64 },
		},
		text: 'ICMPv6 fd09::1 > fd09::2 packet too big mtu 1280 for UDP [fd09::1]:53 > [fd09::2]:4242 len 96',
	},
	{
		name: 'IPv6 fragment, the first, after a routing header',
		hex: `60000000 00202b40 ${UNIQUE_LOCAL}
			2c000400 00000000
			11000001 00abcdef
			00351092 07d00000 0000000000000000`,
		link: { ...ipv6, len: 72 },
		packet: {
			family: 'ipv6',
			proto: 'udp',
			...FD09,
			sport: 53,
			dport: 4242,
			len: 72,
			ttl: 64,
			id: 0xabcdef,
			fragment: { offset: 0, more: true },
		},
		text: 'UDP [fd09::1]:53 > [fd09::2]:4242 fragment at 0 (more)',
	},
	{
		name: 'IPv6 fragment, the last',
		hex: `60000000 00102c40 ${UNIQUE_LOCAL}
			110005c8 00abcdef 0102030405060708`,
		link: { ...ipv6, len: 56 },
		packet: { family: 'ipv6', proto: 'udp', ...FD09, len: 56, ttl: 64, id: 0xabcdef, fragment: { offset: 1480, more: false } },
		text: 'UDP fd09::1 > fd09::2 fragment at 1480',
	},
	{
		name: 'IPv6 atomic fragment',
		hex: `60000000 00102c40 ${UNIQUE_LOCAL}
			11000000 00000001 00351092 00080000`,
		link: { ...ipv6, len: 56 },
		packet: {
			family: 'ipv6',
			proto: 'udp',
			...FD09,
			sport: 53,
			dport: 4242,
			len: 56,
			ttl: 64,
			id: 1,
			fragment: { offset: 0, more: false },
		},
		text: 'UDP [fd09::1]:53 > [fd09::2]:4242 atomic fragment len 56',
	},
	{
		name: 'IPv6 jumbogram',
		hex: `60000000 00000040 ${UNIQUE_LOCAL}
			0600c204 000186a8
			00500051 00000001 00000002 50100010 00000000`,
		link: { ...ipv6, len: 100_048 },
		packet: {
			family: 'ipv6',
			proto: 'tcp',
			...FD09,
			sport: 80,
			dport: 81,
			len: 100_048,
			ttl: 64,
			tcp: { flags: 'ACK', seq: 1, ack: 2, window: 16 },
		},
		text: 'TCP [fd09::1]:80 > [fd09::2]:81 [ACK] seq 1 ack 2 len 100048',
	},
	{
		name: 'IPv6 without a next header',
		hex: `60000000 00003b01 ${UNIQUE_LOCAL}`,
		link: { ...ipv6, len: 40 },
		packet: { family: 'ipv6', proto: 'ipv6-nonxt', ...FD09, len: 40, ttl: 1 },
		text: 'IPV6-NONXT fd09::1 > fd09::2 len 40',
	},
	{
		name: 'Mobile IPv6',
		hex: `60000000 00088740 ${UNIQUE_LOCAL}
			3b000100 00000000`,
		link: { ...ipv6, len: 48 },
		packet: { family: 'ipv6', proto: 'mobility', ...FD09, len: 48, ttl: 64 },
		text: 'MOBILITY fd09::1 > fd09::2 len 48',
	},
	{
		name: 'TCP authenticated by AH in IPv6',
		hex: `60000000 002c3340 ${UNIQUE_LOCAL}
			06040000 00001234 00000005 000000000000000000000000
			00500051 00000001 00000002 50020010 00000000`,
		link: { ...ipv6, len: 84 },
		packet: {
			family: 'ipv6',
			proto: 'tcp',
			...FD09,
			sport: 80,
			dport: 81,
			len: 84,
			ttl: 64,
			ah: { spi: 0x1234, seq: 5 },
			tcp: { flags: 'SYN', seq: 1, ack: 2, window: 16 },
		},
		text: 'TCP [fd09::1]:80 > [fd09::2]:81 ah spi 0x1234 seq 5 [SYN] seq 1 len 84',
	},
];
