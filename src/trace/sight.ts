/** A packet at a point, as it is kept until its way is told. */
import type { TraceEvent } from '../bpf/generated/events.ts';
import { type Moment, split } from '../kernel/clock.ts';
import type { Reason } from '../kernel/reasons.ts';
import { addressText } from '../kernel/symbols.ts';
import type { Packet } from '../packet/packet.ts';
import type { Captured } from '../session/captured.ts';
import type { HookSeen, PathEvent } from './path.ts';
import type { Place } from './place.ts';
import type { Played } from './verdict.ts';

/** What only some sights have. One shape, whatever they have. */
class More {
	ret: number | string | undefined = undefined;
	returned: string | undefined = undefined;
	note: string | undefined = undefined;
	stack: string[] | undefined = undefined;
	reason: Reason | undefined = undefined;
	location: PathEvent['location'] = undefined;
	hook: HookSeen | undefined = undefined;
	captured: Captured | undefined = undefined;
	functions: string[] | undefined = undefined;
}
const NO_MORE: Readonly<More> = new More();

/**
 * One sight. There are many, and most have little to tell: what few have lies in an object of its own, and what few formats show is
 * only worked out for them. 64-bit numbers are kept as two of 32 bits, so that none is an object of its own.
 */
export class Sight implements Played {
	device: PathEvent['device'];
	netns: PathEvent['netns'];
	packet: Packet | undefined;
	as: Packet | undefined;
	more: Readonly<More>;
	readonly since: number;
	readonly cpu: number;
	readonly mark: number;
	private readonly place: Place;
	/** pkt_type, and the connection from the eighth bit on */
	private readonly kinds: number;
	private readonly high: number;
	private readonly low: number;
	private readonly skbHigh: number;
	private readonly skbLow: number;

	constructor(event: TraceEvent, place: Place, since: number) {
		this.device = undefined;
		this.netns = undefined;
		this.packet = undefined;
		this.as = undefined;
		this.more = NO_MORE;
		this.since = since;
		this.cpu = event.cpu;
		this.mark = event.mark;
		this.place = place;
		this.kinds = event.pktType | (event.connection << 8);
		this.high = event.ktimeHigh | 0;
		this.low = event.ktimeLow | 0;
		this.skbHigh = event.skbHigh | 0;
		this.skbLow = event.skbLow | 0;
	}

	/** What only some have, to be written to. */
	get own(): More {
		if (this.more === NO_MORE) this.more = new More();
		return this.more as More;
	}

	get point(): string {
		return this.place.name;
	}

	get roles(): number {
		return this.place.roles;
	}

	get pktType(): number {
		return this.kinds & 255;
	}

	get connection(): number {
		return this.kinds >> 8;
	}

	get ret(): number | string | undefined {
		return this.more.ret;
	}

	get returned(): string | undefined {
		return this.more.returned;
	}

	get note(): string | undefined {
		return this.more.note;
	}

	get stack(): string[] | undefined {
		return this.more.stack;
	}

	get reason(): Reason | undefined {
		return this.more.reason;
	}

	get location(): PathEvent['location'] {
		return this.more.location;
	}

	get hook(): HookSeen | undefined {
		return this.more.hook;
	}

	get captured(): Captured | undefined {
		return this.more.captured;
	}

	get functions(): string[] | undefined {
		return this.more.functions;
	}

	get ktime(): Moment {
		return split(this.high >>> 0, this.low >>> 0);
	}

	get time(): Moment {
		return this.place.clock.at(this.ktime);
	}

	get skb(): string {
		return addressText(this.skbHigh, this.skbLow);
	}
}
