/** Blocks of pcapng, read back by a reader that knows only the specification. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Blocks } from '../../src/output/pcapng.ts';
import { readCapture } from './pcapng-reader.ts';

const LONGEST = 65_550;
const blocks = new Blocks(LONGEST);

/** What the call made. */
function made(call: (blocks: Blocks) => void): Buffer {
	// what was there before must not be seen again
	blocks.bytes.fill(0xff);
	call(blocks);
	return Buffer.from(blocks.bytes.subarray(0, blocks.length));
}

const SECTION = made((b) => b.section({ hardware: 'x86_64', os: 'Linux 6.12', application: 'droptrace 2.0.0', comment: undefined }));
const ETH0 = made((b) => b.interface({ linkType: 1, snapLength: LONGEST, name: 'eth0', description: undefined }));
const TIME = { seconds: 1_795_559_051, nanoseconds: 999_999_999 };

const packet = (data: Buffer, more: { original?: number; flags?: number; comment?: string; time?: typeof TIME } = {}) =>
	made((b) =>
		b.packet(
			{ interfaceId: 0, time: TIME, captured: data.length, original: data.length, flags: 0, comment: '', ...more },
			(bytes, at) => void data.copy(bytes, at),
		),
	);

const read = (...parts: Buffer[]) => readCapture(Buffer.concat([SECTION, ETH0, ...parts]));

describe('blocks', () => {
	test('of a section say the machine, the system and the program', () => {
		assert.deepEqual(readCapture(SECTION).section, {
			hardware: 'x86_64',
			os: 'Linux 6.12',
			application: 'droptrace 2.0.0',
			comment: undefined,
		});
		const commented = made((b) => b.section({ hardware: '', os: '', application: '', comment: '--netns 网' }));
		assert.equal(readCapture(commented).section.comment, '--netns 网');
	});

	test('of an interface say its name, its link type and how much of a packet there can be', () => {
		assert.deepEqual(read().interfaces, [{ linkType: 1, snapLength: LONGEST, name: 'eth0', description: undefined }]);
		const described = made((b) => b.interface({ linkType: 276, snapLength: 256, name: '', description: 'netns web' }));
		assert.deepEqual(read(described).interfaces[1], { linkType: 276, snapLength: 256, name: '', description: 'netns web' });
	});

	test('of a packet of any length are aligned', () => {
		for (const length of [0, 1, 2, 3, 4, 5, 59, 60, 61, 1514, 65_535, LONGEST]) {
			const data = Buffer.alloc(length, 0xab);
			const found = read(packet(data, { comment: 'x'.repeat(length % 5) })).packets[0]!;
			assert.ok(found.data.equals(data), `${length} bytes`);
			assert.equal(found.original, length);
			assert.equal(found.comment, 'x'.repeat(length % 5));
		}
	});

	test('of a packet say how long it was', () => {
		assert.equal(read(packet(Buffer.alloc(42), { original: 600_000 })).packets[0]?.original, 600_000);
	});

	test('of a packet have flags only when something is known', () => {
		assert.equal(read(packet(Buffer.alloc(1))).packets[0]?.flags, 0);
		assert.equal(read(packet(Buffer.alloc(1), { flags: 9 })).packets[0]?.flags, 9);
		assert.equal(packet(Buffer.alloc(1), { flags: 9 }).length - packet(Buffer.alloc(1)).length, 8);
	});

	test('cut a text that is too long for an option behind a whole character', () => {
		for (const [character, bytes] of [
			['x', 1],
			['é', 2],
			['网', 3],
			['🦀', 4],
		] as const) {
			const comment = character.repeat(70_000);
			const found = read(packet(Buffer.alloc(LONGEST), { comment })).packets[0]?.comment ?? '';
			assert.ok(comment.startsWith(found));
			assert.equal(Buffer.byteLength(found), 65_535 - (65_535 % bytes), character);
		}
		const name = 'e'.repeat(1_000_000);
		const many = made((b) => b.section({ hardware: name, os: name, application: name, comment: name }));
		assert.equal(readCapture(many).section.application.length, 65_535);
		const long = made((b) => b.interface({ linkType: 1, snapLength: 1, name, description: name }));
		assert.equal(read(long).interfaces[1]?.description?.length, 65_535);
	});

	test('say times to the nanosecond, in this century and the next ones', () => {
		for (const seconds of [0, 1, 4, 65_535, 65_536, 1_795_559_051, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 34 - 1]) {
			for (const nanoseconds of [0, 1, 294_967_295, 294_967_296, 999_999_999]) {
				const found = read(packet(Buffer.alloc(1), { time: { seconds, nanoseconds } })).packets[0];
				assert.equal(found?.time, BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds), `${seconds} s ${nanoseconds} ns`);
			}
		}
	});

	test('of statistics say what was lost, if that is known', () => {
		const start = { seconds: 1, nanoseconds: 5 };
		const end = { seconds: 2_000_000_000, nanoseconds: 6 };
		for (const [dropped, expected] of [
			[undefined, undefined],
			[0, 0n],
			[7, 7n],
			[2 ** 40 + 3, 2n ** 40n + 3n],
		] as const) {
			const block = made((b) => b.statistics({ interfaceId: 0, start, end, dropped }));
			const times = { start: 1_000_000_005n, time: 2_000_000_000_000_000_006n, end: 2_000_000_000_000_000_006n };
			assert.deepEqual(read(block).statistics, [{ interfaceId: 0, ...times, dropped: expected }]);
		}
	});

	test('are what was put in, whatever it is', () => {
		const anything = fc.record({
			data: fc.uint8Array({ maxLength: 300 }),
			beyond: fc.nat(1_000_000),
			comment: fc.string({ unit: 'grapheme', maxLength: 200 }),
			flags: fc.nat(31),
			seconds: fc.nat(2 ** 31 - 1),
			nanoseconds: fc.nat(999_999_999),
		});
		fc.assert(
			fc.property(fc.array(anything, { maxLength: 20 }), (all) => {
				const parts = all.map(({ data, beyond, comment, flags, seconds, nanoseconds }) =>
					packet(Buffer.from(data), { original: data.length + beyond, comment, flags, time: { seconds, nanoseconds } }),
				);
				const { packets } = read(...parts);
				assert.equal(packets.length, all.length);
				for (const [i, { data, beyond, comment, flags, seconds, nanoseconds }] of all.entries()) {
					const found = packets[i]!;
					assert.ok(found.data.equals(data));
					assert.equal(found.original, data.length + beyond);
					assert.equal(found.comment, comment);
					assert.equal(found.flags, flags);
					assert.equal(found.time, BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
				}
			}),
			{ numRuns: 300 },
		);
	});
});
