/** The lines of a packet's sights: a time, the point, and what is said of it. Nearly all have been said before. */
import { reasonText } from '../kernel/reason-text.ts';
import { lang, say } from '../lang.ts';
import type { PathEvent } from '../trace/path.ts';
import { deviceText, durationText, netnsText, type Style, whereText } from './text.ts';

/** columns of characters; a longer text pushes its neighbours instead of being cut */
export const WIDTH = { since: 10, point: 28, device: 10 } as const;

export const SPACES: readonly string[] = Array.from({ length: 64 }, (_, count) => ' '.repeat(count));
export const padded = (text: string, width: number): string => text + (SPACES[width - text.length] ?? '');
export const right = (text: string, width: number): string => (SPACES[width - text.length] ?? '') + text;

/** The beginnings of lines by tenths of a microsecond: nearly all times are short, and a string of pieces costs by the piece (text.ts). */
const starts: string[] = [];
const STARTS_MOST = 10_000;

/** '     12.3 us ' */
export function lineStart(ns: number): string {
	const tenths = Math.round(ns / 100);
	if (tenths >= STARTS_MOST) return `  ${right(durationText(ns), WIDTH.since)} `;
	let text = starts[tenths];
	if (text === undefined) {
		text = `  ${right(durationText(ns), WIDTH.since)} `;
		starts[tenths] = text;
	}
	return text;
}

/** What a line says behind its time, and what that was made of. */
export interface Behind {
	device: string | undefined;
	ifindex: number | undefined;
	netns: PathEvent['netns'];
	note: string | undefined;
	returned: string | undefined;
	reason: PathEvent['reason'];
	location: PathEvent['location'];
	text: string;
	/** whole lines, by tenths of a microsecond, and how many there are; undefined: it is not kept */
	lines: string[] | undefined;
	kept: number;
}

/** A point as it is written at the end of a line, and with something behind it; and what was said there last. */
interface PointText {
	last: string;
	before: string;
	said: Behind[];
	/** which of those goes next */
	next: number;
}

/** What is said at one point differs by the hook, the device … */
const SAID_MOST = 8;
/** Whole lines are kept for times up to this, tenths of a microsecond, and this many in all. */
const LINES_UNTIL = 1000;
const LINES_MOST = 20_000;

export class SightLines {
	private readonly own: number;
	private readonly styles: { time: Style; point: Style; drop: Style };
	private readonly points = new Map<string, PointText>();
	private readonly dropping = new Map<string, PointText>();
	/** how many whole lines there are */
	private kept = 0;

	/** @param own inode of this process's network namespace */
	constructor(own: number, styles: { time: Style; point: Style; drop: Style }) {
		this.own = own;
		this.styles = styles;
	}

	/** The point's name, as wide as the column. */
	name(event: PathEvent): string {
		return this.textOf(event).before;
	}

	/** A time, and what is said behind it. One piece, most times. */
	whole(since: number, behind: Behind): string {
		const { text, lines } = behind;
		const tenths = Math.round(since / 100);
		const known = lines?.[tenths];
		if (known !== undefined) return known;
		const line = this.styles.time(lineStart(since)) + text;
		if (lines !== undefined && tenths < LINES_UNTIL && this.kept < LINES_MOST) {
			// a look at a character has V8 put the pieces together, once for all uses
			line.charCodeAt(0);
			lines[tenths] = line;
			behind.kept++;
			this.kept++;
		}
		return line;
	}

	/** What is said of a sight behind its time. @param device and `netns`, unless they are those of the sight before; `notes`: what it was there */
	behind(event: PathEvent, device: PathEvent['device'], netns: PathEvent['netns'], notes: boolean): Behind {
		const point = this.textOf(event);
		const { said } = point;
		const note = notes ? event.note : undefined;
		const returned = notes ? event.returned : undefined;
		const location = notes ? event.location : undefined;
		const reason = notes ? event.reason : undefined;
		const functions = notes && event.functions !== undefined;
		for (let i = 0; i < said.length; i++) {
			const one = said[i] as Behind;
			if (
				one.note === note &&
				one.location === location &&
				one.reason === reason &&
				one.netns === netns &&
				one.ifindex === device?.ifindex &&
				one.device === device?.name &&
				one.returned === returned &&
				!functions
			)
				return one;
		}
		const place = [...(netns === undefined ? [] : [`netns ${netnsText({ netns }, this.own)}`]), ...(notes ? [noteText(event)] : [])];
		const told = place.filter((text) => text !== '').join(' ');
		const beside = device === undefined ? '' : deviceText({ device });
		const columns = told === '' ? beside : `${padded(beside, WIDTH.device)} ${told}`;
		const text = columns === '' ? `${point.last}\n` : `${point.before} ${columns}\n`;
		const found: Behind = {
			device: device?.name,
			ifindex: device?.ifindex,
			netns,
			note,
			returned,
			reason,
			location,
			text,
			lines: functions ? undefined : [],
			kept: 0,
		};
		if (functions) return found;
		this.kept -= said[point.next]?.kept ?? 0;
		said[point.next] = found;
		point.next = (point.next + 1) % SAID_MOST;
		return found;
	}

	private textOf({ point, reason }: PathEvent): PointText {
		const known = reason === undefined ? this.points : this.dropping;
		let text = known.get(point);
		if (!text) {
			const style = reason === undefined ? this.styles.point : this.styles.drop;
			text = { last: style(point), before: style(padded(point, WIDTH.point)), said: [], next: 0 };
			known.set(point, text);
		}
		return text;
	}
}

/** 'ipv4 INPUT', 'returns 0 (accepted)', 'NO_SOCKET at udp_rcv+0x10 (nobody listens)' */
export function noteText({ reason, location, note, returned, functions }: PathEvent): string {
	if (note === undefined && returned === undefined && location === undefined) return '';
	const meaning = reason && reasonText(reason.name, lang());
	return [
		...(note === undefined ? [] : [functions === undefined ? note : `${note}: ${functions.join(', ')}`]),
		...(returned === undefined ? [] : [`${say('returns', '返回')} ${returned}`]),
		...(reason === undefined ? [] : [reason.name]),
		...(location === undefined ? [] : [`${reason ? say('at', '于') : say('by', '由')} ${whereText({ location })}`]),
		...(meaning ? [`(${meaning})`] : []),
	].join(' ');
}
