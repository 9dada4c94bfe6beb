/**
 * Reads pcapng files as draft-ietf-opsawg-pcapng describes them, and nothing of the writer: every rule that a file can break throws.
 */
export interface Option {
	code: number;
	value: Buffer;
}

export interface Block {
	type: number;
	body: Buffer;
	options: Option[];
}

export interface Interface {
	linkType: number;
	snapLength: number;
	name: string | undefined;
	description: string | undefined;
}

export interface Packet {
	interface: Interface;
	interfaceId: number;
	/** nanoseconds since 1970 */
	time: bigint;
	data: Buffer;
	original: number;
	flags: number;
	comment: string | undefined;
}

export interface Statistics {
	interfaceId: number;
	time: bigint;
	start: bigint;
	end: bigint;
	dropped: bigint | undefined;
}

export interface Capture {
	section: { hardware: string; os: string; application: string; comment: string | undefined };
	interfaces: Interface[];
	packets: Packet[];
	statistics: Statistics[];
}

/** bytes of the body before the options, of blocks that have no data of variable length */
const FIXED: ReadonlyMap<number, number> = new Map([
	[0x0a0d0d0a, 16],
	[1, 8],
	[5, 12],
]);

function check(holds: boolean, what: string): asserts holds {
	if (!holds) throw new Error(`pcapng: ${what}`);
}

const padded = (length: number): number => length + ((4 - (length % 4)) % 4);

function zeros(bytes: Buffer, what: string): void {
	check(
		bytes.every((byte) => byte === 0),
		`${what} is not filled up with zeros`,
	);
}

/** "Options": none, or a list that ends with opt_endofopt at the end of the block. */
function optionsOf(bytes: Buffer): Option[] {
	const found: Option[] = [];
	for (let at = 0; at < bytes.length; ) {
		check(at + 4 <= bytes.length, 'an option without its length');
		const code = bytes.readUInt16LE(at);
		const length = bytes.readUInt16LE(at + 2);
		at += 4;
		if (code === 0) {
			check(length === 0 && at === bytes.length, 'opt_endofopt is not the end');
			return found;
		}
		check(at + padded(length) <= bytes.length, `option ${code} is longer than its block`);
		zeros(bytes.subarray(at + length, at + padded(length)), `option ${code}`);
		found.push({ code, value: bytes.subarray(at, at + length) });
		at += padded(length);
	}
	check(found.length === 0, 'options without opt_endofopt');
	return found;
}

/** "General Block Structure". @throws Error when a block is cut */
export function blocksOf(file: Buffer): Block[] {
	const found: Block[] = [];
	for (let at = 0; at < file.length; ) {
		check(at + 12 <= file.length, `cut at ${at}`);
		const type = file.readUInt32LE(at);
		const length = file.readUInt32LE(at + 4);
		check(length % 4 === 0 && length >= 12 && at + length <= file.length, `block of type ${type} at ${at} has length ${length}`);
		check(file.readUInt32LE(at + length - 4) === length, `block of type ${type} at ${at} says two lengths`);
		const body = file.subarray(at + 8, at + length - 4);
		let fixed = FIXED.get(type) ?? 0;
		if (type === 6) {
			const captured = body.readUInt32LE(12);
			fixed = 20 + padded(captured);
			check(fixed <= body.length, `the packet at ${at} is longer than its block`);
			zeros(body.subarray(20 + captured, fixed), 'a packet');
		}
		check(fixed > 0, `type ${type}`);
		found.push({ type, body, options: optionsOf(body.subarray(fixed)) });
		at += length;
	}
	return found;
}

const only = (options: Option[], code: number): Buffer | undefined => {
	const found = options.filter((option) => option.code === code);
	check(found.length <= 1, `option ${code} twice`);
	return found[0]?.value;
};
const text = (options: Option[], code: number): string | undefined => {
	const value = only(options, code);
	return value && new TextDecoder('utf-8', { fatal: true }).decode(value);
};
const time = (bytes: Buffer, at: number): bigint => (BigInt(bytes.readUInt32LE(at)) << 32n) | BigInt(bytes.readUInt32LE(at + 4));

/** A whole file of one section with times in nanoseconds. */
export function readCapture(file: Buffer): Capture {
	const [header, ...blocks] = blocksOf(file);
	check(header?.type === 0x0a0d0d0a, 'no section header');
	check(header.body.readUInt32LE(0) === 0x1a2b3c4d, 'the byte-order magic');
	check(header.body.readUInt16LE(4) === 1 && header.body.readUInt16LE(6) === 0, 'the version');
	check(header.body.readBigInt64LE(8) === -1n, 'the length of the section');
	const section = {
		hardware: text(header.options, 2) ?? '',
		os: text(header.options, 3) ?? '',
		application: text(header.options, 4) ?? '',
		comment: text(header.options, 1),
	};
	const capture: Capture = { section, interfaces: [], packets: [], statistics: [] };
	for (const { type, body, options } of blocks) {
		if (type === 1) {
			check(body.readUInt16LE(2) === 0, 'a reserved field is not zero');
			check(only(options, 9)?.equals(Buffer.from([9])) === true, 'times are not in nanoseconds');
			capture.interfaces.push({
				linkType: body.readUInt16LE(0),
				snapLength: body.readUInt32LE(4),
				name: text(options, 2),
				description: text(options, 3),
			});
			continue;
		}
		const interfaceId = body.readUInt32LE(0);
		const found = capture.interfaces[interfaceId];
		check(found !== undefined, `interface ${interfaceId} is not described`);
		if (type === 6) {
			const captured = body.readUInt32LE(12);
			const original = body.readUInt32LE(16);
			check(captured <= original, `${captured} bytes captured of ${original}`);
			check(captured <= found.snapLength, `${captured} bytes captured, the snapshot length is ${found.snapLength}`);
			capture.packets.push({
				interface: found,
				interfaceId,
				time: time(body, 4),
				data: body.subarray(20, 20 + captured),
				original,
				flags: only(options, 2)?.readUInt32LE(0) ?? 0,
				comment: text(options, 1),
			});
		} else if (type === 5) {
			const [start, end] = [only(options, 2), only(options, 3)];
			check(start?.length === 8 && end?.length === 8, 'statistics without their time');
			capture.statistics.push({
				interfaceId,
				time: time(body, 4),
				start: time(start, 0),
				end: time(end, 0),
				dropped: only(options, 5)?.readBigUInt64LE(0),
			});
		} else check(false, `a second block of type ${type}`);
	}
	return capture;
}
