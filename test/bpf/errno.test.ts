import assert from 'node:assert/strict';
import { it } from 'node:test';
import { errnoText } from '../../src/bpf/errno.ts';

const cases: [code: number, text: string][] = [
	[1, 'EPERM (operation not permitted)'],
	[-1, 'EPERM (operation not permitted)'],
	[28, 'ENOSPC (no space left on device)'],
	[524, 'ENOTSUPP (operation is not supported)'],
	[-524, 'ENOTSUPP (operation is not supported)'],
	[9999, 'errno 9999'],
	[-9999, 'errno 9999'],
];
for (const [code, text] of cases) it(`errno ${code} is ${text}`, () => assert.equal(errnoText(code), text));
