/** From the bytes captured of a packet to what they say. */
import { malformed, truncated, UNLIMITED } from './bounds.ts';
import { addMac, ETHERNET, ethernetType, TAG, taggedType, vlanId } from './ethernet.ts';
import { isVlan } from './ethertypes.ts';
import { network } from './network.ts';
import type { Link, Packet } from './packet.ts';

/** As many as the kernel follows (include/linux/if_vlan.h, VLAN_MAX_DEPTH) */
const MAX_TAGS = 8;

/**
 * Dissects the packet whose first `length` bytes were captured at `start` of `data`. Any bytes are a packet: it never throws,
 * reads nothing else of `data`, and keeps no reference to it.
 *
 * Measured on Node 20: 70 to 85 ns for TCP or UDP whose addresses are known, 110 ns over the packets of the tests.
 */
export function dissect(data: Uint8Array, start: number, length: number, link: Link): Packet {
	const end = Math.min(start + length, data.length);
	let at = start + Math.max(link.l3Offset, 0);
	let type = link.protocol;
	let tags: number[] | undefined = link.vlanTci === undefined ? undefined : [link.vlanTci & 0xfff];
	let ethernet = false;
	if (link.l3Offset >= ETHERNET && at <= end) {
		const found = ethernetType(data, start, at, type);
		if (found !== 0) {
			type = found;
			ethernet = true;
			for (let tag = start + ETHERNET; tag < at; tag += TAG) tags = withTag(tags, vlanId(data, tag));
		}
	}
	let packet: Packet | undefined;
	while (isVlan(type)) {
		if (at + TAG > end || (tags !== undefined && tags.length >= MAX_TAGS)) {
			packet = network(type, data, at, end, at + UNLIMITED, link.len, 0);
			if (at + TAG > end) truncated(packet, 'vlan tag');
			else malformed(packet, `vlan tag: more than ${MAX_TAGS}`);
			break;
		}
		tags = withTag(tags, vlanId(data, at));
		type = taggedType(data, at);
		at += TAG;
	}
	const all = link.made === true && at + link.len >= end ? link.len : UNLIMITED;
	packet ??= network(type, data, at, end, at + all, link.len, 0);
	if (tags !== undefined) {
		packet.vlan = tags[0]!;
		if (tags.length > 1) packet.vlans = tags;
	}
	if (ethernet && link.addresses !== false) addMac(packet, data, start);
	return packet;
}

function withTag(tags: number[] | undefined, id: number): number[] {
	if (tags === undefined) return [id];
	tags.push(id);
	return tags;
}
