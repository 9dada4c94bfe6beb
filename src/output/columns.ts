/** Drops on a terminal: aligned columns, and the meaning of a reason below whenever it changes. */

import type { Drop } from '../drops/drop.ts';
import { say } from '../lang.ts';
import { packetText } from '../packet/text.ts';
import type { Colours } from './colour.ts';
import type { Sink } from './sink.ts';
import { detailText, deviceText, meaning, netnsText, reasonName, timeText, whereText } from './text.ts';
import type { Writer } from './writer.ts';

/** columns of characters; a longer text pushes its neighbours instead of being cut */
const WIDTH = { time: 15, reason: 20, packet: 64, where: 30, device: 8, netns: 12 } as const;
type Column = keyof typeof WIDTH;

const TITLES: Record<Column, readonly [string, string]> = {
	time: ['TIME', '时间'],
	reason: ['REASON', '原因'],
	packet: ['PACKET', '报文'],
	where: ['WHERE', '位置'],
	device: ['DEVICE', '设备'],
	netns: ['NETNS', '命名空间'],
};

/** A Chinese character takes two columns of a terminal. */
const shown = (text: string): number => [...text].reduce((sum, character) => sum + ((character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1), 0);

const cell = (text: string, column: Column): string => text + ' '.repeat(Math.max(0, WIDTH[column] - shown(text)));

export class ColumnSink implements Sink {
	private readonly writer: Writer;
	private readonly colour: Colours;
	private readonly own: number;
	private lastReason: string | undefined;

	/** @param own inode of this process's network namespace */
	constructor(writer: Writer, own: number, colour: Colours) {
		this.writer = writer;
		this.own = own;
		this.colour = colour;
	}

	start(): void {
		const titles = (Object.keys(WIDTH) as Column[]).map((column) => cell(say(...TITLES[column]), column));
		this.writer.line(this.colour.bold([...titles, say('CPU', 'CPU')].join(' ')));
	}

	drop(drop: Drop): void {
		const { colour } = this;
		const reason = reasonName(drop);
		this.writer.line(
			[
				colour.dim(cell(timeText(drop.time), 'time')),
				colour.red(cell(reason, 'reason')),
				cell(packetText(drop.packet), 'packet'),
				colour.cyan(cell(whereText(drop), 'where')),
				cell(deviceText(drop), 'device'),
				cell(netnsText(drop, this.own), 'netns'),
				String(drop.cpu) + detailText(drop),
			].join(' '),
			true,
		);
		const sentence = reason === this.lastReason ? '' : meaning(drop);
		if (sentence) this.writer.line(colour.dim(`${' '.repeat(WIDTH.time + 1)}${sentence}`));
		this.lastReason = reason;
		for (const frame of drop.stack ?? []) this.writer.line(colour.dim(`${' '.repeat(WIDTH.time + 1)}  ${frame}`));
	}

	/** Told on stderr, where it cannot be taken for a result. */
	lost(): void {}

	ending(): string[] {
		return [];
	}
}
