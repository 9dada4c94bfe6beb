/** Sockets, TCP, UDP, and what stands before them: cgroups, security modules, IPsec. */
import { errnoName } from '../../bpf/errno.ts';
import type { Cause, Finding, Text } from '../cause.ts';
import { counterOf, type Listener, listenersOf, policyErrorsOf } from '../facts.ts';
import type { Scene } from '../scene.ts';

const listeners = ({ host, packet }: Scene): Listener[] | undefined =>
	packet.dport === undefined || packet.proto === undefined ? undefined : listenersOf(host, packet.proto, packet.dport);

const ANY = ['*', '0.0.0.0', '::'];

/** Whether a listener there takes what is sent to that address. */
const takes = ({ address }: Listener, daddr: string | undefined): boolean => ANY.includes(address) || address === daddr;

const isSyn = ({ packet }: Scene): boolean => packet.tcp?.flags === 'SYN';

/** The accept queue of the listener: what ss shows as Recv-Q and Send-Q. A queue holds one more than its limit. */
function overflow(scene: Scene): { listener: Listener; text: Text } | undefined {
	const listener = listeners(scene)?.find((each) => takes(each, scene.packet.daddr) && each.waiting > 0 && each.waiting >= each.most);
	return (
		listener && {
			listener,
			text: [
				`${listener.waiting} connections wait to be accepted at ${listener.address}:${listener.port}, which takes ${listener.most}`,
				`${listener.address}:${listener.port} 有 ${listener.waiting} 个连接等待 accept,上限为 ${listener.most}`,
			],
		}
	);
}

function nobody(scene: Scene, named: boolean): Finding | undefined {
	const { packet, points } = scene;
	const found = listeners(scene);
	const here = found?.filter((each) => takes(each, packet.daddr));
	const answered = ['tcp_v4_send_reset', 'tcp_v6_send_reset', 'tcp:tcp_send_reset', '__icmp_send', 'icmp6_send', 'icmp:icmp_send'].some(
		(point) => points.has(point),
	);
	// of a connection there is no listener on the side that began it
	const alone = found !== undefined && here?.length === 0 && (packet.proto !== 'tcp' || isSyn(scene));
	if (!named && !alone && !answered) return undefined;
	if (!named && overflow(scene)) return undefined;
	// the checksum comes before the answer (no_tcp_socket in net/ipv4/tcp_ipv4.c, __udp4_lib_rcv): who is not answered may be damaged
	const silent = !answered && [...points].some((point) => !point.includes(':'));
	const damaged = !answered && (counterOf(scene.host, 'snmp', packet.proto === 'tcp' ? 'Tcp' : 'Udp', 'InCsumErrors') ?? 0) > 0;
	if (!named && silent && damaged) return undefined;
	const elsewhere = found?.filter((each) => !takes(each, packet.daddr)) ?? [];
	const established = packet.proto === 'tcp' && !isSyn(scene) && (here?.length ?? 0) > 0;
	return {
		confidence: named || (alone && !silent && !damaged) || (answered && packet.proto === 'tcp') ? 'proven' : 'likely',
		keys: { listener: elsewhere.length > 0 ? elsewhere.map(({ address, port }) => `${address}:${port}`).join(', ') : undefined },
		evidence: [
			...(found && here?.length === 0
				? [
						[
							`ss shows no ${packet.proto} socket for ${packet.daddr} port ${packet.dport}`,
							`ss 显示没有用于 ${packet.daddr} 端口 ${packet.dport} 的 ${packet.proto} 套接字`,
						] as const,
					]
				: []),
			...(elsewhere.length > 0
				? [
						[
							`there is one, but only for ${elsewhere.map(({ address }) => address).join(', ')}`,
							`存在监听,但仅限 ${elsewhere.map(({ address }) => address).join(', ')}`,
						] as const,
					]
				: []),
			...(established
				? [['somebody listens there, but there is no such connection (any more)', '有程序监听该端口,但不存在(或已不存在)该连接'] as const]
				: []),
			...(answered ? [['the sender was answered by a reset, or an ICMP error', '已向发送方回应 RST 或 ICMP 错误'] as const] : []),
		],
	};
}

function full(scene: Scene, named: boolean): Finding | undefined {
	if (!named && refusedBy(scene, 'sk_filter_trim_cap')) return undefined;
	const found = listeners(scene)?.filter((each) => takes(each, scene.packet.daddr) || each.drops > 0);
	const socket = found?.find(({ drops }) => drops > 0) ?? found?.[0];
	if (!named && !(socket && socket.drops > 0)) return undefined;
	return {
		confidence: named ? 'proven' : 'likely',
		keys: { rcvbuf: socket?.most || undefined },
		evidence: socket
			? [
					[
						`${socket.waiting} bytes wait in a buffer of ${socket.most} at ${socket.address}:${socket.port}; ${socket.drops} packets did not fit so far`,
						`${socket.address}:${socket.port} 的缓冲区为 ${socket.most} 字节,已有 ${socket.waiting} 字节待读;累计 ${socket.drops} 个报文放不下`,
					],
				]
			: [],
	};
}

/** Where kernels without reasons free what a filter, a program of the control group, or a security module did not let in. */
const FILTERING =
	'sk_filter_trim_cap|tcp_filter|tcp_v[46]_rcv|udp_queue_rcv_one_skb|udpv6_queue_rcv_one_skb|sock_queue_rcv_skb(_reason)?|__?sk_receive_skb|raw_rcv';

/** A function that answers with an error when a packet is not to pass. */
function refusedBy({ returned }: Scene, point: string): Finding | undefined {
	const answer = returned(point);
	return answer === undefined || answer >= 0
		? undefined
		: { confidence: 'proven', evidence: [[`${point} returned ${errnoName(-answer)}`, `${point} 返回 ${errnoName(-answer)}`]] };
}

/** The kernel's word is enough. */
const named = (_: Scene, byReason: boolean): Finding | undefined => (byReason ? { confidence: 'proven' } : undefined);
const byFunction = (_: Scene, byReason: boolean): Finding => ({ confidence: byReason ? 'proven' : 'likely' });

const counted =
	(group: string, name: string) =>
	({ host }: Scene, byReason: boolean): Finding | undefined => {
		if (byReason) return { confidence: 'proven' };
		const errors = counterOf(host, group === 'TcpExt' ? 'netstat' : 'snmp', group, name);
		return errors ? { confidence: 'likely', evidence: [[`${group} ${name} is ${errors}`, `${group} ${name} 为 ${errors}`]] } : undefined;
	};

export const SOCKET: readonly Cause[] = [
	{
		name: 'tcp.listen_overflow',
		reasons: ['TCP_LISTEN_OVERFLOW'],
		symbols:
			/^(tcp_conn_request|tcp_v[46]_rcv|tcp_v[46]_do_rcv|tcp_v[46]_syn_recv_sock|tcp_v[46]_conn_request|tcp_rcv_state_process|tcp_check_req)$/,
		examine: (scene, byReason) => {
			if (scene.packet.proto !== 'tcp') return undefined;
			const found = overflow(scene);
			if (!found && !byReason) return undefined;
			return {
				confidence: byReason || (found && isSyn(scene)) ? 'proven' : 'likely',
				keys: { backlog: found?.listener.most },
				evidence: found ? [found.text] : [],
			};
		},
		summary: [
			'the queue of connections that wait to be accepted on port {dport} is full: its process is too slow, or the backlog too small',
			'端口 {dport} 等待 accept 的连接队列已满:进程处理过慢或 backlog 过小',
		],
		advice: [
			['look: ss -ltn sport = :{dport}; nstat -az TcpExtListenOverflows', '查看:ss -ltn sport = :{dport};nstat -az TcpExtListenOverflows'],
			[
				'mend: a larger backlog in listen(), sysctl -w net.core.somaxconn=…, or a process that accepts faster',
				'修改:增大 listen() 的 backlog、sysctl -w net.core.somaxconn=…,或让进程更快地 accept',
			],
		],
	},
	{
		name: 'socket.none',
		reasons: ['NO_SOCKET', 'TCP_CLOSE'],
		symbols:
			/^(tcp_v[46]_rcv|__udp[46]_lib_rcv|udp_rcv|udpv6_rcv|sctp_rcv|__udp[46]_lib_mcast_deliver|udp_unicast_rcv_skb|raw_local_deliver|ping_rcv|icmp_rcv|dccp_v[46]_rcv)$/,
		examine: nobody,
		summary: [
			'no socket on this machine takes {proto} to port {dport}: nothing listens there',
			'本机没有接收 {proto} 端口 {dport} 的套接字:无程序监听',
		],
		advice: [
			['look: ss -lnp sport = :{dport}', '查看:ss -lnp sport = :{dport}'],
			[
				'start the service, or have it listen on {daddr} (or on all addresses), in this network namespace',
				'启动服务,或让它在此网络命名空间中监听 {daddr}(或所有地址)',
			],
		],
	},
	{
		name: 'socket.rcvbuf_full',
		reasons: ['SOCKET_RCVBUFF', 'SOCKET_BACKLOG', 'PROTO_MEM', 'TCP_OFO_QUEUE_PRUNE', 'TCP_ZEROWINDOW'],
		symbols:
			/^(__udp_queue_rcv_skb|udp_queue_rcv_skb|udp_queue_rcv_one_skb|udpv6_queue_rcv_skb|udpv6_queue_rcv_one_skb|__udpv6_queue_rcv_skb|__udp_enqueue_schedule_skb|__sock_queue_rcv_skb|sock_queue_rcv_skb(_reason)?|raw_rcv(_skb)?|rawv6_rcv|packet_rcv|tpacket_rcv|tcp_add_backlog|tcp_data_queue)$/,
		examine: full,
		summary: [
			'the receive buffer of the socket on port {dport} is full: its process does not read fast enough',
			'端口 {dport} 的套接字接收缓冲区已满:进程读取过慢',
		],
		advice: [
			[
				'look: ss -aunm sport = :{dport} (skmem: r of rb, d drops); nstat -az UdpRcvbufErrors',
				'查看:ss -aunm sport = :{dport}(skmem:r/rb、d 为丢弃数);nstat -az UdpRcvbufErrors',
			],
			[
				'mend: a larger SO_RCVBUF (and sysctl net.core.rmem_max), or a process that reads faster',
				'修改:增大 SO_RCVBUF(及 sysctl net.core.rmem_max),或让进程更快地读取',
			],
		],
	},
	{
		name: 'cgroup.bpf',
		// what comes in is refused together with, and like, what the filter of the socket refuses (sk_filter_trim_cap, net/core/filter.c)
		reasons: ['BPF_CGROUP_EGRESS', 'BPF_CGROUP_INGRESS', 'SOCKET_FILTER'],
		symbols: new RegExp(`^(__cgroup_bpf_run_filter_skb|ip6?_finish_output|ip_mc_finish_output|${FILTERING})$`),
		examine: (scene, byReason) => {
			if (byReason && scene.reason !== 'SOCKET_FILTER') return { confidence: 'proven' };
			const refused = refusedBy(scene, '__cgroup_bpf_run_filter_skb');
			return refused ?? (scene.symbol.includes('finish_output') ? { confidence: 'possible' } : undefined);
		},
		summary: ['a BPF program of a control group dropped it', '被 cgroup 的 BPF 程序丢弃'],
		advice: [['look: bpftool cgroup tree', '查看:bpftool cgroup tree']],
	},
	{
		name: 'socket.filter',
		reasons: ['SOCKET_FILTER', 'TAP_FILTER'],
		symbols: new RegExp(`^(${FILTERING})$`),
		examine: (scene, byReason) => {
			if (refusedBy(scene, '__cgroup_bpf_run_filter_skb') || refusedBy(scene, 'security_sock_rcv_skb')) return undefined;
			if (!byReason) return refusedBy(scene, 'sk_filter_trim_cap');
			// the three are asked one after the other, the filter last: where ends of functions are not watched it may be any of them
			return { confidence: scene.reason === 'TAP_FILTER' || scene.returned('security_sock_rcv_skb') === 0 ? 'proven' : 'likely' };
		},
		summary: [
			'a filter of the socket (SO_ATTACH_FILTER, SO_ATTACH_BPF), or a BPF program of its control group, refused it',
			'被套接字过滤器(SO_ATTACH_FILTER、SO_ATTACH_BPF)或其 cgroup 的 BPF 程序拒绝',
		],
		advice: [
			[
				'look: ss -lnpb sport = :{dport} (bpf filters); bpftool cgroup tree',
				'查看:ss -lnpb sport = :{dport}(bpf filter);bpftool cgroup tree',
			],
		],
	},
	{
		name: 'tcp.bad_checksum',
		reasons: ['TCP_CSUM'],
		symbols: /^(tcp_v[46]_rcv|tcp_v[46]_do_rcv|tcp_rcv_established)$/,
		examine: (scene, byReason) =>
			scene.packet.proto !== 'tcp'
				? undefined
				: scene.points.has('tcp:tcp_bad_csum')
					? { confidence: 'proven' }
					: counted('Tcp', 'InCsumErrors')(scene, byReason),
		summary: ['its TCP checksum is wrong', 'TCP 校验和错误'],
		advice: [
			[
				'look: nstat -az TcpInCsumErrors; ethtool -k (checksum offload of the sender); who changes packets on the way',
				'查看:nstat -az TcpInCsumErrors;ethtool -k(发送方校验和卸载);沿途谁修改了报文',
			],
		],
	},
	{
		name: 'udp.bad_checksum',
		reasons: ['UDP_CSUM', 'SKB_CSUM'],
		symbols: /^(__udp[46]_lib_rcv|udp_rcv|udp_queue_rcv_one_skb|udpv6_queue_rcv_one_skb|udp_recvmsg|udpv6_recvmsg|__skb_checksum.*)$/,
		examine: (scene, byReason) => (scene.packet.proto === 'udp' ? counted('Udp', 'InCsumErrors')(scene, byReason) : undefined),
		summary: ['its UDP checksum is wrong', 'UDP 校验和错误'],
		advice: [
			[
				'look: nstat -az UdpInCsumErrors; ethtool -k (checksum offload of the sender); who changes packets on the way',
				'查看:nstat -az UdpInCsumErrors;ethtool -k(发送方校验和卸载);沿途谁修改了报文',
			],
		],
	},
	{
		name: 'tcp.out_of_window',
		reasons: [
			'TCP_INVALID_SEQUENCE',
			'TCP_INVALID_END_SEQUENCE',
			'TCP_INVALID_ACK_SEQUENCE',
			'TCP_OVERWINDOW',
			'TCP_OLD_SEQUENCE',
			'TCP_TOO_OLD_ACK',
			'TCP_ACK_UNSENT_DATA',
		],
		symbols: /^(tcp_validate_incoming|tcp_sequence|tcp_ack)$/,
		examine: byFunction,
		summary: ['it lies outside of what the TCP connection expects now', '报文不在 TCP 连接当前期望的窗口内'],
		advice: [
			[
				'look: ss -tin dport = :{sport}; an old duplicate, two senders, or a box on the way that changes sequence numbers',
				'查看:ss -tin dport = :{sport};陈旧重复报文、两个发送者或沿途设备改写序列号',
			],
		],
	},
	{
		name: 'tcp.paws',
		reasons: /^TCP_RFC7323_/,
		symbols: /^(tcp_timewait_state_process)$/,
		examine: named,
		summary: ['its TCP timestamp is older than one seen before (PAWS)', 'TCP 时间戳比已见过的更旧(PAWS)'],
		advice: [
			[
				'look: nstat -az TcpExtPAWSEstab; clients behind one NAT address with timestamps of their own',
				'查看:nstat -az TcpExtPAWSEstab;同一 NAT 地址后的客户端各有各的时间戳',
			],
		],
	},
	{
		name: 'xfrm.policy',
		reasons: ['XFRM_POLICY'],
		// where there are no reasons, whoever asked the policy frees it
		symbols: new RegExp(
			`^(__xfrm_policy_check2?|xfrm_policy_check|icmp_rcv|icmpv6_rcv|ip6?_forward|ip6?_protocol_deliver_rcu|${FILTERING})$`,
		),
		examine: ({ host, symbol }, byReason) => {
			if (byReason) return { confidence: 'proven' };
			const counts = policyErrorsOf(host);
			if (counts.length === 0) return /xfrm/.test(symbol) ? { confidence: 'likely' } : undefined;
			const text = counts.map(([name, count]) => `${name} ${count}`).join(', ');
			return {
				confidence: 'likely',
				evidence: [
					[`/proc/net/xfrm_stat counts packets that no policy let in: ${text}`, `/proc/net/xfrm_stat 统计了不符合策略的报文:${text}`],
				],
			};
		},
		summary: ['an IPsec policy does not let it pass as it is', '不符合 IPsec 策略'],
		advice: [['look: ip xfrm policy; /proc/net/xfrm_stat', '查看:ip xfrm policy;/proc/net/xfrm_stat']],
	},
	{
		name: 'xfrm.state',
		reasons: /^XFRM_(STATE|IN|OUT)/,
		symbols: /^(xfrm_input|xfrm4_rcv(_encap)?|xfrm6_rcv|xfrm_output.*|esp6?_input.*|esp6?_output.*|ah6?_input.*|xfrm_lookup.*)$/,
		examine: byFunction,
		summary: ['no IPsec state fits it, or the state refused it', '没有匹配的 IPsec SA,或 SA 拒绝了它'],
		advice: [['look: ip -s xfrm state; /proc/net/xfrm_stat', '查看:ip -s xfrm state;/proc/net/xfrm_stat']],
	},
	{
		name: 'security.hook',
		reasons: ['SECURITY_HOOK', 'SOCKET_FILTER'],
		symbols: new RegExp(`^(security_sock_rcv_skb|selinux_.*|smack_.*|apparmor_.*|tomoyo_.*|${FILTERING})$`),
		examine: (scene, byReason) => {
			if (byReason && scene.reason === 'SECURITY_HOOK') return { confidence: 'proven' };
			return (
				refusedBy(scene, 'security_sock_rcv_skb') ??
				(/^(security|selinux|smack|apparmor|tomoyo)/.test(scene.symbol) ? { confidence: 'likely' } : undefined)
			);
		},
		summary: ['a security module (SELinux, AppArmor, a BPF LSM program …) refused it', '被安全模块(SELinux、AppArmor、BPF LSM 等)拒绝'],
		advice: [['look: ausearch -m avc; dmesg; bpftool prog list', '查看:ausearch -m avc;dmesg;bpftool prog list']],
	},
];
