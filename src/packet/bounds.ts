/**
 * Two ends bound what may be read of a header, both offsets into the data:
 * - `end`: the first byte that was not captured. A header beyond it is truncated.
 * - `limit`: the first byte that, by the length in an outer header, is not the packet's. A header beyond it is malformed.
 */
import type { Packet } from './packet.ts';

/** Added to an offset it is a limit that no captured packet reaches, still a small integer to V8. */
export const UNLIMITED = 0x1fffffff;

/** Whether all `size` bytes of a header at `at` can be read. If not, says so on the packet. */
export function whole(packet: Packet, at: number, size: number, end: number, limit: number, header: string): boolean {
	if (at + size <= end && at + size <= limit) return true;
	if (at + size <= limit) truncated(packet, header);
	// a fragment may end anywhere: its length does not contradict the header
	else if (packet.fragment === undefined) malformed(packet, `${header}: ${Math.max(limit - at, 0)} of ${size} bytes`);
	return false;
}

/** The first damage found stays: what follows it is guesswork. */
export function truncated(packet: Packet, header: string): void {
	if (packet.damage !== undefined) return;
	packet.damage = { kind: 'truncated', where: header };
}

export function malformed(packet: Packet, what: string): void {
	if (packet.damage !== undefined) return;
	packet.damage = { kind: 'malformed', where: what };
}
