/** Expressions in the running kernel: stub.bpf.c with an expression in it, loaded by libbpf and run on packets of ours. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressOf, logCallback } from '../../src/bpf/ffi.ts';
import { libbpf } from '../../src/bpf/libbpf.ts';
import { patchStub } from '../../src/expression/stub.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Ethernet and IPv6 headers: kernels refuse frames that are shorter than they say */
const SHORTEST = 54;

/** The object, as clang makes it. */
export function compileStub(): Buffer {
	const folder = mkdtempSync(join(tmpdir(), 'stub-'));
	try {
		const object = join(folder, 'stub.bpf.o');
		const machine = `/usr/include/${execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim()}-linux-gnu`;
		const flags = ['-g', '-O2', '-target', 'bpf', '-mcpu=v2', '-Wall', '-Wextra', '-Werror', `-I${machine}`, `-I${ROOT}/bpf`];
		execFileSync(process.env.CLANG ?? 'clang', [...flags, '-c', `${ROOT}/test/expression/stub.bpf.c`, '-o', object]);
		return readFileSync(object);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

export interface Run {
	captured: number;
	len: number;
	linear: number;
}

/** One loaded program. */
export class InKernel {
	private readonly object: bigint;
	private readonly program: number;
	private readonly arguments: number;
	private readonly options = Buffer.alloc(80);

	/** `code` undefined leaves the stub as it is. @throws Error with the verifier's words */
	constructor(stub: Buffer, code?: BigUint64Array) {
		const elf = Buffer.from(stub);
		if (code) patchStub(elf, 'matches', code);
		let log = '';
		const callback = logCallback(1, (text) => {
			log += text;
		});
		libbpf.libbpf_set_print(callback.address);
		try {
			const object = libbpf.bpf_object__open_mem(elf, elf.length, null);
			if (object === null) throw new Error(`cannot open the object: ${log}`);
			this.object = object;
			if (libbpf.bpf_object__load(object) < 0) {
				libbpf.bpf_object__close(object);
				throw new Error(log.slice(-3000));
			}
		} finally {
			libbpf.libbpf_set_print(null);
			callback.release();
		}
		this.program = libbpf.bpf_program__fd(libbpf.bpf_object__find_program_by_name(this.object, 'run'));
		this.arguments = libbpf.bpf_map__fd(libbpf.bpf_object__find_map_by_name(this.object, 'arguments'));
	}

	/** What the program returns. A packet that ends where a test run does not take it is longer in memory than it says. */
	run(packet: Uint8Array, { captured, len, linear }: Run): number {
		const { options } = this;
		const frame = packet.length < SHORTEST ? Buffer.concat([packet], SHORTEST) : packet;
		const given = Uint32Array.of(captured, len, linear, 0, 0, 0);
		if (libbpf.bpf_map_update_elem(this.arguments, new Uint32Array(1), given, 0) < 0) throw new Error('cannot set the arguments');
		// struct bpf_test_run_opts
		options.fill(0);
		options.writeBigUInt64LE(BigInt(options.length), 0);
		options.writeBigUInt64LE(addressOf(frame), 8);
		options.writeUInt32LE(frame.length, 24);
		options.writeInt32LE(1, 60);
		const status = libbpf.bpf_prog_test_run_opts(this.program, options);
		if (status < 0) throw new Error(`cannot run on ${frame.length} bytes: ${status}`);
		return options.readInt32LE(56);
	}

	close(): void {
		libbpf.bpf_object__close(this.object);
	}
}
