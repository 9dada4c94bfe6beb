/** Where the compiled BPF objects are: beside the folder that this file is compiled, or bundled, into. */
import { fileURLToPath } from 'node:url';

/** The file of bpf/NAME.bpf.c; 'untyped': compiled for probes whose arguments have no types. */
export const objectFile = (name: 'drop' | 'trace' | 'trace-untyped'): string =>
	fileURLToPath(new URL(`../bpf/${name}.bpf.o`, import.meta.url));
