/** The kernel's lockdown mode (man kernel_lockdown.7). */
import { closeSync, readFileSync } from 'node:fs';
import { errnoText } from '../bpf/errno.ts';
import { detachedMount } from '../bpf/syscalls.ts';
import { why } from '../output/writer.ts';

/** 'none', 'integrity' or 'confidentiality'; `absent` for a kernel without lockdown; `why` it cannot be told. */
export type Lockdown = { mode: string } | { absent: true } | { why: string };

const MOUNTED = '/sys/kernel/security';

/** Where nobody has mounted securityfs, it is looked into without mounting it anywhere. */
export function lockdown(): Lockdown {
	const told = modeIn(MOUNTED);
	if (told) return told;
	const root = detachedMount('securityfs');
	if (root < 0) return { why: `securityfs: ${errnoText(root)}` };
	try {
		return modeIn(`/proc/self/fd/${root}`) ?? { absent: true };
	} finally {
		closeSync(root);
	}
}

/** The word in brackets of 'none [integrity] confidentiality'; undefined without such a file. */
function modeIn(folder: string): Lockdown | undefined {
	try {
		const text = readFileSync(`${folder}/lockdown`, 'latin1');
		return { mode: /\[(\w+)\]/.exec(text)?.[1] ?? text.trim() };
	} catch (error) {
		const failure = error as NodeJS.ErrnoException;
		return failure.code === 'ENOENT' ? undefined : { why: `${MOUNTED}/lockdown: ${why(failure)}` };
	}
}
