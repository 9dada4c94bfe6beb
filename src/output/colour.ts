/** When results are coloured. */
import type { ChalkInstance } from 'chalk';
import { libc } from '../bpf/libc.ts';

/** fcntl(2) */
const F_GETFL = 3;
const F_SETFL = 4;

/** `--color` */
export type When = 'auto' | 'always' | 'never';

/**
 * A chalk for standard output, or for a file of our own, which is only coloured when asked. NO_COLOR (any non-empty value) and
 * FORCE_COLOR are as no-color.org and force-color.org have it.
 */
export async function colours(when: When, ownFile = false): Promise<ChalkInstance> {
	// chalk imports node:process, which touches process.stdout, which makes a pipe non-blocking for everybody that shares it
	const flags = libc.fcntl(1, F_GETFL, 0);
	const { Chalk, supportsColor } = await import('chalk');
	libc.fcntl(1, F_SETFL, flags);
	const plain = when === 'never' || (when === 'auto' && (ownFile || Boolean(process.env.NO_COLOR)));
	// 0 also when nothing is known of the terminal: what everybody asks for is 16 colours
	const detected = supportsColor ? supportsColor.level : 0;
	return new Chalk({ level: plain ? 0 : when === 'always' ? detected || 1 : detected });
}
