/**
 * Reads BPF ring buffers through their memory maps, without a copy and without a system call a record.
 *
 * The contract is the kernel's (kernel/bpf/ringbuf.c): a page with the consumer position, which we write; a page with the producer
 * position; then the data, mapped twice in a row so that no record ever wraps. A record begins with a 32-bit header: bit 31 while
 * it is being written, bit 30 if it was given up, the rest its length; the producer publishes it with an atomic exchange, paired
 * here with Atomics.load. Positions only grow; as numbers they are exact to 2^53 bytes.
 */
import { mapShared, pageSize, unmap } from './libc.ts';
import { Memory, wide } from './memory.ts';

const BUSY = 31;
const DISCARDED = 1 << 30;
const LENGTH = 0x3fff_ffff;
const HEADER = 8;

/** Space is given back after so many records, not one by one: the position's cache line is shared with the producer. */
const COMMIT_EVERY = 256;

/**
 * What follows a header is read behind it: on x86 every load is in order, and the call that an atomic one is here costs as much as
 * the rest of reading a record.
 */
const headerAt: (words: Int32Array, at: number) => number =
	process.arch === 'x64' ? (words, at) => words[at] as number : (words, at) => Atomics.load(words, at);

/** When a record at `offset` was made, ns. */
export const timeAt = (words: Int32Array, offset: number): number => {
	const at = offset >>> 2;
	return wide(words[at + 1] as number, words[at] as number);
};

export interface RingMemory {
	/** one page, writable */
	consumer: ArrayBuffer;
	/** a page, then the data twice */
	producer: ArrayBuffer;
	page: number;
	/** bytes of data, a power of two */
	size: number;
}

export class Ring {
	/** The data; a record at {@link offset} is never split. Valid until {@link commit} after {@link advance}. */
	readonly memory: Memory;
	/** where the current record's bytes begin */
	offset = 0;
	/** bytes of the current record */
	length = 0;
	private readonly words: Int32Array;
	private readonly consumed: BigInt64Array;
	private readonly produced: BigInt64Array;
	private readonly mask: number;
	/** position up to which space is given back, and bytes that were left behind since */
	private committed: number;
	private left = 0;
	/** where the record after those begins, and bytes from there to the producer's position when it was looked at */
	private next: number;
	private ahead = 0;
	/** bytes from the current record to the one after it; 0: no current record */
	private step = 0;
	private release: (() => void) | undefined;

	constructor(memory: RingMemory) {
		const { consumer, producer, page, size } = memory;
		this.mask = size - 1;
		this.memory = new Memory(producer, page);
		this.words = this.memory.words;
		this.consumed = new BigInt64Array(consumer, 0, 1);
		this.produced = new BigInt64Array(producer, 0, 1);
		this.committed = Number(Atomics.load(this.consumed, 0));
		this.next = this.committed & this.mask;
	}

	/** Maps the ring buffer map `fd` of `size` bytes. @throws Error with the errno's text */
	static map(fd: number, size: number): Ring {
		const page = pageSize();
		const consumer = mapShared(fd, page, 0, true);
		const producer = mapShared(fd, page + 2 * size, page, false);
		const ring = new Ring({ consumer: consumer.memory, producer: producer.memory, page, size });
		ring.release = () => {
			unmap(consumer.address, page);
			unmap(producer.address, page + 2 * size);
		};
		return ring;
	}

	/** Notes how far the producer is now: {@link peek} goes no further until this is called again. */
	refresh(): void {
		// never more than there is room for, whatever stands there
		this.ahead = Math.min(Number(Atomics.load(this.produced, 0)) - this.committed - this.left, this.mask + 1);
	}

	/**
	 * Makes the next complete record the current one, at {@link offset}. False when there is none, or when one is still being
	 * written: records after it wait, so that order within a CPU holds.
	 */
	peek(): boolean {
		if (this.step > 0) return true;
		while (this.ahead > 0) {
			const header = headerAt(this.words, this.next >>> 2);
			if (header >>> BUSY) return false;
			const length = header & LENGTH;
			// a length past the ring cannot come from the kernel: stop rather than read what is not there
			if (length > this.mask) return false;
			const step = (length + HEADER + 7) & ~7;
			if (header & DISCARDED) {
				this.skip(step);
				continue;
			}
			this.offset = this.next + HEADER;
			this.length = length;
			this.step = step;
			return true;
		}
		return false;
	}

	/**
	 * Visits records from the current one on: those whose time is not after `until`, at most `most` of them. Records begin with their
	 * time, in ns. @returns how many were visited
	 */
	visit(until: number, most: number, each: (ring: Ring) => void): number {
		let visited = 0;
		while (visited < most && this.peek() && timeAt(this.words, this.offset) <= until) {
			each(this);
			this.advance();
			visited++;
			if ((visited & (COMMIT_EVERY - 1)) === 0) this.commit();
		}
		return visited;
	}

	/** Leaves the current record. Its bytes stay valid until {@link commit}. */
	advance(): void {
		this.skip(this.step);
		this.step = 0;
	}

	private skip(bytes: number): void {
		this.next = (this.next + bytes) & this.mask;
		this.ahead -= bytes;
		this.left += bytes;
	}

	/** Gives the space of every record left behind back to the kernel. */
	commit(): void {
		if (this.left === 0) return;
		this.committed += this.left;
		this.left = 0;
		Atomics.store(this.consumed, 0, BigInt(this.committed));
	}

	/** Unmaps. The views are dead afterwards: a touch would end the process. */
	close(): void {
		this.release?.();
	}
}
