// Made by scripts/generate-decoders.ts from bpf/event.h: do not edit, run `make generate`.

const NOWHERE = new DataView(new ArrayBuffer(0));

/** The characters before the first NUL. */
function text(view: DataView, offset: number, length: number): string {
	let found = '';
	for (let i = offset; i < offset + length; i++) {
		const character = view.getUint8(i);
		if (character === 0) break;
		if (character >= 0x80) return utf8(view, offset, length);
		found += String.fromCharCode(character);
	}
	return found;
}

function utf8(view: DataView, offset: number, length: number): string {
	const bytes = Buffer.from(view.buffer, view.byteOffset + offset, length);
	const end = bytes.indexOf(0);
	return bytes.toString('utf8', 0, end < 0 ? length : end);
}

/** struct drop_event, read in place. */
export class DropEvent {
	static readonly size = 224;
	view: DataView = NOWHERE;
	offset = 0;

	at(view: DataView, offset: number): this {
		this.view = view;
		this.offset = offset;
		return this;
	}
	get ktimeLow(): number {
		return this.view.getUint32(this.offset + 0, true);
	}
	get ktimeHigh(): number {
		return this.view.getUint32(this.offset + 0 + 4, true);
	}
	get skbLow(): number {
		return this.view.getUint32(this.offset + 8, true);
	}
	get skbHigh(): number {
		return this.view.getUint32(this.offset + 8 + 4, true);
	}
	get locationLow(): number {
		return this.view.getUint32(this.offset + 16, true);
	}
	get locationHigh(): number {
		return this.view.getUint32(this.offset + 16 + 4, true);
	}
	get cgroupLow(): number {
		return this.view.getUint32(this.offset + 24, true);
	}
	get cgroupHigh(): number {
		return this.view.getUint32(this.offset + 24 + 4, true);
	}
	get socketInodeLow(): number {
		return this.view.getUint32(this.offset + 32, true);
	}
	get socketInodeHigh(): number {
		return this.view.getUint32(this.offset + 32 + 4, true);
	}
	get reason(): number {
		return this.view.getUint32(this.offset + 40, true);
	}
	get netns(): number {
		return this.view.getUint32(this.offset + 44, true);
	}
	get ifindex(): number {
		return this.view.getUint32(this.offset + 48, true);
	}
	get len(): number {
		return this.view.getUint32(this.offset + 52, true);
	}
	get mark(): number {
		return this.view.getUint32(this.offset + 56, true);
	}
	get task(): number {
		return this.view.getUint32(this.offset + 60, true);
	}
	get cpu(): number {
		return this.view.getUint16(this.offset + 64, true);
	}
	get protocol(): number {
		return this.view.getUint16(this.offset + 66, true);
	}
	get vlanTci(): number {
		return this.view.getUint16(this.offset + 68, true);
	}
	get captured(): number {
		return this.view.getUint16(this.offset + 70, true);
	}
	get l3Offset(): number {
		return this.view.getUint16(this.offset + 72, true);
	}
	get skFamily(): number {
		return this.view.getUint16(this.offset + 74, true);
	}
	get flags(): number {
		return this.view.getUint8(this.offset + 76);
	}
	get pktType(): number {
		return this.view.getUint8(this.offset + 77);
	}
	get skState(): number {
		return this.view.getUint8(this.offset + 78);
	}
	get skProtocol(): number {
		return this.view.getUint8(this.offset + 79);
	}
	static readonly deviceOffset = 80;
	get device(): string {
		return text(this.view, this.offset + 80, 16);
	}
	static readonly dataOffset = 96;
	static readonly dataCount = 128;
}

/** struct drop_stack_event, read in place. */
export class DropStackEvent {
	static readonly size = 480;
	view: DataView = NOWHERE;
	offset = 0;

	at(view: DataView, offset: number): this {
		this.view = view;
		this.offset = offset;
		return this;
	}
	get dropKtimeLow(): number {
		return this.view.getUint32(this.offset + 0, true);
	}
	get dropKtimeHigh(): number {
		return this.view.getUint32(this.offset + 0 + 4, true);
	}
	get dropSkbLow(): number {
		return this.view.getUint32(this.offset + 8, true);
	}
	get dropSkbHigh(): number {
		return this.view.getUint32(this.offset + 8 + 4, true);
	}
	get dropLocationLow(): number {
		return this.view.getUint32(this.offset + 16, true);
	}
	get dropLocationHigh(): number {
		return this.view.getUint32(this.offset + 16 + 4, true);
	}
	get dropCgroupLow(): number {
		return this.view.getUint32(this.offset + 24, true);
	}
	get dropCgroupHigh(): number {
		return this.view.getUint32(this.offset + 24 + 4, true);
	}
	get dropSocketInodeLow(): number {
		return this.view.getUint32(this.offset + 32, true);
	}
	get dropSocketInodeHigh(): number {
		return this.view.getUint32(this.offset + 32 + 4, true);
	}
	get dropReason(): number {
		return this.view.getUint32(this.offset + 40, true);
	}
	get dropNetns(): number {
		return this.view.getUint32(this.offset + 44, true);
	}
	get dropIfindex(): number {
		return this.view.getUint32(this.offset + 48, true);
	}
	get dropLen(): number {
		return this.view.getUint32(this.offset + 52, true);
	}
	get dropMark(): number {
		return this.view.getUint32(this.offset + 56, true);
	}
	get dropTask(): number {
		return this.view.getUint32(this.offset + 60, true);
	}
	get dropCpu(): number {
		return this.view.getUint16(this.offset + 64, true);
	}
	get dropProtocol(): number {
		return this.view.getUint16(this.offset + 66, true);
	}
	get dropVlanTci(): number {
		return this.view.getUint16(this.offset + 68, true);
	}
	get dropCaptured(): number {
		return this.view.getUint16(this.offset + 70, true);
	}
	get dropL3Offset(): number {
		return this.view.getUint16(this.offset + 72, true);
	}
	get dropSkFamily(): number {
		return this.view.getUint16(this.offset + 74, true);
	}
	get dropFlags(): number {
		return this.view.getUint8(this.offset + 76);
	}
	get dropPktType(): number {
		return this.view.getUint8(this.offset + 77);
	}
	get dropSkState(): number {
		return this.view.getUint8(this.offset + 78);
	}
	get dropSkProtocol(): number {
		return this.view.getUint8(this.offset + 79);
	}
	static readonly dropDeviceOffset = 80;
	get dropDevice(): string {
		return text(this.view, this.offset + 80, 16);
	}
	static readonly dropDataOffset = 96;
	static readonly dropDataCount = 128;

	static readonly stackOffset = 224;
	static readonly stackCount = 32;
}

/** struct packet_copy, read in place. */
export class PacketCopy {
	static readonly size = 16;
	view: DataView = NOWHERE;
	offset = 0;

	at(view: DataView, offset: number): this {
		this.view = view;
		this.offset = offset;
		return this;
	}
	get length(): number {
		return this.view.getUint32(this.offset + 0, true);
	}
	get captured(): number {
		return this.view.getUint32(this.offset + 4, true);
	}
	get iif(): number {
		return this.view.getUint32(this.offset + 8, true);
	}
	get l3Offset(): number {
		return this.view.getUint16(this.offset + 12, true);
	}
	get vlanProto(): number {
		return this.view.getUint16(this.offset + 14, true);
	}
	static readonly dataOffset = 16;
	static readonly dataCount = 0;
}

/** struct socket_tuple, read in place. */
export class SocketTuple {
	static readonly size = 40;
	view: DataView = NOWHERE;
	offset = 0;

	at(view: DataView, offset: number): this {
		this.view = view;
		this.offset = offset;
		return this;
	}
	static readonly saddrOffset = 0;
	static readonly saddrCount = 4;

	static readonly daddrOffset = 16;
	static readonly daddrCount = 4;

	get sport(): number {
		return this.view.getUint16(this.offset + 32, true);
	}
	get dport(): number {
		return this.view.getUint16(this.offset + 34, true);
	}
	get family(): number {
		return this.view.getUint16(this.offset + 36, true);
	}
	get protocol(): number {
		return this.view.getUint16(this.offset + 38, true);
	}
}

/** struct stat_key, read in place. */
export class StatKey {
	static readonly size = 24;
	view: DataView = NOWHERE;
	offset = 0;

	at(view: DataView, offset: number): this {
		this.view = view;
		this.offset = offset;
		return this;
	}
	get locationLow(): number {
		return this.view.getUint32(this.offset + 0, true);
	}
	get locationHigh(): number {
		return this.view.getUint32(this.offset + 0 + 4, true);
	}
	get reason(): number {
		return this.view.getUint32(this.offset + 8, true);
	}
	get ifindex(): number {
		return this.view.getUint32(this.offset + 12, true);
	}
	get netns(): number {
		return this.view.getUint32(this.offset + 16, true);
	}
	get unused(): number {
		return this.view.getUint32(this.offset + 20, true);
	}
}

/** struct stat_value, read in place. */
export class StatValue {
	static readonly size = 8;
	view: DataView = NOWHERE;
	offset = 0;

	at(view: DataView, offset: number): this {
		this.view = view;
		this.offset = offset;
		return this;
	}
	get packetsLow(): number {
		return this.view.getUint32(this.offset + 0, true);
	}
	get packetsHigh(): number {
		return this.view.getUint32(this.offset + 0 + 4, true);
	}
}

/** struct trace_event, read in place. */
export class TraceEvent {
	static readonly size = 216;
	view: DataView = NOWHERE;
	offset = 0;

	at(view: DataView, offset: number): this {
		this.view = view;
		this.offset = offset;
		return this;
	}
	get ktimeLow(): number {
		return this.view.getUint32(this.offset + 0, true);
	}
	get ktimeHigh(): number {
		return this.view.getUint32(this.offset + 0 + 4, true);
	}
	get skbLow(): number {
		return this.view.getUint32(this.offset + 8, true);
	}
	get skbHigh(): number {
		return this.view.getUint32(this.offset + 8 + 4, true);
	}
	get idLow(): number {
		return this.view.getUint32(this.offset + 16, true);
	}
	get idHigh(): number {
		return this.view.getUint32(this.offset + 16 + 4, true);
	}
	get valueLow(): number {
		return this.view.getUint32(this.offset + 24, true);
	}
	get valueHigh(): number {
		return this.view.getUint32(this.offset + 24 + 4, true);
	}
	get point(): number {
		return this.view.getUint32(this.offset + 32, true);
	}
	get reason(): number {
		return this.view.getUint32(this.offset + 36, true);
	}
	get netns(): number {
		return this.view.getUint32(this.offset + 40, true);
	}
	get ifindex(): number {
		return this.view.getUint32(this.offset + 44, true);
	}
	get len(): number {
		return this.view.getUint32(this.offset + 48, true);
	}
	get mark(): number {
		return this.view.getUint32(this.offset + 52, true);
	}
	get cpu(): number {
		return this.view.getUint16(this.offset + 56, true);
	}
	get protocol(): number {
		return this.view.getUint16(this.offset + 58, true);
	}
	get vlanTci(): number {
		return this.view.getUint16(this.offset + 60, true);
	}
	get captured(): number {
		return this.view.getUint16(this.offset + 62, true);
	}
	get l3Offset(): number {
		return this.view.getUint16(this.offset + 64, true);
	}
	get flags(): number {
		return this.view.getUint8(this.offset + 66);
	}
	get kind(): number {
		return this.view.getUint8(this.offset + 67);
	}
	get pktType(): number {
		return this.view.getUint8(this.offset + 68);
	}
	get connection(): number {
		return this.view.getUint8(this.offset + 69);
	}
	static readonly unusedOffset = 70;
	static readonly unusedCount = 2;

	static readonly deviceOffset = 72;
	get device(): string {
		return text(this.view, this.offset + 72, 16);
	}
	static readonly dataOffset = 88;
	static readonly dataCount = 128;
}

/** struct counters: index of each 64-bit word. */
export const COUNTERS = {
	seen: 0,
	benign: 1,
	emitted: 2,
	limited: 3,
	lostFull: 4,
	lostNoRing: 5,
	counted: 6,
	other: 7,
	begun: 8,
	skipped: 9,
	untracked: 10,
} as const;
export const COUNTER_WORDS = 11;

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
	rule: 8,
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
