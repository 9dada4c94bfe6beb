import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { dissect } from '../../src/packet/dissect.ts';
import { packetJson } from '../../src/packet/json.ts';
import type { Link, Packet } from '../../src/packet/packet.ts';
import { packetText } from '../../src/packet/text.ts';
import { bytes, link } from './sample.ts';
import { SAMPLES } from './samples.ts';

const RUNS = { numRuns: 3000 };
const MARGIN = 128;

const links = fc.record<Link>({
	l3Offset: fc.oneof(fc.constantFrom(0, 14, 18, 22), fc.nat(0xffff)),
	protocol: fc.oneof(fc.constantFrom(0, 4, 0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x88cc), fc.nat(0xffff)),
	len: fc.oneof(fc.nat(1500), fc.nat(0xffffffff)),
	vlanTci: fc.option(fc.nat(0xffff), { nil: undefined }),
});

/** Noise, and packets of which a few bytes are changed. */
const records = fc.oneof(
	fc.tuple(fc.uint8Array({ maxLength: 160 }), links),
	fc
		.tuple(fc.constantFrom(...SAMPLES), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat(), fc.boolean())
		.map(([sample, changes, cut, cuts]): [Uint8Array, Link] => {
			const data = bytes(sample.hex);
			for (const [at, value] of changes) if (data.length > 0) data[at % data.length] = value;
			return [cuts ? data.subarray(0, cut % (data.length + 1)) : data, link(sample.link)];
		}),
);

/** Dissects `record` in the middle of a buffer of which all else is `poison`. */
function amid(poison: number, record: Uint8Array, to: Link): Packet {
	const data = new Uint8Array(record.length + 2 * MARGIN).fill(poison);
	data.set(record, MARGIN);
	return dissect(data, MARGIN, record.length, to);
}

function assertNoUndefined(value: object): void {
	for (const [key, field] of Object.entries(value)) {
		assert.notEqual(field, undefined, key);
		if (typeof field === 'number') assert.ok(Number.isInteger(field) && field >= 0, `${key} ${field}`);
		if (typeof field === 'string') assert.doesNotMatch(field, /undefined|NaN/, key);
		if (typeof field === 'object') assertNoUndefined(field);
	}
}

describe('any bytes', () => {
	it('make a packet that depends on nothing else', () => {
		fc.assert(
			fc.property(records, ([record, to]) => {
				const packet = amid(0x00, record, to);
				assert.deepEqual(amid(0xff, record, to), packet);
				assert.deepEqual(amid(0x45, record, to), packet);
				assert.deepEqual(dissect(record, 0, record.length, to), packet);
				assertNoUndefined(packet);
				const text = packetText(packet);
				assert.doesNotMatch(text, /undefined|NaN|\n/);
			}),
			RUNS,
		);
	});

	it('make a packet, whatever length is claimed for them', () => {
		fc.assert(
			fc.property(records, fc.nat(0xffff), fc.nat(0xffff), ([record, to], start, length) => {
				assertNoUndefined(dissect(record, start, length, to));
				packetText(dissect(record, start, length, to));
			}),
			RUNS,
		);
	});

	it('do not change', () => {
		fc.assert(
			fc.property(records, ([record, to]) => {
				const copy = record.slice();
				dissect(record, 0, record.length, to);
				assert.deepEqual(record, copy);
			}),
		);
	});

	it('are the same in JSON', () => {
		fc.assert(
			fc.property(records, ([record, to]) => {
				const packet = amid(0, record, to);
				assert.deepEqual(JSON.parse(packetJson(packet, '')), packet);
			}),
			RUNS,
		);
	});
});
