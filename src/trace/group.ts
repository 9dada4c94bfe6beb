/**
 * From records to packets: all records of one number are of one packet, whatever its skbs were. It is complete when every skb
 * that was seen of it is gone, and told as open when nothing is heard of it for a while.
 */
import { PacketCopy, TRACE_FLAGS, TRACE_KIND, TraceEvent, Waiting } from '../bpf/generated/events.ts';
import { Memory, wide } from '../bpf/memory.ts';
import { decimal } from '../digits.ts';
import type { WallClock } from '../kernel/clock.ts';
import type { NetnsNames } from '../kernel/netns.ts';
import type { Reasons } from '../kernel/reasons.ts';
import { addressKey, addressText, type Location, locationText, type Symbols } from '../kernel/symbols.ts';
import { say } from '../lang.ts';
import type { Packet } from '../packet/packet.ts';
import { capturedOf } from '../session/captured.ts';
import { Devices } from '../session/devices.ts';
import { packetOf } from '../session/packet.ts';
import { changeBetween } from './changes.ts';
import type { Kind } from './kind.ts';
import { Look } from './look.ts';
import type { Change, Path, PathEvent, RuleSeen, Verdict } from './path.ts';
import { Place, VALUE } from './place.ts';
import type { Watched } from './probes.ts';
import { returned } from './returns.ts';
import { Sight } from './sight.ts';
import { Skbs } from './skbs.ts';
import { verdictOf } from './verdict.ts';

/** What stands between a point and us on the stack: the program, its trampoline, the tracepoint, fprobes and kprobes. */
const TRACING = /^(bpf_|__bpf_|__traceiter_|___bpf_|trace_|fprobe_|kprobe_|ftrace_|arch_ftrace|kretprobe|0x)/;
const copy = new PacketCopy();

/** Where names come from. */
export interface PathSources {
	reasons: Reasons;
	symbols: Symbols;
	names: NetnsNames;
	clock: WallClock;
}

/** A packet's way as it is told. */
class Way implements Path {
	readonly packet: Packet;
	readonly verdict: Verdict;
	readonly death: PathEvent | undefined;
	readonly open: boolean;
	readonly events: Sight[];
	readonly changes: readonly Change[];
	readonly latency: number;
	readonly rule: RuleSeen | undefined;
	private readonly idHigh: number;
	private readonly idLow: number;

	constructor({ packet, events, roles, changes, rule, first, last, idHigh, idLow }: Open, open: boolean) {
		this.packet = packet ?? { family: 'other', len: 0 };
		const { verdict, death } = verdictOf(events, roles, open, this.packet);
		this.verdict = verdict;
		this.death = death;
		this.open = open;
		this.events = events;
		this.changes = changes;
		this.rule = rule;
		this.latency = last - first;
		this.idHigh = idHigh;
		this.idLow = idLow;
	}

	get id(): string {
		return decimal(this.idHigh, this.idLow);
	}
}

const whole = (high: number, low: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/**
 * An skb within its packet. They lie at multiples of 32 bytes, so this tells all apart that are within 128 GiB of each other, and is
 * a number that V8 keeps as it is.
 */
const skbKey = (high: number, low: number): number => (low >>> 5) | (high << 27);

interface Call {
	point: number;
	skb: number;
	event: Sight;
}

/** What comes in records of its own before a sight. */
interface Ahead {
	point: number;
	/** who called it */
	stack?: string[];
	/** the functions of a hook */
	functions?: string[];
	/** the packet as it is there, for a file of packets */
	copied?: Memory;
}

interface Open {
	/** its key among those that others came between; undefined: none did, and it is the latest */
	key: number | string | undefined;
	idHigh: number;
	idLow: number;
	packet: Packet | undefined;
	events: Sight[];
	/** of all of those */
	roles: number;
	changes: readonly Change[];
	/** those that were not freed, by {@link skbKey} */
	skbs: Skbs<Look>;
	/** functions that have not returned yet */
	calls: readonly Call[];
	/** what records said of the sight that comes next, by CPU: those of other CPUs may come in between */
	aheads?: Map<number, Ahead> | undefined;
	rule?: RuleSeen | undefined;
	first: number;
	last: number;
	/** some sights were told after later ones: of one skb they may wait while another is heard of */
	mixed: boolean;
}

const HALF = 2 ** 32;
/** Where in a struct waiting the sights begin, 32-bit words. */
const FIRST_WAITING = Waiting.sightsOffset >> 2;
/** Addresses without a name that are remembered. */
const NAMELESS_MOST = 4096;
/** most packets have none */
const NO_CHANGES: readonly Change[] = [];
const NO_CALLS: readonly Call[] = [];

/** What the kernel has of the packets that are followed. */
export interface Followed {
	/** Sights that no record has told yet, a struct waiting; undefined: there are none. */
	waiting(skb: bigint, id: bigint): Memory | undefined;
	/** If it is seen again, it is a new one. */
	forget(skb: bigint, id: bigint): void;
}

export class Grouper {
	/** sights that no record told, but the kernel when it was asked */
	recovered = 0;
	private readonly places: readonly Place[];
	private readonly sources: PathSources;
	private readonly done: (path: Path) => void;
	/**
	 * Those whose records others came between, by the lower half of their number; when another packet has that too, by all of it.
	 * Most packets' records come in one run, and never get here.
	 */
	private readonly open = new Map<number | string, Open>();
	/** how many are there by all of it */
	private long = 0;
	/** with --basic, by CPU */
	private readonly aheads = new Map<number, Ahead>();
	private latest: Open | undefined;
	private readonly devices = new Devices();
	/** addresses that have no name, by their keys */
	private readonly nameless = new Map<number, { address: string }>();
	private netns: NonNullable<PathEvent['netns']> | undefined;

	/** @param done is given each packet when its way is complete, or when it is told as open */
	constructor(points: readonly Watched[], sources: PathSources, done: (path: Path) => void) {
		this.places = points.map((point) => new Place(point.name, sources.clock, point));
		this.sources = sources;
		this.done = done;
	}

	/** Packets that are on their way. */
	get size(): number {
		return this.open.size + (this.latest !== undefined && this.latest.key === undefined ? 1 : 0);
	}

	add(event: TraceEvent): void {
		const group = this.groupOf(event);
		const { kind } = event;
		if (kind === TRACE_KIND.entry) this.put(event, group);
		else this.addOther(event, kind, group);
		if (!group.skbs.empty || group.calls.length > 0 || group.aheads !== undefined) return;
		this.remove(group);
		this.tell(group, false);
	}

	/** A record that is no sight. */
	private addOther(event: TraceEvent, kind: number, group: Open): void {
		switch (kind) {
			case TRACE_KIND.return:
				this.putReturn(event, group);
				break;
			case TRACE_KIND.clone:
				this.putClone(event, group);
				break;
			case TRACE_KIND.gone:
				group.skbs.delete(skbKey(event.skbHigh, event.skbLow));
				break;
			case TRACE_KIND.waited:
				this.putWaited(event, group);
				break;
			case TRACE_KIND.rule:
				group.rule = ruleOf(event, group.first);
				break;
			case TRACE_KIND.packet:
			case TRACE_KIND.stack:
			case TRACE_KIND.functions:
				group.aheads ??= new Map();
				group.aheads.set(event.cpu, this.ahead(event, group.aheads.get(event.cpu)));
				break;
			default:
				this.put(event, group);
		}
	}

	/**
	 * Tells packets of which nothing was heard since `before` (ns, as records are stamped).
	 * @param kernel is asked for what it has not told, and forgets them
	 */
	expire(before: number, kernel?: Followed): void {
		this.park();
		for (const group of this.open.values()) {
			if (group.last >= before) continue;
			const id = whole(group.idHigh, group.idLow);
			const looks = kernel === undefined ? [] : [...group.skbs.values()];
			const waiting = looks.map((look) => ({ look, memory: kernel?.waiting(whole(look.high, look.low), id) }));
			if (waiting.some(({ memory }) => memory !== undefined && lastIn(memory) >= before)) continue;
			for (const { look, memory } of waiting) {
				if (memory) {
					this.recovered += memory.words[0] as number;
					this.putWaiting(memory, 0, look, group);
				}
				kernel?.forget(whole(look.high, look.low), id);
			}
			this.remove(group);
			this.tell(group, true);
		}
	}

	/** Tells all that are left. */
	finish(kernel?: Followed): void {
		this.expire(Number.POSITIVE_INFINITY, kernel);
	}

	/** The packet that a record is of. */
	private groupOf(event: TraceEvent): Open {
		const { latest } = this;
		// as numbers that V8 keeps as they are
		const low = event.idLow | 0;
		const high = event.idHigh | 0;
		if (latest !== undefined && latest.idLow === low && latest.idHigh === high) return latest;
		this.park();
		const group = this.parked(high, low) ?? opened(high, low, wide(event.ktimeHigh, event.ktimeLow));
		this.latest = group;
		return group;
	}

	/** One that is found by its number. */
	private parked(high: number, low: number): Open | undefined {
		if (this.open.size === 0) return undefined;
		const group = this.open.get(low);
		if (group?.idHigh === high) return group;
		return this.long > 0 ? this.open.get(longKey(high, low)) : undefined;
	}

	/** Puts the latest among those that are found by their number. */
	private park(): void {
		const { latest } = this;
		if (latest === undefined || latest.key !== undefined) return;
		latest.key = this.open.has(latest.idLow) ? longKey(latest.idHigh, latest.idLow) : latest.idLow;
		if (typeof latest.key === 'string') this.long++;
		this.open.set(latest.key, latest);
	}

	private remove({ key }: Open): void {
		this.latest = undefined;
		if (key !== undefined && this.open.delete(key) && typeof key === 'string') this.long--;
	}

	private placeOf(number: number): Place {
		return this.places[number] ?? new Place(`#${number}`, this.sources.clock, undefined);
	}

	/** One record by itself, for --basic: what is seen of a packet at a point. Undefined for what is no sight. */
	sightOf(event: TraceEvent): PathEvent | undefined {
		const { packet, functions } = TRACE_KIND;
		if (event.kind === packet || event.kind === functions) this.aheads.set(event.cpu, this.ahead(event, this.aheads.get(event.cpu)));
		if (event.kind !== TRACE_KIND.entry || this.placeOf(event.point).hidden) return undefined;
		const alone = opened(0, 0, wide(event.ktimeHigh, event.ktimeLow));
		alone.aheads = this.aheads;
		return this.put(event, alone);
	}

	private put(event: TraceEvent, group: Open): Sight {
		const place = this.placeOf(event.point);
		const { flags } = event;
		const key = skbKey(event.skbHigh, event.skbLow);
		const known = group.skbs.get(key);
		if (event.waited !== 0) this.putWaiting(event.memory, event.offset + TraceEvent.dataOffset, lookOf(event, known), group);
		const look = flags & TRACE_FLAGS.full ? this.seen(event, known) : lookOf(event, known);
		const kind = place.value === VALUE.none ? place.nothing : this.kindOf(event, place);
		const told = new Sight(kind, look, group, event.cpu, event.ktimeHigh | 0, event.ktimeLow | 0);
		if (flags & TRACE_FLAGS.full && look.packet !== known?.packet) this.look(look, known, told, group, flags);
		if (look !== known) group.skbs.set(key, look);
		heard(group, wide(event.ktimeHigh, event.ktimeLow));
		if (place.value === VALUE.other) this.merge(event, told, group);
		if (group.aheads !== undefined) takeAhead(group, told, event);
		if (place.returns) group.calls = [...group.calls, { point: event.point, skb: key, event: told }];
		if (!place.hidden) {
			group.events.push(told);
			group.roles |= place.roles;
		}
		if (flags & TRACE_FLAGS.last) group.skbs.delete(key);
		return told;
	}

	/** Sights at which nothing was new, all before the record that has them. @param offset of a struct waiting */
	private putWaiting({ words }: Memory, offset: number, look: Look, group: Open): void {
		const at = offset >> 2;
		const high = words[at + 3] as number;
		const low = (words[at + 2] as number) >>> 0;
		const start = at + FIRST_WAITING;
		const end = start + 2 * Math.min((words[at] as number) >>> 0, Waiting.sightsCount);
		for (let i = start; i < end; i += 2) {
			const what = words[i] as number;
			const later = low + ((words[i + 1] as number) >>> 0);
			const carried = later >= HALF ? high + 1 : high;
			const place = this.placeOf(what & 0xffff);
			// they are in order
			if (i === start || i === end - 2) heard(group, wide(carried, later | 0));
			if (place.hidden) continue;
			group.events.push(new Sight(place.nothing, look, group, what >>> 16, carried | 0, later | 0));
			group.roles |= place.roles;
		}
	}

	/** A record that is nothing but sights that waited. */
	private putWaited(event: TraceEvent, group: Open): void {
		const key = skbKey(event.skbHigh, event.skbLow);
		const look = lookOf(event, group.skbs.get(key));
		group.skbs.set(key, look);
		this.putWaiting(event.memory, event.offset + TraceEvent.dataOffset, look, group);
	}

	/** From here on it is a part of another skb. */
	private merge(event: TraceEvent, told: Sight, group: Open): void {
		const to = addressText(event.valueHigh, event.valueLow);
		told.own.note = say(`into ${to}`, `并入 ${to}`);
		group.changes = [...group.changes, { what: 'merge', from: told.skb, to, at: told.point }];
	}

	/** What there is to say of a sight whose record has a value. */
	private kindOf(event: TraceEvent, place: Place): Kind {
		if (place.value === VALUE.hook) return place.hook(event);
		if (place.value === VALUE.other) return place.nothing;
		const { reasons } = this.sources;
		return place.caller(this.place(event), place.drops && reasons.available ? reasons.of(event.reason) : undefined);
	}

	/** A full record tells what an skb looks like. @param known what was known of it before */
	private look(skb: Look, known: Look | undefined, told: Sight, group: Open, flags: number): void {
		const packet = skb.packet as Packet;
		const before = known?.packet;
		const change = before && changeBetween(before, packet);
		if (change) group.changes = [...group.changes, { ...change, at: told.point }];
		else if (known !== undefined && before === undefined) group.changes = [...group.changes, madeOf(known, told, flags)];
		else if (known === undefined && !group.skbs.empty) group.changes = [...group.changes, cloneOf(group, told)];
		if (before === undefined || change) told.packet = packet;
		if (group.packet === undefined || isBetter(packet, group.packet)) group.packet = packet;
	}

	/** The innermost call of that function with that packet has returned. */
	private putReturn(event: TraceEvent, group: Open): void {
		const { calls } = group;
		const skb = skbKey(event.skbHigh, event.skbLow);
		const at = calls.findLastIndex((call) => call.point === event.point && call.skb === skb);
		const call = calls[at];
		if (call) group.calls = calls.filter((each) => each !== call);
		const { point } = this.placeOf(event.point);
		const told = point && returned(point, event.valueLow, event.valueHigh);
		if (!call || !told) return;
		const { own } = call.event;
		own.ret = told.ret;
		own.returned = told.words;
	}

	/** Another skb of the packet is being made, of which nothing is known yet. */
	private putClone(event: TraceEvent, group: Open): void {
		const from = addressText(event.valueHigh, event.valueLow);
		heard(group, wide(event.ktimeHigh, event.ktimeLow));
		const at = this.placeOf(event.point).point?.name ?? '';
		group.skbs.set(skbKey(event.skbHigh, event.skbLow), new Look(event, undefined, undefined, undefined, from, at));
	}

	/** What a record says of a sight that is the next record, or one of the next. */
	private ahead(event: TraceEvent, before: Ahead | undefined): Ahead {
		const ahead = before?.point === event.point ? before : { point: event.point };
		if (event.kind === TRACE_KIND.packet) ahead.copied = copyIn(event);
		else if (event.kind === TRACE_KIND.stack) {
			const stack = this.addressesIn(event).map((found) => (typeof found === 'string' ? found : locationText(found)));
			ahead.stack = stack.slice(stack.findLastIndex((frame) => TRACING.test(frame)) + 1);
		} else {
			ahead.functions = this.addressesIn(event).map((found) => (typeof found === 'string' ? found : found.symbol));
			if (event.valueLow > ahead.functions.length) ahead.functions.push('…');
		}
		return ahead;
	}

	/** Places in the kernel, of which the addresses are in a record; those that have no name as text. */
	private addressesIn({ memory, offset, captured }: TraceEvent): (Location | string)[] {
		const { words } = memory;
		const found: (Location | string)[] = [];
		for (let i = 0; i < captured; i += 8) {
			const at = (offset + TraceEvent.dataOffset + i) >> 2;
			const low = (words[at] as number) >>> 0;
			const high = (words[at + 1] as number) >>> 0;
			found.push(this.sources.symbols.lookup(addressKey(high, low)) ?? addressText(high, low));
		}
		return found;
	}

	/** The same object as before, as long as it is the same namespace of the same name. */
	private netnsOf(inode: number): NonNullable<PathEvent['netns']> {
		const name = this.sources.names.of(inode);
		if (this.netns?.inode !== inode || this.netns.name !== name) this.netns = name === undefined ? { inode } : { inode, name };
		return this.netns;
	}

	private place({ valueHigh, valueLow }: TraceEvent): NonNullable<PathEvent['location']> {
		const key = addressKey(valueHigh, valueLow);
		const found = this.sources.symbols.lookup(key) ?? this.nameless.get(key);
		if (found !== undefined) return found;
		const address = { address: addressText(valueHigh, valueLow) };
		if (this.nameless.size >= NAMELESS_MOST) this.nameless.clear();
		this.nameless.set(key, address);
		return address;
	}

	/** What a full record tells. @param known what was known of the skb before */
	private seen(event: TraceEvent, known: Look | undefined): Look {
		const { netns, moved } = event;
		const device = event.ifindex === 0 ? undefined : this.devices.of(event, TraceEvent.deviceOffset);
		const packet = moved !== 0 && known?.packet !== undefined ? known.packet : packetIn(event);
		return new Look(event, packet, device, netns === 0 ? undefined : this.netnsOf(netns));
	}

	private tell(group: Open, open: boolean): void {
		// records that came behind the end of theirs say nothing by themselves
		if (group.events.length === 0) return;
		if (group.mixed) group.events.sort((one, other) => one.since - other.since);
		this.done(new Way(group, open));
	}
}

/** What records before this one said of this sight. Of another point, whose own sight was lost, it is forgotten. */
function takeAhead(group: Open, told: Sight, event: TraceEvent): void {
	const ahead = group.aheads?.get(event.cpu);
	if (ahead === undefined) return;
	group.aheads?.delete(event.cpu);
	if (group.aheads?.size === 0) group.aheads = undefined;
	if (ahead.point !== event.point) return;
	const { stack, functions, copied } = ahead;
	const { own } = told;
	own.stack = stack;
	own.functions = functions;
	if (copied) own.captured = capturedOf(event, (event.flags & TRACE_FLAGS.vlan) !== 0, copied, 0);
}

/** What a record has of the packet, kept: the ring's memory is used again. */
function copyIn({ memory, offset }: TraceEvent): Memory {
	const start = offset + TraceEvent.dataOffset;
	const { captured } = copy.at(memory, start);
	return Memory.of(memory.bytes.subarray(start, start + PacketCopy.dataOffset + captured));
}

function ruleOf(event: TraceEvent, first: number): RuleSeen {
	const start = event.offset + TraceEvent.dataOffset;
	const bytes = event.memory.bytes.slice(start, start + event.captured);
	return { bytes, since: wide(event.ktimeHigh, event.ktimeLow) - first };
}

/** Functions that make other skbs of a packet, not by copying it. */
const FRAGMENTS: ReadonlySet<string> = new Set(['ip_copy_metadata', 'ip6_copy_metadata']);

function madeOf({ from, at }: Look, { skb, point }: PathEvent, flags: number): Change {
	const copy = flags & TRACE_FLAGS.copy ? 'copy' : 'clone';
	return { what: FRAGMENTS.has(at) ? 'segment' : copy, from, to: skb, at: point };
}

/** Of an skb of which a record says nothing: what is known of it, or, when the record that told of it was lost, that it is there. */
const lookOf = (event: TraceEvent, known: Look | undefined): Look =>
	known?.packet === undefined ? new Look(event, { family: 'other', len: event.len }, undefined, undefined) : known;

/** @param time of a sight of the packet, ns */
function heard(group: Open, time: number): void {
	if (time < group.last) group.mixed = true;
	else group.last = time;
}

/** When the last sight in a struct waiting was, ns. */
function lastIn({ words }: Memory): number {
	const since = words[FIRST_WAITING + 2 * ((words[0] as number) - 1) + 1] as number;
	return wide(words[3] as number, words[2] as number) + (since >>> 0);
}

/** A packet that a record is the first of. @param first when, ns */
const opened = (idHigh: number, idLow: number, first: number): Open => ({
	key: undefined,
	idHigh,
	idLow,
	packet: undefined,
	events: [],
	roles: 0,
	changes: NO_CHANGES,
	skbs: new Skbs(),
	calls: NO_CALLS,
	aheads: undefined,
	rule: undefined,
	first,
	last: first,
	mixed: false,
});

const longKey = (high: number, low: number): string => `${high} ${low}`;

/** The packet in a full record. */
function packetIn(event: TraceEvent): Packet {
	const { memory, flags, captured, l3Offset, protocol, len, ifindex } = event;
	const form = flags & TRACE_FLAGS.headers ? 'headers' : flags & TRACE_FLAGS.socketTuple ? 'tuple' : 'none';
	const vlanTci = flags & TRACE_FLAGS.vlan ? event.vlanTci : undefined;
	const data = event.offset + TraceEvent.dataOffset;
	return packetOf({ memory, data, form, captured, l3Offset, protocol, len, vlanTci, addresses: true, made: ifindex === 0 });
}

/** A packet on its way out gets its headers one after the other: the first sight may be of one that is not finished. */
const isBetter = (one: Packet, other: Packet): boolean =>
	one.damage === undefined && (other.damage !== undefined || other.ttl === undefined);

/** Another skb of the same packet has come up. */
function cloneOf({ events }: Open, { skb, point }: PathEvent): Change {
	return { what: 'clone', from: events.at(-1)?.skb ?? '', to: skb, at: point };
}
