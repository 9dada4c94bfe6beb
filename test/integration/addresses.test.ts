/** Addresses of functions, as the kernel tells them to a program, against those that it tells people. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { addressesOf } from '../../src/bpf/addresses.ts';
import { missing } from '../cli/requirements.ts';

const NAMES = ['ip_rcv', 'tcp_v4_rcv', 'udp_rcv'];
const found = missing(['root', 'tracing']) ? undefined : addressesOf([...NAMES, 'no_such_function']);
const unable = missing(['root', 'tracing']) || (found ? false : 'this kernel does not tell, or goes through all names for each');

test('functions are where /proc/kallsyms has them, and what is nowhere has no address', { skip: unable }, () => {
	const lines = readFileSync('/proc/kallsyms', 'latin1').split('\n');
	const told = NAMES.map((name) => [name, BigInt(`0x${lines.find((line) => line.endsWith(` ${name}`))?.slice(0, 16)}`)] as const);
	assert.deepEqual([...(found ?? [])], told);
});
