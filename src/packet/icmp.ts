/** ICMP: RFC 792, with the additions of RFC 1191 (MTU), RFC 4884 (length of the quote), RFC 8335 (extended echo). */
import { ipv4Text } from './address.ts';
import { whole } from './bounds.ts';
import { u16 } from './bytes.ts';
import { ETHERTYPE } from './ethertypes.ts';
import type { IcmpHeader, Packet } from './packet.ts';
import { quote } from './quoted.ts';
import type { Network } from './transport.ts';

const HEADER = 8;

/** Type and code; identifier and sequence number of queries; what an error is about. */
export function icmp(packet: Packet, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number): void {
	if (!whole(packet, at, HEADER, end, limit, 'icmp header')) {
		if (at + 2 <= end && at + 2 <= limit) packet.icmp = { type: data[at]!, code: data[at + 1]! };
		return;
	}
	const type = data[at]!;
	const code = data[at + 1]!;
	const header: IcmpHeader = { type, code };
	packet.icmp = header;
	switch (type) {
		// echo, timestamp, information, address mask: requests and replies
		case 0:
		case 8:
		case 13:
		case 14:
		case 15:
		case 16:
		case 17:
		case 18:
			header.id = u16(data, at + 4);
			header.seq = u16(data, at + 6);
			return;
		// extended echo: a sequence number of one byte
		case 42:
		case 43:
			header.id = u16(data, at + 4);
			header.seq = data[at + 6]!;
			return;
		case 3:
			if (code === 4) header.mtu = u16(data, at + 6);
			break;
		case 5:
			header.gateway = ipv4Text(data, at + 4);
			break;
		// source quench, time exceeded, parameter problem
		case 4:
		case 11:
		case 12:
			break;
		default:
			return;
	}
	// RFC 4884 section 4: 32-bit words, of these three
	const length = type === 3 || type === 11 || type === 12 ? data[at + 5]! * 4 : 0;
	quote(packet, ETHERTYPE.ipv4, data, at + HEADER, length, end, limit, network, depth);
}
