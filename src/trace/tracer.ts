/** The kernel side of nettrace: loads bpf/trace.bpf.c, attaches a copy of it to every point, hands over records in time order. */
import { COUNTER_WORDS, COUNTERS, POINT_FLAGS, TraceEvent } from '../bpf/generated/events.ts';
import type { CValue } from '../bpf/layout.ts';
import type { MappedArray } from '../bpf/mapped-array.ts';
import { BpfObject } from '../bpf/object.ts';
import type { Ring } from '../bpf/ring.ts';
import { PerCpuRings, possibleCpus } from '../bpf/rings.ts';
import { fail } from '../errors.ts';
import { patchExpression } from '../expression/patch.ts';
import { kernelBtf, tracepointArguments } from '../kernel/btf.ts';
import { monotonicNow } from '../kernel/clock.ts';
import { kernelRelease } from '../kernel/release.ts';
import { objectFile } from '../objects.ts';
import { mergeInOrder } from './merge.ts';
import { type ProbePoint, Probes, type Unattached } from './probes.ts';
import { Template } from './template.ts';

/** The template of most points, those of points with more to say, and that of functions' ends. */
const ANY = 'at_point';
const SPECIAL: Readonly<Record<string, string>> = { 'skb:kfree_skb': 'at_drop', 'kmem:kmem_cache_free': 'at_memory' };
const RETURN = 'at_return';
/** Records younger than this (ns) wait for the next turn: one of another CPU may still be on its way. */
const SETTLE = 2_000_000;

export interface PathOptions {
	/** struct filter of bpf/filter.h */
	filter: { readonly [field: string]: CValue };
	/** in tcpdump's language; undefined: none */
	expression: string | undefined;
	points: readonly ProbePoint[];
	/** bytes of each CPU's ring */
	ringBytes: number;
}

/** Packets lost between the kernel and us, where it happened. */
export interface Loss {
	where: string;
	count: number;
}

export class PathTracer {
	/** points that could not be attached */
	readonly unattached: Unattached[] = [];
	readonly attached: number;
	private readonly object: BpfObject;
	private readonly rings: PerCpuRings;
	private readonly counters: MappedArray;
	private readonly probes = new Probes();
	private readonly event = new TraceEvent();

	/** Loads and attaches: when this returns, packets are followed. @throws the table's errors for kernels that cannot */
	constructor({ filter, expression, points, ringBytes }: PathOptions) {
		const parameters = tracepointArguments(kernelBtf(), 'kfree_skb');
		if (parameters === undefined) fail('kernel-too-old', { kernel: kernelRelease(), what: 'BTF of tracepoints', since: '5.5' });
		this.object = new BpfObject(objectFile('trace'), expression === undefined ? undefined : (elf) => patchExpression(elf, expression));
		try {
			const templates = [ANY, ...points.flatMap(({ name }) => SPECIAL[name] ?? [])];
			if (points.some(({ flags }) => flags & POINT_FLAGS.returns)) templates.push(RETURN);
			this.object.only(templates);
			const cpus = possibleCpus();
			for (const map of ['refused', ...(expression === undefined ? [] : ['windows'])]) this.object.resize(map, cpus);
			this.object.constants({
				filter,
				want_expression: expression !== undefined,
				has_reason: parameters > 2,
				has_rx_sk: parameters > 3,
			});
			this.rings = new PerCpuRings(this.object, ringBytes);
			this.object.load();
			this.rings.open();
			this.counters = this.rings.counters(COUNTER_WORDS);
			const made = new Map(templates.map((name) => [name, new Template(this.object.instructions(name))]));
			points.forEach((point, number) => {
				const at = { entry: made.get(SPECIAL[point.name] ?? ANY) as Template, return: made.get(RETURN) };
				const problem = this.probes.add(point, number, at);
				if (problem) this.unattached.push(problem);
			});
			this.attached = this.probes.attached;
		} catch (error) {
			this.probes.detach();
			this.object.close();
			throw error;
		}
	}

	/**
	 * Visits up to `limit` records, oldest first. The record is only valid during the visit.
	 * @param all also the youngest: after {@link detach}, when nothing can come any more
	 */
	poll(limit: number, visit: (event: TraceEvent) => void, all = false): number {
		const watermark = all ? Number.POSITIVE_INFINITY : monotonicNow() - SETTLE;
		return mergeInOrder(this.rings.rings, watermark, limit, (ring: Ring) => visit(this.event.at(ring.view, ring.offset)));
	}

	/** A count of struct counters, over all CPUs. */
	count(field: keyof typeof COUNTERS): number {
		let sum = 0;
		for (let cpu = 0; cpu < this.counters.entries; cpu++) sum += this.counters.at(cpu, COUNTERS[field]);
		return sum;
	}

	/** What was lost so far, by CPU and cause; empty when nothing was. Gives CPUs that came up late their ring. */
	losses(): Loss[] {
		const found: Loss[] = [];
		for (let cpu = 0; cpu < this.counters.entries; cpu++) {
			const full = this.counters.at(cpu, COUNTERS.lostFull);
			const late = this.counters.at(cpu, COUNTERS.lostNoRing);
			if (full > 0) found.push({ where: `ring of CPU ${cpu}`, count: full });
			if (late > 0) {
				found.push({ where: `CPU ${cpu}, which came up late`, count: late });
				this.rings.addOnce(cpu);
			}
		}
		return found;
	}

	/** No record comes after this; those in the rings can still be read. */
	detach(): void {
		this.probes.detach();
	}

	close(): void {
		this.detach();
		this.counters.close();
		this.rings.close();
		this.object.close();
	}
}
