// Made by scripts/generate-decoders.ts from bpf/event.h: do not edit, run `make generate`.

import { Memory } from '../memory.ts';

/** The characters before the first NUL. */
function text(bytes: Uint8Array, offset: number, length: number): string {
	let found = '';
	for (let i = offset; i < offset + length; i++) {
		const character = bytes[i] as number;
		if (character === 0) break;
		if (character >= 0x80) return utf8(bytes, offset, length);
		found += String.fromCharCode(character);
	}
	return found;
}

function utf8(bytes: Uint8Array, offset: number, length: number): string {
	const name = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length);
	const end = name.indexOf(0);
	return name.toString('utf8', 0, end < 0 ? length : end);
}

const NOWHERE = new Memory(new ArrayBuffer(0));

/** Where a record lies. */
class Decoder {
	memory: Memory = NOWHERE;
	protected bytes: Uint8Array = NOWHERE.bytes;
	protected halves: Uint16Array = NOWHERE.halves;
	protected words: Int32Array = NOWHERE.words;
	offset = 0;

	/** @param offset bytes, a multiple of 8 */
	at(memory: Memory, offset: number): this {
		if (this.memory !== memory) {
			this.memory = memory;
			this.bytes = memory.bytes;
			this.halves = memory.halves;
			this.words = memory.words;
		}
		this.offset = offset;
		return this;
	}
}

/** struct drop_event, read in place. */
export class DropEvent extends Decoder {
	static readonly size = 224;
	get ktimeLow(): number {
		return (this.words[(this.offset >> 2) + 0] as number) >>> 0;
	}
	get ktimeHigh(): number {
		return (this.words[(this.offset >> 2) + 1] as number) >>> 0;
	}
	get skbLow(): number {
		return (this.words[(this.offset >> 2) + 2] as number) >>> 0;
	}
	get skbHigh(): number {
		return (this.words[(this.offset >> 2) + 3] as number) >>> 0;
	}
	get locationLow(): number {
		return (this.words[(this.offset >> 2) + 4] as number) >>> 0;
	}
	get locationHigh(): number {
		return (this.words[(this.offset >> 2) + 5] as number) >>> 0;
	}
	get cgroupLow(): number {
		return (this.words[(this.offset >> 2) + 6] as number) >>> 0;
	}
	get cgroupHigh(): number {
		return (this.words[(this.offset >> 2) + 7] as number) >>> 0;
	}
	get socketInodeLow(): number {
		return (this.words[(this.offset >> 2) + 8] as number) >>> 0;
	}
	get socketInodeHigh(): number {
		return (this.words[(this.offset >> 2) + 9] as number) >>> 0;
	}
	get reason(): number {
		return (this.words[(this.offset >> 2) + 10] as number) >>> 0;
	}
	get netns(): number {
		return (this.words[(this.offset >> 2) + 11] as number) >>> 0;
	}
	get ifindex(): number {
		return (this.words[(this.offset >> 2) + 12] as number) >>> 0;
	}
	get len(): number {
		return (this.words[(this.offset >> 2) + 13] as number) >>> 0;
	}
	get mark(): number {
		return (this.words[(this.offset >> 2) + 14] as number) >>> 0;
	}
	get task(): number {
		return (this.words[(this.offset >> 2) + 15] as number) >>> 0;
	}
	get cpu(): number {
		return this.halves[(this.offset >> 1) + 32] as number;
	}
	get protocol(): number {
		return this.halves[(this.offset >> 1) + 33] as number;
	}
	get vlanTci(): number {
		return this.halves[(this.offset >> 1) + 34] as number;
	}
	get captured(): number {
		return this.halves[(this.offset >> 1) + 35] as number;
	}
	get l3Offset(): number {
		return this.halves[(this.offset >> 1) + 36] as number;
	}
	get skFamily(): number {
		return this.halves[(this.offset >> 1) + 37] as number;
	}
	get flags(): number {
		return this.bytes[this.offset + 76] as number;
	}
	get pktType(): number {
		return this.bytes[this.offset + 77] as number;
	}
	get skState(): number {
		return this.bytes[this.offset + 78] as number;
	}
	get skProtocol(): number {
		return this.bytes[this.offset + 79] as number;
	}
	static readonly deviceOffset = 80;
	get device(): string {
		return text(this.bytes, this.offset + 80, 16);
	}
	static readonly dataOffset = 96;
	static readonly dataCount = 128;
}

/** struct drop_stack_event, read in place. */
export class DropStackEvent extends Decoder {
	static readonly size = 480;
	get dropKtimeLow(): number {
		return (this.words[(this.offset >> 2) + 0] as number) >>> 0;
	}
	get dropKtimeHigh(): number {
		return (this.words[(this.offset >> 2) + 1] as number) >>> 0;
	}
	get dropSkbLow(): number {
		return (this.words[(this.offset >> 2) + 2] as number) >>> 0;
	}
	get dropSkbHigh(): number {
		return (this.words[(this.offset >> 2) + 3] as number) >>> 0;
	}
	get dropLocationLow(): number {
		return (this.words[(this.offset >> 2) + 4] as number) >>> 0;
	}
	get dropLocationHigh(): number {
		return (this.words[(this.offset >> 2) + 5] as number) >>> 0;
	}
	get dropCgroupLow(): number {
		return (this.words[(this.offset >> 2) + 6] as number) >>> 0;
	}
	get dropCgroupHigh(): number {
		return (this.words[(this.offset >> 2) + 7] as number) >>> 0;
	}
	get dropSocketInodeLow(): number {
		return (this.words[(this.offset >> 2) + 8] as number) >>> 0;
	}
	get dropSocketInodeHigh(): number {
		return (this.words[(this.offset >> 2) + 9] as number) >>> 0;
	}
	get dropReason(): number {
		return (this.words[(this.offset >> 2) + 10] as number) >>> 0;
	}
	get dropNetns(): number {
		return (this.words[(this.offset >> 2) + 11] as number) >>> 0;
	}
	get dropIfindex(): number {
		return (this.words[(this.offset >> 2) + 12] as number) >>> 0;
	}
	get dropLen(): number {
		return (this.words[(this.offset >> 2) + 13] as number) >>> 0;
	}
	get dropMark(): number {
		return (this.words[(this.offset >> 2) + 14] as number) >>> 0;
	}
	get dropTask(): number {
		return (this.words[(this.offset >> 2) + 15] as number) >>> 0;
	}
	get dropCpu(): number {
		return this.halves[(this.offset >> 1) + 32] as number;
	}
	get dropProtocol(): number {
		return this.halves[(this.offset >> 1) + 33] as number;
	}
	get dropVlanTci(): number {
		return this.halves[(this.offset >> 1) + 34] as number;
	}
	get dropCaptured(): number {
		return this.halves[(this.offset >> 1) + 35] as number;
	}
	get dropL3Offset(): number {
		return this.halves[(this.offset >> 1) + 36] as number;
	}
	get dropSkFamily(): number {
		return this.halves[(this.offset >> 1) + 37] as number;
	}
	get dropFlags(): number {
		return this.bytes[this.offset + 76] as number;
	}
	get dropPktType(): number {
		return this.bytes[this.offset + 77] as number;
	}
	get dropSkState(): number {
		return this.bytes[this.offset + 78] as number;
	}
	get dropSkProtocol(): number {
		return this.bytes[this.offset + 79] as number;
	}
	static readonly dropDeviceOffset = 80;
	get dropDevice(): string {
		return text(this.bytes, this.offset + 80, 16);
	}
	static readonly dropDataOffset = 96;
	static readonly dropDataCount = 128;

	static readonly stackOffset = 224;
	static readonly stackCount = 32;
}

/** struct packet_copy, read in place. */
export class PacketCopy extends Decoder {
	static readonly size = 16;
	get length(): number {
		return (this.words[(this.offset >> 2) + 0] as number) >>> 0;
	}
	get captured(): number {
		return (this.words[(this.offset >> 2) + 1] as number) >>> 0;
	}
	get iif(): number {
		return (this.words[(this.offset >> 2) + 2] as number) >>> 0;
	}
	get l3Offset(): number {
		return this.halves[(this.offset >> 1) + 6] as number;
	}
	get vlanProto(): number {
		return this.halves[(this.offset >> 1) + 7] as number;
	}
	static readonly dataOffset = 16;
	static readonly dataCount = 0;
}

/** struct socket_tuple, read in place. */
export class SocketTuple extends Decoder {
	static readonly size = 40;
	static readonly saddrOffset = 0;
	static readonly saddrCount = 4;

	static readonly daddrOffset = 16;
	static readonly daddrCount = 4;

	get sport(): number {
		return this.halves[(this.offset >> 1) + 16] as number;
	}
	get dport(): number {
		return this.halves[(this.offset >> 1) + 17] as number;
	}
	get family(): number {
		return this.halves[(this.offset >> 1) + 18] as number;
	}
	get protocol(): number {
		return this.halves[(this.offset >> 1) + 19] as number;
	}
}

/** struct stat_key, read in place. */
export class StatKey extends Decoder {
	static readonly size = 24;
	get locationLow(): number {
		return (this.words[(this.offset >> 2) + 0] as number) >>> 0;
	}
	get locationHigh(): number {
		return (this.words[(this.offset >> 2) + 1] as number) >>> 0;
	}
	get reason(): number {
		return (this.words[(this.offset >> 2) + 2] as number) >>> 0;
	}
	get ifindex(): number {
		return (this.words[(this.offset >> 2) + 3] as number) >>> 0;
	}
	get netns(): number {
		return (this.words[(this.offset >> 2) + 4] as number) >>> 0;
	}
	get unused(): number {
		return (this.words[(this.offset >> 2) + 5] as number) >>> 0;
	}
}

/** struct stat_value, read in place. */
export class StatValue extends Decoder {
	static readonly size = 8;
	get packetsLow(): number {
		return (this.words[(this.offset >> 2) + 0] as number) >>> 0;
	}
	get packetsHigh(): number {
		return (this.words[(this.offset >> 2) + 1] as number) >>> 0;
	}
}

/** struct trace_event, read in place. */
export class TraceEvent extends Decoder {
	static readonly size = 216;
	get ktimeLow(): number {
		return (this.words[(this.offset >> 2) + 0] as number) >>> 0;
	}
	get ktimeHigh(): number {
		return (this.words[(this.offset >> 2) + 1] as number) >>> 0;
	}
	get skbLow(): number {
		return (this.words[(this.offset >> 2) + 2] as number) >>> 0;
	}
	get skbHigh(): number {
		return (this.words[(this.offset >> 2) + 3] as number) >>> 0;
	}
	get idLow(): number {
		return (this.words[(this.offset >> 2) + 4] as number) >>> 0;
	}
	get idHigh(): number {
		return (this.words[(this.offset >> 2) + 5] as number) >>> 0;
	}
	get valueLow(): number {
		return (this.words[(this.offset >> 2) + 6] as number) >>> 0;
	}
	get valueHigh(): number {
		return (this.words[(this.offset >> 2) + 7] as number) >>> 0;
	}
	get point(): number {
		return (this.words[(this.offset >> 2) + 8] as number) >>> 0;
	}
	get reason(): number {
		return (this.words[(this.offset >> 2) + 9] as number) >>> 0;
	}
	get netns(): number {
		return (this.words[(this.offset >> 2) + 10] as number) >>> 0;
	}
	get ifindex(): number {
		return (this.words[(this.offset >> 2) + 11] as number) >>> 0;
	}
	get len(): number {
		return (this.words[(this.offset >> 2) + 12] as number) >>> 0;
	}
	get mark(): number {
		return (this.words[(this.offset >> 2) + 13] as number) >>> 0;
	}
	get cpu(): number {
		return this.halves[(this.offset >> 1) + 28] as number;
	}
	get protocol(): number {
		return this.halves[(this.offset >> 1) + 29] as number;
	}
	get vlanTci(): number {
		return this.halves[(this.offset >> 1) + 30] as number;
	}
	get captured(): number {
		return this.halves[(this.offset >> 1) + 31] as number;
	}
	get l3Offset(): number {
		return this.halves[(this.offset >> 1) + 32] as number;
	}
	get flags(): number {
		return this.bytes[this.offset + 66] as number;
	}
	get kind(): number {
		return this.bytes[this.offset + 67] as number;
	}
	get pktType(): number {
		return this.bytes[this.offset + 68] as number;
	}
	get connection(): number {
		return this.bytes[this.offset + 69] as number;
	}
	get moved(): number {
		return this.bytes[this.offset + 70] as number;
	}
	get waited(): number {
		return this.bytes[this.offset + 71] as number;
	}
	static readonly deviceOffset = 72;
	get device(): string {
		return text(this.bytes, this.offset + 72, 16);
	}
	static readonly dataOffset = 88;
	static readonly dataCount = 128;
}

/** struct waiting, read in place. */
export class Waiting extends Decoder {
	static readonly size = 128;
	get countLow(): number {
		return (this.words[(this.offset >> 2) + 0] as number) >>> 0;
	}
	get countHigh(): number {
		return (this.words[(this.offset >> 2) + 1] as number) >>> 0;
	}
	get sinceLow(): number {
		return (this.words[(this.offset >> 2) + 2] as number) >>> 0;
	}
	get sinceHigh(): number {
		return (this.words[(this.offset >> 2) + 3] as number) >>> 0;
	}
	static readonly sightsOffset = 16;
	static readonly sightsCount = 14;
}

/** struct tracked, read in place. */
export class Tracked extends Decoder {
	static readonly size = 160;
	get idLow(): number {
		return (this.words[(this.offset >> 2) + 0] as number) >>> 0;
	}
	get idHigh(): number {
		return (this.words[(this.offset >> 2) + 1] as number) >>> 0;
	}
	get headLow(): number {
		return (this.words[(this.offset >> 2) + 2] as number) >>> 0;
	}
	get headHigh(): number {
		return (this.words[(this.offset >> 2) + 3] as number) >>> 0;
	}
	get lookLow(): number {
		return (this.words[(this.offset >> 2) + 4] as number) >>> 0;
	}
	get lookHigh(): number {
		return (this.words[(this.offset >> 2) + 5] as number) >>> 0;
	}
	get place(): number {
		return (this.words[(this.offset >> 2) + 6] as number) >>> 0;
	}
	get received(): number {
		return (this.words[(this.offset >> 2) + 7] as number) >>> 0;
	}
	get waitingCountLow(): number {
		return (this.words[(this.offset >> 2) + 8] as number) >>> 0;
	}
	get waitingCountHigh(): number {
		return (this.words[(this.offset >> 2) + 9] as number) >>> 0;
	}
	get waitingSinceLow(): number {
		return (this.words[(this.offset >> 2) + 10] as number) >>> 0;
	}
	get waitingSinceHigh(): number {
		return (this.words[(this.offset >> 2) + 11] as number) >>> 0;
	}
	static readonly waitingSightsOffset = 48;
	static readonly waitingSightsCount = 14;
}

/** struct counters: index of each 64-bit word. */
export const COUNTERS = {
	benign: 0,
	emitted: 1,
	limited: 2,
	lostFull: 3,
	lostNoRing: 4,
	counted: 5,
	other: 6,
	begun: 7,
	skipped: 8,
	untracked: 9,
} as const;
export const COUNTER_WORDS = 10;

/** struct limit: index of each 64-bit word. */
export const LIMIT = {
	interval: 0,
	slack: 1,
	empty: 2,
	held: 3,
} as const;
export const LIMIT_WORDS = 4;

/** enum drop_flags */
export const DROP_FLAGS = {
	vlan: 1,
	socketTuple: 2,
	headers: 4,
	deviceIn: 8,
} as const;

/** enum point_flags */
export const POINT_FLAGS = {
	starts: 1,
	ends: 2,
	changes: 4,
	value: 8,
	returns: 16,
	stack: 32,
	receives: 128,
	sends: 256,
	enters: 512,
	queues: 1024,
	functions: 2048,
	socket: 4096,
	waits: 8192,
	backlog: 16384,
	fresh: 64,
} as const;

/** enum trace_kind */
export const TRACE_KIND = {
	entry: 1,
	return: 2,
	clone: 3,
	gone: 4,
	stack: 5,
	packet: 6,
	functions: 7,
	waited: 8,
	rule: 9,
} as const;

/** enum trace_flags */
export const TRACE_FLAGS = {
	full: 1,
	vlan: 2,
	socketTuple: 4,
	headers: 8,
	deviceIn: 16,
	first: 32,
	last: 64,
	copy: 128,
} as const;
