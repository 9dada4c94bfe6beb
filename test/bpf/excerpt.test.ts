import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Btf, KIND, type Member } from '../../src/bpf/btf.ts';
import { excerpt } from '../../src/bpf/excerpt.ts';
import { kernelBtf, VMLINUX_BTF } from '../../src/kernel/btf.ts';
import { objectFile } from '../../src/objects.ts';
import { BtfBuilder } from './btf-builder.ts';

const ELF = readFileSync(objectFile('drop', true));

const excerptOf = (kernel: Btf, elf = ELF): Btf => new Btf(excerpt(kernel, elf) ?? assert.fail('no excerpt'));

/** Members with those of nameless structures among them, and where they are from the beginning: name → bit. */
function places(btf: Btf, id: number, base = 0): Map<string, { bit: number; member: Member }> {
	const found = new Map<string, { bit: number; member: Member }>();
	for (const member of btf.type(id).members ?? []) {
		const bit = base + member.bit;
		if (member.name !== '') found.set(member.name, { bit, member });
		else for (const [name, place] of places(btf, member.type, bit)) found.set(name, place);
	}
	return found;
}

const kernelOf = (builder: BtfBuilder): Btf => new Btf(builder.build());

const struct = (btf: Btf, name: string): number => btf.find(name, KIND.struct) ?? assert.fail(`no struct ${name}`);

describe("an excerpt of a kernel's types", () => {
	const kernel = new BtfBuilder();
	const int = kernel.int('unsigned int', 4);
	const byte = kernel.int('unsigned char', 1);
	const pointer = kernel.pointer(0);
	const inner = kernel.union('', 8, [
		['dev', pointer, 0],
		['dev_scratch', pointer, 0],
	]);
	const list = kernel.struct('', 24, [
		['next', pointer, 0],
		['prev', pointer, 64],
		['', inner, 128],
	]);
	const start = kernel.union('', 24, [
		['', list, 0],
		['rbnode', pointer, 0],
	]);
	const unseen = kernel.struct('unseen', 400, [['much', int, 0]]);
	kernel.struct('sk_buff', 1000, [
		['', start, 0],
		['unseen', unseen, 192],
		['len', int, 4000],
		['pkt_type', byte, 4032, 3],
		['cloned', byte, 4035, 1],
	]);
	kernel.struct('net_device', 2000, [
		['ifindex', int, 64],
		['name', kernel.array(kernel.int('char', 1, true), 16), 128],
	]);
	const made = excerptOf(kernelOf(kernel));

	it('has what the programs look at where the kernel has it, in nameless structures too', () => {
		const skb = places(made, struct(made, 'sk_buff'));
		assert.deepEqual(
			[...skb].map(([name, { bit }]) => [name, bit]),
			[
				['dev', 128],
				['len', 4000],
				['pkt_type', 4032],
				['cloned', 4035],
			],
		);
		assert.equal(skb.get('pkt_type')?.member.width, 3);
		assert.equal(made.type(struct(made, 'sk_buff')).size, 1000);
	});
	it('has nothing else', () => {
		assert.equal(made.find('unseen', KIND.struct), undefined);
		assert.equal(made.find('sock', KIND.struct), undefined, 'this kernel has none');
	});
	it('has arrays and their elements', () => {
		const { member } = places(made, struct(made, 'net_device')).get('name') ?? assert.fail();
		const array = made.type(member.type);
		assert.deepEqual([array.kind, array.count, made.resolve(array.type).size], [KIND.array, 16, 1]);
	});
	it('is none of what is no object', () => {
		assert.equal(excerpt(kernelOf(kernel), Buffer.from('this is no object, whatever its name may say of it, and long enough')), undefined);
		assert.equal(excerpt(kernelOf(kernel), Buffer.alloc(0)), undefined);
	});
});

describe("an excerpt of this kernel's types", { skip: existsSync(VMLINUX_BTF) ? false : 'this kernel has no BTF' }, () => {
	for (const name of ['drop', 'trace', 'trace-untyped', 'trace-cast'] as const)
		it(`has them as they are, for ${name}`, () => {
			const kernel = kernelBtf();
			const made = excerptOf(kernel, readFileSync(objectFile(name, false)));
			assert.ok(made.end < 300, `${made.end} types`);
			let members = 0;
			for (let id = 1; id < made.end; id++) {
				const type = made.type(id);
				if (type.kind !== KIND.struct || type.name === '') continue;
				const theirs = struct(kernel, type.name);
				assert.equal(type.size, kernel.type(theirs).size, type.name);
				const all = places(kernel, theirs);
				for (const [member, { bit, member: own }] of places(made, id)) {
					const place = all.get(member) ?? assert.fail(`${type.name} has no ${member}`);
					assert.deepEqual([bit, own.width], [place.bit, place.member.width], `${type.name}.${member}`);
					assert.equal(made.resolve(own.type).kind, kernel.resolve(place.member.type).kind, `${type.name}.${member}`);
					members++;
				}
			}
			assert.ok(members > 30, `${members} members`);
		});
});
