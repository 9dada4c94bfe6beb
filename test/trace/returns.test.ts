import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { off } from '../../src/catalogue/point.ts';
import type { Here, Returns } from '../../src/catalogue/resolve.ts';
import { hookText } from '../../src/trace/hooks.ts';
import { returned } from '../../src/trace/returns.ts';
import { ROLE, rolesOf } from '../../src/trace/verdict.ts';

const here = (name: string, returns: Returns): Here => ({
	point: off(name, '', ''),
	name,
	kind: 'function',
	btfId: 1,
	module: '',
	skb: 0,
	parameters: 1,
	returns,
});

const TOP = 0xffffffff;
const enumeration = {
	kind: 'enum',
	names: new Map([
		[0, 'NETDEV_TX_OK'],
		[16, 'NETDEV_TX_BUSY'],
	]),
} as const;

describe('what a function returned', () => {
	const cases: [name: string, returns: Returns, low: number, high: number, expected: ReturnType<typeof returned>][] = [
		['ip_rcv', { kind: 'nothing' }, 7, 0, undefined],
		['ip_rcv', { kind: 'signed' }, 1, 0, { ret: 1, words: 'DROP' }],
		['nf_hook_slow', { kind: 'signed' }, 1, 0, { ret: 1, words: 'ACCEPT' }],
		['nf_hook_slow', { kind: 'signed' }, TOP, 0, { ret: -1, words: 'EPERM' }],
		['ipt_do_table', { kind: 'unsigned' }, 0, 0, { ret: 0, words: 'DROP' }],
		['tcf_classify', { kind: 'signed' }, 2, 0, { ret: 2, words: 'SHOT' }],
		['__dev_queue_xmit', { kind: 'signed' }, 2, 0, { ret: 2, words: 'CN' }],
		['some_function', { kind: 'signed' }, TOP - 104, TOP, { ret: -105, words: 'ENOBUFS' }],
		['some_function', { kind: 'signed' }, 42, 0, { ret: 42, words: '42' }],
		['skb_clone', { kind: 'pointer' }, 0, 0, { ret: 'NULL', words: 'NULL' }],
		['skb_clone', { kind: 'pointer' }, 0x1000, 0xffff8881, { ret: 'a pointer', words: 'a pointer' }],
		['skb_segment', { kind: 'pointer' }, TOP - 11, TOP, { ret: 'ENOMEM', words: 'ENOMEM' }],
		['tcp_add_backlog', { kind: 'bool' }, 0xabcd01, 0, { ret: 1, words: 'true' }],
		['veth_xmit', enumeration, 16, 0, { ret: 16, words: 'NETDEV_TX_BUSY' }],
		['veth_xmit', enumeration, 3, 0, { ret: 3, words: '3' }],
	];
	for (const [name, returns, low, high, expected] of cases)
		it(`${name} (${returns.kind}) ${low} is ${expected?.words ?? 'nothing'}`, () =>
			assert.deepEqual(returned(here(name, returns), low, high), expected));
});

describe('hooks', () => {
	const cases: [family: number, hook: number, text: string][] = [
		[2, 0, 'ipv4 PRE_ROUTING'],
		[10, 4, 'ipv6 POST_ROUTING'],
		[3, 1, 'arp OUTPUT'],
		[5, 1, 'netdev EGRESS'],
		[7, 2, 'bridge FORWARD'],
		[9, 9, 'family 9 hook 9'],
	];
	for (const [family, hook, text] of cases) it(text, () => assert.equal(hookText({ family, hook }), text));
});

describe('roles', () => {
	const cases: [point: string, roles: number][] = [
		['skb:kfree_skb', ROLE.frees | ROLE.drops],
		['net:netif_receive_skb', ROLE.receives],
		['net:net_dev_start_xmit', ROLE.sends],
		['icmp_echo', ROLE.arrives],
		['nf_send_unreach6', ROLE.rejects],
		['ip_forward', 0],
	];
	for (const [point, roles] of cases) it(point, () => assert.equal(rolesOf(point), roles));
});
