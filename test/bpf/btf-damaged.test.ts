import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { Btf, elfSection, KIND } from '../../src/bpf/btf.ts';
import { layout } from '../../src/bpf/layout.ts';
import { BtfBuilder, HEAD } from './btf-builder.ts';
import { builtBytes, OBJECT } from './built.ts';
import { within } from './within.ts';

/** Ends what would never end; a machine with other work may be slow. */
const PATIENCE_MS = 60_000;

/** Does everything that can be done with `bytes`; what is thrown on the way must be an Error. */
function use(bytes: Buffer): void {
	const careful = (work: () => void) => {
		try {
			work();
		} catch (error) {
			assert.ok(error instanceof Error);
			assert.notEqual(error.name, 'AssertionError');
		}
	};
	within(PATIENCE_MS, () =>
		careful(() => {
			const btf = new Btf(bytes);
			careful(() => new Btf(bytes, btf).find('int', KIND.int));
			for (let id = 0; id <= btf.end; id++) {
				careful(() => {
					assert.equal(typeof btf.type(id).name, 'string');
				});
				careful(() => btf.resolve(id));
			}
			for (const kind of Object.values(KIND)) careful(() => [...btf.all(kind)].length);
			for (const name of ['filter', 'drop_stack_event']) careful(() => layout(btf, name));
		}),
	);
}

/** `bytes` with some words replaced and the end cut off. */
const damaged = (bytes: Buffer) =>
	fc
		.tuple(
			fc.array(
				fc.tuple(
					fc.nat(bytes.length - 4),
					fc.oneof(
						fc.nat(64),
						fc.nat(0xffff_ffff),
						fc.nat(31).map((bit) => 2 ** bit),
					),
				),
				{
					minLength: 1,
					maxLength: 8,
				},
			),
			fc.option(fc.nat(bytes.length), { freq: 3 }),
		)
		.map(([changes, cut]) => {
			const copy = Buffer.from(bytes);
			// types and lengths are words: change whole ones
			for (const [at, value] of changes) copy.writeUInt32LE(value, at & ~3);
			return copy.subarray(0, cut ?? copy.length);
		});

function everyKind(): Buffer {
	const b = new BtfBuilder();
	const int = b.int('int', 4);
	const array = b.array(int, 4);
	const inner = b.struct('inner', 20, [
		['a', int, 0],
		['list', array, 32],
	]);
	b.struct('filter', 40, [
		['x', inner, 0],
		['y', inner, 160],
	]);
	b.enum('e', { A: 1, B: 2 });
	b.enum64('e64', { C: 3n });
	b.typedef('t', b.qualifier(KIND.const, b.pointer(b.forward('f'))));
	const variable = b.variable('v', int);
	b.section('.rodata', 4, [[variable, 0, 4]]);
	b.function('go', b.prototype(int, [['p', int]]));
	b.declTag('tag', variable, -1);
	b.float('double', 8);
	return b.build();
}

describe('damaged BTF ends in an error or in nonsense, never in a hang', () => {
	it('the built object’s, with words changed', () => {
		fc.assert(fc.property(damaged(builtBytes()), use), { numRuns: 60 });
	});

	it('a small one of all kinds, with words changed', () => {
		fc.assert(fc.property(damaged(everyKind()), use), { numRuns: 400 });
	});

	it('noise behind a head that is right', () => {
		const noise = fc.tuple(fc.uint8Array({ maxLength: 400 }), fc.nat(500), fc.nat(500)).map(([body, types, strings]) => {
			const bytes = Buffer.concat([everyKind().subarray(0, HEAD), body]);
			for (const [i, word] of [HEAD, 0, types, types, strings].entries()) bytes.writeUInt32LE(word, 4 + i * 4);
			return bytes;
		});
		fc.assert(fc.property(noise, use), { numRuns: 200 });
	});

	const heads: [name: string, bytes: Buffer, expected: RegExp][] = [
		['nothing', Buffer.alloc(0), /not BTF: bad magic number/],
		['half a head', everyKind().subarray(0, HEAD - 1), /not BTF: bad magic number/],
		['zeros', Buffer.alloc(100), /not BTF: bad magic number/],
		['the other byte order', Buffer.from(everyKind()).subarray(0, HEAD).swap16(), /not BTF: bad magic number/],
		['a head alone', everyKind().subarray(0, HEAD), /not BTF: sections pass the end of the file/],
		['the last byte missing', everyKind().subarray(0, -1), /not BTF: sections pass the end of the file/],
	];
	for (const [name, bytes, expected] of heads) it(`is refused: ${name}`, () => assert.throws(() => new Btf(bytes), expected));

	it('types that pass the end of their section are refused', () => {
		const b = new BtfBuilder();
		b.int('int', 4);
		const bytes = b.build();
		// a struct of 60,000 members
		bytes.writeUInt32LE((KIND.struct << 24) | 60_000, HEAD + 4);
		assert.throws(() => new Btf(bytes), /not BTF: types pass the end of their section/);
	});

	it('a struct that contains itself is an error', () => {
		const b = new BtfBuilder();
		b.struct('russian_doll', 8, [['inside', 1, 0]]);
		within(PATIENCE_MS, () => assert.throws(() => layout(new Btf(b.build()), 'russian_doll'), Error));
	});
});

describe('a damaged ELF file ends in an error or in nonsense, never in a hang', () => {
	const folder = mkdtempSync(join(tmpdir(), 'elf-'));
	after(() => rmSync(folder, { recursive: true }));
	const path = join(folder, 'damaged.o');
	const whole = readFileSync(OBJECT);

	it('whatever its head says', () => {
		const changes = fc.array(fc.tuple(fc.integer({ min: 4, max: 63 }), fc.nat(255)), { minLength: 1, maxLength: 6 });
		fc.assert(
			fc.property(changes, fc.option(fc.nat(whole.length), { freq: 3 }), (list, cut) => {
				const copy = Buffer.from(whole);
				for (const [at, value] of list) copy[at] = value;
				writeFileSync(path, copy.subarray(0, cut ?? copy.length));
				within(PATIENCE_MS, () => {
					try {
						assert.ok(elfSection(path, '.BTF').length <= whole.length);
					} catch (error) {
						assert.ok(error instanceof Error && error.name !== 'AssertionError', String(error));
					}
				});
			}),
			{ numRuns: 50 },
		);
	});
});
