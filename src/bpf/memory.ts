/**
 * Memory that the kernel writes records into, in the units in which they are read. What the two agree on is the machine's own order
 * of bytes. A typed array is read with a third of the instructions that a DataView takes, and records are read field by field.
 */
export class Memory {
	readonly bytes: Uint8Array;
	readonly halves: Uint16Array;
	/** signed: numbers that V8 keeps as they are */
	readonly words: Int32Array;

	/** @param start bytes, a multiple of 4, as is `length` */
	constructor(buffer: ArrayBuffer, start = 0, length = buffer.byteLength - start) {
		this.bytes = new Uint8Array(buffer, start, length);
		this.halves = new Uint16Array(buffer, start, length >>> 1);
		this.words = new Int32Array(buffer, start, length >>> 2);
	}

	/** A copy of some bytes, as memory of its own. */
	static of(bytes: Uint8Array): Memory {
		const whole = new Uint8Array((bytes.length + 3) & ~3);
		whole.set(bytes);
		return new Memory(whole.buffer);
	}
}

/** A number of 64 bits, given as two of 32, signed or not. Exact to 2^53, which as ns since boot are 104 days; then to 2 ns, enough to sort. */
export const wide = (high: number, low: number): number => (high >>> 0) * 4294967296 + (low >>> 0);
