/** Where the compiled BPF objects are: beside the folder that this file is compiled, or bundled, into. */
import { fileURLToPath } from 'node:url';

/**
 * The file of bpf/NAME.bpf.c; 'untyped': compiled for probes whose arguments have no types; 'cast': for the same, where the kernel lets a
 * program say what they are.
 * @param plain without room for an expression, which takes a fraction of the time to load
 */
export const objectFile = (name: 'drop' | 'trace' | 'trace-untyped' | 'trace-cast', plain: boolean): string =>
	fileURLToPath(new URL(`../bpf/${name}${plain ? '-plain' : ''}.bpf.o`, import.meta.url));
