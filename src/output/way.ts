/** Packets' ways for people: a header line with the packet and what became of it, then a line a point. */
import type { ChalkInstance } from 'chalk';
import type { Judgement } from '../diagnose/diagnose.ts';
import type { Diagnosis } from '../diagnose/diagnosis.ts';
import { reasonText } from '../kernel/reason-text.ts';
import { lang, say } from '../lang.ts';
import { packetText } from '../packet/text.ts';
import type { Change, Path, PathEvent, Verdict } from '../trace/path.ts';
import type { WayCount } from '../trace/ways.ts';
import { reportLines, warningLines } from './report.ts';
import type { Sink } from './sink.ts';
import { dateTimeText, deviceText, netnsText, type Style, styleOf, timeText, whereText } from './text.ts';
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

export const verdictText = (verdict: Verdict): string => say(...VERDICTS[verdict]);

/** 'ip_rcv c0 netns web 12.3 us NO_SOCKET at …', in a file that may be read on another machine: no namespace is the own one. */
export function sightText(event: PathEvent): string {
	const { point, since, device, netns } = event;
	const place = [...(device ? [deviceText(event)] : []), ...(netns ? [`netns ${netnsText(event, -1)}`] : [])];
	return [point, ...place, durationText(since), noteText(event)].filter((part) => part !== '').join(' ');
}

const CHANGES: Record<Change['what'], readonly [en: string, zh: string]> = {
	nat: ['address translation', '地址转换'],
	encap: ['encapsulated', '封装'],
	decap: ['decapsulated', '解封装'],
	clone: ['cloned', '克隆'],
	copy: ['copied', '复制'],
	segment: ['segmented', '分段'],
	merge: ['merged', '合并'],
};

/** '12.3 us' of so many ns, in the unit that fits. */
export function durationText(ns: number): string {
	if (ns < 999_950) {
		const tenths = Math.round(ns / 100);
		return `${Math.floor(tenths / 10)}.${tenths % 10} us`;
	}
	const [unit, name] = ns < 999_995_000 ? [10_000, 'ms'] : [10_000_000, 's'];
	const hundredths = Math.round(ns / unit);
	const rest = hundredths % 100;
	return `${Math.floor(hundredths / 100)}.${rest < 10 ? '0' : ''}${rest} ${name}`;
}

const SPACES: readonly string[] = Array.from({ length: 64 }, (_, count) => ' '.repeat(count));
const padded = (text: string, width: number): string => text + (SPACES[width - text.length] ?? '');
const right = (text: string, width: number): string => (SPACES[width - text.length] ?? '') + text;

/** The beginnings of lines by tenths of a microsecond: nearly all times are short, and a string of pieces costs by the piece (text.ts). */
const starts: string[] = [];
const STARTS_MOST = 10_000;

function lineStart(ns: number): string {
	const tenths = Math.round(ns / 100);
	if (tenths >= STARTS_MOST) return `  ${right(durationText(ns), WIDTH.since)} `;
	let text = starts[tenths];
	if (text === undefined) {
		text = `  ${right(durationText(ns), WIDTH.since)} `;
		starts[tenths] = text;
	}
	return text;
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
	/** a packet may have ended where nothing is seen of it */
	endsUnseen: boolean;
}

/** What a line says behind its time, and what that was made of. */
interface Rest {
	device: string | undefined;
	ifindex: number | undefined;
	netns: PathEvent['netns'];
	note: string | undefined;
	returned: string | undefined;
	reason: PathEvent['reason'];
	location: PathEvent['location'];
	text: string;
	/** whole lines, by tenths of a microsecond, and how many there are */
	lines: string[];
	kept: number;
}

/** A point as it is written at the end of a line, and with something behind it; and what was said there last. */
interface PointText {
	last: string;
	before: string;
	rests: Rest[];
	/** which of them goes next */
	next: number;
}

/** What is said at one point differs by the hook, the device … */
const RESTS_MOST = 8;
/** Whole lines are kept for times up to this, tenths of a microsecond, and this many in all. */
const LINES_UNTIL = 1000;
const LINES_MOST = 20_000;

export class WaySink implements Sink {
	private readonly writer: Writer;
	private readonly options: WayOptions;
	private readonly dim: Style;
	private readonly bold: Style;
	private readonly red: Style;
	private readonly green: Style;
	private readonly yellow: Style;
	private readonly cyan: Style;
	private readonly points = new Map<string, PointText>();
	private readonly dropping = new Map<string, PointText>();
	/** how many whole lines are kept */
	private lines = 0;

	constructor(writer: Writer, options: WayOptions) {
		this.writer = writer;
		this.options = options;
		const { colour } = options;
		this.dim = styleOf(colour, 'dim');
		this.bold = styleOf(colour, 'bold');
		this.red = styleOf(colour, 'red');
		this.green = styleOf(colour, 'green');
		this.yellow = styleOf(colour, 'yellow');
		this.cyan = styleOf(colour, 'cyan');
	}

	start(): void {}

	drop(): void {}

	path(path: Path, judgement?: Judgement): void {
		if (judgement) this.judgement(path, judgement);
		const { packet, verdict, events, changes, latency } = path;
		const { tiny } = this.options;
		const bad = verdict === 'dropped' || verdict === 'rejected';
		const verdictText = verdict === 'open' && this.options.endsUnseen ? say('last seen', '最后见于') : say(...VERDICTS[verdict]);
		const became = `${verdictText}${this.where(path)}`;
		const [first] = events;
		const time = first === undefined ? '' : `${this.dim(timeText(first.time))} `;
		let text = `${time}${this.bold(packetText(packet))}: ${(bad ? this.red : this.green)(became)}, ${durationText(latency)}\n`;
		let netns: PathEvent['netns'];
		let device: PathEvent['device'];
		let before = 0;
		for (let i = 0; i < events.length; i++) {
			const event = events[i] as PathEvent;
			if (tiny) {
				text += this.whole(event.since, this.restOf(event, undefined, undefined, false));
				continue;
			}
			const newDevice = event.device !== device && event.device?.ifindex !== device?.ifindex ? event.device : undefined;
			const newNetns = event.netns !== netns && event.netns?.inode !== netns?.inode ? event.netns : undefined;
			text += this.line(event, event.since - before, this.restOf(event, newDevice, newNetns, true));
			device = event.device ?? device;
			netns = event.netns ?? netns;
			before = event.since;
			if (event.stack !== undefined) for (const frame of event.stack) text += `${SPACES[WIDTH.since + 4]}${this.dim(frame)}\n`;
			if (changes.length > 0 && event.packet !== undefined) text += this.changesAt(event, changes);
		}
		this.writer.line(text, true);
	}

	/** Why it failed, before its way. What was told before is only counted. */
	private judgement({ verdict }: Path, { diagnosis, first, warnings }: Judgement): void {
		const { own, colour } = this.options;
		const lines = diagnosis && first ? reportLines(diagnosis, own, colour) : [];
		if (!diagnosis && verdict !== 'dropped' && verdict !== 'rejected')
			lines.push(this.green(verdict === 'open' ? say('nothing wrong so far:', '目前未见异常:') : say('healthy:', '正常:')));
		lines.push(...warningLines(warnings, colour));
		if (diagnosis && first) lines.push(`  ${colour.cyan(`${say('its way', '路径')}:`)}`);
		for (const line of lines) this.writer.line(line);
	}

	/** At the end, what was found more than once. */
	diagnoses(all: readonly Diagnosis[]): void {
		const again = all.filter(({ count }) => count > 1);
		if (again.length === 0) return;
		this.writer.line(this.bold(say('found again and again:', '多次出现:')));
		for (const { count, cause, summary } of again) this.writer.line(`${String(count).padStart(8)}  ${cause}: ${summary}`);
	}

	/** A line of --basic: the point, and the packet it was seen at. */
	event(event: PathEvent): void {
		const { own } = this.options;
		const { packet } = event;
		const time = this.options.date ? dateTimeText(event.time) : timeText(event.time);
		const point = this.textOf(event).before;
		const place = `${padded(deviceText(event), WIDTH.device)} netns ${netnsText(event, own)}`;
		const detail = this.options.detail ? ` cpu ${event.cpu} ${event.skb}` : '';
		const notes = noteText(event);
		const told = packet === undefined ? '' : ` ${packetText(packet)}`;
		this.writer.line(`${this.dim(time)}${detail} ${point} ${place}${told}${notes === '' ? '' : ` ${notes}`}`, true);
	}

	/** The different ways, the most common first. */
	summary(ways: readonly WayCount[]): void {
		const total = ways.reduce((sum, { packets }) => sum + packets, 0);
		for (const { points, verdict, reason, location, packets } of ways) {
			const bad = verdict === 'dropped' || verdict === 'rejected';
			const where = location === undefined ? '' : ` ${say('at', '于')} ${whereText({ location })}`;
			const became = `${say(...VERDICTS[verdict])}${reason ? ` ${reason.name}` : ''}${where}`;
			const share = `${((packets / total) * 100).toFixed(1)} %`;
			this.writer.line(`${this.bold(String(packets).padStart(8))} ${share.padStart(7)}  ${(bad ? this.red : this.green)(became)}`);
			this.writer.line(`${SPACES[18]}${runs(points).join(' → ')}`);
		}
	}

	/** Told on stderr, where it cannot be taken for a result. */
	lost(): void {}

	ending(): string[] {
		return [];
	}

	/** ' NO_SOCKET at udp_rcv+0x10', ', last seen at net:net_dev_queue' */
	private where({ death, events, open }: Path): string {
		if (death) {
			const { reason, location } = death;
			return `${reason ? ` ${reason.name}` : ''}${location ? ` ${say('at', '于')} ${whereText({ location })}` : ''}`;
		}
		const last = events.at(-1);
		if (!open || last === undefined) return '';
		if (this.options.endsUnseen) return say(` at ${last.point}, ${timeText(last.time)}`, ` ${last.point},${timeText(last.time)}`);
		return say(`, in ${last.point} since ${timeText(last.time)}`, `,自 ${timeText(last.time)} 起停留在 ${last.point}`);
	}

	private line(event: PathEvent, gap: number, rest: Rest): string {
		const { detail, date, latency } = this.options;
		if (!date && !latency && !detail) return this.whole(event.since, rest);
		let text = date ? `  ${this.dim(dateTimeText(event.time))} ` : this.dim(lineStart(event.since));
		if (latency) text += `${this.dim(right(`+${durationText(gap)}`, WIDTH.since + 1))} `;
		if (detail) text += `cpu ${padded(String(event.cpu), 3)} ${event.skb} `;
		return text + rest.text;
	}

	/** A time, and what is said behind it. One piece, most times. */
	private whole(since: number, rest: Rest): string {
		const { text, lines } = rest;
		const tenths = Math.round(since / 100);
		const known = lines[tenths];
		if (known !== undefined) return known;
		const line = this.dim(lineStart(since)) + text;
		if (tenths < LINES_UNTIL && this.lines < LINES_MOST) {
			// a look at a character has V8 put the pieces together, once for all uses
			line.charCodeAt(0);
			lines[tenths] = line;
			rest.kept++;
			this.lines++;
		}
		return line;
	}

	/** What is said of a sight behind its time. @param device and `netns`, unless they are those of the sight before; `notes`: what it was there */
	private restOf(event: PathEvent, device: PathEvent['device'], netns: PathEvent['netns'], notes: boolean): Rest {
		const point = this.textOf(event);
		const { rests } = point;
		const note = notes ? event.note : undefined;
		const returned = notes ? event.returned : undefined;
		const location = notes ? event.location : undefined;
		const reason = notes ? event.reason : undefined;
		const functions = notes && event.functions !== undefined;
		for (let i = 0; i < rests.length; i++) {
			const rest = rests[i] as Rest;
			if (
				rest.note === note &&
				rest.location === location &&
				rest.reason === reason &&
				rest.netns === netns &&
				rest.ifindex === device?.ifindex &&
				rest.device === device?.name &&
				rest.returned === returned &&
				!functions
			)
				return rest;
		}
		const said = notes ? noteText(event) : '';
		const place = netns === undefined ? '' : `netns ${netnsText({ netns }, this.options.own)}`;
		const beside = device === undefined ? '' : deviceText({ device });
		const behind = `${place}${place === '' || said === '' ? '' : ' '}${said}`;
		const columns = behind === '' ? beside : `${padded(beside, WIDTH.device)} ${behind}`;
		const text = columns === '' ? `${point.last}\n` : `${point.before} ${columns}\n`;
		const rest: Rest = {
			device: device?.name,
			ifindex: device?.ifindex,
			netns,
			note,
			returned,
			reason,
			location,
			text,
			lines: [],
			kept: 0,
		};
		if (functions) return rest;
		this.lines -= rests[point.next]?.kept ?? 0;
		rests[point.next] = rest;
		point.next = (point.next + 1) % RESTS_MOST;
		return rest;
	}

	private textOf({ point, reason }: PathEvent): PointText {
		const known = reason === undefined ? this.points : this.dropping;
		let text = known.get(point);
		if (!text) {
			const style = reason === undefined ? this.cyan : this.red;
			text = { last: style(point), before: style(padded(point, WIDTH.point)), rests: [], next: 0 };
			known.set(point, text);
		}
		return text;
	}

	private changesAt({ point }: PathEvent, changes: readonly Change[]): string {
		return changes
			.filter(({ at }) => at === point)
			.map(({ what, from, to }) => `${SPACES[WIDTH.since + 4]}${this.yellow(`${say(...CHANGES[what])}: ${from} → ${to}`)}\n`)
			.join('');
	}
}

/** 'a, a, b' is 'a ×2, b'. */
function runs(points: readonly string[]): string[] {
	const found: { point: string; times: number }[] = [];
	for (const point of points) {
		const last = found.at(-1);
		if (last?.point === point) last.times++;
		else found.push({ point, times: 1 });
	}
	return found.map(({ point, times }) => (times === 1 ? point : `${point} ×${times}`));
}

function noteText({ reason, location, note, returned, functions }: PathEvent): string {
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
