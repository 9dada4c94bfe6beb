import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ipv4Text, ipv6Text, macText } from '../../src/packet/address.ts';
import { bytes } from './sample.ts';

describe('addresses', () => {
	const cases: [hex: string, text: string][] = [
		['00000000000000000000000000000000', '::'],
		['00000000000000000000000000000001', '::1'],
		['fe800000000000000000000000000000', 'fe80::'],
		['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
		['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
		['20010db8000100000000000100000000', '2001:db8:1::1:0:0'],
		['20010000000000010000000000000001', '2001:0:0:1::1'],
		['abcdef01234567890a0b0c0d00ff0fff', 'abcd:ef01:2345:6789:a0b:c0d:ff:fff'],
		['00010002000300040005000600000000', '1:2:3:4:5:6::'],
		['00000002000300040005000600070008', '0:2:3:4:5:6:7:8'],
		['00000000000000000000ffff0a090101', '::ffff:10.9.1.1'],
		['00000000000000000000ffff00000000', '::ffff:0.0.0.0'],
		['0064ff9b00000000000000000a090101', '64:ff9b::a09:101'],
		['000000000000000000000000ffff0001', '::ffff:1'],
	];
	for (const [hex, text] of cases) it(text, () => assert.equal(ipv6Text(bytes(hex), 0), text));

	it('0.0.0.0 and 00:00:00:00:00:00 are addresses too', () => {
		assert.equal(ipv4Text(bytes('00000000'), 0), '0.0.0.0');
		assert.equal(macText(bytes('000000000000'), 0), '00:00:00:00:00:00');
	});

	const group = fc.oneof(fc.constant(0), fc.nat(0xffff));

	it('IPv6 is what a URL says it is, for any groups', () => {
		fc.assert(
			fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
				const hex = groups.map((value) => value.toString(16).padStart(4, '0'));
				const text = ipv6Text(bytes(hex.join('')), 0);
				assert.ok(isIPv6(text), text);
				// https://url.spec.whatwg.org/#concept-ipv6-serializer: RFC 5952 but for the dotted form
				const canonical = new URL(`http://[${hex.join(':')}]`).hostname.slice(1, -1);
				if (text.includes('.')) assert.equal(new URL(`http://[${text}]`).hostname.slice(1, -1), canonical);
				else assert.equal(text, canonical);
			}),
			{ numRuns: 5000 },
		);
	});

	it('are not mixed up by the cache', () => {
		const data = new Uint8Array(6);
		for (let round = 0; round < 2; round++) {
			for (let number = 0; number < 20_000; number++) {
				data.set([number & 255, number >> 8, 7, (number * 31) & 255, number & 15, 1]);
				assert.equal(ipv4Text(data, 0), data.subarray(0, 4).join('.'));
				assert.equal(macText(data, 0), [...data].map((byte) => byte.toString(16).padStart(2, '0')).join(':'));
			}
		}
	});
});
