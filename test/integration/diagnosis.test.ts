/** Diagnoses while the machine changes under them, and what is said of packets that are well. */
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { missing } from '../cli/requirements.ts';
import { until } from './healthy.ts';
import { run } from './netns.ts';
import { CLIENT, Network, SERVER } from './network.ts';
import type { Socket } from './socket.ts';
import { Tracer } from './tracer.ts';

const PORT = 7007;
/** an emulated machine reads a rule set in seconds */
const TOLD_MS = 60_000;

interface Line {
	type: string;
	cause: string;
	confidence: string;
	rule?: string;
	evidence: string[];
	count: number;
	what: string;
}

const lines = (tracer: Tracer, type: string): Line[] => tracer.others.map((line) => JSON.parse(line)).filter((line) => line.type === type);

const DROPS = `table inet first { chain input { type filter hook input priority 0; policy accept; udp dport ${PORT} counter drop; }
}`;
/** the same numbers, and nothing that the packet can have met */
const OTHER = DROPS.replace('first', 'second').replace(`${PORT}`, '9');

describe('diagnoses', { skip: missing(['root', 'tracing', 'netns']) }, () => {
	let network: Network;
	let sender: Socket;
	const nft = (rules: string) => network.run('server', 'nft', ['-f', '-'], rules);
	const follow = (t: TestContext) => {
		const words = ['--netns', network.namespaces.join(','), '--diag-keep', '--lang', 'en', 'udp', 'dst', 'port', `${PORT}`];
		const tracer = new Tracer(words, 'nettrace');
		// one that goes on would keep the process of this file alive
		t.after(() => tracer.clean());
		return tracer.ready();
	};

	before(async () => {
		network = new Network('diag');
		sender = network.udp('client', CLIENT, 4001);
	});
	after(() => {
		sender?.close();
		network?.close();
	});

	test('one packet of a flow that lives beside a queue that is almost full, and two that die of two causes', async (t) => {
		const receiver = network.udp('server', SERVER, PORT);
		// how much memory a datagram takes differs from kernel to kernel
		const used = () => {
			const shown = network.run('server', 'ss', ['-Huanm', 'sport', '=', `:${PORT}`]);
			const [, waiting, room] = /skmem:\(r(\d+),rb(\d+)/.exec(shown) ?? [];
			return Number(waiting) / Number(room);
		};
		while (used() < 0.84) for (let i = 0; i < 8; i++) sender.sendTo(SERVER, PORT, 'waits');
		const tracer = await follow(t);
		sender.sendTo(SERVER, PORT, 'waits, too');
		await until('the queue to be noticed', () => lines(tracer, 'warning').find(({ what }) => what === 'queue'), TOLD_MS);
		receiver.close();
		nft(DROPS);
		sender.sendTo(SERVER, PORT, 'first');
		await until('the rule to be named', () => lines(tracer, 'diagnosis')[0], TOLD_MS);
		nft('delete table inet first');
		sender.sendTo(SERVER, PORT, 'second');
		await until('the missing socket to be named', () => lines(tracer, 'diagnosis')[1], TOLD_MS);
		await tracer.stop();
		const [rule, socket, ...more] = lines(tracer, 'diagnosis');
		assert.equal(rule?.cause, 'netfilter.rule');
		assert.match(rule?.rule ?? '', new RegExp(`^udp dport ${PORT} counter .*drop$`));
		assert.equal(socket?.cause, 'socket.none');
		assert.deepEqual(more, []);
	});

	test('a rule that is not there any more when the rules are read: no other is named in its place', async (t) => {
		const tracer = await follow(t);
		nft(DROPS);
		tracer.pause();
		sender.sendTo(SERVER, PORT, 'lost');
		nft(`delete table inet first\n${OTHER}`);
		await tracer.stop();
		nft('delete table inet second');
		const found = lines(tracer, 'diagnosis');
		assert.equal(found.length, 1, JSON.stringify(found));
		assert.equal(found[0]?.rule, undefined);
		assert.notEqual(found[0]?.confidence, 'proven');
	});

	test('a namespace that is gone when it is to be looked into', async (t) => {
		const tracer = await follow(t);
		tracer.pause();
		sender.sendTo(SERVER, PORT, 'lost');
		run('ip', ['netns', 'del', network.netns('server')]);
		await tracer.stop();
		const [found, ...more] = lines(tracer, 'diagnosis');
		assert.deepEqual(more, []);
		assert.equal(found?.cause, 'socket.none');
		assert.match(found?.evidence.join() ?? '', /could not be looked into any more/);
	});
});
