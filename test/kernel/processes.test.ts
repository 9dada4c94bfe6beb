import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it, mock } from 'node:test';
import { SocketOwners } from '../../src/kernel/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'proc-'));
after(() => rmSync(folder, { recursive: true }));
let proc = '';
let now = 0;

beforeEach(() => {
	proc = mkdtempSync(join(folder, 'p'));
	now = 1_000_000;
	mock.method(performance, 'now', () => now);
	// what else is in /proc
	for (const name of ['self', 'net', 'sys']) mkdirSync(join(proc, name));
	writeFileSync(join(proc, 'version'), '');
});
afterEach(() => mock.restoreAll());

/** A process with descriptors as links: 'socket:[7]', '/dev/null'. */
function process_(pid: number, comm: string, links: readonly string[]): string {
	const fds = join(proc, String(pid), 'fd');
	mkdirSync(fds, { recursive: true });
	writeFileSync(join(proc, String(pid), 'comm'), `${comm}\n`);
	for (const [fd, link] of links.entries()) symlinkSync(link, join(fds, String(fd)));
	return fds;
}

describe('the owner of a socket', () => {
	it('is the process that has it open', () => {
		process_(12, 'sshd', ['/dev/null', 'socket:[700]', 'pipe:[701]']);
		process_(345, 'nginx', ['socket:[900]', 'socket:[901]', 'anon_inode:[eventpoll]']);
		const owners = new SocketOwners(proc);
		assert.deepEqual(owners.of(901, 0), { pid: 345, comm: 'nginx' });
		assert.deepEqual(owners.of(700, 0), { pid: 12, comm: 'sshd' });
		assert.equal(owners.of(701, 0), undefined, 'a pipe is no socket');
	});

	it('may have any name', () => {
		process_(1, 'a b) c', ['socket:[1]']);
		process_(2, '工作', ['socket:[2]']);
		const owners = new SocketOwners(proc);
		assert.equal(owners.of(1, 0)?.comm, 'a b) c');
		assert.equal(owners.of(2, 0)?.comm, '工作');
	});

	it('is looked for first where it is likely, without a look at all processes', () => {
		process_(12, 'sshd', ['socket:[700]']);
		process_(13, 'cron', ['socket:[701]']);
		const owners = new SocketOwners(proc);
		assert.equal(owners.of(999, 0), undefined);
		// until the rest is over only the likely one is looked at
		process_(14, 'curl', ['socket:[702]']);
		process_(15, 'wget', ['socket:[703]']);
		assert.deepEqual(owners.of(702, 14), { pid: 14, comm: 'curl' });
		assert.equal(owners.of(703, 14), undefined);
		now += 60_000;
		assert.deepEqual(owners.of(703, 14), { pid: 15, comm: 'wget' });
	});

	it('is not the likely process, unless that has it open', () => {
		process_(12, 'sshd', ['socket:[700]']);
		process_(0, 'swapper', []);
		assert.deepEqual(new SocketOwners(proc).of(700, 99), { pid: 12, comm: 'sshd' }, 'a process that is gone');
		process_(13, 'ksoftirqd', ['/dev/null']);
		assert.deepEqual(new SocketOwners(proc).of(700, 13), { pid: 12, comm: 'sshd' });
		assert.equal(new SocketOwners(proc).of(4711, 13), undefined);
	});

	it('is unknown when nobody has it open, and is not looked for again', () => {
		process_(12, 'sshd', ['socket:[700]']);
		const owners = new SocketOwners(proc);
		assert.equal(owners.of(4711, 0), undefined);
		process_(13, 'late', ['socket:[4711]']);
		now += 60_000;
		assert.equal(owners.of(4711, 0), undefined);
		// a new look for another finds it too
		assert.equal(owners.of(4712, 0), undefined);
		assert.deepEqual(owners.of(4711, 0), { pid: 13, comm: 'late' });
	});

	it('is found although others may not be looked into, or go away', () => {
		mkdirSync(join(proc, '10'));
		process_(11, 'gone', ['socket:[1]']);
		unlinkSync(join(proc, '11', 'comm'));
		writeFileSync(join(proc, '12'), '');
		process_(13, 'sshd', ['socket:[700]']);
		const owners = new SocketOwners(proc);
		assert.equal(owners.of(700, 0)?.comm, 'sshd');
		assert.equal(owners.of(1, 0), undefined);
	});

	it('is found behind a descriptor that is closed meanwhile', () => {
		const fds = process_(12, 'nginx', ['socket:[700]', 'socket:[701]', 'socket:[702]']);
		unlinkSync(join(fds, '1'));
		// in the listing, and not to be read: what a closed one is like
		writeFileSync(join(fds, '1'), '');
		const owners = new SocketOwners(proc);
		for (const inode of [700, 702]) assert.equal(owners.of(inode, 0)?.comm, 'nginx', String(inode));
	});

	it('of a number above 2^32 is told from others', () => {
		process_(12, 'sshd', [`socket:[${2 ** 32 + 7}]`, 'socket:[7]']);
		process_(13, 'cron', [`socket:[${2 ** 33 + 7}]`]);
		assert.equal(new SocketOwners(proc).of(2 ** 33 + 7, 0)?.comm, 'cron');
	});

	it('of a name that is asked for is found however new the socket, and others are not', () => {
		process_(12, 'sshd', ['socket:[700]']);
		process_(13, 'cron', ['socket:[701]']);
		const owners = new SocketOwners(proc, { comms: ['sshd'] });
		assert.deepEqual([owners.of(701, 13), owners.of(700, 0)?.comm], [undefined, 'sshd']);
		process_(14, 'sshd', ['socket:[800]']);
		assert.equal(owners.of(800, 0)?.pid, 14);
	});

	it('is looked for the less often the longer a look takes', () => {
		process_(12, 'sshd', ['socket:[700]']);
		let looks = 0;
		mock.method(performance, 'now', () => {
			// a look reads the clock twice, so it takes 25 ms
			looks++;
			now += 25;
			return now;
		});
		const owners = new SocketOwners(proc);
		const start = now;
		let scans = 0;
		for (let inode = 1; inode < 400; inode++) {
			const before = looks;
			owners.of(10_000 + inode, 0);
			if (looks - before > 1) scans++;
		}
		assert.ok(scans >= 2 && scans <= (now - start) / (25 * 20) + 1, `${scans} in ${now - start} ms`);
	});
});

it('this process owns its sockets', async () => {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	try {
		const fd = (server as unknown as { _handle: { fd: number } })._handle.fd;
		const { ino } = statSync(`/proc/self/fd/${fd}`);
		const owner = new SocketOwners().of(ino, process.pid);
		assert.equal(owner?.pid, process.pid);
		assert.ok(owner.comm.length > 0 && owner.comm.length < 16 && !owner.comm.includes('\n'));
	} finally {
		server.close();
	}
});
