/** JSON lines of a run, and the sums that they must give. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export interface JsonLine {
	type: string;
	[key: string]: unknown;
}

export interface DropLine extends JsonLine {
	reason?: string;
	packet: { id?: number; sport?: number; dport?: number };
	device?: { name?: string; ifindex: number };
	netns?: { inode: number; name?: string };
	location: { symbol?: string };
	process?: { pid: number; comm: string };
}

export interface EndLine extends JsonLine {
	seconds: number;
	events: number;
	lost: number;
	packets: number;
	drops: number;
	benign: number;
	held_back: number;
}

/** @throws AssertionError when a line is cut or is no JSON */
export function parseLines(text: string): JsonLine[] {
	assert.ok(text === '' || text.endsWith('\n'), `the last line is cut: …${text.slice(-200)}`);
	return text
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => {
			try {
				return JSON.parse(line) as JsonLine;
			} catch {
				return assert.fail(`no JSON: ${line.slice(0, 500)}`);
			}
		});
}

export const dropsOf = (lines: readonly JsonLine[]): DropLine[] => lines.filter(({ type }) => type === 'drop') as DropLine[];

/** The end line, which is there once and last. */
export function endOf(lines: readonly JsonLine[]): EndLine {
	assert.equal(
		lines.findIndex(({ type }) => type === 'end'),
		lines.length - 1,
		'an end line, and nothing after it',
	);
	assert.notEqual(lines.length, 0, 'an end line');
	return lines.at(-1) as EndLine;
}

/** What a long output says: its drop lines are only counted, one by one they would not fit into memory. */
export interface Account {
	drops: number;
	/** sum of the lines that report losses */
	lost: number;
	/** the part of it that was lost because a ring was full */
	lostInRings: number;
	end: EndLine;
}

const DROP = '{"type":"drop",';

/** @throws AssertionError when lines contradict the end line */
export function accountOf(path: string): Account {
	const bytes = readFileSync(path);
	let drops = 0;
	const others: string[] = [];
	let from = 0;
	for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
		if (bytes.toString('latin1', from, from + DROP.length) === DROP && bytes[at - 1] === 0x7d) drops++;
		else others.push(bytes.toString('utf8', from, at + 1));
		from = at + 1;
	}
	assert.equal(from, bytes.length, 'the last line is cut');
	const lines = parseLines(others.join(''));
	const end = endOf(lines);
	const losses = lines.filter(({ type }) => type === 'lost') as (JsonLine & { where: string; count: number })[];
	const sum = (some: typeof losses) => some.reduce((total, { count }) => total + count, 0);
	const account = { drops, lost: sum(losses), lostInRings: sum(losses.filter(({ where }) => where.startsWith('ring'))), end };
	assert.equal(end.drops, account.drops, 'as many drop lines as the end line says');
	assert.equal(end.lost, account.lost, 'losses were reported one by one as the end line adds them up');
	return account;
}
