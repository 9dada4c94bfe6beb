/** JSON lines, schema 1: one object a line, `type` first, addresses of memory and 64-bit times as strings. */
import type { Drop } from '../drops/drop.ts';
import type { StatReport } from '../drops/stats.ts';
import type { Moment } from '../kernel/clock.ts';
import { reasonText } from '../kernel/reason-text.ts';
import type { Path } from '../trace/path.ts';
import type { End, HeldBack, Lost, Sink, Start } from './sink.ts';
import type { Writer } from './writer.ts';

export const SCHEMA = 1;

/** Nanoseconds as a decimal string: they pass 2^53. */
export const nanoseconds = ({ seconds, nanoseconds }: Moment): string =>
	seconds === 0 ? String(nanoseconds) : `${seconds}${String(nanoseconds).padStart(9, '0')}`;

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

export class JsonSink implements Sink {
	private readonly writer: Writer;

	constructor(writer: Writer) {
		this.writer = writer;
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

	path({ id, packet, verdict, open, events, latency, changes }: Path): void {
		this.line(
			{
				type: 'packet',
				id,
				packet,
				verdict,
				...(open && { open }),
				events: events.map(({ time, ktime, point, device, netns, cpu, ret, note, reason, location, skb }) => ({
					time: nanoseconds(time),
					ktime: nanoseconds(ktime),
					point,
					device,
					netns,
					cpu,
					ret,
					note,
					...(reason && { reason: reason.name, subsystem: reason.subsystem }),
					location,
					skb,
				})),
				latency_ns: latency,
				changes,
			},
			true,
		);
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

	ending({ seconds, events, lost, packets, drops, benign, heldBack, skipped }: End): string[] {
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
			}),
		];
	}

	private line(value: object, event = false): void {
		this.writer.line(JSON.stringify(value), event);
	}
}
