/** Numbers as digits, where there are so many of them that the usual ways cost more than all else. */
import { onePiece } from './pieces.ts';

const BILLION = 1_000_000_000;

const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));
/** '000' to '999'. */
export const digits = (value: number): string => THREE_DIGITS[value] as string;

const SHORT: readonly string[] = Array.from({ length: 1000 }, (_, value) => String(value));

/** A whole number that is not negative. What V8 does for one that it has not seen lately takes three times as long. */
export function plain(value: number): string {
	if (value < 1000) return SHORT[value] as string;
	if (value < 1_000_000) return (SHORT[(value / 1000) | 0] as string) + digits(value % 1000);
	if (value >= BILLION) return String(value);
	const thousands = (value / 1000) | 0;
	return (SHORT[(thousands / 1000) | 0] as string) + digits(thousands % 1000) + digits(value % 1000);
}

/**
 * Numbers in a text that is the same before and behind them. A string of pieces costs by the piece when it is written, and of a number
 * that is less than a million these are two, its neighbours among them.
 */
export class Between {
	private readonly before: string;
	private readonly after: string;
	/** made when the first number comes */
	private pieces: Pieces | undefined = undefined;

	constructor(before: string, after: string) {
		this.before = before;
		this.after = after;
	}

	/** @param value whole, and not negative */
	of(value: number): string {
		if (value >= 1_000_000) return this.before + plain(value) + this.after;
		this.pieces ??= piecesOf(this.before, this.after);
		const { whole, beginnings, ends } = this.pieces;
		if (value < 1000) return whole[value] as string;
		return (beginnings[(value / 1000) | 0] as string) + (ends[value % 1000] as string);
	}
}

/** By three digits. */
interface Pieces {
	readonly whole: readonly string[];
	readonly beginnings: readonly string[];
	readonly ends: readonly string[];
}

const piecesOf = (before: string, after: string): Pieces => ({
	whole: SHORT.map((text) => onePiece(before + text + after)),
	beginnings: SHORT.map((text) => onePiece(before + text)),
	ends: THREE_DIGITS.map((text) => onePiece(text + after)),
});

/** Two numbers that take turns, most times the same again: the seconds of two clocks. */
const latest = { one: -1, text: '', other: -1, otherText: '' };

/** A whole number that is likely to be the one before, or the one before that. */
export function again(value: number): string {
	if (value === latest.one) return latest.text;
	if (value === latest.other) return latest.otherText;
	latest.other = latest.one;
	latest.otherText = latest.text;
	latest.one = value;
	latest.text = String(value);
	return latest.text;
}

/** '000000000' to '999999999'. */
export function nineDigits(value: number): string {
	// as whole numbers: of others V8 calls a function for each remainder
	const whole = value | 0;
	const thousands = (whole / 1000) | 0;
	return digits((thousands / 1000) | 0) + digits(thousands % 1000) + digits(whole % 1000);
}

const billions = { last: -1, text: '' };

/** A number of 64 bits, given as two of 32; a third of what BigInt takes. Those that follow one another are often of the same billion. */
export function decimal(high: number, low: number): string {
	const top = high >>> 0;
	if (top === 0) return String(low >>> 0);
	// long division, 16 bits at a time: what is left over and the next ones are less than 2^53
	const first = Math.floor(top / BILLION);
	const second = (top - first * BILLION) * 65_536 + (low >>> 16);
	const seconds = Math.floor(second / BILLION);
	const third = (second - seconds * BILLION) * 65_536 + (low & 0xffff);
	const thirds = Math.floor(third / BILLION);
	const value = (first * 65_536 + seconds) * 65_536 + thirds;
	if (value !== billions.last) {
		billions.last = value;
		billions.text = String(value);
	}
	return billions.text + nineDigits(third - thirds * BILLION);
}
