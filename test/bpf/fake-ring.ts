/** The kernel's side of a BPF ring buffer, in ordinary memory: what is written once is copied to where the second mapping shows it. */
import { Ring, type RingMemory } from '../../src/bpf/ring.ts';

const PAGE = 4096;
const HEADER = 8;
const BUSY = 1 << 31;
const DISCARDED = 1 << 30;

export class FakeRing {
	readonly memory: RingMemory;
	readonly size: number;
	readonly ring: Ring;
	private readonly data: Uint8Array;
	private readonly produced: BigInt64Array;
	private readonly given: BigInt64Array;

	/** @param start where both positions begin, a multiple of 8 */
	constructor(size = PAGE, start = 0n) {
		this.size = size;
		this.memory = { consumer: new ArrayBuffer(PAGE), producer: new ArrayBuffer(PAGE + 2 * size), page: PAGE, size };
		this.data = new Uint8Array(this.memory.producer, PAGE);
		this.produced = new BigInt64Array(this.memory.producer, 0, 1);
		this.given = new BigInt64Array(this.memory.consumer, 0, 1);
		this.produced[0] = start;
		this.given[0] = start;
		this.ring = new Ring(this.memory);
	}

	/** how far records were written */
	get end(): bigint {
		return this.produced[0] ?? 0n;
	}

	set end(position: bigint) {
		this.produced[0] = position;
	}

	/** how far space was given back */
	get consumed(): bigint {
		return this.given[0] ?? 0n;
	}

	/** Writes a record. @returns where it begins; undefined when there is no room, as for the kernel */
	write(bytes: Uint8Array, state: 'complete' | 'busy' | 'discarded' = 'complete'): bigint | undefined {
		const step = BigInt((bytes.length + HEADER + 7) & ~7);
		if (this.end + step - this.consumed > BigInt(this.size)) return undefined;
		const start = this.end;
		this.header(start, bytes.length | (state === 'busy' ? BUSY : state === 'discarded' ? DISCARDED : 0));
		this.put(start + BigInt(HEADER), bytes);
		this.end = start + step;
		return start;
	}

	/** Writes the 32-bit header of the record at `position`. */
	header(position: bigint, value: number): void {
		const bytes = new Uint8Array(HEADER);
		new DataView(bytes.buffer).setInt32(0, value, true);
		this.put(position, bytes);
	}

	/** Completes a busy record. */
	publish(position: bigint, length: number): void {
		this.header(position, length);
	}

	private put(position: bigint, bytes: Uint8Array): void {
		for (const [i, byte] of bytes.entries()) {
			const at = Number((position + BigInt(i)) % BigInt(this.size));
			this.data[at] = byte;
			this.data[at + this.size] = byte;
		}
	}
}

/** The bytes of the current record. */
export const current = (ring: Ring): Uint8Array => ring.memory.bytes.slice(ring.offset, ring.offset + ring.length);

/** Leaves and returns all records that can be read now; gives nothing back. */
export function drain(ring: Ring): Uint8Array[] {
	const found: Uint8Array[] = [];
	ring.refresh();
	for (; ring.peek(); ring.advance()) found.push(current(ring));
	return found;
}

/** `length` bytes that tell which record they are of. */
export const filled = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (seed * 31 + i) & 0xff);
