/** TCP, RFC 9293 section 3.1. */
import { malformed, whole } from './bounds.ts';
import { u16, u32 } from './bytes.ts';
import type { Packet } from './packet.ts';

const HEADER = 20;

/** The texts of all 512 combinations. AE (RFC 9768) is the low bit of the byte before the other flags. */
const FLAGS: readonly string[] = Array.from({ length: 512 }, (_, bits) =>
	['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'].filter((_name, bit) => bits & (1 << bit)).join('|'),
);

/** Ports, flags, sequence and acknowledgement number, window. */
export function tcp(packet: Packet, data: Uint8Array, at: number, end: number, limit: number): void {
	const stop = Math.min(end, limit);
	if (at + HEADER > stop) {
		if (at + 4 <= stop) {
			packet.sport = u16(data, at);
			packet.dport = u16(data, at + 2);
		}
		// that much is in every ICMP error
		if (at + 8 <= stop) packet.tcp = { seq: u32(data, at + 4) };
		whole(packet, at, HEADER, end, limit, 'tcp header');
		return;
	}
	packet.sport = u16(data, at);
	packet.dport = u16(data, at + 2);
	packet.tcp = {
		flags: FLAGS[u16(data, at + 12) & 0x1ff]!,
		seq: u32(data, at + 4),
		ack: u32(data, at + 8),
		window: u16(data, at + 14),
	};
	const size = (data[at + 12]! >> 4) * 4;
	if (size < HEADER) malformed(packet, `tcp header: data offset ${size} bytes`);
	else if (size > HEADER) whole(packet, at, size, end, limit, 'tcp header');
}
