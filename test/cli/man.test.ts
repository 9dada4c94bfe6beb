/** The man pages and docs/json.md: what is committed is what the tables say, and no formatter has anything against it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { COMMANDS, STATUSES } from '../../src/cli/commands.ts';
import { installed, PROJECT } from './programs.ts';

const PAGES = ['droptrace', 'nettrace'].map((tool) => join(PROJECT, `man/${tool}.8`));
const check = (cwd: string) =>
	spawnSync(process.execPath, [join(PROJECT, 'dist/scripts/generate-reference.js'), '--check'], { cwd, encoding: 'utf8' });

/** Each says what it does not like on stdout or stderr, and nothing else. */
const CRITICS = {
	groff: ['-ww', '-man', '-Tutf8', '-z'],
	mandoc: ['-T', 'lint', '-W', 'style'],
} as const;

describe('man pages', () => {
	test('are those of the tables', () => {
		const { stderr, status } = check(PROJECT);
		assert.equal(stderr, '');
		assert.equal(status, 0);
	});

	test('a difference is told', () => {
		const folder = mkdtempSync(join(tmpdir(), 'nt-cli-man-'));
		try {
			for (const part of ['man', 'docs']) cpSync(join(PROJECT, part), join(folder, part), { recursive: true });
			appendFileSync(join(folder, 'man/nettrace.8'), '.PP\n');
			const { stderr, status } = check(folder);
			assert.match(stderr, /^man\/nettrace\.8 is not what the tables say: .*\n$/);
			assert.equal(status, 1);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	for (const [critic, options] of Object.entries(CRITICS)) {
		test(`${critic} warns of nothing`, { skip: installed(critic) ? false : `${critic} is not installed` }, () => {
			for (const page of PAGES) {
				const { stdout, stderr } = spawnSync(critic, [...options, page], { encoding: 'utf8' });
				assert.equal(stdout + stderr, '');
			}
		});
	}

	test('every option, status and example is there', () => {
		const text = PAGES.map((page) =>
			readFileSync(page, 'utf8')
				.replaceAll(/\\f[BIR]/g, '')
				.replaceAll('\\-', '-')
				.replaceAll('\\(aq', "'"),
		).join('');
		for (const { options, examples } of COMMANDS) {
			for (const { flags } of Object.values(options)) assert.ok(text.includes(flags.replace(/ [<[](.*)[\]>]$/, ' $1')), flags);
			for (const { command } of examples) assert.ok(text.includes(command), command);
		}
		for (const [status] of STATUSES) assert.match(text, new RegExp(`^${status}$`, 'm'));
	});
});
