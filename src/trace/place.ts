/** A point as sights of packets there see it. One shape, whatever kind of point it is: it is asked for with every record. */
import { POINT_FLAGS, type TraceEvent } from '../bpf/generated/events.ts';
import type { WallClock } from '../kernel/clock.ts';
import type { Reason } from '../kernel/reasons.ts';
import { hookOf, hookText } from './hooks.ts';
import { Kind } from './kind.ts';
import type { PathEvent } from './path.ts';
import type { Watched } from './probes.ts';
import { ROLE, rolesOf } from './verdict.ts';

/** What a record's value is: nothing that is told, the place in the kernel that frees the packet, a hook of netfilter, or another skb. */
export const VALUE = { none: 0, caller: 1, hook: 2, other: 3 } as const;

/** Flags of points at which a record has more to say than that the packet was there. */
const SAYS_MORE = POINT_FLAGS.ends | POINT_FLAGS.returns | POINT_FLAGS.stack | POINT_FLAGS.functions;

/** One of VALUE. */
function valueAt({ name, flags, kind, point: { tells, merges } }: Watched): number {
	if (rolesOf(name) & ROLE.drops || flags & POINT_FLAGS.value) return VALUE.caller;
	if (tells === 'hook' || kind === 'netfilter') return VALUE.hook;
	return merges ? VALUE.other : VALUE.none;
}

/**
 * Whether sights there can wait for the packet's next record. In such records 16 bits are left for a point's number.
 * @param onlyTimes nobody asks which hook of netfilter it was
 */
export const canWait = (point: Watched, onlyTimes: boolean): boolean =>
	(valueAt(point) === VALUE.none || (onlyTimes && valueAt(point) === VALUE.hook)) &&
	(point.flags & SAYS_MORE) === 0 &&
	point.number <= 0xffff &&
	(point.point.tells === undefined || (onlyTimes && point.point.tells === 'hook')) &&
	!point.point.copies &&
	point.point.of !== 'memory';

/** Kinds of sights that are kept for a point: the hooks that go through one function, the places that free packets. */
const KINDS_MOST = 16;

export class Place {
	readonly name: string;
	/** bits of ROLE */
	readonly roles: number;
	readonly clock: WallClock;
	/** undefined: records are of a point that nobody asked for */
	readonly point: Watched | undefined;
	readonly hidden: boolean;
	/** one of VALUE */
	readonly value: number;
	readonly drops: boolean;
	readonly returns: boolean;
	/** of records whose value is nothing: there is nothing to tell but the point */
	readonly nothing: Kind;
	/** of a hook of netfilter, the one that was there last, and the words that told of it; of a caller, the last one */
	private last: Kind | undefined = undefined;
	private high = -1;
	private low = -1;
	/** those before it */
	private readonly kinds: Kind[] = [];

	constructor(name: string, clock: WallClock, point: Watched | undefined) {
		this.name = name;
		this.roles = rolesOf(name);
		this.clock = clock;
		this.point = point;
		const flags = point?.flags ?? 0;
		this.hidden = point?.hidden ?? false;
		this.drops = (this.roles & ROLE.drops) !== 0;
		this.value = point === undefined ? VALUE.none : valueAt(point);
		this.returns = (flags & POINT_FLAGS.returns) !== 0;
		this.nothing = new Kind(this, true);
		if (this.value === VALUE.none || this.value === VALUE.other) this.nothing.note = point?.note;
	}

	/** Of a record whose value is a hook. */
	hook(event: TraceEvent): Kind {
		const { valueHigh, valueLow } = event;
		if (this.last !== undefined && this.low === valueLow && this.high === valueHigh) return this.last;
		const seen = hookOf(valueHigh, valueLow);
		const { in: comes, out } = seen;
		const note = this.point?.note ?? hookText(seen);
		let kind = this.kinds.find(({ hook, note: said }) => said === note && hook?.in === comes && hook.out === out);
		if (kind === undefined) {
			kind = this.make();
			kind.hook = seen;
			kind.note = note;
		}
		this.high = valueHigh;
		this.low = valueLow;
		this.last = kind;
		return kind;
	}

	/** Of a record whose value is a place in the kernel. @param location one object a place */
	caller(location: NonNullable<PathEvent['location']>, reason: Reason | undefined): Kind {
		const { last } = this;
		if (last !== undefined && last.location === location && last.reason === reason) return last;
		let kind = this.kinds.find((kind) => kind.location === location && kind.reason === reason);
		if (kind === undefined) {
			kind = this.make();
			kind.location = location;
			kind.reason = reason;
		}
		this.last = kind;
		return kind;
	}

	/** A new one; the oldest goes when there are too many. */
	private make(): Kind {
		const kind = new Kind(this, true);
		if (this.kinds.length >= KINDS_MOST) this.kinds.shift();
		this.kinds.push(kind);
		return kind;
	}
}
