import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addressBytes, type Prefix, parseAddresses } from '../../src/filter/address.ts';
import { ipv4Text, ipv6Text } from '../../src/packet/address.ts';

/** Words as the program loads them, back to bytes. */
function bytesOf(words: readonly number[]): Buffer {
	const bytes = Buffer.alloc(16);
	for (const [i, word] of words.entries()) bytes.writeUInt32LE(word, i * 4);
	return bytes;
}

const only = (text: string): Prefix => {
	const [first, ...rest] = parseAddresses(text, '--addr');
	assert.ok(first && rest.length === 0);
	return first;
};

describe('an address', () => {
	const cases: [text: string, family: 4 | 6, address: string, mask: string][] = [
		['10.9.1.2', 4, '0a090102', 'ffffffff'],
		['0.0.0.0/0', 4, '00000000', '00000000'],
		['255.255.255.255', 4, 'ffffffff', 'ffffffff'],
		['10.0.0.0/8', 4, '0a000000', 'ff000000'],
		['10.9.1.2/8', 4, '0a000000', 'ff000000'],
		['192.168.255.255/17', 4, 'c0a88000', 'ffff8000'],
		['1.2.3.5/31', 4, '01020304', 'fffffffe'],
		['1.2.3.4/32', 4, '01020304', 'ffffffff'],
		['128.0.0.1/1', 4, '80000000', '80000000'],
		['::', 6, '00000000000000000000000000000000', 'ffffffffffffffffffffffffffffffff'],
		['::/0', 6, '00000000000000000000000000000000', '00000000000000000000000000000000'],
		['fd00::1', 6, 'fd000000000000000000000000000001', 'ffffffffffffffffffffffffffffffff'],
		['FD00::ABCD/128', 6, 'fd00000000000000000000000000abcd', 'ffffffffffffffffffffffffffffffff'],
		['fdff::1/7', 6, 'fc000000000000000000000000000000', 'fe000000000000000000000000000000'],
		['2001:db8:1:2:3:4:5:6/64', 6, '20010db8000100020000000000000000', 'ffffffffffffffff0000000000000000'],
		['2001:db8::ffff/113', 6, '20010db8000000000000000000008000', 'ffffffffffffffffffffffffffff8000'],
		['2001:db8::ff/33', 6, '20010db8000000000000000000000000', 'ffffffff800000000000000000000000'],
		['::ffff:10.9.1.1', 6, '00000000000000000000ffff0a090101', 'ffffffffffffffffffffffffffffffff'],
		['64:ff9b::192.0.2.1/96', 6, '0064ff9b000000000000000000000000', 'ffffffffffffffffffffffff00000000'],
		['1:2:3:4:5:6:1.2.3.4', 6, '00010002000300040005000601020304', 'ffffffffffffffffffffffffffffffff'],
		['1::8', 6, '00010000000000000000000000000008', 'ffffffffffffffffffffffffffffffff'],
		['1:2:3:4:5:6:7::', 6, '00010002000300040005000600070000', 'ffffffffffffffffffffffffffffffff'],
	];
	for (const [text, family, address, mask] of cases) {
		it(`${text} is ${address} of ${family}`, () => {
			const prefix = only(text);
			// of IPv4 the program compares the first word alone
			const compared = family === 4 ? 4 : 16;
			assert.equal(prefix.family, family);
			assert.equal(bytesOf(prefix.address).toString('hex', 0, compared), address);
			assert.equal(bytesOf(prefix.mask).toString('hex', 0, compared), mask);
		});
	}

	it('may be one of a list, with spaces', () => {
		const list = parseAddresses('10.0.0.0/8, fd00::1 ,1.1.1.1', '--addr');
		assert.deepEqual(list, [only('10.0.0.0/8'), only('fd00::1'), only('1.1.1.1')]);
	});

	const bad = [
		...[
			'',
			' ',
			'10.0.0',
			'10.0.0.0.0',
			'10.0.0.256',
			'010.0.0.1',
			'10.0.0.1/33',
			'10.0.0.1/-1',
			'10.0.0.1/',
			'10.0.0.1/8/8',
			'10.0.0.1/a',
		],
		...[
			'10.0.0.1/255.0.0.0',
			'10.0.0.1/ 8',
			'0x0a000001',
			'localhost',
			'example.com',
			'*',
			'::1/129',
			':::',
			'1:2:3',
			'fe80::1%eth0',
			'::g',
		],
		...['1::2::3', '1:2:3:4:5:6:7:8:9', '[::1]', '10.0.0.1:80', '::1.2.3.256', '10.0.0.1/1e1', '12345::', '/8', '/', '１０.0.0.1'],
	];
	for (const text of bad) {
		it(`is none: ${JSON.stringify(text)}`, () => {
			assert.throws(() => parseAddresses(text, '--saddr'), {
				code: 'bad-address',
				exit: 2,
				message: /is not an address for --saddr: give IPv4/,
			});
			assert.throws(() => parseAddresses(`10.0.0.1,${text}`, '--saddr'), { code: 'bad-address' });
			assert.throws(() => parseAddresses(`${text},10.0.0.1`, '--saddr'), { code: 'bad-address' });
		});
	}

	it('that is bad is named alone, not with its list', () => {
		assert.throws(() => parseAddresses('10.0.0.1,nonsense,::1', '--addr'), { message: /^'nonsense' is not an address for --addr/ });
	});
});

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
/** with runs of zeros, as addresses have */
const ipv6 = fc
	.array(fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
	.map((groups) => Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff])));
const either = fc.oneof(ipv4, ipv6);
const textOf = (bytes: Uint8Array) => (bytes.length === 4 ? ipv4Text(bytes, 0) : ipv6Text(bytes, 0));
/** Bits as a text of 0 and 1: slow, and nothing like the masks under test. */
const bits = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');

describe('any address', () => {
	it('is read as it is written', () => {
		fc.assert(fc.property(either, (bytes) => assert.deepEqual(addressBytes(textOf(bytes)), [...bytes])));
	});

	it('is read in every other spelling of IPv6', () => {
		fc.assert(
			fc.property(ipv6, (bytes) => {
				const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0));
				const tail = ipv4Text(bytes, 12);
				for (const text of [
					groups.map((group) => group.toString(16)).join(':'),
					groups.map((group) => group.toString(16).padStart(4, '0').toUpperCase()).join(':'),
					`${groups
						.slice(0, 6)
						.map((group) => group.toString(16))
						.join(':')}:${tail}`,
				])
					assert.deepEqual(addressBytes(text), [...bytes], text);
			}),
		);
	});

	it('is in a prefix when its first bits are the same', () => {
		const candidates = fc.tuple(either, fc.nat(128), fc.nat(127), fc.boolean());
		fc.assert(
			fc.property(candidates, ([bytes, length, changed, changes]) => {
				const count = length % (bytes.length * 8 + 1);
				const prefix = only(`${textOf(bytes)}/${count}`);
				const candidate = bytes.slice();
				const at = changed % (bytes.length * 8);
				if (changes) candidate[at >>> 3] = (candidate[at >>> 3] ?? 0) ^ (0x80 >>> (at & 7));
				const words = new DataView(Uint8Array.from({ length: 16 }, (_, i) => candidate[i] ?? 0).buffer);
				// address_fits() of bpf/filter.h
				const compared = bytes.length === 4 ? [0] : [0, 1, 2, 3];
				const fits = compared.every((i) => (words.getUint32(i * 4, true) & (prefix.mask[i] ?? 0)) >>> 0 === prefix.address[i]);
				assert.equal(fits, bits(candidate).slice(0, count) === bits(bytes).slice(0, count));
			}),
			{ numRuns: 2000 },
		);
	});

	it('has a mask of as many bits as asked for, and no bits below it', () => {
		fc.assert(
			fc.property(either, fc.nat(128), (bytes, length) => {
				const count = length % (bytes.length * 8 + 1);
				const { address, mask } = only(`${textOf(bytes)}/${count}`);
				assert.equal(bits(bytesOf(mask)).slice(0, bytes.length * 8), '1'.repeat(count).padEnd(bytes.length * 8, '0'));
				for (const [i, word] of address.entries()) assert.equal((word & ~(mask[i] ?? 0)) >>> 0, 0);
			}),
		);
	});
});

describe('any text', () => {
	const pieces = fc.oneof(fc.constantFrom(...'0123456789abcdef.:/,% -'), fc.constantFrom('::', '10.', '/8', 'ffff:'));
	it('is addresses or a known error', () => {
		fc.assert(
			fc.property(
				fc.oneof(
					fc.string(),
					fc.array(pieces, { maxLength: 20 }).map((list) => list.join('')),
				),
				(text) => {
					try {
						for (const { address, mask } of parseAddresses(text, '--addr')) {
							assert.equal(address.length + mask.length, 8);
							for (const word of [...address, ...mask]) assert.ok(Number.isInteger(word) && word >= 0 && word < 2 ** 32);
						}
					} catch (error) {
						assert.equal((error as { code?: unknown }).code, 'bad-address', String(error));
					}
				},
			),
			{ numRuns: 2000 },
		);
	});
});
