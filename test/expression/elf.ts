/** The smallest ELF file with instructions and symbols. */

export interface ElfSymbol {
	name: string;
	/** 1 an object, 2 a function */
	type: number;
	/** in instructions */
	start: number;
	count: number;
}

export function elf(code: readonly bigint[], symbols: readonly ElfSymbol[]): Buffer {
	const names = Buffer.from(`\0${symbols.map(({ name }) => `${name}\0`).join('')}`, 'latin1');
	const text = Buffer.from(BigUint64Array.from(code).buffer);
	const table = Buffer.alloc((symbols.length + 1) * 24);
	for (const [index, { name, type, start, count }] of symbols.entries()) {
		const at = (index + 1) * 24;
		table.writeUInt32LE(names.indexOf(`\0${name}\0`) + 1, at);
		table.writeUInt8(type, at + 4);
		table.writeUInt16LE(1, at + 6);
		table.writeBigUInt64LE(BigInt(start * 8), at + 8);
		table.writeBigUInt64LE(BigInt(count * 8), at + 16);
	}
	const header = Buffer.alloc(64);
	header.write('\x7fELF\x02\x01\x01', 'latin1');
	const sections = Buffer.alloc(4 * 64);
	let offset = header.length;
	for (const [index, type, content, link] of [
		[1, 1, text, 0],
		[2, 2, table, 3],
		[3, 3, names, 0],
	] as const) {
		const at = index * 64;
		sections.writeUInt32LE(type, at + 4);
		sections.writeBigUInt64LE(BigInt(offset), at + 0x18);
		sections.writeBigUInt64LE(BigInt(content.length), at + 0x20);
		sections.writeUInt32LE(link, at + 0x28);
		offset += content.length;
	}
	header.writeBigUInt64LE(BigInt(offset), 0x28);
	header.writeUInt16LE(64, 0x3a);
	header.writeUInt16LE(4, 0x3c);
	return Buffer.concat([header, text, table, names, sections]);
}
