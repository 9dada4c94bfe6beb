/**
 * Packets as a pcapng file, for Wireshark and tshark: one interface a device, namespace and link type, and as their comment why
 * each was dropped, where, and in which namespace; or, of packets that are followed, the point that each was seen at.
 */
import { machine, type } from 'node:os';
import type { Drop } from '../drops/drop.ts';
import type { Moment } from '../kernel/clock.ts';
import { say } from '../lang.ts';
import type { Captured } from '../session/captured.ts';
import type { Path, PathEvent } from '../trace/path.ts';
import { framedBytes, frameLength, LINK_TYPE, type LinkType, linkTypeOf, writeFrame } from './frame.ts';
import { Blocks } from './pcapng.ts';
import type { End, Sink, Start } from './sink.ts';
import { detailText, deviceText, meaning, netnsText, reasonName, whereText } from './text.ts';
import { sightText, verdictText } from './way.ts';
import type { Writer } from './writer.ts';

/** "Enhanced Packet Block Flags Word": bits 0 and 1 the direction, bits 2 to 4 how it was received, by the kernel's kind of packet */
const INBOUND = 1;
const OUTBOUND = 2;
const RECEPTION = [0, 3 << 2, 2 << 2, 4 << 2];
const PACKET_OUTGOING = 4;
/** no namespace: names of them in a file are read on other machines, where nothing is 'current' */
const NOWHERE = -1;

const now = (): Moment => {
	const ms = Date.now();
	return { seconds: Math.floor(ms / 1000), nanoseconds: (ms % 1000) * 1_000_000 };
};

export class CaptureSink implements Sink {
	private readonly writer: Writer;
	private readonly snapLength: number;
	private readonly blocks: Blocks;
	/** interfaces by what tells them apart, and where in the output each one's description ends */
	private readonly interfaces = new Map<string, { id: number; end: number }>();
	private started = now();
	/** sights of packets that had no headers yet */
	private headless = 0;

	/** @param snapLength bytes of a packet in the file, at most */
	constructor(writer: Writer, snapLength: number) {
		this.writer = writer;
		this.snapLength = snapLength;
		this.blocks = new Blocks(snapLength);
	}

	start({ tool, version, kernel, filter }: Start): void {
		this.started = now();
		this.blocks.section({
			hardware: machine(),
			os: `${type()} ${kernel}`,
			application: `${tool} ${version}`,
			comment: filter === '' ? undefined : filter,
		});
		this.write();
	}

	drop(drop: Drop, captured?: Captured): void {
		this.packet(drop, captured, commentOf(drop));
	}

	path({ events, verdict }: Path): void {
		const last = events.at(-1);
		for (const event of events)
			this.packet(event, event.captured, event === last ? `${sightText(event)}; ${verdictText(verdict)}` : sightText(event));
	}

	event(event: PathEvent): void {
		this.packet(event, event.captured, sightText(event));
	}

	private packet(drop: Pick<PathEvent, 'time' | 'device' | 'netns'>, captured: Captured | undefined, comment: string): void {
		if (captured === undefined) {
			this.headless++;
			return;
		}
		const linkType = linkTypeOf(captured);
		const interfaceId = this.interfaceOf(drop, linkType);
		const length = framedBytes(linkType, captured, this.snapLength);
		this.blocks.packet(
			{
				interfaceId,
				time: drop.time,
				captured: length,
				original: frameLength(linkType, captured),
				flags: flagsOf(captured),
				comment,
			},
			(bytes, at) => writeFrame(linkType, captured, bytes, at, length),
		);
		this.write(true);
	}

	/** Part of the end. */
	lost(): void {}

	/**
	 * Statistics of the interfaces. Events are lost before anybody looks at their device: their number stands at an interface of its
	 * own, or is zero at all of them.
	 */
	ending({ lost }: End): Uint8Array {
		const { blocks, started } = this;
		const end = now();
		const parts: Buffer[] = [];
		const add = () => parts.push(Buffer.from(blocks.bytes.subarray(0, blocks.length)));
		// when a disk is full, the description of the last ones may be missing
		const there = [...this.interfaces.values()].filter((each) => this.writer.keeps(each.end));
		for (const { id } of there) {
			blocks.statistics({ interfaceId: id, start: started, end, dropped: lost > 0 ? undefined : 0 });
			add();
		}
		if (lost > 0) {
			const description = say('stands for all devices: events that were lost', '代表所有设备:丢失的事件');
			blocks.interface({ linkType: LINK_TYPE.raw, snapLength: this.snapLength, name: 'lost', description });
			add();
			blocks.statistics({ interfaceId: there.length, start: started, end, dropped: lost });
			add();
		}
		return Buffer.concat(parts);
	}

	remarks(): string[] {
		const { headless } = this;
		return headless === 0 ? [] : [say(`${headless} without headers, so not in the file`, `${headless} 个尚无报头,未写入文件`)];
	}

	/** The interface of a packet, described before the first one that has it. */
	private interfaceOf(drop: Pick<PathEvent, 'device' | 'netns'>, linkType: LinkType): number {
		const name = drop.device === undefined ? 'unknown' : deviceText(drop);
		const netns = drop.netns === undefined ? undefined : netnsText(drop, NOWHERE);
		const key = `${linkType} ${drop.device?.ifindex} ${drop.netns?.inode} ${name} ${netns}`;
		const known = this.interfaces.get(key);
		if (known) return known.id;
		const id = this.interfaces.size;
		this.blocks.interface({ linkType, snapLength: this.snapLength, name, description: netns && `netns ${netns}` });
		const end = this.write();
		this.interfaces.set(key, { id, end });
		return id;
	}

	private write(event = false): number {
		return this.writer.block(this.blocks.bytes, this.blocks.length, event);
	}
}

/** 'NO_SOCKET at tcp_v4_rcv+0x91 netns web: no program on this host …', and the stack below it */
function commentOf(drop: Drop): string {
	const line = `${reasonName(drop)} at ${whereText(drop)} netns ${netnsText(drop, NOWHERE)}${detailText(drop)}: ${meaning(drop)}`;
	return drop.stack === undefined ? line : [line, ...drop.stack].join('\n    ');
}

function flagsOf({ pktType, inbound }: Captured): number {
	if (pktType === PACKET_OUTGOING) return OUTBOUND;
	return (inbound ? INBOUND : 0) | (RECEPTION[pktType] ?? 0);
}
