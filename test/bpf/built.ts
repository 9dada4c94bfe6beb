/** The BPF object of this build, without loading it. */
import { fileURLToPath } from 'node:url';
import { Btf, elfSection } from '../../src/bpf/btf.ts';

export const OBJECT = fileURLToPath(new URL('../../bpf/drop.bpf.o', import.meta.url));

export const builtBytes = (): Buffer => elfSection(OBJECT, '.BTF');

export const builtBtf = (): Btf => new Btf(builtBytes());
