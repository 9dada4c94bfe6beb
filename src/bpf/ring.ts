/**
 * Reads BPF ring buffers through their memory maps, without a copy and without a system call a record.
 *
 * The contract is the kernel's (kernel/bpf/ringbuf.c): a page with the consumer position, which we write; a page with the producer
 * position; then the data, mapped twice in a row so that no record ever wraps. A record begins with a 32-bit header: bit 31 while
 * it is being written, bit 30 if it was given up, the rest its length; the producer publishes it with an atomic exchange, paired
 * here with Atomics.load. Positions only grow; as numbers they are exact to 2^53 bytes.
 */
import { mapShared, pageSize, unmap } from './libc.ts';

const BUSY = 31;
const DISCARDED = 1 << 30;
const LENGTH = 0x3fff_ffff;
const HEADER = 8;

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
	readonly bytes: Uint8Array;
	readonly view: DataView;
	readonly words: Uint32Array;
	/** where the current record's bytes begin */
	offset = 0;
	/** bytes of the current record */
	length = 0;
	private readonly headers: Int32Array;
	private readonly consumed: BigInt64Array;
	private readonly produced: BigInt64Array;
	private readonly mask: number;
	private position: number;
	private committed: number;
	private limit = 0;
	/** bytes from the current record to the one after it; 0: no current record */
	private step = 0;
	private release: (() => void) | undefined;

	constructor(memory: RingMemory) {
		const { consumer, producer, page, size } = memory;
		this.mask = size - 1;
		this.bytes = new Uint8Array(producer, page);
		this.view = new DataView(producer, page);
		this.words = new Uint32Array(producer, page);
		this.headers = new Int32Array(producer, page);
		this.consumed = new BigInt64Array(consumer, 0, 1);
		this.produced = new BigInt64Array(producer, 0, 1);
		this.position = Number(Atomics.load(this.consumed, 0));
		this.committed = this.position;
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
		this.limit = Number(Atomics.load(this.produced, 0));
	}

	/**
	 * Makes the next complete record the current one, at {@link offset}. False when there is none, or when one is still being
	 * written: records after it wait, so that order within a CPU holds.
	 */
	peek(): boolean {
		if (this.step > 0) return true;
		while (this.position < this.limit) {
			const at = this.position & this.mask;
			const header = Atomics.load(this.headers, at >>> 2);
			if (header >>> BUSY) return false;
			const length = header & LENGTH;
			// a length past the ring cannot come from the kernel: stop rather than read what is not there
			if (length > this.mask) return false;
			const step = (length + HEADER + 7) & ~7;
			if (header & DISCARDED) {
				this.position += step;
				continue;
			}
			this.offset = at + HEADER;
			this.length = length;
			this.step = step;
			return true;
		}
		return false;
	}

	/** Leaves the current record. Its bytes stay valid until {@link commit}. */
	advance(): void {
		this.position += this.step;
		this.step = 0;
	}

	/** Gives the space of every record left behind back to the kernel. */
	commit(): void {
		if (this.position === this.committed) return;
		Atomics.store(this.consumed, 0, BigInt(this.position));
		this.committed = this.position;
	}

	/** Unmaps. The views are dead afterwards: a touch would end the process. */
	close(): void {
		this.release?.();
	}
}
