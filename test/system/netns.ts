/** A network namespace for one test: traffic stays in it, and droptrace is told to look at nothing else. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { errnoText } from '../../src/bpf/errno.ts';
import { errno } from '../../src/bpf/ffi.ts';
import { libc } from '../../src/bpf/libc.ts';
import { send, type Target } from './sockets.ts';

const CLONE_NEWNET = 0x40000000;

let made = 0;

export class Netns {
	readonly name: string;
	readonly path: string;

	/** Made now, gone after the test. */
	constructor(t: TestContext) {
		this.name = `nt-${process.pid}-${made++}`;
		this.path = `/run/netns/${this.name}`;
		t.after(() => this.delete());
		this.add();
	}

	/** Made again, after {@link delete}. */
	add(): void {
		execFileSync('ip', ['netns', 'add', this.name]);
		this.ip('link', 'set', 'lo', 'up');
	}

	/** `ip -n NAME …` */
	ip(...words: string[]): void {
		execFileSync('ip', ['-n', this.name, ...words]);
	}

	delete(): void {
		if (existsSync(this.path)) execFileSync('ip', ['netns', 'delete', this.name]);
	}

	/** Does synchronous `work` inside: sockets that it opens stay there. */
	enter<T>(work: () => T): T {
		const own = openSync('/proc/thread-self/ns/net', 'r');
		const other = openSync(this.path, 'r');
		try {
			this.move(other);
			return work();
		} finally {
			this.move(own);
			closeSync(other);
			closeSync(own);
		}
	}

	/** Sends datagrams that are dropped: to a port where nobody listens, unless told otherwise. */
	drop(count: number, target?: Target): void {
		this.enter(() => send(count, target));
	}

	/** Datagrams dropped here so far, by the kernel's own count. */
	dropped(): number {
		const text = this.enter(() => readFileSync('/proc/thread-self/net/snmp', 'latin1'));
		const [names, values] = text
			.split('\n')
			.filter((line) => line.startsWith('Udp:'))
			.map((line) => line.split(' '));
		const value = (name: string) => Number(values?.[names?.indexOf(name) ?? -1]);
		return value('NoPorts') + value('InErrors');
	}

	private move(fd: number): void {
		if (libc.setns(fd, CLONE_NEWNET) < 0) throw new Error(`setns: ${errnoText(errno())}`);
	}
}
