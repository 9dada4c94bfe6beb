/**
 * On this machine, in network namespaces of its own: floods of a refusing socket, JSON to a file in memory, and whether shown and
 * lost are together what the kernel dropped; what memory a million events take; and what a sender keeps of its rate when nettrace
 * follows everything. Prints one JSON object. Usage: flood.js LOAD.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const [, , LOAD = ''] = process.argv;
const BIN = join(import.meta.dirname, '../../../bin');
const NETNS = `nt-bench-${process.pid}`;
const OUT = `/dev/shm/${NETNS}.out`;
const ERRORS = `/dev/shm/${NETNS}.errors`;
const SECONDS = 10;
const EVENTS = 1_000_000;
const STEP = 100_000;
/** Packets that nettrace is to follow: some thirteen events each. */
const FOLLOWED = 10_000;
const RATE_PACKETS = 500_000;

export interface Flood {
	title: string;
	dropped: number;
	shown: number;
	lost: number;
}

/** A flood of datagrams that are delivered, and all of which nettrace is asked to follow. */
export interface Budget {
	/** ns a datagram, as the sender sees it */
	bare: number;
	traced: number;
	followed: number;
	skipped: number;
	lost: number;
}

export interface Floods {
	floods: Flood[];
	/** resident MB after each hundred thousand events */
	memory: number[];
	/** the same of nettrace, after each ten thousand packets */
	pathMemory: number[];
	budget: Budget;
}

async function trace(tool: string, words: readonly string[], out: string): Promise<ChildProcess> {
	const stderr = openSync(ERRORS, 'w');
	const tracer = spawn(join(BIN, tool), ['--netns', NETNS, '-o', out, ...words], { stdio: ['ignore', 'ignore', stderr] });
	closeSync(stderr);
	while (!readFileSync(ERRORS, 'utf8').includes('tracing…')) {
		if (tracer.exitCode !== null) throw new Error(readFileSync(ERRORS, 'utf8'));
		await pause(20);
	}
	return tracer;
}

/** Datagrams that sockets of the namespace refused, by the kernel's own count. */
function refused(): number {
	const text = execFileSync('ip', ['netns', 'exec', NETNS, 'cat', '/proc/net/snmp'], { encoding: 'latin1' });
	const [names = [], values = []] = text
		.split('\n')
		.filter((line) => line.startsWith('Udp:'))
		.map((line) => line.split(' '));
	return Number(values[names.indexOf('InErrors')]);
}

/** Two senders, each with its own socket and CPU. They are sent until the time is over. */
async function send(seconds: number, meanwhile: () => Promise<void>): Promise<void> {
	const senders = [9998, 9997].map((port) =>
		spawn('timeout', [String(seconds), 'ip', 'netns', 'exec', NETNS, LOAD, 'drop', '100000000', '1', '0', String(port)], {
			stdio: 'ignore',
		}),
	);
	await meanwhile();
	await Promise.all(senders.map((sender) => sender.exitCode ?? once(sender, 'exit')));
}

/** The last line of what was written. */
function end<T>(): T {
	const tail = execFileSync('tail', ['-c', '1000', OUT], { encoding: 'utf8' }).trim().split('\n').at(-1);
	return JSON.parse(tail ?? '') as T;
}

async function flood(title: string, words: readonly string[], meanwhile: (tracer: ChildProcess) => Promise<void>): Promise<Flood> {
	const tracer = await trace('droptrace', ['--all', '--json', ...words], OUT);
	try {
		const before = refused();
		await send(SECONDS, () => meanwhile(tracer));
		const dropped = refused() - before;
		tracer.kill('SIGINT');
		await once(tracer, 'exit');
		const { drops, lost } = end<{ drops: number; lost: number }>();
		return { title, dropped, shown: drops, lost };
	} finally {
		tracer.kill('SIGKILL');
		rmSync(OUT, { force: true });
	}
}

/** Resident memory, kB to MB. */
const resident = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;

/** @param step packets between two looks @returns as many as a million events are */
async function memory(tool: string, words: readonly string[], kind: string, step: number): Promise<number[]> {
	const tracer = await trace(tool, words, '/dev/null');
	const found: number[] = [];
	try {
		for (let events = STEP; events <= EVENTS; events += STEP) {
			execFileSync('ip', ['netns', 'exec', NETNS, LOAD, kind, String(step), '1']);
			await pause(300);
			found.push(Math.round(resident(tracer.pid ?? 0) * 10) / 10);
		}
	} finally {
		tracer.kill('SIGKILL');
	}
	return found;
}

/** What one datagram takes that is sent and received. */
const delivered = (): number =>
	Number.parseFloat(execFileSync('ip', ['netns', 'exec', NETNS, LOAD, 'deliver', String(RATE_PACKETS), '1'], { encoding: 'utf8' }));

async function budget(): Promise<Budget> {
	const bare = delivered();
	const tracer = await trace('nettrace', ['--json'], OUT);
	try {
		const traced = delivered();
		tracer.kill('SIGINT');
		await once(tracer, 'exit');
		const { packets, skipped, lost } = end<{ packets: number; skipped: number; lost: number }>();
		return { bare, traced, followed: packets, skipped, lost };
	} finally {
		tracer.kill('SIGKILL');
		rmSync(OUT, { force: true });
	}
}

execFileSync('ip', ['netns', 'add', NETNS]);
try {
	execFileSync('ip', ['-n', NETNS, 'link', 'set', 'lo', 'up']);
	const floods = [
		await flood('reading all the time', [], async () => {}),
		await flood('stopped for 2 s (SIGSTOP)', [], async (tracer) => {
			await pause(2000);
			tracer.kill('SIGSTOP');
			await pause(2000);
			tracer.kill('SIGCONT');
		}),
		await flood('rings of 64 KiB', ['--buffer-size', '64k'], async () => {}),
	];
	const result: Floods = {
		floods,
		memory: await memory('droptrace', ['--all'], 'drop', STEP),
		pathMemory: await memory('nettrace', ['--force', '-p', 'udp'], 'deliver', FOLLOWED),
		budget: await budget(),
	};
	process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
	execFileSync('ip', ['netns', 'delete', NETNS]);
	rmSync(ERRORS, { force: true });
}
