/** Which packets without a link header get one that is made up, so that an expression can be asked of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MADE_LINK, madeLink } from '../../src/expression/compile.ts';

const CASES: [expression: string, expected: keyof typeof MADE_LINK, why: string][] = [
	['udp port 53', 'other', 'works without one; of ARP the answer is the same'],
	['udp or arp', 'other', 'ARP is only known by a link header'],
	['arp', 'always', 'libpcap refuses it for packets without one'],
	['ether proto 0x88cc', 'always', 'the protocol is known before the addresses are'],
	['vlan 5', 'always', 'the tag is not there yet'],
	['ether[0] & 1 = 0', 'never', 'bytes that nobody knows yet'],
	['ether host 02:00:00:00:00:01', 'never', 'an address that nobody knows yet'],
	['udp and not broadcast', 'never', 'the same in a word'],
];

describe('a made-up link header', () => {
	for (const [expression, expected, why] of CASES)
		it(`'${expression}': ${expected} (${why})`, () => assert.equal(madeLink(expression), MADE_LINK[expected]));
});
