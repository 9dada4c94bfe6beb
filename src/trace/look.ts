/** What an skb of a packet looked like, and where it was: one object for all sights since a record that said so. */
import type { TraceEvent } from '../bpf/generated/events.ts';
import type { Packet } from '../packet/packet.ts';
import type { PathEvent } from './path.ts';

export class Look {
	/** address of the skb */
	readonly high: number;
	readonly low: number;
	readonly device: PathEvent['device'];
	readonly netns: PathEvent['netns'];
	/** undefined: it is being made, and was not seen yet */
	readonly packet: Packet | undefined;
	readonly mark: number;
	/** pkt_type, and the connection from the eighth bit on */
	readonly states: number;
	/** of one that is being made: the skb that it is made of, and the point */
	readonly from: string;
	readonly at: string;

	constructor(
		{ skbHigh, skbLow, mark, pktType, connection }: TraceEvent,
		packet: Packet | undefined,
		device: PathEvent['device'],
		netns: PathEvent['netns'],
		from = '',
		at = '',
	) {
		this.high = skbHigh;
		this.low = skbLow;
		this.device = device;
		this.netns = netns;
		this.packet = packet;
		this.mark = mark;
		this.states = pktType | (connection << 8);
		this.from = from;
		this.at = at;
	}
}
