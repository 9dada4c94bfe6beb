/**
 * Which process owns a socket: the one that has it open, found by the socket's inode in /proc/PID/fd. That is a fact; the task
 * that a soft interrupt happened to run on is not, and is never given as an owner.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Process {
	pid: number;
	comm: string;
}

/** Processes that are asked for; either fits. */
export interface Owners {
	comms?: readonly string[];
	pids?: readonly number[];
}

/** Bytes of a process's name that the kernel keeps (TASK_COMM_LEN less the NUL, include/linux/sched.h). */
export const COMM_BYTES = 15;

export const isOwner = ({ comms, pids }: Owners, { pid, comm }: Process): boolean =>
	(comms?.includes(comm) ?? false) || (pids?.includes(pid) ?? false);

/** Inodes of the sockets that those processes have open now. */
export function socketsOf(owners: Owners, proc = '/proc'): Set<number> {
	const found = new Set<number>();
	for (const entry of owners.comms ? readdirSync(proc) : (owners.pids ?? []).map(String)) {
		if (!/^\d/.test(entry)) continue;
		try {
			if (!isOwner(owners, { pid: Number(entry), comm: commOf(entry, proc) })) continue;
			for (const socket of socketsIn(`${proc}/${entry}/fd`)) found.add(socket);
		} catch {
			// the process ended, or may not be looked into
		}
	}
	return found;
}

const commOf = (pid: number | string, proc: string): string => readFileSync(`${proc}/${pid}/comm`, 'utf8').trimEnd();

/** A scan of all of /proc costs tens of milliseconds on a busy host: afterwards it rests this many times as long. */
const REST = 20;
const KNOWN_LIMIT = 65536;

export class SocketOwners {
	private readonly owners = new Map<number, Process>();
	private readonly missing = new Set<number>();
	private nextScan = 0;
	private readonly proc: string;
	private readonly only: Owners | undefined;

	/**
	 * @param only these processes alone are looked into: that is quick enough to be done for every new socket, so that
	 * none of theirs is missed
	 */
	constructor(proc = '/proc', only?: Owners) {
		this.proc = proc;
		this.only = only;
	}

	/**
	 * The owner of the socket with `inode`. `likely` is a process to look at first, the task in whose context the drop happened;
	 * it is only believed if it has the socket open.
	 */
	of(inode: number, likely: number): Process | undefined {
		const known = this.owners.get(inode);
		if (known) return known;
		if (this.missing.has(inode)) return undefined;
		if (likely && this.look(likely, inode)) return this.owners.get(inode);
		if (!this.only && performance.now() < this.nextScan) return undefined;
		this.scan();
		const found = this.owners.get(inode);
		if (!found) this.missing.add(inode);
		return found;
	}

	private scan(): void {
		const start = performance.now();
		this.owners.clear();
		this.missing.clear();
		for (const entry of readdirSync(this.proc)) {
			if (entry.charCodeAt(0) >= 0x30 && entry.charCodeAt(0) <= 0x39) this.look(Number(entry));
			if (this.owners.size > KNOWN_LIMIT) break;
		}
		const end = performance.now();
		this.nextScan = end + Math.max(200, (end - start) * REST);
	}

	/** Notes the sockets of one process. True if `inode` is among them. */
	private look(pid: number, inode?: number): boolean {
		let found = false;
		try {
			let process: Process | undefined;
			if (this.only) {
				process = this.processOf(pid);
				if (!isOwner(this.only, process)) return false;
			}
			for (const socket of socketsIn(`${this.proc}/${pid}/fd`)) {
				process ??= this.processOf(pid);
				this.owners.set(socket, process);
				found ||= socket === inode;
			}
		} catch {
			// the process ended, or may not be looked into: then it is not known as an owner
		}
		return found;
	}

	private processOf(pid: number): Process {
		return { pid, comm: commOf(pid, this.proc) };
	}
}

/** Inodes of the sockets among the descriptors in a folder. @throws Error when it cannot be looked into */
function* socketsIn(folder: string): Generator<number> {
	for (const descriptor of readdirSync(folder)) {
		const socket = socketInode(`${folder}/${descriptor}`);
		if (socket !== undefined) yield socket;
	}
}

/** The inode of the socket that a descriptor stands for. A busy server closes some while the others are looked at. */
function socketInode(path: string): number | undefined {
	try {
		const link = readlinkSync(path);
		return link.startsWith('socket:[') ? Number(link.slice(8, -1)) : undefined;
	} catch {
		return undefined;
	}
}
