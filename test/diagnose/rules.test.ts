/** Rule sets as text, and which of their rules a packet ends at. What the kernel says of the same is tested in integration/rules. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseEbtables } from '../../src/diagnose/rules/ebtables.ts';
import { parseIptables } from '../../src/diagnose/rules/iptables.ts';
import { handlesIn, type RuleLayout } from '../../src/diagnose/rules/memory.ts';
import { parseNft } from '../../src/diagnose/rules/nft.ts';
import { type Chain, type End, endsOf, type Table } from '../../src/diagnose/rules/rules.ts';
import type { Subject } from '../../src/diagnose/rules/subject.ts';

const SYN: Subject = {
	packet: {
		family: 'ipv4',
		proto: 'tcp',
		saddr: '10.0.0.5',
		daddr: '10.0.0.1',
		sport: 40_000,
		dport: 443,
		len: 60,
		ttl: 64,
		tcp: { flags: 'SYN', seq: 1 },
	},
	family: 2,
	input: 'eth0',
	output: '',
	mark: 0,
	connection: 3,
};

const at = (table: Table | undefined, chain: string, subject: Partial<Subject> = {}): End[] => {
	assert.ok(table);
	return endsOf(table, table.chains.get(chain) as Chain, { ...SYN, ...subject });
};

const iptables = (...rules: string[]): Table | undefined =>
	parseIptables(['*filter', ':INPUT ACCEPT [0:0]', ':GUARD - [0:0]', ...rules, 'COMMIT', ''].join('\n'), 'iptables-legacy', 'ip')[0];

describe('iptables', () => {
	const cases: [name: string, rules: string[], ends: string][] = [
		['nothing applies: the policy', ['-A INPUT -p udp -j DROP'], 'policy accept'],
		[
			'the first that applies',
			['-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT', '-A INPUT -s 10.0.0.0/24 -j DROP', '-A INPUT -j REJECT'],
			'drop',
		],
		[
			'what marks or logs is passed',
			['-A INPUT -j LOG --log-prefix "a -j DROP "', '-A INPUT -j MARK --set-xmark 0x1/0xffffffff'],
			'policy accept',
		],
		['a chain that returns', ['-A GUARD -j RETURN', '-A INPUT -j GUARD', '-A INPUT -j DROP'], 'drop'],
		[
			'a chain that drops',
			['-A GUARD -p tcp -m multiport --dports 80,440:450 -j REJECT --reject-with tcp-reset', '-A INPUT -i eth+ -j GUARD'],
			'reject',
		],
		['goto does not come back', ['-A INPUT -g GUARD', '-A INPUT -j DROP'], 'policy accept'],
		[
			'the state of its connection',
			['-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', '-A INPUT -m conntrack --ctstate NEW -j DROP'],
			'drop',
		],
		['not', ['-A INPUT ! -s 10.0.0.0/24 -j DROP', '-A INPUT ! -i lo -j REJECT'], 'reject'],
		['flags', ['-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP'], 'drop'],
		['what has counted nothing has dropped nothing', ['[0:0] -A INPUT -j DROP', '[3:180] -A INPUT -p tcp -j REJECT'], 'reject'],
	];
	for (const [name, rules, expected] of cases)
		test(name, () => {
			const ends = at(iptables(...rules), 'INPUT');
			assert.equal(ends.length, 1);
			assert.equal(`${ends[0]?.rule ? '' : 'policy '}${ends[0]?.does}`, expected);
			assert.ok(ends[0]?.certain);
		});

	test('a match that is not understood makes it uncertain, and what comes behind it too', () => {
		const ends = at(iptables('-A INPUT -m string --string "x" --algo bm -j DROP', '-A INPUT -p tcp -j REJECT'), 'INPUT');
		assert.deepEqual(
			ends.map(({ does, certain }) => [does, certain]),
			[
				['drop', false],
				['reject', false],
			],
		);
	});

	test('a policy that drops', () => {
		const [table] = parseIptables('*filter\n:FORWARD DROP [1:2]\nCOMMIT\n', 'iptables-legacy', 'ip');
		assert.deepEqual(
			at(table, 'FORWARD').map(({ does, rule, certain }) => [does, rule, certain]),
			[['drop', undefined, true]],
		);
	});
});

const nft = (...rules: unknown[][]): Table | undefined =>
	parseNft({
		nftables: [
			{ metainfo: { json_schema_version: 1 } },
			{ table: { family: 'inet', name: 'fw', handle: 1 } },
			{
				set: { family: 'inet', table: 'fw', name: 'bad', type: 'ipv4_addr', elem: ['10.0.0.9', { prefix: { addr: '10.0.0.4', len: 31 } }] },
			},
			{ chain: { family: 'inet', table: 'fw', name: 'input', handle: 2, type: 'filter', hook: 'input', prio: 0, policy: 'accept' } },
			{ chain: { family: 'inet', table: 'fw', name: 'other', handle: 3 } },
			...rules.map((expr, i) => ({ rule: { family: 'inet', table: 'fw', chain: 'input', handle: 10 + i, expr } })),
		],
	})[0];
const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });
const port = { payload: { protocol: 'tcp', field: 'dport' } };
const saddr = { payload: { protocol: 'ip', field: 'saddr' } };

describe('nftables', () => {
	const cases: [name: string, rules: unknown[][], handle: number | undefined, does: string][] = [
		['ranges and sets', [[match(port, { set: [22, { range: [400, 500] }] }), { drop: null }]], 10, 'drop'],
		[
			'a named set with a network',
			[[match(saddr, '@bad'), { counter: { packets: 2, bytes: 9 } }, { reject: { type: 'tcp reset' } }]],
			10,
			'reject',
		],
		['the other protocol', [[match({ payload: { protocol: 'udp', field: 'dport' } }, 443), { drop: null }]], undefined, 'accept'],
		['state', [[match({ ct: { key: 'state' } }, ['established', 'related'], 'in'), { accept: null }], [{ drop: null }]], 11, 'drop'],
		[
			'a verdict map',
			[
				[
					{
						vmap: {
							key: port,
							data: {
								set: [
									[22, { accept: null }],
									[443, { drop: null }],
								],
							},
						},
					},
				],
			],
			10,
			'drop',
		],
		['an empty chain is passed', [[{ jump: { target: 'other' } }], [{ drop: null }]], 11, 'drop'],
		[
			'flags under a mask',
			[[match({ '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, { '|': ['syn', 'ack'] }] }, 'syn'), { drop: null }]],
			10,
			'drop',
		],
		['it has counted nothing', [[{ counter: { packets: 0, bytes: 0 } }, { drop: null }]], undefined, 'accept'],
	];
	for (const [name, rules, handle, does] of cases)
		test(name, () => {
			const ends = at(nft(...rules), 'input');
			assert.deepEqual(
				ends.map((end) => [end.rule?.handle, end.does, end.certain]),
				[[handle, does, true]],
			);
		});

	test('expressions of a version that is not known are uncertain', () => {
		const ends = at(nft([match({ brandnew: { key: 'x' } }, 1), { drop: null }]), 'input');
		assert.equal(ends[0]?.certain, false);
		assert.equal(ends.length, 2);
	});

	test('output that is something else has no rules', () => {
		for (const value of [undefined, null, 1, 'x', [], {}, { nftables: 'x' }, { nftables: [1, null, { rule: 7 }, { chain: [] }] }])
			assert.deepEqual(parseNft(value), []);
	});
});

test('ebtables', () => {
	const table = parseEbtables(
		'Bridge table: filter\n\nBridge chain: FORWARD, entries: 2, policy: ACCEPT\n-p IPv4 --ip-src 192.0.2.0/24 -j DROP , pcnt = 9 -- bcnt = 1\n-p IPv4 -i eth0 -j DROP , pcnt = 2 -- bcnt = 168\n',
	);
	assert.deepEqual(
		at(table, 'FORWARD').map(({ rule, does, certain }) => [rule?.text, does, certain]),
		[['-p IPv4 -i eth0 -j DROP', 'drop', true]],
	);
});

describe('the handle in memory', () => {
	const LAYOUT: RuleLayout = { last: { bit: 0, width: 1 }, length: { bit: 1, width: 12 }, handle: { bit: 13, width: 42 }, head: 8 };
	const words = (...all: bigint[]) => ({ bytes: new Uint8Array(BigUint64Array.from(all).buffer) });
	const head = (handle: number, length: number, last = 0) => BigInt(last) | (BigInt(length) << 1n) | (BigInt(handle) << 13n);
	const OPS = 0xffff_ffff_8123_4560n;

	test('of the rule around the expression, not of the one before it', () => {
		assert.deepEqual(handlesIn(words(head(4, 24), OPS, 1n, 2n, head(7, 40), OPS, 5n, OPS, 9n), LAYOUT), [7]);
	});

	test('of a rule that begins with the expression', () => {
		assert.deepEqual(handlesIn(words(OPS, 3n, head(9, 16)), LAYOUT), [9]);
	});

	test('not of the end of a chain, nor of what is too short to reach it', () => {
		assert.deepEqual(handlesIn(words(head(4, 64, 1), OPS, 1n, 2n), LAYOUT), []);
		assert.deepEqual(handlesIn(words(head(4, 16), OPS, 1n, 2n), LAYOUT), []);
	});

	test('of nothing', () => {
		assert.deepEqual(handlesIn({ bytes: new Uint8Array(0) }, LAYOUT), []);
	});
});
