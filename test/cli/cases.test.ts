/** Runs the tools as users do: every case of the *.cases files beside this one, in a process of its own. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { type Case, readCases } from './cases.ts';
import { PROJECT } from './programs.ts';
import { missing } from './requirements.ts';

const FOLDER = join(PROJECT, 'test/cli');
/** a case starts up to twenty runs one after another, on a machine that may be busy */
const LIMIT_MS = 300_000;
/** usage, unsupported, not permitted: told before anything is done */
const REFUSALS = [2, 3, 4];

/** All that a case has of the caller's environment: NO_COLOR, CI, LC_ALL and their like change what is printed. */
const INHERITED = Object.fromEntries(Object.entries(process.env).filter(([name]) => ['HOME', 'USER', 'TMPDIR'].includes(name)));

interface Outcome {
	status: number | string | null;
	stdout: string;
	stderr: string;
}

let made = 0;

/** A network namespace with its loopback device up, for as long as `use` takes. */
async function withNetns<T>(use: (name: string) => Promise<T>): Promise<T> {
	const name = `nt-cli-${process.pid}-${made++}`;
	execFileSync('ip', ['netns', 'add', name]);
	try {
		execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
		return await use(name);
	} finally {
		try {
			execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
		} catch {
			// the case took it away itself
		}
	}
}

function execute({ run, env }: Case, netns: string | undefined): Promise<Outcome> {
	const folder = mkdtempSync(join(tmpdir(), 'nt-cli-'));
	const path = [join(PROJECT, 'bin'), join(FOLDER, 'helpers'), process.env.PATH].join(delimiter);
	// a group of its own, so that nothing outlives the limit
	const child = spawn('sh', ['-c', run], {
		cwd: folder,
		detached: true,
		stdio: ['ignore', 'pipe', 'pipe'],
		env: { ...INHERITED, PATH: path, LANG: 'C.UTF-8', TERM: 'xterm', ...(netns !== undefined && { NETNS: netns }), ...env },
	});
	let stdout = '';
	let stderr = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => {
			stderr += `\nended after ${LIMIT_MS / 1000} s`;
			if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
		}, LIMIT_MS);
		child.on('error', reject);
		child.on('close', (code, signal) => {
			clearTimeout(timer);
			rmSync(folder, { recursive: true });
			resolve({ status: code ?? signal, stdout, stderr });
		});
	});
}

/** Each pattern matches a line after the one before it. */
function assertLines(text: string, patterns: readonly RegExp[], stream: string): void {
	const lines = text.split('\n');
	let from = 0;
	for (const pattern of patterns) {
		const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
		assert.ok(at >= 0, `no line matches ${pattern} in the ${from > 0 ? 'rest of ' : ''}${stream}`);
		from = at + 1;
	}
}

function verify(expected: Case, { status, stdout, stderr }: Outcome): void {
	assert.equal(status, expected.status, 'the exit status');
	assert.doesNotMatch(stderr, /^ {4}at /m, 'a stack trace');
	assert.doesNotMatch(stderr, /\bbug\b/, 'the program takes it for a bug');
	assertLines(stdout, expected.expect, 'standard output');
	assertLines(stderr, expected.expectErr, 'standard error');
	if (expected.json)
		for (const line of stdout.split('\n').filter((text) => text !== ''))
			assert.match(line, /^\{"type":"/, JSON.stringify(JSON.parse(line)));
	if (REFUSALS.includes(expected.status)) {
		assert.equal(stdout, '', 'who refuses prints no results');
		// but for an expression, which stands below, over its caret
		assert.match(stderr, /^[^\n]+\n( {2}[^\n]+\n){0,2}$/, 'a refusal is one line');
	}
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.cases'))) {
	describe(file, { concurrency: 4 }, () => {
		for (const entry of readCases(join(FOLDER, file))) {
			test(entry.name, { skip: missing(entry.requires) }, async () => {
				const outcome = entry.requires.includes('netns')
					? await withNetns((name) => execute(entry, name))
					: await execute(entry, undefined);
				try {
					verify(entry, outcome);
				} catch (error) {
					const told = `${(error as Error).message}\n${file}:${entry.line}\n--- status ${outcome.status}, stdout:\n${outcome.stdout}--- stderr:\n${outcome.stderr}`;
					throw new Error(told);
				}
			});
		}
	});
}
