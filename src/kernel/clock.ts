/** From the kernel's monotonic nanoseconds, in which events are stamped, to the time of day. */
import { libc } from '../bpf/libc.ts';

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const BILLION = 1_000_000_000;
/** A point in time: whole seconds and the nanoseconds after them. */
export interface Moment {
	seconds: number;
	nanoseconds: number;
}

/**
 * Splits a 64-bit count of nanoseconds, exactly, whatever the uptime: the seconds are right but for one, and the remainder, which
 * is small, is exact in the arithmetic of 32 bits. The remainder of a division of such numbers would cost a call.
 */
export function split(high: number, low: number): Moment {
	let seconds = Math.floor((high * 4294967296 + low) / BILLION);
	let nanoseconds = (low - Math.imul(seconds, BILLION)) | 0;
	if (nanoseconds < 0) {
		seconds--;
		nanoseconds += BILLION;
	} else if (nanoseconds >= BILLION) {
		seconds++;
		nanoseconds -= BILLION;
	}
	return { seconds, nanoseconds };
}

function now(clock: number): Moment {
	const time = new BigInt64Array(2);
	libc.clock_gettime(clock, time);
	return { seconds: Number(time[0]), nanoseconds: Number(time[1]) };
}

/**
 * Monotonic nanoseconds now, as a number (exact to 104 days of uptime, then to 2 ns). Node reads the same clock, CLOCK_MONOTONIC, and
 * is asked here since a foreign call costs several times as much.
 */
export function monotonicNow(): number {
	const [seconds, nanoseconds] = process.hrtime();
	return seconds * BILLION + nanoseconds;
}

export class WallClock {
	private seconds = 0;
	private nanoseconds = 0;
	private readonly read: (clock: number) => Moment;

	/** @param read a clock of clock_gettime(2); a test gives its own */
	constructor(read: (clock: number) => Moment = now) {
		this.read = read;
		this.adjust();
	}

	/** Learns the difference of the two clocks anew: the time of day may be set or slewed while the tool runs. */
	adjust(): void {
		const monotonic = this.read(CLOCK_MONOTONIC);
		const wall = this.read(CLOCK_REALTIME);
		this.seconds = wall.seconds - monotonic.seconds;
		this.nanoseconds = wall.nanoseconds - monotonic.nanoseconds;
	}

	/** The time of day. */
	now(): Moment {
		return now(CLOCK_REALTIME);
	}

	/** The time of day of an event. */
	at(monotonic: Moment): Moment {
		let seconds = monotonic.seconds + this.seconds;
		let nanoseconds = monotonic.nanoseconds + this.nanoseconds;
		if (nanoseconds < 0) {
			nanoseconds += BILLION;
			seconds--;
		} else if (nanoseconds >= BILLION) {
			nanoseconds -= BILLION;
			seconds++;
		}
		return { seconds, nanoseconds };
	}
}
