import assert from 'node:assert/strict';
import { accessSync, constants, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Btf, elfSection, KIND } from '../../src/bpf/btf.ts';
import { VMLINUX_BTF } from '../../src/kernel/btf.ts';
import { builtBtf, OBJECT } from './built.ts';

/** Decodes every type, and follows every reference. @returns how many */
function walk(btf: Btf, first = 1): number {
	for (let id = first; id < btf.end; id++) {
		const type = btf.type(id);
		assert.ok(type.kind >= 1 && type.kind <= 19, `kind ${type.kind} of ${id}`);
		for (const { type: to, bit, width } of type.members ?? []) {
			assert.ok(to < btf.end, `${type.name} ${to}`);
			assert.ok(bit + width <= Math.max(type.size, 1) * 8 || btf.resolve(to).size === 0, `${type.name} ${bit}`);
		}
		for (const { type: to } of type.parameters ?? []) assert.ok(to < btf.end);
	}
	return btf.end - first;
}

describe('the BTF of the built object', () => {
	const btf = builtBtf();

	it('has nothing that cannot be read', () => assert.ok(walk(btf) > 50));

	it('has the records and the filter', () => {
		for (const name of ['drop_event', 'drop_stack_event', 'socket_tuple', 'counters', 'filter', 'address_filter'])
			assert.notEqual(btf.find(name, KIND.struct), undefined, name);
	});

	it('has the constants that are set before the load', () => {
		const section = btf.type(btf.find('.rodata', KIND.section) ?? assert.fail('no .rodata'));
		const names = section.entries?.map(({ type }) => btf.type(type).name);
		for (const name of ['filter', 'want_stack', 'want_limits', 'has_reason', 'has_rx_sk']) assert.ok(names?.includes(name), name);
	});
});

describe('sections of the built object', () => {
	it('are found by name', () => {
		assert.equal(elfSection(OBJECT, '.BTF').readUInt16LE(0), 0xeb9f);
		assert.equal(elfSection(OBJECT, 'license').toString('latin1'), 'GPL\0');
	});

	it('that it does not have are an error', () => {
		assert.throws(() => elfSection(OBJECT, '.BT'), /no \.BT section/);
	});

	it('of something else than ELF are an error', () => {
		assert.throws(() => elfSection('/proc/self/cmdline', '.BTF'), /not an ELF file/);
		assert.throws(() => elfSection('/nowhere', '.BTF'), { code: 'ENOENT' });
	});
});

function whyNot(): string | false {
	try {
		accessSync(VMLINUX_BTF, constants.R_OK);
		return false;
	} catch (error) {
		return `${VMLINUX_BTF}: ${(error as NodeJS.ErrnoException).code}`;
	}
}

describe("this kernel's BTF", { skip: whyNot() }, () => {
	const btf = new Btf(readFileSync(VMLINUX_BTF));

	it('has nothing that cannot be read', () => assert.ok(walk(btf) > 10_000));

	it('has the types that every kernel has', () => {
		const struct = btf.type(btf.find('sk_buff', KIND.struct) ?? assert.fail('no sk_buff'));
		const fields = new Map(struct.members?.map((member) => [member.name, member]));
		// the first members are a union of lists, later ones have names of their own for 20 years
		for (const name of ['len', 'data_len', 'tail', 'head', 'data']) assert.ok(fields.has(name), name);
		assert.equal(btf.resolve(fields.get('len')?.type ?? 0).size, 4);
		assert.equal(btf.resolve(fields.get('data')?.type ?? 0).kind, KIND.pointer);
		assert.notEqual(btf.find('u32', KIND.typedef), undefined);
		assert.equal(btf.find('sk_buf', KIND.struct), undefined);
	});

	it('has bit-fields beside whole fields', () => {
		const struct = btf.type(btf.find('iphdr', KIND.struct) ?? assert.fail('no iphdr'));
		const fields = new Map(struct.members?.map(({ name, bit, width }) => [name, [bit, width]]));
		assert.deepEqual(fields.get('ihl'), [0, 4]);
		assert.deepEqual(fields.get('version'), [4, 4]);
		assert.deepEqual(fields.get('protocol'), [72, 0]);
	});
});
