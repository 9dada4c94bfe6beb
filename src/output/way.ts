/** Packets' ways for people: a header line with the packet and what became of it, then a line a point. */
import type { ChalkInstance } from 'chalk';
import { reasonText } from '../kernel/reason-text.ts';
import { lang, say } from '../lang.ts';
import { packetText } from '../packet/text.ts';
import type { Change, Path, PathEvent, Verdict } from '../trace/path.ts';
import type { Sink } from './sink.ts';
import { dateTimeText, deviceText, netnsText, timeText, whereText } from './text.ts';
import type { Writer } from './writer.ts';

/** columns of characters; a longer text pushes its neighbours instead of being cut */
const WIDTH = { since: 10, point: 28, device: 10 } as const;

const VERDICTS: Record<Verdict, readonly [en: string, zh: string]> = {
	delivered: ['delivered', '已送达'],
	sent: ['sent', '已发出'],
	forwarded: ['forwarded', '已转发'],
	dropped: ['dropped', '被丢弃'],
	rejected: ['rejected', '被拒绝'],
	consumed: ['freed as usual', '正常释放'],
	open: ['still there', '仍未结束'],
};

const CHANGES: Record<Change['what'], readonly [en: string, zh: string]> = {
	nat: ['address translation', '地址转换'],
	encap: ['encapsulated', '封装'],
	decap: ['decapsulated', '解封装'],
	clone: ['cloned', '克隆'],
	copy: ['copied', '复制'],
	segment: ['segmented', '分段'],
	merge: ['merged', '合并'],
};

/** '12.3 µs' of so many ns, in the unit that fits. */
export function durationText(ns: number): string {
	if (ns < 1_000_000) return `${(ns / 1000).toFixed(1)} µs`;
	if (ns < 1_000_000_000) return `${(ns / 1_000_000).toFixed(2)} ms`;
	return `${(ns / 1_000_000_000).toFixed(2)} s`;
}

export interface WayOptions {
	/** inode of this process's network namespace */
	own: number;
	colour: ChalkInstance;
	/** CPU and address of the skb, too */
	detail: boolean;
	/** the time of day on every line */
	date: boolean;
	/** the time since the line before, too */
	latency: boolean;
	/** of each point only its name and time */
	tiny: boolean;
}

export class WaySink implements Sink {
	private readonly writer: Writer;
	private readonly options: WayOptions;

	constructor(writer: Writer, options: WayOptions) {
		this.writer = writer;
		this.options = options;
	}

	start(): void {}

	drop(): void {}

	path(path: Path): void {
		const { colour } = this.options;
		const { packet, verdict, events, changes, latency } = path;
		const bad = verdict === 'dropped' || verdict === 'rejected';
		const became = `${say(...VERDICTS[verdict])}${this.where(path)}`;
		const [first] = events;
		const time = first === undefined ? '' : `${colour.dim(timeText(first.time))} `;
		this.writer.line(
			`${time}${colour.bold(packetText(packet))}: ${(bad ? colour.red : colour.green)(became)}, ${durationText(latency)}`,
			true,
		);
		let netns: number | undefined;
		let device: string | undefined;
		let before = 0;
		for (const event of events) {
			this.writer.line(this.line(event, event.since - before, deviceText(event) !== device, event.netns?.inode !== netns));
			device = deviceText(event);
			netns = event.netns?.inode;
			before = event.since;
			for (const change of changes.filter(({ at }) => at === event.point && event.packet !== undefined))
				this.writer.line(`${' '.repeat(WIDTH.since + 4)}${colour.yellow(changeText(change))}`);
		}
		this.writer.line('');
	}

	/** Told on stderr, where it cannot be taken for a result. */
	lost(): void {}

	ending(): string[] {
		return [];
	}

	/** ' by NO_SOCKET at udp_rcv+0x10', ' in net:net_dev_queue since 2.00 s' */
	private where({ verdict, events, open }: Path): string {
		const last = events.findLast(({ reason, location }) => reason !== undefined || location !== undefined);
		if ((verdict === 'dropped' || verdict === 'rejected') && last?.location !== undefined)
			return `${last.reason ? ` ${last.reason.name}` : ''} ${say('at', '于')} ${whereText({ location: last.location })}`;
		const { point = '', netns } = events.at(-1) ?? {};
		return open ? say(`, last seen at ${point}`, `,最后见于 ${point}`) + (netns ? '' : '') : '';
	}

	private line(event: PathEvent, gap: number, newDevice: boolean, newNetns: boolean): string {
		const { colour, detail, date, latency, own } = this.options;
		const since = date ? dateTimeText(event.time) : durationText(event.since).padStart(WIDTH.since);
		const parts = [`  ${colour.dim(since)}`];
		if (latency) parts.push(colour.dim(`+${durationText(gap)}`.padStart(WIDTH.since + 1)));
		if (detail) parts.push(`cpu ${String(event.cpu).padEnd(3)} ${event.skb}`);
		const ends = event.reason !== undefined;
		parts.push((ends ? colour.red : colour.cyan)(event.point.padEnd(WIDTH.point)));
		parts.push((newDevice ? deviceText(event) : '').padEnd(WIDTH.device));
		if (newNetns && event.netns !== undefined) parts.push(`netns ${netnsText(event, own)}`);
		const notes = noteText(event);
		if (notes !== '') parts.push(notes);
		return parts.join(' ').trimEnd();
	}
}

function noteText({ reason, location, note, ret }: PathEvent): string {
	const meaning = reason && reasonText(reason.name, lang());
	return [
		...(note === undefined ? [] : [note]),
		...(ret === undefined ? [] : [`${say('returns', '返回')} ${ret}`]),
		...(reason === undefined ? [] : [reason.name]),
		...(location === undefined ? [] : [`${reason ? say('at', '于') : say('by', '由')} ${whereText({ location })}`]),
		...(meaning ? [`(${meaning})`] : []),
	].join(' ');
}

const changeText = ({ what, from, to }: Change): string => `${say(...CHANGES[what])}: ${from} → ${to}`;
