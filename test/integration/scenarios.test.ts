/** Every fault of test/scenarios is named rightly on this kernel (with noise beside it, here). One after the other, by the runner people use. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { missing } from '../cli/requirements.ts';

/** An emulated machine runs those that are marked for its kernel, and takes too long to load the rules that are noise. */
const { SUITE } = process.env;
const WHICH = SUITE === undefined ? ['--noise'] : ['--suite', SUITE, '--own-machine'];

test('scenarios', { skip: missing(['root', 'tracing', 'netns', 'bash']) }, (t) => {
	const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/scripts/scenarios.js', ...WHICH], { encoding: 'utf8' });
	for (const line of stdout.trim().split('\n')) t.diagnostic(line);
	assert.equal(status, 0, `${stdout}${stderr}`);
});
