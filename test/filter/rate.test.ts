import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRates } from '../../src/filter/rate.ts';

const rates = (text: string) => parseRates(text, '--rate-limit');

describe('rates', () => {
	it('are of every reason, of some, or of some and the rest', () => {
		assert.deepEqual(rates('100'), [{ reason: undefined, perSecond: 100 }]);
		assert.deepEqual(rates('NO_SOCKET=10'), [{ reason: 'NO_SOCKET', perSecond: 10 }]);
		assert.deepEqual(rates('TCP_*=5, 3=7 ,100'), [
			{ reason: 'TCP_*', perSecond: 5 },
			{ reason: '3', perSecond: 7 },
			{ reason: undefined, perSecond: 100 },
		]);
	});

	for (const wrong of ['', '0', '-5', '1.5', '1e3', 'NO_SOCKET', 'NO_SOCKET=', 'NO_SOCKET=0', '=5', '5,6', '5,', '9999999999', 'A=5=6'])
		it(`are not '${wrong}'`, () => assert.throws(() => rates(wrong), { code: 'bad-value' }));
});
