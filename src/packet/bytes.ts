/** Reading numbers in network byte order. The caller has made sure that the bytes are there. */

export function u16(data: Uint8Array, at: number): number {
	return (data[at]! << 8) | data[at + 1]!;
}

export function u32(data: Uint8Array, at: number): number {
	return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
}
