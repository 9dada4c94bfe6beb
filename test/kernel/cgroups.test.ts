import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it, mock } from 'node:test';
import { CgroupPaths, cgroupRoot, containerOf, containerProcess, resolveCgroup, resolveContainer } from '../../src/kernel/cgroups.ts';

const WEB = `3f${'a1'.repeat(31)}`;
const DB = `3e${'b2'.repeat(31)}`;
const INNER = `77${'c3'.repeat(31)}`;

const folder = mkdtempSync(join(tmpdir(), 'cgroup-'));
after(() => rmSync(folder, { recursive: true }));

/** A hierarchy in a folder, whose directories have inode numbers as those of cgroup2 do. */
const root = join(folder, 'cgroup');
const GROUPS = [
	'system.slice/sshd.service',
	// before the container that it watches, in whatever order a folder is listed
	`machine.slice/libpod-conmon-${DB}.scope`,
	`machine.slice/libpod-${DB}.scope/container`,
	`system.slice/docker-${WEB}.scope/kubelet/kubepods/besteffort/${INNER}/init.scope`,
	`machine.slice/a-libpod-conmon-${DB}.scope`,
];
for (const group of GROUPS) mkdirSync(join(root, group), { recursive: true });
for (const group of ['', 'system.slice', 'system.slice/sshd.service']) writeFileSync(join(root, group, 'cgroup.procs'), '');
const id = (path: string) => statSync(join(root, path), { bigint: true }).ino;

describe('the container in the path of a control group', () => {
	const cases: [runtime: string, path: string, found: string | undefined][] = [
		['Docker, systemd', `/system.slice/docker-${WEB}.scope`, WEB],
		['Docker, cgroupfs', `/docker/${WEB}`, WEB],
		['Docker, rootless', `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${WEB}.scope`, WEB],
		['Docker, a group of its own inside', `/system.slice/docker-${WEB}.scope/init.scope`, WEB],
		[
			'containerd under Kubernetes',
			`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a2b3c4d_0000_1111_2222_333344445555.slice/cri-containerd-${WEB}.scope`,
			WEB,
		],
		['containerd under Kubernetes, cgroupfs', `/kubepods/burstable/pod1a2b3c4d-0000-1111-2222-333344445555/${WEB}`, WEB],
		['containerd, with colons', `/system.slice/containerd.service/kubepods-besteffort-podabc.slice:cri-containerd:${WEB}`, WEB],
		['CRI-O', `/kubepods.slice/kubepods-podabc.slice/crio-${WEB}.scope`, WEB],
		['CRI-O’s watchman', `/kubepods.slice/kubepods-podabc.slice/crio-conmon-${WEB}.scope`, undefined],
		['Podman', `/machine.slice/libpod-${WEB}.scope`, WEB],
		['Podman, with its inner group', `/machine.slice/libpod-${WEB}.scope/container`, WEB],
		['Podman, rootless', `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${WEB}.scope/container`, WEB],
		['Podman’s watchman', `/machine.slice/libpod-conmon-${WEB}.scope`, undefined],
		['Docker in Docker', `/docker/${WEB}/docker/${INNER}`, INNER],
		['Kubernetes in Docker', `/system.slice/docker-${WEB}.scope/kubelet/kubepods/besteffort/podabc/${INNER}`, INNER],
		['ids alone', `${WEB}/${INNER}`, INNER],
		['the root', '/', undefined],
		['nothing', '', undefined],
		['a service', '/system.slice/nginx.service', undefined],
		['a short id', `/docker/${WEB.slice(0, 12)}`, undefined],
		['an id with a digit too many', `/docker/${WEB}0`, undefined],
		['an id in capitals', `/docker/${WEB.toUpperCase()}`, undefined],
		['an id that is part of a word', `/docker/x${WEB}`, undefined],
		['an id with an ending', `/docker/${WEB}.service`, undefined],
	];
	for (const [runtime, path, found] of cases) it(runtime, () => assert.equal(containerOf(path), found));
});

describe('--cgroup', () => {
	const good: [asked: string, path: string, level: number][] = [
		['/', '', 0],
		[root, '', 0],
		[`${root}/`, '', 0],
		['system.slice', 'system.slice', 1],
		['/system.slice', 'system.slice', 1],
		['/system.slice/', 'system.slice', 1],
		['system.slice/sshd.service', 'system.slice/sshd.service', 2],
		[`${root}/system.slice/sshd.service//`, 'system.slice/sshd.service', 2],
		[`machine.slice/libpod-${DB}.scope/container`, `machine.slice/libpod-${DB}.scope/container`, 3],
		['system.slice/../system.slice/./sshd.service', 'system.slice/sshd.service', 2],
	];
	for (const [asked, path, level] of good)
		it(`takes ${JSON.stringify(asked.replace(root, 'ROOT'))}`, () => assert.deepEqual(resolveCgroup(asked, root), { id: id(path), level }));

	it('takes the number of a group', () => {
		assert.deepEqual(resolveCgroup(String(id('system.slice/sshd.service')), root), { id: id('system.slice/sshd.service'), level: 2 });
		assert.deepEqual(resolveCgroup(String(id('')), root), { id: id(''), level: 0 });
	});

	const bad = ['', 'nosuch', '/nosuch', '0', '18446744073709551616', '..', '../..', 'system.slice/../../..', folder, '/tmp', '/etc/passwd'];
	bad.push(
		'cgroup.procs',
		'system.slice/cgroup.procs',
		'system.slice/cgroup.procs/x',
		`${root}/cgroup.procs`,
		`${root}x`,
		'x'.repeat(5000),
	);
	for (const asked of bad) {
		it(`refuses ${JSON.stringify(asked.slice(0, 60).replace(root, 'ROOT').replace(folder, 'FOLDER'))}`, () =>
			assert.throws(() => resolveCgroup(asked, root), { code: 'bad-cgroup', exit: 2 }));
	}

	it('refuses the number of a file', () => {
		assert.throws(() => resolveCgroup(String(id('system.slice/cgroup.procs')), root), { code: 'bad-cgroup' });
	});
});

describe('--container', () => {
	const good: [asked: string, path: string, level: number][] = [
		[WEB, `system.slice/docker-${WEB}.scope`, 2],
		[WEB.slice(0, 12), `system.slice/docker-${WEB}.scope`, 2],
		['3f', `system.slice/docker-${WEB}.scope`, 2],
		['3F', `system.slice/docker-${WEB}.scope`, 2],
		['3eb2', `machine.slice/libpod-${DB}.scope`, 2],
		['77', `system.slice/docker-${WEB}.scope/kubelet/kubepods/besteffort/${INNER}`, 6],
	];
	for (const [asked, path, level] of good)
		it(`takes ${asked.slice(0, 16)}`, () => assert.deepEqual(resolveContainer(asked, root), { id: id(path), level }));

	it('refuses what no container’s id begins with', () => {
		for (const asked of ['00', `${WEB}0`, 'web', 'a1'])
			assert.throws(() => resolveContainer(asked, root), {
				code: 'bad-container',
				exit: 2,
				message: new RegExp(`begins with '${asked}' .*${root}$`),
			});
	});

	it('has a process, its own or one of a group in it', () => {
		assert.throws(() => containerProcess(WEB, root), { code: 'no-process' });
		const inner = join(root, `system.slice/docker-${WEB}.scope`, 'kubelet');
		writeFileSync(join(inner, 'cgroup.procs'), '4242\n4243\n');
		assert.equal(containerProcess(WEB, root), 4242);
		rmSync(join(inner, 'cgroup.procs'));
	});

	it('refuses what several ids begin with, and says how many', () => {
		assert.throws(() => resolveContainer('3', root), { code: 'bad-container', message: /: 2 containers do$/ });
	});
});

describe('the root of the hierarchy', () => {
	const mounts = (text: string) => {
		const path = join(folder, 'mounts');
		writeFileSync(path, text);
		return cgroupRoot(path);
	};
	const cases: [name: string, text: string, root: string | undefined][] = [
		['of a machine with v2 alone', 'proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n', '/sys/fs/cgroup'],
		['beside v1', 'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n', '/sys/fs/cgroup/unified'],
		['with a space in it', 'none /mnt/my\\040groups\\134x cgroup2 rw 0 0\n', '/mnt/my groups\\x'],
		['of a machine with v1 alone', 'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n', undefined],
		['that only sounds like it', 'cgroup2 /mnt/cgroup2 ext4 rw 0 0\n', undefined],
		['of nothing', '', undefined],
	];
	for (const [name, text, expected] of cases) it(name, () => assert.equal(mounts(text), expected));

	it('of this machine is a folder, if there is one', () => {
		const here = cgroupRoot();
		assert.ok(here === undefined || statSync(here).isDirectory());
	});
});

it('this machine’s hierarchy is the one that is searched', () => {
	const here = cgroupRoot();
	if (here === undefined) assert.throws(() => resolveCgroup('/'), { code: 'bad-cgroup', message: /\(not mounted\)/ });
	else assert.deepEqual(resolveCgroup('/'), { id: statSync(here, { bigint: true }).ino, level: 0 });
	assert.throws(() => resolveContainer('no container has such an id'), { code: 'bad-container' });
});

describe('paths of groups', () => {
	afterEach(() => mock.restoreAll());

	it('begin at the root of the hierarchy', () => {
		const paths = new CgroupPaths(() => root);
		assert.equal(paths.of(Number(id('')))?.path, '/');
		assert.equal(paths.of(Number(id('system.slice/sshd.service')))?.path, '/system.slice/sshd.service');
		assert.equal(paths.of(1), undefined);
	});

	it('are unknown without a hierarchy', () => {
		assert.equal(new CgroupPaths(() => undefined).of(1), undefined);
		assert.equal(new CgroupPaths(() => join(folder, 'nosuch')).of(1), undefined);
	});

	it('of new groups are found a second later, not in every record', () => {
		let now = 5000;
		let looks = 0;
		mock.method(performance, 'now', () => now);
		const paths = new CgroupPaths(() => {
			looks++;
			return root;
		});
		assert.equal(paths.of(Number(id('system.slice')))?.path, '/system.slice');
		mkdirSync(join(root, 'new.slice'));
		for (let i = 0; i < 100; i++) assert.equal(paths.of(Number(id('new.slice')))?.path, undefined);
		assert.equal(looks, 1);
		now += 1000;
		assert.equal(paths.of(Number(id('new.slice')))?.path, '/new.slice');
		assert.equal(looks, 2);
	});
});
