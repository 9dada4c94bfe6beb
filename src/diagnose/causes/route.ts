/** Routing: where a packet may come from, and where it may go. */
import type { Cause, Finding } from '../cause.ts';
import { deviceSetting, isLocal, type Routing, routeTo, routingOf } from '../facts.ts';
import { inNetwork } from '../rules/subject.ts';
import type { Scene } from '../scene.ts';

/** where packets end that no route wants to take: net/ipv4/route.c, net/ipv6/route.c */
const NO_ROUTE =
	/^(ip_error|ip6_pkt_(drop|discard|prohibit)(_out)?|dst_discard(_out)?|ip_rcv_finish(_core)?|ip6_rcv_finish(_core)?|ip_local_out|ip_route_input_slow)$/;
const REASONS = ['IP_INNOROUTES', 'IP_OUTNOROUTES', 'IP_INADDRERRORS'];

const routing = ({ host, packet, input, death }: Scene): Routing | undefined =>
	packet.daddr === undefined ? undefined : routingOf(host, { saddr: packet.saddr, daddr: packet.daddr, input, mark: death.mark });

/** Whether the machine forwards what comes in by that device. undefined: it could not be told. */
function forwards({ host, packet, input }: Scene): { on: boolean; sysctl: string } | undefined {
	const six = packet.family === 'ipv6';
	const sysctl = six ? 'net.ipv6.conf.all.forwarding' : input === undefined ? 'net.ipv4.ip_forward' : `net.ipv4.conf.${input}.forwarding`;
	const value = six
		? host.sysctl(sysctl)
		: input === undefined
			? host.sysctl(sysctl)
			: host.sysctl('net', 'ipv4', 'conf', input, 'forwarding');
	return value === undefined ? undefined : { on: value !== '0', sysctl };
}

/** The packet was received, and not made here. */
const received = ({ points, symbol }: Scene): boolean =>
	symbol === 'ip_error' || ['ip_rcv', 'ipv6_rcv', 'net:netif_receive_skb', 'netfilter:PRE_ROUTING'].some((point) => points.has(point));

/** A route, or a rule, of a type that drops. */
function routeOfType(scene: Scene, type: string): Finding | undefined {
	const found = routing(scene);
	if (found?.type !== type) return undefined;
	const { rule, route } = found;
	const what = route?.text ?? rule;
	return {
		confidence: 'proven',
		keys: { route: route?.text, rule },
		evidence: [
			[`of the routes and rules to ${scene.packet.daddr} this one is taken: ${what}`, `到 ${scene.packet.daddr} 命中的路由或规则:${what}`],
		],
	};
}

/** Whether nobody can have such an address as its source. */
function isMartianSource(scene: Scene): string | undefined {
	const { packet, host } = scene;
	const { saddr = '' } = packet;
	const kinds: [network: string, what: string][] = [
		['127.0.0.0/8', 'loopback'],
		['224.0.0.0/4', 'multicast'],
		['0.0.0.0/8', 'this network'],
		['255.255.255.255', 'broadcast'],
		['ff00::/8', 'multicast'],
		['::1', 'loopback'],
	];
	for (const [network, what] of kinds) if (inNetwork(saddr, network) === 'yes') return what;
	return isLocal(host, saddr) ? 'own' : undefined;
}

const LOOK_ROUTE = [
	'look: ip route get {daddr} from {saddr} iif {input}; ip rule; ip route show table all',
	'查看:ip route get {daddr} from {saddr} iif {input};ip rule;ip route show table all',
] as const;

const ofType = (type: 'blackhole' | 'unreachable' | 'prohibit', en: string, zh: string): Cause => ({
	name: `route.${type}`,
	reasons: [...REASONS, 'IP_INVALID_DEST'],
	symbols: NO_ROUTE,
	examine: (scene) => routeOfType(scene, type),
	summary: [en, zh],
	advice: [LOOK_ROUTE, ['mend: ip route del, or ip rule del, what is named above', '修改:用 ip route del 或 ip rule del 删除上述条目']],
});

export const ROUTE: readonly Cause[] = [
	{
		name: 'route.forwarding_disabled',
		reasons: [...REASONS, 'IP_INVALID_DEST'],
		symbols: /^(ip_error|ip6_forward|ip_rcv_finish(_core)?|ip_route_input_slow)$/,
		examine: (scene) => {
			if (!received(scene) || scene.packet.daddr === undefined) return undefined;
			const state = forwards(scene);
			if (state === undefined || state.on || isLocal(scene.host, scene.packet.daddr) !== false) return undefined;
			return {
				confidence: 'proven',
				keys: { sysctl: state.sysctl },
				evidence: [
					[
						`${scene.packet.daddr} is no address of this machine, and ${state.sysctl} is 0`,
						`${scene.packet.daddr} 不是本机地址,且 ${state.sysctl} 为 0`,
					],
				],
			};
		},
		summary: [
			'it is for another machine, and this one does not forward ({sysctl} is 0)',
			'目的地是其他主机,而本机未开启转发({sysctl} 为 0)',
		],
		advice: [['mend, if this machine is to be a router: sysctl -w {sysctl}=1', '若本机应作为路由器:sysctl -w {sysctl}=1']],
	},
	ofType('blackhole', 'a blackhole route takes it', '命中黑洞路由'),
	ofType('unreachable', 'a route says that it cannot be reached', '命中 unreachable 路由'),
	ofType('prohibit', 'a route prohibits it', '命中 prohibit 路由'),
	{
		name: 'route.none',
		reasons: REASONS,
		symbols: NO_ROUTE,
		examine: (scene, named) => {
			const found = routing(scene);
			if (found?.type !== 'none') {
				if (found !== undefined || !named) return undefined;
				return { confidence: 'likely' };
			}
			if (!named && scene.symbol.startsWith('ip_rcv_finish')) return undefined;
			return {
				confidence: 'proven',
				evidence: [
					[
						`no route of any table that a rule names leads to ${scene.packet.daddr}`,
						`所有规则指向的路由表中都没有到 ${scene.packet.daddr} 的路由`,
					],
				],
			};
		},
		summary: ['there is no route to {daddr}', '没有到 {daddr} 的路由'],
		advice: [LOOK_ROUTE, ['mend: ip route add {daddr} via … dev …', '修改:ip route add {daddr} via … dev …']],
	},
	{
		name: 'route.rp_filter',
		reasons: ['IP_RPFILTER'],
		symbols: /^(ip_rcv_finish(_core)?|ip_error|ip_route_input_slow)$/,
		examine: ({ host, packet, input }, named) => {
			const { saddr } = packet;
			if (input === undefined || saddr === undefined) return named ? { confidence: 'proven' } : undefined;
			const setting = deviceSetting(host, 'ipv4', input, 'rp_filter');
			const back = routeTo(host, saddr);
			const elsewhere = back === null || (back !== undefined && back.device !== input);
			if (!named && !(setting && setting.value > 0 && elsewhere && (setting.value === 1 || back === null))) return undefined;
			return {
				confidence: named ? 'proven' : 'likely',
				keys: { sysctl: setting?.sysctl, route: back?.text },
				device: input,
				evidence: [
					...(setting ? [[`${setting.sysctl} is ${setting.value}`, `${setting.sysctl} 为 ${setting.value}`] as const] : []),
					back
						? [`answers to ${saddr} would leave by: ${back.text}`, `到 ${saddr} 的应答将经由:${back.text}`]
						: [`there is no route back to ${saddr}`, `没有返回 ${saddr} 的路由`],
				],
			};
		},
		summary: [
			'it came in by {device}, but answers to {saddr} would leave another way: reverse-path filtering drops it',
			'报文从 {device} 进入,但到 {saddr} 的应答走另一路径:被反向路径过滤丢弃',
		],
		advice: [
			['look: ip route get {saddr}; sysctl -a | grep rp_filter', '查看:ip route get {saddr};sysctl -a | grep rp_filter'],
			[
				'mend: a route to {saddr} by {device}; or loosen it: sysctl -w net.ipv4.conf.{device}.rp_filter=2 (that of all counts too)',
				'修改:添加经 {device} 到 {saddr} 的路由;或放宽:sysctl -w net.ipv4.conf.{device}.rp_filter=2(all 的值同样生效)',
			],
		],
	},
	{
		name: 'route.martian_source',
		reasons: ['IP_INVALID_SOURCE', 'IP_LOCAL_SOURCE'],
		symbols: /^(ip_rcv_finish(_core)?|ip_error|ip_route_input_slow|ip_handle_martian_source|ip6_rcv_core|__?fib_validate_source)$/,
		examine: (scene, named) => {
			const what = isMartianSource(scene);
			if (what === undefined) return named ? { confidence: 'proven' } : undefined;
			return {
				confidence: named ? 'proven' : 'likely',
				evidence: [
					what === 'own'
						? [`${scene.packet.saddr} is an address of this machine itself`, `${scene.packet.saddr} 是本机自己的地址`]
						: [`${scene.packet.saddr} is a ${what} address`, `${scene.packet.saddr} 属于 ${what} 地址`],
				],
			};
		},
		summary: ['nobody outside can send from {saddr}: a martian source', '外部不可能以 {saddr} 为源地址:martian source'],
		advice: [
			[
				'look: sysctl -w net.ipv4.conf.all.log_martians=1, then dmesg; who sends it: its MAC address',
				'查看:sysctl -w net.ipv4.conf.all.log_martians=1 后看 dmesg;按 MAC 地址找发送者',
			],
		],
	},
	{
		name: 'route.martian_destination',
		reasons: ['IP_INVALID_DEST', 'IP_LOCALNET'],
		symbols: /^(ip_rcv_finish(_core)?|ip_error|ip_route_input_slow|ip6_rcv_core)$/,
		examine: ({ packet }, named) => {
			const { daddr = '' } = packet;
			const odd = ['127.0.0.0/8', '0.0.0.0/8', '240.0.0.0/4', '::1', '::'].some((network) => inNetwork(daddr, network) === 'yes');
			if (!odd && !named) return undefined;
			return {
				confidence: named ? 'proven' : 'likely',
				evidence: odd ? [[`${daddr} means nothing on a wire`, `${daddr} 不应出现在链路上`]] : [],
			};
		},
		summary: ['nobody can be reached at {daddr}: a martian destination', '{daddr} 不可能是目的地址:martian destination'],
		advice: [
			[
				'if it is meant for 127.0.0.0/8 (DNAT to localhost): sysctl -w net.ipv4.conf.{device}.route_localnet=1',
				'若确需发往 127.0.0.0/8(DNAT 到 localhost):sysctl -w net.ipv4.conf.{device}.route_localnet=1',
			],
		],
	},
];
