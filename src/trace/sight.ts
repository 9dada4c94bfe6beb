/** A packet at a point, as it is kept until its way is told. */
import { wide } from '../bpf/memory.ts';
import { type Moment, split } from '../kernel/clock.ts';
import type { Reason } from '../kernel/reasons.ts';
import { addressText } from '../kernel/symbols.ts';
import type { Packet } from '../packet/packet.ts';
import type { Captured } from '../session/captured.ts';
import type { Kind } from './kind.ts';
import type { Look } from './look.ts';
import type { HookSeen, PathEvent } from './path.ts';
import type { Played } from './verdict.ts';

/**
 * One sight. There are many, and most have little to tell: what they have in common with others are objects that they share
 * ({@link Kind}, {@link Look}), and what few formats show is only worked out for them. 64-bit numbers are kept as two of 32 bits, so
 * that none is an object of its own.
 */
export class Sight implements Played {
	/** when it looks different from before */
	packet: Packet | undefined;
	kind: Kind;
	readonly cpu: number;
	private readonly look: Look;
	/** when its packet was first seen, ns */
	private readonly way: { readonly first: number };
	private readonly high: number;
	private readonly low: number;

	/** @param high and `low`: halves of the time it was stamped with, as 32-bit numbers with a sign, which V8 keeps as they are */
	constructor(kind: Kind, look: Look, way: { readonly first: number }, cpu: number, high: number, low: number) {
		this.packet = undefined;
		this.kind = kind;
		this.cpu = cpu;
		this.look = look;
		this.way = way;
		this.high = high;
		this.low = low;
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

	get device(): PathEvent['device'] {
		return this.look.device;
	}

	get netns(): PathEvent['netns'] {
		return this.look.netns;
	}

	get as(): Packet | undefined {
		return this.look.packet;
	}

	get mark(): number {
		return this.look.mark;
	}

	get pktType(): number {
		return this.look.states & 255;
	}

	get connection(): number {
		return this.look.states >> 8;
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
		return addressText(this.look.high, this.look.low);
	}
}
