/** A droptrace, or a nettrace, beside the test: started, waited for, read line by line, ended as a user would end it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Packet } from '../../src/packet/packet.ts';
import { PROJECT } from '../cli/programs.ts';
import { until } from './healthy.ts';

/** A drop as the JSON line has it. */
export interface DropLine {
	type: 'drop';
	ktime: string;
	reason?: string;
	subsystem?: string;
	location: { symbol?: string; offset?: number; module?: string; address?: string };
	packet: Packet;
	device?: { name?: string; ifindex: number };
	netns?: { inode: number; name?: string };
	mark?: number;
	process?: { pid: number; comm: string };
	socket?: { family: string; state?: string; owner?: { pid: number; comm: string } };
	cgroup?: string;
	stack?: string[];
}

/** A packet's way as the JSON line has it. */
export interface PathLine {
	type: 'packet';
	id: string;
	packet: Packet;
	verdict: string;
	open?: boolean;
	events: {
		time: string;
		ktime: string;
		point: string;
		device?: { name?: string; ifindex: number };
		netns?: { inode: number; name?: string };
		cpu: number;
		ret?: number | string;
		returned?: string;
		note?: string;
		functions?: string[];
		reason?: string;
		location?: DropLine['location'];
		skb: string;
		stack?: string[];
	}[];
	latency_ns: number;
	changes: { what: string; from: string; to: string; at: string }[];
}

export interface StartLine {
	type: 'start';
	backend: string;
	probes: { asked: number; attached: number };
	filter: string;
}

export interface EndLine {
	type: 'end';
	packets: number;
	skipped?: number;
	drops: number;
	lost: number;
	benign: number;
	events: number;
}

/** Of an emulated machine with one start after the other: seconds each. */
const START_LIMIT_MS = 300_000;
const STOP_LIMIT_MS = 60_000;

export class Tracer {
	readonly drops: DropLine[] = [];
	readonly paths: PathLine[] = [];
	/** lines of other types */
	readonly others: string[] = [];
	start: StartLine | undefined;
	end: EndLine | undefined;
	/** drops of an interrupt that came inside another drop: the kernel enters no program twice on a CPU, and they are counted, and said */
	nested = 0;
	stderr = '';
	status: number | string | null | undefined;

	private readonly child: ChildProcess;
	private readonly folder = mkdtempSync(join(tmpdir(), 'nt-integration-'));
	private rest = '';

	constructor(args: readonly string[], tool: 'droptrace' | 'nettrace' = 'droptrace') {
		const ready = join(this.folder, 'ready');
		this.child = spawn(join(PROJECT, 'bin', tool), ['--json', ...args, '--ready-file', ready], { stdio: ['ignore', 'pipe', 'pipe'] });
		this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.take(text));
		this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
		this.child.on('error', (error) => (this.status = error.message));
		this.child.on('close', (code, signal) => (this.status = code ?? signal));
		if (running.size === 0) process.on('exit', cleanAll);
		running.add(this);
	}

	private take(text: string): void {
		const lines = (this.rest + text).split('\n');
		this.rest = lines.pop() ?? '';
		for (const line of lines) {
			const value = JSON.parse(line);
			if (value.type === 'drop') this.drops.push(value);
			else if (value.type === 'packet') this.paths.push(value);
			else if (value.type === 'end') this.end = value;
			else if (value.type === 'start') this.start = value;
			else if (value.type === 'lost' && value.where === 'drops inside drops') this.nested += value.count;
			else this.others.push(line);
		}
	}

	/** @throws Error with what it said, when it ended instead */
	async ready(): Promise<this> {
		await until(
			'droptrace to be ready',
			() => (existsSync(join(this.folder, 'ready')) || this.status !== undefined ? true : undefined),
			START_LIMIT_MS,
		);
		if (this.status !== undefined) throw new Error(`droptrace ended with ${this.status}: ${this.stderr}`);
		return this;
	}

	/** Stops reading, but not recording: the rings keep what comes. */
	pause(): void {
		this.child.kill('SIGSTOP');
	}

	resume(): void {
		this.child.kill('SIGCONT');
	}

	/** Ctrl-C, and everything that is still said. */
	async stop(): Promise<void> {
		this.resume();
		this.child.kill('SIGINT');
		await until('droptrace to end', () => (this.status !== undefined ? true : undefined), STOP_LIMIT_MS);
		this.clean();
		running.delete(this);
	}

	clean(): void {
		this.child.kill('SIGKILL');
		rmSync(this.folder, { recursive: true, force: true });
	}
}

const running = new Set<Tracer>();
function cleanAll(): void {
	for (const tracer of running) tracer.clean();
}
