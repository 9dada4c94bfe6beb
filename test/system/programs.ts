/** Helper processes, in namespaces of their own test: senders, and sockets with an owner. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { PROJECT } from '../cli/programs.ts';
import type { Netns } from './netns.ts';

function start(t: TestContext, netns: Netns, program: string, words: readonly string[]): ChildProcess {
	const script = join(PROJECT, 'dist/test/system', program);
	const child = spawn('nsenter', [`--net=${netns.path}`, process.execPath, script, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
	t.after(() => child.kill('SIGKILL'));
	return child;
}

/** Sends `count` datagrams to `port` as fast as one process can. */
export async function flood(t: TestContext, netns: Netns, count: number, port: number): Promise<void> {
	const child = start(t, netns, 'flood.js', [String(count), String(port)]);
	const [status] = (await once(child, 'exit')) as [number | null];
	assert.equal(status, 0, 'every datagram was sent');
}

/** A process with sockets that refuse every datagram. */
export class Refuser {
	readonly pid: number;
	private readonly child: ChildProcess;

	/** Called `comm`; ended after the test. */
	constructor(t: TestContext, netns: Netns, comm: string) {
		this.child = start(t, netns, 'refuser.js', [comm]);
		assert.ok(this.child.pid);
		this.pid = this.child.pid;
	}

	/** When this returns, the socket is there. */
	async open(port: number): Promise<this> {
		assert.ok(this.child.stdin && this.child.stdout);
		this.child.stdin.write(`${port}\n`);
		await once(this.child.stdout, 'data');
		return this;
	}
}
