/**
 * Spares the verifier a search. Of a pointer that it trusts, such as the argument of a tracepoint, it asks for every pointer member that
 * is loaded whether that is to be trusted too, and goes through all types of the kernel for the answer, several times
 * (btf_nested_type_is_trusted, kernel/bpf/btf.c): of a program's load this is nine tenths. A read-only cast of the packet
 * (bpf_rdonly_cast, kernel/bpf/helpers.c, since 6.2) is a move when the program runs, and nothing that is loaded through it is trusted.
 */
import { closeSync } from 'node:fs';
import { type Btf, KIND } from '../bpf/btf.ts';
import { instruction, loadProgram, PROGRAM_TYPE } from '../bpf/program.ts';
import { BYTES, CLASS, FRAME, Instructions, OPCODE, PSEUDO_KFUNC } from './instructions.ts';

/** Numbers in the kernel's BTF: the function, and what it casts to. */
export interface Cast {
	function: number;
	skb: number;
	socket: number;
}

/** A load of a pointer from the context. */
export interface Load {
	/** place, in instructions */
	at: number;
	/** bytes into the context */
	offset: number;
	what: 'skb' | 'socket';
}

const DEEPEST = -512;

export function castIn(btf: Btf): Cast | undefined {
	const found = btf.find('bpf_rdonly_cast', KIND.function);
	const [skb, socket] = [btf.find('sk_buff', KIND.struct), btf.find('sock', KIND.struct)];
	return found === undefined || skb === undefined || socket === undefined ? undefined : { function: found, skb, socket };
}

/** Whether this kernel lets a probe, whose arguments have no types, say what they are. */
export function mayCast(cast: Cast): boolean {
	const code = [
		instruction(OPCODE.moveConstant, 1, 0, 0, 0),
		instruction(OPCODE.moveConstant, 2, 0, 0, cast.skb),
		instruction(OPCODE.call, 0, PSEUDO_KFUNC, 0, cast.function),
		instruction(OPCODE.moveConstant, 0, 0, 0, 0),
		instruction(OPCODE.exit, 0, 0, 0, 0),
	];
	const program = loadProgram({ type: PROGRAM_TYPE.kprobe, attachType: 0, btfId: 0, module: 0, instructions: Buffer.concat(code) });
	if (typeof program !== 'number') return false;
	closeSync(program);
	return true;
}

/** The same program, which casts its packet, and its socket, first and puts them aside. */
export function untrusted(code: Uint8Array, loads: readonly Load[], cast: Cast): Uint8Array {
	const all = new Instructions(code);
	const first = [instruction(OPCODE.moveRegister, 6, 1, 0, 0)];
	let slot = lowestSlot(all);
	const slots = new Map<number, number>();
	for (const { offset, what } of loads) {
		if (slots.has(offset) || slot - 8 < DEEPEST) continue;
		slot -= 8;
		slots.set(offset, slot);
		first.push(
			instruction(OPCODE.load64, 1, 6, offset, 0),
			instruction(OPCODE.moveConstant, 2, 0, 0, cast[what]),
			instruction(OPCODE.call, 0, PSEUDO_KFUNC, 0, cast.function),
			instruction(OPCODE.store64, FRAME, 0, slot, 0),
		);
	}
	if (slots.size === 0) return code;
	first.push(instruction(OPCODE.moveRegister, 1, 6, 0, 0));
	const out = new Uint8Array(first.length * BYTES + code.length);
	for (const [i, bytes] of first.entries()) out.set(bytes, i * BYTES);
	out.set(code, first.length * BYTES);
	for (const { at, offset } of loads) {
		const place = slots.get(offset);
		if (place !== undefined) out.set(instruction(OPCODE.load64, all.destination(at), FRAME, place, 0), (first.length + at) * BYTES);
	}
	return out;
}

/** The lowest offset from the frame pointer that is used, a multiple of 8. */
function lowestSlot(all: Instructions): number {
	let lowest = all.lowestAddress(0, all.functions[1] ?? all.count);
	for (let at = 0; at < all.count; at += all.size(at)) {
		const kind = all.opcode(at) & 7;
		const pointer = kind === CLASS.ldx ? all.source(at) : kind === CLASS.st || kind === CLASS.stx ? all.destination(at) : -1;
		if (pointer === FRAME) lowest = Math.min(lowest, all.offset(at));
	}
	return lowest & ~7;
}
