/** --rate-limit: what each reason may have, kept by the kernel in buckets (bpf/limit.h), and what it held back. */
import { LIMIT, LIMIT_WORDS } from '../bpf/generated/events.ts';
import { MappedArray } from '../bpf/mapped-array.ts';
import type { BpfObject } from '../bpf/object.ts';
import { REASON_PLACES, reasonAt, reasonPlace } from '../filter/compile.ts';
import type { Reason } from '../kernel/reasons.ts';

const SECOND = 1e9;

/** Drops a second of each of these reasons. */
export interface Rate {
	/** undefined: all that no other rate is for */
	reasons: Reason[] | undefined;
	perSecond: number;
	/** drops that may come at once */
	budget: number;
}

/** Drops of a reason that were not shown. */
export interface HeldBack {
	/** number of the reason on this kernel; undefined: of all those that have no bucket of their own */
	reason: number | undefined;
	count: number;
}

export class RateLimits {
	private readonly buckets: MappedArray;
	private readonly told = new Map<number, number>();

	/** After the object is loaded, and before it is attached. */
	constructor(object: BpfObject, rates: readonly Rate[]) {
		this.buckets = new MappedArray(object, 'limits', REASON_PLACES + 1, LIMIT_WORDS, true);
		// those with reasons come last: they are exceptions
		for (const rate of [...rates].sort((a, b) => Number(a.reasons !== undefined) - Number(b.reasons !== undefined)))
			for (const place of rate.reasons?.map(reasonPlace) ?? Array.from({ length: REASON_PLACES + 1 }, (_, index) => index))
				this.fill(place, rate);
	}

	/** What was held back since this was asked before, or since the start. */
	heldBack(): HeldBack[] {
		const found: HeldBack[] = [];
		for (let place = 0; place < this.buckets.entries; place++) {
			const held = this.buckets.at(place, LIMIT.held);
			const before = this.told.get(place) ?? 0;
			if (held === before) continue;
			this.told.set(place, held);
			found.push({ reason: place === REASON_PLACES ? undefined : reasonAt(place), count: held - before });
		}
		return found;
	}

	close(): void {
		this.buckets.close();
	}

	private fill(place: number, { perSecond, budget }: Rate): void {
		const interval = Math.max(1, Math.round(SECOND / perSecond));
		this.buckets.set(place, LIMIT.interval, interval);
		this.buckets.set(place, LIMIT.slack, interval * (budget - 1));
	}
}
