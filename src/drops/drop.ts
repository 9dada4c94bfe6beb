/** A dropped packet with everything that could be found out about it. What is absent is unknown. */
import type { Moment } from '../kernel/clock.ts';
import type { Process } from '../kernel/processes.ts';
import type { Reason } from '../kernel/reasons.ts';
import type { Location } from '../kernel/symbols.ts';
import type { Packet } from '../packet/packet.ts';

export interface Drop {
	/** time of day */
	time: Moment;
	/** since boot, as the kernel stamped it */
	ktime: Moment;
	/** absent before 5.17 */
	reason?: Reason;
	/** the function that dropped it; `address` when the kernel hides symbols */
	location: Location | { address: string };
	packet: Packet;
	/** `name` is absent when the packet no longer knew its device, only its index */
	device?: { name?: string; ifindex: number };
	netns?: { inode: number; name?: string };
	cpu: number;
	/** whom the link layer meant it for, unless it is this host: 'otherhost', 'broadcast' … */
	pktType?: string;
	mark?: number;
	/** the process that has the socket open */
	process?: Process;
	socket?: Socket;
	/** path of the socket's control group below the v2 root */
	cgroup?: string;
	/** identifier of the container, as its control group says */
	container?: string;
	/** callers, innermost first, from the function that dropped it */
	stack?: string[];
}

export interface Socket {
	family: string;
	/** of a TCP socket: 'LISTEN', 'ESTABLISHED' … */
	state?: string;
	owner?: Process;
}

/** PACKET_HOST and so on, include/uapi/linux/if_packet.h */
const PACKET_TYPES = ['host', 'broadcast', 'multicast', 'otherhost', 'outgoing', 'loopback', 'user', 'kernel'];

/** undefined for what everything is: a packet for this host. */
export const packetType = (number: number): string | undefined => (number === 0 ? undefined : PACKET_TYPES[number]);

/** include/net/tcp_states.h */
const TCP_STATES = [
	'',
	'ESTABLISHED',
	'SYN_SENT',
	'SYN_RECV',
	'FIN_WAIT1',
	'FIN_WAIT2',
	'TIME_WAIT',
	'CLOSE',
	'CLOSE_WAIT',
	'LAST_ACK',
	'LISTEN',
	'CLOSING',
	'NEW_SYN_RECV',
	'BOUND_INACTIVE',
];

export const tcpState = (number: number): string => TCP_STATES[number] || `STATE_${number}`;

/** include/linux/socket.h */
export const ADDRESS_FAMILY = { unix: 1, inet: 2, inet6: 10, netlink: 16, packet: 17, xdp: 44 } as const;

const FAMILY_NAMES = new Map<number, string>(Object.entries(ADDRESS_FAMILY).map(([name, number]) => [number, name]));

export const familyName = (number: number): string => FAMILY_NAMES.get(number) ?? `family-${number}`;
