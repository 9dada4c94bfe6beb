/**
 * An excerpt of the kernel's types, with nothing in it but the structures and members that an object's programs look at. libbpf finds a
 * structure by going through all types there are (bpf_core_add_cands, tools/lib/bpf/libbpf.c), 130,000 of them, and once for each
 * structure: that is a quarter of what a start takes, and finds nothing else in here.
 */
import { Btf, KIND, type Member, sectionOf } from './btf.ts';

/** struct btf_header (include/uapi/linux/btf.h) */
const HEADER_BYTES = 24;
const MAGIC = 0xeb9f;
const VERSION = 1;
/** offsets in struct btf_ext_header (tools/lib/bpf/libbpf_internal.h) of the header's size, and of where the relocations are */
const EXT_HEADER = 4;
const EXT_RELOCATIONS = 24;
/** a structure's members give the width of bit-fields beside their offset */
const BIT_FIELDS = 1 << 31;

const isComposite = (kind: number): boolean => kind === KIND.struct || kind === KIND.union;

/**
 * The types that a BPF object needs of this kernel. What the kernel does not have is missing, for programs to find that out.
 * @param elf the object's file @returns BTF; undefined when the file is no object with relocations
 */
export function excerpt(kernel: Btf, elf: Buffer): Buffer | undefined {
	const [types, extension] = [sectionOf(elf, '.BTF'), sectionOf(elf, '.BTF.ext')];
	if (!types || !extension) return undefined;
	const maker = new Excerpt(kernel, new Btf(types));
	for (const id of relocated(extension)) maker.want(id);
	return maker.bytes();
}

/** The structures that programs look into: struct bpf_core_relo (include/uapi/linux/bpf.h), after the size of one, by section. */
function relocated(extension: Buffer): Set<number> {
	const found = new Set<number>();
	const from = extension.readUInt32LE(EXT_HEADER) + extension.readUInt32LE(EXT_RELOCATIONS);
	const end = from + extension.readUInt32LE(EXT_RELOCATIONS + 4);
	if (from === end) return found;
	const size = extension.readUInt32LE(from);
	for (let at = from + 4; at < end; ) {
		const stop = at + 8 + extension.readUInt32LE(at + 4) * size;
		for (at += 8; at < stop; at += size) found.add(extension.readUInt32LE(at + 4));
	}
	return found;
}

class Excerpt {
	private readonly kernel: Btf;
	private readonly object: Btf;
	/** places of the members that are wanted, by the kernel's number of the structure */
	private readonly wanted = new Map<number, Set<number>>();
	/** numbers in the excerpt, by the kernel's */
	private readonly made = new Map<number, number>();
	private readonly words: number[] = [];
	private count = 0;
	private readonly names = new Map<string, number>([['', 0]]);
	private nameBytes = 1;

	constructor(kernel: Btf, object: Btf) {
		this.kernel = kernel;
		this.object = object;
	}

	/** @param id of a type of the object's; what stands behind three underscores in its name tells the layouts of versions apart */
	want(id: number): void {
		const { name, kind } = this.object.type(id);
		const found = this.kernel.find(name.replace(/___.*/, ''), kind);
		if (found !== undefined) this.match(found, id);
	}

	bytes(): Buffer {
		for (const id of this.wanted.keys()) this.make(id);
		const types = Buffer.from(Int32Array.from(this.words).buffer);
		const names = Buffer.from([...this.names.keys()].map((name) => `${name}\0`).join(''), 'latin1');
		const head = Buffer.alloc(HEADER_BYTES);
		head.writeUInt16LE(MAGIC, 0);
		head.writeUInt8(VERSION, 2);
		for (const [i, word] of [HEADER_BYTES, 0, types.length, types.length, names.length].entries()) head.writeUInt32LE(word, 4 + 4 * i);
		return Buffer.concat([head, types, names]);
	}

	/** Wants of the kernel's type what the object's has, if the kernel's has it. */
	private match(id: number, own: number): void {
		const [theirs, ours] = [this.kernel.type(id), this.object.type(own)];
		if (theirs.kind === KIND.array && ours.kind === KIND.array) {
			this.match(this.kernel.resolveId(theirs.type), this.object.resolveId(ours.type));
			return;
		}
		if (!isComposite(theirs.kind) || !isComposite(ours.kind)) return;
		if (!this.wanted.has(id)) this.wanted.set(id, new Set());
		for (const member of ours.members ?? []) {
			const type = this.object.resolveId(member.type);
			const found = member.name === '' ? id : this.find(id, member.name);
			if (found !== undefined) this.match(found, type);
		}
	}

	/** Wants a member, and the nameless structures that it is in. @returns its type */
	private find(id: number, name: string): number | undefined {
		for (const [place, member] of (this.kernel.type(id).members ?? []).entries()) {
			const type = this.kernel.resolveId(member.type);
			const found = member.name === name ? type : member.name === '' ? this.find(type, name) : undefined;
			if (found === undefined) continue;
			const wanted = this.wanted.get(id);
			if (wanted) wanted.add(place);
			else this.wanted.set(id, new Set([place]));
			return found;
		}
		return undefined;
	}

	/** @returns the number of a type of the kernel's in the excerpt */
	private make(given: number): number {
		const id = this.kernel.resolveId(given);
		const known = this.made.get(id);
		if (known !== undefined) return known;
		const type = this.kernel.type(id);
		switch (type.kind) {
			case KIND.int:
				return this.add(id, KIND.int, type.name, 0, type.size, [(type.signed ? 1 << 24 : 0) | (type.size * 8)]);
			case KIND.float:
				return this.add(id, KIND.float, type.name, 0, type.size, []);
			case KIND.pointer:
				// nothing is followed through it
				return this.add(id, KIND.pointer, '', 0, 0, []);
			case KIND.array:
				return this.add(id, KIND.array, '', 0, 0, [this.make(type.type), 0, type.count ?? 0]);
			case KIND.enum:
			case KIND.enum64:
				return this.add(id, type.kind, type.name, 0, type.size, []);
			case KIND.struct:
			case KIND.union:
				return this.makeComposite(id);
			default:
				// nothing that has a size: no member is such a thing
				return 0;
		}
	}

	private makeComposite(id: number): number {
		const { kind, name, size, members = [] } = this.kernel.type(id);
		const chosen = [...(this.wanted.get(id) ?? [])].sort((a, b) => a - b).map((place) => members[place] as Member);
		const fields = chosen.some(({ width }) => width > 0);
		const rest = chosen.flatMap((member) => [
			this.name(member.name),
			this.make(member.type),
			fields ? member.bit | (member.width << 24) : member.bit,
		]);
		return this.add(id, kind, name, chosen.length | (fields ? BIT_FIELDS : 0), size, rest);
	}

	/** struct btf_type, and what follows it */
	private add(id: number, kind: number, name: string, length: number, size: number, rest: readonly number[]): number {
		this.words.push(this.name(name), (kind << 24) | length, size, ...rest);
		this.made.set(id, ++this.count);
		return this.count;
	}

	private name(text: string): number {
		let at = this.names.get(text);
		if (at === undefined) {
			at = this.nameBytes;
			this.names.set(text, at);
			this.nameBytes += text.length + 1;
		}
		return at;
	}
}
