/** Devices, queues, tc, XDP, bridges, tunnels. */
import type { Cause, Finding, Text } from '../cause.ts';
import { filtersOf, linkOf, qdiscsOf } from '../facts.ts';
import { list, member } from '../host.ts';
import { OTHER_HOST, type Scene } from '../scene.ts';

const QUEUES = /^(kfree_skb_list(_reason)?|__dev_xmit_skb|__dev_queue_xmit|qdisc_.*|netem_.*|.*_enqueue|sch_direct_xmit|__qdisc_run)$/;

function tcOf({ host, device }: Scene, direction: 'ingress' | 'egress', named: boolean, seen: boolean): Finding | undefined {
	const filters = device === undefined ? undefined : filtersOf(host, device, direction);
	if (!named && !(filters && filters.length > 0)) return undefined;
	const dropping = filters?.filter((filter) => /drop|shot/i.test(filter)) ?? [];
	const [filter] = dropping.length > 0 ? dropping : (filters ?? []);
	if (!named && dropping.length === 0 && !seen && !filters?.some((each) => each.startsWith('bpf'))) return undefined;
	return {
		confidence: named || seen ? 'proven' : 'likely',
		keys: { filter: filters?.length === 1 || dropping.length === 1 ? filter : undefined },
		evidence: filters && filters.length > 0 ? [[`filters there: ${filters.join('; ')}`, `该处的过滤器:${filters.join(';')}`]] : [],
	};
}

const lookTc = (direction: string): Text => [
	`look: tc -s filter show dev {device} ${direction}`,
	`查看:tc -s filter show dev {device} ${direction}`,
];

/** A port of a bridge, or the bridge. */
function portOf({ host, device, input }: Scene): { bridge: string; port: string; state: string | undefined; vlans: boolean } | undefined {
	for (const name of [input, device]) {
		const link = name === undefined ? undefined : linkOf(host, name);
		if (!link?.master) continue;
		const bridge = linkOf(host, link.master);
		if (bridge?.kind === 'bridge') return { bridge: link.master, port: link.name, state: link.state, vlans: bridge.vlanFiltering };
	}
	const own = device === undefined ? undefined : linkOf(host, device);
	return own?.kind === 'bridge' ? { bridge: own.name, port: own.name, state: undefined, vlans: own.vlanFiltering } : undefined;
}

export const DEVICE: readonly Cause[] = [
	{
		name: 'device.otherhost',
		reasons: ['OTHERHOST', 'UNICAST_IN_L2_MULTICAST'],
		symbols: /^(ip_rcv_core|ip_rcv|ip6_rcv_core|ipv6_rcv|ip_forward|ip6_forward)$/,
		examine: ({ death, packet, host, device }, named) => {
			if (!named && death.pktType !== OTHER_HOST) return undefined;
			const mac = packet.mac?.destination;
			const own = device === undefined ? undefined : linkOf(host, device)?.mac;
			return {
				confidence: 'proven',
				keys: { mac },
				evidence: [
					['the kernel marked it as sent to another host (PACKET_OTHERHOST)', '内核将其标记为发往其他主机(PACKET_OTHERHOST)'],
					...(mac && own
						? [[`the frame is for ${mac}, and ${device} is ${own}`, `帧的目的地址是 ${mac},而 ${device} 的地址是 ${own}`] as const]
						: []),
				],
			};
		},
		summary: ['the frame is addressed to another MAC address than that of {device}', '帧的目的 MAC 地址不是 {device} 的地址'],
		advice: [
			[
				'look at the sender: ip neigh show (an old or wrong entry for this machine), a bridge or switch that floods',
				'查看发送方:ip neigh show(本机的表项陈旧或错误),或泛洪的网桥/交换机',
			],
		],
	},
	{
		name: 'device.down',
		reasons: ['DEV_READY', 'QDISC_DROP', 'QDISC_DROP_GENERIC', 'QDISC_DROP_UNSPEC'],
		symbols:
			/^(__dev_queue_xmit|dev_hard_start_xmit|enqueue_to_backlog|noop_enqueue|netif_rx_internal|netif_rx|__netif_rx|validate_xmit_skb|veth_xmit|kfree_skb_list(_reason)?|__dev_xmit_skb|ip6?_finish_output2?)$/,
		examine: ({ host, device, reason }) => {
			const link = device === undefined ? undefined : linkOf(host, device);
			if (!link || (link.up && link.carrier)) return reason === 'DEV_READY' ? { confidence: 'proven' } : undefined;
			return {
				confidence: 'proven',
				evidence: [link.up ? [`${device} has no carrier`, `${device} 没有载波`] : [`${device} is not up`, `${device} 未启用`]],
			};
		},
		summary: ['{device} is down, or has no carrier', '{device} 未启用或没有载波'],
		advice: [
			['look: ip -s link show dev {device}; ethtool {device}', '查看:ip -s link show dev {device};ethtool {device}'],
			['mend: ip link set {device} up (and its other end)', '修改:ip link set {device} up(以及对端)'],
		],
	},
	{
		name: 'device.backlog_full',
		reasons: ['CPU_BACKLOG'],
		symbols: /^(enqueue_to_backlog|netif_rx_internal|netif_rx|__netif_rx)$/,
		examine: ({ host }, named) => {
			const most = host.sysctl('net.core.netdev_max_backlog');
			if (!named && !overflowed(host.file('/proc/net/softnet_stat'))) return undefined;
			return {
				confidence: named ? 'proven' : 'likely',
				keys: { sysctl: 'net.core.netdev_max_backlog' },
				evidence: most ? [[`net.core.netdev_max_backlog is ${most}`, `net.core.netdev_max_backlog 为 ${most}`]] : [],
			};
		},
		summary: ['the queue of packets that wait for a CPU is full', 'CPU 的待处理报文队列已满'],
		advice: [
			['look: the second column of /proc/net/softnet_stat', '查看:/proc/net/softnet_stat 第二列'],
			[
				'mend: sysctl -w net.core.netdev_max_backlog=…; spread the load (RPS, more queues)',
				'修改:sysctl -w net.core.netdev_max_backlog=…;分散负载(RPS、多队列)',
			],
		],
	},
	{
		name: 'tc.ingress',
		reasons: ['TC_INGRESS'],
		symbols: /^(__netif_receive_skb(_core|_one_core|_list_core)?|sch_handle_ingress|tcf_.*)$/,
		examine: (scene, named) => tcOf(scene, 'ingress', named, scene.path.events.at(-2)?.point === 'tcf_classify'),
		summary: ['a tc filter on what comes in by {device} dropped it', '{device} 入方向的 tc 过滤器将其丢弃'],
		advice: [lookTc('ingress')],
	},
	{
		name: 'tc.egress',
		reasons: ['TC_EGRESS'],
		symbols: /^(__dev_queue_xmit|sch_handle_egress|tcf_.*)$/,
		examine: (scene, named) => tcOf(scene, 'egress', named, scene.path.events.at(-2)?.point === 'tcf_classify'),
		summary: ['a tc filter on what goes out by {device} dropped it', '{device} 出方向的 tc 过滤器将其丢弃'],
		advice: [lookTc('egress')],
	},
	{
		name: 'qdisc.drop',
		reasons: /^(QDISC_|FQ_|CAKE_|DUALPI2_)/,
		symbols: QUEUES,
		examine: ({ host, device, death }, named) => {
			const qdiscs = device === undefined ? undefined : qdiscsOf(host, device);
			const dropping = qdiscs?.filter(({ drops, kind }) => drops > 0 && !['clsact', 'ingress'].includes(kind)) ?? [];
			if (!named && dropping.length === 0) return undefined;
			// of those inside of each other the innermost: what it drops is counted by all around it
			const qdisc =
				dropping.find(({ handle }) => !dropping.some(({ parent }) => parent?.startsWith(handle))) ??
				dropping[0] ??
				qdiscs?.find(({ root }) => root);
			return {
				confidence: named ? 'proven' : 'likely',
				keys: { qdisc: qdisc?.kind ?? '', handle: qdisc?.handle },
				evidence: qdisc
					? [
							[
								`${qdisc.kind} ${qdisc.handle} on ${device} has dropped ${qdisc.drops} packets; ${qdisc.backlog} wait in it`,
								`${device} 上的 ${qdisc.kind} ${qdisc.handle} 已丢弃 ${qdisc.drops} 个报文;队列中有 ${qdisc.backlog} 个`,
							],
						]
					: [[`at ${death.point}`, `位于 ${death.point}`]],
			};
		},
		summary: [
			'the queue discipline {qdisc} of {device} dropped it: it is full, or drops by design',
			'{device} 的队列规则 {qdisc} 将其丢弃:队列已满或有意丢弃',
		],
		advice: [
			['look: tc -s qdisc show dev {device}', '查看:tc -s qdisc show dev {device}'],
			['mend: a larger limit, less traffic, or another discipline', '修改:增大 limit、减少流量或更换队列规则'],
		],
	},
	{
		name: 'xdp.drop',
		reasons: ['XDP'],
		symbols:
			/^(do_xdp_generic|netif_receive_generic_xdp|bpf_prog_run_generic_xdp|generic_xdp_.*|veth_xdp_rcv_skb|veth_xdp_rcv|tun_.*xdp.*|virtnet_.*xdp.*)$/,
		examine: ({ host, device }, named) => {
			const link = device === undefined ? undefined : linkOf(host, device);
			if (!named && link && !link.xdp) return undefined;
			const program = link?.xdp && (link.xdp.name ?? (link.xdp.id === undefined ? undefined : `id ${link.xdp.id}`));
			return {
				confidence: named || link?.xdp ? 'proven' : 'likely',
				keys: { program },
				evidence: program ? [[`${device} has the XDP program ${program}`, `${device} 上挂载了 XDP 程序 ${program}`]] : [],
			};
		},
		summary: ['an XDP program on {device} dropped it', '{device} 上的 XDP 程序将其丢弃'],
		advice: [
			[
				'look: ip -d link show dev {device}; bpftool prog show; bpftool net',
				'查看:ip -d link show dev {device};bpftool prog show;bpftool net',
			],
		],
	},
	{
		name: 'bridge.vlan_filter',
		reasons: ['BRIDGE_VLAN_FILTER', 'VLAN_FILTER'],
		symbols:
			/^(br_allowed_ingress|__allowed_ingress|br_handle_vlan|br_handle_frame_finish|br_forward|__br_forward|br_flood|br_dev_xmit|br_allowed_egress|br_should_learn)$/,
		examine: (scene, named) => {
			const port = portOf(scene);
			if (!named && !port?.vlans) return undefined;
			const exact = /allowed_ingress|handle_vlan/.test(scene.symbol);
			return {
				confidence: named || (exact && port?.vlans) ? 'proven' : 'likely',
				keys: { bridge: port?.bridge },
				evidence: port
					? [
							[
								`${port.bridge} filters by VLAN; the packet ${scene.packet.vlan === undefined ? 'has no tag' : `is of VLAN ${scene.packet.vlan}`}; ports: ${vlansOf(scene, port.port)}`,
								`${port.bridge} 按 VLAN 过滤;报文${scene.packet.vlan === undefined ? '没有标签' : `属于 VLAN ${scene.packet.vlan}`};端口:${vlansOf(scene, port.port)}`,
							],
						]
					: [],
			};
		},
		summary: ["the port of bridge {bridge} does not let the packet's VLAN pass", '网桥 {bridge} 的端口不允许该 VLAN 通过'],
		advice: [
			['look: bridge vlan show', '查看:bridge vlan show'],
			['mend: bridge vlan add vid … dev {device}', '修改:bridge vlan add vid … dev {device}'],
		],
	},
	{
		name: 'bridge.stp_blocking',
		reasons: ['BRIDGE_INGRESS_STP_STATE'],
		symbols: /^(br_handle_frame|br_handle_frame_finish|br_forward|__br_forward|br_flood)$/,
		examine: (scene, named) => {
			const port = portOf(scene);
			const blocked = port?.state !== undefined && port.state !== 'forwarding';
			if (!named && !blocked) return undefined;
			return {
				confidence: named || blocked ? 'proven' : 'likely',
				keys: { bridge: port?.bridge },
				evidence: blocked
					? [[`port ${port.port} of ${port.bridge} is ${port.state}`, `${port.bridge} 的端口 ${port.port} 处于 ${port.state} 状态`]]
					: [],
			};
		},
		summary: ['a port of bridge {bridge} does not forward in its state of the spanning tree', '网桥 {bridge} 的端口因生成树状态不转发'],
		advice: [['look: bridge link show; ip -d link show dev {device}', '查看:bridge link show;ip -d link show dev {device}']],
	},
	{
		name: 'tunnel.vxlan_vni_unknown',
		reasons: ['VXLAN_VNI_NOT_FOUND'],
		symbols: /^(vxlan_rcv)$/,
		examine: ({ packet }, named) => {
			const vni = packet.tunnel?.vni;
			return named || vni !== undefined ? { confidence: named ? 'proven' : 'likely', keys: { vni } } : undefined;
		},
		summary: ['no VXLAN device of this machine has the network identifier {vni}', '本机没有 VNI 为 {vni} 的 VXLAN 设备'],
		advice: [['look: ip -d link show type vxlan', '查看:ip -d link show type vxlan']],
	},
	{
		name: 'tunnel.bad_header',
		reasons: ['VXLAN_INVALID_HDR', 'TUNNEL_TXINFO', 'IP_TUNNEL_ECN', 'VXLAN_NO_REMOTE', 'VXLAN_ENTRY_EXISTS'],
		symbols: /^(vxlan_rcv|geneve_.*|gre_rcv|ipgre_.*|ip_tunnel_.*|ipip_rcv|tunnel4_rcv|__iptunnel_pull_header|vxlan_xmit.*)$/,
		examine: ({ reason, symbol, packet }, named) => {
			if (!named && symbol === 'vxlan_rcv' && packet.tunnel?.vni !== undefined) return undefined;
			const evidence: Text[] = named
				? []
				: [[`${symbol} drops what it cannot read, or has no tunnel for`, `${symbol} 会丢弃无法解析或没有对应隧道的报文`]];
			if (reason === 'TUNNEL_TXINFO') evidence.push(['no tunnel is set for it', '未设置隧道']);
			return { confidence: named ? 'proven' : 'possible', evidence };
		},
		summary: [
			'the tunnel cannot take it: its header is wrong, or not meant for a tunnel of this machine',
			'隧道无法接收:报头错误或不属于本机的隧道',
		],
		advice: [['look: ip -s -d link show type vxlan (geneve, gre, ipip)', '查看:ip -s -d link show type vxlan(geneve、gre、ipip)']],
	},
	{
		name: 'ovs.drop',
		reasons: /^OVS_DROP_/,
		symbols: /^(ovs_|do_execute_actions|netdev_frame_hook)/,
		examine: (_, named) => ({ confidence: named ? 'proven' : 'likely' }),
		summary: ['Open vSwitch dropped it', '被 Open vSwitch 丢弃'],
		advice: [['look: ovs-appctl dpctl/dump-flows; ovs-appctl ofproto/trace', '查看:ovs-appctl dpctl/dump-flows;ovs-appctl ofproto/trace']],
	},
];

/** Whether some CPU has dropped for want of room: the second column of each line, hexadecimal. */
const overflowed = (stat = ''): boolean => stat.split('\n').some((line) => Number.parseInt(line.split(' ')[1] ?? '0', 16) > 0);

function vlansOf({ host }: Scene, port: string): string {
	const [entry] = list(host.json('bridge', '-j', 'vlan', 'show', 'dev', port));
	return (
		list(member(entry, 'vlans'))
			.map((vlan) => String(member(vlan, 'vlan')))
			.join(', ') || '-'
	);
}
