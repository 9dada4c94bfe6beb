import type { Link, Packet } from '../../src/packet/packet.ts';

/** A packet as hexadecimal, and what it is. */
export interface Sample {
	name: string;
	hex: string;
	link: Partial<Link>;
	packet: Packet;
	text: string;
}

/** The bytes of a text of hexadecimal digits and white space. */
export function bytes(hex: string): Uint8Array {
	return Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
}

export function link(partial: Partial<Link>): Link {
	return { l3Offset: 0, protocol: 0, len: 0, vlanTci: undefined, ...partial };
}
