/** JSON lines, schema 1: one object a line, `type` first, addresses of memory and 64-bit times as strings. */
import type { Judgement } from '../diagnose/diagnose.ts';
import type { Diagnosis } from '../diagnose/diagnosis.ts';
import { again, Between, nineDigits } from '../digits.ts';
import type { Drop } from '../drops/drop.ts';
import type { StatReport } from '../drops/stats.ts';
import type { Moment } from '../kernel/clock.ts';
import { reasonText } from '../kernel/reason-text.ts';
import type { Reason } from '../kernel/reasons.ts';
import { packetJson } from '../packet/json.ts';
import { onePiece } from '../pieces.ts';
import type { Path, PathEvent, Verdict } from '../trace/path.ts';
import type { WayCount } from '../trace/ways.ts';
import { Endings } from './endings.ts';
import type { End, HeldBack, Lost, Sink, Start } from './sink.ts';
import { type Timed, TimedTexts, tenthsOf } from './timed.ts';
import type { Writer } from './writer.ts';

export const SCHEMA = 1;

/** Nanoseconds as a decimal string: they pass 2^53. */
export function nanoseconds({ seconds, nanoseconds }: Moment): string {
	if (seconds === 0) return String(nanoseconds);
	return again(seconds) + nineDigits(nanoseconds);
}

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

const entry = (key: string, value: unknown): string => (value === undefined ? '' : `,"${key}":${JSON.stringify(value)}`);

/** What is behind the packet, as far as it is the same from drop to drop. */
const endingText = ({ device, netns, cpu, pktType, mark, process, socket, cgroup, container }: Drop): string =>
	`${entry('device', device)}${entry('netns', netns)},"cpu":${cpu}${entry('pkt_type', pktType)}${entry('mark', mark)}` +
	`${entry('process', process)}${entry('socket', socket)}${entry('cgroup', cgroup)}${entry('container', container)}`;

export class JsonSink implements Sink {
	private readonly writer: Writer;
	private readonly tiny: boolean;
	private readonly endings = new Endings(endingText);

	/** @param tiny of each point of a packet's way only its name and time */
	constructor(writer: Writer, tiny = false) {
		this.writer = writer;
		this.tiny = tiny;
	}

	start(start: Start): void {
		this.line({ type: 'start', schema: SCHEMA, ...start });
	}

	drop(drop: Drop): void {
		const { time, ktime, reason, location, packet, stack } = drop;
		const head = `{"type":"drop","time":"${nanoseconds(time)}","ktime":"${nanoseconds(ktime)}"`;
		const place = (reason === undefined ? '' : reasonJson(reason)) + fragment('location', location);
		const end = stack === undefined ? '}' : `,"stack":${JSON.stringify(stack)}}`;
		this.writer.line(`${head + place}${packetJson(packet, PACKET)}${this.endings.of(drop)}${end}`, true);
	}

	path(path: Path, judgement?: Judgement): void {
		const { id, packet, verdict, open, events, latency, changes } = path;
		let text = `{"type":"packet","id":"${id}${packetJson(packet, PACKET_AFTER_ID)}`;
		const first = events[0];
		const tiny = this.tiny && first !== undefined;
		if (tiny) {
			text += tinyBeginning(first, verdict, open);
			for (let i = 1; i < events.length; i++) text += tinyText(events[i] as PathEvent);
		} else {
			text += becameText(verdict, open);
			for (let i = 0; i < events.length; i++) text += `${i === 0 ? '{' : ',{'}${eventText(events[i] as PathEvent)}}`;
		}
		if (changes.length === 0) text += (tiny ? TINY_END : END).of(latency);
		else text += `${tiny ? '}' : ''}],"latency_ns":${latency},"changes":${JSON.stringify(changes)}}\n`;
		this.writer.whole(text, true);
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
		const packet = event.packet === undefined ? '' : packetJson(event.packet, PACKET);
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

const PACKET = ',"packet":';
const PACKET_AFTER_ID = `"${PACKET}`;
const END = new Between('],"latency_ns":', ',"changes":[]}\n');
const TINY_END = new Between('}],"latency_ns":', ',"changes":[]}\n');

/** What stands between a packet and its events. */
const becameText = (verdict: Verdict, open: boolean): string => `,"verdict":"${verdict}"${open ? ',"open":true' : ''},"events":[`;

/** Sights of a kind, point and time, the first of a packet and those behind it; kept with the kind. */
class Tiny implements Timed {
	readonly first: string;
	readonly next: string;
	uses = 0;
	texts: (string | undefined)[] | undefined = undefined;
	kept = 0;
	/** what the packets began with, and became, that began with one of these at time 0 */
	readonly beginnings: Partial<Record<Verdict, string>> = {};

	constructor(point: string) {
		this.first = `{"point":${JSON.stringify(point)},"since_ns":`;
		this.next = `},${this.first}`;
	}
}

/** As exact as text is: so there are few texts. */
const hundreds = (ns: number): number => tenthsOf(ns) * 100;

/** What a packet became, and its first event: most times one of few. */
function tinyBeginning(event: PathEvent, verdict: Verdict, open: boolean): string {
	const { first, beginnings } = tinyOf(event);
	const { since } = event;
	if (open || since !== 0) return becameText(verdict, open) + first + hundreds(since);
	beginnings[verdict] ??= onePiece(`${becameText(verdict, false)}${first}0`);
	return beginnings[verdict];
}

const tinyTexts = new TimedTexts<Tiny>(({ next }, since) => next + hundreds(since));

const tinyText = (event: PathEvent): string => tinyTexts.of(tinyOf(event), event.since);

function tinyOf(event: PathEvent): Tiny {
	const { kind } = event;
	const known = kind?.text;
	if (known instanceof Tiny) return known;
	const made = new Tiny(event.point);
	if (kind !== undefined) kind.text = made;
	return made;
}

const reasonTexts = new WeakMap<Reason, string>();

/** ',"reason":"NO_SOCKET","subsystem":"core","meaning":"…"' */
function reasonJson(reason: Reason): string {
	let text = reasonTexts.get(reason);
	if (text === undefined) {
		const { name, subsystem } = reason;
		text = onePiece(entry('reason', name) + entry('subsystem', subsystem) + entry('meaning', reasonText(name, 'en')));
		reasonTexts.set(reason, text);
	}
	return text;
}
