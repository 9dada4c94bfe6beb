import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { setLanguage } from '../../src/lang.ts';
import type { Colours } from '../../src/output/colour.ts';
import { JsonSink } from '../../src/output/json.ts';
import type { Sink } from '../../src/output/sink.ts';
import { durationText, timeText } from '../../src/output/text.ts';
import { WaySink } from '../../src/output/way.ts';
import { Writer } from '../../src/output/writer.ts';
import type { Packet } from '../../src/packet/packet.ts';
import { packetText } from '../../src/packet/text.ts';
import { Kind } from '../../src/trace/kind.ts';
import type { Change, Path, PathEvent } from '../../src/trace/path.ts';
import { Place } from '../../src/trace/place.ts';
import { OWN } from './sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'tiny-'));
after(() => rmSync(folder, { recursive: true }));

const none = (text: string) => text;
const NONE: Colours = { bold: none, dim: none, red: none, green: none, yellow: none, cyan: none };
const mark = (sign: string) => (text: string) => `\x1b[${sign}m${text}\x1b[0m`;
const MARKED: Colours = { bold: mark('1'), dim: mark('2'), red: mark('31'), green: mark('32'), yellow: mark('33'), cyan: mark('36') };

const PACKET: Packet = { family: 'ipv4', proto: 'udp', saddr: '10.0.0.1', daddr: '10.0.0.2', sport: 1, dport: 53, len: 60 };
const CHANGE: Change = { what: 'nat', from: 'a', to: 'b', at: 'ip_output' };
const TIME = { seconds: 1_800_000_000, nanoseconds: 1_002_003 };
const POINTS = ['ip_rcv', 'net:net_dev_queue', `f${'u'.repeat(500)}`, 'a "quoted" one', '名字'];

const kinds = POINTS.map((name) => new Kind(new Place(name, undefined as never, undefined), true));

interface Seen {
	point: number;
	since: number;
	shared: boolean;
}

function pathOf(seen: readonly Seen[], latency: number, changes: readonly Change[]): Path {
	const events = seen.map(({ point, since, shared }) => {
		const kind = kinds[point] as Kind;
		return { point: POINTS[point], since, time: TIME, kind: shared ? kind : kind.copy() } as unknown as PathEvent;
	});
	return {
		id: '12345678901234567890',
		packet: PACKET,
		verdict: 'delivered',
		death: undefined,
		open: false,
		events,
		changes,
		latency,
	} as Path;
}

function written(make: (writer: Writer) => Sink, paths: readonly Path[]): string {
	const file = join(folder, 'out');
	const writer = Writer.file(file);
	const sink = make(writer);
	for (const path of paths) sink.path?.(path);
	writer.flush();
	writer.close();
	return readFileSync(file, 'utf8');
}

const way = (colour: Colours) => (writer: Writer) =>
	new WaySink(writer, { own: OWN, colour, tiny: true, detail: false, date: false, latency: false, endsUnseen: false });

const time = fc.oneof(
	fc.nat(2_000),
	fc.nat(1_100_000),
	fc.nat(10_000_000_000),
	fc.constantFrom(0, 49, 50, 999_949, 999_950, 999_999, 1_000_000),
);
const sight = fc.record({ point: fc.nat(POINTS.length - 1), since: time, shared: fc.boolean() });
const paths = fc
	.array(fc.tuple(fc.array(sight, { maxLength: 30 }), time, fc.subarray([CHANGE])), { maxLength: 30 })
	.map((all) => all.map(([seen, latency, changes]) => pathOf(seen, latency, changes)));

describe('--tiny-show', () => {
	setLanguage('en');
	for (const [name, colour] of Object.entries({ plain: NONE, coloured: MARKED })) {
		it(`has names and times as text, ${name}`, () => {
			fc.assert(
				fc.property(paths, (all) => {
					const wanted = all.map(({ events, packet, latency }) => {
						const start = events.length === 0 ? '' : `${colour.dim(timeText(TIME))} `;
						const head = `${start}${colour.bold(packetText(packet))}: ${colour.green('delivered')}, ${durationText(latency)}\n`;
						const lines = events.map(
							({ point, since }) => `${colour.dim(`  ${durationText(since).padStart(10)} `)}${colour.cyan(point)}\n`,
						);
						return `${head}${lines.join('')}\n`;
					});
					assert.equal(written(way(colour), all), wanted.join(''));
				}),
			);
		});
	}

	it('has names and times as JSON', () => {
		fc.assert(
			fc.property(paths, (all) => {
				const lines = written((writer) => new JsonSink(writer, true), all).split('\n');
				assert.equal(lines.pop(), '');
				assert.deepEqual(
					lines.map((line) => JSON.parse(line)),
					all.map(({ id, packet, verdict, events, latency, changes }) => ({
						type: 'packet',
						id,
						packet,
						verdict,
						events: events.map(({ point, since }) => ({ point, since_ns: Math.round(since / 100) * 100 })),
						latency_ns: latency,
						changes,
					})),
				);
			}),
		);
	});

	it('keeps its place among lines that are given as strings', () => {
		const file = join(folder, 'mixed');
		const writer = Writer.file(file);
		const sink = way(NONE)(writer);
		writer.line('before');
		sink.path(pathOf([{ point: 0, since: 1500, shared: true }], 1500, []));
		writer.line('after');
		writer.flush();
		writer.close();
		const lines = readFileSync(file, 'utf8').split('\n');
		assert.equal(lines[0], 'before');
		assert.equal(lines[2], '      1.5 us ip_rcv');
		assert.equal(lines[4], 'after');
		assert.equal(writer.lost, 0);
	});
});
