import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isTerminal } from '../src/terminal.ts';

describe('a terminal', () => {
	const of = (path: string, flags = 'r'): boolean => {
		const fd = openSync(path, flags);
		try {
			return isTerminal(fd);
		} finally {
			closeSync(fd);
		}
	};

	it('is no file, no null device, and nothing that is closed', () => {
		assert.equal(of(process.execPath), false);
		assert.equal(of('/dev/null'), false);
		assert.equal(of('/dev/urandom'), false);
		assert.equal(isTerminal(9999), false);
	});
	it('is what script(1) gives a program', { skip: spawnSync('script', ['--version']).error ? 'no script(1)' : false }, () => {
		const code = `import('${new URL('../src/terminal.js', import.meta.url).href}').then(({ isTerminal }) => console.log('terminal', isTerminal(1)))`;
		const { stdout } = spawnSync('script', ['-qec', `${process.execPath} -e "${code}"`, '/dev/null'], { encoding: 'utf8' });
		assert.match(stdout, /terminal true/);
	});
});
