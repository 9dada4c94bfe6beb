import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ADDRESS_FAMILY, familyName, tcpState } from '../../src/drops/drop.ts';

const states: [number: number, name: string][] = [
	[1, 'ESTABLISHED'],
	[2, 'SYN_SENT'],
	[6, 'TIME_WAIT'],
	[10, 'LISTEN'],
	[12, 'NEW_SYN_RECV'],
	[13, 'BOUND_INACTIVE'],
	[0, 'STATE_0'],
	[14, 'STATE_14'],
	[255, 'STATE_255'],
];
for (const [number, name] of states) it(`TCP state ${number} is ${name}`, () => assert.equal(tcpState(number), name));

const families: [number: number, name: string][] = [
	[1, 'unix'],
	[2, 'inet'],
	[10, 'inet6'],
	[16, 'netlink'],
	[17, 'packet'],
	[44, 'xdp'],
	[29, 'family-29'],
	[0, 'family-0'],
];
for (const [number, name] of families) it(`address family ${number} is ${name}`, () => assert.equal(familyName(number), name));

it('every family that is used has a name', () => {
	for (const [name, number] of Object.entries(ADDRESS_FAMILY)) assert.equal(familyName(number), name);
});
