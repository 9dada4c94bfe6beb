/** What users get: the package, installed where there is neither a compiler nor this project. */
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { installed, PROJECT } from '../cli/programs.ts';
import { unable } from './here.ts';
import { dropsOf, endOf } from './lines.ts';
import { Netns } from './netns.ts';
import { Run } from './run.ts';

/** npm's words for a registry that cannot be reached. */
const OFFLINE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/;

interface PackageJson {
	scripts?: Record<string, string>;
	bin: Record<string, string>;
	man: string[];
}

const packageOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;

/** Files below a folder of the project, as paths from the project. */
const filesIn = (folder: string): string[] =>
	existsSync(join(PROJECT, folder))
		? readdirSync(join(PROJECT, folder), { recursive: true, withFileTypes: true })
				.filter((entry) => entry.isFile())
				.map((entry) => join(entry.parentPath, entry.name).slice(PROJECT.length))
		: [];

describe('package', { skip: installed('npm') ? unable : 'npm is not installed' }, () => {
	let folder: string;
	/** the only programs there are */
	let path: string;
	let tarball: string;
	let files: string[];
	let offline: string | undefined;

	const npm = (cwd: string, ...words: string[]): SpawnSyncReturns<string> =>
		spawnSync(join(path, 'npm'), words, { cwd, encoding: 'utf8', env: { ...process.env, PATH: path } });
	const site = () => join(folder, 'site');
	const command = (name: string) => join(site(), 'node_modules/.bin', name);

	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'nt-system-'));
		path = join(folder, 'path');
		mkdirSync(path);
		mkdirSync(site());
		symlinkSync(process.execPath, join(path, 'node'));
		const found = (process.env.PATH ?? '').split(':').find((entry) => existsSync(join(entry, 'npm')));
		symlinkSync(join(found ?? '', 'npm'), join(path, 'npm'));

		// what is built is packed; building it again would need the compilers
		const packed = npm(PROJECT, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
		assert.equal(packed.status, 0, packed.stderr);
		const [contents] = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[];
		assert.ok(contents);
		tarball = join(folder, contents.filename);
		files = contents.files.map((file) => file.path).sort();

		writeFileSync(join(site(), 'package.json'), '{"private":true}');
		const done = npm(site(), 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', tarball);
		if (done.status !== 0 && OFFLINE.test(done.stderr)) offline = 'the registry of npm packages cannot be reached';
		else assert.equal(done.status, 0, done.stderr);
	});

	after(() => rmSync(folder, { recursive: true }));

	test('holds what it takes to run, and what there is to read', () => {
		const texts = [...filesIn('man'), ...filesIn('docs'), ...readdirSync(PROJECT).filter((name) => /^(README|LICENSE)/.test(name))];
		const objects = filesIn('bpf').filter((name) => name.endsWith('.bpf.c'));
		assert.notEqual(objects.length, 0);
		const wanted = ['package.json', ...filesIn('bin'), ...texts, ...filesIn('dist/run'), ...filesIn('dist/bpf')];
		assert.deepEqual(files, wanted.sort());
		for (const name of objects) assert.ok(files.includes(`dist/${name.replace(/\.c$/, '.o')}`), name);
	});

	test('installs without running anything, and links what exists', () => {
		const { scripts = {}, bin, man } = packageOf(PROJECT);
		const atInstall = ['preinstall', 'install', 'postinstall', 'prepare'];
		assert.deepEqual(
			Object.keys(scripts).filter((name) => atInstall.includes(name)),
			[],
		);
		for (const name of [...Object.values(bin), ...man]) assert.ok(files.includes(name), `${name} is in the package`);
	});

	test('droptrace sees a drop', async (t) => {
		if (offline) return t.skip(offline);
		assert.deepEqual(readdirSync(path).sort(), ['node', 'npm']);
		const netns = new Netns(t);
		const run = await new Run(t, ['--netns', netns.name, '--json', '-c', '1'], {
			tool: command('droptrace'),
			cwd: folder,
			env: { PATH: path },
		}).ready();
		netns.drop(1);
		assert.equal(await run.end(), 0);
		const lines = run.lines();
		assert.equal(dropsOf(lines)[0]?.reason, 'NO_SOCKET');
		assert.equal(endOf(lines).lost, 0);
	});

	test('nettrace prints its completion', (t) => {
		if (offline) return t.skip(offline);
		const { status, stdout, stderr } = spawnSync(command('nettrace'), ['completion', 'bash'], {
			cwd: folder,
			encoding: 'utf8',
			env: { PATH: path },
		});
		assert.equal(status, 0, stderr);
		assert.match(stdout, /^complete -F _nettrace droptrace nettrace$/m);
	});
});
