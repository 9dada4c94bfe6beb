/** What the catalogue says of a place in the kernel where packets can be seen. Everything else is asked of the running kernel's BTF. */

export interface Point {
	/** a function, 'ip_rcv', or a tracepoint, 'skb:kfree_skb' */
	name: string;
	en: string;
	zh: string;
	/** watched without being asked for */
	default: boolean;
	/** the skb is freed here */
	ends?: true;
	/** headers change behind it: a packet that no filter wanted is looked at again at the next point */
	changes?: true;
	/** packets come here from a queue, a driver or a socket: they are looked at, whatever was seen at their address before */
	fresh?: true;
	/** it goes to the backlog of a CPU here, or comes out of it, if it was there: between two such points nothing happens to it */
	backlog?: true;
	/** another skb with the same packet is being made: not a sight of it, but how the other one is known */
	copies?: true;
	/** the packet goes on as a part of another: of the two, the first that it is given */
	merges?: true;
	/** every packet of the usual kinds passes it: a probe that costs little is worth one that takes long to take off */
	hot?: true;
	/** what it does to the packet: 'receives' hands it to the stack, 'enters' comes from a driver, 'queues' is to be sent, 'sends' is sent */
	step?: 'receives' | 'enters' | 'queues' | 'sends';
	/** what one argument says: who frees the packet, the netfilter hook it is at, or the expression of a rule that decides */
	tells?: 'location' | 'hook' | 'rule';
	/** for members of structs: the argument has the skb in there */
	inside?: string;
	/** what it is called on other kernels */
	also?: readonly string[];
	/** what shows the same where this cannot be watched */
	nearby?: string;
	/** 'sock': it has no skb, only a socket; 'memory': any memory, that of skbs too */
	of?: 'sock' | 'memory';
}

type More = Omit<Point, 'name' | 'en' | 'zh' | 'default'>;

/** A point that is always watched. */
export const on = (name: string, en: string, zh: string, more: More = {}): Point => ({ name, en, zh, default: true, ...more });

/** One that is watched when it, or its group with `all`, is asked for. */
export const off = (name: string, en: string, zh: string, more: More = {}): Point => ({ name, en, zh, default: false, ...more });

export interface PointGroup {
	name: string;
	en: string;
	zh: string;
	/** what older tools called it, or a part of it */
	also?: readonly string[];
	points: readonly Point[];
}
