/**
 * A dropped packet as a frame of a link type (https://www.tcpdump.org/linktypes.html): what is on the wire where that is known, and
 * nothing made up where it is not.
 *
 * With its link header it is an Ethernet frame, into which a VLAN tag that the kernel keeps beside the packet is put back. An IP
 * packet that has no link header, or one of another kind of device, is just that packet. What else has none (ARP on its way out, a
 * tagged packet) gets the "cooked" header of Linux, which says the protocol and needs no addresses.
 */

import { ETHERNET, ethernetType, TAG } from '../packet/ethernet.ts';
import { ETHERTYPE } from '../packet/ethertypes.ts';
import type { Captured } from '../session/captured.ts';

export const LINK_TYPE = { ethernet: 1, raw: 101, cooked: 276 } as const;
export type LinkType = (typeof LINK_TYPE)[keyof typeof LINK_TYPE];

/** LINKTYPE_LINUX_SLL2: protocol, reserved, interface, kind of device, kind of packet, length of the address, address of 8 bytes */
const COOKED = 20;
/** where a tag goes: behind both addresses */
const ADDRESSES = 12;
/** include/uapi/linux/if_arp.h */
const ARPHRD_NONE = 0xfffe;

export function linkTypeOf({ bytes, start, captured, length, l3Offset, protocol, tag }: Captured): LinkType {
	const complete = l3Offset >= ETHERNET && captured >= l3Offset;
	if (complete && ethernetType(bytes, start, start + l3Offset, protocol) !== 0) return LINK_TYPE.ethernet;
	if (tag !== undefined) return LINK_TYPE.cooked;
	if (protocol === ETHERTYPE.ipv4 || protocol === ETHERTYPE.ipv6) return LINK_TYPE.raw;
	const version = captured > l3Offset ? (bytes[start + l3Offset] as number) >> 4 : 0;
	return protocol === 0 && length > l3Offset && (version === 4 || version === 6) ? LINK_TYPE.raw : LINK_TYPE.cooked;
}

/** Bytes before the network header's, in place of the link header that was captured or was not. */
const headerBytes = (type: LinkType, { l3Offset, tag }: Captured): number => {
	const tagged = tag === undefined ? 0 : TAG;
	if (type === LINK_TYPE.ethernet) return l3Offset + tagged;
	return type === LINK_TYPE.cooked ? COOKED + tagged : 0;
};

/** Bytes of the whole frame. */
export function frameLength(type: LinkType, captured: Captured): number {
	return headerBytes(type, captured) + Math.max(0, captured.length - captured.l3Offset);
}

/** Bytes of the frame that there are, as far as `limit`. */
export function framedBytes(type: LinkType, captured: Captured, limit: number): number {
	return Math.min(headerBytes(type, captured) + Math.max(0, captured.captured - captured.l3Offset), limit);
}

/** Writes the frame to `target` at `at`; some bytes behind its end may be written over. */
export function writeFrame(type: LinkType, captured: Captured, target: Buffer, at: number, length: number): void {
	const { bytes, start, l3Offset, tag } = captured;
	const end = at + length;
	const from = start + l3Offset;
	if (type === LINK_TYPE.ethernet) {
		target.set(bytes.subarray(start, start + ADDRESSES), at);
		at += ADDRESSES;
		if (tag !== undefined) {
			at = target.writeUInt16BE(tag.protocol, at);
			at = target.writeUInt16BE(tag.control, at);
		}
		target.set(bytes.subarray(start + ADDRESSES, from), at);
		at += l3Offset - ADDRESSES;
	} else if (type === LINK_TYPE.cooked) {
		const { pktType, ifindex, protocol } = captured;
		at = target.writeUInt16BE(tag?.protocol ?? protocol, at);
		at = target.writeUInt16BE(0, at);
		at = target.writeUInt32BE(ifindex, at);
		at = target.writeUInt16BE(ARPHRD_NONE, at);
		at = target.writeUInt8(pktType, at);
		// no address
		target.fill(0, at, at + 9);
		at += 9;
		if (tag !== undefined) {
			at = target.writeUInt16BE(tag.control, at);
			at = target.writeUInt16BE(protocol, at);
		}
	}
	if (end > at) target.set(bytes.subarray(from, from + end - at), at);
}
