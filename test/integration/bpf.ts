/** The smallest BPF programs there are, written in instructions: no compiler is needed where the tests run. */
import { closeSync } from 'node:fs';
import { libbpf } from '../../src/bpf/libbpf.ts';
import { check } from './calls.ts';
import { inside } from './netns.ts';

/** enum bpf_prog_type */
const TYPES = { 'socket filter': 1, xdp: 6 } as const;
const BPF_XDP = 37;
const XDP_FLAGS_SKB_MODE = 2;

/** `r0 = value; exit`. @returns the program's file descriptor @throws Error when the kernel refuses */
export function programThatReturns(value: number, type: keyof typeof TYPES): number {
	const instructions = Buffer.from([0xb7, 0, 0, 0, value, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
	return check(`load a program: ${type}`, libbpf.bpf_prog_load(TYPES[type], 'test', 'GPL', instructions, 2, null));
}

/** Has the device drop every frame that comes in, before the stack and after the driver. @returns the undoing */
export function dropAllByXdp(netns: string, ifindex: number): () => void {
	const XDP_DROP = 1;
	const program = programThatReturns(XDP_DROP, 'xdp');
	// struct bpf_link_create_opts { size_t sz; __u32 flags; … }
	const options = Buffer.alloc(16);
	options.writeBigUInt64LE(16n);
	options.writeUInt32LE(XDP_FLAGS_SKB_MODE, 8);
	const link = check(
		'attach the XDP program',
		inside(netns, () => libbpf.bpf_link_create(program, ifindex, BPF_XDP, options)),
	);
	return () => {
		closeSync(link);
		closeSync(program);
	};
}
