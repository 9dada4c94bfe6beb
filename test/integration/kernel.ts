/**
 * What the running kernel can say about drops: its reasons came step by step. Asked of the names in its type information, by bytes:
 * the test must not learn from the code under test what to expect of it.
 */
import { readFileSync } from 'node:fs';

let types: Buffer | undefined;
const known = new Map<string, boolean>();

/** Whether the kernel has a type, a member or a constant of that name. */
function knows(name: string): boolean {
	let found = known.get(name);
	if (found === undefined) {
		types ??= readFileSync('/sys/kernel/btf/vmlinux');
		found = types.includes(`\0${name}\0`);
		known.set(name, found);
	}
	return found;
}

/** The kernel gives reasons (since 5.17); before, the function stands in. */
export const hasReasons = (): boolean => knows('SKB_DROP_REASON_NOT_SPECIFIED');
/** The kernel says for which socket a packet was meant (since 6.11); before, only what a socket sent is known to be its own. */
export const hasReceiver = (): boolean => knows('rx_sk');

/** One reason, or several of which the first that the kernel knows is the one it gives. */
export type Reasons = string | readonly string[];

export function expectedReason(reasons: Reasons): string | undefined {
	return [reasons].flat().find((name) => knows(`SKB_DROP_REASON_${name}`));
}
