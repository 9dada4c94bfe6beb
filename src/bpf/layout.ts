/** C layouts out of BTF: where each field of a struct lies, and how to write a value into it. */
import { type Btf, KIND, type Type } from './btf.ts';

export interface Field {
	/** path with dots for nested structs: 'drop.ktime' */
	name: string;
	/** bytes from the start of the struct */
	offset: number;
	/** bytes of one element */
	size: number;
	signed: boolean;
	/** elements, for an array */
	count?: number;
	/** an array of char: text */
	text?: boolean;
}

/**
 * The fields of struct `name`, nested structs flattened.
 * @throws Error for a struct that is not there, bit-fields, and kinds that no record of ours uses
 */
export function layout(btf: Btf, name: string): { size: number; fields: Field[] } {
	const id = btf.find(name, KIND.struct);
	if (id === undefined) throw new Error(`no struct ${name} in BTF`);
	const struct = btf.type(id);
	const fields: Field[] = [];
	const walk = (type: Type, base: number, prefix: string) => {
		for (const member of type.members ?? []) {
			if (member.width) throw new Error(`${name}.${member.name}: bit-fields are not supported`);
			const field = btf.resolve(member.type);
			const path = prefix + member.name;
			const offset = base + member.bit / 8;
			if (field.kind === KIND.struct) walk(field, offset, `${path}.`);
			else if (field.kind === KIND.int || field.kind === KIND.enum)
				fields.push({ name: path, offset, size: field.size, signed: field.signed === true });
			else if (field.kind === KIND.array) {
				const element = btf.resolve(field.type);
				if (element.kind !== KIND.int) throw new Error(`${name}.${path}: an array of something else than integers`);
				const text = element.name === 'char';
				fields.push({ name: path, offset, size: element.size, signed: false, count: field.count ?? 0, ...(text && { text }) });
			} else throw new Error(`${name}.${path}: kind ${field.kind} is not supported`);
		}
	};
	walk(struct, 0, '');
	return { size: struct.size, fields };
}

/** What can be written into C memory: numbers, text, arrays of them, and objects for structs. */
export type CValue = number | bigint | boolean | string | readonly CValue[] | { readonly [field: string]: CValue };

/**
 * Writes `value` at `offset` as the C type `id` would be stored. Fields that are not named keep what is there.
 * @throws Error for a field the struct does not have, or a value that does not fit: the C side and this side disagree
 */
export function store(btf: Btf, id: number, memory: DataView, offset: number, value: CValue): void {
	const type = btf.resolve(id);
	if (type.kind === KIND.struct && isStruct(value)) {
		for (const [name, field] of Object.entries(value)) {
			const member = type.members?.find((m) => m.name === name);
			if (!member) throw new Error(`struct ${type.name} has no field ${name}`);
			if (member.width) throw new Error(`${type.name}.${name} is a bit-field`);
			store(btf, member.type, memory, offset + member.bit / 8, field);
		}
	} else if (type.kind === KIND.array && typeof value === 'string') {
		const text = Buffer.from(value);
		if (text.length > (type.count ?? 0)) throw new Error(`text of ${text.length} bytes into char[${type.count}]`);
		for (let i = 0; i < (type.count ?? 0); i++) memory.setUint8(offset + i, text[i] ?? 0);
	} else if (type.kind === KIND.array && Array.isArray(value)) {
		if (value.length > (type.count ?? 0)) throw new Error(`${value.length} values into an array of ${type.count}`);
		const size = btf.resolve(type.type).size;
		for (const [index, element] of value.entries()) store(btf, type.type, memory, offset + index * size, element);
	} else if ((type.kind === KIND.int || type.kind === KIND.enum) && typeof value !== 'object' && typeof value !== 'string') {
		storeInteger(memory, offset, type, BigInt(value));
	} else {
		throw new Error(`cannot store ${typeof value} as ${type.name || `kind ${type.kind}`}`);
	}
}

const isStruct = (value: CValue): value is { readonly [field: string]: CValue } => typeof value === 'object' && !Array.isArray(value);

function storeInteger(memory: DataView, offset: number, { size, name }: Type, value: bigint): void {
	const bits = BigInt.asUintN(size * 8, value);
	if (bits !== value && BigInt.asIntN(size * 8, value) !== value) throw new Error(`${value} does not fit ${name}`);
	if (size === 8) memory.setBigUint64(offset, bits, true);
	else if (size === 4) memory.setUint32(offset, Number(bits), true);
	else if (size === 2) memory.setUint16(offset, Number(bits), true);
	else memory.setUint8(offset, Number(bits));
}
