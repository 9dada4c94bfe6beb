/** The filter as asked for → `struct filter` of bpf/filter.h, whose field names are used here. */
import type { CValue } from '../bpf/layout.ts';
import { fail } from '../errors.ts';
import type { CgroupTarget } from '../kernel/cgroups.ts';
import type { Owners } from '../kernel/processes.ts';
import type { Reason } from '../kernel/reasons.ts';
import type { Prefix } from './address.ts';
import type { Protocols } from './protocol.ts';
import type { Range } from './values.ts';

/** FILTER_LIST of bpf/filter.h */
const LIST = 16;
/** FILTER_REASONS of bpf/filter.h: one more stands for reasons that have no place */
export const REASON_PLACES = 4096;
/** reasons of a subsystem that have a bit */
const REASONS_EACH = 512;

const SIDE = { source: 1, destination: 2, either: 3 } as const;
/** bits of address_sides and port_sides */
const FOUND = { source: 1, destination: 2, either: 4 } as const;
type Side = keyof typeof SIDE;

export interface InterfaceTarget {
	name: string;
	/** index and namespace where it was found at the start; 0: unknown */
	ifindex: number;
	netns: number;
}

/** What is asked of a packet; absent: anything. All given conditions must hold. */
export interface Filter {
	protocols?: Protocols;
	source?: Prefix[];
	destination?: Prefix[];
	address?: Prefix[];
	sourcePorts?: Range[];
	destinationPorts?: Range[];
	ports?: Range[];
	interfaces?: InterfaceTarget[];
	netns?: number[];
	mark?: { value: number; mask: number };
	cgroups?: CgroupTarget[];
	/** of nettrace: processes that have the socket open */
	owners?: Owners;
	length?: Range;
	tcpFlags?: number;
	reasons?: Reason[];
	excludedReasons?: Reason[];
	/** hidden and counted, unless named in `reasons` */
	benignReasons?: Reason[];
}

/** @throws filter-too-long when a list passes what the program holds */
export function compileFilter(filter: Filter): { readonly [field: string]: CValue } {
	const addresses = sides({ source: filter.source, destination: filter.destination, either: filter.address });
	const ports = sides({ source: filter.sourcePorts, destination: filter.destinationPorts, either: filter.ports });
	const { protocols, mark, length } = filter;
	return {
		...reasonFields(filter),
		proto_on: protocols !== undefined,
		l3_protocols: limit('--proto', protocols?.l3 ?? [], 4),
		l4_protocols: bitmap(protocols?.l4 ?? [], 4),
		addresses: limit('--addr, --saddr, --daddr', addresses.entries).map(({ entry, side }) => ({
			address: entry.address,
			mask: entry.mask,
			family: entry.family,
			side: SIDE[side],
		})),
		address_count: addresses.entries.length,
		address_sides: addresses.found,
		ports: limit('--port, --sport, --dport', ports.entries).map(({ entry, side }) => ({ ...entry, side: SIDE[side] })),
		port_count: ports.entries.length,
		port_sides: ports.found,
		ifaces: limit('--iface', filter.interfaces ?? []).map(({ name, ifindex, netns }) => ({ name, ifindex, netns })),
		iface_count: filter.interfaces?.length ?? 0,
		netns: limit('--netns', filter.netns ?? []),
		netns_count: filter.netns?.length ?? 0,
		cgroups: limit('--cgroup', filter.cgroups ?? []).map(({ id }) => id),
		cgroup_levels: (filter.cgroups ?? []).map(({ level }) => level),
		cgroup_count: filter.cgroups?.length ?? 0,
		comms: limit('--comm', [...(filter.owners?.comms ?? [])]).map((name) => ({ name })),
		comm_count: filter.owners?.comms?.length ?? 0,
		pids: limit('--pid', [...(filter.owners?.pids ?? [])]),
		pid_count: filter.owners?.pids?.length ?? 0,
		mark_on: mark !== undefined,
		mark: mark?.value ?? 0,
		mark_mask: mark?.mask ?? 0,
		len_low: length?.low ?? 0,
		len_high: length?.high ?? 0,
		tcp_flags: filter.tcpFlags ?? 0,
		headers_on:
			protocols !== undefined ||
			addresses.entries.length > 0 ||
			ports.entries.length > 0 ||
			length !== undefined ||
			filter.tcpFlags !== undefined,
	};
}

function reasonFields({ reasons, excludedReasons = [], benignReasons = [] }: Filter): { readonly [field: string]: CValue } {
	const bits = (listed: readonly Reason[]) => bitmap(listed.map(reasonPlace), REASON_PLACES / 64);
	const without = (bits: bigint[], others: bigint[]) => bits.map((word, i) => word & ~(others[i] ?? 0n));
	const named = bits(reasons ?? []);
	const every = named.map(() => 0xffff_ffff_ffff_ffffn);
	const benign = without(bits(benignReasons), named);
	return {
		reason_on: reasons !== undefined || excludedReasons.length > 0,
		reason_pass: without(reasons === undefined ? every : named, bits(excludedReasons)),
		reason_other: reasons === undefined,
		reason_benign: benign,
		benign_on: benign.some((word) => word !== 0n),
	};
}

/** Where bpf/filter.h keeps a reason, reason_place(): the subsystem's number stands in its upper 16 bits. */
export function reasonPlace({ name, number }: Reason): number {
	const within = number & 0xffff;
	const place = (number >>> 16) * REASONS_EACH + within;
	if (within >= REASONS_EACH || place >= REASON_PLACES) throw new RangeError(`drop reason ${name} (${number}) has no bit in struct filter`);
	return place;
}

/** The number of the reason that is kept there. */
export const reasonAt = (place: number): number => Math.floor(place / REASONS_EACH) * 0x10000 + (place % REASONS_EACH);

function sides<T>(lists: Record<Side, T[] | undefined>): { entries: { entry: T; side: Side }[]; found: number } {
	const entries = (Object.keys(lists) as Side[]).flatMap((side) => (lists[side] ?? []).map((entry) => ({ entry, side })));
	return { entries, found: entries.reduce((bits, { side }) => bits | FOUND[side], 0) };
}

function limit<T>(option: string, list: T[], most = LIST): T[] {
	if (list.length > most) fail('filter-too-long', { option, limit: most, count: list.length });
	return list;
}

function bitmap(numbers: number[], words: number): bigint[] {
	const bits = new Array<bigint>(words).fill(0n);
	for (const number of numbers) {
		const word = number >>> 6;
		bits[word] = (bits[word] ?? 0n) | (1n << BigInt(number & 63));
	}
	return bits;
}
