/** A packet at a point, as it is kept until its way is told. */
import type { TraceEvent } from '../bpf/generated/events.ts';
import { wide } from '../bpf/memory.ts';
import { type Moment, split } from '../kernel/clock.ts';
import type { Reason } from '../kernel/reasons.ts';
import { addressText } from '../kernel/symbols.ts';
import type { Packet } from '../packet/packet.ts';
import type { Captured } from '../session/captured.ts';
import type { Kind } from './kind.ts';
import type { HookSeen, PathEvent } from './path.ts';
import type { Played } from './verdict.ts';

/**
 * One sight. There are many, and most have little to tell: what they have in common with others is an object that they share
 * ({@link Kind}), and what few formats show is only worked out for them. 64-bit numbers are kept as two of 32 bits, so that none is an
 * object of its own.
 */
export class Sight implements Played {
	device: PathEvent['device'];
	netns: PathEvent['netns'];
	packet: Packet | undefined;
	as: Packet | undefined;
	kind: Kind;
	readonly cpu: number;
	readonly mark: number;
	/** when its packet was first seen, ns */
	private readonly way: { readonly first: number };
	/** pkt_type, and the connection from the eighth bit on */
	private readonly states: number;
	private readonly high: number;
	private readonly low: number;
	private readonly skbHigh: number;
	private readonly skbLow: number;

	constructor(event: TraceEvent, kind: Kind, way: { readonly first: number }) {
		this.device = undefined;
		this.netns = undefined;
		this.packet = undefined;
		this.as = undefined;
		this.kind = kind;
		this.cpu = event.cpu;
		this.mark = event.mark;
		this.way = way;
		this.states = event.pktType | (event.connection << 8);
		this.high = event.ktimeHigh | 0;
		this.low = event.ktimeLow | 0;
		this.skbHigh = event.skbHigh | 0;
		this.skbLow = event.skbLow | 0;
	}

	/** What only this one has, to be written to. */
	get own(): Kind {
		if (this.kind.shared) this.kind = this.kind.copy();
		return this.kind;
	}

	get point(): string {
		return this.kind.place.name;
	}

	get roles(): number {
		return this.kind.place.roles;
	}

	get since(): number {
		return wide(this.high, this.low) - this.way.first;
	}

	get pktType(): number {
		return this.states & 255;
	}

	get connection(): number {
		return this.states >> 8;
	}

	get ret(): number | string | undefined {
		return this.kind.ret;
	}

	get returned(): string | undefined {
		return this.kind.returned;
	}

	get note(): string | undefined {
		return this.kind.note;
	}

	get stack(): string[] | undefined {
		return this.kind.stack;
	}

	get reason(): Reason | undefined {
		return this.kind.reason;
	}

	get location(): PathEvent['location'] {
		return this.kind.location;
	}

	get hook(): HookSeen | undefined {
		return this.kind.hook;
	}

	get captured(): Captured | undefined {
		return this.kind.captured;
	}

	get functions(): string[] | undefined {
		return this.kind.functions;
	}

	get ktime(): Moment {
		return split(this.high >>> 0, this.low >>> 0);
	}

	get time(): Moment {
		return this.kind.place.clock.at(this.ktime);
	}

	get skb(): string {
		return addressText(this.skbHigh, this.skbLow);
	}
}
