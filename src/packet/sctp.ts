/** SCTP, RFC 9260 section 3. */
import { whole } from './bounds.ts';
import { u32 } from './bytes.ts';
import type { Packet } from './packet.ts';
import { ports } from './udp.ts';

const HEADER = 12;

const CHUNKS: ReadonlyMap<number, string> = new Map([
	[0, 'DATA'],
	[1, 'INIT'],
	[2, 'INIT-ACK'],
	[3, 'SACK'],
	[4, 'HEARTBEAT'],
	[5, 'HEARTBEAT-ACK'],
	[6, 'ABORT'],
	[7, 'SHUTDOWN'],
	[8, 'SHUTDOWN-ACK'],
	[9, 'ERROR'],
	[10, 'COOKIE-ECHO'],
	[11, 'COOKIE-ACK'],
	[12, 'ECNE'],
	[13, 'CWR'],
	[14, 'SHUTDOWN-COMPLETE'],
	[15, 'AUTH'],
	[64, 'I-DATA'],
	[128, 'ASCONF-ACK'],
	[130, 'RE-CONFIG'],
	[132, 'PAD'],
	[192, 'FORWARD-TSN'],
	[193, 'ASCONF'],
	[194, 'I-FORWARD-TSN'],
]);

/** Ports, verification tag, type of the first chunk ('CHUNK-<n>' for one without a name). */
export function sctp(packet: Packet, data: Uint8Array, at: number, end: number, limit: number): void {
	if (!ports(packet, data, at, end, limit, HEADER, 'sctp header')) return;
	const vtag = u32(data, at + 4);
	if (whole(packet, at + HEADER, 4, end, limit, 'sctp chunk')) {
		const type = data[at + HEADER]!;
		packet.sctp = { vtag, chunk: CHUNKS.get(type) ?? `CHUNK-${type}` };
	} else packet.sctp = { vtag };
}
