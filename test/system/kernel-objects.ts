/** BPF programs, maps and links that the kernel holds, and who holds them: to show that a run leaves none behind. */
import assert from 'node:assert/strict';
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { bind } from '../../src/bpf/ffi.ts';
import { LIBBPF, libbpf } from '../../src/bpf/libbpf.ts';
import { until } from './until.ts';

const calls = bind(LIBBPF, {
	bpf_prog_get_next_id: ['int', 'u32', 'buf'],
	bpf_map_get_next_id: ['int', 'u32', 'buf'],
	bpf_link_get_next_id: ['int', 'u32', 'buf'],
	bpf_prog_get_fd_by_id: ['int', 'u32'],
	bpf_map_get_fd_by_id: ['int', 'u32'],
	bpf_link_get_fd_by_id: ['int', 'u32'],
});

/** Where names are in struct bpf_prog_info and bpf_map_info, and the program's number in bpf_link_info (include/uapi/linux/bpf.h). */
const PROG_NAME = 64;
const MAP_NAME = 24;
const LINK_PROG = 8;
const NAME_BYTES = 16;
const INFO_BYTES = 256;

export interface KernelObject {
	kind: 'prog' | 'map' | 'link';
	id: number;
	/** of a link: of its program */
	name: string;
}

const keyOf = ({ kind, id }: KernelObject): string => `${kind} ${id}`;

/** struct bpf_…_info; undefined when the object has just gone. */
function infoOf(fd: number): Buffer | undefined {
	if (fd < 0) return undefined;
	try {
		const info = Buffer.alloc(INFO_BYTES);
		const known = libbpf.bpf_obj_get_info_by_fd(fd, info, new Uint32Array([INFO_BYTES])) >= 0;
		return known ? info : undefined;
	} finally {
		closeSync(fd);
	}
}

const nameAt = (info: Buffer, offset: number): string => info.toString('latin1', offset, offset + NAME_BYTES).replace(/\0.*$/s, '');

function nameOfProgram(id: number): string | undefined {
	const info = infoOf(calls.bpf_prog_get_fd_by_id(id));
	return info && nameAt(info, PROG_NAME);
}

const NAMES: Readonly<Record<KernelObject['kind'], (id: number) => string | undefined>> = {
	prog: nameOfProgram,
	map: (id) => {
		const info = infoOf(calls.bpf_map_get_fd_by_id(id));
		return info && nameAt(info, MAP_NAME);
	},
	link: (id) => {
		const info = infoOf(calls.bpf_link_get_fd_by_id(id));
		return info && nameOfProgram(info.readUInt32LE(LINK_PROG));
	},
};

/** Everything there is now. */
export function kernelObjects(): KernelObject[] {
	const found: KernelObject[] = [];
	for (const kind of ['prog', 'map', 'link'] as const) {
		const next = new Uint32Array(1);
		while (calls[`bpf_${kind}_get_next_id`](next[0] ?? 0, next) === 0) {
			const id = next[0] ?? 0;
			const name = NAMES[kind](id);
			if (name !== undefined) found.push({ kind, id, name });
		}
	}
	return found;
}

/** Keys of the objects that a process has open. */
function keysHeldBy(pid: number | string): string[] {
	try {
		return readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
			const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1');
			// a link tells its program's number too
			const [, kind, id] = /^(link)_id:\s*(\d+)/m.exec(info) ?? /^(prog|map)_id:\s*(\d+)/m.exec(info) ?? [];
			return kind === undefined ? [] : `${kind} ${id}`;
		});
	} catch {
		// it ended, or closed the descriptor
		return [];
	}
}

/** The objects that a process has open. */
export function heldBy(pid: number): KernelObject[] {
	const keys = new Set(keysHeldBy(pid));
	return kernelObjects().filter((object) => keys.has(keyOf(object)));
}

/** A descriptor of the map of that name that a process has open. */
export function mapOf(pid: number, name: string): number {
	const map = heldBy(pid).find((object) => object.kind === 'map' && object.name === name);
	assert.ok(map, `no map ${name} of ${pid}`);
	return calls.bpf_map_get_fd_by_id(map.id);
}

/** Whether a process has probes in place. */
export const attached = (pid: number): boolean => keysHeldBy(pid).some((key) => key.startsWith('link'));

const heldByAnybody = (): Set<string> =>
	new Set(
		readdirSync('/proc')
			.filter((entry) => /^\d+$/.test(entry))
			.flatMap(keysHeldBy),
	);

/**
 * Waits until nothing of `names` is left that was not there `before`. Other processes may trace at the same time: what one of
 * them has open is theirs. The kernel frees a moment after the last holder went, so a little patience is in order.
 */
export async function nothingLeft(before: readonly KernelObject[], names: ReadonlySet<string>, limitMs = 10_000): Promise<void> {
	assert.notEqual(names.size, 0, 'names to look for');
	const known = new Set(before.map(keyOf));
	let left: KernelObject[] = [];
	const look = () => {
		left = kernelObjects().filter((object) => names.has(object.name) && !known.has(keyOf(object)));
		if (left.length === 0) return true;
		const held = heldByAnybody();
		left = left.filter((object) => !held.has(keyOf(object)));
		return left.length === 0;
	};
	try {
		await until('the kernel to free everything', look, limitMs);
	} catch (error) {
		throw new Error(`left behind: ${left.map((object) => `${keyOf(object)} (${object.name})`).join(', ')}`, { cause: error });
	}
}
