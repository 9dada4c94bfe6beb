/** Ethertypes: IEEE 802 numbers as in include/uapi/linux/if_ether.h; those below 0x600 are Linux's own. */

export const ETHERTYPE = {
	llc: 0x0004,
	ipv4: 0x0800,
	arp: 0x0806,
	vlan: 0x8100,
	ipv6: 0x86dd,
	serviceVlan: 0x88a8,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
	[0x0001, '802.3'],
	[ETHERTYPE.llc, 'stp/llc'],
	[0x000c, 'can'],
	[0x000d, 'canfd'],
	[0x00f6, 'ieee802154'],
	[ETHERTYPE.ipv4, 'ipv4'],
	[ETHERTYPE.arp, 'arp'],
	[0x0842, 'wake-on-lan'],
	[0x22f0, 'avtp'],
	[0x22f3, 'trill'],
	[0x4305, 'batman'],
	[0x6558, 'teb'],
	[0x8035, 'rarp'],
	[0x809b, 'appletalk'],
	[ETHERTYPE.vlan, 'vlan'],
	[0x8137, 'ipx'],
	[ETHERTYPE.ipv6, 'ipv6'],
	[0x8808, 'pause'],
	[0x8809, 'lacp'],
	[0x8847, 'mpls'],
	[0x8848, 'mpls'],
	[0x8863, 'pppoe'],
	[0x8864, 'pppoe'],
	[0x888e, 'eapol'],
	[0x8892, 'profinet'],
	[0x88a2, 'aoe'],
	[0x88a4, 'ethercat'],
	[ETHERTYPE.serviceVlan, 'vlan'],
	[0x88c7, 'wlan-preauth'],
	[0x88ca, 'tipc'],
	[0x88cc, 'lldp'],
	[0x88e3, 'mrp'],
	[0x88e5, 'macsec'],
	[0x88e7, 'pbb'],
	[0x88f5, 'mvrp'],
	[0x88f7, 'ptp'],
	[0x8902, 'cfm'],
	[0x8906, 'fcoe'],
	[0x8914, 'fip'],
	[0x892f, 'hsr'],
	[0x894f, 'nsh'],
	[0x9000, 'loopback'],
]);

/** 'lldp' for 0x88cc; undefined for one that has no name here. */
export function ethertypeName(type: number): string | undefined {
	return NAMES.get(type);
}

/** '0x88b5': four digits, as ethertypes are written. */
export function ethertypeNumber(type: number): string {
	return `0x${type.toString(16).padStart(4, '0')}`;
}

/** The two kinds of tag that Linux knows (include/linux/if_vlan.h, eth_type_vlan). */
export function isVlan(type: number): boolean {
	return type === ETHERTYPE.vlan || type === ETHERTYPE.serviceVlan;
}

/** Every ethertype that has a name. */
export const ethertypeNames = (): Iterable<[type: number, name: string]> => NAMES;
