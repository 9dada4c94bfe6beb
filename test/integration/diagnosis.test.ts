/** Diagnoses while the machine changes under them, and what is said of packets that are well. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { missing } from '../cli/requirements.ts';
import { until } from './healthy.ts';
import { run } from './netns.ts';
import { CLIENT, Network, SERVER } from './network.ts';
import type { Socket } from './socket.ts';
import { Tracer } from './tracer.ts';

/** of the packets of each test: what was found of a flow is believed for a while */
const [PORT, CHANGED, GONE] = [7007, 7008, 7009];
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

const drops = (table: string, port: number): string =>
	`table inet ${table} { chain input { type filter hook input priority 0; policy accept; udp dport ${port} counter drop; }\n}`;

describe('diagnoses', { skip: missing(['root', 'tracing', 'netns']) }, () => {
	let network: Network;
	let sender: Socket;
	let receiver: Socket | undefined;
	const nft = (rules: string) => network.run('server', 'nft', ['-f', '-'], rules);
	/** one for all tests: an emulated machine attaches it in a minute */
	let tracer: Tracer;
	let told = 0;
	const lines = (type: string): Line[] =>
		tracer.others
			.slice(told)
			.map((line) => JSON.parse(line))
			.filter((line) => line.type === type);
	const diagnosis = (of: string, number = 0) => until(of, () => lines('diagnosis')[number], TOLD_MS);

	before(async () => {
		network = new Network('diag');
		sender = network.udp('client', CLIENT, 4001);
		// how much memory a datagram takes differs from kernel to kernel
		receiver = network.udp('server', SERVER, PORT);
		const used = () => {
			const shown = network.run('server', 'ss', ['-Huanm', 'sport', '=', `:${PORT}`]);
			const [, waiting, room] = /skmem:\(r(\d+),rb(\d+)/.exec(shown) ?? [];
			return Number(waiting) / Number(room);
		};
		while (used() < 0.84) for (let i = 0; i < 8; i++) sender.sendTo(SERVER, PORT, 'waits');
		const words = ['--netns', network.namespaces.join(), '--diag-keep', '--lang', 'en', 'udp', 'dst', 'portrange', `${PORT}-${GONE}`];
		tracer = await new Tracer(words, 'nettrace').ready();
	});
	beforeEach(() => {
		told = tracer.others.length;
	});
	after(() => {
		// one that goes on would keep the process of this file alive
		tracer?.clean();
		sender?.close();
		receiver?.close();
		network?.close();
	});

	test('one packet of a flow that lives beside a queue that is almost full, and two that die of two causes', async () => {
		sender.sendTo(SERVER, PORT, 'waits, too');
		await until('the queue to be noticed', () => lines('warning').find(({ what }) => what === 'queue'), TOLD_MS);
		receiver?.close();
		receiver = undefined;
		nft(drops('first', PORT));
		sender.sendTo(SERVER, PORT, 'first');
		await diagnosis('the rule to be named');
		nft('delete table inet first');
		sender.sendTo(SERVER, PORT, 'second');
		await diagnosis('the missing socket to be named', 1);
		const [rule, socket, ...more] = lines('diagnosis');
		assert.equal(rule?.cause, 'netfilter.rule');
		assert.match(rule?.rule ?? '', new RegExp(`^udp dport ${PORT} counter .*drop$`));
		assert.equal(socket?.cause, 'socket.none');
		assert.deepEqual(more, []);
	});

	test('a rule that is not there any more when the rules are read: no other is named in its place', async () => {
		nft(drops('first', CHANGED));
		tracer.pause();
		sender.sendTo(SERVER, CHANGED, 'lost');
		// the same numbers, and nothing that the packet can have met
		nft(`delete table inet first\n${drops('second', 9)}`);
		tracer.resume();
		const found = await diagnosis('the drop to be told');
		nft('delete table inet second');
		assert.equal(found.rule, undefined);
		assert.notEqual(found.confidence, 'proven');
	});

	test('a namespace that is gone when it is to be looked into', async () => {
		tracer.pause();
		sender.sendTo(SERVER, GONE, 'lost');
		run('ip', ['netns', 'del', network.netns('server')]);
		await tracer.stop();
		const [found, ...more] = lines('diagnosis');
		assert.deepEqual(more, []);
		assert.equal(found?.cause, 'socket.none');
		assert.match(found?.evidence.join() ?? '', /could not be looked into any more/);
	});
});
