/** Compares what was shown with what a case expects. */
import { readFileSync } from 'node:fs';
import type { Expected, Fields } from './case.ts';
import { expectedReason, hasReasons, hasReceiver } from './kernel.ts';
import type { Network } from './network.ts';
import type { DropLine } from './tracer.ts';

/** The name of this process, which has all sockets open. */
export const COMM = readFileSync('/proc/self/comm', 'utf8').trimEnd();
const SELF = { pid: process.pid, comm: COMM };

/** What the line of such a drop says. */
function fieldsOf(
	{ reason, subsystem = 'core', at, host, device, pktType, packet, mark, socket, cgroup }: Expected,
	network: Network,
): Fields {
	const known = socket && (socket.of === 'sender' || hasReceiver()) ? socket : undefined;
	const owner = known && !known.closed ? SELF : undefined;
	return {
		reason: hasReasons() ? expectedReason(reason) : undefined,
		subsystem: hasReasons() ? subsystem : undefined,
		location: { symbol: at },
		netns: { inode: network.inode(host), name: network.netns(host) },
		device: device && { name: device, ifindex: network.ifindex(host, device) },
		pkt_type: pktType,
		packet,
		mark,
		process: owner,
		...(cgroup !== undefined && { cgroup }),
		socket: known && { family: known.family, state: known.state, owner },
	};
}

function matches(actual: unknown, expected: Fields[string]): boolean {
	if (expected instanceof RegExp) return typeof actual === 'string' && expected.test(actual);
	if (typeof expected !== 'object') return actual === expected;
	if (typeof actual !== 'object' || actual === null) return false;
	return Object.entries(expected).every(([key, value]) => matches((actual as Record<string, unknown>)[key], value));
}

export interface Differences {
	missing: Expected[];
	extra: DropLine[];
}

export const same = ({ missing, extra }: Differences): boolean => missing.length + extra.length === 0;

/** Each line may stand for one expected drop, each of which needs one; those expected some times take all that fit. */
export function differences(expected: readonly Expected[], lines: readonly DropLine[], network: Network): Differences {
	const wanted = expected.map((each) => ({ each, fields: fieldsOf(each, network), seen: 0 }));
	const extra = lines.filter((line) => {
		const found = wanted.find(({ each, fields, seen }) => (seen === 0 || each.times === 'some') && matches(line, fields));
		if (found) found.seen++;
		return !found;
	});
	return { missing: wanted.filter(({ seen }) => seen === 0).map(({ each }) => each), extra };
}

/** For whoever has to find out why they differ: what was expected, and how the line that comes nearest is different. */
export function explain({ missing, extra }: Differences, network: Network): string {
	const rest = new Set(extra);
	const told = missing.map((each) => {
		const fields = fieldsOf(each, network);
		const faults = (line: DropLine) => mismatches(line, fields).length;
		const nearest = [...rest].sort((a, b) => faults(a) - faults(b))[0];
		if (nearest === undefined || faults(nearest) > NEAR) return `not shown: ${text(fields)}`;
		rest.delete(nearest);
		return `shown differently: ${mismatches(nearest, fields).join('; ')} - in ${brief(nearest)}`;
	});
	return [...told, ...[...rest].map((line) => `not expected: ${brief(line)}`)].join('\n');
}

/** Differences of one drop; with more of them it is another. */
const NEAR = 3;

const text = (value: unknown): string =>
	JSON.stringify(value, (_, field) => (field instanceof RegExp ? String(field) : field)) ?? 'nothing';

const brief = ({ stack, time, ktime, meaning, ...line }: DropLine & { time?: string; meaning?: string }): string => text(line);

/** 'reason is "NO_SOCKET", not "UDP_CSUM"' for every field of a line that is not as it should be. */
function mismatches(actual: unknown, expected: Fields[string], path: readonly string[] = []): string[] {
	if (matches(actual, expected)) return [];
	if (typeof expected === 'object' && !(expected instanceof RegExp) && typeof actual === 'object' && actual !== null)
		return Object.entries(expected).flatMap(([key, value]) => mismatches((actual as Record<string, unknown>)[key], value, [...path, key]));
	return [`${path.join('.')} is ${text(actual)}, not ${expected instanceof RegExp ? expected : text(expected)}`];
}
