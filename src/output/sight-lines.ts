/** The lines of a packet's sights: a time, the point, and what is said of it. Nearly all have been said before. */
import { reasonText } from '../kernel/reason-text.ts';
import { lang, say } from '../lang.ts';
import type { PathEvent } from '../trace/path.ts';
import type { Style } from './colour.ts';
import { deviceText, durationText, netnsText, whereText } from './text.ts';
import { type Timed, TimedTexts, tenthsOf } from './timed.ts';

/** columns of characters; a longer text pushes its neighbours instead of being cut */
export const WIDTH = { since: 10, point: 28, device: 10 } as const;

export const SPACES: readonly string[] = Array.from({ length: 64 }, (_, count) => ' '.repeat(count));
export const padded = (text: string, width: number): string => text + (SPACES[width - text.length] ?? '');
export const right = (text: string, width: number): string => (SPACES[width - text.length] ?? '') + text;

/** The beginnings of lines by tenths of a microsecond: nearly all times are short, and a string of pieces costs by the piece (text.ts). */
const STARTS_MOST = 10_000;
// made as long as they get: what grows by far places becomes a table, which takes three times as long to look into
const starts = new Array<string | undefined>(STARTS_MOST);

/** '     12.3 us ' */
export function lineStart(ns: number): string {
	const tenths = tenthsOf(ns);
	if (tenths >= STARTS_MOST) return `  ${right(durationText(ns), WIDTH.since)} `;
	let text = starts[tenths];
	if (text === undefined) {
		text = `  ${right(durationText(ns), WIDTH.since)} `;
		starts[tenths] = text;
	}
	return text;
}

/** What a line says behind its time, and of which device and namespace. */
export interface Behind extends Timed {
	readonly device: PathEvent['device'];
	readonly netns: PathEvent['netns'];
	readonly text: string;
}

/** What is said of a kind of sights: of different devices, and whose they are. */
interface Said {
	readonly owner: SightLines;
	readonly all: Behind[];
	/** which of them goes next */
	next: number;
}

const SAID_MOST = 8;

export class SightLines {
	private readonly own: number;
	private readonly styles: { time: Style; point: Style; drop: Style };
	private readonly lines = new TimedTexts<Behind>(({ text }, since) => this.styles.time(lineStart(since)) + text);

	/** @param own inode of this process's network namespace */
	constructor(own: number, styles: { time: Style; point: Style; drop: Style }) {
		this.own = own;
		this.styles = styles;
	}

	/** The point's name, as wide as the column. */
	name({ point, reason }: PathEvent): string {
		return this.style(reason)(padded(point, WIDTH.point));
	}

	/** A time, and what is said behind it. */
	whole(since: number, behind: Behind): string {
		return this.lines.of(behind, since);
	}

	/** What is said of a sight behind its time. @param device and `netns`, unless they are those of the sight before; `notes`: what it was there */
	behind(event: PathEvent, device: PathEvent['device'], netns: PathEvent['netns'], notes: boolean): Behind {
		const { kind } = event;
		if (kind === undefined || !kind.shared) return this.make(event, device, netns, notes, false);
		let said = kind.text as Said | undefined;
		if (said === undefined || said.owner !== this) {
			said = { owner: this, all: [], next: 0 };
			kind.text = said;
		}
		const { all } = said;
		for (let i = 0; i < all.length; i++) {
			const one = all[i] as Behind;
			if (one.device === device && one.netns === netns) return one;
		}
		const found = this.make(event, device, netns, notes, true);
		const oldest = all[said.next];
		if (oldest !== undefined) this.lines.forget(oldest);
		all[said.next] = found;
		said.next = (said.next + 1) % SAID_MOST;
		return found;
	}

	private make(event: PathEvent, device: PathEvent['device'], netns: PathEvent['netns'], notes: boolean, keep: boolean): Behind {
		const { point, reason } = event;
		const place = [...(netns === undefined ? [] : [`netns ${netnsText({ netns }, this.own)}`]), ...(notes ? [noteText(event)] : [])];
		const told = place.filter((text) => text !== '').join(' ');
		const beside = device === undefined ? '' : deviceText({ device });
		const columns = told === '' ? beside : `${padded(beside, WIDTH.device)} ${told}`;
		const style = this.style(reason);
		const text = columns === '' ? `${style(point)}\n` : `${style(padded(point, WIDTH.point))} ${columns}\n`;
		return { device, netns, text, uses: keep ? 0 : Number.NEGATIVE_INFINITY, texts: undefined, kept: 0 };
	}

	private style(reason: PathEvent['reason']): Style {
		return reason === undefined ? this.styles.point : this.styles.drop;
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
