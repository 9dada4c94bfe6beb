import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Btf, KIND } from '../../src/bpf/btf.ts';
import { kernelBtf, moduleBtfs, tracepointArguments, VMLINUX_BTF } from '../../src/kernel/btf.ts';
import { kernelRelease } from '../../src/kernel/release.ts';
import { BtfBuilder } from '../bpf/btf-builder.ts';

/** What TRACE_EVENT(name, …) leaves in BTF: typedef void (*btf_trace_<name>)(void *, …) */
function tracepoint(name: string, parameters: number): Btf {
	const b = new BtfBuilder();
	const pointer = b.pointer(0);
	const prototype = b.prototype(
		0,
		Array.from({ length: parameters }, () => ['', pointer] as const),
	);
	b.typedef(`btf_trace_${name}`, b.pointer(prototype));
	return new Btf(b.build());
}

describe('the arguments of a tracepoint', () => {
	for (const count of [0, 2, 3, 4])
		it(`are ${count} without the private one`, () =>
			assert.equal(tracepointArguments(tracepoint('kfree_skb', count + 1), 'kfree_skb'), count));

	it('are unknown when there is no such tracepoint', () => {
		assert.equal(tracepointArguments(tracepoint('kfree_skb', 3), 'consume_skb'), undefined);
	});

	it('are unknown when its type is something else', () => {
		const b = new BtfBuilder();
		b.typedef('btf_trace_odd', b.pointer(b.int('int', 4)));
		assert.equal(tracepointArguments(new Btf(b.build()), 'odd'), undefined);
	});

	it('of kfree_skb are two or more on this kernel', { skip: existsSync(VMLINUX_BTF) ? false : `no ${VMLINUX_BTF}` }, () => {
		const found = tracepointArguments(kernelBtf(), 'kfree_skb');
		assert.ok(found !== undefined && found >= 2 && found <= 6, String(found));
		for (const btf of moduleBtfs()) assert.ok(btf.end >= kernelBtf().end && [...btf.all(KIND.struct)].every((id) => id >= kernelBtf().end));
	});
});

describe('the BTF of modules', () => {
	const folder = mkdtempSync(join(tmpdir(), 'btf-'));
	after(() => rmSync(folder, { recursive: true }));
	const kernel = new BtfBuilder();
	kernel.int('int', 4);
	const base = new Btf(kernel.build());
	for (const name of ['bridge', 'nf_tables']) {
		const module = new BtfBuilder(kernel);
		module.struct(`${name}_priv`, 4, [['count', 1, 0]]);
		writeFileSync(join(folder, name), module.build());
	}
	writeFileSync(join(folder, 'vmlinux'), kernel.build());
	writeFileSync(join(folder, 'damaged'), 'this is no BTF');
	mkdirSync(join(folder, 'unreadable'));

	it('is that of every module that can be read, on top of the kernel’s', () => {
		const found = [...moduleBtfs(folder, base)];
		assert.equal(found.length, 2);
		for (const name of ['bridge_priv', 'nf_tables_priv']) {
			const btf = found.find((one) => one.find(name, KIND.struct) !== undefined);
			assert.equal(btf?.find(name, KIND.struct), base.end);
			assert.equal(btf?.find('int', KIND.int), 1);
		}
	});
});

it('the kernel has a release', () => {
	assert.equal(kernelRelease(), release());
	assert.match(kernelRelease(), /^\d+\.\d+/);
});
