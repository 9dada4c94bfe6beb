/** Numbers as digits, where there are so many of them that the usual ways cost more than all else. */

const BILLION = 1_000_000_000;

const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));
/** '000' to '999'. */
export const digits = (value: number): string => THREE_DIGITS[value] as string;

/** '000000000' to '999999999'. */
export function nineDigits(value: number): string {
	const thousands = Math.floor(value / 1000);
	return digits(Math.floor(thousands / 1000)) + digits(thousands % 1000) + digits(value % 1000);
}

/** A number of 64 bits, given as two of 32; a third of what BigInt takes. */
export function decimal(high: number, low: number): string {
	const top = high >>> 0;
	if (top === 0) return String(low >>> 0);
	// long division, 16 bits at a time: what is left over and the next ones are less than 2^53
	const first = top % BILLION;
	const second = first * 65_536 + (low >>> 16);
	const third = (second % BILLION) * 65_536 + (low & 0xffff);
	const billions = (Math.floor(top / BILLION) * 65_536 + Math.floor(second / BILLION)) * 65_536 + Math.floor(third / BILLION);
	return String(billions) + nineDigits(third % BILLION);
}
