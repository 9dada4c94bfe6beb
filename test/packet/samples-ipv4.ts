/** IPv4 packets as hexadecimal, one header a line, and what they are. */
import type { Sample } from './sample.ts';

const ipv4 = { protocol: 0x0800 };
const ETHERNET = '02420a090101 02420a090102';
const MAC = { source: '02:42:0a:09:01:02', destination: '02:42:0a:09:01:01' };
const V4 = { saddr: '10.9.1.2', daddr: '10.9.1.1' };

export const IPV4_SAMPLES: readonly Sample[] = [
	{
		name: 'TCP SYN with options',
		hex: `4500003c 1c464000 4006b1e6 0a090102 0a090101
			bf34115d 9fe1bcd7 00000000 a002faf0 14670000 020405b4 0402080a 5b2c1d00 00000000 01030307`,
		link: { ...ipv4, len: 60 },
		packet: {
			family: 'ipv4',
			proto: 'tcp',
			...V4,
			sport: 48948,
			dport: 4445,
			len: 60,
			ttl: 64,
			id: 0x1c46,
			tcp: { flags: 'SYN', seq: 2682371287, ack: 0, window: 64240 },
		},
		text: 'TCP 10.9.1.2:48948 > 10.9.1.1:4445 [SYN] seq 2682371287 len 60',
	},
	{
		name: 'TCP without flags, IPv4 with options',
		hex: `47000030 00010000 40060000 0a090102 0a090101 94040000 01010100
			00500051 00000001 00000002 50000010 00000000`,
		link: { ...ipv4, len: 48 },
		packet: {
			family: 'ipv4',
			proto: 'tcp',
			...V4,
			sport: 80,
			dport: 81,
			len: 48,
			ttl: 64,
			id: 1,
			tcp: { flags: '', seq: 1, ack: 2, window: 16 },
		},
		text: 'TCP 10.9.1.2:80 > 10.9.1.1:81 [none] seq 1 len 48',
	},
	{
		name: 'UDP with an Ethernet header',
		hex: `${ETHERNET} 0800
			45000020 00024000 40110000 0a090102 0a090101
			00351092 000c0000 01020304`,
		link: { ...ipv4, l3Offset: 14, len: 32 },
		packet: { family: 'ipv4', proto: 'udp', ...V4, sport: 53, dport: 4242, len: 32, ttl: 64, id: 2, mac: MAC },
		text: 'UDP 10.9.1.2:53 > 10.9.1.1:4242 len 32',
	},
	{
		name: 'UDP in a fragment that is the first',
		hex: `450005dc 00072000 40110000 0a090102 0a090101
			00351092 0fa80000`,
		link: { ...ipv4, len: 1500 },
		packet: {
			family: 'ipv4',
			proto: 'udp',
			...V4,
			sport: 53,
			dport: 4242,
			len: 1500,
			ttl: 64,
			id: 7,
			fragment: { offset: 0, more: true },
		},
		text: 'UDP 10.9.1.2:53 > 10.9.1.1:4242 fragment at 0 (more)',
	},
	{
		name: 'UDP in a fragment that is in the middle',
		hex: '450005dc 000720b9 40110000 0a090102 0a090101 deadbeef 00010000',
		link: { ...ipv4, len: 1500 },
		packet: { family: 'ipv4', proto: 'udp', ...V4, len: 1500, ttl: 64, id: 7, fragment: { offset: 1480, more: true } },
		text: 'UDP 10.9.1.2 > 10.9.1.1 fragment at 1480 (more)',
	},
	{
		name: 'UDP in a fragment that is the last',
		hex: '45000020 00070172 40110000 0a090102 0a090101 deadbeef 00010000 00000000',
		link: { ...ipv4, len: 32 },
		packet: { family: 'ipv4', proto: 'udp', ...V4, len: 32, ttl: 64, id: 7, fragment: { offset: 2960, more: false } },
		text: 'UDP 10.9.1.2 > 10.9.1.1 fragment at 2960',
	},
	{
		name: 'UDP, the kernel does not know the protocol',
		hex: '45000020 00020000 40110000 0a090102 0a090101 00351092 000c0000 01020304',
		link: { protocol: 0, len: 32 },
		packet: { family: 'ipv4', proto: 'udp', ...V4, sport: 53, dport: 4242, len: 32, ttl: 64, id: 2 },
		text: 'UDP 10.9.1.2:53 > 10.9.1.1:4242 len 32',
	},
	{
		name: 'IPv4 larger than 65,535 bytes',
		hex: '45000000 00020000 40060000 0a090102 0a090101 00351092 00000001 00000002 50100010 00000000',
		link: { ...ipv4, len: 100_000 },
		packet: {
			family: 'ipv4',
			proto: 'tcp',
			...V4,
			sport: 53,
			dport: 4242,
			len: 100_000,
			ttl: 64,
			id: 2,
			tcp: { flags: 'ACK', seq: 1, ack: 2, window: 16 },
		},
		text: 'TCP 10.9.1.2:53 > 10.9.1.1:4242 [ACK] seq 1 ack 2 len 100000',
	},
	{
		name: 'UDP-Lite',
		hex: '4500001c 00020000 40880000 0a090102 0a090101 00351092 00080000',
		link: { ...ipv4, len: 28 },
		packet: { family: 'ipv4', proto: 'udplite', ...V4, sport: 53, dport: 4242, len: 28, ttl: 64, id: 2 },
		text: 'UDPLITE 10.9.1.2:53 > 10.9.1.1:4242 len 28',
	},
	{
		name: 'ICMP echo request',
		hex: `45000054 82a64000 40010000 0a090102 0a090101
			0800f7ff 00070001 00000000`,
		link: { ...ipv4, len: 84 },
		packet: {
			family: 'ipv4',
			proto: 'icmp',
			...V4,
			len: 84,
			ttl: 64,
			id: 0x82a6,
			icmp: { type: 8, code: 0, id: 7, seq: 1 },
		},
		text: 'ICMP 10.9.1.2 > 10.9.1.1 echo request id 7 seq 1 len 84',
	},
	{
		name: 'ICMP port unreachable, quoting the least',
		hex: `45c00038 00030000 40010000 0a090101 0a090102
			03030000 00000000
			4500003c 1c464000 40060000 0a090102 0a090101
			bf34115d 9fe1bcd7`,
		link: { ...ipv4, len: 56 },
		packet: {
			family: 'ipv4',
			proto: 'icmp',
			saddr: '10.9.1.1',
			daddr: '10.9.1.2',
			len: 56,
			ttl: 64,
			id: 3,
			icmp: { type: 3, code: 3 },
			quoted: { family: 'ipv4', proto: 'tcp', ...V4, sport: 48948, dport: 4445, len: 60, ttl: 64, id: 0x1c46, tcp: { seq: 2682371287 } },
		},
		text: 'ICMP 10.9.1.1 > 10.9.1.2 port unreachable for TCP 10.9.1.2:48948 > 10.9.1.1:4445 len 56',
	},
	{
		name: 'ICMP fragmentation needed',
		hex: `45c00038 00030000 40010000 0a090101 0a090102
			03040000 00000578
			450005dc 00024000 40110000 0a090102 0a090101
			00351092 05c80000`,
		link: { ...ipv4, len: 56 },
		packet: {
			family: 'ipv4',
			proto: 'icmp',
			saddr: '10.9.1.1',
			daddr: '10.9.1.2',
			len: 56,
			ttl: 64,
			id: 3,
			icmp: { type: 3, code: 4, mtu: 1400 },
			quoted: { family: 'ipv4', proto: 'udp', ...V4, sport: 53, dport: 4242, len: 1500, ttl: 64, id: 2 },
		},
		text: 'ICMP 10.9.1.1 > 10.9.1.2 fragmentation needed mtu 1400 for UDP 10.9.1.2:53 > 10.9.1.1:4242 len 56',
	},
	{
		name: 'ICMP redirect',
		hex: `45c00038 00030000 40010000 0a090101 0a090102
			05010000 0a0901fe
			45000054 82a64000 40010000 0a090102 0a090101
			08000000 00070001`,
		link: { ...ipv4, len: 56 },
		packet: {
			family: 'ipv4',
			proto: 'icmp',
			saddr: '10.9.1.1',
			daddr: '10.9.1.2',
			len: 56,
			ttl: 64,
			id: 3,
			icmp: { type: 5, code: 1, gateway: '10.9.1.254' },
			quoted: { family: 'ipv4', proto: 'icmp', ...V4, len: 84, ttl: 64, id: 0x82a6, icmp: { type: 8, code: 0, id: 7, seq: 1 } },
		},
		text: 'ICMP 10.9.1.1 > 10.9.1.2 redirect code 1 to 10.9.1.254 for ICMP 10.9.1.2 > 10.9.1.1 len 56',
	},
	{
		name: 'AH in IPv4',
		hex: '4500002c 00020000 40330000 0a090102 0a090101 06040000 00001234 00000005 000000000000000000000000',
		link: { ...ipv4, len: 44 },
		packet: { family: 'ipv4', proto: 'ah', ...V4, len: 44, ttl: 64, id: 2, ah: { spi: 0x1234, seq: 5 } },
		text: 'AH 10.9.1.2 > 10.9.1.1 spi 0x1234 seq 5',
	},
	{
		name: 'ESP',
		hex: '4500002c 00020000 40320000 0a090102 0a090101 00001234 00000005 0102030405060708',
		link: { ...ipv4, len: 44 },
		packet: { family: 'ipv4', proto: 'esp', ...V4, len: 44, ttl: 64, id: 2, esp: { spi: 0x1234, seq: 5 } },
		text: 'ESP 10.9.1.2 > 10.9.1.1 spi 0x1234 seq 5',
	},
	{
		name: 'SCTP INIT',
		hex: `45020034 00020000 40840000 0a090102 0a090101
			0bb80fa0 00000000 11223344
			01000014 00000001 0001a000 000a0010 00000002`,
		link: { ...ipv4, len: 52 },
		packet: {
			family: 'ipv4',
			proto: 'sctp',
			...V4,
			sport: 3000,
			dport: 4000,
			len: 52,
			ttl: 64,
			id: 2,
			sctp: { vtag: 0, chunk: 'INIT' },
		},
		text: 'SCTP 10.9.1.2:3000 > 10.9.1.1:4000 [INIT] vtag 0x0 len 52',
	},
	{
		name: 'GRE',
		hex: '45000018 00020000 402f0000 0a090102 0a090101 00000800',
		link: { ...ipv4, len: 24 },
		packet: { family: 'ipv4', proto: 'gre', ...V4, len: 24, ttl: 64, id: 2, tunnel: { type: 'gre' } },
		text: 'GRE 10.9.1.2 > 10.9.1.1 len 24',
	},
	{
		name: 'an IP protocol without a name',
		hex: '45000014 00020000 40fd0000 0a090102 0a090101',
		link: { ...ipv4, len: 20 },
		packet: { family: 'ipv4', proto: '253', ...V4, len: 20, ttl: 64, id: 2 },
		text: 'IP-PROTO-253 10.9.1.2 > 10.9.1.1 len 20',
	},
];
