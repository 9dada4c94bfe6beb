import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { setLanguage } from '../src/lang.ts';
import { distance, enumeration, nearest, nearestNames } from '../src/nearest.ts';

afterEach(() => setLanguage('en'));

describe('edits', () => {
	const cases: [a: string, b: string, edits: number][] = [
		['', '', 0],
		['', 'abc', 3],
		['abc', '', 3],
		['tcp', 'tcp', 0],
		['tcp', 'tpc', 1],
		['tcp', 'tcpp', 1],
		['tcp', 'tc', 1],
		['tcp', 'tcq', 1],
		['kitten', 'sitting', 3],
		['--netns', '--netsn', 1],
		// no letter is moved twice
		['ca', 'abc', 3],
		['abcd', 'badc', 2],
	];
	for (const [a, b, edits] of cases) it(`between '${a}' and '${b}' are ${edits}`, () => assert.equal(distance(a, b), edits));

	const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });

	/** By its definition (optimal string alignment), slowly. */
	function reference(a: string, b: string): number {
		if (a === '' || b === '') return a.length + b.length;
		const [tail, other] = [a.slice(1), b.slice(1)];
		let best = Math.min(reference(tail, b) + 1, reference(a, other) + 1, reference(tail, other) + (a[0] === b[0] ? 0 : 1));
		if (a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]) best = Math.min(best, reference(a.slice(2), b.slice(2)) + 1);
		return best;
	}

	it('are the fewest that there are', () => {
		fc.assert(
			fc.property(word, word, (a, b) => assert.equal(distance(a, b), reference(a, b))),
			{ numRuns: 200 },
		);
	});

	it('are as many there as back', () => {
		fc.assert(fc.property(fc.string(), fc.string(), (a, b) => assert.equal(distance(a, b), distance(b, a))));
	});
});

describe('the nearest names', () => {
	const NAMES = ['eth0', 'eth1', 'eth10', 'wlan0', 'lo', 'docker0', 'br-1a2b3c'];
	const cases: [word: string, names: readonly string[], found: string[]][] = [
		['eth2', NAMES, ['eth0', 'eth1', 'eth10']],
		['ETH0', NAMES, ['eth0', 'eth1', 'eth10']],
		['wlan', NAMES, ['wlan0']],
		['docker', NAMES, ['docker0']],
		['1a2b', NAMES, ['br-1a2b3c']],
		['xyzzy-plugh', NAMES, []],
		['eth0', [], []],
		['TCP', ['TCP_CSUM', 'TCP_FLAGS', 'UDP_CSUM', 'TCP_RESET', 'TCP_CLOSE'], ['TCP_CSUM', 'TCP_FLAGS', 'TCP_CLOSE']],
		['eth1', ['eth10', 'eth1', 'eth1'], ['eth1', 'eth10']],
	];
	for (const [word, names, found] of cases)
		it(`to '${word}'`, () => assert.deepEqual(nearestNames(word, names).toSorted(), found.toSorted()));

	it('come closest first', () => {
		assert.deepEqual(nearestNames('sadr', ['daddr', 'saddr', 'sport']), ['saddr', 'daddr']);
		assert.equal(nearestNames('eth1', NAMES)[0], 'eth1');
	});

	it('are three at most, of those given, and the word itself when it is one', () => {
		fc.assert(
			fc.property(fc.string({ maxLength: 8 }), fc.array(fc.string({ maxLength: 8 })), (word, names) => {
				const found = nearestNames(word, [...names, word]);
				assert.ok(found.length <= 3 && found.every((name) => name === word || names.includes(name)));
				assert.equal(new Set(found).size, found.length);
				assert.equal(distance(word.toLowerCase(), found[0]?.toLowerCase() ?? ''), 0);
			}),
		);
	});
});

describe('a suggestion', () => {
	it('names what is near', () => {
		assert.equal(nearest('wlan1', ['wlan0', 'lo']), ' (did you mean wlan0?)');
		assert.equal(nearest('eth', ['eth0', 'eth1']), ' (did you mean eth0 or eth1?)');
	});

	it('is none when nothing is near', () => assert.equal(nearest('quicksand', ['eth0', 'lo']), ''));

	it('is made in Chinese too', () => {
		setLanguage('zh');
		assert.match(nearest('eth', ['eth0', 'eth1']), /^\(您是否想输入 eth0 或 eth1\?\)$/);
	});
});

describe('an enumeration', () => {
	it('of few names has all of them', () => assert.equal(enumeration(['a', 'b']), 'a, b'));
	it('of many has some, and says how many more there are', () => assert.equal(enumeration(['a', 'b', 'c', 'd'], 2), 'a, b and 2 more'));
	it('of exactly as many as are shown has no more', () => assert.equal(enumeration(['a', 'b'], 2), 'a, b'));
});
