/** Every reason that this kernel can give has a meaning, in both languages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonText } from '../../src/kernel/reason-text.ts';
import { Reasons } from '../../src/kernel/reasons.ts';
import { missing } from '../cli/requirements.ts';

test('drop reasons of this kernel', { skip: missing(['reasons']) }, () => {
	const names = new Reasons().all().map(({ name }) => name);
	assert.ok(names.length > 0);
	for (const language of ['en', 'zh'] as const)
		assert.deepEqual(
			names.filter((name) => reasonText(name, language) === undefined),
			[],
		);
});
