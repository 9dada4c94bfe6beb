/** Packets below IP, and IP packets in link headers of all sorts as hexadecimal, one header a line, and what they are. */
import type { Sample } from './sample.ts';

const ipv4 = { protocol: 0x0800 };
const ETHERNET = '02420a090101 02420a090102';
const MAC = { source: '02:42:0a:09:01:02', destination: '02:42:0a:09:01:01' };
const V4 = { saddr: '10.9.1.2', daddr: '10.9.1.1' };

export const LINK_SAMPLES: readonly Sample[] = [
	{
		name: 'ARP request with a hardware-accelerated tag',
		hex: `${ETHERNET} 0806
			00010800 06040001 02420a090102 0a000002 000000000000 0a000001`,
		link: { protocol: 0x0806, l3Offset: 14, len: 28, vlanTci: 0x600a },
		packet: {
			family: 'arp',
			proto: 'arp',
			len: 28,
			arp: { op: 'request', sender: '10.0.0.2', target: '10.0.0.1', sender_mac: '02:42:0a:09:01:02' },
			vlan: 10,
			mac: MAC,
		},
		text: 'vlan 10 ARP who has 10.0.0.1? tell 10.0.0.2',
	},
	{
		name: 'ARP reply',
		hex: '00010800 06040002 02420a090102 0a000002 02420a090101 0a000001',
		link: { protocol: 0x0806, len: 28 },
		packet: {
			family: 'arp',
			proto: 'arp',
			len: 28,
			arp: { op: 'reply', sender: '10.0.0.2', target: '10.0.0.1', sender_mac: '02:42:0a:09:01:02' },
		},
		text: 'ARP 10.0.0.2 is at 02:42:0a:09:01:02',
	},
	{
		name: 'tags at the network header, 802.1ad over 802.1Q',
		hex: `${ETHERNET} 88a8
			00648100 200a0800
			4500001c 00020000 40110000 0a090102 0a090101 00351092 00080000`,
		link: { protocol: 0x88a8, l3Offset: 14, len: 28 },
		packet: {
			family: 'ipv4',
			proto: 'udp',
			...V4,
			sport: 53,
			dport: 4242,
			len: 28,
			ttl: 64,
			id: 2,
			vlan: 100,
			vlans: [100, 10],
			mac: MAC,
		},
		text: 'vlan 100 vlan 10 UDP 10.9.1.2:53 > 10.9.1.1:4242 len 28',
	},
	{
		name: 'a tag in the link header, put there by the kernel',
		hex: `${ETHERNET} 8100 000a0800
			4500001c 00020000 40110000 0a090102 0a090101 00351092 00080000`,
		link: { protocol: 0x8100, l3Offset: 18, len: 28 },
		packet: { family: 'ipv4', proto: 'udp', ...V4, sport: 53, dport: 4242, len: 28, ttl: 64, id: 2, vlan: 10, mac: MAC },
		text: 'vlan 10 UDP 10.9.1.2:53 > 10.9.1.1:4242 len 28',
	},
	{
		name: 'a link header that is not Ethernet',
		hex: `45000030 00000000 402f0000 c0000201 c0000202 00000800
			4500001c 00020000 40110000 0a090102 0a090101 00351092 00080000`,
		link: { ...ipv4, l3Offset: 24, len: 28 },
		packet: { family: 'ipv4', proto: 'udp', ...V4, sport: 53, dport: 4242, len: 28, ttl: 64, id: 2 },
		text: 'UDP 10.9.1.2:53 > 10.9.1.1:4242 len 28',
	},
	{
		name: 'LLDP',
		hex: `0180c200000e 02420a090102 88cc 0207 0402`,
		link: { protocol: 0x88cc, l3Offset: 14, len: 60 },
		packet: {
			family: 'other',
			proto: 'lldp',
			len: 60,
			ethertype: 0x88cc,
			mac: { source: '02:42:0a:09:01:02', destination: '01:80:c2:00:00:0e' },
		},
		text: 'protocol 0x88cc (LLDP) len 60',
	},
	{
		name: 'spanning tree',
		hex: `0180c2000000 02420a090102 0026 424203 0000`,
		link: { protocol: 4, l3Offset: 14, len: 38 },
		packet: {
			family: 'other',
			proto: 'stp/llc',
			len: 38,
			ethertype: 4,
			mac: { source: '02:42:0a:09:01:02', destination: '01:80:c2:00:00:00' },
		},
		text: 'protocol 0x0004 (STP/LLC) len 38',
	},
	{
		name: 'an ethertype without a name',
		hex: '0102',
		link: { protocol: 0x88b5, len: 46 },
		packet: { family: 'other', proto: '0x88b5', len: 46, ethertype: 0x88b5 },
		text: 'protocol 0x88b5 len 46',
	},
	{
		name: 'nothing at all',
		hex: '',
		link: { protocol: 0, len: 60 },
		packet: { family: 'other', len: 60 },
		text: 'unknown protocol len 60',
	},
];
