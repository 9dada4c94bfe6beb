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

/** '000' to '999': padding a number anew takes longer than all else about a time. */
const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, value) => pad(value, 3));
const digits = (value: number): string => THREE_DIGITS[value] as string;

let second = -1;
let secondText = '';
let dateText = '';

function enter(seconds: number): void {
	const date = new Date(seconds * 1000);
	second = seconds;
	secondText = `${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:${pad(date.getSeconds(), 2)}.`;
	dateText = `${date.getFullYear()}-${pad(date.getMonth() + 1, 2)}-${pad(date.getDate(), 2)} ${secondText}`;
}

/** What a millisecond begins with; many drops of a flood share one, and for one more piece they are put together. */
class Millisecond {
	private nanoseconds = -1;
	private beginning = '';
	private text = '';

	/** @param beginning of the second @param nanoseconds into it @returns with three more digits */
	of(beginning: string, nanoseconds: number): string {
		const since = nanoseconds - this.nanoseconds;
		if (since < 0 || since >= 1_000_000 || this.beginning !== beginning) {
			const milliseconds = Math.floor(nanoseconds / 1_000_000);
			this.nanoseconds = milliseconds * 1_000_000;
			this.beginning = beginning;
			this.text = beginning + digits(milliseconds);
			// a look at a character has V8 put the pieces together
			this.text.charCodeAt(0);
		}
		return this.text;
	}
}

const [ofDay, ofDate] = [new Millisecond(), new Millisecond()];

/** Local time of day with microseconds: '14:53:31.123456'. */
export function timeText({ seconds, nanoseconds }: Moment): string {
	if (seconds !== second) enter(seconds);
	return ofDay.of(secondText, nanoseconds) + digits(Math.floor(nanoseconds / 1000) % 1000);
}

/** '2026-11-24 14:53:31.123456' */
export function dateTimeText({ seconds, nanoseconds }: Moment): string {
	if (seconds !== second) enter(seconds);
	return ofDate.of(dateText, nanoseconds) + digits(Math.floor(nanoseconds / 1000) % 1000);
}

/** The reason's name; '-' on kernels that give none. */
export const reasonName = ({ reason }: Pick<Drop, 'reason'>): string => reason?.name ?? '-';

/** The reason in a sentence; '' for one that the table does not know. */
export const meaning = ({ reason }: Drop): string =>
	reason === undefined
		? say('this kernel gives no reason; the function says where it died', '此内核不提供原因,函数名说明丢弃位置')
		: (reasonText(reason.name, lang()) ?? '');

/** The same place is told over and over; there are only so many, and each is one object (kernel/symbols.ts). */
const places = new WeakMap<object, string>();

export function whereText({ location }: Pick<Drop, 'location'>): string {
	let text = places.get(location);
	if (text === undefined) {
		text = 'address' in location ? location.address : locationText(location);
		places.set(location, text);
	}
	return text;
}

const HARMLESS_MOST = 4096;
const harmlessNames = new Map<string, string>();

/** Names that anybody may choose, of devices and processes, can hold what moves the cursor of a terminal, or ends a line. */
function harmless(name: string): string {
	let text = harmlessNames.get(name);
	if (text === undefined) {
		if (harmlessNames.size >= HARMLESS_MOST) harmlessNames.clear();
		text = name.replace(/[\0-\x1f\x7f-\x9f]/g, '?');
		harmlessNames.set(name, text);
	}
	return text;
}

export const deviceText = ({ device }: { device?: Drop['device'] | undefined }): string =>
	device === undefined ? '-' : device.name === undefined ? `#${device.ifindex}` : harmless(device.name);

/** A name where there is one; the namespace of droptrace itself is 'current', as in --netns. */
export const netnsText = ({ netns }: { netns?: Drop['netns'] | undefined }, own: number): string =>
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

export type Style = (text: string) => string;

const plain: Style = (text) => text;

/** Chalk makes a style anew whenever it is named, and calls it although there are no colours. */
export const styleOf = (colour: ChalkInstance, name: 'dim' | 'bold' | 'red' | 'green' | 'yellow' | 'cyan'): Style =>
	colour.level > 0 ? colour[name] : plain;

/** The end of a line, from the place on, and what it was made of. */
interface Ending {
	device: string | undefined;
	ifindex: number | undefined;
	inode: number | undefined;
	netns: string | undefined;
	cpu: number;
	sentence: string;
	type: string | undefined;
	state: string | undefined;
	comm: string | undefined;
	pid: number | undefined;
	mark: number | undefined;
	container: string | undefined;
	text: string;
}

/**
 * A string of pieces costs some 300 instructions a piece until it is written (make bench), so what stays the same from line to line
 * is put together once.
 */
export class LineSink implements Sink {
	private readonly writer: Writer;
	private readonly own: number;
	private readonly dim: Style;
	private readonly red: Style;
	private readonly cyan: Style;
	private readonly endings = new WeakMap<object, Ending>();
	private readonly reasons = new WeakMap<object, { name: string; sentence: string }>();

	/** @param own inode of this process's network namespace */
	constructor(writer: Writer, own: number, colour: ChalkInstance) {
		this.writer = writer;
		this.own = own;
		this.dim = styleOf(colour, 'dim');
		this.red = styleOf(colour, 'red');
		this.cyan = styleOf(colour, 'cyan');
	}

	start(): void {}

	drop(drop: Drop): void {
		const { name, sentence } = this.reason(drop);
		const time = this.dim(dateTimeText(drop.time));
		this.writer.whole(time + name + packetText(drop.packet) + this.end(drop, sentence), true);
		if (drop.stack !== undefined) for (const frame of drop.stack) this.writer.line(this.dim(`    ${frame}`));
	}

	/** Told on stderr, where it cannot be taken for a result. */
	lost(): void {}

	ending(): string[] {
		return [];
	}

	/** ' NO_SOCKET ', and ': what that means' */
	private reason(drop: Drop): { name: string; sentence: string } {
		const key = drop.reason ?? this;
		let texts = this.reasons.get(key);
		if (!texts) {
			const sentence = meaning(drop);
			texts = { name: ` ${this.red(reasonName(drop))} `, sentence: sentence === '' ? '' : `: ${sentence}` };
			this.reasons.set(key, texts);
		}
		return texts;
	}

	/** ' at tcp_v4_rcv+0x9a dev eth0 netns web cpu 0 state LISTEN: what the reason means', and a newline: as of the drop before it there, as a rule */
	private end(drop: Drop, sentence: string): string {
		const { device, netns, location, cpu, socket, process } = drop;
		const known = this.endings.get(location);
		if (
			known !== undefined &&
			known.cpu === cpu &&
			known.sentence === sentence &&
			known.device === device?.name &&
			known.ifindex === device?.ifindex &&
			known.inode === netns?.inode &&
			known.netns === netns?.name &&
			known.type === drop.pktType &&
			known.state === socket?.state &&
			known.comm === process?.comm &&
			known.pid === process?.pid &&
			known.mark === drop.mark &&
			known.container === drop.container
		)
			return known.text;
		const where = ` at ${this.cyan(whereText(drop))} dev ${deviceText(drop)} netns ${netnsText(drop, this.own)} cpu ${cpu}`;
		const text = `${where}${detailText(drop)}${sentence}\n`;
		// a look at a character has V8 put the pieces together, once for all uses
		text.charCodeAt(0);
		this.endings.set(location, {
			device: device?.name,
			ifindex: device?.ifindex,
			inode: netns?.inode,
			netns: netns?.name,
			cpu,
			sentence,
			type: drop.pktType,
			state: socket?.state,
			comm: process?.comm,
			pid: process?.pid,
			mark: drop.mark,
			container: drop.container,
			text,
		});
		return text;
	}
}
