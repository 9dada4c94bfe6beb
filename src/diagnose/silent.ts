/** Faults that the kernel does not drop a packet for: it is received as usual, and nothing comes of it. */
import type { Packet } from '../packet/packet.ts';
import type { Path, PathEvent } from '../trace/path.ts';
import type { Cause, Finding, Text } from './cause.ts';
import { DEVICE } from './causes/device.ts';
import { SOCKET } from './causes/socket.ts';
import { counterOf, linkOf } from './facts.ts';
import type { Scene } from './scene.ts';

interface Silent {
	cause: Pick<Cause, 'name' | 'summary' | 'advice'>;
	/** Whether it can be this, by the packet alone: asked of every packet. */
	suspect: (path: Path) => boolean;
	/** where it failed; without it, where it was seen last */
	where?: (path: Path) => PathEvent | undefined;
	examine: (scene: Scene) => Finding | undefined;
}

/** the last that is seen of what no action sends on, and where nothing is seen of Open vSwitch */
const ACTIONS = 'ovs_execute_actions';
const RECEIVED = 'net:netif_receive_skb';
const OVS = DEVICE.find(({ name }) => name === 'ovs.drop') as Cause;

/** Where a packet is given back, whoever does. */
const GIVEN_BACK = /^(skb:|__kfree_skb|kfree_skb|skb_release_head_state)/;

const lastPlace = ({ events }: Path): string | undefined => events.findLast(({ point }) => !GIVEN_BACK.test(point))?.point;

const OVERFLOW = SOCKET.find(({ name }) => name === 'tcp.listen_overflow') as Cause;

/** An acknowledgement without data, with room for options, is sent as often as there is something to acknowledge. */
const PURE = 80;
const isPure = ({ tcp, len }: Packet): boolean => tcp?.flags === 'ACK' && len <= PURE;

/** What tells whether a segment of a connection is acceptable, net/ipv4/tcp_input.c. */
const ACCEPTS = 'tcp_validate_incoming';
const PAWS = SOCKET.find(({ name }) => name === 'tcp.paws') as Cause;
const WINDOW = SOCKET.find(({ name }) => name === 'tcp.out_of_window') as Cause;

const notAccepted = ({ events }: Path): PathEvent | undefined => events.find(({ point, ret }) => point === ACCEPTS && ret === 0);

/** Of segments that end a connection, or begin one, the same answer may mean that they did; and of an empty one that it keeps one alive. */
const unacceptable = (path: Path): boolean =>
	!isPure(path.packet) && !/RST|SYN/.test(path.packet.tcp?.flags ?? 'RST') && notAccepted(path) !== undefined;
const NOT_ACCEPTED: Text = [
	`${ACCEPTS} returned 0: this kernel frees what its connection does not accept without a word`,
	`${ACCEPTS} 返回 0:此内核会静默释放连接不接受的报文`,
];

/** Where packets that are made here are first seen. */
const MADE_HERE = /^(__tcp_transmit_skb|__ip_queue_xmit|ip6_xmit|__ip6?_local_out|ip6_local_out|netfilter:OUTPUT|net:net_dev_queue)$/;

/**
 * A reset of a connection has its sequence number and acknowledges (tcp_send_active_reset, net/ipv4/tcp_output.c); one that answers a
 * packet without a socket has one or the other (tcp_v4_send_reset, net/ipv4/tcp_ipv4.c).
 */
const resets = ({ packet: { tcp }, events }: Path): boolean =>
	tcp?.flags === 'RST|ACK' && tcp.seq !== 0 && MADE_HERE.test(events[0]?.point ?? '');

/** Of the first segment of a connection the fourth comes after seven seconds: nobody is there. */
const GIVEN_UP = 3;
/** Segments that are remembered. */
const MOST = 1000;
const repeated = new Map<string, number>();

/** How often a segment has been sent before, each time as a packet of its own. 0: it is the first time, or no segment of ours. */
function repeats({ packet, verdict }: Path): number {
	const { saddr, sport, daddr, dport, tcp, len } = packet;
	if (tcp?.flags === undefined || verdict !== 'sent' || isPure(packet)) return 0;
	const key = [saddr, sport, daddr, dport, tcp.seq, tcp.flags, len].join();
	const times = repeated.get(key) ?? -1;
	if (repeated.size >= MOST) repeated.clear();
	repeated.set(key, times + 1);
	return times + 1;
}

export const SILENT: readonly Silent[] = [
	{
		// before 6.7 what a flow does not send anywhere is freed like what has been sent (do_execute_actions, net/openvswitch/actions.c)
		cause: OVS,
		suspect: (path) => path.verdict === 'consumed' && [ACTIONS, RECEIVED].includes(lastPlace(path) ?? ''),
		examine: (scene) => {
			const evidence: Text[] = [
				['the kernel freed it like a packet that has got where it was meant to go', '内核像释放已送达的报文那样释放了它'],
			];
			if (lastPlace(scene.path) === ACTIONS)
				evidence.unshift([
					'the actions of its flow were run, and none of them sent it out by a port',
					'已执行其流的动作,但没有动作将其从端口发出',
				]);
			else {
				// where its functions cannot be watched: before 5.11 modules have no types
				const { host, device = '' } = scene;
				const master = linkOf(host, device)?.master;
				if (master === undefined || linkOf(host, master)?.kind !== 'openvswitch') return undefined;
				evidence.unshift([
					`${device}, by which it came in, is a port of Open vSwitch (${master}), and it went out by no other`,
					`其入口 ${device} 是 Open vSwitch(${master})的端口,且未从其他端口发出`,
				]);
			}
			return { confidence: 'likely', verdict: 'dropped', evidence };
		},
	},
	{
		cause: {
			name: 'tcp.retransmit_timeout',
			summary: [
				'it was sent again and again, and nobody acknowledged it: the connection is about to be given up',
				'反复重传仍无确认:连接即将超时',
			],
			advice: [
				[
					'look: ss -tino dst {daddr}; nettrace why {daddr} {dport}; tcpdump on the other machine tells whether it arrives',
					'查看:ss -tino dst {daddr};nettrace why {daddr} {dport};在对端 tcpdump 可知是否到达',
				],
			],
		},
		suspect: (path) => repeats(path) >= GIVEN_UP,
		examine: () => {
			return {
				confidence: 'likely',
				verdict: 'failed',
				evidence: [[`the same segment was sent at least ${GIVEN_UP + 1} times`, `同一报文段至少发送了 ${GIVEN_UP + 1} 次`]],
			};
		},
	},
	{
		// a listener whose queue is full frees a SYN like one that it has taken (tcp_conn_request, net/ipv4/tcp_input.c)
		cause: OVERFLOW,
		suspect: ({ packet, verdict }) => packet.tcp?.flags === 'SYN' && (verdict === 'delivered' || verdict === 'consumed'),
		examine: (scene) => {
			const overflows = counterOf(scene.host, 'netstat', 'TcpExt', 'ListenOverflows');
			const finding = overflows ? OVERFLOW.examine?.(scene, false) : undefined;
			return (
				finding && {
					...finding,
					verdict: 'dropped',
					confidence: 'likely',
					evidence: [
						...(finding.evidence ?? []),
						[
							`TcpExt ListenOverflows is ${overflows}: the listener frees such a packet without a word`,
							`TcpExt ListenOverflows 为 ${overflows}:监听套接字会静默释放这类报文`,
						],
					],
				}
			);
		},
	},
	{
		// before 5.17 tcp_drop() frees it as what was received is freed
		cause: PAWS,
		suspect: unacceptable,
		where: notAccepted,
		examine: ({ host }) => {
			const rejected = counterOf(host, 'netstat', 'TcpExt', 'PAWSEstab');
			if (!rejected) return undefined;
			return {
				confidence: 'likely',
				verdict: 'dropped',
				evidence: [NOT_ACCEPTED, [`TcpExt PAWSEstab is ${rejected}`, `TcpExt PAWSEstab 为 ${rejected}`]],
			};
		},
	},
	{
		cause: WINDOW,
		suspect: unacceptable,
		where: notAccepted,
		examine: () => ({ confidence: 'likely', verdict: 'dropped', evidence: [NOT_ACCEPTED] }),
	},
	{
		cause: {
			name: 'tcp.reset_by_app',
			summary: [
				'this machine reset its own connection: its process closed it with data unread, aborted it (SO_LINGER 0), or was ended',
				'本机重置了自己的连接:进程在数据未读完时关闭、主动中止(SO_LINGER 0)或已退出',
			],
			advice: [
				[
					'look: ss -tinp sport = :{sport}; strace -f -e trace=network,close of its process',
					'查看:ss -tinp sport = :{sport};对进程 strace -f -e trace=network,close',
				],
			],
		},
		suspect: resets,
		examine: ({ path }) => {
			const point = path.events[0]?.point;
			return {
				confidence: 'likely',
				verdict: 'failed',
				evidence: [
					[
						`the reset was made here (${point}), and has the sequence number of the connection, which only its own socket knows`,
						`RST 在本机产生(${point}),且带有该连接的序列号,只有其自身的套接字知道`,
					],
				],
			};
		},
	},
];
