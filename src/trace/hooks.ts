/** Netfilter's hooks by name (include/uapi/linux/netfilter.h, netfilter_arp.h, netfilter_bridge.h). */
import type { HookSeen } from './path.ts';

const INET = ['PRE_ROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POST_ROUTING', 'INGRESS'];
const FAMILIES: Readonly<Record<number, { name: string; hooks: readonly string[] }>> = {
	1: { name: 'inet', hooks: INET },
	2: { name: 'ipv4', hooks: INET },
	3: { name: 'arp', hooks: ['INPUT', 'OUTPUT', 'FORWARD'] },
	5: { name: 'netdev', hooks: ['INGRESS', 'EGRESS'] },
	7: { name: 'bridge', hooks: ['PRE_ROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POST_ROUTING', 'BROUTING'] },
	10: { name: 'ipv6', hooks: INET },
};

/** From the words of a record: hook_of() of bpf/trace.bpf.c says what is where. */
export const hookOf = (high: number, low: number): HookSeen => ({
	hook: low & 0xff,
	family: (low >>> 8) & 0xff,
	in: (low >>> 16) | ((high & 0xff) << 16),
	out: high >>> 8,
});

/** 'ipv4 PRE_ROUTING' */
export function hookText({ family, hook }: Pick<HookSeen, 'family' | 'hook'>): string {
	const { name, hooks } = FAMILIES[family] ?? { name: `family ${family}`, hooks: [] };
	return `${name} ${hooks[hook] ?? `hook ${hook}`}`;
}
