/** JSON lines, schema 1: one object a line, `type` first, addresses of memory and 64-bit times as strings. */
import type { Judgement } from '../diagnose/diagnose.ts';
import type { Diagnosis } from '../diagnose/diagnosis.ts';
import { nineDigits, plain } from '../digits.ts';
import type { Drop } from '../drops/drop.ts';
import type { StatReport } from '../drops/stats.ts';
import type { Moment } from '../kernel/clock.ts';
import { reasonText } from '../kernel/reason-text.ts';
import type { Reason } from '../kernel/reasons.ts';
import { packetJson } from '../packet/json.ts';
import type { Path, PathEvent, Verdict } from '../trace/path.ts';
import type { WayCount } from '../trace/ways.ts';
import { Endings } from './endings.ts';
import type { End, HeldBack, Lost, Sink, Start } from './sink.ts';
import { type Timed, TimedTexts, tenthsOf } from './timed.ts';
import type { Writer } from './writer.ts';

export const SCHEMA = 1;

/** The seconds of the last two times: the time of day and the one since boot take turns. */
const seconds = { last: -1, text: '', before: -1, beforeText: '' };

function secondsText(value: number): string {
	if (value === seconds.last) return seconds.text;
	if (value === seconds.before) return seconds.beforeText;
	seconds.before = seconds.last;
	seconds.beforeText = seconds.text;
	seconds.last = value;
	seconds.text = String(value);
	return seconds.text;
}

/** Nanoseconds as a decimal string: they pass 2^53. */
export function nanoseconds({ seconds, nanoseconds }: Moment): string {
	if (seconds === 0) return String(nanoseconds);
	return secondsText(seconds) + nineDigits(nanoseconds);
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
		this.writer.line(`${head + place},"packet":${packetJson(packet)}${this.endings.of(drop)}${end}`, true);
	}

	path(path: Path, judgement?: Judgement): void {
		const { id, packet, verdict, open, events, latency, changes } = path;
		let text = `{"type":"packet","id":"${id}","packet":${packetJson(packet)}${becameText(verdict, open)}`;
		for (let i = 0; i < events.length; i++) {
			const event = events[i] as PathEvent;
			if (this.tiny) text += i === 0 ? tinyStart(tinyOf(event), event.since) : tinyTexts.of(tinyOf(event), event.since);
			else text += `${i === 0 ? '{' : ',{'}${eventText(event)}}`;
		}
		text += this.tiny && events.length > 0 ? TINY_END : END;
		this.writer.whole(`${text}${plain(latency)}${changes.length === 0 ? NO_CHANGES : `,"changes":${JSON.stringify(changes)}}\n`}`, true);
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
		const packet = event.packet === undefined ? '' : `,"packet":${packetJson(event.packet)}`;
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

const END = '],"latency_ns":';
const TINY_END = `}${END}`;
const NO_CHANGES = ',"changes":[]}\n';

const becameTexts = new Map<Verdict, string>();

/** What stands between a packet and its events: one of few. */
function becameText(verdict: Verdict, open: boolean): string {
	let text = becameTexts.get(verdict);
	if (text === undefined) {
		text = `,"verdict":"${verdict}","events":[`;
		becameTexts.set(verdict, text);
	}
	return open ? `,"verdict":"${verdict}","open":true,"events":[` : text;
}

/** Sights of a kind, point and time, the first of a packet and those behind it; kept with the kind. */
class Tiny implements Timed {
	readonly first: string;
	/** of the first of a packet, where the time begins */
	readonly start: string;
	readonly next: string;
	uses = 0;
	texts: (string | undefined)[] | undefined = undefined;
	kept = 0;

	constructor(point: string) {
		this.first = `{"point":${JSON.stringify(point)},"since_ns":`;
		this.start = `${this.first}0`;
		this.next = `},${this.first}`;
	}
}

/** As exact as text is: so there are few texts. */
const hundreds = (ns: number): number => tenthsOf(ns) * 100;

const tinyStart = ({ start, first }: Tiny, since: number): string => (since === 0 ? start : first + hundreds(since));

const tinyTexts = new TimedTexts<Tiny>(({ next }, since) => next + hundreds(since));

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
		text = entry('reason', name) + entry('subsystem', subsystem) + entry('meaning', reasonText(name, 'en'));
		text.charCodeAt(0);
		reasonTexts.set(reason, text);
	}
	return text;
}
