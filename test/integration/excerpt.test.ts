/** libbpf makes the same programs of an excerpt of the kernel's types as of all of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { libbpf } from '../../src/bpf/libbpf.ts';
import { BpfObject } from '../../src/bpf/object.ts';
import { PerCpuRings } from '../../src/bpf/rings.ts';
import { registerTemplates, takeTemplate } from '../../src/bpf/templates.ts';
import { objectFile } from '../../src/objects.ts';
import { missing } from '../cli/requirements.ts';

const BYTES = 8;
const LOAD_CONSTANT_64 = 0x18;

/** The instructions without what differs from one load to the next, which is the descriptors of maps. */
function comparable(code: Uint8Array): Buffer {
	const bytes = Buffer.from(code);
	for (let at = 0; at < bytes.length; at += BYTES)
		if (bytes[at] === LOAD_CONSTANT_64 && (bytes[at + 1] as number) >> 4 !== 0) bytes.writeUInt32LE(0, at + 4);
	return bytes;
}

/** All templates of an object, by name, with nobody's help. */
function plainly(path: string): Map<string, Uint8Array> {
	libbpf.libbpf_set_print(null);
	const object = libbpf.bpf_object__open_file(path, null) ?? assert.fail('cannot be opened');
	const rings = libbpf.bpf_object__find_map_by_name(object, 'rings') ?? assert.fail('no rings');
	libbpf.bpf_map__set_max_entries(rings, 1);
	assert.equal(libbpf.bpf_object__load(object), 0, 'cannot be loaded');
	const found = new Map<string, Uint8Array>();
	for (let next = libbpf.bpf_object__next_program(object, null); next !== null; next = libbpf.bpf_object__next_program(object, next))
		found.set(libbpf.bpf_program__name(next) ?? '', takeTemplate(next) ?? assert.fail('no template'));
	libbpf.bpf_object__close(object);
	return found;
}

describe('programs made for an excerpt', { skip: missing(['root', 'tracing']) }, () => {
	for (const name of ['drop', 'trace', 'trace-untyped', 'trace-cast'] as const)
		for (const plain of [true, false])
			it(`are those made for all types: ${name}${plain ? ', without expressions' : ''}`, () => {
				registerTemplates();
				const path = objectFile(name, plain);
				const expected = plainly(path);
				assert.ok(expected.size >= 2, `${expected.size} programs`);
				const object = new BpfObject(path);
				const rings = new PerCpuRings(object, 65536);
				object.load();
				for (const [program, code] of expected) assert.deepEqual(comparable(object.template(program)), comparable(code), program);
				rings.close();
				object.close();
			});
});
