/**
 * Time order across CPUs. Within a ring records are in order already; the rings are merged by taking the oldest head until the
 * next-oldest ring is older, so that runs of one CPU cost a compare each.
 *
 * A record that is older than everything taken so far may still be on its way: its time is read before its space is reserved.
 * So records younger than a watermark, a little before now, wait for the next turn.
 */
import { type Ring, timeAt } from '../bpf/ring.ts';

const timeOf = (ring: Ring): number => timeAt(ring.memory.words, ring.offset);

/**
 * Visits the records of all rings, oldest first, up to `watermark` (ns, monotonic) and at most `limit` of them.
 * @returns how many were visited
 */
export function mergeInOrder(rings: readonly Ring[], watermark: number, limit: number, visit: (ring: Ring) => void): number {
	const ready: Ring[] = [];
	for (const ring of rings) {
		ring.refresh();
		if (ring.peek()) ready.push(ring);
	}
	let visited = 0;
	while (ready.length > 0 && visited < limit) {
		let first = 0;
		let oldest = Number.POSITIVE_INFINITY;
		let second = Number.POSITIVE_INFINITY;
		for (let i = 0; i < ready.length; i++) {
			const time = timeOf(ready[i] as Ring);
			if (time < oldest) {
				second = oldest;
				oldest = time;
				first = i;
			} else if (time < second) second = time;
		}
		if (oldest > watermark) break;
		const ring = ready[first] as Ring;
		visited += ring.visit(Math.min(second, watermark), limit - visited, visit);
		if (!ring.peek()) {
			ready[first] = ready.at(-1) as Ring;
			ready.pop();
		}
	}
	for (const ring of rings) ring.commit();
	return visited;
}
