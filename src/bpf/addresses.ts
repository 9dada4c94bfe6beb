/**
 * Where functions are, asked of the kernel by name. Reading /proc/kallsyms for a hundred of them, or having every link search it, takes
 * longer than all else that attaching is; a helper finds each within microseconds where names are sorted (since 6.2).
 */
import { closeSync } from 'node:fs';
import { addressOf } from './ffi.ts';
import { libbpf } from './libbpf.ts';
import { instruction, loadProgram, PROGRAM_FLAGS, PROGRAM_TYPE } from './program.ts';

/** KSYM_NAME_LEN has been 128 or 512; names of functions that are watched are no longer than this, with the 0 behind them. */
const NAME = 128;
/** Where the program has the address put, and how long its context is. */
const CONTEXT = NAME + 8;
/** struct bpf_test_run_opts of libbpf's bpf.h */
const OPTIONS = 80;
/** Where every lookup goes through all names, each takes longer than this, ms: of the first few the quickest tells. */
const SLOW = 2;
const FEW = 5;

const WORD = 8;
/**
 * Has bpf_kallsyms_lookup_name (include/uapi/linux/bpf.h, helper 179, since 5.16) look for the name in the context, which it only takes
 * from the stack, and puts the address behind it.
 */
const LOOKUP = Uint8Array.from(
	Buffer.concat([
		instruction(0xbf, 6, 1, 0, 0), // r6 = r1
		...Array.from({ length: NAME / WORD }, (_, i) => [
			instruction(0x79, 0, 6, i * WORD, 0), // r0 = *(u64 *)(r6 + …)
			instruction(0x7b, 10, 0, i * WORD - NAME, 0), // *(u64 *)(r10 - …) = r0
		]).flat(),
		instruction(0xbf, 1, 10, 0, 0), // r1 = r10
		instruction(0x07, 1, 0, 0, -NAME), // r1 += -NAME
		instruction(0xb7, 2, 0, 0, NAME), // r2 = NAME
		instruction(0xb7, 3, 0, 0, 0), // r3 = 0
		instruction(0xbf, 4, 10, 0, 0), // r4 = r10
		instruction(0x07, 4, 0, 0, -NAME - WORD), // r4 += -NAME - 8
		instruction(0x7b, 10, 3, -NAME - WORD, 0), // *(u64 *)(r10 - NAME - 8) = r3
		instruction(0x85, 0, 0, 0, 179), // call
		instruction(0x79, 1, 10, -NAME - WORD, 0), // r1 = *(u64 *)(r10 - NAME - 8)
		instruction(0x7b, 6, 1, NAME, 0), // *(u64 *)(r6 + NAME) = r1
		instruction(0x95, 0, 0, 0, 0), // exit
	]),
);

/**
 * Addresses by name; of what the kernel has no symbol of, there is none. undefined when the kernel does not tell, or takes so long for
 * each that whoever needs many does better without.
 */
export function addressesOf(names: readonly string[]): Map<string, bigint> | undefined {
	const source = { type: PROGRAM_TYPE.syscall, attachType: 0, btfId: 0, module: 0, instructions: LOOKUP, flags: PROGRAM_FLAGS.sleepable };
	const program = loadProgram(source);
	if (typeof program !== 'number') return undefined;
	try {
		const found = new Map<string, bigint>();
		let quickest = Number.POSITIVE_INFINITY;
		for (const [i, name] of names.entries()) {
			const start = performance.now();
			const address = lookUp(program, name);
			quickest = Math.min(quickest, performance.now() - start);
			if (address === undefined || (i + 1 >= FEW && quickest > SLOW)) return undefined;
			if (address !== 0n) found.set(name, address);
		}
		return found;
	} finally {
		closeSync(program);
	}
}

/** @returns 0 for a name that the kernel does not have; undefined when it cannot be asked */
function lookUp(program: number, name: string): bigint | undefined {
	const context = Buffer.alloc(CONTEXT);
	context.write(name, 0, NAME - 1, 'latin1');
	const options = Buffer.alloc(OPTIONS);
	options.writeBigUInt64LE(BigInt(OPTIONS), 0);
	options.writeBigUInt64LE(addressOf(context), 32);
	options.writeUInt32LE(CONTEXT, 48);
	if (libbpf.bpf_prog_test_run_opts(program, options) < 0) return undefined;
	const [result, address] = [options.readInt32LE(56), context.readBigUInt64LE(NAME)];
	// -ENOENT
	if (result === -2) return 0n;
	return result === 0 ? address : undefined;
}
