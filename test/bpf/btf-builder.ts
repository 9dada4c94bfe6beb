/** BTF made by hand, as compilers and pahole write it (Documentation/bpf/btf.rst): every method adds a type and returns its identifier. */
import { KIND } from '../../src/bpf/btf.ts';

export const HEAD = 24;

/** `width` in bits makes it a bit-field. */
export type MemberOf = readonly [name: string, type: number, bit: number, width?: number];

export class BtfBuilder {
	private readonly base: BtfBuilder | undefined;
	private readonly words: number[] = [];
	private readonly known = new Map<string, number>();
	private strings: Buffer;
	private next: number;

	/** @param base whose types and strings these continue, as a module's do the kernel's */
	constructor(base?: BtfBuilder) {
		this.base = base;
		this.next = base ? base.next : 1;
		// the empty name is the kernel's; a module has no need for its own
		this.strings = base ? Buffer.alloc(0) : Buffer.from('\0');
	}

	int(name: string, size: number, signed = false): number {
		return this.add(name, KIND.int, 0, size, [(signed ? 1 << 24 : 0) | (size * 8)]);
	}

	float(name: string, size: number): number {
		return this.add(name, KIND.float, 0, size);
	}

	pointer(to: number): number {
		return this.add('', KIND.pointer, 0, to);
	}

	array(of: number, count: number, index = of): number {
		return this.add('', KIND.array, 0, 0, [of, index, count]);
	}

	struct(name: string, size: number, members: readonly MemberOf[], kind: number = KIND.struct): number {
		const fields = members.some(([, , , width]) => width !== undefined);
		const words = members.flatMap(([field, type, bit, width = 0]) => [this.text(field), type, fields ? (width << 24) | bit : bit]);
		return this.add(name, kind, members.length, size, words, fields);
	}

	union(name: string, size: number, members: readonly MemberOf[]): number {
		return this.struct(name, size, members, KIND.union);
	}

	enum(name: string, values: Readonly<Record<string, number>>, size = 4, signed = false): number {
		const words = Object.entries(values).flatMap(([value, number]) => [this.text(value), number]);
		return this.add(name, KIND.enum, words.length / 2, size, words, signed);
	}

	enum64(name: string, values: Readonly<Record<string, bigint>>, signed = false): number {
		const words = Object.entries(values).flatMap(([value, number]) => [
			this.text(value),
			Number(BigInt.asUintN(32, number)),
			Number(BigInt.asUintN(32, number >> 32n)),
		]);
		return this.add(name, KIND.enum64, words.length / 3, 8, words, signed);
	}

	typedef(name: string, to: number): number {
		return this.add(name, KIND.typedef, 0, to);
	}

	/** const, volatile, restrict, and type tags */
	qualifier(kind: number, to: number, name = ''): number {
		return this.add(name, kind, 0, to);
	}

	forward(name: string): number {
		return this.add(name, KIND.forward, 0, 0);
	}

	prototype(returns: number, parameters: readonly (readonly [name: string, type: number])[]): number {
		const words = parameters.flatMap(([name, type]) => [this.text(name), type]);
		return this.add('', KIND.prototype, parameters.length, returns, words);
	}

	function(name: string, prototype: number): number {
		return this.add(name, KIND.function, 0, prototype);
	}

	variable(name: string, type: number): number {
		return this.add(name, KIND.variable, 0, type, [1]);
	}

	declTag(name: string, to: number, component: number): number {
		return this.add(name, KIND.declTag, 0, to, [component]);
	}

	section(name: string, size: number, entries: readonly (readonly [type: number, offset: number, size: number])[]): number {
		return this.add(name, KIND.section, entries.length, size, entries.flat());
	}

	build(): Buffer {
		const head = Buffer.alloc(HEAD);
		head.writeUInt16LE(0xeb9f, 0);
		head.writeUInt8(1, 2);
		for (const [i, word] of [HEAD, 0, this.words.length * 4, this.words.length * 4, this.strings.length].entries())
			head.writeUInt32LE(word, 4 + i * 4);
		const types = Buffer.alloc(this.words.length * 4);
		for (const [i, word] of this.words.entries()) types.writeUInt32LE(word >>> 0, i * 4);
		return Buffer.concat([head, types, this.strings]);
	}

	private add(name: string, kind: number, length: number, sizeOrType: number, words: readonly number[] = [], flag = false): number {
		this.words.push(this.text(name), (flag ? 1 << 31 : 0) | (kind << 24) | length, sizeOrType, ...words);
		return this.next++;
	}

	/** Where a name is; one that the base has is not written again. */
	private text(name: string): number {
		const found = this.lookup(name);
		if (found !== undefined) return found;
		const offset = this.firstString + this.strings.length;
		this.strings = Buffer.concat([this.strings, Buffer.from(`${name}\0`, 'latin1')]);
		this.known.set(name, offset);
		return offset;
	}

	private lookup(name: string): number | undefined {
		return name === '' ? 0 : (this.known.get(name) ?? this.base?.lookup(name));
	}

	private get firstString(): number {
		return this.base ? this.base.firstString + this.base.strings.length : 0;
	}
}
