/** The kernel side of droptrace: loads and attaches bpf/drop.bpf.c, hands over its records in time order, and keeps the counts. */
import { closeSync } from 'node:fs';
import { Counts, type Loss } from '../bpf/counts.ts';
import { type COUNTERS, DropEvent, DropStackEvent, StatKey, StatValue } from '../bpf/generated/events.ts';
import type { CValue } from '../bpf/layout.ts';
import { BpfObject } from '../bpf/object.ts';
import { PerCpuHash } from '../bpf/percpu-hash.ts';
import { recursionMisses, watchTracepoint } from '../bpf/program.ts';
import type { Ring } from '../bpf/ring.ts';
import { PerCpuRings, possibleCpus } from '../bpf/rings.ts';
import { registerTemplates } from '../bpf/templates.ts';
import { fail } from '../errors.ts';
import { madeLink } from '../expression/compile.ts';
import { patchExpression } from '../expression/patch.ts';
import { kernelBtf, tracepointArguments, tracepointId } from '../kernel/btf.ts';
import { monotonicNow } from '../kernel/clock.ts';
import { kernelRelease } from '../kernel/release.ts';
import { objectFile } from '../objects.ts';
import { castFor } from '../trace/cast.ts';
import { mergeInOrder } from '../trace/merge.ts';
import { marked } from '../trace/template.ts';
import { type HeldBack, type Rate, RateLimits } from './limits.ts';

const PROGRAMS = { events: 'drop', stat: 'drop_stat' } as const;
/**
 * Between reading its clock and reserving its space a program can be interrupted. Records younger than this (ns) wait for the
 * next turn, so that such a latecomer from another CPU still finds its place.
 */
const SETTLE = 2_000_000;

export interface TracerOptions {
	/** struct filter of bpf/filter.h */
	filter: { readonly [field: string]: CValue };
	stack: boolean;
	/** bytes of each packet to copy, for a file of packets; 0: none */
	snapLength?: number;
	/** in tcpdump's language; undefined: none */
	expression?: string | undefined;
	/** the same, asked of the packet that a tunnel's packet carries */
	inner?: string | undefined;
	/** 'stat': counted in the kernel, and only the first packet of its kind is a record */
	mode?: keyof typeof PROGRAMS;
	/** none: every drop is a record */
	rates?: readonly Rate[] | undefined;
	/** bytes of each CPU's ring */
	ringBytes: number;
}

/** Offsets in the event's memory, of its stack and of its packet's copy; 0: there is none. */
export type Visit = (event: DropEvent, stackOffset: number, copyOffset: number) => void;

export class DropTracer {
	private readonly object: BpfObject;
	private readonly rings: PerCpuRings;
	private readonly counts: Counts;
	private readonly limits: RateLimits | undefined;
	private readonly event = new DropEvent();
	private readonly program: number;
	private link: number | undefined;
	private kinds: PerCpuHash | undefined;
	/** of what lies behind the event in a record; 0: nothing does */
	private readonly stackOffset: number;
	private readonly copyOffset: number;

	/** Loads and attaches: when this returns, every drop is seen. @throws the table's errors for kernels that cannot */
	constructor({ filter, stack, snapLength = 0, expression, inner, mode = 'events', rates, ringBytes }: TracerOptions) {
		const parameters = tracepointArguments(kernelBtf(), 'kfree_skb');
		if (parameters === undefined) fail('kernel-too-old', { kernel: kernelRelease(), what: 'BTF of tracepoints', since: '5.5' });
		const asked = expression !== undefined || inner !== undefined;
		registerTemplates();
		this.object = new BpfObject(
			objectFile('drop', !asked),
			asked
				? (elf) => {
						if (expression !== undefined) patchExpression(elf, expression);
						if (inner !== undefined) patchExpression(elf, inner, 'inner');
					}
				: undefined,
		);
		this.stackOffset = stack ? DropStackEvent.stackOffset : 0;
		this.copyOffset = snapLength > 0 ? (stack ? DropStackEvent.size : DropEvent.size) : 0;
		try {
			this.object.only(PROGRAMS[mode], ...(mode === 'stat' ? [] : ['stats']), ...(rates ? [] : ['limits']));
			if (asked) this.object.resize('windows', possibleCpus());
			this.object.constants({
				filter,
				want_stack: stack,
				snap_length: snapLength,
				want_expression: expression !== undefined,
				made_link: expression === undefined ? 0 : madeLink(expression),
				want_inner: inner !== undefined,
				want_limits: rates !== undefined,
				has_reason: parameters > 2,
				has_rx_sk: parameters > 3,
			});
			this.rings = new PerCpuRings(this.object, ringBytes);
			this.object.load();
			this.rings.open();
			this.counts = new Counts(this.object, this.rings);
			this.limits = rates && new RateLimits(this.object, rates);
			const instructions = marked(this.object.template(PROGRAMS[mode]), { wordsType: 0, ...castFor('typed') });
			const btfId = tracepointId(kernelBtf(), 'kfree_skb') ?? 0;
			({ program: this.program, link: this.link } = watchTracepoint({ name: 'droptrace', btfId, instructions }));
		} catch (error) {
			this.object.close();
			throw error;
		}
	}

	/**
	 * Visits up to `limit` records, oldest first. The record is only valid during the visit.
	 * @param all also the youngest: after {@link detach}, when nothing can come any more
	 */
	poll(limit: number, visit: Visit, all = false): number {
		const { stackOffset, copyOffset } = this;
		const watermark = all ? Number.POSITIVE_INFINITY : monotonicNow() - SETTLE;
		return mergeInOrder(this.rings.rings, watermark, limit, (ring: Ring) => {
			const stack = stackOffset === 0 ? 0 : ring.offset + stackOffset;
			visit(this.event.at(ring.memory, ring.offset), stack, copyOffset === 0 ? 0 : ring.offset + copyOffset);
		});
	}

	/** A count of struct counters, over all CPUs. */
	count(field: keyof typeof COUNTERS): number {
		return this.counts.sum(field);
	}

	/** What was lost so far, by place; empty when nothing was. */
	losses(): Loss[] {
		const found = this.counts.losses();
		const skipped = recursionMisses(this.program);
		if (skipped > 0) found.push({ where: 'drops inside drops', count: skipped });
		return found;
	}

	/** What the rate limits held back since this was asked before. */
	heldBack(): HeldBack[] {
		return this.limits?.heldBack() ?? [];
	}

	/** What was counted in mode 'stat'. */
	stats(): PerCpuHash {
		this.kinds ??= new PerCpuHash(this.object.mapFd('stats'), StatKey.size, StatValue.size);
		return this.kinds;
	}

	/** No record comes after this; those in the rings can still be read. */
	detach(): void {
		if (this.link !== undefined) closeSync(this.link);
		this.link = undefined;
	}

	close(): void {
		this.detach();
		closeSync(this.program);
		this.counts.close();
		this.limits?.close();
		this.rings.close();
		this.object.close();
	}
}
