/** droptrace as a process, its output in files: nothing that a test does meanwhile can hold it up. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { PROJECT } from '../cli/programs.ts';
import { type JsonLine, parseLines } from './lines.ts';
import { until } from './until.ts';

export const DROPTRACE = join(PROJECT, 'bin/droptrace');

/** A folder in memory where there is one: floods write hundreds of megabytes. Gone after the test. */
export function temporaryFolder(t: TestContext, parent = tmpdir()): string {
	const folder = mkdtempSync(join(parent, 'nt-system-'));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

export interface RunOptions {
	/** standard output instead of a file: a descriptor, or a socket to this process */
	stdout?: number | 'socket';
	/** descriptor for standard error instead of a file: then nothing is known of {@link Run.ready} */
	stderr?: number;
	/** what calls the command: 'unshare', '-m' … */
	prefix?: readonly string[];
	tool?: string;
	cwd?: string;
	env?: NodeJS.ProcessEnv;
}

export interface Ended {
	/** null when a signal ended it */
	status: number | null;
	signal: NodeJS.Signals | null;
}

export class Run {
	readonly pid: number;
	readonly ended: Promise<Ended>;
	/** once it has ended */
	outcome: Ended | undefined;
	private readonly child: ChildProcess;
	private readonly files: string;
	private readonly stderrElsewhere: boolean;

	/** Started now, killed after the test if it has not ended by then. */
	constructor(t: TestContext, words: readonly string[], { stdout, stderr, prefix = [], tool = DROPTRACE, cwd, env }: RunOptions = {}) {
		this.files = temporaryFolder(t);
		const [command, ...rest] = [...prefix, tool, ...words] as [string, ...string[]];
		this.stderrElsewhere = stderr !== undefined;
		// Node's pipe is a pair of sockets
		const out = stdout === 'socket' ? 'pipe' : (stdout ?? openSync(join(this.files, 'stdout'), 'w'));
		const err = stderr ?? openSync(join(this.files, 'stderr'), 'w');
		// a group of its own, so that what a prefix started goes with it
		this.child = spawn(command, rest, {
			detached: true,
			stdio: ['ignore', out, err],
			...(cwd !== undefined && { cwd }),
			env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', ...env },
		});
		if (stdout === undefined) closeSync(out as number);
		if (stderr === undefined) closeSync(err);
		assert.ok(this.child.pid !== undefined, `${command} starts`);
		this.pid = this.child.pid;
		this.ended = new Promise((resolve) => {
			this.child.on('exit', (status, signal) => {
				this.outcome = { status, signal };
				resolve(this.outcome);
			});
		});
		t.after(async () => {
			this.kill();
			await this.ended;
		});
	}

	/** This end of the socket that is standard output. */
	get socket(): Readable {
		assert.ok(this.child.stdout);
		return this.child.stdout;
	}

	get stdout(): string {
		return readFileSync(join(this.files, 'stdout'), 'utf8');
	}

	/** '' when it goes elsewhere. */
	get stderr(): string {
		if (this.stderrElsewhere) return '';
		return readFileSync(join(this.files, 'stderr'), 'utf8');
	}

	/** Standard output as JSON. */
	lines(): JsonLine[] {
		return parseLines(this.stdout);
	}

	/** Waits until every probe is attached. */
	async ready(): Promise<this> {
		await until(`${this.told()} to attach`, () => {
			if (this.outcome) assert.fail(`ended before it traced: ${this.told()}`);
			return this.stderr.includes('tracing…');
		});
		return this;
	}

	signal(name: NodeJS.Signals): void {
		assert.equal(this.outcome, undefined, `no longer there for ${name}: ${this.told()}`);
		process.kill(this.pid, name);
	}

	/** Waits for the end. @returns the exit status, or the name of the signal that ended it */
	async end(limitMs?: number): Promise<number | string | null> {
		const { status, signal } = await until(`the end of ${this.pid}`, () => this.outcome, limitMs);
		const { stderr } = this;
		assert.doesNotMatch(stderr, /^ {4}at /m, `a stack trace: ${stderr}`);
		assert.doesNotMatch(stderr, /\bbug\b/, 'the program takes it for a bug');
		return signal ?? status;
	}

	/** Ctrl-C, and the end. */
	async interrupt(): Promise<number | string | null> {
		this.signal('SIGINT');
		return this.end();
	}

	/** Stops the process, as a machine that is too busy would, and waits until it stands still. */
	async freeze(): Promise<void> {
		this.signal('SIGSTOP');
		await until(`${this.pid} to stop`, () => / T /.test(readFileSync(`/proc/${this.pid}/stat`, 'latin1').replace(/\(.*\)/s, '')));
	}

	thaw(): void {
		this.signal('SIGCONT');
	}

	/** For messages. */
	private told(): string {
		return `${this.child.spawnargs.slice(-6).join(' ')} (${JSON.stringify(this.outcome ?? 'running')}) ${this.stderr}`;
	}

	private kill(): void {
		try {
			process.kill(-this.pid, 'SIGKILL');
		} catch {
			// all of the group ended
		}
	}
}
