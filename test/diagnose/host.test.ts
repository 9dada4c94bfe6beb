/** What a machine says may be anything: tools are missing, of versions never seen, or the namespace is gone. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CAUSES } from '../../src/diagnose/causes.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { type Host, Hosts } from '../../src/diagnose/host.ts';
import type { Scene } from '../../src/diagnose/scene.ts';
import { ownNetns } from '../../src/kernel/netns.ts';
import type { Packet } from '../../src/packet/packet.ts';
import type { Path, PathEvent } from '../../src/trace/path.ts';

describe('the host', () => {
	const here = new Hosts().of(ownNetns());

	test('a tool that is not there is noted, once', () => {
		assert.equal(here.text('no-such-tool-of-ours', '-x'), undefined);
		assert.deepEqual([...here.missing], ['no-such-tool-of-ours']);
	});

	test('what is no JSON is nothing', () => {
		assert.equal(here.json('echo', 'not json'), undefined);
		assert.deepEqual(here.json('echo', '[1]'), [1]);
		assert.equal(
			here.read('echo', ['1'], () => {
				throw new Error('not understood');
			}),
			undefined,
		);
	});

	test('a tool that fails has said nothing', () => assert.equal(here.text('false'), undefined));

	test('settings, whose devices may have dots', () => {
		assert.match(here.sysctl('net.ipv4.ip_forward') ?? '', /^[01]$/);
		assert.equal(here.sysctl('net', 'ipv4', 'conf', 'no.such.device', 'forwarding'), undefined);
	});

	test('a namespace that is gone says nothing', () => {
		const gone = new Hosts().of(1);
		assert.equal(gone.present, false);
		assert.equal(gone.text('echo', 'x'), undefined);
	});
});

const packet: Packet = {
	family: 'ipv4',
	proto: 'tcp',
	saddr: '10.0.0.1',
	daddr: '10.0.0.2',
	sport: 1,
	dport: 2,
	len: 40,
	ttl: 1,
	tcp: { flags: 'SYN', seq: 1 },
};

/** A machine that answers everything with the same. */
function saying(value: unknown): Host {
	const text = typeof value === 'string' ? value : JSON.stringify(value);
	const host: Partial<Host> = {
		present: true,
		missing: new Set(),
		text: () => text,
		json: () => value,
		read: (_tool, _words, parse) => {
			try {
				return parse(text);
			} catch {
				return undefined;
			}
		},
		file: () => text,
		sysctl: () => text,
	};
	return host as Host;
}

function sceneOf(host: Host, reason: string | undefined, symbol: string): Scene {
	const moment = { seconds: 1, nanoseconds: 0 };
	const death: PathEvent = {
		time: moment,
		ktime: moment,
		since: 5,
		point: 'skb:kfree_skb',
		cpu: 0,
		skb: '0x1',
		mark: 0,
		pktType: 0,
		connection: 0,
		as: packet,
	};
	const path: Path = { id: '1', packet, verdict: 'dropped', death, open: false, events: [death], latency: 5, changes: [] };
	return {
		path,
		death,
		packet,
		reason,
		symbol,
		points: new Set(['ip_rcv']),
		device: 'eth0',
		input: 'eth0',
		hook: { family: 2, hook: 1, in: 2, out: 0 },
		behind: undefined,
		rule: undefined,
		returned: () => undefined,
		host,
	};
}

/** A function that each cause names, by the first word of its expression. */
const SYMBOLS = CAUSES.flatMap(({ symbols }) => symbols?.source.replace(/[\^$\\]|\(.*?\)\??/g, '').split('|') ?? []).filter((name) =>
	/^\w+$/.test(name),
);
const REASONS = CAUSES.flatMap(({ reasons }) => (Array.isArray(reasons) ? reasons : ['QDISC_DROP', 'OVS_DROP_METER', 'TCP_RFC7323_PAWS']));

describe('a diagnosis', () => {
	test('comes to some end whatever the tools print', () => {
		fc.assert(
			fc.property(
				fc.jsonValue({ maxDepth: 4 }),
				fc.constantFrom(undefined, ...REASONS),
				fc.constantFrom(...SYMBOLS),
				(value, reason, symbol) => {
					const { cause, summary, evidence } = diagnose(sceneOf(saying(value), reason, symbol));
					assert.ok(cause !== '' && summary !== '' && evidence.length > 0);
				},
			),
			{ numRuns: 2000 },
		);
	});

	test('of objects that look like those of the tools', () => {
		const keys = [
			'type',
			'dst',
			'gateway',
			'dev',
			'flags',
			'linkinfo',
			'xdp',
			'kind',
			'drops',
			'nftables',
			'chain',
			'rule',
			'expr',
			'src',
			'table',
			'action',
		];
		const odd = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }));
		fc.assert(
			fc.property(fc.array(odd), fc.constantFrom(...REASONS), fc.constantFrom(...SYMBOLS), (value, reason, symbol) => {
				for (const each of [value, { nftables: value }, { nftables: value.map((rule) => ({ rule, chain: rule })) }])
					diagnose(sceneOf(saying(each), reason, symbol));
			}),
			{ numRuns: 1000 },
		);
	});

	test('without any fact a firewall is named by nobody, and never proven', () => {
		const host = saying(undefined);
		const said = diagnose(
			sceneOf(
				{
					...host,
					text: () => undefined,
					json: () => undefined,
					read: () => undefined,
					file: () => undefined,
					sysctl: () => undefined,
				} as unknown as Host,
				'NETFILTER_DROP',
				'nf_hook_slow',
			),
		);
		assert.deepEqual([said.cause, said.confidence], ['unknown', 'possible']);
	});
});
