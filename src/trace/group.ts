/**
 * From records to packets: all records of one number are of one packet, whatever its skbs were. It is complete when every skb
 * that was seen of it is gone, and told as open when nothing is heard of it for a while.
 */
import { PacketCopy, TRACE_FLAGS, TRACE_KIND, TraceEvent } from '../bpf/generated/events.ts';
import type { WallClock } from '../kernel/clock.ts';
import type { NetnsNames } from '../kernel/netns.ts';
import type { Reasons } from '../kernel/reasons.ts';
import { addressKey, addressText, type Location, locationText, type Symbols } from '../kernel/symbols.ts';
import type { Packet } from '../packet/packet.ts';
import { capturedOf } from '../session/captured.ts';
import { bytesOf, packetOf } from '../session/packet.ts';
import { changeBetween } from './changes.ts';
import type { Change, Path, PathEvent, RuleSeen, Verdict } from './path.ts';
import { Place } from './place.ts';
import type { Watched } from './probes.ts';
import { returned } from './returns.ts';
import { Sight } from './sight.ts';
import { Skbs } from './skbs.ts';
import { ROLE, verdictOf } from './verdict.ts';

/** What stands between a point and us on the stack: the program, its trampoline, the tracepoint, fprobes and kprobes. */
const TRACING = /^(bpf_|__bpf_|__traceiter_|___bpf_|trace_|fprobe_|kprobe_|ftrace_|arch_ftrace|kretprobe|0x)/;
const copy = new PacketCopy();
/** 2^32 */
const HIGH = 4294967296;

/** Where names come from. */
export interface PathSources {
	reasons: Reasons;
	symbols: Symbols;
	names: NetnsNames;
	clock: WallClock;
}

/** An skb of a packet: what the last full record of it said, those after it only tell what is different; or that it is being made. */
class Skb {
	readonly high: number;
	readonly low: number;
	readonly device: PathEvent['device'];
	/** undefined: it was not seen yet */
	readonly packet: Packet | undefined;
	/** the skb that it is made of, and the point */
	readonly from: string;
	readonly at: string;

	constructor({ skbHigh, skbLow }: TraceEvent, packet: Packet | undefined, device: PathEvent['device'], from: string, at: string) {
		this.high = skbHigh;
		this.low = skbLow;
		this.device = device;
		this.packet = packet;
		this.from = from;
		this.at = at;
	}
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

	constructor({ packet, events, changes, rule, first, last, idHigh, idLow }: Open, open: boolean) {
		this.packet = packet ?? { family: 'other', len: 0 };
		const { verdict, death } = verdictOf(events, open, this.packet);
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
		return String(wide(this.idHigh, this.idLow));
	}
}

const wide = (high: number, low: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

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
	copied?: DataView;
}

interface Open {
	/** its key among those that are open */
	id: number | string;
	idHigh: number;
	idLow: number;
	packet: Packet | undefined;
	events: Sight[];
	changes: readonly Change[];
	/** those that were not freed, by {@link skbKey} */
	skbs: Skbs<Skb>;
	/** functions that have not returned yet */
	calls: readonly Call[];
	/** what records said of the sight that comes next, by CPU: those of other CPUs may come in between */
	aheads?: Map<number, Ahead> | undefined;
	rule?: RuleSeen | undefined;
	first: number;
	last: number;
}

/** most packets have none */
const NO_CHANGES: readonly Change[] = [];
const NO_CALLS: readonly Call[] = [];

/** A packet of which nothing was heard for a while, for the kernel to forget. */
export type Forget = (skb: bigint, id: bigint) => void;

export class Grouper {
	private readonly places: readonly Place[];
	private readonly sources: PathSources;
	private readonly done: (path: Path) => void;
	/** by the lower half of their number; when another packet has that too, by all of it */
	private readonly open = new Map<number | string, Open>();
	/** how many are there by all of it */
	private long = 0;
	/** with --basic, by CPU */
	private readonly aheads = new Map<number, Ahead>();
	private latest: Open | undefined;
	private netns: NonNullable<PathEvent['netns']> | undefined;

	/** @param done is given each packet when its way is complete, or when it is told as open */
	constructor(points: readonly Watched[], sources: PathSources, done: (path: Path) => void) {
		this.places = points.map((point) => new Place(point.name, sources.clock, point));
		this.sources = sources;
		this.done = done;
	}

	/** Packets that are on their way. */
	get size(): number {
		return this.open.size;
	}

	add(event: TraceEvent): void {
		const group = this.groupOf(event);
		switch (event.kind) {
			case TRACE_KIND.return:
				this.putReturn(event, group);
				break;
			case TRACE_KIND.clone:
				this.putClone(event, group);
				break;
			case TRACE_KIND.gone:
				group.skbs.delete(skbKey(event.skbHigh, event.skbLow));
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
		if (group.skbs.size > 0 || group.calls.length > 0 || group.aheads !== undefined) return;
		this.remove(group);
		this.tell(group, false);
	}

	/**
	 * Tells packets of which nothing was heard since `before` (ns, as records are stamped).
	 * @param forget is told their skbs
	 */
	expire(before: number, forget?: Forget): void {
		for (const group of this.open.values()) {
			if (group.last >= before) continue;
			this.remove(group);
			if (forget) for (const look of group.skbs.values()) forget(wide(look.high, look.low), wide(group.idHigh, group.idLow));
			this.tell(group, true);
		}
	}

	/** Tells all that are left. */
	finish(): void {
		this.expire(Number.POSITIVE_INFINITY);
	}

	/** The packet that a record is of. Packets come in runs of records. */
	private groupOf({ idHigh, idLow, ktimeHigh, ktimeLow }: TraceEvent): Open {
		const { latest } = this;
		if (latest !== undefined && latest.idLow === idLow && latest.idHigh === idHigh) return latest;
		let group = this.open.get(idLow);
		if (group && group.idHigh !== idHigh) group = this.open.get(longKey(idHigh, idLow));
		else if (!group && this.long > 0) group = this.open.get(longKey(idHigh, idLow));
		if (!group) {
			const first = ktimeHigh * HIGH + ktimeLow;
			const id = this.open.has(idLow) ? longKey(idHigh, idLow) : idLow;
			if (typeof id === 'string') this.long++;
			group = {
				id,
				idHigh,
				idLow,
				packet: undefined,
				events: [],
				changes: [],
				skbs: new Skbs(),
				calls: NO_CALLS,
				first,
				last: first,
			};
			this.open.set(id, group);
		}
		this.latest = group;
		return group;
	}

	private remove(group: Open): void {
		if (this.open.delete(group.id) && typeof group.id === 'string') this.long--;
		this.latest = undefined;
	}

	private placeOf(number: number): Place {
		return this.places[number] ?? new Place(`#${number}`, this.sources.clock, undefined);
	}

	/** One record by itself, for --basic: what is seen of a packet at a point. Undefined for what is no sight. */
	sightOf(event: TraceEvent): PathEvent | undefined {
		const { packet, functions } = TRACE_KIND;
		if (event.kind === packet || event.kind === functions) this.aheads.set(event.cpu, this.ahead(event, this.aheads.get(event.cpu)));
		if (event.kind !== TRACE_KIND.entry || this.placeOf(event.point).hidden) return undefined;
		const at = event.ktimeHigh * HIGH + event.ktimeLow;
		const alone: Open = {
			id: 0,
			idHigh: 0,
			idLow: 0,
			packet: undefined,
			events: [],
			changes: NO_CHANGES,
			skbs: new Skbs(),
			calls: NO_CALLS,
			aheads: this.aheads,
			first: at,
			last: at,
		};
		return this.put(event, alone);
	}

	private put(event: TraceEvent, group: Open): Sight {
		const { reasons } = this.sources;
		const place = this.placeOf(event.point);
		const at = event.ktimeHigh * HIGH + event.ktimeLow;
		const { flags } = event;
		group.last = at;
		const key = skbKey(event.skbHigh, event.skbLow);
		const told = new Sight(event, place, at - group.first);
		const known = group.skbs.get(key);
		let skb = known?.packet === undefined ? undefined : known;
		if (flags & TRACE_FLAGS.full) {
			skb = seen(event);
			this.look(skb, known, told, group, flags);
		}
		if (skb !== undefined) {
			told.as = skb.packet;
			told.device = skb.device;
		}
		if (event.netns !== 0) told.netns = this.netnsOf(event.netns);
		if (told.roles & ROLE.drops) {
			const { own } = told;
			if (reasons.available) own.reason = reasons.of(event.reason);
			own.location = this.place(event);
		} else if (place.tellsCaller) {
			told.own.location = this.place(event);
		} else if (place.tellsHook) {
			const { own } = told;
			own.hook = place.hook(event);
			own.note = place.hookNote;
		} else if (place.note !== undefined) {
			const { own } = told;
			own.note = place.note;
			if (place.isHook) own.hook = place.hook(event);
		}
		if (group.aheads !== undefined) takeAhead(group, told, event);
		if (place.returns) group.calls = [...group.calls, { point: event.point, skb: key, event: told }];
		if (!place.hidden) group.events.push(told);
		if (flags & TRACE_FLAGS.last) group.skbs.delete(key);
		else if (skb === undefined) group.skbs.set(key, new Skb(event, { family: 'other', len: event.len }, undefined, '', ''));
		else if (skb !== known) group.skbs.set(key, skb);
		return told;
	}

	/** A full record tells what an skb looks like. @param known what was known of it before */
	private look(skb: Skb, known: Skb | undefined, told: Sight, group: Open, flags: number): void {
		const packet = skb.packet as Packet;
		const before = known?.packet;
		const change = before && changeBetween(before, packet);
		if (change) group.changes = [...group.changes, { ...change, at: told.point }];
		else if (known !== undefined && before === undefined) group.changes = [...group.changes, madeOf(known, told, flags)];
		else if (known === undefined && group.skbs.size > 0) group.changes = [...group.changes, cloneOf(group, told)];
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
		group.last = event.ktimeHigh * HIGH + event.ktimeLow;
		group.skbs.set(
			skbKey(event.skbHigh, event.skbLow),
			new Skb(event, undefined, undefined, from, this.placeOf(event.point).point?.name ?? ''),
		);
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
	private addressesIn({ view, offset, captured }: TraceEvent): (Location | string)[] {
		const found: (Location | string)[] = [];
		for (let i = 0; i < captured; i += 8) {
			const at = offset + TraceEvent.dataOffset + i;
			const low = view.getUint32(at, true);
			const high = view.getUint32(at + 4, true);
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
		return this.sources.symbols.lookup(addressKey(valueHigh, valueLow)) ?? { address: addressText(valueHigh, valueLow) };
	}

	private tell(group: Open, open: boolean): void {
		// records that came behind the end of theirs say nothing by themselves
		if (group.events.length === 0) return;
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
function copyIn({ view, offset }: TraceEvent): DataView {
	const start = offset + TraceEvent.dataOffset;
	const { captured } = copy.at(view, start);
	const bytes = bytesOf(view).slice(start, start + PacketCopy.dataOffset + captured);
	return new DataView(bytes.buffer);
}

function ruleOf(event: TraceEvent, first: number): RuleSeen {
	const start = event.offset + TraceEvent.dataOffset;
	const bytes = bytesOf(event.view).slice(start, start + event.captured);
	return { bytes, since: event.ktimeHigh * HIGH + event.ktimeLow - first };
}

/** Functions that make other skbs of a packet, not by copying it. */
const FRAGMENTS: ReadonlySet<string> = new Set(['ip_copy_metadata', 'ip6_copy_metadata']);

function madeOf({ from, at }: Skb, { skb, point }: PathEvent, flags: number): Change {
	const copy = flags & TRACE_FLAGS.copy ? 'copy' : 'clone';
	return { what: FRAGMENTS.has(at) ? 'segment' : copy, from, to: skb, at: point };
}

const longKey = (high: number, low: number): string => `${high} ${low}`;

/** What a full record tells. */
function seen(event: TraceEvent): Skb {
	const { view, flags, captured, l3Offset, protocol, len, ifindex, device: name } = event;
	const form = flags & TRACE_FLAGS.headers ? 'headers' : flags & TRACE_FLAGS.socketTuple ? 'tuple' : 'none';
	const vlanTci = flags & TRACE_FLAGS.vlan ? event.vlanTci : undefined;
	const data = event.offset + TraceEvent.dataOffset;
	const packet = packetOf({ view, data, form, captured, l3Offset, protocol, len, vlanTci, addresses: true });
	const device = ifindex === 0 ? undefined : name === '' ? { ifindex } : { name, ifindex };
	return new Skb(event, packet, device, '', '');
}

/** A packet on its way out gets its headers one after the other: the first sight may be of one that is not finished. */
const isBetter = (one: Packet, other: Packet): boolean =>
	one.damage === undefined && (other.damage !== undefined || other.ttl === undefined);

/** Another skb of the same packet has come up. */
function cloneOf({ events }: Open, { skb, point }: PathEvent): Change {
	return { what: 'clone', from: events.at(-1)?.skb ?? '', to: skb, at: point };
}
