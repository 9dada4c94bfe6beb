import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isTerminal } from '../src/terminal.ts';

describe('a terminal', () => {
	const of = (path: string): boolean => {
		const fd = openSync(path, 'r');
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
});
