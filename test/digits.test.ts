import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { again, Between, decimal, digits, nineDigits, plain } from '../src/digits.ts';

describe('numbers', () => {
	it('of 64 bits have the digits that they have', () => {
		const whole = fc.bigInt(0n, 2n ** 64n - 1n);
		const text = (value: bigint) => decimal(Number(value >> 32n), Number(value & 0xffff_ffffn));
		fc.assert(fc.property(whole, (value) => assert.equal(text(value), String(value))));
		for (const value of [0n, 2n ** 32n, 10n ** 18n, 2n ** 64n - 1n]) assert.equal(text(value), String(value));
		// halves as they come from an array of signed ones
		assert.equal(decimal(-1, -2), String(2n ** 64n - 2n));
		// of the same billion, and not
		const near = fc.tuple(fc.bigInt(0n, 2n ** 64n - 3_000_000_000n), fc.bigInt(0n, 3_000_000_000n));
		fc.assert(fc.property(near, ([one, more]) => assert.deepEqual([text(one), text(one + more)], [String(one), String(one + more)])));
	});

	it('that are whole have theirs', () => {
		fc.assert(fc.property(fc.maxSafeNat(), (value) => assert.equal(plain(value), String(value))));
		fc.assert(fc.property(fc.nat(2_000_000), (value) => assert.equal(plain(value), String(value))));
		for (const value of [0, 999, 1000, 999_999, 1_000_000, 1_000_007, 999_999_999, 1_000_000_000, 2 ** 32 - 1])
			assert.equal(plain(value), String(value));
	});

	it('stand between texts', () => {
		const id = new Between('"id":', '}');
		const numbers = fc.oneof(fc.nat(999), fc.nat(1_000_000), fc.maxSafeNat());
		fc.assert(fc.property(numbers, (value) => assert.equal(id.of(value), `"id":${value}}`)));
		for (const value of [0, 999, 1000, 1001, 999_999, 1_000_000]) assert.equal(id.of(value), `"id":${value}}`);
	});

	it('come again, a few in turns', () => {
		fc.assert(fc.property(fc.array(fc.nat(4)), (values) => assert.deepEqual(values.map(again), values.map(String))));
	});

	it('keep the zeros before them', () => {
		assert.deepEqual([digits(0), digits(42), nineDigits(0), nineDigits(7_000_042)], ['000', '042', '000000000', '007000042']);
	});
});
