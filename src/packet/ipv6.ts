/** IPv6: RFC 8200; RFC 2675 for jumbograms. */
import { ipv6Text } from './address.ts';
import { malformed, UNLIMITED, whole } from './bounds.ts';
import { u16 } from './bytes.ts';
import { extensions } from './ipv6-extensions.ts';
import type { Packet } from './packet.ts';
import { PROTOCOL } from './protocols.ts';
import type { Network } from './transport.ts';

const HEADER = 40;

/** The packet at `at`. Its own header says how long it is; `len` (skb->len) stands in where it does not. See bounds.ts. */
export function ipv6(data: Uint8Array, at: number, end: number, limit: number, len: number, network: Network, depth: number): Packet {
	const version = at < end && at < limit ? data[at]! >> 4 : 6;
	if (version !== 6) return { family: 'ipv6', len, damage: { kind: 'malformed', where: `ipv6 header: version ${version}` } };
	if (at + HEADER > end || at + HEADER > limit) return part(data, at, end, limit, len);
	const told = u16(data, at + 4);
	// of a packet that is being made the limit is no header's, but where it ends; its length is put in last (__ip6_local_out), and then counts
	const made = limit === at + len;
	const payload = told === 0 && made ? len - HEADER : told;
	const next = data[at + 6]!;
	// 0 is for jumbograms, whose length is in a hop-by-hop option; the kernel's own packets of more than 65,535 bytes go without
	const unknown = payload === 0 && (next === PROTOCOL.hopByHop || len > 0xffff);
	const packet: Packet = {
		family: 'ipv6',
		// replaced by the protocol's name when the extension headers have been read
		proto: '',
		saddr: ipv6Text(data, at + 8),
		daddr: ipv6Text(data, at + 24),
		len: unknown ? len : HEADER + payload,
		ttl: data[at + 7]!,
	};
	let last = at + HEADER + (unknown ? UNLIMITED : payload);
	if (last > limit && (unknown || !made)) {
		if (!unknown) malformed(packet, `ipv6 header: payload length ${payload} of ${limit - at - HEADER} bytes`);
		last = limit;
	}
	extensions(packet, next, data, at + HEADER, end, last, payload, network, depth);
	return packet;
}

/** As much as there is of a header that is not all there. */
function part(data: Uint8Array, at: number, end: number, limit: number, len: number): Packet {
	const packet: Packet = { family: 'ipv6', len };
	const there = Math.min(end, limit) - at;
	if (there >= 24) packet.saddr = ipv6Text(data, at + 8);
	if (there >= 8) packet.ttl = data[at + 7]!;
	whole(packet, at, HEADER, end, limit, 'ipv6 header');
	return packet;
}
