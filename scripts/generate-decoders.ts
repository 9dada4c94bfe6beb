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
const STRUCTS = ['drop_event', 'drop_stack_event', 'packet_copy', 'socket_tuple', 'stat_key', 'stat_value', 'trace_event'];
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

function getter(field: Field): string {
	const name = camel(field.name);
	const at = `this.offset + ${field.offset}`;
	if (field.text)
		return `\tstatic readonly ${name}Offset = ${field.offset};\n\tget ${name}(): string {\n\t\treturn text(this.view, ${at}, ${field.count});\n\t}\n`;
	if (field.count !== undefined)
		return `\tstatic readonly ${name}Offset = ${field.offset};\n\tstatic readonly ${name}Count = ${field.count};\n`;
	if (field.size === 8)
		return `\tget ${name}Low(): number {\n\t\treturn this.view.getUint32(${at}, true);\n\t}\n\tget ${name}High(): number {\n\t\treturn this.view.getUint32(${at} + 4, true);\n\t}\n`;
	const call = field.size === 1 ? `getUint8(${at})` : `get${field.signed ? 'Int' : 'Uint'}${field.size * 8}(${at}, true)`;
	return `\tget ${name}(): number {\n\t\treturn this.view.${call};\n\t}\n`;
}

function decoder(struct: string): string {
	const { size, fields } = layout(having(struct, KIND.struct), struct);
	return [
		`/** struct ${struct}, read in place. */`,
		`export class ${pascal(struct)} {`,
		`\tstatic readonly size = ${size};`,
		`\tview: DataView = NOWHERE;`,
		`\toffset = 0;`,
		'',
		`\tat(view: DataView, offset: number): this {\n\t\tthis.view = view;\n\t\tthis.offset = offset;\n\t\treturn this;\n\t}`,
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
	'const NOWHERE = new DataView(new ArrayBuffer(0));',
	'',
	'/** The characters before the first NUL. */',
	'function text(view: DataView, offset: number, length: number): string {',
	"\tlet found = '';",
	'\tfor (let i = offset; i < offset + length; i++) {',
	'\t\tconst character = view.getUint8(i);',
	'\t\tif (character === 0) break;',
	'\t\tif (character >= 0x80) return utf8(view, offset, length);',
	'\t\tfound += String.fromCharCode(character);',
	'\t}',
	'\treturn found;',
	'}',
	'',
	'function utf8(view: DataView, offset: number, length: number): string {',
	'\tconst bytes = Buffer.from(view.buffer, view.byteOffset + offset, length);',
	'\tconst end = bytes.indexOf(0);',
	"\treturn bytes.toString('utf8', 0, end < 0 ? length : end);",
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
