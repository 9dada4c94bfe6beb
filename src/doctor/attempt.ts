/**
 * Attempts: the smallest program or map of a kind, really loaded, attached or made, and gone again when the attempt is over.
 * Numbers and layouts are those of include/uapi/linux/bpf.h, and of libbpf's bpf.h for its own structs.
 */
import { closeSync, openSync } from 'node:fs';
import { addressOf, errno } from '../bpf/ffi.ts';
import { libbpf } from '../bpf/libbpf.ts';
import { libc, mapShared, unmap } from '../bpf/libc.ts';
import { bpfLinkCreate, perfEventOpen } from '../bpf/syscalls.ts';

export type Step = 'load' | 'attach' | 'create' | 'map' | 'namespace';

/** The kernel said no. */
export class Refused extends Error {
	/** what it said no to */
	readonly step: Step;
	/** errno */
	readonly code: number;
	/** the verifier's words, if it came so far */
	readonly log: string;

	constructor(step: Step, code: number, log = '') {
		super(`${step}: errno ${code}`);
		this.step = step;
		this.code = code;
		this.log = log;
	}
}

/** Name of everything made here: at most 15 characters. */
const NAME = 'nettrace_doctor';

function holding<T>(fd: number, use: (fd: number) => T): T {
	try {
		return use(fd);
	} finally {
		closeSync(fd);
	}
}

/** `result` of a call that gives at least 0 or the negative errno. @throws Refused */
function granted(step: Step, result: number, log = ''): number {
	if (result < 0) throw new Refused(step, -result, log);
	return result;
}

export interface Program {
	/** enum bpf_prog_type */
	type: number;
	/** enum bpf_attach_type */
	attachType?: number;
	/** what in the kernel's BTF it is for */
	btfId?: number;
	/** before `r0 = result; exit`: instructions of 8 bytes */
	body?: readonly number[][];
	/** what the program returns, 0 by default */
	returns?: number;
}

/** code, registers (source << 4 | destination), offset, and the constant's four bytes: struct bpf_insn */
export const instruction = (code: number, registers: number, immediate: number): number[] => [
	code,
	registers,
	0,
	0,
	...new Uint8Array(new Int32Array([immediate]).buffer),
];
const MOVE_CONSTANT = 0xb7;
const EXIT = 0x95;

/** struct bpf_prog_load_opts; newer libbpf append to it and go by the size it begins with */
const LOAD_OPTIONS_BYTES = 104;
/** Where the verifier writes its log. */
const LOG = Buffer.alloc(65536);

/** Loads `program`, and unloads it after `use`. @throws Refused */
export function loading<T>({ type, attachType = 0, btfId = 0, body = [], returns = 0 }: Program, use: (fd: number) => T): T {
	const code = Uint8Array.from([...body, instruction(MOVE_CONSTANT, 0, returns), instruction(EXIT, 0, 0)].flat());
	LOG[0] = 0;
	const options = new DataView(new ArrayBuffer(LOAD_OPTIONS_BYTES));
	options.setBigUint64(0, BigInt(LOAD_OPTIONS_BYTES), true);
	options.setUint32(12, attachType, true);
	options.setUint32(32, btfId, true);
	options.setUint32(88, 1, true);
	options.setUint32(92, LOG.length, true);
	options.setBigUint64(96, addressOf(LOG), true);
	const fd = libbpf.bpf_prog_load(type, NAME, 'GPL', code, code.length / 8, options);
	return holding(granted('load', fd, LOG.toString('latin1', 0, LOG.indexOf(0)).trim()), use);
}

/** Attaches a raw or BTF-typed tracepoint, fentry or fexit program, for a moment. @param name of a raw tracepoint, else null */
export function attachTracing(program: number, name: string | null): void {
	holding(granted('attach', libbpf.bpf_raw_tracepoint_open(name, program)), () => {});
}

/** What pointers inside of structs point to: kept for good, since nobody else sees that it is in use. */
const POINTED = new DataView(new ArrayBuffer(256));
const TEXT_AT = 8;

/** Puts the C string `text` there. @returns its address */
function pointTo(text: string): bigint {
	new Uint8Array(POINTED.buffer).set(Buffer.from(`${text}\0`), TEXT_AT);
	return addressOf(POINTED) + BigInt(TEXT_AT);
}

/** Attaches `program` by a link, for a moment. @param own the link_create member of union bpf_attr, from its byte 16 on */
function attachByLink(program: number, attachType: number, own: (attr: DataView) => void): void {
	const attr = new DataView(new ArrayBuffer(64));
	attr.setUint32(0, program, true);
	attr.setUint32(8, attachType, true);
	own(attr);
	holding(granted('attach', bpfLinkCreate(new Uint8Array(attr.buffer))), () => {});
}

/** By a kprobe.multi link to the function `symbol`. */
export function attachKprobeMulti(program: number, attachType: number, symbol: string): void {
	// a list of one
	POINTED.setBigUint64(0, pointTo(symbol), true);
	attachByLink(program, attachType, (attr) => {
		attr.setUint32(20, 1, true);
		attr.setBigUint64(24, addressOf(POINTED), true);
	});
}

/** By one link that takes many functions, to the one with this BTF identifier. */
export function attachTracingMulti(program: number, attachType: number, btfId: number): void {
	POINTED.setUint32(0, btfId, true);
	attachByLink(program, attachType, (attr) => {
		attr.setBigUint64(16, addressOf(POINTED), true);
		attr.setUint32(32, 1, true);
	});
}

/** By a netfilter link to a hook of the calling thread's network namespace. @param protocol NFPROTO_…, @param hook NF_INET_… */
export function attachNetfilter(program: number, attachType: number, protocol: number, hook: number): void {
	attachByLink(program, attachType, (attr) => {
		attr.setUint32(16, protocol, true);
		attr.setUint32(20, hook, true);
		// priority: the first and the last are taken
		attr.setInt32(24, -1, true);
	});
}

/** struct perf_event_attr up to config2: PERF_ATTR_SIZE_VER1 (include/uapi/linux/perf_event.h) */
const PERF_ATTR_BYTES = 72;
const PERF_FLAG_FD_CLOEXEC = 8;
/** _IOW('$', 8, __u32) */
const PERF_EVENT_IOC_SET_BPF = 0x40042408;

/** By a kprobe on the function `symbol`, for a moment. @param eventSource number of perf's event source for kprobes */
export function attachKprobe(program: number, eventSource: number, symbol: string): void {
	const attr = new DataView(new ArrayBuffer(PERF_ATTR_BYTES));
	attr.setUint32(0, eventSource, true);
	attr.setUint32(4, PERF_ATTR_BYTES, true);
	attr.setBigUint64(56, pointTo(symbol), true);
	// on every process: pid -1 wants a CPU, and the probe is on all of them all the same
	const event = perfEventOpen(new Uint8Array(attr.buffer), -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	holding(granted('attach', event), (fd) => {
		if (libc.ioctl(fd, PERF_EVENT_IOC_SET_BPF, program) < 0) throw new Refused('attach', errno());
	});
}

export interface BpfMap {
	/** enum bpf_map_type */
	type: number;
	keyBytes: number;
	valueBytes: number;
	entries: number;
	flags?: number;
	/** for a map of maps: one like those it will hold */
	inner?: number;
}

/** struct bpf_map_create_opts */
const MAP_OPTIONS_BYTES = 48;

/** Makes `map`, and drops it after `use`. @throws Refused */
export function creating<T>({ type, keyBytes, valueBytes, entries, flags = 0, inner = 0 }: BpfMap, use: (fd: number) => T): T {
	const options = new DataView(new ArrayBuffer(MAP_OPTIONS_BYTES));
	options.setBigUint64(0, BigInt(MAP_OPTIONS_BYTES), true);
	options.setUint32(24, inner, true);
	options.setUint32(28, flags, true);
	return holding(granted('create', libbpf.bpf_map_create(type, NAME, keyBytes, valueBytes, entries, options)), use);
}

/** Maps the first `bytes` of a map into this process, and unmaps them. @throws Refused */
export function mapping(fd: number, bytes: number): void {
	try {
		unmap(mapShared(fd, bytes, 0, true).address, bytes);
	} catch {
		throw new Refused('map', errno());
	}
}

const CLONE_NEWNET = 0x40000000;

/** Runs `use` in a network namespace made for it, which ends with it. @throws Refused */
export function inNewNetns<T>(use: () => T): T {
	return holding(openSync('/proc/thread-self/ns/net', 'r'), (own) => {
		if (libc.unshare(CLONE_NEWNET) < 0) throw new Refused('namespace', errno());
		try {
			return use();
		} finally {
			comeBack(own);
		}
	});
}

/** Nothing else may run in the wrong namespace. */
function comeBack(own: number): void {
	if (libc.setns(own, CLONE_NEWNET) < 0) throw new Error(`cannot return to the network namespace: errno ${errno()}`);
}
