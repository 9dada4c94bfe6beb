/** Addresses as users write them, and as the kernel compares them. */
import { libc } from '../bpf/libc.ts';
import { fail } from '../errors.ts';

export interface Prefix {
	family: 4 | 6;
	/** network bytes read as little-endian words, as the program loads them; bits past the prefix are 0 */
	address: number[];
	mask: number[];
}

/**
 * '10.0.0.0/8,fd00::1' as given to `option`.
 * @throws bad-address
 */
export function parseAddresses(text: string, option: string): Prefix[] {
	return text.split(',').map((part) => parsePrefix(part.trim()) ?? fail('bad-address', { value: part, option }));
}

function parsePrefix(text: string): Prefix | undefined {
	const [address = '', length, rest] = text.split('/');
	const bytes = addressBytes(address);
	if (!bytes || rest !== undefined || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
	const most = bytes.length * 8;
	const bits = length === undefined ? most : Number(length);
	if (bits > most) return undefined;
	const mask = words(prefixBytes(bits));
	return { family: most === 32 ? 4 : 6, address: words(bytes).map((word, i) => (word & (mask[i] as number)) >>> 0), mask };
}

/** The 4 or 16 bytes of an address, undefined for what is none: inet_pton(3), which takes no scope behind a '%'. */
export function addressBytes(text: string): number[] | undefined {
	for (const [family, size] of FAMILIES) {
		const bytes = new Uint8Array(size);
		if (libc.inet_pton(family, text, bytes) === 1) return [...bytes];
	}
	return undefined;
}

/** AF_INET, AF_INET6, and bytes of an address */
const FAMILIES = [
	[2, 4],
	[10, 16],
] as const;

const prefixBytes = (bits: number): number[] =>
	Array.from({ length: 16 }, (_, i) => 0xff & ~(0xff >>> Math.min(8, Math.max(0, bits - i * 8))));

function words(bytes: number[]): number[] {
	const view = new DataView(Uint8Array.from({ length: 16 }, (_, i) => bytes[i] ?? 0).buffer);
	return [0, 4, 8, 12].map((at) => view.getUint32(at, true));
}
