/** The headers between an IPv6 header and the transport header: RFC 8200 section 4, the registry of RFC 7045. */
import { malformed, UNLIMITED, whole } from './bounds.ts';
import { u16, u32 } from './bytes.ts';
import type { Packet } from './packet.ts';
import { PROTOCOL, protocolName } from './protocols.ts';
import { decoder, type Network } from './transport.ts';

/** More extension headers than this are read no further. RFC 8200 has a use for eight. */
const MAX_HEADERS = 16;
/** RFC 2675 section 2 */
const JUMBO_PAYLOAD = 0xc2;

const HEADERS: Readonly<Record<number, string>> = {
	[PROTOCOL.hopByHop]: 'ipv6 hop-by-hop header',
	[PROTOCOL.routing]: 'ipv6 routing header',
	[PROTOCOL.fragment]: 'ipv6 fragment header',
	[PROTOCOL.ah]: 'ah header',
	[PROTOCOL.destination]: 'ipv6 destination options',
	[PROTOCOL.mobility]: 'mobility header',
	[PROTOCOL.hip]: 'hip header',
	[PROTOCOL.shim6]: 'shim6 header',
};
const NAME: readonly string[] = Array.from({ length: 256 }, (_, number) => HEADERS[number] ?? '');

/**
 * Follows the chain that begins with a header of type `next` at `at`, and decodes what it ends in; `payload` is the length in the
 * IPv6 header, bytes. `packet.proto` becomes the protocol's name, or is removed when the chain cannot be read to its end.
 */
export function extensions(
	packet: Packet,
	next: number,
	data: Uint8Array,
	at: number,
	end: number,
	limit: number,
	payload: number,
	network: Network,
	depth: number,
): void {
	let type = next;
	let here = at;
	let last = limit;
	for (let count = 0; NAME[type] !== ''; count++) {
		const name = NAME[type]!;
		if (count === MAX_HEADERS) {
			malformed(packet, `ipv6 header: more than ${MAX_HEADERS} extension headers`);
			delete packet.proto;
			return;
		}
		const size = here + 8 <= end && here + 8 <= last ? sizeOf(type, data[here + 1]!) : 8;
		if (!whole(packet, here, size, end, last, name)) {
			delete packet.proto;
			return;
		}
		if (type === PROTOCOL.hopByHop) {
			// section 4.1: only immediately after the IPv6 header
			if (count > 0) malformed(packet, `${name}: not the first`);
			else last = jumbo(packet, data, here, here + size, last, payload);
		} else if (type === PROTOCOL.ah) packet.ah = { spi: u32(data, here + 4), seq: u32(data, here + 8) };
		else if (type === PROTOCOL.fragment) {
			const position = u16(data, here + 2);
			packet.id = u32(data, here + 4);
			packet.fragment = { offset: position & 0xfff8, more: (position & 1) !== 0 };
			// what follows is the middle of something
			if (position >= 8) {
				packet.proto = protocolName(data[here]!);
				return;
			}
		}
		const following = data[here]!;
		// a message of its own, not a header of one
		if (following === PROTOCOL.none && type >= PROTOCOL.mobility) {
			packet.proto = protocolName(type);
			return;
		}
		type = following;
		here += size;
	}
	packet.proto = protocolName(type);
	decoder(type)?.(packet, data, here, end, last, network, depth);
}

/** Bytes of an extension header of `type`, at least 8; `length` is its second byte. */
function sizeOf(type: number, length: number): number {
	if (type === PROTOCOL.fragment) return 8;
	// RFC 4302 section 2.2: 32-bit words, less 2; the fixed part is 12 bytes
	if (type === PROTOCOL.ah) return Math.max((length + 2) * 4, 12);
	return (length + 1) * 8;
}

/** The packet's limit, when the hop-by-hop header at `at` has an option that sets it; else the `limit` there was. */
function jumbo(packet: Packet, data: Uint8Array, at: number, stop: number, limit: number, payload: number): number {
	for (let option = at + 2; option < stop; ) {
		const type = data[option]!;
		// Pad1 is a byte without a length
		if (type === 0) {
			option++;
			continue;
		}
		if (option + 2 > stop || option + 2 + data[option + 1]! > stop) {
			malformed(packet, 'ipv6 hop-by-hop header: option beyond its end');
			return limit;
		}
		const length = data[option + 1]!;
		if (type === JUMBO_PAYLOAD) {
			if (length !== 4) malformed(packet, `ipv6 jumbo payload: option of ${length} bytes`);
			else if (payload !== 0) malformed(packet, `ipv6 jumbo payload: payload length ${payload} too`);
			else if (u32(data, option + 2) <= 0xffff) malformed(packet, `ipv6 jumbo payload: length ${u32(data, option + 2)} bytes`);
			// the length counts from the hop-by-hop header, the first after the IPv6 header
			else return Math.min(limit, at + Math.min(u32(data, option + 2), UNLIMITED));
			return limit;
		}
		option += 2 + length;
	}
	if (payload === 0 && packet.len <= 0xffff) malformed(packet, 'ipv6 header: payload length 0 bytes');
	return limit;
}
