/** The running kernel's release. */
import { release } from 'node:os';

/** '6.12.48-amd64' */
export const kernelRelease = (): string => release();
