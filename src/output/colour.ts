/** When results are coloured, and how. */
import { libc } from '../bpf/libc.ts';
import { isTerminal } from '../terminal.ts';

/** fcntl(2) */
const F_GETFL = 3;
const F_SETFL = 4;

/** `--color` */
export type When = 'auto' | 'always' | 'never';

export type Style = (text: string) => string;
export type Colours = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', Style>>;

const plain: Style = (text) => text;
/** Without any: most results go to files and pipes, which need no chalk. */
const NONE: Colours = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

/**
 * Those of standard output, or of a file of our own, which is only coloured when asked. NO_COLOR (any non-empty value) and FORCE_COLOR
 * are as no-color.org and force-color.org have it.
 */
export async function colours(when: When, ownFile = false): Promise<Colours> {
	const { NO_COLOR, FORCE_COLOR } = process.env;
	const wanted = when === 'always' || (when === 'auto' && !ownFile && !NO_COLOR && (FORCE_COLOR !== undefined || isTerminal(1)));
	if (!wanted) return NONE;
	// chalk imports node:process, which touches process.stdout, which makes a pipe non-blocking for everybody that shares it
	const flags = libc.fcntl(1, F_GETFL, 0);
	const { Chalk, supportsColor } = await import('chalk');
	libc.fcntl(1, F_SETFL, flags);
	const detected = supportsColor ? supportsColor.level : 0;
	// nothing is known of the terminal: what everybody asks for is 16 colours
	const level = when === 'always' ? detected || 1 : detected;
	if (level === 0) return NONE;
	// named once: chalk makes a style anew whenever it is named
	const { bold, dim, red, green, yellow, cyan } = new Chalk({ level });
	return { bold, dim, red, green, yellow, cyan };
}
