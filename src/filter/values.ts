/** Values of simple options: ports, numbers with units, marks, flags. */
import { fail } from '../errors.ts';
import { say } from '../lang.ts';

export interface Range {
	low: number;
	high: number;
}

/** '53,8000-8100'. @throws bad-port */
export function parsePorts(text: string, option: string): Range[] {
	return text.split(',').map((part) => {
		const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim());
		const low = Number(match?.[1]);
		const high = Number(match?.[2] ?? match?.[1]);
		if (!match || high > 65535 || low > high) return fail('bad-port', { value: part, option });
		return { low, high };
	});
}

/** A whole number of at least `least`. @throws bad-value */
export function parseCount(text: string, option: string, least = 1): number {
	const value = Number(text);
	if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
		fail('bad-value', { value: text, option, wanted: say(`a whole number of at least ${least}`, `不小于 ${least} 的整数`) });
	return value;
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** '10', '10s', '500ms', '2m', '1h' → milliseconds. @throws bad-value */
export function parseDuration(text: string, option: string): number {
	const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
	const ms = Number(match?.[1]) * (UNITS[match?.[2] ?? 's'] ?? 1000);
	if (!match || !(ms > 0))
		return fail('bad-value', { value: text, option, wanted: say('a time such as 10s, 500ms, 2m', '时间,如 10s、500ms、2m') });
	return ms;
}

const SIZES: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20 };

/** '64k', '4M', '65536' → bytes. @throws bad-value */
export function parseSize(text: string, option: string): number {
	const match = /^(\d+)([km]?)(?:i?b)?$/i.exec(text);
	const bytes = Number(match?.[1]) * (SIZES[match?.[2]?.toLowerCase() ?? ''] ?? 1);
	if (!match || bytes < 4096 || bytes > 2 ** 30)
		return fail('bad-value', { value: text, option, wanted: say('a size from 4k to 1024M, such as 512k', '4k 到 1024M 的大小,如 512k') });
	return bytes;
}

/** Bytes of a packet in a file: headers at least, and no more than readers of such files take. @throws bad-value */
export function parseSnapLength(text: string, option: string): number {
	const bytes = Number(text);
	if (!/^\d{1,6}$/.test(text) || bytes < 64 || bytes > 262144)
		return fail('bad-value', { value: text, option, wanted: say('bytes from 64 to 262144', '64 到 262144 的字节数') });
	return bytes;
}

/** '0x10', '16', '0x10/0xff'. @throws bad-value */
export function parseMark(text: string, option: string): { value: number; mask: number } {
	const match = /^(0x[0-9a-f]{1,8}|\d{1,10})(?:\/(0x[0-9a-f]{1,8}|\d{1,10}))?$/i.exec(text);
	const mask = Number(match?.[2] ?? 0xffff_ffff);
	const value = Number(match?.[1]);
	if (!match || value > 0xffff_ffff || mask > 0xffff_ffff)
		return fail('bad-value', { value: text, option, wanted: say('a mark such as 0x10 or 0x10/0xff', '标记,如 0x10 或 0x10/0xff') });
	return { value: (value & mask) >>> 0, mask };
}

/** '100' or '64-1500', bytes. @throws bad-value */
export function parseLength(text: string, option: string): Range {
	const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text);
	const low = Number(match?.[1]);
	const high = Number(match?.[2] ?? match?.[1]);
	if (!match || low > high || high === 0)
		return fail('bad-value', { value: text, option, wanted: say('bytes such as 1500 or 64-1500', '字节数,如 1500 或 64-1500') });
	return { low, high };
}

/** bit of each TCP flag in byte 13 of the header (RFC 9293 §3.1) */
const TCP_FLAGS: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, W: 128 };

/** 'S', 'SA': any of these flags. @throws bad-value */
export function parseTcpFlags(text: string, option: string): number {
	const bits = [...text.toUpperCase()].map((letter) => TCP_FLAGS[letter]);
	if (bits.length === 0 || bits.includes(undefined))
		return fail('bad-value', {
			value: text,
			option,
			wanted: say('letters of FSRPAUEW (FIN SYN RST PSH ACK URG ECE CWR)', 'FSRPAUEW 中的字母(FIN SYN RST PSH ACK URG ECE CWR)'),
		});
	return bits.reduce<number>((sum, bit) => sum | (bit ?? 0), 0);
}

/** 'nginx,sshd': names, none of them empty. @throws bad-value */
export function parseNames(text: string, option: string): string[] {
	const names = text.split(',').map((name) => name.trim());
	if (names.includes('')) fail('bad-value', { value: text, option, wanted: say('names, separated by commas', '用逗号分隔的名称') });
	return names;
}

/** '812,4021': ids of processes. @throws bad-value */
export function parsePids(text: string, option: string): number[] {
	const ids = text.split(',').map((id) => (/^\s*\d{1,7}\s*$/.test(id) ? Number(id) : 0));
	if (ids.includes(0))
		fail('bad-value', { value: text, option, wanted: say('ids of processes, separated by commas', '用逗号分隔的进程号') });
	return ids;
}

/** One of `choices`. @throws bad-value */
export function parseChoice<T extends string>(text: string, option: string, choices: readonly T[]): T {
	return choices.find((choice) => choice === text) ?? fail('bad-value', { value: text, option, wanted: choices.join(', ') });
}
