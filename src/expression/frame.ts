/** Where the translation keeps what: the caller's arguments, the state of classic BPF, and the stack. */
import { FRAME, type Register } from './ebpf.ts';

/** The arguments as they arrive; calls destroy them. */
export const ARGUMENT = { data: 1, captured: 2, len: 3, base: 4, linear: 5 } as const satisfies Record<string, Register>;

export const A: Register = 6;
export const X: Register = 7;
/** the map value with the packet's first bytes, and how many there are */
export const DATA: Register = 8;
export const CAPTURED: Register = 9;

/** Offsets from the frame pointer: 96 bytes in all. */
export const STACK = { linear: -8, base: -16, len: -24, fetched: -32, scratch: -96 } as const;
export { FRAME };
