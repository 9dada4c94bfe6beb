/** Loads programs from their instructions, for probes that are made while the tool runs. */
import { closeSync } from 'node:fs';
import { fail } from '../errors.ts';
import { kernelRelease } from '../kernel/release.ts';
import { errnoText } from './errno.ts';
import { addressOf, errno } from './ffi.ts';
import { libbpf } from './libbpf.ts';

/** enum bpf_prog_type (include/uapi/linux/bpf.h) */
export const PROGRAM_TYPE = { kprobe: 2, rawTracepoint: 17, tracing: 26, syscall: 31, netfilter: 32 } as const;
/** enum bpf_attach_type */
export const ATTACH_TYPE = { tracepoint: 23, fentry: 24, fexit: 25, kprobeMulti: 42, netfilter: 45, fentryMulti: 59 } as const;

/** BPF_F_… of a load */
export const PROGRAM_FLAGS = { sleepable: 1 << 4 } as const;

/** r0 = 0; exit */
export const EMPTY = Uint8Array.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

/** struct bpf_insn: opcode, registers, a 16-bit offset, a 32-bit immediate. */
export function instruction(opcode: number, destination: number, source: number, offset: number, immediate: number): Uint8Array {
	const view = new DataView(new ArrayBuffer(8));
	view.setUint8(0, opcode);
	view.setUint8(1, destination | (source << 4));
	view.setInt16(2, offset, true);
	view.setInt32(4, immediate, true);
	return new Uint8Array(view.buffer);
}

export interface ProgramSource {
	type: number;
	attachType: number;
	/** what it is for, in the kernel's BTF or in that of `module`; 0: nothing there */
	btfId: number;
	/** descriptor of the module's BTF; 0: the kernel's own */
	module: number;
	/** struct bpf_insn, 8 bytes each */
	instructions: Uint8Array;
	/** as others see it; at most 15 characters */
	name?: string;
	/** bits of PROGRAM_FLAGS */
	flags?: number;
}

/** struct bpf_prog_load_opts of libbpf's bpf.h; newer libbpf append to it and go by the size it begins with */
const OPTIONS_BYTES = 104;
const LOG = Buffer.alloc(1 << 20);
const NAME = 'nettrace';
const EPERM = 1;
const EACCES = 13;

/** The kernel, or its verifier, said no. */
export interface Refusal {
	errno: number;
	/** the most telling line, and the errno */
	why: string;
	/** the verifier's words */
	log: string;
}

/** @returns a descriptor, or why there is none */
export function loadProgram(source: ProgramSource): number | Refusal {
	const quick = load(source, 0);
	if (quick >= 0) return quick;
	// once more with the verifier's words, which it would otherwise write for every program
	const fd = load(source, 1);
	if (fd >= 0) return fd;
	const log = LOG.toString('latin1', 0, LOG.indexOf(0)).trim();
	const lines = log.split('\n');
	const telling = lines.findLast((line, i) => /^processed \d+ insns/.test(lines[i + 1] ?? '') && line !== '');
	return { errno: -fd, why: telling === undefined ? errnoText(-fd) : `${telling} [${errnoText(-fd)}]`, log };
}

function load({ type, attachType, btfId, module, instructions, name = NAME, flags = 0 }: ProgramSource, logLevel: number): number {
	const options = new DataView(new ArrayBuffer(OPTIONS_BYTES));
	options.setBigUint64(0, BigInt(OPTIONS_BYTES), true);
	options.setUint32(12, attachType, true);
	options.setUint32(20, flags, true);
	options.setUint32(32, btfId, true);
	options.setUint32(40, module, true);
	if (logLevel > 0) {
		LOG[0] = 0;
		options.setUint32(88, logLevel, true);
		options.setUint32(92, LOG.length, true);
		options.setBigUint64(96, addressOf(LOG), true);
	}
	return libbpf.bpf_prog_load(type, name, 'GPL', instructions, instructions.length / 8, options);
}

/**
 * A program and its link to a tracepoint, `source.btfId`, or nothing. @returns descriptors
 * @throws kernel-refused, load-failed with the verifier's words as detail, attach-failed
 */
export function watchTracepoint(source: Omit<ProgramSource, 'type' | 'attachType' | 'module'> & { name: string }): {
	program: number;
	link: number;
} {
	const { name } = source;
	const program = loadProgram({ ...source, type: PROGRAM_TYPE.tracing, attachType: ATTACH_TYPE.tracepoint, module: 0 });
	if (typeof program !== 'number') {
		const { errno, why, log } = program;
		// EACCES is also the verifier's "invalid memory access": then it has said so
		if (errno === EPERM || (errno === EACCES && log === '')) fail('kernel-refused', { what: 'to load the program', why }, log);
		return fail('load-failed', { kernel: kernelRelease(), program: name, why }, log);
	}
	const link = libbpf.bpf_raw_tracepoint_open(null, program);
	if (link >= 0) return { program, link };
	const code = errno();
	closeSync(program);
	const why = errnoText(code);
	if (code === EPERM) fail('kernel-refused', { what: `to attach ${name}`, why });
	return fail('attach-failed', { kernel: kernelRelease(), program: name, why });
}

/** offset of recursion_misses in struct bpf_prog_info (include/uapi/linux/bpf.h), filled in since 5.12 */
const RECURSION_MISSES = 208;
const INFO_BYTES = 232;

/**
 * How often the kernel skipped a program because it was already running on that CPU: an interrupt came to where it is attached.
 * 0 on kernels before 5.12, which do not skip. @param program its descriptor
 */
export function recursionMisses(program: number): number {
	const info = Buffer.alloc(INFO_BYTES);
	const size = new Uint32Array([INFO_BYTES]);
	if (libbpf.bpf_obj_get_info_by_fd(program, info, size) < 0) return 0;
	return (size[0] ?? 0) >= RECURSION_MISSES + 8 ? Number(info.readBigUInt64LE(RECURSION_MISSES)) : 0;
}
