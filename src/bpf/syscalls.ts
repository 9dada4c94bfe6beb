/**
 * System calls that neither the C library nor every libbpf 1.x has a function for.
 */
import { closeSync } from 'node:fs';
import { errno } from './ffi.ts';
import { libc } from './libc.ts';

/** arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h, and the tables of powerpc and s390 */
const NUMBERS: Readonly<Record<string, { bpf: number; perf_event_open: number }>> = {
	x64: { bpf: 321, perf_event_open: 298 },
	arm64: { bpf: 280, perf_event_open: 241 },
	riscv64: { bpf: 280, perf_event_open: 241 },
	loong64: { bpf: 280, perf_event_open: 241 },
	ppc64: { bpf: 361, perf_event_open: 319 },
	s390x: { bpf: 351, perf_event_open: 331 },
};
/** the same everywhere */
const FSOPEN = 430;
const FSCONFIG = 431;
const FSMOUNT = 432;

const ENOSYS = 38;

/** What a call gave: at least 0, or the negative errno. */
function call(number: number | undefined, ...given: (number | ArrayBufferView)[]): number {
	if (number === undefined) return -ENOSYS;
	const args = given.map((arg) => (typeof arg === 'number' ? BigInt.asUintN(64, BigInt(arg)) : arg));
	const [a = null, b = null, c = null, d = null, e = null, f = null] = args;
	const result = libc.syscall(number, a, b, c, d, e, f);
	return result < 0 ? -errno() : result;
}

/** BPF_LINK_CREATE of enum bpf_cmd (include/uapi/linux/bpf.h, since 5.7) */
const BPF_LINK_CREATE = 28;

/**
 * bpf(BPF_LINK_CREATE): a descriptor, or the negative errno. libbpf's function refuses attach types it does not know.
 * @param attr the link_create member of union bpf_attr
 */
export const bpfLinkCreate = (attr: Uint8Array): number => call(NUMBERS[process.arch]?.bpf, BPF_LINK_CREATE, attr, attr.byteLength);

/** perf_event_open(2): a descriptor, or the negative errno. @param attr struct perf_event_attr */
export const perfEventOpen = (attr: Uint8Array, pid: number, cpu: number, group: number, flags: number): number =>
	call(NUMBERS[process.arch]?.perf_event_open, attr, pid, cpu, group, flags);

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;

/**
 * A file system that is mounted nowhere: a descriptor of its root, or the negative errno (fsmount, since 5.2). It goes away with
 * the descriptor.
 */
export function detachedMount(type: string): number {
	const context = call(FSOPEN, Buffer.from(`${type}\0`), FSOPEN_CLOEXEC);
	if (context < 0) return context;
	try {
		const made = call(FSCONFIG, context, FSCONFIG_CMD_CREATE);
		return made < 0 ? made : call(FSMOUNT, context, FSMOUNT_CLOEXEC);
	} finally {
		closeSync(context);
	}
}
