/** ESP (RFC 4303) and AH (RFC 4302): what can be read without the keys. */
import { whole } from './bounds.ts';
import { u32 } from './bytes.ts';
import type { Packet } from './packet.ts';

export function esp(packet: Packet, data: Uint8Array, at: number, end: number, limit: number): void {
	if (whole(packet, at, 8, end, limit, 'esp header')) packet.esp = { spi: u32(data, at), seq: u32(data, at + 4) };
}

export function ah(packet: Packet, data: Uint8Array, at: number, end: number, limit: number): void {
	if (whole(packet, at, 12, end, limit, 'ah header')) packet.ah = { spi: u32(data, at + 4), seq: u32(data, at + 8) };
}
