/**
 * Drops that are the kernel's everyday work and no fault: hidden unless asked for, and counted. An entry names the drops by
 * reason, by function, by the family of the socket, or by a look at the packet; everything an entry gives must hold.
 */
import type { DropEvent } from '../bpf/generated/events.ts';
import type { Reason, Reasons } from '../kernel/reasons.ts';
import { addressKey } from '../kernel/symbols.ts';
import type { Packet } from '../packet/packet.ts';
import { ADDRESS_FAMILY } from './drop.ts';

/** What is known of a drop before it is described in full. */
export interface Glance {
	reason: string | undefined;
	symbol: string | undefined;
	/** socket's address family, 0: no socket */
	family: number;
	/** undefined: only entries that do without a look at the packet count */
	packet: (() => Packet) | undefined;
}

interface Benign {
	why: string;
	/** undefined among them: also where the kernel gives no reasons */
	reasons?: readonly (string | undefined)[];
	symbols?: RegExp;
	families?: readonly number[];
	packet?: (packet: Packet) => boolean;
}

const ECHO_REPLY = { icmp: 0, icmpv6: 129 } as const;

const isEchoReply = ({ icmp, proto }: Packet): boolean => icmp !== undefined && icmp.type === ECHO_REPLY[proto as keyof typeof ECHO_REPLY];

/** where a raw socket is given its copy */
const RAW_SOCKET = /^(raw_rcv(_skb)?|rawv6_rcv(_skb)?)$/;

/** errors, echo requests, multicast listener and neighbour discovery: RFC 4443, 2710, 3810, 4861 */
const DEALT_WITH: readonly number[] = [1, 2, 3, 4, 128, 130, 131, 132, 133, 134, 135, 136, 137, 143];

/** An acknowledgement without data, with room for options, of IPv6 too, bytes. */
const NO_DATA = 100;

/** 224.0.0.0/4, ff00::/8 */
const multicast = ({ family, daddr = '' }: Packet): boolean =>
	family === 'ipv6' ? daddr.startsWith('ff') : family === 'ipv4' && /^2(2[4-9]|3\d)\./.test(daddr);

export const BENIGN: readonly Benign[] = [
	{ why: 'freed after use', reasons: ['CONSUMED'] },
	{ why: 'a queue was emptied with its owner', reasons: ['QUEUE_PURGE', 'SOCKET_CLOSE'] },
	{ why: 'a unix socket went away, or skipped data it does not want', reasons: ['UNIX_DISCONNECT', 'UNIX_SKIP_OOB'] },
	{
		why: 'talk between local processes, or with the kernel, not a network packet',
		families: [ADDRESS_FAMILY.unix, ADDRESS_FAMILY.netlink],
	},
	{
		why: 'talk between local processes, or with the kernel, not a network packet',
		symbols: /^(unix_|netlink_|nfnetlink_|rtnetlink_|nlmsg_)/,
	},
	{
		why: 'a socket was closed with packets in its queues',
		symbols:
			/^(sk_stream_kill_queues|inet_sock_destruct|inet_csk_destroy_sock|(__)?skb_queue_purge(_reason)?|skb_errqueue_purge|tcp_write_queue_purge|tcp_rtx_queue_purge|tcp_disconnect|packet_(release|sock_destruct)|sock_queue_purge|udp_destruct_(common|sock)|sk_destruct|__sk_destruct|skb_rbtree_purge)$/,
	},
	{
		why: 'multicast that nobody here joined',
		symbols:
			/^(ip6_mc_input|ip6_input_finish|ip6_pkt_(discard|drop)(_out)?|ip_mc_validate_source|ip_route_input_(mc|rcu|noref)|ip_rcv_finish(_core)?|igmp_rcv|icmpv6_rcv)$/,
		packet: multicast,
	},
	{
		why: 'an echo reply that its ping took from a raw socket',
		symbols: /^(icmp_rcv|ping_rcv|icmpv6_rcv)$/,
		packet: isEchoReply,
	},
	{
		// every raw socket of the protocol is offered a copy (raw_v4_input, net/ipv4/raw.c; ipv6_raw_deliver, net/ipv6/raw.c)
		why: 'the copy for a raw socket whose filter asks for other packets, such as a second ping',
		symbols: RAW_SOCKET,
		reasons: ['SOCKET_FILTER'],
	},
	{
		// a full buffer would do the same there, and is far rarer with answers to a ping
		why: 'the copy of an echo reply for a raw socket that asks for other packets, such as a second ping',
		symbols: RAW_SOCKET,
		reasons: ['NOT_SPECIFIED', undefined],
		packet: isEchoReply,
	},
	{
		why: 'an acknowledgement that a connection being set up or closed has taken note of',
		symbols: /^tcp_rcv_state_process$/,
		reasons: ['NOT_SPECIFIED', undefined],
		packet: ({ tcp }) => tcp?.flags === 'ACK',
	},
	{
		// with nothing but SYNs being answered otherwise there, and the kernel naming everything else (tcp_v4_rcv, net/ipv4/tcp_ipv4.c)
		why: 'the last segments of a connection that this side has closed already (TIME-WAIT)',
		symbols: /^tcp_v[46]_rcv$/,
		reasons: ['NOT_SPECIFIED'],
		packet: ({ tcp }) => tcp?.flags !== undefined && !tcp.flags.includes('SYN'),
	},
	{
		why: 'the last segments of a connection that this side has closed already, or does not know',
		symbols: /^tcp_v[46]_rcv$/,
		reasons: [undefined],
		packet: ({ tcp, len }) => tcp?.flags !== undefined && (/^FIN\|/.test(tcp.flags) || (tcp.flags === 'ACK' && len <= NO_DATA)),
	},
	{
		why: 'an ICMPv6 error, echo request or neighbour discovery that was dealt with: kernels before 6.3 free it like a dropped packet',
		symbols: /^icmpv6_rcv$/,
		reasons: ['NOT_SPECIFIED', undefined],
		packet: ({ icmp, proto }) => icmp !== undefined && proto === 'icmpv6' && DEALT_WITH.includes(icmp.type),
	},
];

/** Reasons that are benign whatever else is true: these the kernel side counts without copying anything. */
export function benignReasons(reasons: Reasons): Reason[] {
	const names = new Set(BENIGN.filter((entry) => Object.keys(entry).length === 2).flatMap((entry) => entry.reasons ?? []));
	return reasons.all().filter(({ name }) => names.has(name));
}

/** compilers name their variants of a function after it: ip_rcv_finish_core.isra.0 */
const plainName = (symbol: string | undefined): string | undefined => symbol?.replace(/\..*/, '');

/** Whether an entry can be of such a drop, whatever is in the packet. */
const fits = ({ reasons, symbols, families }: Benign, reason: string | undefined, name: string | undefined, family: number): boolean =>
	(reasons === undefined || reasons.includes(reason)) &&
	(symbols === undefined || (name !== undefined && symbols.test(name))) &&
	(families === undefined || families.includes(family));

/** Why a drop is benign; undefined when it is not. */
export function benignBecause({ reason, symbol, family, packet }: Glance): string | undefined {
	const name = plainName(symbol);
	return BENIGN.find(
		(entry) => fits(entry, reason, name, family) && (entry.packet === undefined || (packet !== undefined && entry.packet(packet()))),
	)?.why;
}

/** What can be said about a record. */
export interface BenignSource {
	glance(event: DropEvent): Glance;
	packet(event: DropEvent): Packet;
}

/**
 * The same question for many drops: those of one reason, function and family of sockets differ in their packets only, and are
 * looked at only when that matters.
 */
export class BenignKinds {
	private readonly kinds = new Map<number, Map<number, readonly Benign[]>>();
	/** drops come in runs of one kind */
	private lastPlace = -1;
	private lastKind = -1;
	private last: readonly Benign[] = [];

	/** @param describer is only asked about a kind that is new, or of which the packet matters */
	is(event: DropEvent, describer: BenignSource): boolean {
		const place = addressKey(event.locationHigh, event.locationLow);
		const kind = event.reason * 65536 + event.skFamily;
		if (place !== this.lastPlace || kind !== this.lastKind) {
			this.last = this.find(place, kind, event, describer);
			this.lastPlace = place;
			this.lastKind = kind;
		}
		return this.last.length > 0 && this.last.some((entry) => entry.packet === undefined || entry.packet(describer.packet(event)));
	}

	private find(place: number, kind: number, event: DropEvent, describer: BenignSource): readonly Benign[] {
		let kinds = this.kinds.get(place);
		if (!kinds) {
			kinds = new Map();
			this.kinds.set(place, kinds);
		}
		let entries = kinds.get(kind);
		if (!entries) {
			const { reason, symbol } = describer.glance(event);
			entries = BENIGN.filter((entry) => fits(entry, reason, plainName(symbol), event.skFamily));
			kinds.set(kind, entries);
		}
		return entries;
	}
}
