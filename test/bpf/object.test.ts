import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { KIND } from '../../src/bpf/btf.ts';
import { libraryPresent, view } from '../../src/bpf/ffi.ts';
import { LIBBPF, libbpf } from '../../src/bpf/libbpf.ts';
import { BpfObject } from '../../src/bpf/object.ts';
import { builtBtf, OBJECT } from './built.ts';

const folder = mkdtempSync(join(tmpdir(), 'object-'));
after(() => rmSync(folder, { recursive: true }));

/** What is opened may be looked at and filled in by anybody; only the load asks for privileges. */
describe('an object that is open', { skip: libraryPresent(LIBBPF) ? false : `no ${LIBBPF[0]}` }, () => {
	const object = new BpfObject(OBJECT);
	after(() => object.close());

	/** The bytes of a constant, as they will be loaded. */
	function constant(name: string, bytes: number): Buffer {
		const section = object.btf.type(object.btf.find('.rodata', KIND.section) ?? 0);
		const entry = section.entries?.find(({ type }) => object.btf.type(type).name === name) ?? assert.fail(name);
		const size = new BigUint64Array(1);
		const address = libbpf.bpf_map__initial_value(object.map('.rodata'), size) ?? assert.fail('no value');
		return Buffer.from(view(address, Number(size[0])).slice(entry.offset, entry.offset + bytes));
	}

	it('has the types of the file, and where its variables lie', () => {
		assert.equal(object.btf.end, builtBtf().end);
		assert.equal(object.btf, object.btf, 'read once');
		const section = object.btf.type(object.btf.find('.rodata', KIND.section) ?? 0);
		const offsets = section.entries?.map(({ offset }) => offset) ?? [];
		assert.equal(new Set(offsets).size, offsets.length);
	});

	it('takes constants', () => {
		object.constants({ snap_length: 1000, want_stack: true, filter: { netns: [7, 8], netns_count: 2 } });
		assert.equal(constant('snap_length', 4).readUInt32LE(), 1000);
		assert.equal(constant('want_stack', 1)[0], 1);
		object.constants({ want_stack: false });
		assert.deepEqual([constant('snap_length', 4).readUInt32LE(), constant('want_stack', 1)[0]], [1000, 0]);
	});

	it('refuses constants, maps and programs that it has not', () => {
		assert.throws(() => object.constants({ no_such: 1 }), /has no constant no_such/);
		assert.throws(() => object.constants({ filter: { no_such: 1 } }), /struct filter has no field no_such/);
		assert.throws(() => object.constants({ want_stack: 256 }), /256 does not fit/);
		assert.throws(() => object.map('no_such'), /has no map no_such/);
		assert.throws(() => object.template('no_such'), /has no program no_such/);
	});

	it('has its maps and programs', () => {
		for (const map of ['rings', 'counters']) assert.ok(object.map(map) > 0n);
		object.resize('rings', 3);
		assert.ok(object.mapFd('rings') < 0, 'none before the load');
	});
});

describe('an object that cannot be opened', { skip: libraryPresent(LIBBPF) ? false : `no ${LIBBPF[0]}` }, () => {
	it('is told by its path when it is not there', () => {
		assert.throws(() => new BpfObject('/nowhere/drop.bpf.o'), {
			code: 'object-missing',
			exit: 1,
			message: /\/nowhere\/drop\.bpf\.o is missing/,
		});
	});

	it('is told with the words of libbpf, which stay off stderr', () => {
		const path = join(folder, 'text.o');
		writeFileSync(path, 'this is no object');
		assert.throws(
			() => new BpfObject(path),
			(error: unknown) => {
				const { code, detail } = error as { code?: string; detail?: string };
				assert.equal(code, 'load-failed');
				assert.match(detail ?? '', /libbpf: .*text\.o/);
				return true;
			},
		);
	});
});
