/**
 * Links of programs to where they run, for attach types that not every libbpf 1.x knows: descriptors, or negative errnos. Layouts are
 * those of link_create in union bpf_attr, and of struct perf_event_attr (include/uapi/linux/bpf.h, perf_event.h).
 */
import { closeSync } from 'node:fs';
import { addressOf, errno } from './ffi.ts';
import { libc } from './libc.ts';
import { ATTACH_TYPE } from './program.ts';
import { bpfLinkCreate, perfEventOpen } from './syscalls.ts';

/** Has `memory`, to which pointers inside of structs point, live until `call` is over: the collector does not see that it is in use. */
function holding(memory: readonly ArrayBufferView[], call: () => number): number {
	const result = call();
	return memory.every(({ byteLength }) => byteLength >= 0) ? result : Number.NaN;
}

/** @param own what the type has of its own, from byte 16 on @param memory what that points to */
function createLink(program: number, attachType: number, own: (attr: DataView) => void, memory: readonly ArrayBufferView[] = []): number {
	const attr = new DataView(new ArrayBuffer(64));
	attr.setUint32(0, program, true);
	attr.setUint32(8, attachType, true);
	own(attr);
	return holding(memory, () => bpfLinkCreate(new Uint8Array(attr.buffer)));
}

const addressIfAny = (memory: ArrayBufferView | undefined): bigint => (memory === undefined ? 0n : addressOf(memory));

/** To all functions with these BTF identifiers (fentry, since 7.2). @param cookies what each attachment tells the program */
export function linkTracingMulti(program: number, ids: Uint32Array, cookies?: BigUint64Array): number {
	const own = (attr: DataView) => {
		attr.setBigUint64(16, addressOf(ids), true);
		attr.setBigUint64(24, addressIfAny(cookies), true);
		attr.setUint32(32, ids.length, true);
	};
	return createLink(program, ATTACH_TYPE.fentryMulti, own, cookies ? [ids, cookies] : [ids]);
}

/** To all these functions, by name or by address (since 5.18). @param cookies what each attachment tells the program */
export function linkKprobeMulti(program: number, functions: readonly string[] | BigUint64Array, cookies?: BigUint64Array): number {
	const byAddress = functions instanceof BigUint64Array;
	const texts = byAddress ? [] : functions.map((name) => Buffer.from(`${name}\0`));
	const list = byAddress ? functions : BigUint64Array.from(texts, addressOf);
	const own = (attr: DataView) => {
		attr.setUint32(20, functions.length, true);
		attr.setBigUint64(byAddress ? 32 : 24, addressOf(list), true);
		attr.setBigUint64(40, addressIfAny(cookies), true);
	};
	return createLink(program, ATTACH_TYPE.kprobeMulti, own, [...texts, list, ...(cookies ? [cookies] : [])]);
}

/** To a netfilter hook of the calling thread's network namespace (since 6.4). @param family NFPROTO_… @param hook NF_INET_… */
export function linkNetfilter(program: number, family: number, hook: number, priority: number): number {
	return createLink(program, ATTACH_TYPE.netfilter, (attr) => {
		attr.setUint32(16, family, true);
		attr.setUint32(20, hook, true);
		attr.setInt32(24, priority, true);
	});
}

/** up to config2: PERF_ATTR_SIZE_VER1 */
const PERF_ATTR_BYTES = 72;
const PERF_FLAG_FD_CLOEXEC = 8;
/** _IOW('$', 8, __u32) */
const PERF_EVENT_IOC_SET_BPF = 0x40042408;

/** By a kprobe to a function. @param eventSource number of perf's event source for kprobes */
export function linkKprobe(program: number, eventSource: number, name: string): number {
	const symbol = Buffer.from(`${name}\0`);
	const attr = new DataView(new ArrayBuffer(PERF_ATTR_BYTES));
	attr.setUint32(0, eventSource, true);
	attr.setUint32(4, PERF_ATTR_BYTES, true);
	attr.setBigUint64(56, addressOf(symbol), true);
	// on every process: pid -1 wants a CPU, and the probe is on all of them all the same
	const event = holding([symbol], () => perfEventOpen(new Uint8Array(attr.buffer), -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
	if (event < 0 || libc.ioctl(event, PERF_EVENT_IOC_SET_BPF, program) >= 0) return event;
	const failed = -errno();
	closeSync(event);
	return failed;
}
