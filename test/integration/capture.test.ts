/** Real drops in a file of packets: what tshark reads of them, and that it is what the JSON lines say. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { type Location, locationText } from '../../src/kernel/symbols.ts';
import { missing } from '../cli/requirements.ts';
import { type Capture, readCapture } from '../output/pcapng-reader.ts';
import { send, type Traffic, traffic } from './capture-traffic.ts';
import { until } from './healthy.ts';
import { hasReasons } from './kernel.ts';
import { MAC, Network } from './network.ts';
import { type DropLine, Tracer } from './tracer.ts';

const unable = missing(['root', 'tracing', 'netns', 'tshark']);

const FIELDS = [
	'frame.time_epoch',
	'frame.interface_name',
	'frame.interface_description',
	'frame.len',
	'frame.cap_len',
	'frame.comment',
	'frame.protocols',
	'eth.src',
	'eth.dst',
	'vlan.id',
	'ieee8021ad.id',
	'ip.src',
	'ipv6.src',
	'udp.srcport',
	'udp.dstport',
	'udp.length',
	'arp.opcode',
	'sll.ifindex',
] as const;
type Fields = Partial<Record<(typeof FIELDS)[number], string[]>>;

/** the first drop takes an emulated machine half a minute: all symbols of the kernel are read for it */
const SHOWN_MS = 120_000;

const run = (program: string, ...args: string[]): string =>
	execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 });

/** What tshark says of each packet. @throws Error when it does not like the file */
function tshark(path: string): Fields[] {
	const found = JSON.parse(run('tshark', '-n', '-r', path, '-T', 'json', ...FIELDS.flatMap((name) => ['-e', name])));
	return found.map(({ _source }: { _source: { layers: Fields } }) => _source.layers);
}

interface File {
	path: string;
	tracer: Tracer;
	packets: Fields[];
	capture: Capture;
}

let folder: string;
/** One with the snapshot length that is the default, and one with the longest. */
const files: Record<'short' | 'long', File> = {} as typeof files;
let network: Network;
let sent: ReadonlyMap<Traffic, string | undefined>;

describe('files of packets', { skip: unable }, () => {
	before(async () => {
		folder = mkdtempSync(join(tmpdir(), 'nt-capture-'));
		network = new Network('file');
		for (const [name, words] of [
			['short', []],
			['long', ['--snaplen', '262144', '--stack']],
		] as const) {
			const path = join(folder, name);
			files[name] = {
				path,
				tracer: new Tracer(['--netns', network.namespaces.join(','), '-w', path, ...words]),
				packets: [],
				capture: undefined!,
			};
		}
		const all = Object.values(files);
		await Promise.all(all.map(({ tracer }) => tracer.ready()));
		sent = await send(network, (marker) =>
			until('the drop', () => (all.every(({ tracer }) => tracer.drops.some(marker)) ? true : undefined), SHOWN_MS),
		);
		await Promise.all(all.map(({ tracer }) => tracer.stop()));
		for (const file of all) {
			file.packets = tshark(file.path);
			file.capture = readCapture(readFileSync(file.path));
		}
	});
	after(() => rmSync(folder, { recursive: true }));

	/** The packet of some traffic in both files; skips the test when this machine cannot send it. */
	function found(
		t: TestContext,
		name: Traffic,
	): { fields: Fields; data: Buffer; line: DropLine; long: { fields: Fields; data: Buffer } } | undefined {
		const skip = sent.get(name);
		if (skip !== undefined) {
			t.skip(skip);
			return undefined;
		}
		const of = ({ tracer, packets, capture }: File) => {
			const at = tracer.drops.findIndex(traffic[name].marker);
			assert.ok(at >= 0, 'the lines have it');
			return { fields: packets[at] ?? {}, data: capture.packets[at]?.data ?? Buffer.alloc(0), line: tracer.drops[at]! };
		};
		return { ...of(files.short), long: of(files.long) };
	}

	test('are what tools take', () => {
		for (const { path, packets } of Object.values(files)) {
			const told = run('capinfos', path);
			assert.match(told, /^File type: .*pcapng$/m);
			assert.match(told, /^File timestamp precision: +nanoseconds/m);
			assert.match(told, new RegExp(`^Number of packets: +${packets.length}$`, 'm'));
			assert.match(told, /^Capture application: +droptrace/m);
		}
	});

	test('have the packets of the lines: when, why, where, on which device, in which namespace', () => {
		for (const { tracer, packets, capture } of Object.values(files)) {
			assert.equal(packets.length, tracer.drops.length);
			for (const [i, line] of tracer.drops.entries()) {
				const { time, reason, location, device, netns, stack } = line as DropLine & { time: string };
				const fields = packets[i]!;
				assert.equal(capture.packets[i]?.time, BigInt(time));
				assert.equal(fields['frame.time_epoch']?.[0], `${time.slice(0, -9)}.${time.slice(-9)}`);
				assert.equal(fields['frame.interface_name']?.[0], device?.name ?? 'unknown');
				assert.equal(fields['frame.interface_description']?.[0], netns && `netns ${netns.name}`);
				const [first = '', ...frames] = (capture.packets[i]?.comment ?? '').split('\n');
				const where = locationText(location as Location);
				assert.ok(first.startsWith(`${hasReasons() ? reason : '-'} at ${where} netns ${netns?.name}`), `${first} says ${where}`);
				assert.deepEqual(
					frames.map((frame) => frame.trim()),
					stack ?? [],
				);
				assert.ok(fields['frame.comment']?.[0]?.startsWith(first.slice(0, 20)), 'tshark shows it');
			}
		}
	});

	test('have whole frames', (t) => {
		const all = found(t, 'udp');
		if (!all) return;
		const { fields } = all;
		assert.deepEqual([fields['eth.src'], fields['eth.dst']], [[MAC.c0], [MAC.rc]]);
		assert.deepEqual([fields['ip.src'], fields['udp.srcport'], fields['udp.length']], [['10.9.1.2'], ['46001'], ['13']]);
		assert.deepEqual([fields['frame.len'], fields['frame.cap_len']], [['47'], ['47']]);
	});

	test('have IPv6', (t) => {
		const all = found(t, 'udp6');
		if (!all) return;
		const { fields } = all;
		assert.deepEqual(fields['ipv6.src'], ['fd09:1::2']);
		assert.equal(fields['frame.protocols']?.[0], 'eth:ethertype:ipv6:udp:data');
	});

	test('have datagrams without data', (t) => {
		const all = found(t, 'empty datagram');
		if (!all) return;
		const { fields } = all;
		assert.deepEqual([fields['udp.length'], fields['frame.len'], fields['frame.cap_len']], [['8'], ['42'], ['42']]);
	});

	test('have frames without a packet in them', (t) => {
		const all = found(t, 'empty frame');
		if (!all) return;
		assert.deepEqual([all.fields['frame.len'], all.fields['frame.cap_len']], [['14'], ['14']]);
	});

	test('have as much of a packet as was asked for', (t) => {
		const all = found(t, 'large');
		if (!all) return;
		assert.deepEqual([all.fields['frame.len'], all.fields['frame.cap_len']], [['1442'], ['256']]);
		assert.deepEqual([all.long.fields['frame.len'], all.long.fields['frame.cap_len']], [['1442'], ['1442']]);
		assert.deepEqual(all.long.data.subarray(42), Buffer.alloc(1400, 'large'));
		assert.deepEqual(all.data, all.long.data.subarray(0, 256));
	});

	test('have the beginning of a datagram of 64 KiB, and its length', (t) => {
		const all = found(t, 'jumbo');
		if (!all) return;
		assert.deepEqual([all.fields['frame.len'], all.long.fields['frame.len']], [['65549'], ['65549']]);
		// how much of it is not in pages differs from kernel to kernel
		const captured = Number(all.long.fields['frame.cap_len']);
		assert.ok(captured >= 42, `${captured} bytes`);
		assert.equal(Number(all.fields['frame.cap_len']), Math.min(captured, 256));
		assert.deepEqual(all.fields['udp.dstport'], ['5604']);
	});

	test('have the link header of a packet whose other headers lie in a page', (t) => {
		const all = found(t, 'paged');
		if (!all) return;
		for (const fields of [all.fields, all.long.fields]) {
			assert.deepEqual([fields['frame.len'], fields['frame.cap_len']], [['9042'], ['14']]);
			assert.equal(fields['frame.protocols']?.[0], 'eth:ethertype:ip');
		}
	});

	test('have the tag back that the kernel took out', (t) => {
		const all = found(t, 'tagged');
		if (!all) return;
		const { fields, line } = all;
		assert.equal(fields['frame.protocols']?.[0], 'eth:ethertype:vlan:ethertype:ip:udp:data');
		assert.deepEqual([fields['vlan.id'], fields['udp.dstport'], fields['frame.len']], [['42'], ['5605'], ['51']]);
		assert.equal(line.packet.vlan, 42);
	});

	test('have both tags of a frame', (t) => {
		const all = found(t, 'tagged twice');
		if (!all) return;
		const { fields } = all;
		assert.deepEqual(
			[fields['ieee8021ad.id'], fields['vlan.id'], fields['udp.dstport'], fields['frame.len']],
			[['7'], ['42'], ['5606'], ['55']],
		);
	});

	test('have packets that got no link header', (t) => {
		const all = found(t, 'no link header');
		if (!all) return;
		const { fields } = all;
		assert.equal(fields['frame.protocols']?.[0], 'raw:ip:udp:data');
		assert.deepEqual([fields['udp.dstport'], fields['frame.len']], [['5607'], ['33']]);
	});

	test('have ARP that got no link header', (t) => {
		const all = found(t, 'arp');
		if (!all) return;
		const { fields, line } = all;
		assert.equal(fields['frame.protocols']?.[0], 'sll:ethertype:arp');
		assert.deepEqual([fields['arp.opcode'], fields['sll.ifindex']], [['1'], [String(line.device?.ifindex)]]);
	});

	test('say that nothing was lost', () => {
		for (const { capture, tracer } of Object.values(files)) {
			assert.equal(tracer.end?.lost, tracer.nested);
			assert.ok(capture.statistics.length > 0);
			assert.ok(tracer.nested > 0 || capture.statistics.every(({ dropped }) => dropped === 0n));
		}
	});

	test('know which packets came in', (t) => {
		const of = (name: Traffic) => files.short.capture.packets[files.short.tracer.drops.findIndex(traffic[name].marker)]?.flags;
		assert.equal(of('udp'), 1);
		if (sent.get('no link header') === undefined) assert.equal(of('no link header'), 0);
		else t.diagnostic('only of one kind');
	});
});
