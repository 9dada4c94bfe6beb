/**
 * What a line says of a drop besides its packet and its time. Drops come in runs that differ in nothing else, so it is put together once
 * for each place in the kernel, and again when it changes: a string of pieces costs some 300 instructions a piece until it is written
 * (make bench).
 */
import type { Drop } from '../drops/drop.ts';
import { onePiece } from '../pieces.ts';

interface Known {
	drop: Drop;
	text: string;
}

export class Endings {
	private readonly known = new WeakMap<object, Known>();
	private readonly make: (drop: Drop) => string;

	/** @param make tells nothing of packet, times and stack */
	constructor(make: (drop: Drop) => string) {
		this.make = make;
	}

	of(drop: Drop): string {
		// each place is one object (kernel/symbols.ts)
		const known = this.known.get(drop.location);
		if (known !== undefined && isAlike(known.drop, drop)) return known.text;
		const text = onePiece(this.make(drop));
		const { stack: _, ...rest } = drop;
		this.known.set(drop.location, { drop: { ...rest, packet: NO_PACKET }, text });
		return text;
	}
}

/** Packets are not kept for longer than it takes to tell them. */
const NO_PACKET: Drop['packet'] = { family: 'other', len: 0 };

const isAlike = (one: Drop, other: Drop): boolean =>
	one.reason === other.reason &&
	one.cpu === other.cpu &&
	one.device?.name === other.device?.name &&
	one.device?.ifindex === other.device?.ifindex &&
	one.netns?.inode === other.netns?.inode &&
	one.netns?.name === other.netns?.name &&
	one.pktType === other.pktType &&
	one.mark === other.mark &&
	one.process?.pid === other.process?.pid &&
	one.process?.comm === other.process?.comm &&
	one.socket?.family === other.socket?.family &&
	one.socket?.state === other.socket?.state &&
	one.cgroup === other.cgroup &&
	one.container === other.container;
