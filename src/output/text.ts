/** Drops for people: one line each, with everything, for pipes and files. */
import type { ChalkInstance } from 'chalk';
import type { Drop } from '../drops/drop.ts';
import type { Moment } from '../kernel/clock.ts';
import { reasonText } from '../kernel/reason-text.ts';
import { locationText } from '../kernel/symbols.ts';
import { lang, say } from '../lang.ts';
import { packetText } from '../packet/text.ts';
import type { Sink } from './sink.ts';
import type { Writer } from './writer.ts';

const pad = (value: number, width: number) => String(value).padStart(width, '0');

let second = -1;
let secondText = '';
let dateText = '';

/** Local time of day with microseconds: '14:53:31.123456'. */
export function timeText({ seconds, nanoseconds }: Moment): string {
	if (seconds !== second) {
		const date = new Date(seconds * 1000);
		second = seconds;
		secondText = `${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:${pad(date.getSeconds(), 2)}`;
		dateText = `${date.getFullYear()}-${pad(date.getMonth() + 1, 2)}-${pad(date.getDate(), 2)}`;
	}
	return `${secondText}.${pad(Math.floor(nanoseconds / 1000), 6)}`;
}

/** '2026-11-24 14:53:31.123456' */
export function dateTimeText(moment: Moment): string {
	const time = timeText(moment);
	return `${dateText} ${time}`;
}

/** The reason's name; '-' on kernels that give none. */
export const reasonName = ({ reason }: Pick<Drop, 'reason'>): string => reason?.name ?? '-';

/** The reason in a sentence; '' for one that the table does not know. */
export const meaning = ({ reason }: Drop): string =>
	reason === undefined
		? say('this kernel gives no reason; the function says where it died', '此内核不提供原因,函数名说明丢弃位置')
		: (reasonText(reason.name, lang()) ?? '');

export const whereText = ({ location }: Pick<Drop, 'location'>): string =>
	'address' in location ? location.address : locationText(location);

/** Names that anybody may choose, of devices and processes, can hold what moves the cursor of a terminal, or ends a line. */
const harmless = (name: string): string => name.replace(/[\0-\x1f\x7f-\x9f]/g, '?');

export const deviceText = ({ device }: Pick<Drop, 'device'>): string =>
	device === undefined ? '-' : device.name === undefined ? `#${device.ifindex}` : harmless(device.name);

/** A name where there is one; the namespace of droptrace itself is 'current', as in --netns. */
export const netnsText = ({ netns }: Pick<Drop, 'netns'>, own: number): string =>
	netns === undefined ? '-' : harmless(netns.name ?? (netns.inode === own ? 'current' : String(netns.inode)));

/** State, process, mark, container: what only some drops have. */
export function detailText(drop: Drop): string {
	let text = '';
	if (drop.pktType !== undefined) text += ` to ${drop.pktType}`;
	if (drop.socket?.state !== undefined) text += ` state ${drop.socket.state}`;
	if (drop.process !== undefined) text += ` process ${harmless(drop.process.comm)}/${drop.process.pid}`;
	if (drop.mark !== undefined) text += ` mark 0x${drop.mark.toString(16)}`;
	if (drop.container !== undefined) text += ` container ${drop.container.slice(0, 12)}`;
	return text;
}

export class LineSink implements Sink {
	private readonly writer: Writer;
	private readonly own: number;
	private readonly colour: ChalkInstance;

	/** @param own inode of this process's network namespace */
	constructor(writer: Writer, own: number, colour: ChalkInstance) {
		this.writer = writer;
		this.own = own;
		this.colour = colour;
	}

	start(): void {}

	drop(drop: Drop): void {
		const { colour } = this;
		const sentence = meaning(drop);
		this.writer.line(
			`${colour.dim(dateTimeText(drop.time))} ${colour.red(reasonName(drop))} ${packetText(drop.packet)} at ${colour.cyan(whereText(drop))} ` +
				`dev ${deviceText(drop)} netns ${netnsText(drop, this.own)} cpu ${drop.cpu}${detailText(drop)}${sentence && `: ${sentence}`}`,
			true,
		);
		for (const frame of drop.stack ?? []) this.writer.line(colour.dim(`    ${frame}`));
	}

	/** Told on stderr, where it cannot be taken for a result. */
	lost(): void {}

	ending(): string[] {
		return [];
	}
}
