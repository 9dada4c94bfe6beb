/** A point as sights of packets there see it. One shape, whatever kind of point it is: it is asked for with every record. */
import { POINT_FLAGS, type TraceEvent } from '../bpf/generated/events.ts';
import type { WallClock } from '../kernel/clock.ts';
import { hookOf, hookText } from './hooks.ts';
import type { HookSeen } from './path.ts';
import type { Watched } from './probes.ts';
import { rolesOf } from './verdict.ts';

export class Place {
	readonly name: string;
	/** bits of ROLE */
	readonly roles: number;
	readonly clock: WallClock;
	/** undefined: records are of a point that nobody asked for */
	readonly point: Watched | undefined;
	readonly hidden: boolean;
	/** its records have a place in the kernel as their value */
	readonly tellsCaller: boolean;
	/** its records have a hook of netfilter as their value, which says what the note is */
	readonly tellsHook: boolean;
	/** it is a hook of netfilter */
	readonly isHook: boolean;
	readonly note: string | undefined;
	readonly returns: boolean;
	/** the words that the hook was told by that was seen there last, what they say, and the note: it is the same from packet to packet, as a rule */
	private high = -1;
	private low = -1;
	private seen: HookSeen | undefined = undefined;
	private text = '';

	constructor(name: string, clock: WallClock, point: Watched | undefined) {
		this.name = name;
		this.roles = rolesOf(name);
		this.clock = clock;
		this.point = point;
		const flags = point?.flags ?? 0;
		this.hidden = point?.hidden ?? false;
		this.tellsCaller = (flags & POINT_FLAGS.value) !== 0;
		this.tellsHook = point?.point.tells === 'hook';
		this.isHook = point?.kind === 'netfilter';
		this.note = point?.note;
		this.returns = (flags & POINT_FLAGS.returns) !== 0;
	}

	/** The hook that a record names. */
	hook(event: TraceEvent): HookSeen {
		const { valueHigh, valueLow } = event;
		if (this.seen === undefined || this.low !== valueLow || this.high !== valueHigh) {
			this.high = valueHigh;
			this.low = valueLow;
			this.seen = hookOf(valueHigh, valueLow);
			this.text = hookText(this.seen);
		}
		return this.seen;
	}

	/** The same in words, of the hook that was asked for last. */
	get hookNote(): string {
		return this.text;
	}
}
