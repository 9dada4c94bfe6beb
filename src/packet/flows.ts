/** What is said of a flow, by a packet's addresses, ports and protocol. Packets come in runs of few flows, and to look costs less than to say it anew. */
import type { Packet } from './packet.ts';

/** a power of two */
const MOST = 1024;

interface Known<T> {
	packet: Packet;
	said: T;
}

export class Flows<T> {
	private readonly known = new Array<Known<T> | undefined>(MOST);
	private readonly make: (packet: Packet) => T;

	/** @param make is given a packet of a flow that is not known */
	constructor(make: (packet: Packet) => T) {
		this.make = make;
	}

	/** Undefined for a packet that has no ports. */
	of(packet: Packet): T | undefined {
		const { proto, saddr, daddr, sport, dport } = packet;
		if (saddr === undefined || daddr === undefined || sport === undefined || dport === undefined) return undefined;
		const place = (sport ^ (dport << 3) ^ (saddr.length << 7)) & (MOST - 1);
		const known = this.known[place];
		if (known !== undefined) {
			const { packet: one } = known;
			if (one.sport === sport && one.dport === dport && one.saddr === saddr && one.daddr === daddr && one.proto === proto)
				return known.said;
		}
		const { family } = packet;
		const said = this.make(packet);
		this.known[place] = { packet: { family, len: 0, ...(proto !== undefined && { proto }), saddr, daddr, sport, dport }, said };
		return said;
	}
}
