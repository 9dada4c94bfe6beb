/** Real drops in namespaces of the test's own: what droptrace says about each, what it does not say, and what filters let through. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { missing } from '../cli/requirements.ts';
import { BENIGN_CASES } from './cases/benign.ts';
import { DEVICE_CASES } from './cases/devices.ts';
import { FIREWALL_CASES } from './cases/firewall.ts';
import { HEADER_CASES } from './cases/headers.ts';
import { ROUTING_CASES } from './cases/routing.ts';
import { SOCKET_CASES } from './cases/sockets.ts';
import { differences, explain, same } from './expect.ts';
import { FILTERS, type Filter, type FilterName } from './filters.ts';
import { during, type Observation, observe } from './observe.ts';
import type { DropLine } from './tracer.ts';

const CASES = [...SOCKET_CASES, ...HEADER_CASES, ...ROUTING_CASES, ...FIREWALL_CASES, ...DEVICE_CASES, ...BENIGN_CASES];
const unable = missing(['root', 'tracing', 'netns']);
const observation = unable ? undefined : await observe(CASES);

describe('drops', { skip: unable }, () => {
	const { outcomes, watching, here, elsewhere } = observation as Observation;
	for (const each of CASES) {
		const outcome = outcomes.get(each)!;
		test(each.name, { skip: outcome.skip ?? false }, () => {
			if (outcome.error) throw outcome.error;
			const shown = during(outcome, watching.here);
			const found = differences(
				each.drops.filter(({ benign }) => !benign),
				shown,
				here,
			);
			if (!same(found)) throw new Error(explain(found, here));
			// there all benign drops are shown too, those of the traffic beside it among them
			const there = differences(each.drops, during(outcome, watching.elsewhere), elsewhere);
			if (there.missing.length > 0) throw new Error(explain(there, elsewhere));
		});
	}
});

describe('stacks', { skip: unable }, () => {
	const { watching } = observation as Observation;
	test('begin with the function that dropped, and show nothing of the tracing', () => {
		assert.ok(watching.here.drops.length > 0);
		for (const { location, stack = [] } of watching.here.drops) {
			const { symbol = '', offset = 0, module } = location;
			assert.equal(stack[0], `${symbol}+0x${offset.toString(16)}${module === undefined ? '' : ` [${module}]`}`);
			for (const frame of stack) assert.doesNotMatch(frame, /^(bpf_|___?bpf_|__traceiter_|trace_|sk_skb_reason_drop|kfree_skb_reason|0x)/);
		}
	});
	test('are not shown unasked', () => {
		assert.ok(watching.elsewhere.drops.every(({ stack }) => stack === undefined));
	});
});

describe('the end', { skip: unable }, () => {
	const { outcomes, watching, filtering } = observation as Observation;
	for (const [name, tracer] of [...Object.entries(watching), ...filtering]) {
		test(name, () => {
			const { status, stderr, start, end, drops, others, nested } = tracer;
			assert.equal(status, 0, stderr);
			assert.deepEqual(others, []);
			assert.deepEqual(start?.probes, { asked: 1, attached: 1 });
			assert.equal(end?.lost, nested);
			assert.equal(end?.drops, drops.length);
		});
	}
	test('counts the benign drops that were hidden', () => {
		const hidden = CASES.flatMap(({ drops }) => drops).filter(({ benign }) => benign).length;
		assert.ok((watching.here.end?.benign ?? 0) >= hidden);
		assert.equal(watching.elsewhere.end?.benign, 0);
	});
	test('comes after every drop was told in order of time', () => {
		for (const { drops } of [watching.here, watching.elsewhere]) {
			const times = drops.map(({ ktime }) => BigInt(ktime));
			assert.ok(times.every((time, i) => i === 0 || time >= times[i - 1]!));
		}
	});
	test('nothing was dropped between the cases', () => {
		const inside = (drop: DropLine) => [...outcomes.values()].some((outcome) => during(outcome, { drops: [drop] }).length > 0);
		assert.deepEqual(
			watching.here.drops.filter((drop) => !inside(drop)),
			[],
		);
	});
});

describe('filters', { skip: unable }, () => {
	const { outcomes, filtering, here } = observation as Observation;
	for (const name of Object.keys(FILTERS) as FilterName[]) {
		const { missing }: Filter = FILTERS[name];
		test(name, { skip: missing?.() ?? false }, () => {
			const wrong = CASES.flatMap((each) => {
				const outcome = outcomes.get(each)!;
				const shown = each.drops.filter(({ shownBy, benign }) => !benign && shownBy.includes(name));
				const found = differences(shown, during(outcome, filtering.get(name)!), here);
				return outcome.skip || outcome.error || same(found) ? [] : `${each.name}\n${explain(found, here)}`;
			});
			if (wrong.length > 0) throw new Error(wrong.join('\n'));
		});
	}
});
