/** What functions return, in words. Numbers alone say nothing: 1 is ACCEPT here and DROP there. */
import { errnoName } from '../bpf/errno.ts';
import type { Here } from '../catalogue/resolve.ts';

/** NF_… (include/uapi/linux/netfilter.h) */
const VERDICTS = ['DROP', 'ACCEPT', 'STOLEN', 'QUEUE', 'REPEAT', 'STOP'];
/** NET_XMIT_… (include/linux/netdevice.h) */
const XMIT = ['SUCCESS', 'DROP', 'CN'];
/** NET_RX_… */
const RX = ['SUCCESS', 'DROP'];
/** TC_ACT_… (include/uapi/linux/pkt_cls.h) */
const ACTIONS = ['OK', 'RECLASSIFY', 'SHOT', 'PIPE', 'STOLEN', 'QUEUED', 'REPEAT', 'REDIRECT', 'TRAP'];
/** XDP_… (include/uapi/linux/bpf.h) */
const XDP = ['ABORTED', 'DROP', 'PASS', 'TX', 'REDIRECT'];

/** Names of values from 0 on, by function. */
const WORDS: readonly (readonly [functions: RegExp, words: readonly string[]])[] = [
	[/^nf_hook_slow$/, ['STOLEN', 'ACCEPT']],
	[/^(ip6?t_do_table|arpt_do_table|ebt_do_table|nft_do_chain|br_nf_(pre|post|forward|local)|nf_nat_inet_fn|ipv[46]_conntrack)/, VERDICTS],
	[/^(nf_conntrack_in|nf_confirm|ipv4_confirm|__nf_conntrack_confirm|ip_vs_(in|out)|nf_nat_(manip|packet)|ipvlan_nf)/, VERDICTS],
	[/^(netif_receive_generic_xdp|bpf_prog_run_generic_xdp)$/, XDP],
	[/^(tcf_|.*_classify$|tunnel_key_act$)/, ACTIONS],
	[/^(enqueue_to_backlog|ip_rcv|ipv6_rcv|ip_rcv_finish|ip6_rcv_finish|netif_receive_skb|packet_rcv|tpacket_rcv|dev_forward_skb)$/, RX],
	[/^(__dev_queue_xmit|__dev_direct_xmit|.*_enqueue|ip6?_output|ip6?_finish_output2?|neigh_.*_output|br_dev_queue_push_xmit)$/, XMIT],
];

const TOP = 0xffffffff;
const ERRORS_FROM = 0xfffff001;

/**
 * @param low and `high` words of what the function returned
 * @returns the number, where it is one, and the words; nothing for a function that returns nothing
 */
export function returned({ name, returns }: Here, low: number, high: number): { ret?: number | string; words: string } | undefined {
	switch (returns.kind) {
		case 'nothing':
			return undefined;
		case 'pointer': {
			const words = low === 0 && high === 0 ? 'NULL' : high === TOP && low >= ERRORS_FROM ? errnoName(-(low | 0)) : 'a pointer';
			return { ret: words, words };
		}
		case 'bool':
			return { ret: low & 1, words: (low & 1) === 1 ? 'true' : 'false' };
		case 'enum': {
			const words = returns.names.get(low) ?? returns.names.get(low | 0) ?? String(low | 0);
			return { ret: low | 0, words };
		}
		default: {
			const value = low | 0;
			const words = WORDS.find(([functions]) => functions.test(name))?.[1][value];
			if (words !== undefined) return { ret: value, words };
			// a verdict may carry an error in its upper half (NF_DROP_ERR)
			if (value < 0 && value > -4096) return { ret: value, words: errnoName(-value) };
			return { ret: value, words: String(value) };
		}
	}
}
