/** Packets byte by byte, right or wrong in just one place. */
import { isIPv6 } from 'node:net';

const u16 = (value: number): Buffer => Buffer.from([(value >> 8) & 255, value & 255]);

export function addressBytes(text: string): Buffer {
	if (!isIPv6(text)) return Buffer.from(text.split('.').map(Number));
	const [head = '', tail] = text.split('::');
	const groups = (part: string) => part.split(':').filter((group) => group !== '');
	const before = groups(head);
	const after = groups(tail ?? '');
	const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
	return Buffer.concat([...before, ...zeros, ...after].map((group) => u16(Number.parseInt(group, 16))));
}

export const macBytes = (text: string): Buffer => Buffer.from(text.replaceAll(':', ''), 'hex');

/** RFC 1071 */
function checksum(...parts: Buffer[]): number {
	const bytes = Buffer.concat(parts);
	let sum = 0;
	for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
	while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
	return ~sum & 0xffff;
}

export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, esp: 50, icmpv6: 58, sctp: 132, experiment: 253 } as const;

export interface Ends {
	from: string;
	to: string;
}

/** What TCP, UDP and ICMPv6 add up with their own bytes: RFC 9293, RFC 8200 section 8.1. */
function pseudoHeader({ from, to }: Ends, protocol: number, length: number): Buffer {
	return Buffer.concat([addressBytes(from), addressBytes(to), u16(0), u16(length), u16(protocol)]);
}

export interface Ipv4 extends Ends {
	protocol: number;
	ttl?: number;
	id?: number;
	dontFragment?: boolean;
	/** bytes */
	offset?: number;
	more?: boolean;
	version?: number;
	wrongChecksum?: boolean;
}

export function ipv4(header: Ipv4, payload: Buffer): Buffer {
	const { from, to, protocol, ttl = 64, id = 0x1234, dontFragment, offset = 0, more, version = 4, wrongChecksum } = header;
	const bytes = Buffer.concat([
		Buffer.from([(version << 4) | 5, 0]),
		u16(20 + payload.length),
		u16(id),
		u16((dontFragment ? 0x4000 : 0) | (more ? 0x2000 : 0) | (offset >> 3)),
		Buffer.from([ttl, protocol, 0, 0]),
		addressBytes(from),
		addressBytes(to),
	]);
	bytes.writeUInt16BE(checksum(bytes) ^ (wrongChecksum ? 0x0101 : 0), 10);
	return Buffer.concat([bytes, payload]);
}

export interface Ipv6 extends Ends {
	next: number;
	hops?: number;
	version?: number;
}

export function ipv6({ from, to, next, hops = 64, version = 6 }: Ipv6, payload: Buffer): Buffer {
	const start = Buffer.concat([Buffer.from([version << 4, 0, 0, 0]), u16(payload.length), Buffer.from([next, hops])]);
	return Buffer.concat([start, addressBytes(from), addressBytes(to), payload]);
}

/** An extension header of 8 bytes with nothing but padding in it: hop-by-hop (0), destination options (60). */
export const ipv6Options = (next: number): Buffer => Buffer.from([next, 0, 1, 4, 0, 0, 0, 0]);

export interface Ports {
	sport: number;
	dport: number;
	wrongChecksum?: boolean;
}

export function udp(ends: Ends, { sport, dport, wrongChecksum }: Ports, data = 'hello'): Buffer {
	const bytes = Buffer.concat([u16(sport), u16(dport), u16(8 + data.length), u16(0), Buffer.from(data)]);
	const sum = checksum(pseudoHeader(ends, PROTOCOL.udp, bytes.length), bytes) || 0xffff;
	bytes.writeUInt16BE(sum ^ (wrongChecksum ? 0x0101 : 0), 6);
	return bytes;
}

/** byte 13 of the header, RFC 9293 section 3.1 */
export const TCP_SYN = 2;
export const TCP_RST_ACK = 0x14;

export function tcp(ends: Ends, { sport, dport, wrongChecksum }: Ports, flags = TCP_SYN, seq = 1000, ack = 0): Buffer {
	const bytes = Buffer.alloc(20);
	bytes.writeUInt16BE(sport, 0);
	bytes.writeUInt16BE(dport, 2);
	bytes.writeUInt32BE(seq, 4);
	bytes.writeUInt32BE(ack, 8);
	bytes[12] = 5 << 4;
	bytes[13] = flags;
	bytes.writeUInt16BE(8192, 14);
	bytes.writeUInt16BE(checksum(pseudoHeader(ends, PROTOCOL.tcp, 20), bytes) ^ (wrongChecksum ? 0x0101 : 0), 16);
	return bytes;
}

/** An INIT chunk: RFC 9260 section 3.3.2. Its checksum stays 0, since nobody gets to look at it. */
export function sctpInit({ sport, dport }: Ports): Buffer {
	const chunk = Buffer.concat([Buffer.from([1, 0]), u16(20), Buffer.alloc(16, 1)]);
	return Buffer.concat([u16(sport), u16(dport), Buffer.alloc(8), chunk]);
}

/** An ICMP echo request: RFC 792. */
export function echo(id: number, seq: number, wrongChecksum = false): Buffer {
	const bytes = Buffer.concat([Buffer.from([8, 0, 0, 0]), u16(id), u16(seq), Buffer.from('ping')]);
	bytes.writeUInt16BE(checksum(bytes) ^ (wrongChecksum ? 0x0101 : 0), 2);
	return bytes;
}

/** An ICMP error about a packet, of which it has the header and eight bytes: RFC 792. */
export function icmpError(type: number, code: number, about: Buffer): Buffer {
	const bytes = Buffer.concat([Buffer.from([type, code, 0, 0, 0, 0, 0, 0]), about.subarray(0, 28)]);
	bytes.writeUInt16BE(checksum(bytes), 2);
	return bytes;
}

/** The answer to an echo request. */
export function echoReply(request: Buffer): Buffer {
	const bytes = Buffer.from(request);
	bytes[0] = 0;
	bytes.writeUInt16BE(0, 2);
	bytes.writeUInt16BE(checksum(bytes), 2);
	return bytes;
}

/** An ICMPv6 echo request: RFC 4443 section 4.1. */
export function echo6(ends: Ends, id: number, seq: number, wrongChecksum = false): Buffer {
	const bytes = Buffer.concat([Buffer.from([128, 0, 0, 0]), u16(id), u16(seq), Buffer.from('ping')]);
	bytes.writeUInt16BE(checksum(pseudoHeader(ends, PROTOCOL.icmpv6, bytes.length), bytes) ^ (wrongChecksum ? 0x0101 : 0), 2);
	return bytes;
}

/** RFC 826, IPv4 over Ethernet. `op` 1: request, 2: reply. */
export function arp(op: number, senderMac: string, sender: string, target: string): Buffer {
	const start = Buffer.concat([u16(1), u16(0x0800), Buffer.from([6, 4]), u16(op)]);
	return Buffer.concat([start, macBytes(senderMac), addressBytes(sender), Buffer.alloc(6), addressBytes(target)]);
}

export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, experiment: 0x88b5 } as const;

export interface Ethernet {
	from: string;
	to: string;
	type: number;
	vlan?: number;
}

export function ethernet({ from, to, type, vlan }: Ethernet, payload: Buffer): Buffer {
	const tag = vlan === undefined ? Buffer.alloc(0) : Buffer.concat([u16(0x8100), u16(vlan)]);
	return Buffer.concat([macBytes(to), macBytes(from), tag, u16(type), payload]);
}
