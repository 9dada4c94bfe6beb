/** IPv4, RFC 791 section 3.1. */
import { ipv4Text } from './address.ts';
import { malformed, UNLIMITED, whole } from './bounds.ts';
import { u16 } from './bytes.ts';
import type { Packet } from './packet.ts';
import { protocolName } from './protocols.ts';
import { decoder, type Network } from './transport.ts';

const HEADER = 20;

/** The packet at `at`. Its own header says how long it is; `len` (skb->len) stands in for the kernel's packets that are too large to say. */
export function ipv4(data: Uint8Array, at: number, end: number, limit: number, len: number, network: Network, depth: number): Packet {
	const version = at < end && at < limit ? data[at]! >> 4 : 4;
	if (version !== 4) return { family: 'ipv4', len, damage: { kind: 'malformed', where: `ipv4 header: version ${version}` } };
	if (at + HEADER > end || at + HEADER > limit) return part(data, at, end, limit, len);
	const total = u16(data, at + 2);
	const protocol = data[at + 9]!;
	const packet: Packet = {
		family: 'ipv4',
		proto: protocolName(protocol),
		saddr: ipv4Text(data, at + 12),
		daddr: ipv4Text(data, at + 16),
		len: total < HEADER ? len : total,
		ttl: data[at + 8]!,
		id: u16(data, at + 4),
	};
	const size = (data[at]! & 15) * 4;
	if (size < HEADER) {
		malformed(packet, `ipv4 header: length ${size} bytes`);
		return packet;
	}
	// the kernel's own packets of more than 65,535 bytes say 0 (include/linux/ip.h, iph_totlen); and so do those that are being made,
	// until they are nearly done (__ip_local_out): there the limit is no header's, but where they end, and a length that is there counts
	const made = limit === at + len;
	const large = total === 0 && (len > 0xffff || made);
	if (total < size && !large) {
		malformed(packet, `ipv4 header: total length ${total} bytes`);
		return packet;
	}
	let last = at + (large ? UNLIMITED : total);
	if (last > limit && (large || !made)) {
		if (!large) malformed(packet, `ipv4 header: total length ${total} of ${limit - at} bytes`);
		last = limit;
	}
	const position = u16(data, at + 6) & 0x3fff;
	if (position !== 0) packet.fragment = { offset: (position & 0x1fff) * 8, more: position >= 0x2000 };
	if (size > HEADER && !whole(packet, at, size, end, last, 'ipv4 header')) return packet;
	// only the first fragment has the transport header
	if ((position & 0x1fff) === 0) decoder(protocol)?.(packet, data, at + size, end, last, network, depth);
	return packet;
}

/** As much as there is of a header that is not all there. */
function part(data: Uint8Array, at: number, end: number, limit: number, len: number): Packet {
	const packet: Packet = { family: 'ipv4', len };
	const there = Math.min(end, limit) - at;
	if (there >= 10) packet.proto = protocolName(data[at + 9]!);
	if (there >= 16) packet.saddr = ipv4Text(data, at + 12);
	if (there >= 9) packet.ttl = data[at + 8]!;
	if (there >= 6) packet.id = u16(data, at + 4);
	whole(packet, at, HEADER, end, limit, 'ipv4 header');
	return packet;
}
