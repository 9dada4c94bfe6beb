/** The running kernel's BTF. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Btf, KIND } from '../bpf/btf.ts';
import { fail } from '../errors.ts';

export const VMLINUX_BTF = '/sys/kernel/btf/vmlinux';

/** Six megabytes that are needed while a run starts, and seldom afterwards: kept as long as somebody has it. */
let cached: WeakRef<Btf> | undefined;

/** @throws no-btf when this kernel offers none */
export function kernelBtf(): Btf {
	const known = cached?.deref();
	if (known) return known;
	if (!existsSync(VMLINUX_BTF)) fail('no-btf', { path: VMLINUX_BTF });
	const btf = new Btf(readFileSync(VMLINUX_BTF));
	cached = new WeakRef(btf);
	return btf;
}

/** Name and BTF of every loaded module that has some (CONFIG_DEBUG_INFO_BTF_MODULES, since 5.11), one after the other. */
export function* modules(folder = '/sys/kernel/btf', base = kernelBtf()): Generator<readonly [name: string, btf: Btf]> {
	for (const name of readdirSync(folder)) {
		if (name === 'vmlinux') continue;
		let btf: Btf;
		try {
			btf = new Btf(readFileSync(`${folder}/${name}`), base);
		} catch {
			// unloaded meanwhile, or not readable: its names are missing, nothing else
			continue;
		}
		yield [name, btf];
	}
}

/** The same without the names. */
export function* moduleBtfs(folder?: string, base?: Btf): Generator<Btf> {
	for (const [, btf] of modules(folder, base)) yield btf;
}

/** The type by which programs are attached to a tracepoint. Undefined when the kernel has no such tracepoint. */
export const tracepointId = (btf: Btf, name: string): number | undefined => btf.find(`btf_trace_${name}`, KIND.typedef);

/**
 * The number of arguments of a tracepoint, without the private first one. Undefined when the kernel has no such tracepoint.
 * The typedef is what TRACE_EVENT() leaves behind (include/linux/tracepoint.h).
 */
export function tracepointArguments(btf: Btf, name: string): number | undefined {
	const id = tracepointId(btf, name);
	if (id === undefined) return undefined;
	const prototype = btf.resolve(btf.resolve(id).type);
	return prototype.parameters ? prototype.parameters.length - 1 : undefined;
}
