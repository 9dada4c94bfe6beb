/** Addresses as users write them, and as the kernel compares them. */
import { isIPv4, isIPv6 } from 'node:net';
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
	const family = isIPv4(address) ? 4 : isIPv6(address) && !address.includes('%') ? 6 : undefined;
	if (!family || rest !== undefined || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
	const most = family === 4 ? 32 : 128;
	const bits = length === undefined ? most : Number(length);
	if (bits > most) return undefined;
	const mask = words(prefixBytes(bits));
	return { family, address: words(addressBytes(address)).map((word, i) => (word & (mask[i] as number)) >>> 0), mask };
}

/** The 4 or 16 bytes of an address known to be well-formed. */
export function addressBytes(text: string): number[] {
	if (isIPv4(text)) return text.split('.').map(Number);
	const groups = (part: string): number[] =>
		part === '' ? [] : part.split(':').flatMap((group) => (group.includes('.') ? group.split('.').map(Number) : pair(group)));
	const [head = '', tail] = text.split('::');
	const front = groups(head);
	const back = groups(tail ?? '');
	return tail === undefined ? front : [...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back];
}

const pair = (group: string): number[] => {
	const value = Number.parseInt(group, 16);
	return [value >>> 8, value & 0xff];
};

const prefixBytes = (bits: number): number[] =>
	Array.from({ length: 16 }, (_, i) => 0xff & ~(0xff >>> Math.min(8, Math.max(0, bits - i * 8))));

function words(bytes: number[]): number[] {
	const view = new DataView(Uint8Array.from({ length: 16 }, (_, i) => bytes[i] ?? 0).buffer);
	return [0, 4, 8, 12].map((at) => view.getUint32(at, true));
}
