/**
 * Programs that have functions, made safe. A load through a pointer that is none is a fault, which the kernel mends by a table of the
 * program's loads. Of a program with functions the kernel has two entries for the main one, and kernels before 6.5 and their stable
 * releases a table for only one of them: which they find is chance, and with the other they stop (upstream commit 0108a4e9f358, of
 * which Debian's 5.10 knows nothing). So the main one loads nothing: all it does is call what it was.
 */
import { instruction } from '../bpf/program.ts';
import { isKernelSince } from '../kernel/release.ts';
import { BYTES, Instructions, OPCODE, PSEUDO_CALL } from './instructions.ts';

const CALL = [instruction(OPCODE.call, 0, PSEUDO_CALL, 0, 1), instruction(OPCODE.exit, 0, 0, 0, 0)];

/**
 * The same program, called by one that does nothing else. One without functions is left as it is.
 * @param safe the kernel needs no such thing: a call takes some sixteen instructions
 */
export function called(code: Uint8Array, safe = isKernelSince(6, 5)): Uint8Array {
	if (safe || new Instructions(code).functions.length === 1) return code;
	const out = new Uint8Array(CALL.length * BYTES + code.length);
	for (const [i, bytes] of CALL.entries()) out.set(bytes, i * BYTES);
	out.set(code, CALL.length * BYTES);
	return out;
}
