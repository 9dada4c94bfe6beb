/** Network namespaces of a test: made under names nobody else has, entered, and taken away however the test ends. */
import { execFileSync, type SpawnSyncReturns } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { calls, check } from './calls.ts';

const CLONE_NEWNET = 0x40000000;
const made = new Set<string>();

export const pathOf = (name: string): string => `/run/netns/${name}`;
export const inodeOf = (name: string): number => statSync(pathOf(name)).ino;

/** Makes `nt-<pid>-<name>` for each name, and returns those names. */
export function makeNamespaces(...names: string[]): string[] {
	if (made.size === 0) removeAtTheEnd();
	const full = names.map((name) => `nt-${process.pid}-${name}`);
	for (const name of full) made.add(name);
	run('ip', ['-batch', '-'], full.map((name) => `netns add ${name}\n`).join(''));
	return full;
}

export function removeNamespaces(): void {
	for (const name of made) {
		try {
			execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
		} catch {
			// it was not made yet
		}
	}
	made.clear();
}

function removeAtTheEnd(): void {
	process.on('exit', removeNamespaces);
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
}

/**
 * Does `work` with this thread in the namespace `name`: sockets opened, files of /proc/sys/net written and processes started
 * meanwhile belong to it. Nothing in it may wait.
 */
export function inside<T>(name: string, work: () => T): T {
	const own = openSync('/proc/self/ns/net', 'r');
	try {
		const there = openSync(pathOf(name), 'r');
		try {
			check('setns', calls.setns(there, CLONE_NEWNET));
			return work();
		} finally {
			check('setns', calls.setns(own, CLONE_NEWNET));
			closeSync(there);
		}
	} finally {
		closeSync(own);
	}
}

/** Runs a program to its end. @throws Error with what it said on stderr */
export function run(program: string, args: readonly string[], input = ''): string {
	try {
		return execFileSync(program, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
	} catch (error) {
		const { stderr, message } = error as SpawnSyncReturns<string> & Error;
		throw new Error(`${program} ${args.join(' ')}: ${stderr?.trim() || message}`);
	}
}
