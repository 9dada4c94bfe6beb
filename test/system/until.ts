/** Waiting for a condition, instead of for a time that is long enough most days. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 15_000;
const BETWEEN_MS = 5;

/** Looks until there is something. @throws AssertionError that names what never came */
export async function until<T>(what: string, look: () => T | undefined | false, limitMs = LIMIT_MS): Promise<T> {
	const deadline = performance.now() + limitMs;
	for (;;) {
		const found = look();
		if (found !== undefined && found !== false) return found;
		if (performance.now() > deadline) assert.fail(`waited ${limitMs / 1000} s in vain for ${what}`);
		await pause(BETWEEN_MS);
	}
}
