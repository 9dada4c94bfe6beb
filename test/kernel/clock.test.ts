import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Moment, monotonicNow, split, WallClock } from '../../src/kernel/clock.ts';

const BILLION = 1_000_000_000n;
const word = fc.oneof(fc.nat(0xffff_ffff), fc.constantFrom(0, 1, 0xffff_ffff, 999_999_999, 1_000_000_000));
const total = ({ seconds, nanoseconds }: Moment): bigint => BigInt(seconds) * BILLION + BigInt(nanoseconds);

describe('nanoseconds since boot', () => {
	const cases: [high: number, low: number, seconds: number, nanoseconds: number][] = [
		[0, 0, 0, 0],
		[0, 999_999_999, 0, 999_999_999],
		[0, 1_000_000_000, 1, 0],
		[0, 0xffff_ffff, 4, 294_967_295],
		[1, 0, 4, 294_967_296],
		// 104 days, where a number no longer holds the nanoseconds, and 4.2 years, where it does not hold the high word times 10^9
		[0x20_0000, 1, 9_007_199, 254_740_993],
		[30_536_265, 11_281_723, 131_152_259, 528_271_163],
		[0xffff_ffff, 0xffff_ffff, 18_446_744_073, 709_551_615],
	];
	for (const [high, low, seconds, nanoseconds] of cases)
		it(`${high}:${low} are ${seconds} s and ${nanoseconds} ns`, () => assert.deepEqual(split(high, low), { seconds, nanoseconds }));

	it('are split exactly, whatever the uptime', () => {
		fc.assert(
			fc.property(word, word, (high, low) => {
				const ns = (BigInt(high) << 32n) | BigInt(low);
				assert.deepEqual(split(high, low), { seconds: Number(ns / BILLION), nanoseconds: Number(ns % BILLION) });
			}),
			{ numRuns: 5000 },
		);
	});
});

describe('the monotonic clock', () => {
	it('is the one that the kernel stamps records with', () => {
		const before = process.hrtime.bigint();
		const now = monotonicNow();
		const after = process.hrtime.bigint();
		assert.ok(now >= Number(before) && now <= Number(after), `${before} ${now} ${after}`);
	});
});

describe('the time of day', () => {
	const moment = fc.record({ seconds: fc.nat(10 ** 9), nanoseconds: fc.oneof(fc.nat(999_999_999), fc.constantFrom(0, 999_999_999)) });

	it('is as far from the monotonic clock for every event, and has whole nanoseconds below a second', () => {
		const clock = new WallClock();
		const difference = total(clock.at({ seconds: 0, nanoseconds: 0 }));
		fc.assert(
			fc.property(moment, (event) => {
				const time = clock.at(event);
				assert.equal(total(time) - total(event), difference);
				assert.ok(time.nanoseconds >= 0 && time.nanoseconds < 1e9, String(time.nanoseconds));
			}),
			{ numRuns: 2000 },
		);
	});

	const second = (seconds: number, nanoseconds: number): Moment => ({ seconds, nanoseconds });
	const carries: [name: string, monotonic: Moment, wall: Moment, event: Moment, time: Moment][] = [
		['without a carry', second(100, 1), second(1_800_000_100, 3), second(50, 7), second(1_800_000_050, 9)],
		['carried up', second(100, 0), second(1_800_000_100, 999_999_999), second(50, 1), second(1_800_000_051, 0)],
		['just not carried up', second(100, 0), second(1_800_000_100, 999_999_998), second(50, 1), second(1_800_000_050, 999_999_999)],
		['carried down', second(100, 999_999_999), second(1_800_000_100, 0), second(50, 999_999_998), second(1_800_000_049, 999_999_999)],
		['just not carried down', second(100, 999_999_999), second(1_800_000_100, 0), second(50, 999_999_999), second(1_800_000_050, 0)],
		['before 1970', second(100, 0), second(10, 0), second(50, 0), second(-40, 0)],
	];
	for (const [name, monotonic, wall, event, time] of carries) {
		it(`is ${name}`, () => assert.deepEqual(new WallClock((clock) => (clock === 1 ? monotonic : wall)).at(event), time));
	}

	it('follows when it is set', () => {
		let wall = 1_800_000_000;
		const clock = new WallClock((which) => second(which === 1 ? 100 : wall, 0));
		wall += 3600;
		assert.equal(clock.at(second(100, 0)).seconds, 1_800_000_000);
		clock.adjust();
		assert.equal(clock.at(second(100, 0)).seconds, 1_800_003_600);
	});

	it('of now is now', () => {
		const clock = new WallClock();
		const now = split(Math.floor(monotonicNow() / 2 ** 32), monotonicNow() % 2 ** 32);
		const { seconds, nanoseconds } = clock.at(now);
		const milliseconds = seconds * 1000 + nanoseconds / 1e6;
		assert.ok(Math.abs(milliseconds - Date.now()) < 5000, `${milliseconds} ${Date.now()}`);
		clock.adjust();
		assert.ok(Math.abs(Number(total(clock.at(now)) - total({ seconds, nanoseconds }))) < 1e9);
	});
});
