/** Control groups, version 2: the kernel names a group by the inode number of its directory. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fail } from '../errors.ts';
import { say } from '../lang.ts';

const RESCAN_AFTER_MS = 1000;
/**
 * What container runtimes call their groups: docker-ID.scope, cri-containerd-ID.scope, crio-ID, or the bare id. crio-conmon-ID and
 * libpod-conmon-ID are not the container but its watchman.
 */
const CONTAINER_ID = /(?:^|(?<!conmon)[-/:])([0-9a-f]{64})(?:\.scope)?(?=\/|$)/g;

/** A group to filter by: its identifier, and its depth below the root, where a descendant lists it as ancestor. */
export interface CgroupTarget {
	id: bigint;
	level: number;
}

/** Where the v2 hierarchy is mounted; undefined when it is not. */
export function cgroupRoot(mounts = '/proc/self/mounts'): string | undefined {
	for (const line of readFileSync(mounts, 'utf8').split('\n')) {
		const [, path, type] = line.split(' ');
		// proc(5): spaces and the like are written as octal numbers
		if (type === 'cgroup2') return path?.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
	}
	return undefined;
}

/** Every group below `root`, deepest last, with its identifier. */
function* groups(root: string, path = root): Generator<{ id: bigint; path: string }> {
	try {
		yield { id: statSync(path, { bigint: true }).ino, path };
		for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) yield* groups(root, join(path, entry.name));
	} catch {
		// the group went away while it was being looked at
	}
}

/** Of the group at a path; undefined when there is none. Files in a group's directory have numbers too, which are no group's. */
function identifier(path: string): bigint | undefined {
	try {
		const stat = statSync(path, { bigint: true });
		return stat.isDirectory() ? stat.ino : undefined;
	} catch {
		return undefined;
	}
}

const level = (root: string, path: string): number => {
	const below = relative(root, path);
	return below === '' ? 0 : below.split('/').length;
};

function rootOrFail(value: string): string {
	return cgroupRoot() ?? fail('bad-cgroup', { value, root: say('(not mounted)', '(未挂载)') });
}

/** `--cgroup PATH|ID`: a path from the root of the hierarchy or of the file system, or a number. @throws bad-cgroup */
export function resolveCgroup(asked: string, root = rootOrFail(asked)): CgroupTarget {
	if (/^\d+$/.test(asked)) {
		const id = BigInt(asked);
		for (const group of groups(root)) if (group.id === id) return { id, level: level(root, group.path) };
		return fail('bad-cgroup', { value: asked, root });
	}
	for (const path of [resolve('/', asked), resolve(join(root, asked))]) {
		const inside = path === root || path.startsWith(`${root}/`);
		const id = inside && asked !== '' ? identifier(path) : undefined;
		if (id !== undefined) return { id, level: level(root, path) };
	}
	return fail('bad-cgroup', { value: asked, root });
}

/** `--container ID`: the group of the container whose identifier begins so. @throws bad-container */
export function resolveContainer(asked: string, root = rootOrFail(asked)): CgroupTarget {
	const group = groupOfContainer(asked, root);
	return { id: group.id, level: level(root, group.path) };
}

/** A process of a container. @throws bad-container, no-process */
export function containerProcess(asked: string, root = rootOrFail(asked)): number {
	const { path } = groupOfContainer(asked, root);
	for (const group of groups(root)) {
		if (group.path !== path && !group.path.startsWith(`${path}/`)) continue;
		const [pid] = /^\d+/.exec(processesIn(group.path)) ?? [];
		if (pid !== undefined) return Number(pid);
	}
	return fail('no-process', { container: asked });
}

/** What cgroup.procs says; '' of a group that went away, or has threads alone. */
function processesIn(path: string): string {
	try {
		return readFileSync(join(path, 'cgroup.procs'), 'latin1');
	} catch {
		return '';
	}
}

function groupOfContainer(asked: string, root: string): { id: bigint; path: string } {
	const found = new Map<string, { id: bigint; path: string }>();
	for (const group of groups(root)) {
		const id = containerOf(group.path);
		if (id?.startsWith(asked.toLowerCase()) && !found.has(id)) found.set(id, group);
	}
	const [first, second] = found;
	if (!first || second) {
		const hint = second ? say(`: ${found.size} containers do`, `:有 ${found.size} 个`) : '';
		return fail('bad-container', { value: asked, root, hint });
	}
	return first[1];
}

/** The container's identifier (64 hexadecimal digits) in a group's path; of a container in a container, the inner one's. */
export const containerOf = (path: string): string | undefined => [...path.matchAll(CONTAINER_ID)].at(-1)?.[1];

/** A control group by its place. */
export interface CgroupPlace {
	/** below the hierarchy's root, '/' for the root itself */
	path: string;
	/** the container that it is of */
	container?: string;
}

/** Places of groups by identifier, read when first needed and again for one that is new. */
export class CgroupPaths {
	private places = new Map<number, CgroupPlace>();
	private scannedAt = Number.NEGATIVE_INFINITY;
	private readonly root: () => string | undefined;

	/** @param root where the hierarchy is; a test gives its own */
	constructor(root: () => string | undefined = cgroupRoot) {
		this.root = root;
	}

	/** @param id of a group; exact to 2^53, which counts of groups made do not pass */
	of(id: number): CgroupPlace | undefined {
		const place = this.places.get(id);
		if (place !== undefined || performance.now() - this.scannedAt < RESCAN_AFTER_MS) return place;
		this.scannedAt = performance.now();
		const root = this.root();
		this.places = new Map(root === undefined ? [] : [...groups(root)].map((group) => [Number(group.id), placeOf(root, group.path)]));
		return this.places.get(id);
	}
}

function placeOf(root: string, folder: string): CgroupPlace {
	const path = `/${relative(root, folder)}`;
	const container = containerOf(path);
	return container === undefined ? { path } : { path, container };
}
