/** The network header: which protocol's it is. */
import { arp } from './arp.ts';
import { ETHERTYPE, ethertypeName, ethertypeNumber } from './ethertypes.ts';
import { ipv4 } from './ipv4.ts';
import { ipv6 } from './ipv6.ts';
import type { Packet } from './packet.ts';

/**
 * The packet of ethertype `type` at `at`. With `type` 0 it is an IP packet when it looks like one.
 * `len` is the length to show for it; one inside `depth` other packets shows that in its own header.
 */
export function network(type: number, data: Uint8Array, at: number, end: number, limit: number, len: number, depth: number): Packet {
	switch (type === 0 ? guess(data, at, end) : type) {
		case ETHERTYPE.ipv4:
			return ipv4(data, at, end, limit, len, network, depth);
		case ETHERTYPE.ipv6:
			return ipv6(data, at, end, limit, len, network, depth);
		case ETHERTYPE.arp:
			return arp(data, at, end, limit, len);
		case 0:
			return { family: 'other', len };
		default:
			return { family: 'other', proto: ethertypeName(type) ?? ethertypeNumber(type), len, ethertype: type };
	}
}

/** By the version, and the header length that goes with version 4. */
function guess(data: Uint8Array, at: number, end: number): number {
	if (at >= end) return 0;
	const first = data[at]!;
	if (first >= 0x45 && first <= 0x4f) return ETHERTYPE.ipv4;
	return first >> 4 === 6 ? ETHERTYPE.ipv6 : 0;
}
