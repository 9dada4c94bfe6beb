/** The kernel side of nettrace: loads bpf/trace.bpf.c, attaches a copy of it to every point, hands over records in time order. */
import { Counts, type Loss } from '../bpf/counts.ts';
import { type COUNTERS, POINT_FLAGS, TraceEvent, Tracked, Waiting } from '../bpf/generated/events.ts';
import type { CValue } from '../bpf/layout.ts';
import { libbpf } from '../bpf/libbpf.ts';
import { MappedArray } from '../bpf/mapped-array.ts';
import { Memory } from '../bpf/memory.ts';
import { BpfObject } from '../bpf/object.ts';
import { ATTACH_TYPE } from '../bpf/program.ts';
import type { Ring } from '../bpf/ring.ts';
import { PerCpuRings, possibleCpus } from '../bpf/rings.ts';
import { registerTemplates } from '../bpf/templates.ts';
import { EVERY_COPY, EVERY_FREE } from '../catalogue/select.ts';
import { fail } from '../errors.ts';
import { madeLink } from '../expression/compile.ts';
import { patchExpression } from '../expression/patch.ts';
import { kernelBtf, tracepointArguments } from '../kernel/btf.ts';
import { monotonicNow } from '../kernel/clock.ts';
import type { Owners } from '../kernel/processes.ts';
import { kernelRelease } from '../kernel/release.ts';
import { objectFile } from '../objects.ts';
import { BACKENDS, type Backend, type BackendName, byWay, inArray, registers, type Way } from './backends.ts';
import { type Cast, castFor } from './cast.ts';
import type { Followed } from './group.ts';
import { mergeInOrder } from './merge.ts';
import { attachHook, type Hook, isHook } from './netfilter.ts';
import { OWNED_MOST, OwnedSockets } from './owned.ts';
import { canWait } from './place.ts';
import { Probes, type Unattached, type Watched } from './probes.ts';
import { type Marks, Template, templateOf } from './template.ts';

/** Maps of which the two objects need the same one. */
const SHARED = ['rings', 'counters', 'windows', 'packets', 'families', 'calls', 'budgets', 'owned', '.bss'];
/** Records younger than this (ns) wait for the next turn: one of another CPU may still be on its way. */
const SETTLE = 2_000_000;
const WORD = 8;
/** Flags that are asked only where a free may be unseen: reused() of bpf/trace.bpf.c. */
const UNSEEN_FREES = POINT_FLAGS.receives | POINT_FLAGS.sends | POINT_FLAGS.enters | POINT_FLAGS.queues;
const SECOND = 1_000_000_000;
/** Where a struct tracked has those, 64-bit words. */
const WAITING = (Tracked.size - Waiting.size) / WORD;

export interface PathOptions {
	/** struct filter of bpf/filter.h */
	filter: { readonly [field: string]: CValue };
	/** in tcpdump's language; undefined: none */
	expression: string | undefined;
	points: readonly Watched[];
	/** how functions are watched */
	backend: BackendName;
	/** bytes of each CPU's ring */
	ringBytes: number;
	/** packets a second, on each CPU, that are followed; undefined: all */
	budget: number | undefined;
	/** clones belong to the packet they were made of */
	joinClones: boolean;
	/** files of the network namespaces whose netfilter hooks are watched */
	namespaces?: readonly string[];
	/** processes whose sockets packets are to be of */
	owners?: Owners;
	/** every record has the packet in it, and not only those that find it changed */
	whole: boolean;
	/** of a point nobody asks more than when the packet was there */
	onlyTimes?: boolean;
	/** bytes of the packet that are copied at every point */
	snapLength?: number;
	/** packets are chosen by their socket: so it is asked for wherever a point is given one */
	bySocket?: boolean;
}

export class PathTracer implements Followed {
	/** points that could not be attached */
	readonly unattached: Unattached[] = [];
	readonly attached: number;
	private readonly object: BpfObject;
	/** the same programs for probes without types; only where the backend needs them */
	private readonly untyped: BpfObject | undefined;
	/** what those cast with; undefined: they may not here, and read every field by a call */
	private readonly cast: Cast | undefined;
	private readonly rings: PerCpuRings;
	private readonly counts: Counts;
	/** the programs' variables, as 64-bit words */
	private readonly globals: MappedArray;
	private readonly forgotten: number;
	private readonly probes = new Probes();
	private readonly owned: OwnedSockets | undefined;
	private readonly event = new TraceEvent();

	/** Loads and attaches: when this returns, packets are followed. @throws the table's errors for kernels that cannot */
	constructor({
		filter,
		expression,
		points: watched,
		backend: chosen,
		ringBytes,
		budget,
		joinClones,
		whole,
		onlyTimes = false,
		snapLength = 0,
		namespaces = [],
		owners,
		bySocket = owners !== undefined,
	}: PathOptions) {
		const backend: Backend = BACKENDS[chosen];
		const parameters = tracepointArguments(kernelBtf(), 'kfree_skb');
		if (parameters === undefined) fail('kernel-too-old', { kernel: kernelRelease(), what: 'BTF of tracepoints', since: '5.5' });
		const waits = !whole && snapLength === 0;
		const points = watched.map((point) => flagged(point, bySocket, waits, onlyTimes));
		const functions = points.filter(({ kind }) => kind === 'function');
		const tracepoints = points.filter(({ kind }) => kind === 'tracepoint');
		const hooks = points.filter(isHook);
		const returning = backend.returns ? functions.filter(({ flags }) => flags & POINT_FLAGS.returns) : [];
		const everyFree = functions.some(({ name }) => name === EVERY_FREE);
		const ways = byWay(backend, functions);
		const programs = (untyped: boolean) =>
			[...ways].flatMap(([way, points]) => (way.untyped === untyped ? points.map((point) => templateOf(point) + way.suffix) : []));
		const constants = {
			filter,
			want_expression: expression !== undefined,
			made_link: expression === undefined ? 0 : madeLink(expression),
			has_reason: parameters > 2,
			has_rx_sk: parameters > 3,
			every_free_seen: everyFree,
			join_clones: joinClones,
			join_by_head: !functions.some(({ name }) => name === EVERY_COPY),
			always_whole: whole,
			only_times: onlyTimes,
			snap_length: snapLength,
			budget_interval: budget === undefined ? 0 : Math.max(1, Math.round(SECOND / budget)),
			// a tenth of a second's packets may come at once
			budget_slack: SECOND / 10,
		};
		registerTemplates();
		const patch = expression === undefined ? undefined : (elf: Buffer) => patchExpression(elf, expression);
		const typed = new Set([
			...programs(false),
			...tracepoints.map(templateOf),
			...(returning.length > 0 ? ['at_return'] : []),
			...(hooks.length > 0 ? ['at_netfilter'] : []),
		]);
		const untyped = new Set(programs(true));
		this.object = new BpfObject(objectFile('trace', patch === undefined), patch);
		try {
			// with nothing to load libbpf would not relocate anything
			this.object.only([...typed, ...(typed.size === 0 ? ['at_point'] : [])]);
			const cpus = possibleCpus();
			for (const map of ['budgets', ...(expression === undefined ? [] : ['windows'])]) this.object.resize(map, cpus);
			if (owners) this.object.resize('owned', OWNED_MOST);
			this.object.constants(constants);
			this.rings = new PerCpuRings(this.object, ringBytes);
			this.object.load();
			this.rings.open();
			if (owners) this.owned = new OwnedSockets(this.object.mapFd('owned'), owners);
			this.counts = new Counts(this.object, this.rings);
			const { offset, size } = this.object.global('forgotten');
			this.globals = new MappedArray(this.object, '.bss', 1, size / WORD, true);
			this.forgotten = offset / WORD;
			if (untyped.size > 0) {
				this.cast = castFor('probe');
				const name = this.cast ? 'trace-cast' : 'trace-untyped';
				this.untyped = new BpfObject(objectFile(name, patch === undefined), patch);
				this.untyped.only([...untyped]);
				for (const map of SHARED) this.untyped.share(map, this.object);
				this.untyped.constants(constants);
				this.untyped.load();
			}
			this.attach(ways, tracepoints, returning, hooks, namespaces, everyFree);
			this.attached = points.length - this.unattached.length;
		} catch (error) {
			this.probes.detach();
			this.untyped?.close();
			this.object.close();
			throw error;
		}
	}

	private attach(
		ways: ReadonlyMap<Way, Watched[]>,
		tracepoints: readonly Watched[],
		returning: readonly Watched[],
		hooks: readonly Hook[],
		namespaces: readonly string[],
		everyFree: boolean,
	): void {
		const made = new Map<string, Template>();
		// of one object some programs may serve many points, and others one
		const template = (object: BpfObject, name: string, shared: boolean): Template => {
			const key = `${object === this.object ? '' : 'untyped '}${shared ? 'shared ' : ''}${name}`;
			const found = made.get(key) ?? new Template(object.template(name), object.rodata({ by_cookie: shared }));
			made.set(key, found);
			return found;
		};
		// of some flags nobody asks: points that differ in nothing else share what is folded for them
		const asked = everyFree ? ~(UNSEEN_FREES | POINT_FLAGS.value) : ~POINT_FLAGS.value;
		const marks = (point: Watched, at: (place: number) => number, value = point.value): Marks => ({
			point: point.number,
			flags: point.flags & asked,
			skb: at(point.skb),
			value: at(value ?? 0),
			inside: point.inside ?? 0,
			functions: at(point.functions ?? 0),
			wordsType: 0,
			socket: at(point.socket ?? 0),
			...registers(at),
		});
		const typed = castFor('typed');
		const copy = (name: string, point: Watched, cast = typed, value = point.value) =>
			template(this.object, name, false).copy({ ...marks(point, inArray, value), ...cast });
		// ends of functions first: they must not miss a call that the beginning has seen
		for (const point of returning)
			this.note(this.probes.tracing(point, ATTACH_TYPE.fexit, copy('at_return', point, typed, point.parameters)));
		for (const [way, points] of ways) {
			const object = (way.untyped ? this.untyped : this.object) as BpfObject;
			const cast = way.untyped ? this.cast : typed;
			const refused = way.attach(this.probes, points, (point, { suffix, shared }, at) =>
				template(object, templateOf(point) + suffix, shared).copy({ ...marks(point, at), ...cast }),
			);
			this.unattached.push(...refused);
		}
		for (const point of tracepoints) this.note(this.probes.tracepoint(point, copy(templateOf(point), point)));
		const cast = hooks.length > 0 ? castFor('netfilter') : undefined;
		for (const hook of hooks) this.note(attachHook(this.probes, hook, copy('at_netfilter', hook, cast), namespaces));
		this.probes.settle();
	}

	private note(refused: Unattached | undefined): void {
		if (refused) this.unattached.push(refused);
	}

	/** Looks which sockets the processes asked for have open now. */
	refresh(): void {
		this.owned?.refresh();
	}

	/**
	 * The kernel forgets a packet of which nothing was heard for long: if it is seen again, it is a new one.
	 * @param skb address of an skb
	 * @param id number of the packet that it was part of
	 */
	forget(skb: bigint, id: bigint): void {
		const entry = this.tracked(skb, id);
		if (!entry || libbpf.bpf_map_delete_elem(this.object.mapFd('packets'), BigUint64Array.of(skb)) < 0) return;
		this.globals.set(0, this.forgotten, this.globals.at(0, this.forgotten) + 1);
		libbpf.bpf_map_delete_elem(this.object.mapFd('families'), entry.subarray(1, 2));
	}

	/** What was seen of a packet and is in no record yet, a struct waiting; undefined: nothing. */
	waiting(skb: bigint, id: bigint): Memory | undefined {
		const entry = this.tracked(skb, id);
		return entry && entry[WAITING] !== 0n ? Memory.of(new Uint8Array(entry.buffer, WAITING * WORD, Waiting.size)) : undefined;
	}

	/** The struct tracked of an skb, if it is of that packet. */
	private tracked(skb: bigint, id: bigint): BigUint64Array | undefined {
		const entry = new BigUint64Array(Tracked.size / WORD);
		const result = libbpf.bpf_map_lookup_elem(this.object.mapFd('packets'), BigUint64Array.of(skb), entry);
		return result >= 0 && entry[0] === id ? entry : undefined;
	}

	/** Entries of the tables of packets, and of heads that are known by them. */
	get followed(): { packets: number; heads: number } {
		const count = (map: string): number => {
			const fd = this.object.mapFd(map);
			let entries = 0;
			const next = new BigUint64Array(1);
			for (let key: BigUint64Array | null = null; libbpf.bpf_map_get_next_key(fd, key, next) === 0; entries++) key = next.slice();
			return entries;
		};
		return { packets: count('packets'), heads: count('families') };
	}

	/**
	 * Visits up to `limit` records, oldest first. The record is only valid during the visit.
	 * @param all also the youngest: after {@link detach}, when nothing can come any more
	 */
	poll(limit: number, visit: (event: TraceEvent) => void, all = false): number {
		const watermark = all ? Number.POSITIVE_INFINITY : monotonicNow() - SETTLE;
		return mergeInOrder(this.rings.rings, watermark, limit, (ring: Ring) => visit(this.event.at(ring.memory, ring.offset)));
	}

	/** A count of struct counters, over all CPUs. */
	count(field: keyof typeof COUNTERS): number {
		return this.counts.sum(field);
	}

	/** What was lost so far, by place; empty when nothing was. */
	losses(): Loss[] {
		return this.counts.losses();
	}

	/**
	 * How often a point was passed, by whatever packet, while its own program was running on that CPU: an interrupt came in between, and
	 * the kernel does not run it twice.
	 */
	get unseen(): number {
		return this.probes.misses;
	}

	/** No record comes after this; those in the rings can still be read. */
	detach(): void {
		this.probes.detach();
	}

	close(): void {
		this.detach();
		this.globals.close();
		this.counts.close();
		this.rings.close();
		this.untyped?.close();
		this.object.close();
	}
}

/** With what is asked of it in this run. @param bySocket packets are chosen by a socket that a point is given beside them, too */
function flagged(point: Watched, bySocket: boolean, waits: boolean, onlyTimes: boolean): Watched {
	let { flags } = point;
	if (bySocket && point.socket !== undefined && point.point.of !== 'memory') flags |= POINT_FLAGS.socket;
	if (waits && canWait(point, onlyTimes)) flags |= POINT_FLAGS.waits;
	return { ...point, flags };
}
