/** Numbers as digits, where there are so many of them that the usual ways cost more than all else. */

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

/** '000000000' to '999999999'. */
export function nineDigits(value: number): string {
	// as whole numbers: of others V8 calls a function for each remainder
	const whole = value | 0;
	const thousands = (whole / 1000) | 0;
	return digits((thousands / 1000) | 0) + digits(thousands % 1000) + digits(whole % 1000);
}

/** A number of 64 bits, given as two of 32; a third of what BigInt takes. */
export function decimal(high: number, low: number): string {
	const top = high >>> 0;
	if (top === 0) return String(low >>> 0);
	// long division, 16 bits at a time: what is left over and the next ones are less than 2^53
	const first = Math.floor(top / BILLION);
	const second = (top - first * BILLION) * 65_536 + (low >>> 16);
	const seconds = Math.floor(second / BILLION);
	const third = (second - seconds * BILLION) * 65_536 + (low & 0xffff);
	const thirds = Math.floor(third / BILLION);
	return String((first * 65_536 + seconds) * 65_536 + thirds) + nineDigits(third - thirds * BILLION);
}
