/**
 * --stat: what the kernel counted by (reason, location, device, namespace), and the first packet of each kind as a sample.
 */
import { type DropEvent, StatKey, StatValue } from '../bpf/generated/events.ts';
import { type Memory, wide } from '../bpf/memory.ts';
import type { Moment } from '../kernel/clock.ts';
import type { Packet } from '../packet/packet.ts';
import { benignBecause } from './benign.ts';
import type { Describer } from './describe.ts';
import type { Drop } from './drop.ts';

/** Packets of one kind. `device` and `sample` are absent when the copy of the first packet was lost. */
export interface StatRow extends Pick<Drop, 'reason' | 'location' | 'device' | 'netns' | 'stack'> {
	/** since the start */
	packets: number;
	/** packets since the report before */
	recent: number;
	/** the first of them */
	sample?: Packet;
}

/** What was counted, every so often. */
export interface StatReport {
	time: Moment;
	/** since the report before */
	seconds: number;
	/** those that grew most since the report before come first */
	rows: StatRow[];
	/** packets since the start that found no row, because the map was full */
	other: number;
	/** packets in rows that are not shown, since the start */
	benign: number;
}

/** The kernel's counts: {@link PerCpuHash} of map stats, by struct stat_key. */
export interface StatSource {
	visit(each: (keys: Memory, key: number, values: Memory, value: number, stride: number, cpus: number) => void): void;
}

interface Sample {
	drop: Drop;
	benign: boolean;
}

export class DropStats {
	private readonly describer: Describer;
	private readonly showBenign: boolean;
	private readonly samples = new Map<string, Sample>();
	private readonly before = new Map<string, number>();
	private readonly key = new StatKey();
	private readonly value = new StatValue();

	/** @param showBenign also rows of drops that are the kernel's everyday work */
	constructor(describer: Describer, showBenign: boolean) {
		this.describer = describer;
		this.showBenign = showBenign;
	}

	/** Keeps the first packet of its kind. */
	sample(event: DropEvent, stackOffset: number): void {
		const id = idOf(event.reason, event.locationHigh, event.locationLow, event.ifindex, event.netns);
		if (this.samples.has(id)) return;
		const drop = this.describer.describe(event, stackOffset);
		this.samples.set(id, { drop, benign: !this.showBenign && this.isBenign(event) });
	}

	/** Reads the counts. @param seconds since the report before */
	report(source: StatSource, seconds: number, other: number): StatReport {
		const rows: StatRow[] = [];
		let benign = 0;
		source.visit((keys, at, values, first, stride, cpus) => {
			const key = this.key.at(keys, at);
			const id = idOf(key.reason, key.locationHigh, key.locationLow, key.ifindex, key.netns);
			let packets = 0;
			for (let cpu = 0; cpu < cpus; cpu++) {
				const value = this.value.at(values, first + cpu * stride);
				packets += wide(value.packetsHigh, value.packetsLow);
			}
			const sample = this.samples.get(id);
			const recent = packets - (this.before.get(id) ?? 0);
			this.before.set(id, packets);
			if (packets === 0) return;
			if (sample?.benign) benign += packets;
			else rows.push({ ...this.kindOf(key, sample?.drop), packets, recent, ...(sample && { sample: sample.drop.packet }) });
		});
		rows.sort((a, b) => b.recent - a.recent || b.packets - a.packets);
		return { time: this.describer.now(), seconds, rows, other, benign };
	}

	private kindOf(key: StatKey, sample: Drop | undefined): Pick<Drop, 'reason' | 'location' | 'device' | 'netns' | 'stack'> {
		if (!sample) return this.describer.kind(key);
		const { reason, location, device, netns, stack } = sample;
		return { location, ...(reason && { reason }), ...(device && { device }), ...(netns && { netns }), ...(stack && { stack }) };
	}

	/** By what is the same for all packets of a kind: not by a look into this one. */
	private isBenign(event: DropEvent): boolean {
		return benignBecause({ ...this.describer.glance(event), packet: undefined }) !== undefined;
	}
}

const idOf = (reason: number, high: number, low: number, ifindex: number, netns: number): string =>
	`${reason} ${high} ${low} ${ifindex} ${netns}`;
