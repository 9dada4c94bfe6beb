/** Arrays of 64-bit words that programs and we share (BPF_F_MMAPABLE, since 5.5): read and written without system calls. */
import { mapShared, pageSize, unmap } from './libc.ts';
import type { BpfObject } from './object.ts';

export class MappedArray {
	readonly entries: number;
	private readonly words: BigUint64Array;
	private readonly fields: number;
	private readonly address: bigint;
	private readonly bytes: number;

	/** @param fields 64-bit words of an entry @param writable by us, too */
	constructor(object: BpfObject, map: string, entries: number, fields: number, writable = false) {
		this.entries = entries;
		this.fields = fields;
		this.bytes = Math.ceil((entries * fields * 8) / pageSize()) * pageSize();
		const { address, memory } = mapShared(object.mapFd(map), this.bytes, 0, writable);
		this.address = address;
		this.words = new BigUint64Array(memory, 0, entries * fields);
	}

	/** Field `field` of an entry. */
	at(entry: number, field: number): number {
		return Number(Atomics.load(this.words, entry * this.fields + field));
	}

	set(entry: number, field: number, value: number): void {
		Atomics.store(this.words, entry * this.fields + field, BigInt(value));
	}

	close(): void {
		unmap(this.address, this.bytes);
	}
}
