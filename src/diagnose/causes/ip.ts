/** IPv4 and IPv6 themselves, and the neighbours they need. */
import type { Cause, Finding } from '../cause.ts';
import { counterOf, linkOf, routeTo, routingOf } from '../facts.ts';
import { OTHER_HOST, type Scene } from '../scene.ts';

function nextHop({ host, packet, input, death }: Scene): string | undefined {
	if (packet.daddr === undefined) return undefined;
	const route =
		routingOf(host, { saddr: packet.saddr, daddr: packet.daddr, input: undefined, mark: death.mark })?.route ?? routeTo(host, packet.daddr);
	return route?.gateway ?? (route === undefined && input === undefined ? undefined : packet.daddr);
}

/** What the way out takes: of the route, or of its device. */
function mtuOf({ host, packet, death, input }: Scene): { mtu: number; device: string } | undefined {
	if (packet.daddr === undefined) return undefined;
	const route = routingOf(host, { saddr: packet.saddr, daddr: packet.daddr, input, mark: death.mark })?.route;
	if (!route?.device) return undefined;
	const mtu = route.mtu ?? linkOf(host, route.device)?.mtu;
	return mtu === undefined ? undefined : { mtu, device: route.device };
}

/** Drops a packet for want of room while the neighbour is being looked for, and hardly ever otherwise (net/core/neighbour.c). */
const QUEUES = '__neigh_event_send';

/** @param queue whether the question is of the queue that is full, and not of the neighbour that does not answer */
const neighbour = (scene: Scene, named: boolean, queue: boolean): Finding | undefined => {
	const hop = nextHop(scene);
	const state = hop && /(FAILED|INCOMPLETE)/.exec(scene.host.text('ip', 'neigh', 'show', 'to', hop) ?? '')?.[1];
	if (!named && (scene.symbol === QUEUES) !== queue) return undefined;
	return {
		confidence: named || (state !== undefined && !queue) ? 'proven' : 'likely',
		keys: { next_hop: hop },
		evidence: state ? [[`ip neigh: ${hop} ${state}`, `ip neigh:${hop} ${state}`]] : [],
	};
};

export const IP: readonly Cause[] = [
	{
		name: 'ip.ttl_exceeded',
		reasons: ['IP_INHDR', 'TTL_EXCEEDED'],
		symbols: /^(ip_forward|ip6_forward|ip_mr_input|ip6_mr_forward)$/,
		examine: ({ packet, symbol }) =>
			/forward|mr_/.test(symbol) && packet.ttl !== undefined && packet.ttl <= 1
				? { confidence: 'proven', evidence: [[`it came with a TTL (hop limit) of ${packet.ttl}`, `到达时 TTL(跳数限制)为 ${packet.ttl}`]] }
				: undefined,
		summary: ['its TTL (hop limit) ran out here', 'TTL(跳数限制)在此耗尽'],
		advice: [
			['look for a loop: traceroute {daddr}; or the sender gave it too small a TTL', '排查环路:traceroute {daddr};或发送方 TTL 过小'],
		],
	},
	{
		name: 'ip.mtu_exceeded',
		reasons: ['PKT_TOO_BIG'],
		symbols:
			/^(ip_forward|ip6_forward|ip_fragment|ip_do_fragment|ip6_fragment|__ip6?_finish_output|ip_finish_output(_gso)?|ip6_finish_output|ip_exceeds_mtu)$/,
		examine: (scene, named) => {
			const way = mtuOf(scene);
			if (!named && !(way && scene.packet.len > way.mtu)) return undefined;
			return {
				confidence: named || (way && scene.symbol.includes('forward')) ? 'proven' : 'likely',
				keys: { mtu: way?.mtu },
				evidence: way
					? [
							[
								`it has ${scene.packet.len} bytes and may not be fragmented; ${way.device} takes ${way.mtu}`,
								`报文 ${scene.packet.len} 字节且不可分片;${way.device} 的 MTU 为 ${way.mtu}`,
							],
						]
					: [],
			};
		},
		summary: ['it is larger than the MTU of the way out, and may not be fragmented', '报文超过出口 MTU,且不允许分片'],
		advice: [
			['look: ip route get {daddr}; ip link show; tracepath {daddr}', '查看:ip route get {daddr};ip link show;tracepath {daddr}'],
			[
				'let ICMP "fragmentation needed" (ICMPv6 "packet too big") reach the sender, or clamp: nft … tcp option maxseg size set rt mtu',
				'让 ICMP“需要分片”(ICMPv6“报文过大”)到达发送方,或钳制 MSS:nft … tcp option maxseg size set rt mtu',
			],
		],
	},
	{
		name: 'ip.bad_checksum',
		reasons: ['IP_CSUM'],
		symbols: /^(ip_rcv_core|ip_rcv)$/,
		examine: ({ host, death }, named) => {
			if (named) return { confidence: 'proven' };
			const errors = counterOf(host, 'netstat', 'IpExt', 'InCsumErrors');
			return death.pktType !== OTHER_HOST && errors
				? { confidence: 'likely', evidence: [[`IpExt InCsumErrors is ${errors}`, `IpExt InCsumErrors 为 ${errors}`]] }
				: undefined;
		},
		summary: ['the checksum of its IP header is wrong', 'IP 头校验和错误'],
		advice: [
			[
				'look: nstat -az IpExtInCsumErrors; who changes packets on the way; ethtool -k (checksum offload)',
				'查看:nstat -az IpExtInCsumErrors;沿途谁修改了报文;ethtool -k(校验和卸载)',
			],
		],
	},
	{
		name: 'ip.bad_header',
		reasons: ['IP_INHDR', 'PKT_TOO_SMALL', 'HDR_TRUNC', 'IPV6_BAD_EXTHDR', 'IPV6_TOO_MANY_EXTHDRS', 'DEV_HDR'],
		symbols: /^(ip_rcv_core|ip6_rcv_core|ip_rcv_options|ip6_protocol_deliver_rcu|ipv6_rthdr_rcv)$/,
		examine: ({ packet, symbol, death, host }, named) => {
			if (/forward/.test(symbol)) return undefined;
			if (named) return { confidence: 'proven' };
			if (death.pktType === OTHER_HOST) return undefined;
			const errors = counterOf(host, 'snmp', 'Ip', 'InHdrErrors');
			return packet.damage || errors ? { confidence: packet.damage ? 'likely' : 'possible' } : undefined;
		},
		summary: ['its IP header cannot be', 'IP 头不合法'],
		advice: [
			[
				'look: droptrace -w FILE, then tshark -V -r FILE; nstat -az IpInHdrErrors',
				'查看:droptrace -w FILE,再 tshark -V -r FILE;nstat -az IpInHdrErrors',
			],
		],
	},
	{
		name: 'ip.unknown_protocol',
		reasons: ['IP_NOPROTO', 'UNHANDLED_PROTO', 'PTYPE_ABSENT'],
		symbols: /^(ip_protocol_deliver_rcu|ip_local_deliver_finish|ip6_protocol_deliver_rcu|ip6_input_finish|raw_local_deliver)$/,
		examine: (_, named) => ({ confidence: named ? 'proven' : 'likely' }),
		summary: ['nothing on this machine takes packets of protocol {proto}', '本机没有处理协议 {proto} 的程序'],
		advice: [['is a module missing (lsmod), or a tunnel or IPsec not set up?', '是否缺少内核模块(lsmod),或隧道、IPsec 未配置?']],
	},
	{
		name: 'ip.fragment_timeout',
		reasons: ['FRAG_REASM_TIMEOUT', 'FRAG_TOO_FAR'],
		symbols:
			/^(ip_expire|ip6_frag_expire|ip6frag_expire_frag_queue|inet_frag_(rbtree_purge|destroy|destroy_rcu)|ip_frag_reinit|nf_ct_frag6_expire)$/,
		examine: ({ host }, named) => {
			const seconds = host.sysctl('net.ipv4.ipfrag_time');
			return {
				confidence: named ? 'proven' : 'likely',
				evidence: seconds
					? [[`fragments are waited for ${seconds} s (net.ipv4.ipfrag_time)`, `分片等待 ${seconds} 秒(net.ipv4.ipfrag_time)`]]
					: [],
			};
		},
		summary: ['the other fragments of it did not come in time', '其余分片未按时到达'],
		advice: [
			[
				'look for who drops fragments on the way: a firewall, or a path with a smaller MTU; nstat -az IpReasmTimeout',
				'排查沿途丢弃分片者:防火墙或更小 MTU 的路径;nstat -az IpReasmTimeout',
			],
		],
	},
	{
		name: 'ip6.disabled',
		reasons: ['IPV6DISABLED'],
		symbols: /^(ip6_rcv_core|ipv6_rcv)$/,
		examine: ({ host, input, packet }, named) => {
			const off = input !== undefined && host.sysctl('net', 'ipv6', 'conf', input, 'disable_ipv6') === '1';
			return named || (off && packet.family === 'ipv6')
				? {
						confidence: named || off ? 'proven' : 'likely',
						keys: { sysctl: input && `net.ipv6.conf.${input}.disable_ipv6` },
						evidence: off ? [[`net.ipv6.conf.${input}.disable_ipv6 is 1`, `net.ipv6.conf.${input}.disable_ipv6 为 1`]] : [],
					}
				: undefined;
		},
		summary: ['IPv6 is switched off on {device}', '{device} 上已禁用 IPv6'],
		advice: [['mend: sysctl -w net.ipv6.conf.{device}.disable_ipv6=0', '修改:sysctl -w net.ipv6.conf.{device}.disable_ipv6=0']],
	},
	{
		name: 'neigh.failed',
		reasons: ['NEIGH_FAILED', 'NEIGH_CREATEFAIL', 'NEIGH_DEAD'],
		symbols:
			/^(arp_error_report|ndisc_error_report|neigh_invalidate|neigh_timer_handler|__neigh_event_send|ip_finish_output2|ip6_finish_output2)$/,
		examine: (scene, named) => neighbour(scene, named, false),
		summary: [
			'nobody answers for the next hop {next_hop} on {device}: ARP or neighbour discovery failed',
			'{device} 上下一跳 {next_hop} 无应答:ARP 或邻居发现失败',
		],
		advice: [
			[
				'look: ip neigh show to {next_hop}; arping -I {device} {next_hop}; tcpdump -ni {device} arp or icmp6',
				'查看:ip neigh show to {next_hop};arping -I {device} {next_hop};tcpdump -ni {device} arp or icmp6',
			],
			['is {next_hop} up, on the same network and VLAN, and the address right?', '{next_hop} 是否在线、处于同一网络和 VLAN、地址是否正确?'],
		],
	},
	{
		name: 'neigh.queue_full',
		reasons: ['NEIGH_QUEUEFULL'],
		symbols: /^(__neigh_event_send)$/,
		examine: (scene, named) => neighbour(scene, named, true),
		summary: ['too many packets wait for the address of the next hop {next_hop} to be found', '等待解析下一跳 {next_hop} 地址的报文过多'],
		advice: [
			[
				'look: ip neigh show to {next_hop}; sysctl net.ipv4.neigh.{device}.unres_qlen_bytes',
				'查看:ip neigh show to {next_hop};sysctl net.ipv4.neigh.{device}.unres_qlen_bytes',
			],
		],
	},
];
