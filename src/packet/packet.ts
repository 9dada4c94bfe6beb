/** What is known of a packet: the `packet` object of the JSON contract. A key that is absent is unknown, never undefined. */

export type Family = 'ipv4' | 'ipv6' | 'arp' | 'other';

/** A header that could not be read to its end; nothing behind it is known. */
export interface Damage {
	/** 'truncated': fewer bytes were captured than the header has. 'malformed': the header contradicts itself. */
	kind: 'truncated' | 'malformed';
	/** which header and, of a malformed one, what it says: 'ipv4 header: version 5' */
	where: string;
}

/** RFC 9293 section 3.1. Only `seq` is always there: an ICMP error quotes no more than that of a segment. */
export interface TcpHeader {
	/** 'SYN|ACK', in the order FIN SYN RST PSH ACK URG ECE CWR AE; '' when none is set */
	flags?: string;
	seq: number;
	ack?: number;
	/** as sent, unscaled */
	window?: number;
}

/** ICMP (RFC 792) and ICMPv6 (RFC 4443). */
export interface IcmpHeader {
	type: number;
	code: number;
	/** of echo and the other queries that have one */
	id?: number;
	seq?: number;
	/** bytes the next hop can take: RFC 1191, RFC 4443 section 3.2 */
	mtu?: number;
	/** the better router a redirect names */
	gateway?: string;
}

/** RFC 826. `sender` and `target` are IPv4 addresses. */
export interface ArpBody {
	/** 'request', 'reply', or the number */
	op: string;
	sender?: string;
	target?: string;
	sender_mac?: string;
}

/** Security parameters index and sequence number: ESP (RFC 4303), AH (RFC 4302). */
export interface IpsecHeader {
	spi: number;
	seq: number;
}

/** RFC 9260. `chunk` is the type of the first chunk. */
export interface SctpHeader {
	vtag: number;
	chunk?: string;
}

/** `offset` of the fragment in the original packet's payload, bytes; `more` when it is not the last. */
export interface Fragment {
	offset: number;
	more: boolean;
}

export interface Packet {
	family: Family;
	/** as `--proto` takes it: 'tcp', 'icmpv6', '253'; for family other the ethertype's name, or its number as '0x88b5' */
	proto?: string;
	saddr?: string;
	daddr?: string;
	sport?: number;
	dport?: number;
	/** bytes, as its IP header says; of other packets, and where the header does not say, as the kernel does (skb->len) */
	len: number;
	/** IPv4 time to live, IPv6 hop limit */
	ttl?: number;
	/** IPv4 identification; of IPv6 only fragments have one */
	id?: number;
	/** present when the packet is a fragment, or has a fragment header (RFC 6946: an atomic fragment) */
	fragment?: Fragment;
	tcp?: TcpHeader;
	icmp?: IcmpHeader;
	/** the address that neighbour discovery (RFC 4861) is about; of a redirect, the better router and for which destination */
	nd?: { target: string; destination?: string };
	sctp?: SctpHeader;
	esp?: IpsecHeader;
	ah?: IpsecHeader;
	arp?: ArpBody;
	/** the packet an ICMP error is about, as far as the error quotes it */
	quoted?: Packet;
	/** what carries {@link inner}: VXLAN's and Geneve's network identifier, GRE's key */
	tunnel?: { type: 'vxlan' | 'geneve' | 'gre'; vni?: number; key?: number };
	/** the packet in a tunnel's packet */
	inner?: Packet;
	/** of family other, when known */
	ethertype?: number;
	/** VLAN identifier, of the outermost tag */
	vlan?: number;
	/** all VLAN identifiers of stacked tags, outermost first */
	vlans?: number[];
	/** of the link header, when one was captured */
	mac?: { source: string; destination: string };
	damage?: Damage;
}

/** What the kernel says about a captured packet. */
export interface Link {
	/** of the network header from the first captured byte, bytes; what precedes it is the link header */
	l3Offset: number;
	/** skb->protocol, an ethertype in host order; 0: unknown */
	protocol: number;
	/** skb->len, bytes from wherever skb->data points */
	len: number;
	/** the tag control information taken off the frame (skb->vlan_tci), host order */
	vlanTci: number | undefined;
	/** false: nobody asks for the link header's addresses */
	addresses?: boolean;
	/** a packet that is being made, of which no device has heard: len counts from its network header, whose own length may be missing yet */
	made?: boolean;
}
