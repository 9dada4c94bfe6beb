/** Protocols by the names users know: of the link layer first, as nettrace always did, then those of IP. */
import { fail } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { ETHERTYPE, ethertypeNames, isVlan } from '../packet/ethertypes.ts';
import { PROTOCOL, protocolNumbers } from '../packet/protocols.ts';

export interface Protocols {
	/** ethertypes, below any VLAN tags */
	l3: number[];
	/** IP protocol numbers */
	l4: number[];
}

/** Name to ethertypes; some have two. */
function linkProtocols(): Map<string, number[]> {
	const found = new Map<string, number[]>([
		['ip', [ETHERTYPE.ipv4]],
		['ip4', [ETHERTYPE.ipv4]],
		['ip6', [ETHERTYPE.ipv6]],
	]);
	for (const [type, name] of ethertypeNames()) if (!isVlan(type)) found.set(name, [...(found.get(name) ?? []), type]);
	return found;
}

const ipProtocols = (): Map<string, number> => protocolNumbers().set('icmp6', PROTOCOL.icmpv6);

export const protocolNames = (): string[] => [...new Set([...linkProtocols().keys(), ...ipProtocols().keys()])];

/** 'tcp,arp,89,0x88b5'. @throws bad-protocol with the nearest names */
export function parseProtocols(text: string): Protocols {
	const [l3, l4] = [linkProtocols(), ipProtocols()];
	const found: Protocols = { l3: [], l4: [] };
	for (const part of text.toLowerCase().split(',')) {
		const name = part.trim();
		const types = l3.get(name);
		const number = l4.get(name);
		if (types) found.l3.push(...types);
		else if (number !== undefined) found.l4.push(number);
		else if (/^\d{1,3}$/.test(name) && Number(name) < 256) found.l4.push(Number(name));
		else if (/^0x[0-9a-f]{4}$/.test(name)) found.l3.push(Number(name));
		else fail('bad-protocol', { value: name, hint: nearest(name, protocolNames()) });
	}
	return found;
}
