/** What became of a packet, told from where it was seen. */
import { benignBecause } from '../drops/benign.ts';
import type { Packet } from '../packet/packet.ts';
import type { Path, PathEvent, Verdict } from './path.ts';

/** What a point says of a packet's fate: bits. */
export const ROLE = { arrives: 1, sends: 2, receives: 4, rejects: 8, frees: 16, drops: 32 } as const;

const ROLES: readonly (readonly [role: number, points: RegExp])[] = [
	// where a packet arrives at the socket, or the protocol, that it is for
	[
		ROLE.arrives,
		/^(__udp_enqueue_schedule_skb|tcp_queue_rcv|tcp_data_queue|tcp_rcv_established|tcp_rcv_state_process|tcp_child_process|tcp:tcp_probe|__?sock_queue_rcv_skb(_reason)?|ping_rcv|ping_queue_rcv_skb|icmp_echo|icmpv6_echo_reply|arp_process|raw_rcv(_skb)?|rawv6_rcv)$/,
	],
	// a device takes it
	[ROLE.sends, /^(dev_hard_start_xmit|net:net_dev_start_xmit|packet_direct_xmit)$/],
	// a device, or the loopback device, hands it to the stack
	[ROLE.receives, /^(net:netif_receive_skb|net:netif_rx|net:napi_gro_receive_entry|dev_gro_receive|ip_rcv|ipv6_rcv|arp_rcv)$/],
	// the answer of who rejects
	[ROLE.rejects, /^nf_send_(reset|unreach)6?$/],
	[ROLE.frees, /^(skb:|__kfree_skb|kfree_skb|skb_release_head_state|kmem:)/],
	[ROLE.drops, /^skb:kfree_skb$/],
];

export const rolesOf = (point: string): number => ROLES.reduce((roles, [role, points]) => (points.test(point) ? roles | role : roles), 0);

/** Who frees a packet that got where it was meant to go. */
const DELIVERS =
	/^(skb_consume_udp|udp_recvmsg|udpv6_recvmsg|tcp_|icmp_rcv|icmpv6_rcv|ping_rcv|arp_process|arp_rcv|igmp_rcv|ndisc_|raw_recvmsg|packet_recvmsg|packet_rcv|tpacket_rcv|__skb_free_datagram|skb_free_datagram|skb_recv|unix_)/;

const delivering = new WeakMap<object, boolean>();

/** Whether it was freed by who had received it. There are only so many places, and each is one object. */
function isDelivered({ location }: PathEvent): boolean {
	if (location === undefined) return false;
	let known = delivering.get(location);
	if (known === undefined) {
		known = 'symbol' in location && DELIVERS.test(location.symbol);
		delivering.set(location, known);
	}
	return known;
}

/** A sight, with the roles of its point. */
export interface Played extends PathEvent {
	readonly roles: number;
}

/** What became of the packet, and where it died if it was dropped. @param all the roles of its sights */
export function verdictOf(events: readonly Played[], all: number, open: boolean, packet: Packet): Pick<Path, 'verdict' | 'death'> {
	// nearly all are, and need no closer look
	if (!open && (all & (ROLE.arrives | ROLE.drops)) === ROLE.arrives) return DELIVERED;
	let death: Played | undefined;
	let delivered = false;
	let received = -1;
	let receivedLast = -1;
	let sent = -1;
	for (let i = 0; i < events.length; i++) {
		const event = events[i] as Played;
		const { roles } = event;
		if (roles === 0) continue;
		if (roles & ROLE.drops) {
			if (death === undefined && !isBenign(event, packet)) death = event;
		}
		if (roles & ROLE.frees) delivered ||= isDelivered(event);
		if (roles & ROLE.receives) {
			if (received < 0) received = i;
			receivedLast = i;
		}
		if (roles & ROLE.sends) sent = i;
	}
	if (death) return { verdict: all & ROLE.rejects ? 'rejected' : 'dropped', death };
	if (open) return { verdict: 'open' };
	return { verdict: delivered || all & ROLE.arrives ? 'delivered' : onTheWay(sent, received, receivedLast) };
}

const DELIVERED = { verdict: 'delivered' } as const;

function onTheWay(sent: number, received: number, receivedLast: number): Verdict {
	// what came in after it was sent, over a loopback device or a pair of them, was not seen to arrive
	if (sent < 0 || receivedLast > sent) return 'consumed';
	return received >= 0 ? 'forwarded' : 'sent';
}

function isBenign({ reason, location }: PathEvent, packet: Packet): boolean {
	const symbol = location && 'symbol' in location ? location.symbol : undefined;
	return benignBecause({ reason: reason?.name, symbol, family: 0, packet: () => packet }) !== undefined;
}
