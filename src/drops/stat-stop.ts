/** --stat-stop: ends the droptrace --stat that run here, told from other processes by the programs they have in the kernel. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fail } from '../errors.ts';

/** What stands in /proc/PID/fd for a program, kernel/bpf/syscall.c, bpf_prog_new_fd. */
const PROGRAM = 'anon_inode:bpf-prog';
const COMMAND = 'droptrace';
/** ms */
const PATIENCE = 5000;

/**
 * Ends them as Ctrl-C would, and waits until their programs are gone.
 * @param proc the file system of that name
 * @returns their process numbers, none when there were none
 * @throws stop-failed when one may not be ended, or does not end
 */
export async function stopStats(proc = '/proc'): Promise<number[]> {
	const found = readdirSync(proc)
		.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && isStat(`${proc}/${name}`))
		.map(Number);
	found.forEach(terminate);
	const deadline = performance.now() + PATIENCE;
	for (const pid of found) {
		while (isStat(`${proc}/${pid}`)) {
			if (performance.now() > deadline) fail('stop-failed', { pid, why: `still there after ${PATIENCE / 1000} s` });
			await pause(20);
		}
	}
	return found;
}

/** Whether the process was called as droptrace --stat, and has a program in the kernel: one that is about to end has none. */
function isStat(folder: string): boolean {
	try {
		const words = readFileSync(`${folder}/cmdline`, 'utf8').split('\0');
		// an interpreter with its options stands before the script
		const script = words.slice(1).find((word) => !word.startsWith('-'));
		if (script !== COMMAND && !script?.endsWith(`/${COMMAND}`)) return false;
		if (!words.some((word) => /^--stat(=|$)/.test(word))) return false;
		return readdirSync(`${folder}/fd`).some((fd) => linkOf(`${folder}/fd/${fd}`) === PROGRAM);
	} catch (error) {
		// not ours to look into: it may be one, and then ending it will be refused
		return (error as NodeJS.ErrnoException).code === 'EACCES';
	}
}

function linkOf(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return '';
	}
}

function terminate(pid: number): void {
	try {
		process.kill(pid, 'SIGTERM');
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code !== 'ESRCH') fail('stop-failed', { pid, why: code ?? String(error) });
	}
}
