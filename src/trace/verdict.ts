/** What became of a packet, told from where it was seen. */
import { benignBecause } from '../drops/benign.ts';
import type { Packet } from '../packet/packet.ts';
import type { Path, PathEvent, Verdict } from './path.ts';

/** Who frees a packet that got where it was meant to go. */
const DELIVERS =
	/^(skb_consume_udp|udp_recvmsg|udpv6_recvmsg|tcp_|icmp_rcv|icmpv6_rcv|ping_rcv|arp_process|arp_rcv|igmp_rcv|ndisc_|raw_recvmsg|packet_recvmsg|packet_rcv|tpacket_rcv|__skb_free_datagram|skb_free_datagram|skb_recv|unix_)/;
/** Where a packet arrives at the socket, or the protocol, that it is for. */
const ARRIVES =
	/^(__udp_enqueue_schedule_skb|tcp_queue_rcv|tcp_rcv_established|tcp_rcv_state_process|tcp:tcp_probe|sock_queue_rcv_skb(_reason)?|ping_rcv|ping_queue_rcv_skb|icmp_echo|icmpv6_echo_reply|arp_process|raw_rcv_skb)$/;
/** A device takes it. */
const SENDS = /^(dev_hard_start_xmit|net:net_dev_start_xmit)$/;
/** A device, or the loopback device, hands it to the stack. */
const RECEIVES = /^(net:netif_receive_skb|net:netif_rx|net:napi_gro_receive_entry|napi_gro_receive|ip_rcv|ipv6_rcv)$/;
/** The answer of who rejects. */
const REJECTS = /^(nf_send_reset6?|nf_send_unreach6?)$/;
const FREES = /^(skb:|__kfree_skb|kfree_skb|skb_release_head_state|kmem:)/;

const symbolOf = ({ location }: PathEvent): string => (location && 'symbol' in location ? location.symbol : '');

/** What became of the packet, and where it died if it was dropped. */
export function verdictOf({ events, open, packet }: Pick<Path, 'events' | 'open' | 'packet'>): Pick<Path, 'verdict' | 'death'> {
	const death = events.find((event) => event.point === 'skb:kfree_skb' && !isBenign(event, packet));
	if (death) return { verdict: events.some(({ point }) => REJECTS.test(point)) ? 'rejected' : 'dropped', death };
	if (open) return { verdict: 'open' };
	return { verdict: withoutDeath(events) };
}

function withoutDeath(events: readonly PathEvent[]): Verdict {
	if (events.some((event) => ARRIVES.test(event.point) || (FREES.test(event.point) && DELIVERS.test(symbolOf(event))))) return 'delivered';
	const sent = events.findLastIndex(({ point }) => SENDS.test(point));
	const received = events.findIndex(({ point }) => RECEIVES.test(point));
	if (sent < 0) return 'consumed';
	// what came in after it was sent, over a loopback device or a pair of them, was not seen to arrive
	const after = events.findLastIndex(({ point }) => RECEIVES.test(point));
	if (after > sent) return 'consumed';
	return received >= 0 && received < sent ? 'forwarded' : 'sent';
}

function isBenign({ reason, location }: PathEvent, packet: Packet): boolean {
	const symbol = location && 'symbol' in location ? location.symbol : undefined;
	return benignBecause({ reason: reason?.name, symbol, family: 0, packet: () => packet }) !== undefined;
}
