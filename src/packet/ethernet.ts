/** Ethernet headers and VLAN tags: IEEE 802.3, 802.1Q. */
import { macText } from './address.ts';
import { u16 } from './bytes.ts';
import { ETHERTYPE, ethertypeName, isVlan } from './ethertypes.ts';
import type { Packet } from './packet.ts';

/** Bytes of an Ethernet header without tags */
export const ETHERNET = 14;
/** Bytes of a tag: two of tag control information, two of the type that follows */
export const TAG = 4;
/** Smallest ethertype; below it the field is a length, and an LLC header follows (IEEE 802.3 clause 3.2.6) */
const SMALLEST = 0x600;

/**
 * The ethertype of the network header at `l3`, by the Ethernet header from `start` to there; 0 when those bytes are no Ethernet
 * header that agrees with `protocol`, the kernel's idea of it. They need not be one: tunnels and other kinds of device have link
 * headers too, and an skb may remember the place of one that it has lost.
 */
export function ethernetType(data: Uint8Array, start: number, l3: number, protocol: number): number {
	const outer = u16(data, start + 12);
	let type = outer;
	let at = start + ETHERNET;
	while (isVlan(type) && at + TAG <= l3) {
		type = u16(data, at + 2);
		at += TAG;
	}
	if (at !== l3) return 0;
	if (type < SMALLEST) return protocol < SMALLEST ? protocol || ETHERTYPE.llc : 0;
	const agrees = type === protocol || outer === protocol || (protocol === 0 && ethertypeName(type) !== undefined);
	return agrees ? type : 0;
}

/** The VLAN identifier in the tag at `at`: the low 12 bits. */
export function vlanId(data: Uint8Array, at: number): number {
	return u16(data, at) & 0xfff;
}

/** The ethertype in the tag at `at`. */
export function taggedType(data: Uint8Array, at: number): number {
	const type = u16(data, at + 2);
	return type < SMALLEST ? ETHERTYPE.llc : type;
}

/** Adds the addresses of the Ethernet header at `at`. */
export function addMac(packet: Packet, data: Uint8Array, at: number): void {
	packet.mac = { source: macText(data, at + 6), destination: macText(data, at) };
}
