/** From points to probes: a copy of the template for each, loaded and attached in the way of a backend. */
import { closeSync } from 'node:fs';
import { errnoText } from '../bpf/errno.ts';
import { errno } from '../bpf/ffi.ts';
import { POINT_FLAGS } from '../bpf/generated/events.ts';
import { libbpf } from '../bpf/libbpf.ts';
import { ATTACH_TYPE, loadProgram, PROGRAM_TYPE } from '../bpf/program.ts';
import type { Template } from './template.ts';

/** A point on this kernel. */
export interface ProbePoint {
	/** 'ip_rcv', 'skb:kfree_skb' */
	name: string;
	kind: 'function' | 'tracepoint';
	/** number of the function, or of the tracepoint's type, in the BTF it is in */
	btfId: number;
	/** descriptor of its module's BTF; 0: the kernel's own */
	module: number;
	/** which argument is the skb */
	skb: number;
	/** which argument is told with it, for those with that flag */
	value?: number;
	/** how many arguments there are: what a function returns stands behind them */
	parameters: number;
	/** bits of POINT_FLAGS */
	flags: number;
}

/** A point that cannot be watched, and why. */
export interface Unattached {
	name: string;
	why: string;
	log: string;
}

/** Bytes of an argument in the context of a tracing program. */
const ARGUMENT_BYTES = 8;

export class Probes {
	/** points that are watched */
	attached = 0;
	private readonly links: number[] = [];
	private readonly programs: number[] = [];

	/** Attaches one point. @param number what its records say @returns why it cannot be watched; nothing when it is */
	add(point: ProbePoint, number: number, at: { entry: Template; return: Template | undefined }): Unattached | undefined {
		const { kind, skb, value = 0, parameters, flags } = point;
		const marks = { point: number, flags, skb: skb * ARGUMENT_BYTES };
		const returns = flags & POINT_FLAGS.returns && kind === 'function' ? at.return : undefined;
		// the return first: it must not miss a call that the entry has seen
		const problem = returns && this.attach(point, ATTACH_TYPE.fexit, returns.copy({ ...marks, value: parameters * ARGUMENT_BYTES }));
		if (problem) return problem;
		const type = kind === 'tracepoint' ? ATTACH_TYPE.tracepoint : ATTACH_TYPE.fentry;
		const refused = this.attach(point, type, at.entry.copy({ ...marks, value: value * ARGUMENT_BYTES }));
		if (!refused) this.attached++;
		return refused;
	}

	private attach({ name, btfId, module }: ProbePoint, attachType: number, instructions: Uint8Array): Unattached | undefined {
		const program = loadProgram({ type: PROGRAM_TYPE.tracing, attachType, btfId, module, instructions });
		if (typeof program !== 'number') return { name, why: program.why, log: program.log };
		this.programs.push(program);
		const link = libbpf.bpf_raw_tracepoint_open(null, program);
		if (link < 0) return { name, why: errnoText(errno()), log: '' };
		this.links.push(link);
		return undefined;
	}

	/** Takes all of them off, the last first. */
	detach(): void {
		for (const fd of this.links.splice(0).reverse()) closeSync(fd);
		for (const fd of this.programs.splice(0)) closeSync(fd);
	}
}
