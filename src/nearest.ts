/** Names in messages: suggestions for mistyped ones, and lists that do not get too long. */
import { say } from './lang.ts';

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. */
export function distance(a: string, b: string): number {
	const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)]);
	const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
	for (let j = 0; j <= b.length; j++) (rows[0] as number[])[j] = j;
	for (let i = 1; i <= a.length; i++) {
		for (let j = 1; j <= b.length; j++) {
			const cost = a[i - 1] === b[j - 1] ? 0 : 1;
			let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
			(rows[i] as number[])[j] = best;
		}
	}
	return at(a.length, b.length);
}

/** Up to three of `names` close to `word`, closest first: few edits apart, or containing it. */
export function nearestNames(word: string, names: Iterable<string>): string[] {
	const wanted = word.toLowerCase();
	return [...new Set(names)]
		.map((name) => {
			const candidate = name.toLowerCase();
			const edits = distance(wanted, candidate);
			const contains = wanted.length >= 3 && candidate.includes(wanted);
			return { name, edits: contains ? Math.min(edits, 1.5) : edits };
		})
		.filter(({ edits, name }) => edits <= Math.max(2, Math.floor(Math.max(word.length, name.length) / 3)))
		.sort((a, b) => a.edits - b.edits || a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
		.slice(0, 3)
		.map(({ name }) => name);
}

/** ' (did you mean eth0 or eth1?)', or nothing. */
export function nearest(word: string, names: Iterable<string>): string {
	const found = nearestNames(word, names);
	if (found.length === 0) return '';
	return say(` (did you mean ${found.join(' or ')}?)`, `(您是否想输入 ${found.join(' 或 ')}?)`);
}

/** 'a, b, c and 12 more' */
export function enumeration(names: readonly string[], most = 6): string {
	const shown = names.slice(0, most).join(', ');
	const more = names.length - most;
	return more <= 0 ? shown : say(`${shown} and ${more} more`, `${shown} 等 ${names.length} 个`);
}
