/** What ICMP and ICMPv6 messages are called: the IANA registries "ICMP Parameters" and "ICMPv6 Parameters". */
import type { IcmpHeader } from './packet.ts';

const UNREACHABLE: readonly string[] = [
	'network unreachable',
	'host unreachable',
	'protocol unreachable',
	'port unreachable',
	'fragmentation needed',
	'source route failed',
	'network unknown',
	'host unknown',
	'source host isolated',
	'network prohibited',
	'host prohibited',
	'network unreachable for the type of service',
	'host unreachable for the type of service',
	'communication prohibited',
	'host precedence violation',
	'precedence cutoff',
];

const UNREACHABLE_V6: readonly string[] = [
	'no route',
	'communication prohibited',
	'beyond scope of source address',
	'address unreachable',
	'port unreachable',
	'source address failed policy',
	'reject route',
	'error in source routing header',
];

const EXCEEDED: readonly string[] = ['time exceeded', 'reassembly time exceeded'];
const EXCEEDED_V6: readonly string[] = ['hop limit exceeded', 'reassembly time exceeded'];

const TYPES: ReadonlyMap<number, string> = new Map([
	[0, 'echo reply'],
	[3, 'destination unreachable'],
	[4, 'source quench'],
	[5, 'redirect'],
	[8, 'echo request'],
	[9, 'router advertisement'],
	[10, 'router solicitation'],
	[11, 'time exceeded'],
	[12, 'parameter problem'],
	[13, 'timestamp request'],
	[14, 'timestamp reply'],
	[15, 'information request'],
	[16, 'information reply'],
	[17, 'address mask request'],
	[18, 'address mask reply'],
	[42, 'extended echo request'],
	[43, 'extended echo reply'],
]);

const TYPES_V6: ReadonlyMap<number, string> = new Map([
	[1, 'destination unreachable'],
	[2, 'packet too big'],
	[3, 'time exceeded'],
	[4, 'parameter problem'],
	[128, 'echo request'],
	[129, 'echo reply'],
	[130, 'multicast listener query'],
	[131, 'multicast listener report'],
	[132, 'multicast listener done'],
	[133, 'router solicitation'],
	[134, 'router advertisement'],
	[135, 'neighbour solicitation'],
	[136, 'neighbour advertisement'],
	[137, 'redirect'],
	[141, 'inverse neighbour solicitation'],
	[142, 'inverse neighbour advertisement'],
	[143, 'multicast listener report'],
	[144, 'home agent discovery request'],
	[145, 'home agent discovery reply'],
	[160, 'extended echo request'],
	[161, 'extended echo reply'],
]);

/** 'port unreachable' for type 3 code 3 of ICMP; 'type 200 code 1' for one without a name. */
export function icmpName(header: IcmpHeader, v6: boolean): string {
	const { type, code } = header;
	let byCode: string | undefined;
	if (type === 3) byCode = v6 ? EXCEEDED_V6[code] : UNREACHABLE[code];
	else if (v6 && type === 1) byCode = UNREACHABLE_V6[code];
	else if (!v6 && type === 11) byCode = EXCEEDED[code];
	if (byCode !== undefined) return byCode;
	const name = (v6 ? TYPES_V6 : TYPES).get(type);
	if (name === undefined) return `type ${type} code ${code}`;
	return code === 0 ? name : `${name} code ${code}`;
}
