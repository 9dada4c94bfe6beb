/**
 * From records to packets: all records of one number are of one packet, whatever its skbs were. It is complete when every skb
 * that was seen of it is gone, and told as open when nothing is heard of it for a while.
 */
import { POINT_FLAGS, TRACE_FLAGS, TRACE_KIND, TraceEvent } from '../bpf/generated/events.ts';
import { split, type WallClock } from '../kernel/clock.ts';
import type { NetnsNames } from '../kernel/netns.ts';
import type { Reasons } from '../kernel/reasons.ts';
import { addressKey, addressText, type Symbols } from '../kernel/symbols.ts';
import type { Packet } from '../packet/packet.ts';
import { packetOf } from '../session/packet.ts';
import { changeBetween } from './changes.ts';
import type { Change, Path, PathEvent } from './path.ts';
import { verdictOf } from './verdict.ts';

const DROP = 'skb:kfree_skb';
/** 2^32 */
const HIGH = 4294967296;

/** A point of the run, as far as records are to be understood. */
export interface SeenPoint {
	name: string;
	/** bits of POINT_FLAGS */
	flags: number;
}

/** Where names come from. */
export interface PathSources {
	reasons: Reasons;
	symbols: Symbols;
	names: NetnsNames;
	clock: WallClock;
}

/** What the last full record of an skb said; those after it only tell what is different. */
interface Look {
	device: PathEvent['device'] | undefined;
	packet: Packet;
}

interface Call {
	point: number;
	skb: number;
	event: PathEvent;
}

interface Open {
	id: string;
	packet: Packet | undefined;
	events: PathEvent[];
	changes: Change[];
	/** skbs that were seen and not freed, by address */
	skbs: Map<number, Look>;
	/** functions that have not returned yet */
	calls: Call[];
	first: number;
	last: number;
}

export class Grouper {
	private readonly points: readonly SeenPoint[];
	private readonly sources: PathSources;
	private readonly done: (path: Path) => void;
	private readonly open = new Map<number, Open>();

	/** @param done is given each packet when its way is complete, or when it is told as open */
	constructor(points: readonly SeenPoint[], sources: PathSources, done: (path: Path) => void) {
		this.points = points;
		this.sources = sources;
		this.done = done;
	}

	/** Packets that are on their way. */
	get size(): number {
		return this.open.size;
	}

	add(event: TraceEvent): void {
		const key = event.idHigh * HIGH + event.idLow;
		let group = this.open.get(key);
		if (!group) {
			const first = event.ktimeHigh * HIGH + event.ktimeLow;
			const id = (BigInt(event.idHigh) << 32n) + BigInt(event.idLow);
			group = { id: String(id), packet: undefined, events: [], changes: [], skbs: new Map(), calls: [], first, last: first };
			this.open.set(key, group);
		}
		if (event.kind === TRACE_KIND.return) putReturn(event, group);
		else this.put(event, group);
		if (group.skbs.size > 0 || group.calls.length > 0) return;
		this.open.delete(key);
		this.tell(group, false);
	}

	/** Tells packets of which nothing was heard since `before` (ns, as records are stamped). */
	expire(before: number): void {
		for (const [key, group] of this.open) {
			if (group.last >= before) continue;
			this.open.delete(key);
			this.tell(group, true);
		}
	}

	/** Tells all that are left. */
	finish(): void {
		this.expire(Number.POSITIVE_INFINITY);
	}

	private put(event: TraceEvent, group: Open): void {
		const { reasons, names, clock } = this.sources;
		const point = this.points[event.point] ?? { name: `#${event.point}`, flags: 0 };
		const ktime = split(event.ktimeHigh, event.ktimeLow);
		const at = event.ktimeHigh * HIGH + event.ktimeLow;
		const skb = event.skbHigh * HIGH + event.skbLow;
		const told: PathEvent = {
			time: clock.at(ktime),
			ktime,
			since: at - group.first,
			point: point.name,
			cpu: event.cpu,
			skb: addressText(event.skbHigh, event.skbLow),
		};
		const before = group.skbs.get(skb);
		const look = event.flags & TRACE_FLAGS.full ? lookOf(event) : before;
		if (look?.device) told.device = look.device;
		if (event.netns !== 0) {
			const name = names.of(event.netns);
			told.netns = name === undefined ? { inode: event.netns } : { inode: event.netns, name };
		}
		if (look && look !== before) {
			const change = before && changeBetween(before.packet, look.packet);
			if (change) group.changes.push({ ...change, at: point.name });
			else if (!before && group.skbs.size > 0) group.changes.push(cloneOf(group, told));
			if (!before || change) told.packet = look.packet;
			if (group.packet === undefined || isBetter(look.packet, group.packet)) group.packet = look.packet;
		}
		if (point.name === DROP) {
			if (reasons.available) told.reason = reasons.of(event.reason);
			told.location = this.place(event);
		} else if (point.flags & POINT_FLAGS.value) {
			told.location = this.place(event);
		}
		if (point.flags & POINT_FLAGS.returns) group.calls.push({ point: event.point, skb, event: told });
		group.events.push(told);
		group.last = at;
		if (event.flags & TRACE_FLAGS.last) group.skbs.delete(skb);
		else group.skbs.set(skb, look ?? { device: undefined, packet: { family: 'other', len: event.len } });
	}

	private place({ valueHigh, valueLow }: TraceEvent): NonNullable<PathEvent['location']> {
		return this.sources.symbols.lookup(addressKey(valueHigh, valueLow)) ?? { address: addressText(valueHigh, valueLow) };
	}

	private tell({ id, packet, events, changes, first, last }: Open, open: boolean): void {
		const path = { id, packet: packet ?? { family: 'other', len: 0 }, open, events, changes, latency: last - first } as const;
		this.done({ ...path, verdict: verdictOf(path) });
	}
}

function lookOf(event: TraceEvent): Look {
	const { view, flags, captured, l3Offset, protocol, len, ifindex, device: name } = event;
	const form = flags & TRACE_FLAGS.headers ? 'headers' : flags & TRACE_FLAGS.socketTuple ? 'tuple' : 'none';
	const vlanTci = flags & TRACE_FLAGS.vlan ? event.vlanTci : undefined;
	return {
		device: ifindex === 0 ? undefined : name === '' ? { ifindex } : { name, ifindex },
		packet: packetOf({
			view,
			data: event.offset + TraceEvent.dataOffset,
			form,
			captured,
			l3Offset,
			protocol,
			len,
			vlanTci,
			addresses: true,
		}),
	};
}

/** A packet on its way out gets its headers one after the other: the first sight may be of one that is not finished. */
const isBetter = (one: Packet, other: Packet): boolean =>
	one.damage === undefined && (other.damage !== undefined || other.ttl === undefined);

/** The innermost call of that function with that packet has returned. */
function putReturn(event: TraceEvent, { calls }: Open): void {
	const skb = event.skbHigh * HIGH + event.skbLow;
	const at = calls.findLastIndex((call) => call.point === event.point && call.skb === skb);
	const [call] = at < 0 ? [] : calls.splice(at, 1);
	if (call) call.event.ret = event.valueLow | 0;
}

/** Another skb of the same packet has come up. */
function cloneOf({ events }: Open, { skb, point }: PathEvent): Change {
	return { what: 'clone', from: events.at(-1)?.skb ?? '', to: skb, at: point };
}
