/** Reads maps of type PERCPU_HASH, many entries a system call (kernel/bpf/hashtab.c, __htab_map_lookup_and_delete_batch). */
import { fail } from '../errors.ts';
import { errnoText } from './errno.ts';
import { libbpf } from './libbpf.ts';
import { Memory } from './memory.ts';
import { cpus } from './rings.ts';

const ENOENT = 2;
const ENOSPC = 28;
/** Entries asked for at once. */
const BATCH = 1024;

export class PerCpuHash {
	private readonly fd: number;
	private readonly keyBytes: number;
	/** of one CPU; the kernel rounds up to 8 */
	private readonly valueBytes: number;
	private readonly cpus: number;
	private batch = BATCH;

	constructor(fd: number, keyBytes: number, valueBytes: number) {
		this.fd = fd;
		this.keyBytes = keyBytes;
		this.valueBytes = (valueBytes + 7) & ~7;
		this.cpus = cpus('possible').length;
	}

	/**
	 * Visits every entry: its key at an offset of one memory, and its value on every CPU, `stride` bytes apart, at an offset of
	 * another. Both are used again after the visit. An entry that is added meanwhile may or may not be among them.
	 * @throws map-failed
	 */
	visit(each: (keys: Memory, key: number, values: Memory, value: number, stride: number, cpus: number) => void): void {
		const { keyBytes, valueBytes, cpus } = this;
		let keys = new Memory(new ArrayBuffer(this.batch * keyBytes));
		let values = new Memory(new ArrayBuffer(this.batch * valueBytes * cpus));
		const position = new Uint32Array(1);
		const count = new Uint32Array(1);
		for (let first = true; ; first = false) {
			count[0] = this.batch;
			const result = libbpf.bpf_map_lookup_batch(this.fd, first ? null : position, position, keys.bytes, values.bytes, count, null);
			if (result === -ENOSPC) {
				// a bucket holds more than was asked for
				this.batch *= 2;
				keys = new Memory(new ArrayBuffer(this.batch * keyBytes));
				values = new Memory(new ArrayBuffer(this.batch * valueBytes * cpus));
				continue;
			}
			if (result < 0 && result !== -ENOENT) fail('map-failed', { what: 'a copy of the counts', why: errnoText(-result) });
			for (let i = 0; i < (count[0] ?? 0); i++) each(keys, i * keyBytes, values, i * valueBytes * cpus, valueBytes, cpus);
			if (result === -ENOENT) return;
		}
	}
}
