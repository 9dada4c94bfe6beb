/** The smallest BPF programs there are, written in instructions: no compiler is needed where the tests run. */
import { closeSync } from 'node:fs';
import { libbpf } from '../../src/bpf/libbpf.ts';
import { check } from './calls.ts';
import { inside } from './netns.ts';

/** enum bpf_prog_type */
const TYPES = { 'socket filter': 1, xdp: 6 } as const;
const BPF_XDP = 37;
/** enum xdp_action */
export const XDP = { drop: 1, pass: 2 } as const;
/** Where a program runs: XDP_FLAGS_SKB_MODE, in the stack; XDP_FLAGS_DRV_MODE, in the driver (include/uapi/linux/if_link.h). */
const MODES = { stack: 2, driver: 4 } as const;

/** `r0 = value; exit`. @returns the program's file descriptor @throws Error when the kernel refuses */
export function programThatReturns(value: number, type: keyof typeof TYPES): number {
	const instructions = Buffer.from([0xb7, 0, 0, 0, value, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
	return check(`load a program: ${type}`, libbpf.bpf_prog_load(TYPES[type], 'test', 'GPL', instructions, 2, null));
}

/** Asks an XDP program, which says the same every time, of every frame that comes in. @returns the undoing */
export function attachXdp(netns: string, ifindex: number, action: number, mode: keyof typeof MODES): () => void {
	const program = programThatReturns(action, 'xdp');
	// struct bpf_link_create_opts { size_t sz; __u32 flags; … }
	const options = Buffer.alloc(16);
	options.writeBigUInt64LE(16n);
	options.writeUInt32LE(MODES[mode], 8);
	const link = check(
		'attach the XDP program',
		inside(netns, () => libbpf.bpf_link_create(program, ifindex, BPF_XDP, options)),
	);
	return () => {
		closeSync(link);
		closeSync(program);
	};
}
