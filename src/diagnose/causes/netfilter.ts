/** Netfilter: rules, policies, connection tracking, IPVS. */
import type { Cause, Finding, Text } from '../cause.ts';
import { type Culprit, culpritOf, IPV4, IPV6, NEW } from '../rules/culprit.ts';
import type { Scene } from '../scene.ts';

/** functions that free what a hook refused */
const DROPPING = /^(nf_hook_slow|nf_hook_slow_list|nft_do_chain|nf_hook_entry|nf_reinject|br_nf_.*|ebt_.*)$/;

/** 'ct state invalid', '--ctstate INVALID'; not '! --ctstate INVALID' */
const ASKS_FOR_INVALID = /(?<!! )(?:ct state|--(?:ct)?state) (?:[\w,{ ]*[ ,{])?invalid\b/i;

const LISTING: Readonly<Record<Culprit['backend'], (culprit: Culprit) => string>> = {
	nft: ({ family, table, chain }) => `nft -a list chain ${family} ${table} ${chain}`,
	'iptables-nft': ({ family, table, chain }) => `${family}tables-nft -t ${table} -L ${chain} -nv --line-numbers`,
	'iptables-legacy': ({ family, table, chain }) => `${family}tables-legacy -t ${table} -L ${chain} -nv --line-numbers`,
	ebtables: ({ table, chain }) => `ebtables -t ${table} -L ${chain} --Ln --Lc`,
};

function mending({ backend, family, table, chain, rule }: Culprit): string {
	if (!rule)
		return backend === 'nft'
			? `nft chain ${family} ${table} ${chain} '{ policy accept; }'`
			: `${toolOf(backend, family)} -t ${table} -P ${chain} ACCEPT`;
	if (backend === 'nft') return `nft delete rule ${family} ${table} ${chain} handle ${rule.handle}`;
	return `${toolOf(backend, family)} -t ${table} ${rule.text.startsWith('-A ') ? rule.text.replace(/^-A/, '-D') : `-D ${chain} ${rule.text}`}`;
}

const toolOf = (backend: Culprit['backend'], family: string): string =>
	backend === 'ebtables' ? 'ebtables' : `${family === 'ip' ? 'ip' : 'ip6'}${backend.replace('iptables', 'tables')}`;

function found(scene: Scene, policy: boolean): Finding | undefined {
	const culprit = culpritOf(scene);
	if (!culprit || (culprit.rule === undefined) !== policy) return undefined;
	const { backend, family, table, chain, rule, by, others, rejects } = culprit;
	const full = isFull(scene);
	const evidence: Text[] = [];
	if (by === 'kernel')
		evidence.push([
			`the kernel ran the rule with handle ${rule?.handle} last, which drops`,
			`内核最后执行的是 handle 为 ${rule?.handle} 的规则,该规则丢弃报文`,
		]);
	else if (by === 'evaluation')
		evidence.push([
			`of all rules at that hook, led through by what is in the packet, only ${rule ? 'this one' : 'this policy'} can have dropped it`,
			`按报文内容逐条核对该钩子上的全部规则,只有${rule ? '此规则' : '此策略'}会丢弃它`,
		]);
	else
		evidence.push([
			`the rules at that hook were led through by what is in the packet: this one may have dropped it${others > 0 ? `, and ${others} others` : ''}`,
			`按报文内容核对该钩子上的规则:可能由此规则丢弃${others > 0 ? `,另有 ${others} 条也可能` : ''}`,
		]);
	if (rule && scene.death.connection === 0 && ASKS_FOR_INVALID.test(rule.text))
		evidence.push([
			'the rule asks for what connection tracking took for invalid: the packet belongs to no connection, nor begins one',
			'该规则匹配连接跟踪判为无效的报文:报文不属于任何连接,也不是新连接的开始',
		]);
	if (rule?.packets !== undefined && rule.packets > 0)
		evidence.push([`its counter stands at ${rule.packets} packets`, `该规则计数器为 ${rule.packets} 个报文`]);
	if (full) evidence.push(full);
	const proven = by === 'kernel' || (by === 'evaluation' && !full);
	return {
		confidence: proven ? 'proven' : by === 'evaluation' ? 'likely' : others > 1 ? 'possible' : 'likely',
		keys: { backend, family, table, chain, handle: rule?.handle, rule: rule?.text },
		evidence,
		advice: [
			[`look: ${LISTING[backend](culprit)}`, `查看:${LISTING[backend](culprit)}`],
			[`mend, if it is not wanted: ${mending(culprit)}`, `若非本意,可修改:${mending(culprit)}`],
		],
		...(rejects && { verdict: 'rejected' }),
		summary: rule
			? [
					`the rule '${rule.text}' in chain ${chain} of table ${family} ${table} (${backend}) ${rejects ? 'rejected' : 'dropped'} it`,
					`被 ${family} 表 ${table} 的 ${chain} 链(${backend})中的规则 '${rule.text}' ${rejects ? '拒绝' : '丢弃'}`,
				]
			: [
					`no rule let it pass, and the policy of chain ${chain} of table ${family} ${table} (${backend}) is drop`,
					`没有规则放行,${family} 表 ${table} 的 ${chain} 链(${backend})的默认策略为丢弃`,
				],
	};
}

/** Whether there is room for another connection. undefined: there is, or it could not be told. */
function isFull({ host, death }: Scene): Text | undefined {
	const [count, most] = [host.sysctl('net.netfilter.nf_conntrack_count'), host.sysctl('net.netfilter.nf_conntrack_max')].map(Number);
	if (!count || !most || count < most || death.connection !== 0) return undefined;
	return [
		`the packet belongs to no connection, and the table of connections is full: nf_conntrack_count ${count} of nf_conntrack_max ${most}`,
		`报文不属于任何连接,且连接表已满:nf_conntrack_count ${count},nf_conntrack_max ${most}`,
	];
}

/** Where connection tracking has its last word, at INPUT and POSTROUTING: helpers, and new connections go into the table. By kernel. */
const CONFIRMING = ['nf_confirm', 'ipv4_confirm', 'ipv6_confirm'];
/** NF_INET_… (include/uapi/linux/netfilter.h) */
const CONFIRMED_AT = [1, 4];
/** NF_DROP there */
const DROP = 0;

/** Undefined: they let it pass, or were not watched. */
function refusedBy({ returned }: Scene, functions: readonly string[]): Text | undefined {
	const by = functions.find((name) => returned(name) === DROP);
	return by === undefined ? undefined : [`${by} returned DROP`, `${by} 返回 DROP`];
}

const conntrackRefused = (scene: Scene): Text | undefined => refusedBy(scene, ['nf_conntrack_in']);

/** What was refused when all rules had let it pass: a helper did that, or another packet of a new connection was faster. */
function unconfirmed(scene: Scene): Finding | undefined {
	const { death, hook, behind, returned } = scene;
	const refused = refusedBy(scene, CONFIRMING);
	const seen = CONFIRMING.some((name) => returned(name) !== undefined);
	// where it cannot be seen: nobody else is there that may have done it
	const at = behind ?? hook;
	const confirming = at !== undefined && [IPV4, IPV6].includes(at.family) && CONFIRMED_AT.includes(at.hook) && death.connection !== 0;
	const left = confirming && !seen && culpritOf(scene) === undefined;
	if (!refused && !left) return undefined;
	const evidence: Text = refused ?? [
		'it belongs to a connection, no rule at that hook can have dropped it, and behind the rules come helpers of connection tracking',
		'报文属于某个连接,该钩子上没有规则会丢弃它,规则之后是连接跟踪的 helper',
	];
	const failed = death.connection === NEW ? conntrackCount(scene, 'insert_failed') : undefined;
	return {
		confidence: refused ? 'proven' : behind ? 'likely' : 'possible',
		evidence: [
			evidence,
			...(failed
				? [
						[
							`/proc/net/stat/nf_conntrack counts ${failed} that could not be inserted (insert_failed)`,
							`/proc/net/stat/nf_conntrack 中插入失败 ${failed} 个(insert_failed)`,
						] satisfies Text,
					]
				: []),
		],
		summary: failed
			? [
					'its connection could not go into the table of connections: another packet of the same flow was there first',
					'其连接无法写入连接跟踪表:同一流的另一个报文已先写入',
				]
			: [
					'a helper of connection tracking refused it: it does not fit what goes on in its connection',
					'连接跟踪的 helper 拒绝了它:与连接内容不符',
				],
	};
}

/** A count of /proc/net/stat/nf_conntrack, over all CPUs: a line of names, and hexadecimal numbers for each (nf_conntrack_standalone.c). */
function conntrackCount({ host }: Scene, name: string): number | undefined {
	const [names, ...cpus] = (host.file('/proc/net/stat/nf_conntrack') ?? '').trim().split('\n');
	const at = names?.split(/\s+/).indexOf(name) ?? -1;
	return at < 0 ? undefined : cpus.reduce((sum, cpu) => sum + Number.parseInt(cpu.split(/\s+/)[at] ?? '0', 16), 0);
}

/** Connections may be gone by the time that they are counted: what was dropped, and never for being invalid, found no room. */
function hadNoRoom(scene: Scene): Text | undefined {
	const [drop, invalid] = [conntrackCount(scene, 'drop'), conntrackCount(scene, 'invalid')];
	if (!drop || invalid !== 0) return undefined;
	return [
		`/proc/net/stat/nf_conntrack counts ${drop} dropped and none invalid: there was no room for their connections`,
		`/proc/net/stat/nf_conntrack 中丢弃 ${drop} 个、无效 0 个:没有空间容纳其连接`,
	];
}

export const NETFILTER: readonly Cause[] = [
	{
		name: 'netfilter.rule',
		reasons: ['NETFILTER_DROP'],
		symbols: DROPPING,
		examine: (scene) => found(scene, false),
		summary: ['a rule of the firewall dropped it', '被防火墙规则丢弃'],
		advice: [],
	},
	{
		name: 'netfilter.policy',
		reasons: ['NETFILTER_DROP'],
		symbols: DROPPING,
		examine: (scene) => found(scene, true),
		summary: ["a chain's policy dropped it", '被链的默认策略丢弃'],
		advice: [],
	},
	{
		name: 'conntrack.table_full',
		reasons: ['NETFILTER_DROP'],
		symbols: DROPPING,
		examine: (scene) => {
			const refused = conntrackRefused(scene);
			const full = isFull(scene) ?? (refused && hadNoRoom(scene));
			if (!full) return undefined;
			const max = Number(scene.host.sysctl('net.netfilter.nf_conntrack_max'));
			return {
				confidence: refused ? 'proven' : culpritOf(scene) ? 'possible' : 'likely',
				keys: { max },
				evidence: refused ? [refused, full] : [full],
			};
		},
		summary: ['the table of connections is full, so a packet that begins another one is dropped', '连接跟踪表已满,新连接的报文被丢弃'],
		advice: [
			[
				'look: conntrack -S; sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max',
				'查看:conntrack -S;sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max',
			],
			[
				'mend: sysctl -w net.netfilter.nf_conntrack_max=…, or shorter time-outs',
				'修改:sysctl -w net.netfilter.nf_conntrack_max=…,或缩短超时',
			],
		],
	},
	{
		name: 'conntrack.invalid',
		reasons: ['NETFILTER_DROP'],
		symbols: DROPPING,
		examine: (scene) => {
			const late = unconfirmed(scene);
			if (late) return late;
			const refused = conntrackRefused(scene);
			if (!refused || isFull(scene) || hadNoRoom(scene)) return undefined;
			const invalid = conntrackCount(scene, 'invalid');
			if (!invalid) return { confidence: 'possible', evidence: [refused] };
			return {
				confidence: 'likely',
				evidence: [refused, [`/proc/net/stat/nf_conntrack counts ${invalid} invalid`, `/proc/net/stat/nf_conntrack 中无效 ${invalid} 个`]],
			};
		},
		summary: ['connection tracking found that it does not fit its connection', '连接跟踪认为报文与其连接不符'],
		advice: [
			[
				'look: conntrack -S (invalid, insert_failed); conntrack -L -o extended (helper=); sysctl -w net.netfilter.nf_conntrack_log_invalid=6',
				'查看:conntrack -S(invalid、insert_failed);conntrack -L -o extended(helper=);sysctl -w net.netfilter.nf_conntrack_log_invalid=6',
			],
		],
	},
	{
		name: 'ipvs.no_destination',
		reasons: ['NETFILTER_DROP', 'NO_SOCKET'],
		symbols: /^(nf_hook_slow|ip_vs_leave|ip_vs_in.*)$/,
		examine: ({ points, host, packet }) => {
			const services = host.file('/proc/net/ip_vs') ?? '';
			if (!points.has('ip_vs_leave')) {
				if (!services.includes('\n') || packet.dport === undefined || !servesNobody(services, packet.daddr, packet.dport)) return undefined;
				return {
					confidence: 'likely',
					evidence: [['/proc/net/ip_vs has this virtual service without a real server', '/proc/net/ip_vs 中该虚拟服务没有真实服务器']],
				};
			}
			return {
				confidence: 'proven',
				evidence: [['ip_vs_leave was called: no real server could be chosen', '调用了 ip_vs_leave:无法选出真实服务器']],
			};
		},
		summary: ['the virtual service it is for has no real server', '目标虚拟服务没有可用的真实服务器'],
		advice: [['look: ipvsadm -Ln', '查看:ipvsadm -Ln']],
	},
];

/** A service with nothing, or only weight 0, below it: '  TCP  0A090101:1F90 rr', then '  -> 0A090202:1F90 Masq 1 0 0' lines. */
function servesNobody(services: string, daddr: string | undefined, dport: number): boolean {
	const address = daddr?.includes('.')
		? daddr
				.split('.')
				.map((part) => Number(part).toString(16).padStart(2, '0'))
				.join('')
				.toUpperCase()
		: undefined;
	if (address === undefined) return false;
	const lines = services.split('\n');
	const at = lines.findIndex((line) => new RegExp(`^\\w+ +${address}:${dport.toString(16).toUpperCase().padStart(4, '0')} `).test(line));
	if (at < 0) return false;
	const servers = lines.slice(at + 1, lines.findIndex((line, i) => i > at && !line.startsWith('  ->')) >>> 0);
	return servers.filter((line) => line.startsWith('  ->')).every((line) => line.trim().split(/\s+/)[3] === '0');
}
