/** What was done to a packet between two sights of it. */
import type { Packet } from '../packet/packet.ts';
import { packetText } from '../packet/text.ts';
import type { Change } from './path.ts';

/** What is not known of one of them is no difference. */
const differ = <T>(a: T | undefined, b: T | undefined): boolean => a !== b && a !== undefined && b !== undefined;

const sameEnds = (a: Packet, b: Packet): boolean =>
	!differ(a.saddr, b.saddr) && !differ(a.daddr, b.daddr) && !differ(a.sport, b.sport) && !differ(a.dport, b.dport);

/** A packet that is inside the other, at any depth. */
const contains = (outer: Packet, wanted: Packet): boolean =>
	outer.inner !== undefined && ((outer.inner.proto === wanted.proto && sameEnds(outer.inner, wanted)) || contains(outer.inner, wanted));

/** undefined: nothing that has a name */
export function changeBetween(from: Packet, to: Packet): Omit<Change, 'at'> | undefined {
	if (from.saddr === undefined || to.saddr === undefined) return undefined;
	// what its socket said of it before it had headers is not what was changed
	if (from.ttl === undefined && to.ttl !== undefined) return undefined;
	if (from.proto === to.proto && from.family === to.family && sameEnds(from, to)) return undefined;
	const what = contains(to, from) ? 'encap' : contains(from, to) ? 'decap' : from.proto === to.proto ? 'nat' : undefined;
	if (what === undefined) return undefined;
	return { what, from: packetText(from), to: packetText(to) };
}
