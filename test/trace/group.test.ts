import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TRACE_FLAGS, TRACE_KIND, TraceEvent } from '../../src/bpf/generated/events.ts';
import { Memory } from '../../src/bpf/memory.ts';
import type { Resolved } from '../../src/catalogue/resolve.ts';
import { selectPoints } from '../../src/catalogue/select.ts';
import { WallClock } from '../../src/kernel/clock.ts';
import type { NetnsNames } from '../../src/kernel/netns.ts';
import type { Reasons } from '../../src/kernel/reasons.ts';
import { Symbols } from '../../src/kernel/symbols.ts';
import { Grouper } from '../../src/trace/group.ts';
import type { Path } from '../../src/trace/path.ts';
import type { Watched } from '../../src/trace/probes.ts';

const NAMES = ['net:net_dev_queue', 'net:netif_receive_skb', 'skb_gro_receive', 'ip_rcv', 'skb:consume_skb', 'skb:kfree_skb'];
const points: readonly Watched[] = selectPoints(
	{ trace: NAMES, exclude: [], matcher: [], free: [], stack: [], functions: [], returns: false },
	true,
	(asked) =>
		asked.map(
			(point): Resolved => ({
				point,
				name: point.name,
				kind: point.name.includes(':') ? 'tracepoint' : 'function',
				btfId: 1,
				module: '',
				skb: 0,
				parameters: 1,
				returns: { kind: 'signed' },
			}),
		),
).points;
const numberOf = (name: string): number => points.findIndex((point) => point.name === name);

interface Sent {
	id: number;
	skb: number;
	point: string;
	ktime: number;
	kind?: number;
	flags?: number;
	value?: number;
	cpu?: number;
	/** an address in the data */
	address?: number;
	/** sights that waited for this record */
	waited?: { since: number; sights: { after: number; point: string; cpu?: number }[] } | undefined;
}

/** A record of bpf/event.h. */
function record({ id, skb, point, ktime, kind = TRACE_KIND.entry, flags = 0, value = 0, cpu = 0, address, waited }: Sent): TraceEvent {
	const view = new DataView(new ArrayBuffer(256));
	const put = (at: number, number: number) => {
		view.setUint32(at, number >>> 0, true);
		view.setUint32(at + 4, Math.floor(number / 2 ** 32) >>> 0, true);
	};
	put(0, ktime);
	put(8, skb * 64);
	put(16, id);
	put(24, value);
	view.setUint32(32, numberOf(point), true);
	view.setUint16(56, cpu, true);
	if (address !== undefined) {
		view.setUint16(62, 8, true);
		put(88, address);
	}
	if (waited !== undefined) {
		view.setUint8(71, waited.sights.length);
		put(88, waited.sights.length);
		put(96, waited.since);
		for (const [i, { after, point, cpu = 0 }] of waited.sights.entries()) {
			view.setUint32(104 + 8 * i, (cpu << 16) | numberOf(point), true);
			view.setUint32(108 + 8 * i, after, true);
		}
	}
	view.setUint8(66, flags);
	view.setUint8(67, kind);
	return new TraceEvent().at(new Memory(view.buffer), 0);
}

const sources = {
	reasons: { available: false } as Reasons,
	symbols: new Symbols(
		() => Buffer.alloc(0),
		() => '',
	),
	names: { of: () => undefined } as unknown as NetnsNames,
	clock: new WallClock(() => ({ seconds: 0, nanoseconds: 0 })),
};

function grouped(sent: readonly Sent[]): Path[] {
	const told: Path[] = [];
	const grouper = new Grouper(points, sources, (path) => told.push(path));
	for (const each of sent) grouper.add(record(each));
	grouper.finish();
	assert.equal(grouper.size, 0);
	return told;
}

const { last } = TRACE_FLAGS;

describe('records', () => {
	it('have the kind and the flags where the test puts them', () => {
		const event = record({ id: 1, skb: 1, point: 'ip_rcv', ktime: 5, kind: TRACE_KIND.return, flags: 9 });
		assert.deepEqual([event.kind, event.flags, event.ktimeLow, event.idLow, event.point], [TRACE_KIND.return, 9, 5, 1, numberOf('ip_rcv')]);
	});
});

describe('the grouper', () => {
	it('keeps what was said ahead of a sight while another CPU is heard of', () => {
		const [path] = grouped([
			{ id: 7, skb: 1, point: 'net:net_dev_queue', ktime: 100, cpu: 1 },
			{ id: 7, skb: 2, point: 'ip_rcv', ktime: 150, kind: TRACE_KIND.functions, address: 0x1234 },
			{ id: 7, skb: 1, point: 'skb:consume_skb', ktime: 160, flags: last, cpu: 1 },
			{ id: 7, skb: 2, point: 'ip_rcv', ktime: 170 },
			{ id: 7, skb: 2, point: 'skb:kfree_skb', ktime: 180, flags: last },
		]);
		assert.equal(path?.events.length, 4);
		assert.deepEqual(path?.events.find(({ point }) => point === 'ip_rcv')?.functions, ['0x000001234']);
	});

	it('tells into which other a packet was merged', () => {
		const [path] = grouped([
			{ id: 7, skb: 1, point: 'net:netif_receive_skb', ktime: 100 },
			{ id: 7, skb: 1, point: 'skb_gro_receive', ktime: 150, value: 0x1234 },
			{ id: 7, skb: 1, point: 'skb:consume_skb', ktime: 160, flags: last },
		]);
		assert.deepEqual(path?.changes, [{ what: 'merge', from: '0x000000040', to: '0x000001234', at: 'skb_gro_receive' }]);
		assert.deepEqual([path?.verdict, path?.events[1]?.note, path?.events[2]?.note], ['consumed', 'into 0x000001234', undefined]);
	});

	it('forgets what was said ahead of a sight that was lost', () => {
		const [path] = grouped([
			{ id: 7, skb: 1, point: 'ip_rcv', ktime: 150, kind: TRACE_KIND.functions, address: 0x1234 },
			{ id: 7, skb: 1, point: 'net:net_dev_queue', ktime: 160 },
			{ id: 7, skb: 1, point: 'skb:kfree_skb', ktime: 180, flags: last },
		]);
		assert.deepEqual([path?.open, path?.events.map(({ functions }) => functions)], [false, [undefined, undefined]]);
	});

	it('puts records of one number into one packet, complete when its skb is gone', () => {
		const [path, ...more] = grouped([
			{ id: 7, skb: 1, point: 'net:netif_receive_skb', ktime: 100 },
			{ id: 7, skb: 1, point: 'ip_rcv', ktime: 150 },
			{ id: 7, skb: 1, point: 'skb:consume_skb', ktime: 300, flags: last },
		]);
		assert.deepEqual(more, []);
		assert.ok(path);
		assert.deepEqual([path.id, path.open, path.latency], ['7', false, 200]);
		assert.deepEqual(
			path.events.map(({ point, since }) => [point, since]),
			[
				['net:netif_receive_skb', 0],
				['ip_rcv', 50],
				['skb:consume_skb', 200],
			],
		);
	});

	it('has nothing to tell of a packet that is only seen', () => {
		const { full } = TRACE_FLAGS;
		const [path] = grouped([
			{ id: 7, skb: 1, point: 'net:netif_receive_skb', ktime: 100, flags: full },
			{ id: 7, skb: 1, point: 'ip_rcv', ktime: 150 },
			{ id: 7, skb: 1, point: 'skb:consume_skb', ktime: 300, flags: last },
		]);
		assert.deepEqual(path?.changes, []);
		const [as, ...others] = path?.events.map((event) => event.as) ?? [];
		assert.ok(as && others.every((other) => other === as));
	});

	it('takes the sights that waited for a record, in order of time across skbs', () => {
		const { full } = TRACE_FLAGS;
		const late = 2 ** 32 - 20;
		const [path, ...more] = grouped([
			{ id: 7, skb: 1, point: 'net:netif_receive_skb', ktime: late, flags: full },
			{ id: 7, skb: 2, point: 'ip_rcv', ktime: late + 5, kind: TRACE_KIND.clone, value: 64 },
			{ id: 7, skb: 2, point: 'net:net_dev_queue', ktime: late + 15, flags: full },
			{
				id: 7,
				skb: 1,
				point: 'skb:consume_skb',
				ktime: late + 60,
				flags: last,
				waited: {
					since: late + 10,
					sights: [
						{ after: 0, point: 'ip_rcv', cpu: 3 },
						{ after: 30, point: 'net:net_dev_queue', cpu: 65_535 },
					],
				},
			},
			{
				id: 7,
				skb: 2,
				point: '',
				ktime: late + 70,
				kind: TRACE_KIND.waited,
				waited: { since: late + 65, sights: [{ after: 0, point: 'ip_rcv' }] },
			},
			{ id: 7, skb: 2, point: 'skb:consume_skb', ktime: late + 80, flags: last },
		]);
		assert.deepEqual(more, []);
		assert.deepEqual(
			path?.events.map(({ point, since, cpu, skb }) => [point, since, cpu, skb]),
			[
				['net:netif_receive_skb', 0, 0, '0x000000040'],
				['ip_rcv', 10, 3, '0x000000040'],
				['net:net_dev_queue', 15, 0, '0x000000080'],
				['net:net_dev_queue', 40, 65_535, '0x000000040'],
				['skb:consume_skb', 60, 0, '0x000000040'],
				['ip_rcv', 65, 0, '0x000000080'],
				['skb:consume_skb', 80, 0, '0x000000080'],
			],
		);
		assert.deepEqual([path?.open, path?.latency], [false, 80]);
	});

	it('takes no skb for a clone of its own whose first record was lost', () => {
		const { full } = TRACE_FLAGS;
		const waited = { since: 110, sights: [{ after: 0, point: 'ip_rcv' }] };
		const [path, ...more] = grouped([
			{ id: 7, skb: 1, point: 'net:net_dev_queue', ktime: 150, flags: full, waited },
			{ id: 7, skb: 1, point: 'skb:consume_skb', ktime: 160, flags: last },
		]);
		assert.deepEqual(more, []);
		assert.deepEqual([path?.events.length, path?.changes], [3, []]);
	});

	it('asks the kernel for what it has not told of a packet that nothing is heard of', () => {
		const told: Path[] = [];
		const grouper = new Grouper(points, sources, (path) => told.push(path));
		const forgotten: bigint[] = [];
		const words = BigUint64Array.of(1n, 2_000n, (500n << 32n) | BigInt(numberOf('ip_rcv')));
		const kernel = { waiting: () => new Memory(words.buffer), forget: (skb: bigint) => forgotten.push(skb) };
		grouper.add(record({ id: 1, skb: 5, point: 'net:netif_receive_skb', ktime: 1_000, flags: TRACE_FLAGS.full }));
		grouper.expire(2_400, kernel);
		assert.deepEqual([told, forgotten, grouper.size], [[], [], 1]);
		grouper.expire(2_600, kernel);
		assert.deepEqual(forgotten, [320n]);
		assert.equal(grouper.recovered, 1);
		assert.deepEqual(
			told.map(({ open, latency, events }) => [open, latency, events.map(({ point, since }) => [point, since])]),
			[
				[
					true,
					1_500,
					[
						['net:netif_receive_skb', 0],
						['ip_rcv', 1_500],
					],
				],
			],
		);
	});

	it('never puts two packets at one address into one', () => {
		const paths = grouped([
			{ id: 1, skb: 5, point: 'ip_rcv', ktime: 1 },
			{ id: 1, skb: 5, point: 'skb:consume_skb', ktime: 2, flags: last },
			{ id: 2, skb: 5, point: 'ip_rcv', ktime: 3 },
			{ id: 2, skb: 5, point: 'skb:consume_skb', ktime: 4, flags: last },
		]);
		assert.deepEqual(
			paths.map(({ id, events }) => [id, events.length]),
			[
				['1', 2],
				['2', 2],
			],
		);
	});

	it('tells numbers apart that have their lower half in common', () => {
		const wide = 2 ** 32;
		const paths = grouped([
			{ id: 9, skb: 1, point: 'ip_rcv', ktime: 1 },
			{ id: 9 + wide, skb: 2, point: 'ip_rcv', ktime: 2 },
			{ id: 9, skb: 1, point: 'net:net_dev_queue', ktime: 3 },
			{ id: 9 + wide, skb: 2, point: 'skb:consume_skb', ktime: 4, flags: last },
			{ id: 9, skb: 1, point: 'skb:consume_skb', ktime: 5, flags: last },
		]);
		assert.deepEqual(paths.map(({ id, events }) => [id, events.length]).sort(), [
			['4294967305', 2],
			['9', 3],
		]);
	});

	it('waits for clones that were announced', () => {
		const [path, ...more] = grouped([
			{ id: 1, skb: 1, point: 'ip_rcv', ktime: 1 },
			{ id: 1, skb: 2, point: 'ip_rcv', ktime: 2, kind: TRACE_KIND.clone, value: 64 },
			{ id: 1, skb: 1, point: 'skb:consume_skb', ktime: 3, flags: last },
			{ id: 1, skb: 2, point: 'ip_rcv', ktime: 4, flags: TRACE_FLAGS.full },
			{ id: 1, skb: 2, point: 'skb:consume_skb', ktime: 5, flags: last },
		]);
		assert.deepEqual(more, []);
		assert.deepEqual([path?.open, path?.events.length, path?.changes.map(({ what }) => what)], [false, 4, ['clone']]);
	});

	it('gives a return to the call of that function with that packet', () => {
		const returning = points.map((point) => ({ ...point, flags: point.flags | 16 }));
		const told: Path[] = [];
		const grouper = new Grouper(returning, sources, (path) => told.push(path));
		for (const each of [
			{ id: 1, skb: 1, point: 'ip_rcv', ktime: 1 },
			{ id: 2, skb: 2, point: 'ip_rcv', ktime: 2 },
			{ id: 2, skb: 2, point: 'ip_rcv', ktime: 3, kind: TRACE_KIND.return, value: 1 },
			{ id: 1, skb: 1, point: 'ip_rcv', ktime: 4, kind: TRACE_KIND.return, value: 0 },
		])
			grouper.add(record(each));
		grouper.finish();
		assert.deepEqual(told.map(({ id, events }) => [id, events[0]?.ret, events[0]?.returned]).sort(), [
			['1', 0, 'SUCCESS'],
			['2', 1, 'DROP'],
		]);
	});

	it('survives shuffled, lost and repeated records, and mixes no packets', () => {
		const sent = fc.record({
			id: fc.integer({ min: 1, max: 4 }),
			skb: fc.integer({ min: 1, max: 5 }),
			point: fc.constantFrom(...NAMES),
			ktime: fc.integer({ min: 1, max: 1000 }),
			kind: fc.constantFrom(...Object.values(TRACE_KIND), 77),
			flags: fc.integer({ min: 0, max: 255 }),
			value: fc.integer({ min: 0, max: 1000 }),
			waited: fc.option(
				fc.record({
					since: fc.integer({ min: 1, max: 1000 }),
					sights: fc.array(fc.record({ after: fc.integer({ min: 0, max: 1000 }), point: fc.constantFrom(...NAMES) }), {
						minLength: 1,
						maxLength: 14,
					}),
				}),
				{ nil: undefined },
			),
		});
		fc.assert(
			fc.property(fc.array(sent, { maxLength: 60 }), (records) => {
				const paths = grouped(records);
				const sights = new Map<string, number>();
				for (const { id, events } of paths) sights.set(id, (sights.get(id) ?? 0) + events.length);
				for (const id of [1, 2, 3, 4]) {
					// another kind than those that the kernel has is taken for a sight
					const isSight = ({ kind }: Sent) => kind === TRACE_KIND.entry || kind === 77;
					const count = records
						.filter((each) => each.id === id)
						.map(
							(each) =>
								(isSight(each) ? 1 : 0) + (isSight(each) || each.kind === TRACE_KIND.waited ? (each.waited?.sights.length ?? 0) : 0),
						)
						.reduce((sum, each) => sum + each, 0);
					assert.equal(sights.get(String(id)) ?? 0, count);
				}
			}),
		);
	});
});
