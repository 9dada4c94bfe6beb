/** The file of packets: interfaces, comments, and how it ends. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Drop } from '../../src/drops/drop.ts';
import { setLanguage } from '../../src/lang.ts';
import { CaptureSink } from '../../src/output/capture.ts';
import type { End } from '../../src/output/sink.ts';
import { Writer } from '../../src/output/writer.ts';
import type { Captured } from '../../src/session/captured.ts';
import { ETHERTYPE, ethernet, ipv4, PROTOCOL, udp } from '../integration/packets.ts';
import { type Capture, readCapture } from './pcapng-reader.ts';

const ENDS = { from: '10.0.0.1', to: '10.0.0.2' };
const IP = ipv4({ ...ENDS, protocol: PROTOCOL.udp }, udp(ENDS, { sport: 1, dport: 2 }));
const FRAME = ethernet({ from: '02:00:00:00:00:01', to: '02:00:00:00:00:02', type: ETHERTYPE.ipv4 }, IP);

const DROP: Drop = {
	time: { seconds: 1_795_559_051, nanoseconds: 552_044_091 },
	ktime: { seconds: 1, nanoseconds: 2 },
	reason: { number: 3, name: 'NO_SOCKET', subsystem: 'core' },
	location: { symbol: 'tcp_v4_rcv', offset: 0x91 },
	packet: { family: 'ipv4', len: 33 },
	device: { name: 'eth0', ifindex: 3 },
	netns: { inode: 4026532177, name: 'web' },
	cpu: 0,
};

const START = {
	tool: 'droptrace',
	version: '2.0.0',
	kernel: '6.12.0',
	libbpf: '1.1',
	backend: 'tp_btf',
	probes: { asked: 1, attached: 1 },
	filter: '--netns web',
};

const END: End = { seconds: 1, events: 0, lost: 0, packets: 0, drops: 0, benign: 0, heldBack: 0 };

const captured = (bytes: Buffer, more: Partial<Captured> = {}): Captured => ({
	bytes,
	start: 0,
	captured: bytes.length,
	length: bytes.length,
	l3Offset: 14,
	protocol: ETHERTYPE.ipv4,
	pktType: 0,
	ifindex: 3,
	inbound: true,
	...more,
});

/** What is in the file after `use` and an end. */
function write(t: TestContext, use: (sink: CaptureSink, writer: Writer) => void, { snapLength = 256, end = END } = {}): Capture {
	const folder = mkdtempSync(join(tmpdir(), 'nt-capture-'));
	t.after(() => rmSync(folder, { recursive: true }));
	const path = join(folder, 'file');
	const writer = Writer.file(path);
	const sink = new CaptureSink(writer, snapLength);
	sink.start(START);
	use(sink, writer);
	writer.block(sink.ending(end));
	writer.flush();
	writer.close();
	return readCapture(readFileSync(path));
}

describe('a file of packets', () => {
	test('says who made it, with what filter', (t) => {
		const { section, interfaces, statistics } = write(t, () => {});
		assert.match(section.os, /^Linux 6\.12\.0$/);
		assert.equal(section.application, 'droptrace 2.0.0');
		assert.equal(section.comment, '--netns web');
		assert.deepEqual([interfaces, statistics], [[], []]);
	});

	test('has why, where and in which namespace with each packet', (t) => {
		const { packets } = write(t, (sink) => sink.drop(DROP, captured(FRAME)));
		const [{ comment, data, original, time, flags } = assert.fail()] = packets;
		assert.match(comment ?? '', /^NO_SOCKET at tcp_v4_rcv\+0x91 netns web: no program on this host listens/);
		assert.deepEqual(data, FRAME);
		assert.equal(original, FRAME.length);
		assert.equal(time, 1_795_559_051_552_044_091n);
		assert.equal(flags, 1);
	});

	test('has all that is known, and says what is not', (t) => {
		const { reason, netns, device, ...bare } = DROP;
		const { packets, interfaces } = write(t, (sink) => {
			sink.drop(
				{ ...DROP, mark: 16, pktType: 'otherhost', process: { pid: 7, comm: 'nginx' }, stack: ['one+1', 'two+2'] },
				captured(FRAME, { pktType: 3 }),
			);
			sink.drop({ ...bare, location: { address: '0xffffffff81234567' } }, captured(FRAME, { inbound: false }));
		});
		const [full = assert.fail(), little = assert.fail()] = packets;
		assert.match(full.comment ?? '', /^NO_SOCKET .* to otherhost process nginx\/7 mark 0x10: .*\n {4}one\+1\n {4}two\+2$/);
		assert.equal(full.flags, 1 | (4 << 2), 'inbound, promiscuous');
		assert.match(little.comment ?? '', /^- at 0xffffffff81234567 netns -: /);
		assert.equal(little.flags, 0);
		assert.deepEqual(
			interfaces.map(({ name, description }) => [name, description]),
			[
				['eth0', 'netns web'],
				['unknown', undefined],
			],
		);
	});

	test("says it in the user's language", (t) => {
		setLanguage('zh');
		t.after(() => setLanguage('en'));
		assert.match(write(t, (sink) => sink.drop(DROP, captured(FRAME))).packets[0]?.comment ?? '', /netns web: \p{Script=Han}/u);
	});

	test('has an interface for each device, namespace and link type', (t) => {
		const { netns, ...nowhere } = DROP;
		const drops: [Drop, Captured][] = [
			[DROP, captured(FRAME)],
			[DROP, captured(FRAME)],
			[DROP, captured(IP, { l3Offset: 0 })],
			[{ ...DROP, netns: { inode: 4026532178 } }, captured(FRAME)],
			[{ ...DROP, device: { ifindex: 9 } }, captured(FRAME)],
			[nowhere, captured(FRAME)],
			[DROP, captured(FRAME)],
		];
		const { packets, interfaces } = write(t, (sink) => {
			for (const [drop, bytes] of drops) sink.drop(drop, bytes);
		});
		assert.deepEqual(
			packets.map((packet) => packet.interfaceId),
			[0, 0, 1, 2, 3, 4, 0],
		);
		assert.deepEqual(
			interfaces.map(({ linkType, name, description }) => [linkType, name, description]),
			[
				[1, 'eth0', 'netns web'],
				[101, 'eth0', 'netns web'],
				[1, 'eth0', 'netns 4026532178'],
				[1, '#9', 'netns web'],
				[1, 'eth0', undefined],
			],
		);
	});

	test('has no more of a packet than was asked for, and how long it was', (t) => {
		const long = Buffer.concat([FRAME, Buffer.alloc(65_535)]);
		for (const snapLength of [64, 256, 65_535, 262_144]) {
			const { packets } = write(t, (sink) => sink.drop(DROP, captured(long, { tag: { protocol: 0x8100, control: 5 } })), { snapLength });
			assert.equal(packets[0]?.data.length, Math.min(snapLength, long.length + 4));
			assert.equal(packets[0]?.original, long.length + 4);
		}
	});

	test('has no packets without headers; they are counted', (t) => {
		const { packets } = write(t, (sink) => {
			assert.deepEqual(sink.remarks(), []);
			sink.drop(DROP);
			sink.drop(DROP, captured(FRAME));
			sink.drop(DROP);
			assert.match(sink.remarks().join(), /^2 without headers/);
		});
		assert.equal(packets.length, 1);
	});

	test('says of each interface that nothing was lost', (t) => {
		const before = BigInt(Date.now()) * 1_000_000n;
		const { statistics } = write(t, (sink) => {
			sink.drop(DROP, captured(FRAME));
			sink.drop(DROP, captured(IP, { l3Offset: 0 }));
		});
		assert.deepEqual(
			statistics.map(({ interfaceId, dropped }) => [interfaceId, dropped]),
			[
				[0, 0n],
				[1, 0n],
			],
		);
		for (const { start, end, time } of statistics) assert.ok(before <= start && start <= end && end === time);
	});

	test('says how many events were lost, of no device in particular', (t) => {
		const { interfaces, statistics } = write(t, (sink) => sink.drop(DROP, captured(FRAME)), { end: { ...END, lost: 12 } });
		assert.deepEqual(
			statistics.map(({ interfaceId, dropped }) => [interfaceId, dropped]),
			[
				[0, undefined],
				[1, 12n],
			],
		);
		assert.equal(interfaces[1]?.name, 'lost');
	});
});
