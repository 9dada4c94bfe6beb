/** Netfilter's hooks by name (include/uapi/linux/netfilter.h, netfilter_arp.h, netfilter_bridge.h). */

const INET = ['PRE_ROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POST_ROUTING', 'INGRESS'];
const FAMILIES: Readonly<Record<number, { name: string; hooks: readonly string[] }>> = {
	1: { name: 'inet', hooks: INET },
	2: { name: 'ipv4', hooks: INET },
	3: { name: 'arp', hooks: ['INPUT', 'OUTPUT', 'FORWARD'] },
	5: { name: 'netdev', hooks: ['INGRESS', 'EGRESS'] },
	7: { name: 'bridge', hooks: ['PRE_ROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POST_ROUTING', 'BROUTING'] },
	10: { name: 'ipv6', hooks: INET },
};

/** 'ipv4 PRE_ROUTING'. @param family NFPROTO_…, of which the kernel calls those of IP by their hook */
export function hookText(family: number, hook: number): string {
	const { name, hooks } = FAMILIES[family] ?? { name: `family ${family}`, hooks: [] };
	return `${name} ${hooks[hook] ?? `hook ${hook}`}`;
}
