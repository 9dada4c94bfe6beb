/**
 * Writes the decoders of the records that the BPF programs send, from the BTF of the built objects: the C structs are the one
 * definition. With --check it only says whether the committed file is what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Btf, elfSection, KIND } from '../src/bpf/btf.ts';
import { type Field, layout } from '../src/bpf/layout.ts';

/** where the types are looked for */
const OBJECTS = ['dist/bpf/drop.bpf.o', 'dist/bpf/trace.bpf.o'];
const TARGET = 'src/bpf/generated/events.ts';
const STRUCTS = [
	'drop_event',
	'drop_stack_event',
	'packet_copy',
	'socket_tuple',
	'stat_key',
	'stat_value',
	'trace_event',
	'waiting',
	'tracked',
];
/** structs of 64-bit words that are mapped into memory */
const WORDS = ['counters', 'limit'];
const FLAGS = ['drop_flags', 'point_flags', 'trace_kind', 'trace_flags'];

const camel = (name: string) => name.replace(/[._](\w)/g, (_, letter: string) => letter.toUpperCase());
const pascal = (name: string) => camel(`_${name}`);

const btfs = OBJECTS.map((path) => new Btf(elfSection(path, '.BTF')));

/** The types among which that one is. */
function having(name: string, kind: number): Btf {
	const found = btfs.find((btf) => btf.find(name, kind) !== undefined);
	if (!found) throw new Error(`no ${name} in ${OBJECTS.join(', ')}`);
	return found;
}

/** What reads a field, of `this.memory`; records and their fields lie at multiples of their sizes. */
function read({ size, signed, offset }: Pick<Field, 'size' | 'signed' | 'offset'>): string {
	if (size === 1) return `this.bytes[this.offset + ${offset}] as number`;
	if (size === 2) return `this.halves[(this.offset >> 1) + ${offset / 2}] as number`;
	const word = `this.words[(this.offset >> 2) + ${offset / 4}] as number`;
	return signed ? word : `(${word}) >>> 0`;
}

function getter(field: Field): string {
	const name = camel(field.name);
	const { offset, count } = field;
	if (field.text)
		return `\tstatic readonly ${name}Offset = ${offset};\n\tget ${name}(): string {\n\t\treturn text(this.bytes, this.offset + ${offset}, ${count});\n\t}\n`;
	if (count !== undefined) return `\tstatic readonly ${name}Offset = ${offset};\n\tstatic readonly ${name}Count = ${count};\n`;
	const get = (name: string, field: Parameters<typeof read>[0]) => `\tget ${name}(): number {\n\t\treturn ${read(field)};\n\t}\n`;
	if (field.size < 8) return get(name, field);
	const half = { size: 4, signed: false };
	return get(`${name}Low`, { ...half, offset }) + get(`${name}High`, { ...half, offset: offset + 4 });
}

function decoder(struct: string): string {
	const { size, fields } = layout(having(struct, KIND.struct), struct);
	return [
		`/** struct ${struct}, read in place. */`,
		`export class ${pascal(struct)} extends Decoder {`,
		`\tstatic readonly size = ${size};`,
		...fields.map(getter),
		'}',
		'',
	].join('\n');
}

function words(struct: string): string {
	const { fields, size } = layout(having(struct, KIND.struct), struct);
	const names = fields.filter(({ count }) => count === undefined).map(({ name, offset }) => `\t${camel(name)}: ${offset / 8},`);
	const constant = struct.toUpperCase();
	return `/** struct ${struct}: index of each 64-bit word. */\nexport const ${constant} = {\n${names.join('\n')}\n} as const;\nexport const ${constant.replace(/S$/, '')}_WORDS = ${size / 8};\n`;
}

function flags(name: string): string {
	const btf = having(name, KIND.enum);
	const values = btf.type(btf.find(name, KIND.enum) ?? 0).values ?? [];
	return `/** enum ${name} */\nexport const ${name.toUpperCase()} = {\n${values
		.map(({ name, value }) => `\t${camel(name.replace(/^[A-Z]+_/, '').toLowerCase())}: ${value},`)
		.join('\n')}\n} as const;\n`;
}

const source = [
	'// Made by scripts/generate-decoders.ts from bpf/event.h: do not edit, run `make generate`.',
	'',
	"import { Memory } from '../memory.ts';",
	'',
	'/** The characters before the first NUL. */',
	'function text(bytes: Uint8Array, offset: number, length: number): string {',
	"\tlet found = '';",
	'\tfor (let i = offset; i < offset + length; i++) {',
	'\t\tconst character = bytes[i] as number;',
	'\t\tif (character === 0) break;',
	'\t\tif (character >= 0x80) return utf8(bytes, offset, length);',
	'\t\tfound += String.fromCharCode(character);',
	'\t}',
	'\treturn found;',
	'}',
	'',
	'function utf8(bytes: Uint8Array, offset: number, length: number): string {',
	'\tconst name = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length);',
	'\tconst end = name.indexOf(0);',
	"\treturn name.toString('utf8', 0, end < 0 ? length : end);",
	'}',
	'',
	'const NOWHERE = new Memory(new ArrayBuffer(0));',
	'',
	'/** Where a record lies. */',
	'class Decoder {',
	'\tmemory: Memory = NOWHERE;',
	'\tprotected bytes: Uint8Array = NOWHERE.bytes;',
	'\tprotected halves: Uint16Array = NOWHERE.halves;',
	'\tprotected words: Int32Array = NOWHERE.words;',
	'\toffset = 0;',
	'',
	'\t/** @param offset bytes, a multiple of 8 */',
	'\tat(memory: Memory, offset: number): this {',
	'\t\tif (this.memory !== memory) {',
	'\t\t\tthis.memory = memory;',
	'\t\t\tthis.bytes = memory.bytes;',
	'\t\t\tthis.halves = memory.halves;',
	'\t\t\tthis.words = memory.words;',
	'\t\t}',
	'\t\tthis.offset = offset;',
	'\t\treturn this;',
	'\t}',
	'}',
	'',
	...STRUCTS.map((name) => decoder(name)),
	...WORDS.map((name) => words(name)),
	...FLAGS.map((name) => flags(name)),
]
	.join('\n')
	.replace(/\n\n}/g, '\n}')
	.replace(/}\n\n\t/g, '}\n\t')
	.replace(/\n{3,}/g, '\n\n');

if (process.argv.includes('--check')) {
	if (readFileSync(TARGET, 'utf8') !== source) {
		process.stderr.write(`${TARGET} is not what the objects say: run 'make generate'\n`);
		process.exitCode = 1;
	}
} else {
	writeFileSync(TARGET, source);
}
