/**
 * Packets that carry packets: IP in IP (RFC 2003, RFC 4213, RFC 2473), GRE (RFC 2784, RFC 2890), VXLAN (RFC 7348) and Geneve
 * (RFC 8926).
 */
import { malformed, whole } from './bounds.ts';
import { u16, u32 } from './bytes.ts';
import { MAX_DEPTH } from './depth.ts';
import { ETHERNET, TAG, taggedType, vlanId } from './ethernet.ts';
import { ETHERTYPE, isVlan } from './ethertypes.ts';
import type { Packet } from './packet.ts';
import type { Network } from './transport.ts';

/** Transparent Ethernet Bridging, and ERSPAN, in the protocol field of GRE and Geneve */
const BRIDGED = 0x6558;
const ERSPAN = 0x88be;
const ERSPAN_HEADER = 8;
/** Flags of GRE: checksum, key, sequence number; version */
const GRE = { checksum: 0x8000, key: 0x2000, sequence: 0x1000, version: 7 } as const;
/** IANA's port of VXLAN, and Linux's before there was one */
const VXLAN_PORTS: readonly number[] = [4789, 8472];
const GENEVE_PORT = 6081;
/** of VXLAN and of Geneve without options */
const HEADER = 8;
/** the one flag of VXLAN that counts: there is an identifier */
const VXLAN_IDENTIFIED = 0x08;
const MAX_TAGS = 2;

/** The packet at `at`, of an ethertype. */
function carry(packet: Packet, type: number, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number) {
	if (depth >= MAX_DEPTH || at >= limit) return;
	packet.inner = network(type, data, at, end, limit, limit - at, depth + 1);
}

/** The Ethernet frame at `at`. */
function carryFrame(packet: Packet, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number): void {
	if (!whole(packet, at, ETHERNET, end, limit, 'inner ethernet header')) return;
	let type = u16(data, at + 12);
	let next = at + ETHERNET;
	let vlan: number | undefined;
	for (let tags = 0; isVlan(type) && tags < MAX_TAGS; tags++) {
		if (!whole(packet, next, TAG, end, limit, 'inner vlan tag')) return;
		vlan ??= vlanId(data, next);
		type = taggedType(data, next);
		next += TAG;
	}
	carry(packet, type, data, next, end, limit, network, depth);
	if (packet.inner !== undefined && vlan !== undefined) packet.inner.vlan = vlan;
}

/** What stands behind a header that says so by an ethertype. */
function carryType(
	packet: Packet,
	type: number,
	data: Uint8Array,
	at: number,
	end: number,
	limit: number,
	network: Network,
	depth: number,
): void {
	if (type === BRIDGED) carryFrame(packet, data, at, end, limit, network, depth);
	else if (type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6) carry(packet, type, data, at, end, limit, network, depth);
}

/** IPv4 in whatever it is. */
export function ipip(packet: Packet, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number): void {
	carry(packet, ETHERTYPE.ipv4, data, at, end, limit, network, depth);
}

/** IPv6 in whatever it is. */
export function sixInFour(packet: Packet, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number): void {
	carry(packet, ETHERTYPE.ipv6, data, at, end, limit, network, depth);
}

export function gre(packet: Packet, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number): void {
	if (!whole(packet, at, 4, end, limit, 'gre header')) return;
	const flags = u16(data, at);
	const type = u16(data, at + 2);
	// version 1 is PPTP's, which carries PPP
	if ((flags & GRE.version) !== 0) return;
	let next = at + 4;
	if (flags & GRE.checksum) next += 4;
	const key = next;
	if (flags & GRE.key) next += 4;
	if (flags & GRE.sequence) next += 4;
	if (!whole(packet, at, next - at, end, limit, 'gre header')) return;
	packet.tunnel = { type: 'gre' };
	if (flags & GRE.key) packet.tunnel.key = u32(data, key);
	if (type === ERSPAN) carryFrame(packet, data, next + (flags & GRE.sequence ? ERSPAN_HEADER : 0), end, limit, network, depth);
	else carryType(packet, type, data, next, end, limit, network, depth);
}

/** What is in a datagram, by its port; anything else on that port is left alone. `at`: behind the UDP header. */
export function inDatagram(
	packet: Packet,
	data: Uint8Array,
	at: number,
	end: number,
	limit: number,
	network: Network,
	depth: number,
): void {
	const { dport = 0 } = packet;
	if (VXLAN_PORTS.includes(dport)) vxlan(packet, data, at, end, limit, network, depth);
	else if (dport === GENEVE_PORT) geneve(packet, data, at, end, limit, network, depth);
}

function vxlan(packet: Packet, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number): void {
	if (at + HEADER > end || at + HEADER > limit || data[at] !== VXLAN_IDENTIFIED) return;
	packet.tunnel = { type: 'vxlan', vni: u32(data, at + 4) >>> 8 };
	carryFrame(packet, data, at + HEADER, end, limit, network, depth);
}

function geneve(packet: Packet, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number): void {
	if (at + HEADER > end || at + HEADER > limit || data[at]! >> 6 !== 0) return;
	const size = HEADER + (data[at]! & 0x3f) * 4;
	packet.tunnel = { type: 'geneve', vni: u32(data, at + 4) >>> 8 };
	if (at + size > limit) malformed(packet, `geneve header: ${limit - at} of ${size} bytes`);
	else carryType(packet, u16(data, at + 2), data, at + size, end, limit, network, depth);
}
