/**
 * Spares the verifier a search. Of a pointer that it trusts, such as the argument of a tracepoint, it asks for every pointer member that
 * is loaded whether that is to be trusted too, and goes through all types of the kernel for the answer, several times
 * (btf_nested_type_is_trusted, kernel/bpf/btf.c): of a program's load this is nine tenths. A read-only cast of the packet
 * (bpf_rdonly_cast, kernel/bpf/helpers.c, since 6.2) is a move when the program runs, and nothing that is loaded through it is trusted.
 */
import { type Btf, KIND } from '../bpf/btf.ts';
import { BYTES, CLASS, FRAME, Instructions, OPCODE } from './instructions.ts';

/** Numbers in the kernel's BTF. */
export interface Cast {
	function: number;
	skb: number;
}

/** source register of a call to a function of the kernel */
const PSEUDO_KFUNC = 2;
const DEEPEST = -512;

export function castIn(btf: Btf): Cast | undefined {
	const [found, skb] = [btf.find('bpf_rdonly_cast', KIND.function), btf.find('sk_buff', KIND.struct)];
	return found === undefined || skb === undefined ? undefined : { function: found, skb };
}

function instruction(opcode: number, destination: number, source: number, offset: number, immediate: number): Uint8Array {
	const view = new DataView(new ArrayBuffer(BYTES));
	view.setUint8(0, opcode);
	view.setUint8(1, destination | (source << 4));
	view.setInt16(2, offset, true);
	view.setInt32(4, immediate, true);
	return new Uint8Array(view.buffer);
}

/**
 * The same program, which casts its packet first and puts it aside.
 * @param loads where the packet is loaded from the context, as instructions
 * @param offset of the packet in the context, bytes
 */
export function untrusted(code: Uint8Array, loads: readonly number[], offset: number, { function: cast, skb }: Cast): Uint8Array {
	const all = new Instructions(code);
	let lowest = all.lowestAddress(0, all.functions[1] ?? all.count);
	for (let at = 0; at < all.count; at += all.size(at)) {
		const kind = all.opcode(at) & 7;
		const pointer = kind === CLASS.ldx ? all.source(at) : kind === CLASS.st || kind === CLASS.stx ? all.destination(at) : -1;
		if (pointer === FRAME) lowest = Math.min(lowest, all.offset(at));
	}
	const slot = (lowest & ~7) - 8;
	if (slot < DEEPEST) return code;
	const first = [
		instruction(OPCODE.moveRegister, 6, 1, 0, 0),
		instruction(OPCODE.load64, 1, 1, offset, 0),
		instruction(OPCODE.moveConstant, 2, 0, 0, skb),
		instruction(OPCODE.call, 0, PSEUDO_KFUNC, 0, cast),
		instruction(OPCODE.store64, FRAME, 0, slot, 0),
		instruction(OPCODE.moveRegister, 1, 6, 0, 0),
	];
	const out = new Uint8Array(first.length * BYTES + code.length);
	for (const [i, bytes] of first.entries()) out.set(bytes, i * BYTES);
	out.set(code, first.length * BYTES);
	for (const at of loads) out.set(instruction(OPCODE.load64, all.destination(at), FRAME, slot, 0), (first.length + at) * BYTES);
	return out;
}
