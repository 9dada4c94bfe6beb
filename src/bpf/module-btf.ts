/** Descriptors of modules' BTF: a program for a module's function says by one where that function is described. */
import { closeSync } from 'node:fs';
import { addressOf, errno } from './ffi.ts';
import { libbpf } from './libbpf.ts';

/** struct bpf_btf_info (include/uapi/linux/bpf.h): btf, btf_size, id, name, name_len, kernel_btf */
const INFO_BYTES = 32;
const NAME_BYTES = 64;

export class ModuleBtfs {
	private known: Map<string, number> | undefined;

	/** The descriptor of a module's BTF, undefined when the kernel has none of that name. Valid until {@link close}. */
	of(name: string): number | undefined {
		this.known ??= open();
		return this.known.get(name);
	}

	close(): void {
		for (const fd of this.known?.values() ?? []) closeSync(fd);
		this.known = undefined;
	}
}

/** All that the kernel has of itself. Programs' own BTF is passed over. */
function open(): Map<string, number> {
	const found = new Map<string, number>();
	const next = new Uint32Array(1);
	const name = Buffer.alloc(NAME_BYTES);
	for (let id = 0; libbpf.bpf_btf_get_next_id(id, next) === 0; id = next[0] as number) {
		const fd = libbpf.bpf_btf_get_fd_by_id(next[0] as number);
		if (fd < 0) continue;
		const info = new DataView(new ArrayBuffer(INFO_BYTES));
		info.setBigUint64(16, addressOf(name), true);
		info.setUint32(24, NAME_BYTES, true);
		name.fill(0);
		const told = libbpf.bpf_obj_get_info_by_fd(fd, info, new Uint32Array([INFO_BYTES])) >= 0 || errno() === 0;
		const text = name.toString('latin1', 0, name.indexOf(0));
		if (told && info.getUint32(28, true) === 1 && text !== '' && text !== 'vmlinux') found.set(text, fd);
		else closeSync(fd);
	}
	return found;
}
