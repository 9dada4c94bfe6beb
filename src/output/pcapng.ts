/**
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng): bytes put together in one buffer that is used again for every block, in this
 * machine's order as "Endianness" has it. Fields are aligned to 32 bits, and what fills them up is zero ("Alignment").
 */
import { endianness } from 'node:os';
import type { Moment } from '../kernel/clock.ts';

/** "Section Header Block", "Interface Description Block", "Enhanced Packet Block", "Interface Statistics Block" */
const BLOCK = { section: 0x0a0d0d0a, interface: 1, statistics: 5, packet: 6 } as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** "Options", and in the sections of the blocks that have them */
const OPTION = {
	end: 0,
	comment: 1,
	section: { hardware: 2, os: 3, application: 4 },
	interface: { name: 2, description: 3, resolution: 9 },
	packet: { flags: 2 },
	statistics: { start: 2, end: 3, dropped: 5 },
} as const;
/** if_tsresol: 10^-9 s */
const NANOSECONDS = 9;
/** An option's length is a 16-bit number. */
const LONGEST_OPTION = 0xffff;
const LITTLE = endianness() === 'LE';
const TWO_32 = 4294967296;
const BILLION = 1_000_000_000;

export interface Section {
	hardware: string;
	os: string;
	application: string;
	comment: string | undefined;
}

export interface Interface {
	linkType: number;
	/** bytes; no packet of it is longer */
	snapLength: number;
	name: string;
	description: string | undefined;
}

export interface EnhancedPacket {
	interfaceId: number;
	time: Moment;
	/** bytes in {@link Blocks.packet}'s frame */
	captured: number;
	original: number;
	/** "Enhanced Packet Block Flags Word" */
	flags: number;
	comment: string;
}

export interface Statistics {
	interfaceId: number;
	start: Moment;
	end: Moment;
	/** undefined: it is not known of this interface alone */
	dropped: number | undefined;
}

export class Blocks {
	/** what the last call made: this many bytes */
	length = 0;
	bytes: Buffer;
	private view: DataView;

	/** @param longest bytes of a packet */
	constructor(longest: number) {
		// no block has more than four texts, and a packet's block has one
		this.bytes = Buffer.alloc(longest + 4 * (LONGEST_OPTION + 8));
		this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
	}

	section({ hardware, os, application, comment }: Section): void {
		this.begin(BLOCK.section);
		this.u32(BYTE_ORDER_MAGIC);
		this.u16(1);
		this.u16(0);
		// the length of the section is not known yet: -1
		this.u32(0xffff_ffff);
		this.u32(0xffff_ffff);
		if (comment !== undefined) this.text(OPTION.comment, comment);
		this.text(OPTION.section.hardware, hardware);
		this.text(OPTION.section.os, os);
		this.text(OPTION.section.application, application);
		this.end();
	}

	interface({ linkType, snapLength, name, description }: Interface): void {
		this.begin(BLOCK.interface);
		this.u16(linkType);
		this.u16(0);
		this.u32(snapLength);
		this.text(OPTION.interface.name, name);
		if (description !== undefined) this.text(OPTION.interface.description, description);
		this.option(OPTION.interface.resolution, 1);
		this.u32(0);
		this.bytes[this.length - 4] = NANOSECONDS;
		this.end();
	}

	/** @param frame writes the packet to `bytes` at `at`, as many bytes as `captured` says */
	packet({ interfaceId, time, captured, original, flags, comment }: EnhancedPacket, frame: (bytes: Buffer, at: number) => void): void {
		this.begin(BLOCK.packet);
		this.u32(interfaceId);
		this.moment(time);
		this.u32(captured);
		this.u32(original);
		frame(this.bytes, this.length);
		this.length += captured;
		this.pad();
		this.text(OPTION.comment, comment);
		if (flags !== 0) {
			this.option(OPTION.packet.flags, 4);
			this.u32(flags);
		}
		this.end();
	}

	statistics({ interfaceId, start, end, dropped }: Statistics): void {
		this.begin(BLOCK.statistics);
		this.u32(interfaceId);
		this.moment(end);
		this.option(OPTION.statistics.start, 8);
		this.moment(start);
		this.option(OPTION.statistics.end, 8);
		this.moment(end);
		if (dropped !== undefined) this.count(OPTION.statistics.dropped, dropped);
		this.end();
	}

	/** "General Block Structure": type, length, body, length again. */
	private begin(type: number): void {
		this.length = 0;
		this.u32(type);
		this.u32(0);
	}

	private end(): void {
		this.option(OPTION.end, 0);
		const length = this.length + 4;
		this.u32(length);
		this.view.setUint32(4, length, LITTLE);
	}

	private option(code: number, length: number): void {
		this.u16(code);
		this.u16(length);
	}

	/** A text that is too long for an option ends earlier, with a whole character. */
	private text(code: number, text: string): void {
		this.option(code, 0);
		const written = this.bytes.write(text, this.length, LONGEST_OPTION, 'utf8');
		this.view.setUint16(this.length - 2, written, LITTLE);
		this.length += written;
		this.pad();
	}

	/** A number of 64 bits in this machine's order. */
	private count(code: number, value: number): void {
		this.option(code, 8);
		const high = Math.floor(value / TWO_32);
		this.u32(LITTLE ? value % TWO_32 : high);
		this.u32(LITTLE ? high : value % TWO_32);
	}

	/**
	 * Nanoseconds since 1970 in two words, the upper one first whatever the machine's order. They pass 2^53: the seconds are taken
	 * in two parts, of which each product is exact.
	 */
	private moment({ seconds, nanoseconds }: Moment): void {
		const upper = Math.floor(seconds / 65536) * BILLION;
		const rest = (upper % 65536) * 65536 + (seconds % 65536) * BILLION + nanoseconds;
		this.u32(Math.floor(upper / 65536) + Math.floor(rest / TWO_32));
		this.u32(rest % TWO_32);
	}

	private u16(value: number): void {
		this.view.setUint16(this.length, value, LITTLE);
		this.length += 2;
	}

	private u32(value: number): void {
		this.view.setUint32(this.length, value, LITTLE);
		this.length += 4;
	}

	private pad(): void {
		while (this.length % 4 !== 0) this.bytes[this.length++] = 0;
	}
}
