/** --summary: which different ways packets took, how many each, and where they ended. */
import type { Path, PathEvent, Verdict } from './path.ts';

export interface WayCount {
	/** names, in order */
	points: string[];
	verdict: Verdict;
	/** of a drop */
	reason?: NonNullable<PathEvent['reason']>;
	location?: NonNullable<PathEvent['location']>;
	packets: number;
}

/** Different ways that are told apart; packets of further ones are counted together. */
const MOST = 1000;

export class Ways {
	/** packets of ways for which there was no room */
	others = 0;
	private readonly found = new Map<string, WayCount>();

	add({ events, verdict, death }: Path): void {
		const points = events.map(({ point }) => point);
		const { reason, location } = death ?? {};
		const where = location === undefined ? '' : 'symbol' in location ? location.symbol : location.address;
		const key = [verdict, reason?.name ?? '', where, ...points].join(' ');
		const known = this.found.get(key);
		if (known) known.packets++;
		else if (this.found.size < MOST)
			this.found.set(key, { points, verdict, ...(reason && { reason }), ...(location && { location }), packets: 1 });
		else this.others++;
	}

	/** The most common first. */
	all(): WayCount[] {
		return [...this.found.values()].sort((a, b) => b.packets - a.packets);
	}
}
