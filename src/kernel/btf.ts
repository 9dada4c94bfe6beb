/** The running kernel's BTF, opened once. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Btf, KIND } from '../bpf/btf.ts';
import { fail } from '../errors.ts';

export const VMLINUX_BTF = '/sys/kernel/btf/vmlinux';

let cached: Btf | undefined;

/** @throws no-btf when this kernel offers none */
export function kernelBtf(): Btf {
	if (cached) return cached;
	if (!existsSync(VMLINUX_BTF)) fail('no-btf', { path: VMLINUX_BTF });
	cached = new Btf(readFileSync(VMLINUX_BTF));
	return cached;
}

/** BTF of every loaded module that has some (CONFIG_DEBUG_INFO_BTF_MODULES, since 5.11), one after the other. */
export function* moduleBtfs(folder = '/sys/kernel/btf', base = kernelBtf()): Generator<Btf> {
	for (const name of readdirSync(folder)) {
		if (name === 'vmlinux') continue;
		try {
			yield new Btf(readFileSync(`${folder}/${name}`), base);
		} catch {
			// unloaded meanwhile, or not readable: its names are missing, nothing else
		}
	}
}

/**
 * The number of arguments of a tracepoint, without the private first one. Undefined when the kernel has no such tracepoint.
 * The typedef is what TRACE_EVENT() leaves behind (include/linux/tracepoint.h).
 */
export function tracepointArguments(btf: Btf, name: string): number | undefined {
	const id = btf.find(`btf_trace_${name}`, KIND.typedef);
	if (id === undefined) return undefined;
	const prototype = btf.resolve(btf.resolve(id).type);
	return prototype.parameters ? prototype.parameters.length - 1 : undefined;
}
