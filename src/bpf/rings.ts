/**
 * One ring a CPU. Producers never share a lock, and what is lost is lost, and counted, on the CPU that was too busy.
 */
import { closeSync, readFileSync } from 'node:fs';
import { fail } from '../errors.ts';
import { errnoText } from './errno.ts';
import { errno } from './ffi.ts';
import { libbpf } from './libbpf.ts';
import { pageSize } from './libc.ts';
import type { BpfObject } from './object.ts';
import { Ring } from './ring.ts';

const BPF_MAP_TYPE_RINGBUF = 27;
const BPF_ANY = 0;
const EPERM = 1;

/** '0-3,6' → [0, 1, 2, 3, 6] (Documentation/admin-guide/cputopology.rst) */
export function parseCpuList(text: string): number[] {
	return text
		.trim()
		.split(',')
		.filter(Boolean)
		.flatMap((part) => {
			const [low, high] = part.split('-').map(Number);
			return Array.from({ length: (high ?? low ?? 0) - (low ?? 0) + 1 }, (_, i) => (low ?? 0) + i);
		});
}

/** The CPUs that are there now, or that may ever come. */
export const cpus = (which: 'online' | 'possible') => parseCpuList(readFileSync(`/sys/devices/system/cpu/${which}`, 'latin1'));

/** How many entries an array needs that is indexed by CPU. */
export const possibleCpus = (): number => Math.max(...cpus('possible')) + 1;

/** Rounds up to what the kernel takes for a ring: a power of two, at least a page. */
export function ringBytes(wanted: number): number {
	return 2 ** Math.ceil(Math.log2(Math.max(wanted, pageSize())));
}

/** Bytes a CPU's ring gets by default: 2 MiB, some 8,000 drops, less on machines with very many CPUs: all together stay near 256 MiB. */
export const defaultRingBytes = (cpuCount = cpus('online').length): number =>
	ringBytes(Math.min(2 * 2 ** 20, Math.max(256 * 1024, (256 * 2 ** 20) / 2 / cpuCount)));

export class PerCpuRings {
	readonly rings: Ring[] = [];
	private readonly served = new Set<number>();
	private readonly descriptors: number[] = [];
	private readonly object: BpfObject;
	private readonly size: number;

	/** Before the object is loaded: sizes its `rings` and `counters` maps for this machine. @throws map-failed */
	constructor(object: BpfObject, bytes: number) {
		this.object = object;
		this.size = ringBytes(bytes);
		const possible = possibleCpus();
		object.resize('rings', possible);
		object.resize('counters', possible);
		// the kernel wants a sample of the inner map; it copies what it needs from it
		libbpf.bpf_map__set_inner_map_fd(object.map('rings'), this.create());
	}

	/** After the load: gives every CPU that is online its ring. @throws map-failed */
	open(): void {
		for (const cpu of cpus('online')) this.add(cpu);
	}

	/** Gives a CPU that came up after the start its ring, if it has none. @throws map-failed */
	addOnce(cpu: number): void {
		if (!this.served.has(cpu)) this.add(cpu);
	}

	private add(cpu: number): void {
		const fd = this.create();
		if (libbpf.bpf_map_update_elem(this.object.mapFd('rings'), new Uint32Array([cpu]), new Uint32Array([fd]), BPF_ANY) < 0)
			fail('map-failed', { what: `the ring of CPU ${cpu}`, why: errnoText(errno()) });
		this.rings.push(Ring.map(fd, this.size));
		this.served.add(cpu);
	}

	close(): void {
		for (const ring of this.rings.splice(0)) ring.close();
		for (const fd of this.descriptors.splice(0)) closeSync(fd);
	}

	private create(): number {
		const fd = libbpf.bpf_map_create(BPF_MAP_TYPE_RINGBUF, 'ring', 0, 0, this.size, null);
		if (fd < 0) {
			const what = `a ring buffer of ${this.size / 1024} KiB`;
			const number = errno();
			fail(number === EPERM ? 'memory-locked' : 'map-failed', { what, why: errnoText(number) });
		}
		this.descriptors.push(fd);
		return fd;
	}
}
