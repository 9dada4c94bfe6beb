/**
 * Attempts: the smallest program or map of a kind, really loaded, attached or made, and gone again when the attempt is over.
 * Numbers and layouts are those of include/uapi/linux/bpf.h, and of libbpf's bpf.h for its own structs.
 */
import { closeSync, openSync } from 'node:fs';
import { addressOf, errno } from '../bpf/ffi.ts';
import { libbpf } from '../bpf/libbpf.ts';
import { libc, mapShared, unmap } from '../bpf/libc.ts';
import { linkKprobe, linkKprobeMulti, linkNetfilter, linkTracingMulti } from '../bpf/links.ts';

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

/** By a kprobe.multi link to the function `symbol`, for a moment. */
export function attachKprobeMulti(program: number, symbol: string): void {
	holding(granted('attach', linkKprobeMulti(program, [symbol])), () => {});
}

/** By one link that takes many functions, to the one with this BTF identifier, for a moment. */
export function attachTracingMulti(program: number, btfId: number): void {
	holding(granted('attach', linkTracingMulti(program, Uint32Array.of(btfId))), () => {});
}

/** To a netfilter hook of the calling thread's network namespace, for a moment. @param protocol NFPROTO_…, @param hook NF_INET_… */
export function attachNetfilter(program: number, protocol: number, hook: number): void {
	// the first and the last priority are taken
	holding(granted('attach', linkNetfilter(program, protocol, hook, -1)), () => {});
}

/** By a kprobe on the function `symbol`, for a moment. @param eventSource number of perf's event source for kprobes */
export function attachKprobe(program: number, eventSource: number, symbol: string): void {
	holding(granted('attach', linkKprobe(program, eventSource, symbol)), () => {});
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
