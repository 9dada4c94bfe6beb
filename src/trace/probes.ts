/** What is attached to the kernel in one run: programs and links, and how they go away again. */
import { closeSync } from 'node:fs';
import { errnoText } from '../bpf/errno.ts';
import { errno } from '../bpf/ffi.ts';
import { libbpf } from '../bpf/libbpf.ts';
import { ModuleBtfs } from '../bpf/module-btf.ts';
import { ATTACH_TYPE, loadProgram, PROGRAM_TYPE, type ProgramSource, recursionMisses } from '../bpf/program.ts';
import { type Here, tracepointName } from '../catalogue/resolve.ts';
import { say } from '../lang.ts';

/** A point of a run. */
export interface Watched extends Here {
	/** its number in the records: its place in the list of the run */
	number: number;
	/** bits of POINT_FLAGS */
	flags: number;
	/** not shown: watched because packets end there */
	hidden: boolean;
	/** what its lines say */
	note?: string;
}

/** A point that cannot be watched, and why. */
export interface Unattached {
	name: string;
	why: string;
	/** the verifier's words */
	log: string;
}

/** Programs before the end, so that `detach` has them all. */
export class Probes {
	private readonly links: number[] = [];
	private readonly programs: number[] = [];
	private readonly btfs = new ModuleBtfs();
	/** by programs that are not there any more */
	private missed = 0;

	/** Loads a program. @returns its descriptor, or why there is none */
	load(name: string, source: Omit<ProgramSource, 'module'>, module: string): number | Unattached {
		const fd = module === '' ? 0 : this.btfs.of(module);
		if (fd === undefined) return { name, why: say(`no type information of module ${module}`, `模块 ${module} 没有类型信息`), log: '' };
		const program = loadProgram({ ...source, module: fd });
		if (typeof program !== 'number') return { name, why: program.why, log: program.log };
		this.programs.push(program);
		return program;
	}

	/** Keeps a link, or says why there is none. @param result a descriptor, or the negative errno */
	link(name: string, result: number): Unattached | undefined {
		if (result < 0) return { name, why: errnoText(-result), log: '' };
		this.links.push(result);
		return undefined;
	}

	/** A program for one function or tracepoint: loaded for it, and attached. */
	tracing({ name, btfId, module }: Here, attachType: number, instructions: Uint8Array): Unattached | undefined {
		const program = this.load(name, { type: PROGRAM_TYPE.tracing, attachType, btfId, instructions }, module);
		if (typeof program !== 'number') return program;
		const link = libbpf.bpf_raw_tracepoint_open(null, program);
		return this.link(name, link < 0 ? -errno() : link);
	}

	/** A program for a tracepoint. Those of memory have pointers to nothing in particular, which only an untyped program may take. */
	tracepoint(point: Here, instructions: Uint8Array): Unattached | undefined {
		if (point.point.of !== 'memory') return this.tracing(point, ATTACH_TYPE.tracepoint, instructions);
		const { name } = point;
		const program = this.load(name, { type: PROGRAM_TYPE.rawTracepoint, attachType: 0, btfId: 0, instructions }, '');
		if (typeof program !== 'number') return program;
		const link = libbpf.bpf_raw_tracepoint_open(tracepointName(name) ?? null, program);
		return this.link(name, link < 0 ? -errno() : link);
	}

	/** How often a point was passed while its own program was running on that CPU, and so not looked at. */
	get misses(): number {
		return this.programs.reduce((sum, fd) => sum + recursionMisses(fd), this.missed);
	}

	/** What was needed while attaching only. */
	settle(): void {
		this.btfs.close();
	}

	/** Takes all of them off, the last first. */
	detach(): void {
		this.settle();
		for (const fd of this.links.splice(0).reverse()) closeSync(fd);
		this.missed = this.misses;
		for (const fd of this.programs.splice(0)) closeSync(fd);
	}
}
