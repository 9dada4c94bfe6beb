/**
 * Netfilter's hooks where functions cannot be watched: programs of netfilter's own kind (since 6.4), before and behind everything
 * else at each hook. They belong to one network namespace, so only those that are known at the start have them.
 */
import { errno } from '../bpf/ffi.ts';
import { POINT_FLAGS } from '../bpf/generated/events.ts';
import { linkNetfilter } from '../bpf/links.ts';
import { ATTACH_TYPE, PROGRAM_TYPE } from '../bpf/program.ts';
import { on } from '../catalogue/point.ts';
import { inNetns } from '../kernel/netns.ts';
import { say } from '../lang.ts';
import type { Probes, Unattached, Watched } from './probes.ts';

/** NF_INET_… by number (include/uapi/linux/netfilter.h) */
const HOOKS = ['PRE_ROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POST_ROUTING'];
/** NFPROTO_IPV4, NFPROTO_IPV6 */
const FAMILIES = [2, 10];
/** The kernel keeps the very first and last for itself (NF_IP_PRI_FIRST, NF_IP_PRI_LAST). */
const FIRST = -0x7fffffff;
const LAST = 0x7ffffffe;
const EBUSY = 16;
/** Places that are tried. */
const PLACES = 8;
/** the context of such a program is its state, and the packet */
const SKB = 1;

export interface Hook extends Watched {
	hook: number;
	priority: number;
}

/**
 * @param first number of the first of them in the records
 * @param starts whether packets may be seen there for the first time
 */
export function hookPoints(first: number, starts: boolean): Hook[] {
	return HOOKS.flatMap((name, hook) => [FIRST, LAST].map((priority) => ({ hook, name: `netfilter:${name}`, priority }))).map(
		({ hook, name, priority }, i) => ({
			point: on(name, 'a hook of netfilter', 'netfilter 钩子'),
			name,
			kind: 'netfilter',
			btfId: 0,
			module: '',
			skb: SKB,
			parameters: 2,
			returns: { kind: 'nothing' },
			number: first + i,
			flags: starts ? POINT_FLAGS.starts : 0,
			hidden: false,
			note: priority === FIRST ? say('before all of the hook', '钩子处理之前') : say('behind all of the hook', '钩子处理之后'),
			hook,
			priority,
		}),
	);
}

export const isHook = (point: Watched): point is Hook => point.kind === 'netfilter';

/** Where somebody stands already no program may attach, whoever it is (nf_hook_entries_grow): it goes to the next place inside. */
function linkBeside(program: number, family: number, hook: number, priority: number): number {
	const step = priority < 0 ? 1 : -1;
	let result = -EBUSY;
	for (let i = 0; i < PLACES && result === -EBUSY; i++) result = linkNetfilter(program, family, hook, priority + i * step);
	return result;
}

/** Attaches a hook's program in each of the namespaces, for both families. */
export function attachHook(
	probes: Probes,
	{ name, hook, priority }: Hook,
	instructions: Uint8Array,
	namespaces: readonly string[],
): Unattached | undefined {
	const program = probes.load(name, { type: PROGRAM_TYPE.netfilter, attachType: ATTACH_TYPE.netfilter, btfId: 0, instructions }, '');
	if (typeof program !== 'number') return program;
	for (const path of namespaces) {
		for (const family of FAMILIES) {
			const result = inNetns(path, () => linkBeside(program, family, hook, priority)) ?? -errno();
			const refused = probes.link(name, result);
			if (refused) return refused;
		}
	}
	return undefined;
}
