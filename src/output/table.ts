/** Counts on a terminal: a table that is refreshed in place, the busiest kinds first. */

import type TableClass from 'cli-table3';
import type { StatReport, StatRow } from '../drops/stats.ts';
import { say } from '../lang.ts';
import { packetText } from '../packet/text.ts';
import type { Colours } from './colour.ts';
import type { Sink } from './sink.ts';
import { deviceText, netnsText, reasonName, timeText, whereText } from './text.ts';
import type { Writer } from './writer.ts';

/** ECMA-48: cursor home; erase to the end of the line, of the screen. */
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
/** Lines that are not rows: the headline, the titles, what does not fit, and the line the cursor is left on. */
const FRAME = 4;

const NO_BORDERS = Object.fromEntries(
	[
		'top',
		'top-mid',
		'top-left',
		'top-right',
		'bottom',
		'bottom-mid',
		'bottom-left',
		'bottom-right',
		'left',
		'left-mid',
		'mid',
		'mid-mid',
		'right',
		'right-mid',
		'middle',
	].map((name) => [name, '']),
);

export interface Screen {
	columns: number;
	rows: number;
}

/** '12.3k' for 12,345 */
export function short(count: number): string {
	for (const [unit, size] of [
		['G', 1e9],
		['M', 1e6],
		['k', 1e3],
	] as const)
		if (count >= 10 * size) return `${(count / size).toFixed(count >= 100 * size ? 0 : 1)}${unit}`;
	return count >= 100 || Number.isInteger(count) ? String(Math.round(count)) : count.toFixed(1);
}

export class TableSink implements Sink {
	private readonly writer: Writer;
	private readonly own: number;
	private readonly colour: Colours;
	private readonly Table: typeof TableClass;
	private readonly screen: () => Screen;

	/** @param own inode of this process's network namespace @param screen how large the terminal is now */
	constructor(writer: Writer, own: number, colour: Colours, Table: typeof TableClass, screen: () => Screen) {
		this.writer = writer;
		this.own = own;
		this.colour = colour;
		this.Table = Table;
		this.screen = screen;
	}

	start(): void {
		this.writer.line(`${HOME}${CLEAR_BELOW}`);
	}

	drop(): void {}

	stat(report: StatReport): void {
		const { columns, rows } = this.screen();
		const room = Math.max(1, rows - FRAME);
		const shown = report.rows.slice(0, room);
		const lines = [this.headline(report), ...this.table(shown, report.seconds, columns)];
		const hidden = report.rows.length - shown.length;
		if (hidden > 0) lines.push(say(`… and ${hidden} more kinds`, `……另有 ${hidden} 类`));
		this.writer.line(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\n')}${CLEAR_BELOW}`);
	}

	/** Told on stderr, where it cannot be taken for a result. */
	lost(): void {}

	ending(): string[] {
		return [];
	}

	private headline({ time, rows, other, benign, seconds }: StatReport): string {
		const packets = rows.reduce((sum, row) => sum + row.packets, other);
		const rate = rows.reduce((sum, row) => sum + row.recent, 0) / seconds;
		const parts = [
			`${timeText(time).slice(0, 8)}  ${say(`${short(packets)} drops, ${short(rate)}/s`, `${short(packets)} 次丢弃,${short(rate)}/秒`)}`,
			...(benign > 0 ? [say(`${short(benign)} benign hidden`, `隐藏良性 ${short(benign)} 次`)] : []),
			...(other > 0 ? [say(`${short(other)} of other kinds: the table is full`, `其他种类 ${short(other)} 次:表已满`)] : []),
		];
		return parts.join(', ');
	}

	private table(rows: readonly StatRow[], seconds: number, columns: number): string[] {
		const { colour } = this;
		const table = new this.Table({
			chars: NO_BORDERS,
			style: { 'padding-left': 0, 'padding-right': 1, head: [], border: [], compact: true },
			head: [
				say('RATE/S', '每秒'),
				say('DROPS', '次数'),
				say('REASON', '原因'),
				say('WHERE', '位置'),
				say('DEVICE', '设备'),
				say('NETNS', '命名空间'),
				say('THE FIRST OF THEM', '首个报文'),
			].map((title) => colour.bold(title)),
			colAligns: ['right', 'right', 'left', 'left', 'left', 'left', 'left'],
		});
		for (const row of rows) {
			table.push([
				short(row.recent / seconds),
				short(row.packets),
				colour.red(reasonName(row)),
				colour.cyan(whereText(row)),
				deviceText(row),
				netnsText(row, this.own),
				row.sample ? packetText(row.sample) : '',
			]);
		}
		return table
			.toString()
			.split('\n')
			.map((line) => cut(line, columns));
	}
}

/** The first `columns` characters that are shown; colours are kept whole. */
function cut(line: string, columns: number): string {
	let shown = 0;
	let text = '';
	for (const [part] of line.matchAll(/\x1b\[[\d;]*m|./gsu)) {
		if (part.startsWith('\x1b')) text += part;
		else if (shown < columns) {
			text += part;
			shown += (part.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1;
		}
	}
	return text;
}
