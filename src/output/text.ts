/** Drops for people: one line each, with everything, for pipes and files. */
import { digits } from '../digits.ts';
import type { Drop } from '../drops/drop.ts';
import type { Moment } from '../kernel/clock.ts';
import { reasonText } from '../kernel/reason-text.ts';
import { locationText } from '../kernel/symbols.ts';
import { lang, say } from '../lang.ts';
import { packetText } from '../packet/text.ts';
import { onePiece } from '../pieces.ts';
import type { Colours, Style } from './colour.ts';
import { Endings } from './endings.ts';
import type { Sink } from './sink.ts';
import type { Writer } from './writer.ts';

const pad = (value: number, width: number) => String(value).padStart(width, '0');

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
			this.text = onePiece(beginning + digits(milliseconds));
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

/** Tenths of a microsecond up to a millisecond, as text; as long as it gets: what grows by far places becomes a table. */
const SHORT = 10_000;
const shortTimes = new Array<string | undefined>(SHORT);

function shortTime(tenths: number): string {
	let text = shortTimes[tenths];
	if (text === undefined) {
		text = onePiece(`${Math.floor(tenths / 10)}.${tenths % 10} us`);
		shortTimes[tenths] = text;
	}
	return text;
}

/** '12.3 us' of so many ns, in the unit that fits. */
export function durationText(ns: number): string {
	if (ns < 999_950) return shortTime(Math.round(ns / 100));
	const [unit, name] = ns < 999_995_000 ? [10_000, 'ms'] : [10_000_000, 's'];
	const hundredths = Math.round(ns / unit);
	const rest = hundredths % 100;
	return `${Math.floor(hundredths / 100)}.${rest < 10 ? '0' : ''}${rest} ${name}`;
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

export class LineSink implements Sink {
	private readonly writer: Writer;
	private readonly dim: Style;
	private readonly red: Style;
	private readonly names = new WeakMap<object, string>();
	private readonly endings: Endings;

	/** @param own inode of this process's network namespace */
	constructor(writer: Writer, own: number, colour: Colours) {
		this.writer = writer;
		this.dim = colour.dim;
		this.red = colour.red;
		const { cyan } = colour;
		this.endings = new Endings((drop) => {
			const sentence = meaning(drop);
			const where = ` at ${cyan(whereText(drop))} dev ${deviceText(drop)} netns ${netnsText(drop, own)} cpu ${drop.cpu}`;
			return `${where}${detailText(drop)}${sentence === '' ? '' : `: ${sentence}`}\n`;
		});
	}

	start(): void {}

	drop(drop: Drop): void {
		const time = this.dim(dateTimeText(drop.time));
		this.writer.whole(time + this.name(drop) + packetText(drop.packet) + this.endings.of(drop), true);
		if (drop.stack !== undefined) for (const frame of drop.stack) this.writer.line(this.dim(`    ${frame}`));
	}

	/** Told on stderr, where it cannot be taken for a result. */
	lost(): void {}

	ending(): string[] {
		return [];
	}

	/** ' NO_SOCKET ' */
	private name(drop: Drop): string {
		const key = drop.reason ?? this;
		let text = this.names.get(key);
		if (text === undefined) {
			text = ` ${this.red(reasonName(drop))} `;
			this.names.set(key, text);
		}
		return text;
	}
}
