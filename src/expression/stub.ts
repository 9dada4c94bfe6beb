/**
 * Puts an expression's instructions into the function of a BPF object that reserves room for them with a run of `goto +0`
 * (bpf/expression.h). Done in memory before libbpf opens the object, so that nothing else has to know.
 */
import { NOTHING, skip } from './ebpf.ts';

const INSTRUCTION_BYTES = 8;
const ELF_MAGIC = 0x7f454c46;
const CLASS_64_LITTLE_ENDIAN = 0x0201;
/** section types, and sizes of their entries */
const SYMBOL_TABLE = 2;
const SYMBOL_BYTES = 24;
const FUNCTION = 2;

interface Section {
	type: number;
	offset: number;
	size: number;
	/** of a symbol table: the section with the names */
	link: number;
}

/**
 * How many instructions the function `symbol` has room for.
 * @throws Error when `elf` is no BPF object, or has no such function, or that has no room: the object is of another build
 */
export const stubRoom = (elf: Buffer, symbol: string): number => longestRun(elf, symbol).count;

/**
 * Overwrites the room in the function `symbol` with `code`. The end of the code is the end of the room, where control is to fall out;
 * what is left over comes first, and is jumped over.
 * @throws Error as {@link stubRoom} does, or when the code is longer than the room
 */
export function patchStub(elf: Buffer, symbol: string, code: BigUint64Array): void {
	const { offset, count } = longestRun(elf, symbol);
	const padded = pad(code, count);
	for (const [index, instruction] of padded.entries()) elf.writeBigUInt64LE(instruction, offset + index * INSTRUCTION_BYTES);
}

/**
 * Verifiers refuse instructions that nothing leads to, but follow a branch only when it can be taken. So a condition that always
 * holds is better than a row of `goto +0`, which they would follow one by one; the kernel then removes the row. The condition is one
 * of a constant, whose value it costs nothing to remember.
 */
export function pad(code: BigUint64Array, length: number): BigUint64Array {
	const missing = length - code.length;
	if (missing < 0) throw new Error(`${code.length} instructions into a stub of ${length}`);
	const padding = new BigUint64Array(missing).fill(NOTHING);
	if (missing > 2) padding.set(skip(missing));
	return BigUint64Array.of(...padding, ...code);
}

function longestRun(elf: Buffer, symbol: string): { offset: number; count: number } {
	const { start, end } = functionBytes(elf, symbol);
	let best = { offset: start, count: 0 };
	let first = start;
	for (let at = start; at + INSTRUCTION_BYTES <= end; at += INSTRUCTION_BYTES) {
		if (elf.readBigUInt64LE(at) !== NOTHING) first = at + INSTRUCTION_BYTES;
		else if ((at - first) / INSTRUCTION_BYTES + 1 > best.count) best = { offset: first, count: (at - first) / INSTRUCTION_BYTES + 1 };
	}
	if (best.count === 0) throw new Error(`the function ${symbol} is no stub, or was filled already`);
	return best;
}

/** Where in the file the code of a function is. */
function functionBytes(elf: Buffer, symbol: string): { start: number; end: number } {
	const all = sections(elf);
	for (const table of all.filter(({ type }) => type === SYMBOL_TABLE)) {
		const names = all[table.link];
		for (let at = table.offset; names && at + SYMBOL_BYTES <= table.offset + table.size; at += SYMBOL_BYTES) {
			if ((elf.readUInt8(at + 4) & 0xf) !== FUNCTION) continue;
			const name = names.offset + elf.readUInt32LE(at);
			if (elf.toString('latin1', name, elf.indexOf(0, name)) !== symbol) continue;
			const section = all[elf.readUInt16LE(at + 6)];
			const offset = Number(elf.readBigUInt64LE(at + 8));
			const size = Number(elf.readBigUInt64LE(at + 16));
			if (section && offset + size <= section.size) return { start: section.offset + offset, end: section.offset + offset + size };
		}
	}
	throw new Error(`no function ${symbol} in the BPF object`);
}

function sections(elf: Buffer): Section[] {
	if (elf.length < 64 || elf.readUInt32BE(0) !== ELF_MAGIC || elf.readUInt16BE(4) !== CLASS_64_LITTLE_ENDIAN)
		throw new Error('not a 64-bit little-endian ELF file');
	const table = Number(elf.readBigUInt64LE(0x28));
	const size = elf.readUInt16LE(0x3a);
	const found = Array.from({ length: elf.readUInt16LE(0x3c) }, (_, index) => {
		const at = table + index * size;
		return {
			type: elf.readUInt32LE(at + 4),
			offset: Number(elf.readBigUInt64LE(at + 0x18)),
			size: Number(elf.readBigUInt64LE(at + 0x20)),
			link: elf.readUInt32LE(at + 0x28),
		};
	});
	return found;
}
