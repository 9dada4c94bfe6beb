/** The running kernel's release. */
import { release } from 'node:os';

/** '6.12.48-amd64' */
export const kernelRelease = (): string => release();

/**
 * Whether the running kernel is of this version or a later one. Only for what BTF does not show: distributions put what is newer into old
 * versions, and so a kernel that is not may have it nevertheless.
 */
export function isKernelSince(major: number, minor: number): boolean {
	const [ownMajor = 0, ownMinor = 0] = release()
		.split('.')
		.map((part) => Number.parseInt(part, 10));
	return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
