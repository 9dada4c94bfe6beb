/** The commands: one entry each. Help, completion and man pages are made from here; `run` is loaded when it is called. */

import { DROP_OPTIONS, type Option, PATH_OPTIONS, REPORT_OPTIONS, WHY_OPTIONS } from './options.ts';
import type { Stop } from './stop.ts';

export type Values = Readonly<Record<string, string | true | undefined>>;

export interface Invocation {
	tool: string;
	values: Values;
	/** what is not an option */
	words: readonly string[];
	stop: Stop;
}

export interface Example {
	command: string;
	en: string;
	zh: string;
}

export interface Command {
	/** words that call it: 'droptrace', 'nettrace doctor' */
	name: string;
	en: string;
	zh: string;
	/** as commander writes arguments: '<shell>'; none by default */
	argument?: { spec: string; choices: readonly string[]; en: string; zh: string };
	options: Readonly<Record<string, Option>>;
	examples: readonly Example[];
	/** more for the man page and --help, paragraphs */
	notes?: readonly (readonly [en: string, zh: string])[];
	run: (invocation: Invocation) => Promise<number>;
}

const DROP_EXAMPLES: readonly Example[] = [
	{ command: 'droptrace', en: 'every packet this machine drops', zh: '本机丢弃的所有报文' },
	{ command: 'droptrace -p tcp --dport 443', en: 'TCP to port 443', zh: '目的端口 443 的 TCP' },
	{
		command: 'droptrace --netns web --addr 10.0.0.0/8',
		en: 'in the namespace web, from or to 10/8',
		zh: '命名空间 web 中与 10/8 往来的报文',
	},
	{ command: "droptrace 'port 53 and not net 10.0.0.0/8'", en: "tcpdump's language", zh: 'tcpdump 的语言' },
	{ command: 'droptrace --stat', en: 'what is dropped, where and how often', zh: '丢弃的种类、位置与频率' },
	{ command: 'droptrace -r NETFILTER_DROP --stack', en: 'what firewalls drop, with the call stack', zh: '被防火墙丢弃的报文及调用栈' },
	{
		command: 'droptrace --json -c 100 | jq .reason',
		en: 'reasons of the next hundred, for scripts',
		zh: '接下来一百次丢弃的原因,供脚本使用',
	},
	{ command: 'droptrace -w - | tshark -r -', en: 'the packets, with why they were dropped as comments', zh: '报文本身,丢弃原因作为注释' },
];

const PATH_EXAMPLES: readonly Example[] = [
	{ command: 'nettrace -p icmp --addr 10.0.0.7', en: 'the way of pings, from first sight to free', zh: 'ping 报文从首次出现到释放的路径' },
	{ command: "nettrace 'tcp[tcpflags] & tcp-syn != 0'", en: "tcpdump's language", zh: 'tcpdump 的语言' },
	{ command: 'nettrace -p udp --dport 53 --ret', en: 'with what every function returned', zh: '显示每个函数的返回值' },
	{ command: 'nettrace -t ip,netfilter -p tcp --dport 80', en: 'only there', zh: '仅观察这些部分' },
	{ command: "nettrace --func 'br_*' -i br0", en: 'any function of the kernel that takes a packet', zh: '任意接收报文的内核函数' },
	{
		command: 'nettrace --diag -p icmp --saddr 10.0.0.7',
		en: 'which rule, route, queue or socket killed it',
		zh: '被哪条规则、路由、队列或套接字丢弃',
	},
	{ command: 'nettrace -r NETFILTER_DROP -c 1', en: 'the next packet that a firewall drops', zh: '下一个被防火墙丢弃的报文' },
	{ command: 'nettrace --summary --duration 10s -p tcp', en: 'the different ways of TCP, counted', zh: '统计 TCP 报文的不同路径' },
];

const EXPRESSION = {
	spec: '[expression...]',
	choices: [],
	en: "tcpdump's filter language: 'tcp port 443 and not net 10.0.0.0/8'; evaluated in the kernel",
	zh: "tcpdump 的过滤语言:'tcp port 443 and not net 10.0.0.0/8';在内核中求值",
} as const;

export const COMMANDS: readonly Command[] = [
	{
		name: 'droptrace',
		en: 'shows every packet the kernel drops, as it happens: why, where, on which device, in which network namespace',
		zh: '实时显示内核丢弃的每个报文:原因、位置、设备和网络命名空间',
		argument: EXPRESSION,
		options: DROP_OPTIONS,
		examples: DROP_EXAMPLES,
		notes: [
			[
				'Only dropped packets cost anything: the program sits on the tracepoint skb:kfree_skb, and filters run in the kernel before anything is copied. Leave it on.',
				'只有被丢弃的报文才有开销:程序位于 skb:kfree_skb 跟踪点,过滤在内核中先于任何复制完成,可以长期运行。',
			],
			[
				'What it costs, in instructions above those of the drop itself (docs/performance.md has the method): a drop that a filter refuses some 390, one that an expression refuses some 610, one that --stat counts some 530, about a tenth of a microsecond each. With --stat nothing is copied but the first packet of each kind, whatever the rate: that is the mode to leave running on a busy machine. A line of text takes some ten thousand.',
				'开销(在丢弃本身之外的指令数,方法见 docs/performance.md):被过滤器拒绝的丢弃约 390,被表达式拒绝的约 610,由 --stat 计数的约 530,各约十分之一微秒。使用 --stat 时,无论速率多高,只复制每类的首个报文:适合在繁忙的机器上长期运行。输出一行文本约需一万条指令。',
			],
			[
				'A file that --write writes is pcapng, for Wireshark, tshark and capinfos. It has an interface for each device, network namespace and link type; the comment of a packet says its reason, location and namespace, and with --stack its callers. Packets are Ethernet frames where the kernel still has their link header (a VLAN tag that was taken off is put back), bare IP where it has not, and "Linux cooked" when they are neither. Of a packet there is what lies in one piece in memory, its headers as a rule, as far as --snaplen allows; its length is the real one. Drops of packets that have no headers yet are counted, and not in the file. Lost events are the dropped packets of an interface called lost.',
				'--write 生成 pcapng 文件,供 Wireshark、tshark 和 capinfos 使用。每个设备、网络命名空间和链路类型对应一个接口;报文注释给出原因、位置和命名空间,指定 --stack 时还有调用栈。内核仍保留链路头时为以太网帧(被剥离的 VLAN 标签会还原),否则为裸 IP,两者都不是时为 “Linux cooked”。文件包含报文在内存中连续的部分(通常是报头),不超过 --snaplen;长度字段是真实长度。尚无报头的丢弃只计数,不写入文件。丢失的事件记为名为 lost 的接口的丢包数。',
			],
		],
		run: async (invocation) => (await import('./droptrace.ts')).droptrace(invocation),
	},
	{
		name: 'nettrace',
		en: 'follows packets through the kernel, from first sight to free: a block a packet, a line a point',
		zh: '跟踪报文在内核中的路径,从首次出现到释放:每个报文一块,每个跟踪点一行',
		argument: EXPRESSION,
		options: PATH_OPTIONS,
		examples: PATH_EXAMPLES,
		notes: [
			[
				'A packet that matches is followed whatever becomes of it: clones, copies, address translation, tunnels, other network namespaces. It is told by a number and not by its address, which the kernel gives to the next packet. One of which nothing is heard for five seconds is shown as still there.',
				'匹配的报文会被一直跟踪:克隆、复制、地址转换、隧道、其他网络命名空间。报文以编号而非地址识别,因为内核会把地址分配给下一个报文。五秒内没有动静的报文显示为“仍未结束”。',
			],
			[
				'Filters run in the kernel, at the first point that sees a packet. How functions are watched, and what cannot be seen where only tracepoints are allowed, nettrace list and nettrace doctor tell.',
				'过滤在内核中、在首个看到报文的跟踪点进行。函数的观察方式以及只允许跟踪点时无法看到的内容,可用 nettrace list 和 nettrace doctor 查看。',
			],
		],
		run: async (invocation) => (await import('./nettrace.ts')).nettrace(invocation),
	},
	{
		name: 'nettrace why',
		en: 'tries a flow, follows its packets and the answers, and says in one screen that it works, or why not',
		zh: '实际尝试一条流,跟踪其报文和应答,用一屏说明正常或失败原因',
		argument: { spec: '[target...]', choices: [], en: 'HOST, and for TCP and UDP a PORT', zh: '主机;TCP 和 UDP 还需端口' },
		options: WHY_OPTIONS,
		examples: [
			{ command: 'nettrace why 10.0.0.7', en: 'why a ping is not answered', zh: '为什么 ping 不通' },
			{ command: 'nettrace why db.example.com 5432', en: 'why a TCP connection does not come up', zh: '为什么 TCP 连接无法建立' },
			{ command: 'nettrace why -p udp 10.0.0.2 53 --netns web', en: 'from another network namespace', zh: '从另一个网络命名空间尝试' },
		],
		notes: [
			[
				'Sends no more than a TCP connection that is closed at once, three datagrams or three pings, and takes five seconds at most. Packets are followed wherever they go on this machine, other network namespaces and containers included. The exit status is 0 when the flow works and 6 when a fault was found.',
				'最多发送一次随即关闭的 TCP 连接、三个数据报或三个 ping,最长五秒。报文在本机的去向都会被跟踪,包括其他网络命名空间和容器。流正常时退出状态为 0,发现故障时为 6。',
			],
		],
		run: async (invocation) => (await import('./why.ts')).why(invocation),
	},
	{
		name: 'nettrace list',
		en: 'shows the trace points by group, and which of them can be watched here',
		zh: '按组列出跟踪点,以及其中哪些在此处可用',
		argument: { spec: '[points...]', choices: [], en: 'groups or points; all by default', zh: '组或跟踪点;默认全部' },
		options: REPORT_OPTIONS,
		examples: [
			{ command: 'nettrace list', en: 'all of them', zh: '全部' },
			{ command: 'nettrace list netfilter bridge', en: 'of these groups', zh: '这些组' },
		],
		run: async (invocation) => (await import('./list.ts')).list(invocation),
	},
	{
		name: 'nettrace doctor',
		en: 'tells what this kernel, these privileges and this libbpf allow, each by really trying it, and what follows',
		zh: '逐项实际尝试,说明此内核、权限和 libbpf 允许什么,以及由此带来的影响',
		options: REPORT_OPTIONS,
		examples: [{ command: 'sudo nettrace doctor', en: 'what works here', zh: '此处可用的功能' }],
		notes: [
			[
				'Programs and maps are really loaded, attached for a moment where that changes nothing, and gone when it ends. Only what is certain is a yes or a no. The exit status is 0 when droptrace works here, 3 when this machine cannot run it, 4 when privileges are missing.',
				'程序和 map 会真正加载,在无影响处短暂挂载,结束时全部移除。只有确定的才回答是或否。退出状态:droptrace 可用为 0,本机无法运行为 3,权限不足为 4。',
			],
		],
		run: async (invocation) => (await import('./doctor.ts')).doctor(invocation),
	},
	{
		name: 'nettrace completion',
		en: 'prints the completion script of a shell, for droptrace and nettrace',
		zh: '输出 shell 补全脚本(droptrace 与 nettrace)',
		argument: { spec: '[shell]', choices: ['bash', 'zsh', 'fish'], en: 'bash, zsh or fish', zh: 'bash、zsh 或 fish' },
		options: {},
		examples: [{ command: 'source <(nettrace completion bash)', en: 'for this shell', zh: '用于当前 shell' }],
		run: async (invocation) => (await import('./completion.ts')).completion(invocation),
	},
];

/** Exit statuses, for help and man pages. */
export const STATUSES: readonly (readonly [status: number, en: string, zh: string])[] = [
	[0, 'done, or stopped by the user, --count or --duration', '完成,或由用户、--count、--duration 停止'],
	[1, 'failed', '失败'],
	[2, 'a bad option, value or argument', '选项、值或参数错误'],
	[3, 'this kernel or machine cannot do it', '此内核或机器不支持'],
	[4, 'not permitted', '权限不足'],
	[5, 'events were lost, with --strict', '有事件丢失(指定 --strict 时)'],
	[6, 'nettrace why: a fault was found, and is named', 'nettrace why:发现并指出了故障'],
	[130, 'ended at once by a second Ctrl-C', '被第二次 Ctrl-C 立即结束'],
];
