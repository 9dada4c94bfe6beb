/** UDP (RFC 768), UDP-Lite (RFC 3828), and DCCP (RFC 4340), all of which begin with the ports. */
import { malformed, whole } from './bounds.ts';
import { u16 } from './bytes.ts';
import type { Packet } from './packet.ts';
import type { Network } from './transport.ts';
import { inDatagram } from './tunnel.ts';

const HEADER = 8;

/** Ports. `size` of the header in bytes; false when it is not all there. */
export function ports(packet: Packet, data: Uint8Array, at: number, end: number, limit: number, size: number, header: string): boolean {
	if (at + 4 <= end && at + 4 <= limit) {
		packet.sport = u16(data, at);
		packet.dport = u16(data, at + 2);
	}
	return whole(packet, at, size, end, limit, header);
}

export function udp(packet: Packet, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number): void {
	if (!ports(packet, data, at, end, limit, HEADER, 'udp header')) return;
	inDatagram(packet, data, at + HEADER, end, limit, network, depth);
	const length = u16(data, at + 4);
	// 0 stands for more than 65,535 bytes, in an IPv6 jumbogram (RFC 2675 section 4) as in the kernel's own large packets
	if (length === 0 && (packet.family === 'ipv6' || packet.len > 0xffff)) return;
	if (length < HEADER) malformed(packet, `udp header: length ${length} bytes`);
	// in the first fragment the length is that of the whole datagram
	else if (at + length > limit && packet.fragment === undefined) malformed(packet, `udp header: length ${length} of ${limit - at} bytes`);
}

export function udplite(packet: Packet, data: Uint8Array, at: number, end: number, limit: number): void {
	if (!ports(packet, data, at, end, limit, HEADER, 'udplite header')) return;
	const coverage = u16(data, at + 4);
	// section 3.1: 0 is the whole packet, and the header is always covered
	if (coverage > 0 && coverage < HEADER) malformed(packet, `udplite header: checksum coverage ${coverage} bytes`);
	else if (at + coverage > limit && packet.fragment === undefined)
		malformed(packet, `udplite header: checksum coverage ${coverage} of ${limit - at} bytes`);
}

export function dccp(packet: Packet, data: Uint8Array, at: number, end: number, limit: number): void {
	ports(packet, data, at, end, limit, 12, 'dccp header');
}
