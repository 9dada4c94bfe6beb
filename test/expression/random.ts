/** Random numbers that a seed repeats (mulberry32). */
export class Random {
	private state: number;

	constructor(seed: number) {
		this.state = seed >>> 0;
	}

	/** 0 to 2^32 - 1 */
	word(): number {
		this.state = (this.state + 0x6d2b79f5) >>> 0;
		let t = this.state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return (t ^ (t >>> 14)) >>> 0;
	}

	/** 0 to `limit` - 1 */
	below(limit: number): number {
		return this.word() % limit;
	}

	/** `low` to `high` */
	between(low: number, high: number): number {
		return low + this.below(high - low + 1);
	}

	/** once in `times` */
	once(times: number): boolean {
		return this.below(times) === 0;
	}

	pick<T>(from: readonly T[]): T {
		return from[this.below(from.length)] as T;
	}

	bytes(count: number): number[] {
		return Array.from({ length: count }, () => this.below(256));
	}
}
