/**
 * On this machine, in network namespaces of its own: floods of a refusing socket, JSON to a file in memory, and whether shown and
 * lost are together what the kernel dropped; and what memory a million events take. Prints one JSON object. Usage: flood.js LOAD.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const [, , LOAD = ''] = process.argv;
const DROPTRACE = join(import.meta.dirname, '../../../bin/droptrace');
const NETNS = `nt-bench-${process.pid}`;
const OUT = `/dev/shm/${NETNS}.out`;
const ERRORS = `/dev/shm/${NETNS}.errors`;
const SECONDS = 10;
const EVENTS = 1_000_000;
const STEP = 100_000;

export interface Flood {
	title: string;
	dropped: number;
	shown: number;
	lost: number;
}

export interface Floods {
	floods: Flood[];
	/** resident MB after each hundred thousand events */
	memory: number[];
}

async function trace(words: readonly string[], out: string): Promise<ChildProcess> {
	const stderr = openSync(ERRORS, 'w');
	const tracer = spawn(DROPTRACE, ['--netns', NETNS, '--all', '-o', out, ...words], { stdio: ['ignore', 'ignore', stderr] });
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

async function flood(title: string, words: readonly string[], meanwhile: (tracer: ChildProcess) => Promise<void>): Promise<Flood> {
	const tracer = await trace(['--json', ...words], OUT);
	try {
		const before = refused();
		await send(SECONDS, () => meanwhile(tracer));
		const dropped = refused() - before;
		tracer.kill('SIGINT');
		await once(tracer, 'exit');
		const size = Number(execFileSync('stat', ['-c', '%s', OUT], { encoding: 'utf8' }));
		const tail = execFileSync('tail', ['-c', String(Math.min(size, 1000)), OUT], { encoding: 'utf8' })
			.trim()
			.split('\n')
			.at(-1);
		const { drops, lost } = JSON.parse(tail ?? '') as { drops: number; lost: number };
		return { title, dropped, shown: drops, lost };
	} finally {
		tracer.kill('SIGKILL');
		rmSync(OUT, { force: true });
	}
}

/** Resident memory, kB to MB. */
const resident = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;

async function memory(): Promise<number[]> {
	const tracer = await trace([], '/dev/null');
	const found: number[] = [];
	try {
		for (let events = STEP; events <= EVENTS; events += STEP) {
			execFileSync('ip', ['netns', 'exec', NETNS, LOAD, 'drop', String(STEP), '1']);
			await pause(300);
			found.push(Math.round(resident(tracer.pid ?? 0) * 10) / 10);
		}
	} finally {
		tracer.kill('SIGKILL');
	}
	return found;
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
	process.stdout.write(`${JSON.stringify({ floods, memory: await memory() } satisfies Floods)}\n`);
} finally {
	execFileSync('ip', ['netns', 'delete', NETNS]);
	rmSync(ERRORS, { force: true });
}
