/** Names for errno values: Node's own, plus the kernel-internal ones that leak out of bpf(2). */
import { getSystemErrorMap } from 'node:util';

const OWN: Record<number, string> = {
	// Node knows it as ENOTSUP, of sockets only
	95: 'EOPNOTSUPP (operation not supported)',
	// include/linux/errno.h: not meant for user space, returned all the same
	524: 'ENOTSUPP (operation is not supported)',
};

/** 'EPERM (operation not permitted)' for 1 or -1. */
export function errnoText(code: number): string {
	const positive = Math.abs(code);
	const known = getSystemErrorMap().get(-positive);
	return OWN[positive] ?? (known ? `${known[0]} (${known[1]})` : `errno ${positive}`);
}

/** 'EPERM' for 1 or -1. */
export const errnoName = (code: number): string => errnoText(code).replace(/ .*/, '');
