import assert from 'node:assert/strict';
import { mkdtempSync, readlinkSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it, mock } from 'node:test';
import {
	interfacesHere,
	interfacesIn,
	NetnsNames,
	netnsGone,
	netnsNames,
	netnsPaths,
	ownNetns,
	resolveNetns,
} from '../../src/kernel/netns.ts';

const HERE = '/proc/self/ns/net';
/** 'net:[4026531840]' → 4026531840 */
const numberOf = (path: string) => Number(/\[(\d+)\]/.exec(readlinkSync(path))?.[1]);

const folder = mkdtempSync(join(tmpdir(), 'netns-'));
after(() => rmSync(folder, { recursive: true }));
const first = mkdtempSync(join(folder, 'iproute2-'));
const second = mkdtempSync(join(folder, 'docker-'));
const folders = [first, second, join(folder, 'nosuch')];

// links are followed as mounts are; namespaces of other kinds stand in for other network namespaces
const UTS = numberOf('/proc/self/ns/uts');
const IPC = numberOf('/proc/self/ns/ipc');
symlinkSync('/proc/self/ns/uts', join(first, 'web'));
symlinkSync('/proc/self/ns/ipc', join(second, '1a2b3c'));
symlinkSync('/proc/self/ns/ipc', join(second, '77'));
writeFileSync(join(first, 'left-over'), '');

describe('--netns', () => {
	const here = numberOf(HERE);
	const good: [asked: string, inode: number, path: string | undefined][] = [
		['current', here, HERE],
		['web', UTS, join(first, 'web')],
		['1a2b3c', IPC, join(second, '1a2b3c')],
		['77', IPC, join(second, '77')],
		[String(process.pid), here, `/proc/${process.pid}/ns/net`],
		[String(here), here, undefined],
		['4294967295', 0xffff_ffff, undefined],
		['4194305', 4194305, undefined],
	];
	for (const [asked, inode, path] of good) {
		const what = asked === String(process.pid) ? 'a process' : asked === String(here) ? 'a number' : asked;
		it(`takes ${what}`, () => assert.deepEqual(resolveNetns(asked, folders), { inode, asked, path }));
	}

	const bad: [asked: string, message: RegExp][] = [
		['wbe', /^no network namespace 'wbe' \(did you mean web\?\): give a name/],
		['nosuch-at-all', /^no network namespace 'nosuch-at-all': give a name/],
		['left-over', /^no network namespace 'left-over': give a name/],
		['', /^no network namespace ''/],
		['.', /^no network namespace '\.'/],
		['..', /^no network namespace '\.\.'/],
		['/proc/self/ns/net', /^no network namespace '\/proc/],
		['../../proc/self/ns/net', /^no network namespace/],
		['0', /^no network namespace '0'/],
		['4194304', /^no network namespace '4194304'/],
		['4294967296', /^no network namespace '4294967296'/],
		['-1', /^no network namespace '-1'/],
		['0x10', /^no network namespace '0x10'/],
		['Current', /^no network namespace 'Current'/],
	];
	for (const [asked, message] of bad)
		it(`refuses ${JSON.stringify(asked)}`, () =>
			assert.throws(() => resolveNetns(asked, folders), { code: 'bad-netns', exit: 2, message }));

	it('looks where iproute2 and Docker mount names', () => {
		for (const name of netnsNames()) {
			try {
				assert.equal(resolveNetns(name).asked, name);
			} catch (error) {
				// left over, or gone meanwhile
				assert.equal((error as { code?: unknown }).code, 'bad-netns');
			}
		}
	});
});

describe('a namespace', () => {
	it('is ours', () => assert.equal(ownNetns(), numberOf(HERE)));

	it('is gone when its name is, or stands for another', () => {
		const path = join(first, 'short-lived');
		symlinkSync('/proc/self/ns/uts', path);
		const target = resolveNetns('short-lived', folders);
		assert.equal(netnsGone(target), false);
		unlinkSync(path);
		assert.equal(netnsGone(target), true);
		symlinkSync('/proc/self/ns/ipc', path);
		assert.equal(netnsGone(target), true);
		unlinkSync(path);
	});

	it('of which only the number is known is never known to be gone', () => {
		assert.equal(netnsGone({ inode: 4026531840, asked: '4026531840', path: undefined }), false);
	});

	it('can be seen by a path when it is ours', () => {
		const inodes = netnsPaths().map((path) => {
			try {
				return statSync(path).ino;
			} catch {
				// its process has gone meanwhile
				return 0;
			}
		});
		assert.ok(inodes.includes(ownNetns()));
	});
});

describe('names of namespaces', () => {
	afterEach(() => mock.restoreAll());

	it('are those of all folders', () => {
		const names = new NetnsNames(folders);
		assert.equal(names.of(UTS), 'web');
		assert.ok(['1a2b3c', '77'].includes(names.of(IPC) ?? ''));
		assert.equal(names.of(numberOf(HERE)), undefined);
	});

	it('are none without folders', () => assert.equal(new NetnsNames([join(folder, 'nosuch')]).of(UTS), undefined));

	it('come and go, and are looked at twice a second at most', () => {
		let now = 5000;
		mock.method(performance, 'now', () => now);
		const own = mkdtempSync(join(folder, 'own-'));
		const names = new NetnsNames([own]);
		assert.equal(names.of(UTS), undefined);
		symlinkSync('/proc/self/ns/uts', join(own, 'late'));
		names.expire();
		assert.equal(names.of(UTS), undefined, 'not looked at again yet');
		now += 500;
		names.expire();
		assert.equal(names.of(UTS), 'late');
		unlinkSync(join(own, 'late'));
		assert.equal(names.of(UTS), 'late', 'until names expire');
		now += 500;
		names.expire();
		assert.equal(names.of(UTS), undefined);
	});
});

describe('interfaces', () => {
	it('here have their numbers', () => {
		const found = interfacesHere();
		assert.equal(found.get('lo'), 1);
		assert.equal(new Set(found.values()).size, found.size);
	});

	it('of a namespace that cannot be entered are none, and we stay where we are', () => {
		assert.equal(interfacesIn('/nosuch').size, 0);
		assert.equal(interfacesIn('/proc/self/ns/uts').size, 0, 'not a network namespace');
		assert.equal(interfacesIn('/dev/null').size, 0);
		assert.equal(numberOf('/proc/thread-self/ns/net'), ownNetns());
	});

	it('of our own namespace are those here, for who may enter it', () => {
		const found = interfacesIn(HERE);
		assert.ok(found.size === 0 || found.get('lo') === 1);
		assert.equal(numberOf('/proc/thread-self/ns/net'), ownNetns());
	});
});
