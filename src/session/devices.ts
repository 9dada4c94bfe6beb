/** Devices as records name them: one object as long as the name is the same, so that nobody reads it anew. */
import type { Memory } from '../bpf/memory.ts';

export interface Device {
	/** absent: only its number is known */
	name?: string;
	ifindex: number;
}

/** A record that names a device; to read the name takes its time. */
interface Named {
	readonly memory: Memory;
	readonly offset: number;
	readonly ifindex: number;
	readonly device: string;
}

interface Known {
	words: Int32Array;
	device: Device;
}

/** words of a name */
const WORDS = 4;
/** Numbers only grow where devices come and go. */
const MOST = 4096;

export class Devices {
	/** by number; in another network namespace it is another one's, which then takes its place */
	private readonly named = new Map<number, Known>();
	private readonly nameless = new Map<number, Device>();
	/** what was found last, of either kind */
	private lastNamed: Known | undefined;
	private lastNameless: Device | undefined;

	/** @param at where the name's 16 bytes lie, from the record's beginning; behind the NUL may be anything */
	of(event: Named, at: number): Device {
		const { memory, offset, ifindex } = event;
		const { words } = memory;
		const first = (offset + at) >> 2;
		if (((words[first] as number) & 0xff) === 0) return this.withoutName(ifindex);
		const { lastNamed } = this;
		if (lastNamed !== undefined && lastNamed.device.ifindex === ifindex && isSame(lastNamed.words, words, first)) return lastNamed.device;
		let known = this.named.get(ifindex);
		if (known === undefined || !isSame(known.words, words, first)) {
			known = { words: words.slice(first, first + WORDS), device: { name: event.device, ifindex } };
			if (this.named.size >= MOST) this.named.clear();
			this.named.set(ifindex, known);
		}
		this.lastNamed = known;
		return known.device;
	}

	private withoutName(ifindex: number): Device {
		if (this.lastNameless?.ifindex === ifindex) return this.lastNameless;
		let device = this.nameless.get(ifindex);
		if (device === undefined) {
			device = { ifindex };
			if (this.nameless.size >= MOST) this.nameless.clear();
			this.nameless.set(ifindex, device);
		}
		this.lastNameless = device;
		return device;
	}
}

function isSame(known: Int32Array, words: Int32Array, first: number): boolean {
	for (let i = 0; i < WORDS; i++) if (known[i] !== words[first + i]) return false;
	return true;
}
