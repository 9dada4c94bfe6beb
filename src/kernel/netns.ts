/** Network namespaces: their inode numbers, and the names that `ip netns` and container runtimes give them. */
import { closeSync, existsSync, openSync, readdirSync, statSync } from 'node:fs';
import { cString, view } from '../bpf/ffi.ts';
import { libc } from '../bpf/libc.ts';
import { fail } from '../errors.ts';
import { nearest } from '../nearest.ts';

/** Where names are mounted: iproute2, Docker. */
const NAME_FOLDERS = ['/run/netns', '/run/docker/netns'];
const RESCAN_AFTER_MS = 500;
/** process identifiers end here (PID_MAX_LIMIT, include/linux/threads.h); inode numbers of namespaces begin far above */
const PID_LIMIT = 4194304;
const CLONE_NEWNET = 0x40000000;

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function inodeOf(path: string): number | undefined {
	try {
		return statSync(path).ino;
	} catch {
		return undefined;
	}
}

/** The namespace that a name stands for. A file that is left from one, or is mounted elsewhere only, has a number that is none. */
function namespaceOf(path: string): number | undefined {
	try {
		const { ino, dev } = statSync(path);
		return dev === statSync('/proc/self/ns/net').dev ? ino : undefined;
	} catch {
		return undefined;
	}
}

/** The namespace this process is in. */
export const ownNetns = (): number => inodeOf('/proc/self/ns/net') ?? 0;

/** Names in use now. */
export const netnsNames = (folders: readonly string[] = NAME_FOLDERS): string[] => folders.flatMap(list);

/** A namespace asked for: its inode, and the path that shows whether it still exists. */
export interface NetnsTarget {
	inode: number;
	asked: string;
	path: string | undefined;
}

/**
 * What `--netns` means: `current`, a name, a process id or an inode number, tried in this order.
 * @throws bad-netns with the nearest names
 */
export function resolveNetns(asked: string, folders: readonly string[] = NAME_FOLDERS): NetnsTarget {
	if (asked === 'current') return { inode: ownNetns(), asked, path: '/proc/self/ns/net' };
	if (asked !== '' && asked !== '.' && asked !== '..' && !asked.includes('/')) {
		for (const folder of folders) {
			const path = `${folder}/${asked}`;
			const inode = namespaceOf(path);
			if (inode !== undefined) return { inode, asked, path };
		}
	}
	if (/^\d+$/.test(asked)) {
		const number = Number(asked);
		if (number > PID_LIMIT && number <= 0xffff_ffff) return { inode: number, asked, path: undefined };
		const path = `/proc/${number}/ns/net`;
		const inode = inodeOf(path);
		if (inode !== undefined) return { inode, asked, path };
	}
	const names = netnsNames(folders).filter((name) => name !== asked);
	return fail('bad-netns', { value: asked, hint: nearest(asked, names) });
}

/** Whether a namespace that was found by a path is still the one there. */
export const netnsGone = (target: NetnsTarget): boolean => target.path !== undefined && inodeOf(target.path) !== target.inode;

/** Names of namespaces by inode, kept up to date as they come and go. */
export class NetnsNames {
	private names = new Map<number, string>();
	/** those that were asked for since the last scan, in vain: asking for the time costs more than the rest of a record's line */
	private readonly nameless = new Set<number>();
	/** packets come in runs of one namespace */
	private last = -1;
	private lastName: string | undefined;
	private scannedAt = Number.NEGATIVE_INFINITY;
	private readonly folders: readonly string[];

	/** @param folders where names are mounted; a test gives its own */
	constructor(folders: readonly string[] = NAME_FOLDERS) {
		this.folders = folders;
	}

	of(inode: number): string | undefined {
		if (inode === this.last) return this.lastName;
		const name = this.search(inode);
		this.last = inode;
		this.lastName = name;
		return name;
	}

	private search(inode: number): string | undefined {
		const name = this.names.get(inode);
		if (name !== undefined || this.nameless.has(inode)) return name;
		if (performance.now() - this.scannedAt >= RESCAN_AFTER_MS) this.scan();
		if (!this.names.has(inode)) this.nameless.add(inode);
		return this.names.get(inode);
	}

	/** Forgets everything: inode numbers are used again, so a name is only good for a while. */
	expire(): void {
		if (performance.now() - this.scannedAt >= RESCAN_AFTER_MS) this.scan();
	}

	private scan(): void {
		this.scannedAt = performance.now();
		this.names = new Map();
		this.nameless.clear();
		this.last = -1;
		for (const folder of this.folders) {
			for (const name of list(folder)) {
				const inode = inodeOf(`${folder}/${name}`);
				if (inode !== undefined) this.names.set(inode, name);
			}
		}
	}
}

/** Does `work` with this thread in the namespace at `path`. Nothing in it may wait. Undefined when it cannot be entered. */
export function inNetns<T>(path: string, work: () => T): T | undefined {
	const own = openSync('/proc/thread-self/ns/net', 'r');
	let other: number | undefined;
	try {
		try {
			other = openSync(path, 'r');
		} catch {
			return undefined;
		}
		return libc.setns(other, CLONE_NEWNET) < 0 ? undefined : work();
	} finally {
		libc.setns(own, CLONE_NEWNET);
		if (other !== undefined) closeSync(other);
		closeSync(own);
	}
}

/** Interfaces of the namespace at `path`, name to index. Empty when it cannot be entered. */
export const interfacesIn = (path: string): Map<string, number> => inNetns(path, interfacesHere) ?? new Map();

/** Interfaces of the calling thread's namespace. */
export function interfacesHere(): Map<string, number> {
	const table = libc.if_nameindex();
	const found = new Map<string, number>();
	if (table === null) return found;
	// struct if_nameindex { unsigned int index; char *name; }, ended by an index of 0
	for (let at = table; ; at += 16n) {
		const entry = new DataView(view(at, 16));
		const index = entry.getUint32(0, true);
		if (index === 0) break;
		found.set(cString(entry.getBigUint64(8, true)), index);
	}
	libc.if_freenameindex(table);
	return found;
}

const found = new Map<number, string>();

/** A path by which the namespace with that inode can be entered, as long as it exists. */
export function netnsOf(inode: number): string | undefined {
	const known = found.get(inode);
	if (known !== undefined && inodeOf(known) === inode) return known;
	found.clear();
	for (const path of netnsPaths()) found.set(inodeOf(path) ?? 0, path);
	return found.get(inode);
}

/** A path to every namespace that can be seen: named ones, and those of processes. */
export function netnsPaths(): string[] {
	const seen = new Map<number, string>();
	const note = (path: string) => {
		const inode = inodeOf(path);
		if (inode !== undefined && !seen.has(inode)) seen.set(inode, path);
	};
	for (const folder of NAME_FOLDERS) for (const name of list(folder)) note(`${folder}/${name}`);
	for (const entry of list('/proc')) if (/^\d+$/.test(entry)) note(`/proc/${entry}/ns/net`);
	return [...seen.values()];
}
