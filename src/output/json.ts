/** JSON lines, schema 1: one object a line, `type` first, addresses of memory and 64-bit times as strings. */
import type { Judgement } from '../diagnose/diagnose.ts';
import type { Diagnosis } from '../diagnose/diagnosis.ts';
import type { Drop } from '../drops/drop.ts';
import type { StatReport } from '../drops/stats.ts';
import type { Moment } from '../kernel/clock.ts';
import { reasonText } from '../kernel/reason-text.ts';
import type { Path, PathEvent } from '../trace/path.ts';
import type { WayCount } from '../trace/ways.ts';
import type { End, HeldBack, Lost, Sink, Start } from './sink.ts';
import type { Writer } from './writer.ts';

export const SCHEMA = 1;

/** Nanoseconds as a decimal string: they pass 2^53. */
export const nanoseconds = ({ seconds, nanoseconds }: Moment): string =>
	seconds === 0 ? String(nanoseconds) : `${seconds}${String(nanoseconds).padStart(9, '0')}`;

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

export class JsonSink implements Sink {
	private readonly writer: Writer;
	private readonly tiny: boolean;

	/** @param tiny of each point of a packet's way only its name and time */
	constructor(writer: Writer, tiny = false) {
		this.writer = writer;
		this.tiny = tiny;
	}

	start(start: Start): void {
		this.line({ type: 'start', schema: SCHEMA, ...start });
	}

	drop(drop: Drop): void {
		const { reason } = drop;
		const meaning = reason && reasonText(reason.name, 'en');
		this.line(
			{
				type: 'drop',
				time: nanoseconds(drop.time),
				ktime: nanoseconds(drop.ktime),
				...(reason && { reason: reason.name, subsystem: reason.subsystem }),
				...(meaning && { meaning }),
				location: drop.location,
				packet: drop.packet,
				device: drop.device,
				netns: drop.netns,
				cpu: drop.cpu,
				pkt_type: drop.pktType,
				mark: drop.mark,
				process: drop.process,
				socket: drop.socket,
				cgroup: drop.cgroup,
				container: drop.container,
				stack: drop.stack,
			},
			true,
		);
	}

	path(path: Path, judgement?: Judgement): void {
		const { id, packet, verdict, open, events, latency, changes } = path;
		const head = `{"type":"packet","id":"${id}","packet":${JSON.stringify(packet)},"verdict":"${verdict}"${open ? ',"open":true' : ''},"events":[`;
		let text = head;
		for (let i = 0; i < events.length; i++) {
			if (i > 0) text += ',';
			text += this.tiny ? tinyText(events[i] as PathEvent) : `{${eventText(events[i] as PathEvent)}}`;
		}
		this.writer.line(`${text}],"latency_ns":${latency},"changes":${changes.length === 0 ? '[]' : JSON.stringify(changes)}}`, true);
		if (judgement?.diagnosis && judgement.first) this.diagnosis(judgement.diagnosis);
		for (const { what, text } of judgement?.warnings ?? []) this.line({ type: 'warning', id, what, text });
	}

	/** What is found again is only counted, and told once more at the end. */
	diagnoses(all: readonly Diagnosis[]): void {
		for (const diagnosis of all) if (diagnosis.count > 1) this.diagnosis(diagnosis);
	}

	diagnosis({ keys, verdict, cause, summary, confidence, evidence, advice, packet, count, device, netns, ...rest }: Diagnosis): void {
		const { function: where, reason, hook } = rest;
		this.line({
			type: 'diagnosis',
			verdict,
			cause,
			summary,
			confidence,
			...keys,
			evidence,
			advice,
			packet,
			count,
			device,
			netns,
			function: where,
			reason,
			hook,
		});
	}

	event(event: PathEvent): void {
		const packet = event.packet === undefined ? '' : `,"packet":${JSON.stringify(event.packet)}`;
		this.writer.line(`{"type":"event",${eventText(event)}${packet}}`, true);
	}

	summary(ways: readonly WayCount[]): void {
		for (const { points, verdict, reason, location, packets } of ways)
			this.line({ type: 'way', packets, verdict, ...(reason && { reason: reason.name, subsystem: reason.subsystem }), location, points });
	}

	stat({ time, seconds, rows, other, benign }: StatReport): void {
		this.line({
			type: 'stat',
			time: nanoseconds(time),
			seconds: thousandths(seconds),
			rows: rows.map(({ reason, location, device, netns, packets, recent, sample, stack }) => ({
				...(reason && { reason: reason.name, subsystem: reason.subsystem }),
				location,
				device,
				netns,
				packets,
				recent,
				sample,
				stack,
			})),
			other,
			benign,
		});
	}

	lost(lost: Lost): void {
		this.line({ type: 'lost', ...lost });
	}

	heldBack({ reason, count }: HeldBack): void {
		this.line({ type: 'held_back', ...(reason && { reason: reason.name, subsystem: reason.subsystem }), count });
	}

	ending({ seconds, events, lost, packets, drops, benign, heldBack, skipped, unseen }: End): string[] {
		return [
			JSON.stringify({
				type: 'end',
				seconds: thousandths(seconds),
				events,
				lost,
				packets,
				drops,
				benign,
				held_back: heldBack,
				skipped,
				unseen,
			}),
		];
	}

	private line(value: object, event = false): void {
		this.writer.line(JSON.stringify(value), event);
	}
}

/** What is told over and over is one object each time: devices, namespaces, places. */
const fragments = new WeakMap<object, string>();

function fragment(key: string, value: object | undefined): string {
	if (value === undefined) return '';
	let text = fragments.get(value);
	if (text === undefined) {
		text = `,"${key}":${JSON.stringify(value)}`;
		fragments.set(value, text);
	}
	return text;
}

/** The keys of an event. Put together by hand, which takes a third of what JSON.stringify does with objects made for it. */
function eventText(event: PathEvent): string {
	const { time, ktime, point, device, netns, cpu, ret, returned, note, reason, location, skb, stack, functions } = event;
	let text = `"time":"${nanoseconds(time)}","ktime":"${nanoseconds(ktime)}","point":"${point}"`;
	text += fragment('device', device) + fragment('netns', netns);
	text += `,"cpu":${cpu}`;
	if (ret !== undefined) text += `,"ret":${JSON.stringify(ret)},"returned":${JSON.stringify(returned)}`;
	if (note !== undefined) text += `,"note":${JSON.stringify(note)}`;
	if (reason !== undefined) text += `,"reason":"${reason.name}","subsystem":"${reason.subsystem}"`;
	text += `${fragment('location', location)},"skb":"${skb}"`;
	if (functions !== undefined) text += `,"functions":${JSON.stringify(functions)}`;
	return stack === undefined ? text : `${text},"stack":${JSON.stringify(stack)}`;
}

const tinyText = ({ point, since }: PathEvent): string => `{"point":"${point}","since_ns":${since}}`;
