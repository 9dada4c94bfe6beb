/** What programs count by CPU (struct counters of bpf/event.h), and which of it is a loss. */
import { COUNTER_WORDS, COUNTERS } from './generated/events.ts';
import { MappedArray } from './mapped-array.ts';
import type { BpfObject } from './object.ts';
import { type PerCpuRings, possibleCpus } from './rings.ts';

/** Packets lost between the kernel and us, where it happened. */
export interface Loss {
	where: string;
	count: number;
}

export class Counts {
	private readonly counters: MappedArray;
	private readonly rings: PerCpuRings;

	/** After the load. @param rings those whose losses are counted */
	constructor(object: BpfObject, rings: PerCpuRings) {
		this.counters = new MappedArray(object, 'counters', possibleCpus(), COUNTER_WORDS);
		this.rings = rings;
	}

	/** One of them, over all CPUs. */
	sum(field: keyof typeof COUNTERS): number {
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

	close(): void {
		this.counters.close();
	}
}
