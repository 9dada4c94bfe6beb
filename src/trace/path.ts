/** A packet's way through the kernel, with everything that could be found out about it. What is absent is unknown. */
import type { Drop } from '../drops/drop.ts';
import type { Moment } from '../kernel/clock.ts';
import type { Reason } from '../kernel/reasons.ts';
import type { Packet } from '../packet/packet.ts';
import type { Captured } from '../session/captured.ts';

/**
 * delivered: to a socket, or to the protocol it is for; sent: by a device; forwarded: came in and was sent; dropped, rejected: with
 * or without an answer; consumed: freed as usual, and it was not seen what for; open: still somewhere.
 */
export type Verdict = 'delivered' | 'sent' | 'forwarded' | 'dropped' | 'rejected' | 'consumed' | 'open';

/** One sight of the packet. */
export interface PathEvent {
	/** time of day, and since boot as the kernel stamped it */
	time: Moment;
	ktime: Moment;
	/** ns since the first sight */
	since: number;
	/** 'ip_rcv', 'skb:kfree_skb' */
	point: string;
	device?: NonNullable<Drop['device']> | undefined;
	netns?: NonNullable<Drop['netns']> | undefined;
	cpu: number;
	/** address of the skb: '0xffff…' */
	skb: string;
	/** what the point returned: a number, or a word where it is none */
	ret?: number | string | undefined;
	/** the same in words */
	returned?: string | undefined;
	/** hook, clone … */
	note?: string | undefined;
	/** who called the point, innermost first */
	stack?: string[] | undefined;
	/** of a drop */
	reason?: Reason | undefined;
	location?: Drop['location'] | undefined;
	/** of a hook of netfilter */
	hook?: HookSeen | undefined;
	/** functions that the hook calls, in order, with --hooks; '…' at the end: there are more */
	functions?: string[] | undefined;
	/** the packet's mark */
	mark: number;
	/** PACKET_… (include/uapi/linux/if_packet.h) */
	pktType: number;
	/** 1 + enum ip_conntrack_info; 0: netfilter knows of no connection */
	connection: number;
	/** its bytes there, when some sink has the kernel copy them */
	captured?: Captured | undefined;
	/** the packet as it was there */
	as?: Packet | undefined;
	/** when it looks different from before */
	packet?: Packet | undefined;
	/** one object for all sights of which the same is said, but for whose they are and when, with room for what is written of them */
	kind?: { readonly shared: boolean; text: unknown } | undefined;
}

/** A hook, and between which devices: numbers, 0 for none. */
export interface HookSeen {
	/** NFPROTO_…, NF_INET_… */
	family: number;
	hook: number;
	in: number;
	out: number;
}

/** What lay in memory before the expression of a rule of nftables that set a verdict, its end next to the expression. */
export interface RuleSeen {
	bytes: Uint8Array;
	/** ns since the packet's first sight */
	since: number;
}

/** Something that was done to the packet. */
export interface Change {
	what: 'nat' | 'encap' | 'decap' | 'clone' | 'copy' | 'segment' | 'merge';
	/** packets before and after, as text; addresses of skbs for clones */
	from: string;
	to: string;
	/** the point at which it was noticed */
	at: string;
}

export interface Path {
	/** number of the packet, decimal; another packet never has the same */
	readonly id: string;
	/** as it was first seen */
	packet: Packet;
	verdict: Verdict;
	/** where the drop happened; absent unless it was dropped */
	death?: PathEvent | undefined;
	/** it was not seen to be freed */
	open: boolean;
	events: PathEvent[];
	/** ns from the first sight to the last */
	latency: number;
	changes: readonly Change[];
	/** of rules of nftables that set a verdict, the last */
	rule?: RuleSeen | undefined;
}
