/** Packets' ways for people: a header line with the packet and what became of it, then a line a point. */

import type { Judgement } from '../diagnose/diagnose.ts';
import type { Diagnosis } from '../diagnose/diagnosis.ts';
import { say } from '../lang.ts';
import { packetText } from '../packet/text.ts';
import type { Change, Path, PathEvent, Verdict } from '../trace/path.ts';
import type { WayCount } from '../trace/ways.ts';
import type { Colours, Style } from './colour.ts';
import { reportLines, warningLines } from './report.ts';
import { type Behind, lineStart, noteText, padded, right, SightLines, SPACES, WIDTH } from './sight-lines.ts';
import type { Sink } from './sink.ts';
import { dateTimeText, deviceText, durationText, netnsText, timeText, whereText } from './text.ts';
import type { Writer } from './writer.ts';

const VERDICTS: Record<Verdict, readonly [en: string, zh: string]> = {
	delivered: ['delivered', '已送达'],
	sent: ['sent', '已发出'],
	forwarded: ['forwarded', '已转发'],
	dropped: ['dropped', '被丢弃'],
	rejected: ['rejected', '被拒绝'],
	consumed: ['freed as usual', '正常释放'],
	open: ['still there', '仍未结束'],
};

export function verdictText(verdict: Verdict): string {
	// nearly all are
	if (verdict === 'delivered') return say('delivered', '已送达');
	return say(...VERDICTS[verdict]);
}

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

export interface WayOptions {
	/** inode of this process's network namespace */
	own: number;
	colour: Colours;
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

export class WaySink implements Sink {
	private readonly writer: Writer;
	private readonly options: WayOptions;
	private readonly dim: Style;
	private readonly bold: Style;
	private readonly red: Style;
	private readonly green: Style;
	private readonly yellow: Style;
	private readonly lines: SightLines;

	constructor(writer: Writer, options: WayOptions) {
		this.writer = writer;
		this.options = options;
		const { colour } = options;
		this.dim = colour.dim;
		this.bold = colour.bold;
		this.red = colour.red;
		this.green = colour.green;
		this.yellow = colour.yellow;
		this.lines = new SightLines(options.own, { time: this.dim, point: colour.cyan, drop: this.red });
	}

	start(): void {}

	drop(): void {}

	path(path: Path, judgement?: Judgement): void {
		if (judgement) this.judgement(path, judgement);
		const { packet, verdict, events, latency } = path;
		const bad = verdict === 'dropped' || verdict === 'rejected';
		const became = (bad ? this.red : this.green)(this.verdict(path) + this.where(path));
		const [first] = events;
		const time = first === undefined ? '' : `${this.dim(timeText(first.time))} `;
		const head = `${time + this.bold(packetText(packet))}: ${became}, ${durationText(latency)}\n`;
		this.writer.whole(`${this.addSights(head, path)}\n`, true);
	}

	private verdict({ verdict, changes }: Path): string {
		if (verdict === 'consumed' && changes.some(({ what }) => what === 'merge'))
			return say('goes on as a part of another', '并入另一个报文继续传送');
		if (verdict === 'open' && this.options.endsUnseen) return say('last seen', '最后见于');
		return verdictText(verdict);
	}

	/** @param text what stands before them */
	private addSights(text: string, { events, changes }: Path): string {
		const { tiny, date, detail, latency } = this.options;
		const plain = !date && !latency && !detail;
		let netns: PathEvent['netns'];
		let device: PathEvent['device'];
		let before = 0;
		let all = text;
		for (let i = 0; i < events.length; i++) {
			const event = events[i] as PathEvent;
			const { since } = event;
			if (tiny) {
				all += this.lines.whole(since, this.lines.behind(event, undefined, undefined, false));
				continue;
			}
			let newDevice: PathEvent['device'];
			if (event.device !== undefined && event.device !== device) {
				// another namespace numbers its devices by itself
				if (event.device.ifindex !== device?.ifindex || (event.device.name !== undefined && event.device.name !== device.name))
					newDevice = event.device;
				device = event.device;
			}
			let newNetns: PathEvent['netns'];
			if (event.netns !== undefined && event.netns !== netns) {
				if (event.netns.inode !== netns?.inode) newNetns = event.netns;
				netns = event.netns;
			}
			const behind = this.lines.behind(event, newDevice, newNetns, true);
			all += plain ? this.lines.whole(since, behind) : this.line(event, since, since - before, behind);
			before = since;
			if (event.stack !== undefined) for (const frame of event.stack) all += `${SPACES[WIDTH.since + 4]}${this.dim(frame)}\n`;
			if (changes.length > 0 && event.packet !== undefined) all += this.changesAt(event, changes);
		}
		return all;
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
		const point = this.lines.name(event);
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

	/** A line with more than the time and what is said behind it. */
	private line(event: PathEvent, since: number, gap: number, behind: Behind): string {
		const { detail, date, latency } = this.options;
		let text = date ? `  ${this.dim(dateTimeText(event.time))} ` : this.dim(lineStart(since));
		if (latency) text += `${this.dim(right(`+${durationText(gap)}`, WIDTH.since + 1))} `;
		if (detail) text += `cpu ${padded(String(event.cpu), 3)} ${event.skb} `;
		return text + behind.text;
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
