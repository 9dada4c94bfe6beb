/** IP protocol numbers: the IANA registry "Protocol Numbers", under the names that Linux administrators know. */

export const PROTOCOL = {
	hopByHop: 0,
	icmp: 1,
	ipip: 4,
	tcp: 6,
	udp: 17,
	dccp: 33,
	sixInFour: 41,
	routing: 43,
	fragment: 44,
	gre: 47,
	esp: 50,
	ah: 51,
	icmpv6: 58,
	none: 59,
	destination: 60,
	sctp: 132,
	mobility: 135,
	udplite: 136,
	hip: 139,
	shim6: 140,
} as const;

const NAMES: readonly string[] = (() => {
	const names = Array.from({ length: 256 }, (_, number) => String(number));
	const known: Record<number, string> = {
		0: 'hopopt',
		1: 'icmp',
		2: 'igmp',
		4: 'ipip',
		6: 'tcp',
		8: 'egp',
		9: 'igp',
		12: 'pup',
		17: 'udp',
		22: 'idp',
		27: 'rdp',
		33: 'dccp',
		41: '6in4',
		43: 'ipv6-route',
		44: 'ipv6-frag',
		46: 'rsvp',
		47: 'gre',
		50: 'esp',
		51: 'ah',
		58: 'icmpv6',
		59: 'ipv6-nonxt',
		60: 'ipv6-opts',
		88: 'eigrp',
		89: 'ospf',
		92: 'mtp',
		94: 'beetph',
		97: 'etherip',
		98: 'encap',
		103: 'pim',
		108: 'ipcomp',
		112: 'vrrp',
		115: 'l2tp',
		124: 'isis',
		132: 'sctp',
		133: 'fc',
		135: 'mobility',
		136: 'udplite',
		137: 'mpls-in-ip',
		138: 'manet',
		139: 'hip',
		140: 'shim6',
		141: 'wesp',
		142: 'rohc',
		143: 'ethernet',
	};
	for (const [number, name] of Object.entries(known)) names[Number(number)] = name;
	return names;
})();

/** 'tcp' for 6, '253' for one without a name: what `--proto` takes. */
export function protocolName(number: number): string {
	return NAMES[number] ?? String(number);
}

/** Numbers by name. */
export const protocolNumbers = (): Map<string, number> =>
	new Map(NAMES.flatMap((name, number): [string, number][] => (name === String(number) ? [] : [[name, number]])));
