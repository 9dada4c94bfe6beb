/** nettrace why: flows to machines that are not this one, and from inside a container. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PROJECT } from '../cli/programs.ts';
import { missing } from '../cli/requirements.ts';
import { ControlGroup } from './cgroup.ts';
import { makeNamespaces, run } from './netns.ts';
import { echoReply, icmpError, ipv4, PROTOCOL, TCP_RST_ACK, tcp } from './packets.ts';
import { type Answer, Remote } from './remote.ts';

const TUN = '/dev/net/tun';
// guests have it as a module
if (!existsSync(TUN)) spawnSync('modprobe', ['tun']);
const unable = missing(['root', 'tracing', 'netns']) || (!existsSync(TUN) && `there is no ${TUN}`);
/** An emulated machine needs some ten seconds for each, besides what it waits. */
const emulated = process.env.MANY !== undefined;

const OWN = '10.9.8.1';
const HOST = '10.9.8.77';
const GATEWAY = '10.9.8.254';
const CONTAINER = 'ab'.repeat(32);

interface Result {
	status: number;
	diagnosis: { verdict: string; cause: string; confidence: string; evidence: string[]; summary: string; router?: string; device?: string };
}

async function why(...words: string[]): Promise<Result> {
	const child = spawn(join(PROJECT, 'bin/nettrace'), ['why', ...words, '--json', '--lang', 'en'], { stdio: ['ignore', 'pipe', 'pipe'] });
	let output = '';
	let errors = '';
	child.stdout.on('data', (data) => (output += data));
	child.stderr.on('data', (data) => (errors += data));
	const [status] = await once(child, 'close');
	const line = output.split('\n').find((each) => each.startsWith('{"type":"diagnosis"'));
	assert.ok(line !== undefined, `${output}${errors}`);
	return { status, diagnosis: JSON.parse(line) };
}

const transport = (packet: Buffer): Buffer => packet.subarray((packet[0]! & 15) * 4);
const from = (address: string, protocol: number, payload: Buffer): Buffer => ipv4({ from: address, to: OWN, protocol }, payload);
const only =
	(protocol: number, answer: Answer): Answer =>
	(packet) =>
		packet[0]! >> 4 === 4 && packet[9] === protocol ? answer(packet) : [];

const replies = only(PROTOCOL.icmp, (packet) => [from(HOST, PROTOCOL.icmp, echoReply(transport(packet)))]);
const resets = only(PROTOCOL.tcp, (packet) => {
	const segment = transport(packet);
	const ports = { sport: segment.readUInt16BE(2), dport: segment.readUInt16BE(0) };
	const ends = { from: HOST, to: OWN };
	return [from(HOST, PROTOCOL.tcp, tcp(ends, ports, TCP_RST_ACK, 0, (segment.readUInt32BE(4) + 1) >>> 0))];
});
/** time exceeded in transit: RFC 792 */
const exceeds: Answer = (packet) => [from(GATEWAY, PROTOCOL.icmp, icmpError(11, 0, packet))];

describe('nettrace why', { skip: unable }, () => {
	let netns: string;
	let remote: Remote;

	before(() => {
		[netns = ''] = makeNamespaces('why');
		run('ip', ['-n', netns, 'link', 'set', 'lo', 'up']);
		remote = new Remote(netns, 'out', `${OWN}/24`);
	});
	after(() => remote?.close());

	/** On an emulated machine that is busy the answer may come later than anybody waits for it: there it is tried again. */
	const tried = async (answer: Answer, ...words: string[]): Promise<Result> => {
		remote.answer = answer;
		let result: Result;
		let times = 0;
		do result = await why(...words, '--netns', netns);
		while (emulated && ++times < 3 && result.diagnosis.cause === 'remote.no_reply');
		return result;
	};

	test('a machine that answers', async () => {
		const { status, diagnosis } = await tried(replies, HOST);
		assert.equal(status, 0);
		assert.equal(diagnosis.verdict, 'works');
		assert.match(diagnosis.evidence.join('\n'), /echo request.*out/);
		assert.match(diagnosis.evidence.join('\n'), /echo reply/);
	});

	test('a machine that refuses the connection', async () => {
		const { status, diagnosis } = await tried(resets, HOST, '80');
		assert.equal(status, 6);
		assert.deepEqual([diagnosis.cause, diagnosis.confidence, diagnosis.device], ['remote.reset', 'proven', 'out']);
	});

	test('a router on the way that says why', async () => {
		const { status, diagnosis } = await tried(exceeds, HOST, '80');
		assert.equal(status, 6);
		assert.deepEqual([diagnosis.cause, diagnosis.router], ['remote.icmp_error', GATEWAY]);
		assert.match(diagnosis.summary, /time exceeded/i);
	});

	test('nobody answers, and where it was seen last', { skip: emulated && 'it only waits' }, async () => {
		const { status, diagnosis } = await tried(() => [], HOST, '80', '--from', OWN);
		assert.equal(status, 6);
		assert.equal(diagnosis.cause, 'remote.no_reply');
		assert.notEqual(diagnosis.confidence, 'proven');
		assert.match(diagnosis.evidence.join('\n'), /last at .* on out/);
	});

	test('a datagram to a router that says why', { skip: emulated && 'like the connection' }, async () => {
		const { diagnosis } = await tried(exceeds, HOST, '53', '-p', 'udp');
		assert.deepEqual([diagnosis.cause, diagnosis.router], ['remote.icmp_error', GATEWAY]);
	});

	const group = unable ? undefined : new ControlGroup(`docker-${CONTAINER}.scope`);
	test('from inside a container', { skip: group?.missing ?? false }, async () => {
		const process = group!.inside(() => spawn('nsenter', [`--net=/run/netns/${netns}`, 'sleep', '100'], { stdio: 'ignore' }));
		try {
			remote.answer = replies;
			const { status, diagnosis } = await why(HOST, '--container', CONTAINER.slice(0, 12));
			assert.equal(status, 0);
			assert.match(diagnosis.evidence.join('\n'), new RegExp(`${netns} out`));
		} finally {
			process.kill();
			await once(process, 'exit');
		}
	});
});
