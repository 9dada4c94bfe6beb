/** ICMPv6: RFC 4443, neighbour discovery (RFC 4861), RFC 4884 (length of the quote), RFC 8335 (extended echo). */
import { ipv6Text } from './address.ts';
import { whole } from './bounds.ts';
import { u16, u32 } from './bytes.ts';
import { ETHERTYPE } from './ethertypes.ts';
import type { IcmpHeader, Packet } from './packet.ts';
import { quote } from './quoted.ts';
import type { Network } from './transport.ts';

const HEADER = 8;

/** Type and code; identifier and sequence number of echo; the target of neighbour discovery; what an error is about. */
export function icmpv6(packet: Packet, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number): void {
	if (!whole(packet, at, HEADER, end, limit, 'icmpv6 header')) {
		if (at + 2 <= end && at + 2 <= limit) packet.icmp = { type: data[at]!, code: data[at + 1]! };
		return;
	}
	const type = data[at]!;
	const header: IcmpHeader = { type, code: data[at + 1]! };
	packet.icmp = header;
	switch (type) {
		case 128:
		case 129:
			header.id = u16(data, at + 4);
			header.seq = u16(data, at + 6);
			return;
		// extended echo: a sequence number of one byte
		case 160:
		case 161:
			header.id = u16(data, at + 4);
			header.seq = data[at + 6]!;
			return;
		// neighbour solicitation and advertisement, redirect
		case 135:
		case 136:
		case 137:
			if (whole(packet, at + HEADER, 16, end, limit, 'neighbour discovery target')) {
				const target = ipv6Text(data, at + HEADER);
				packet.nd = { target };
				if (type === 137) {
					// section 4.5: the target of a redirect is the better router
					header.gateway = target;
					if (whole(packet, at + HEADER + 16, 16, end, limit, 'redirect destination'))
						packet.nd.destination = ipv6Text(data, at + HEADER + 16);
				}
			}
			return;
		case 2:
			header.mtu = u32(data, at + 4);
			break;
		case 1:
		case 3:
		case 4:
			break;
		default:
			return;
	}
	// RFC 4884 section 4: 64-bit words, of these two
	const length = type === 1 || type === 3 ? data[at + 4]! * 8 : 0;
	quote(packet, ETHERTYPE.ipv6, data, at + HEADER, length, end, limit, network, depth);
}
