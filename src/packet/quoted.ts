/** The packet that an ICMP error is about. */
import { truncated, UNLIMITED } from './bounds.ts';
import { MAX_DEPTH } from './depth.ts';
import type { Packet } from './packet.ts';
import type { Network } from './transport.ts';

/**
 * Dissects the packet of ethertype `type` quoted at `at`. `length` is how many bytes of it there are, where the message says so
 * (RFC 4884 section 4), else 0. A quote is an excerpt, as short as 8 bytes beyond the IP header (RFC 792): that it ends before
 * a transport header does is no damage, unless it was the snapshot that ended.
 */
export function quote(
	packet: Packet,
	type: number,
	data: Uint8Array,
	at: number,
	length: number,
	end: number,
	limit: number,
	network: Network,
	depth: number,
): void {
	if (depth >= MAX_DEPTH) return;
	const last = length > 0 ? Math.min(at + length, limit) : limit;
	const stop = Math.min(end, last);
	if (at >= last) return;
	if (at >= stop) {
		truncated(packet, 'quoted packet');
		return;
	}
	// what limits it is the length in its own header, not that of the quote
	const quoted = network(type, data, at, stop, at + UNLIMITED, stop - at, depth + 1);
	if (quoted.damage?.kind === 'truncated' && last <= end && quoted.daddr !== undefined) {
		// the last added first: that way V8 goes back to the shape before, else it makes a dictionary of the object
		delete quoted.damage;
	}
	packet.quoted = quoted;
}
