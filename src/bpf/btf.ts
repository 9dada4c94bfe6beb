/**
 * BTF, the kernel's and the objects' own type information (Documentation/bpf/btf.rst): read on demand. Opening a kernel's BTF
 * only notes where its 130,000 types begin; a type is decoded when somebody asks for it.
 */
import { readFileSync } from 'node:fs';

export const KIND = {
	int: 1,
	pointer: 2,
	array: 3,
	struct: 4,
	union: 5,
	enum: 6,
	forward: 7,
	typedef: 8,
	volatile: 9,
	const: 10,
	restrict: 11,
	function: 12,
	prototype: 13,
	variable: 14,
	section: 15,
	float: 16,
	declTag: 17,
	typeTag: 18,
	enum64: 19,
} as const;

/** A member of a struct or union. Offsets and widths in bits; `width` is 0 unless it is a bit-field. */
export interface Member {
	name: string;
	type: number;
	bit: number;
	width: number;
}

/** A variable of a data section; bytes. */
export interface SectionEntry {
	type: number;
	offset: number;
	size: number;
}

export interface Type {
	kind: number;
	name: string;
	/** bytes, for kinds that have a size */
	size: number;
	/** the type referred to, for kinds that refer to one; the return type of a prototype */
	type: number;
	signed?: boolean;
	/** of an array */
	count?: number;
	members?: Member[];
	/** of an enum */
	values?: { name: string; value: number }[];
	/** type of each parameter of a prototype */
	parameters?: { name: string; type: number }[];
	entries?: SectionEntry[];
}

const MAGIC = 0xeb9f;
const REFERENCES: ReadonlySet<number> = new Set([KIND.typedef, KIND.volatile, KIND.const, KIND.restrict, KIND.typeTag]);

/** Words of a type's head, and of what follows it: by kind once, or for each of its members. */
const HEAD = 3;
const KINDS = 32;
const ONCE = wordsBy({ [KIND.int]: 1, [KIND.variable]: 1, [KIND.declTag]: 1, [KIND.array]: 3 });
const EACH = wordsBy({
	[KIND.struct]: 3,
	[KIND.union]: 3,
	[KIND.section]: 3,
	[KIND.enum64]: 3,
	[KIND.enum]: 2,
	[KIND.prototype]: 2,
});

function wordsBy(kinds: Readonly<Record<number, number>>): Uint8Array {
	return Uint8Array.from({ length: KINDS }, (_, kind) => kinds[kind] ?? 0);
}

const mixed = (word: number): number => Math.imul(word, 0x9e3779b1) >>> 16;

const WORD = 4;

/** The words of a section. */
function wordsOf(bytes: Buffer, start: number, stop: number): Uint32Array {
	const from = bytes.byteOffset + start;
	const aligned = from % WORD === 0 ? bytes.buffer : bytes.buffer.slice(from, from + stop - start);
	return new Uint32Array(aligned, aligned === bytes.buffer ? from : 0, Math.floor((stop - start) / WORD));
}

export class Btf {
	/** identifier after the last type; the types of a module's BTF continue those of its base */
	readonly end: number;
	private readonly base: Btf | undefined;
	private readonly first: number;
	private readonly bytes: Buffer;
	private readonly view: DataView;
	/** of each type: where it begins, where its name is among the strings, and its kind */
	private readonly offsets: Uint32Array;
	private readonly names: Uint32Array;
	private readonly kinds: Uint8Array;
	/** those that were asked for: the same ones are, again and again */
	private readonly decoded = new Map<number, Type>();
	private readonly found = new Map<string, number | undefined>();
	/** what was asked for last: every module asks its base the same */
	private stringsFound: { part: string; offsets: readonly number[] } | undefined;
	private readonly strings: number;
	private readonly stringsEnd: number;
	private readonly firstString: number;

	/**
	 * @param bytes a .BTF section, or a file below /sys/kernel/btf
	 * @param base the vmlinux BTF, when `bytes` are a module's
	 * @throws Error when the bytes are not BTF
	 */
	constructor(bytes: Buffer, base?: Btf) {
		this.bytes = bytes;
		this.base = base;
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		this.view = view;
		if (bytes.length < 24 || view.getUint16(0, true) !== MAGIC) throw new Error('not BTF: bad magic number');
		const head = view.getUint32(4, true);
		const start = head + view.getUint32(8, true);
		const stop = start + view.getUint32(12, true);
		this.strings = head + view.getUint32(16, true);
		this.stringsEnd = this.strings + view.getUint32(20, true);
		if (stop > bytes.length || this.stringsEnd > bytes.length) throw new Error('not BTF: sections pass the end of the file');
		this.first = base ? base.end : 1;
		this.firstString = base ? base.firstString + (base.stringsEnd - base.strings) : 0;

		const most = (stop - start) / (HEAD * WORD);
		const [offsets, names, kinds] = [new Uint32Array(most), new Uint32Array(most), new Uint8Array(most)];
		const words = wordsOf(bytes, start, stop);
		let count = 0;
		let at = 0;
		// a tenth of a start: nothing here that is not needed
		while (at + HEAD <= words.length) {
			const info = words[at + 1] as number;
			const kind = (info >>> 24) & 0x1f;
			offsets[count] = start + at * WORD;
			names[count] = words[at] as number;
			kinds[count++] = kind;
			at += HEAD + (ONCE[kind] as number) + (EACH[kind] as number) * (info & 0xffff);
		}
		if (start + at * WORD !== stop) throw new Error('not BTF: types pass the end of their section');
		[this.offsets, this.names, this.kinds] = [offsets.subarray(0, count), names.subarray(0, count), kinds.subarray(0, count)];
		this.end = this.first + count;
	}

	/** The identifiers of all types of `kind`, of this BTF alone. */
	*all(kind: number): Generator<number> {
		for (let i = this.kinds.indexOf(kind); i >= 0; i = this.kinds.indexOf(kind, i + 1)) yield this.first + i;
	}

	/** The identifier of the type called `name`, or undefined. A module's BTF looks into its base too. */
	find(name: string, kind: number): number | undefined {
		const key = `${kind} ${name}`;
		if (!this.found.has(key)) this.found.set(key, this.search(name, kind));
		return this.found.get(key);
	}

	private search(name: string, kind: number): number | undefined {
		const string = this.stringOffset(name);
		if (string !== undefined) {
			for (let i = this.names.indexOf(string); i >= 0; i = this.names.indexOf(string, i + 1))
				if (this.kinds[i] === kind) return this.first + i;
		}
		return this.base?.find(name, kind);
	}

	/** The identifiers of the types of `kind` whose names contain `part`, of this BTF alone, ascending. */
	containing(part: string, kind: number): number[] {
		const found: number[] = [];
		for (const string of this.stringsWith(part))
			for (let i = this.names.indexOf(string); i >= 0; i = this.names.indexOf(string, i + 1))
				if (this.kinds[i] === kind) found.push(this.first + i);
		return found.sort((a, b) => a - b);
	}

	/** Where the strings are that contain `part`, as types name them. */
	private stringsWith(part: string): readonly number[] {
		if (this.stringsFound?.part === part) return this.stringsFound.offsets;
		const offsets = [...(this.base?.stringsWith(part) ?? [])];
		const strings = this.bytes.subarray(this.strings, this.stringsEnd);
		for (let at = strings.indexOf(part, 0, 'latin1'); at >= 0; at = strings.indexOf(part, strings.indexOf(0, at), 'latin1'))
			offsets.push(this.firstString + strings.lastIndexOf(0, at) + 1);
		this.stringsFound = { part, offsets };
		return offsets;
	}

	/**
	 * The identifiers of the types of `kind` with one of these names, by name; of this BTF alone, and the first of a name.
	 * @param skip bytes at their beginning that all of them have in common
	 */
	named(kind: number, names: ReadonlySet<string>, skip = 0): Map<string, number> {
		// four bytes tell nearly all others apart, without making a string of each
		const likely = new Uint8Array(1 << 16);
		for (const name of names) likely[mixed(Buffer.from(`${name.slice(skip)}\0\0\0\0`, 'latin1').readUInt32LE())] = 1;
		const found = new Map<string, number>();
		const last = this.stringsEnd - 4;
		const { names: offsets, kinds, view } = this;
		const base = this.strings - this.firstString + skip;
		for (let i = kinds.indexOf(kind); i >= 0; i = kinds.indexOf(kind, i + 1)) {
			const offset = offsets[i] as number;
			if (offset >= this.firstString) {
				const at = base + offset;
				const start = at < last ? view.getUint32(at, true) : 0;
				// of a shorter name the first four bytes are not all its own
				if (at < last && likely[mixed(start)] === 0 && ((start - 0x01010101) & ~start & 0x80808080) === 0) continue;
			}
			const name = this.string(offset);
			if (names.has(name) && !found.has(name)) found.set(name, this.first + i);
		}
		return found;
	}

	/** @throws Error for an identifier that does not exist */
	type(id: number): Type {
		if (id === 0) return { kind: 0, name: 'void', size: 0, type: 0 };
		if (id < this.first && this.base) return this.base.type(id);
		const known = this.decoded.get(id);
		if (known) return known;
		const start = this.offsets[id - this.first];
		if (start === undefined) throw new Error(`no BTF type ${id}`);
		const type = this.decode(start);
		this.decoded.set(id, type);
		return type;
	}

	/** Its name alone. @throws Error for an identifier that this BTF, without its base, does not have */
	nameOf(id: number): string {
		const offset = this.names[id - this.first];
		if (offset === undefined) throw new Error(`no BTF type ${id}`);
		return this.string(offset);
	}

	/** The type behind typedefs and qualifiers. @throws Error for damaged BTF in which there is none */
	resolve(id: number): Type {
		return this.type(this.resolveId(id));
	}

	/** Its identifier. @throws Error as {@link resolve} */
	resolveId(id: number): number {
		let found = id;
		for (let steps = 0; REFERENCES.has(this.type(found).kind); steps++) {
			if (steps > this.end) throw new Error(`BTF type ${id} refers to itself`);
			found = this.type(found).type;
		}
		return found;
	}

	/** A module's own strings are those that the kernel's BTF does not have. */
	private stringOffset(name: string): number | undefined {
		const inherited = this.base?.stringOffset(name);
		if (inherited !== undefined) return inherited;
		const strings = this.bytes.subarray(this.strings, this.stringsEnd);
		const text = `${name}\0`;
		if (strings.toString('latin1', 0, text.length) === text) return this.firstString;
		const at = strings.indexOf(`\0${text}`, 0, 'latin1');
		return at < 0 ? undefined : this.firstString + at + 1;
	}

	private string(offset: number): string {
		if (offset < this.firstString && this.base) return this.base.string(offset);
		const start = this.strings + offset - this.firstString;
		return this.bytes.toString('latin1', start, this.bytes.indexOf(0, start));
	}

	private decode(start: number): Type {
		const { view } = this;
		const info = view.getUint32(start + 4, true);
		const length = info & 0xffff;
		const flag = info >>> 31 === 1;
		const sizeOrType = view.getUint32(start + 8, true);
		const type: Type = {
			kind: (info >>> 24) & 0x1f,
			name: this.string(view.getUint32(start, true)),
			size: sizeOrType,
			type: sizeOrType,
		};
		const at = (index: number, bytes: number, field: number) => start + 12 + index * bytes + field * 4;
		const each = <T>(read: (index: number) => T): T[] => Array.from({ length }, (_, index) => read(index));
		const name = (offset: number) => this.string(view.getUint32(offset, true));
		const word = (offset: number) => view.getUint32(offset, true);
		switch (type.kind) {
			case KIND.int:
				type.signed = ((word(start + 12) >>> 24) & 1) === 1;
				break;
			case KIND.array:
				type.type = word(start + 12);
				type.count = word(start + 20);
				break;
			case KIND.struct:
			case KIND.union:
				type.members = each((i) => {
					const offset = word(at(i, 12, 2));
					const [bit, width] = flag ? [offset & 0xffffff, offset >>> 24] : [offset, 0];
					return { name: name(at(i, 12, 0)), type: word(at(i, 12, 1)), bit, width };
				});
				break;
			case KIND.enum:
				type.values = each((i) => ({
					name: name(at(i, 8, 0)),
					value: flag ? view.getInt32(at(i, 8, 1), true) : word(at(i, 8, 1)),
				}));
				break;
			case KIND.enum64:
				type.values = each((i) => ({
					name: name(at(i, 12, 0)),
					value: word(at(i, 12, 1)) + (flag ? view.getInt32(at(i, 12, 2), true) : word(at(i, 12, 2))) * 2 ** 32,
				}));
				break;
			case KIND.prototype:
				type.parameters = each((i) => ({ name: name(at(i, 8, 0)), type: word(at(i, 8, 1)) }));
				break;
			case KIND.section:
				type.entries = each((i) => ({ type: word(at(i, 12, 0)), offset: word(at(i, 12, 1)), size: word(at(i, 12, 2)) }));
				break;
		}
		return type;
	}
}

/** The section `name` of a 64-bit little-endian ELF file; undefined when the bytes are something else, or have no such section. */
export function sectionOf(file: Buffer, name: string): Buffer | undefined {
	if (!isElf(file)) return undefined;
	const table = Number(file.readBigUInt64LE(0x28));
	const size = file.readUInt16LE(0x3a);
	const section = (index: number) => {
		const at = table + index * size;
		return {
			name: file.readUInt32LE(at),
			offset: Number(file.readBigUInt64LE(at + 0x18)),
			size: Number(file.readBigUInt64LE(at + 0x20)),
		};
	};
	const names = section(file.readUInt16LE(0x3e));
	for (let i = 0; i < file.readUInt16LE(0x3c); i++) {
		const found = section(i);
		const start = names.offset + found.name;
		if (file.toString('latin1', start, file.indexOf(0, start)) === name) return file.subarray(found.offset, found.offset + found.size);
	}
	return undefined;
}

const isElf = (file: Buffer): boolean => file.length >= 64 && file.readUInt32BE(0) === 0x7f454c46;

/** That of a file. @throws Error when the file is something else, or lacks the section */
export function elfSection(path: string, name: string): Buffer {
	const file = readFileSync(path);
	if (!isElf(file)) throw new Error(`${path}: not an ELF file`);
	const found = sectionOf(file, name);
	if (!found) throw new Error(`${path}: no ${name} section`);
	return found;
}
