/**
 * The options: one table, from which the parser, help, completion and man pages are made. What a value means is said where it is
 * turned into a setting (settings.ts).
 */
export interface Option {
	/** as commander writes them: '-p, --proto <names>' */
	flags: string;
	group: Group;
	en: string;
	zh: string;
	/** what a shell can complete the value with */
	complete?: Completion;
	/** other spellings that older tools had, written like flags; they work, and are not shown */
	aliases?: readonly string[];
}

export type Completion = 'point' | 'backend' | 'protocol' | 'interface' | 'netns' | 'reason' | 'file' | 'language' | 'when' | 'cgroup';

export const GROUPS = {
	filter: ['Which packets (all that are given must hold; lists are separated by commas)', '选择报文(须同时满足;列表用逗号分隔)'],
	points: ['Where packets are watched', '跟踪点'],
	show: ['What is shown', '显示内容'],
	stop: ['When to stop', '何时停止'],
	output: ['Where it goes', '输出'],
	drop: ['With --drop only', '仅与 --drop 同用'],
	other: ['Other', '其他'],
} as const satisfies Record<string, readonly [string, string]>;
export type Group = keyof typeof GROUPS;

export const DROP_OPTIONS = {
	proto: {
		flags: '-p, --proto <names>',
		group: 'filter',
		en: 'protocols: tcp, udp, icmp, icmpv6, arp, ip, ipv6, sctp, esp … or numbers (89; 0x88cc)',
		zh: '协议:tcp、udp、icmp、icmpv6、arp、ip、ipv6、sctp、esp……或编号(89;0x88cc)',
		complete: 'protocol',
	},
	saddr: {
		flags: '-s, --saddr <addresses>',
		group: 'filter',
		en: 'source addresses, with prefixes: 10.0.0.0/8,fd00::1',
		zh: '源地址,可带前缀:10.0.0.0/8,fd00::1',
	},
	daddr: { flags: '-d, --daddr <addresses>', group: 'filter', en: 'destination addresses', zh: '目的地址' },
	addr: { flags: '--addr <addresses>', group: 'filter', en: 'addresses, either side', zh: '源或目的地址' },
	sport: {
		flags: '-S, --sport <ports>',
		group: 'filter',
		en: 'source ports, with ranges: 53,8000-8100',
		zh: '源端口,可为范围:53,8000-8100',
	},
	dport: { flags: '-D, --dport <ports>', group: 'filter', en: 'destination ports', zh: '目的端口' },
	port: { flags: '-P, --port <ports>', group: 'filter', en: 'ports, either side', zh: '源或目的端口' },
	pktLen: {
		flags: '--pkt-len <bytes>',
		group: 'filter',
		en: 'length, IP header included: 1500 or 64-1500',
		zh: '报文长度(含 IP 头):1500 或 64-1500',
	},
	tcpFlags: {
		flags: '--tcp-flags <letters>',
		group: 'filter',
		en: 'TCP with any of these flags: letters of FSRPAUEW',
		zh: '带有任一标志的 TCP 报文:FSRPAUEW 中的字母',
	},
	iface: { flags: '-i, --iface <names>', group: 'filter', en: 'devices by name', zh: '网络设备名', complete: 'interface' },
	netns: {
		flags: '--netns <which>',
		group: 'filter',
		en: "network namespaces: a name of 'ip netns', a process id, an inode number, or current",
		zh: "网络命名空间:'ip netns' 的名称、进程号、inode 号或 current",
		complete: 'netns',
	},
	netnsCurrent: { flags: '--netns-current', group: 'filter', en: 'the same as --netns current', zh: '等同于 --netns current' },
	mark: { flags: '--mark <value[/mask]>', group: 'filter', en: "the packet's mark: 0x10 or 0x10/0xff", zh: '报文标记:0x10 或 0x10/0xff' },
	cgroup: {
		flags: '--cgroup <path|id>',
		group: 'filter',
		en: 'packets of sockets in this control group (v2) and below',
		zh: '属于该 cgroup(v2)及其下级的套接字的报文',
		complete: 'cgroup',
	},
	container: {
		flags: '--container <id>',
		group: 'filter',
		en: 'packets of sockets in this container; the beginning of its id will do',
		zh: '属于该容器的套接字的报文;给出 id 的开头即可',
	},
	comm: {
		flags: '--comm <names>',
		group: 'filter',
		en: 'packets of sockets that a process of this name has open',
		zh: '由该名称的进程打开的套接字的报文',
	},
	pid: {
		flags: '--pid <ids>',
		group: 'filter',
		en: 'packets of sockets that these processes have open',
		zh: '由这些进程打开的套接字的报文',
	},
	inner: {
		flags: '--inner <expression>',
		group: 'filter',
		en: "of tunnels' packets (VXLAN, Geneve, GRE, IP in IP), those that carry what the expression says: 'icmp and host 10.0.0.7'",
		zh: "仅隧道报文(VXLAN、Geneve、GRE、IPIP)中内层报文符合表达式者,如 'icmp and host 10.0.0.7'",
	},
	reason: {
		flags: '-r, --reason <names>',
		group: 'filter',
		en: "drop reasons by name, number or pattern: NO_SOCKET,'TCP_*'; shows benign ones too",
		zh: "丢包原因:名称、编号或模式,如 NO_SOCKET,'TCP_*';良性原因也会显示",
		complete: 'reason',
	},
	excludeReason: {
		flags: '--exclude-reason <names>',
		group: 'filter',
		en: 'all but these reasons',
		zh: '排除这些原因',
		complete: 'reason',
	},
	all: {
		flags: '-a, --all',
		group: 'filter',
		en: 'also benign drops: sockets closing, multicast nobody joined, unix sockets … (else only counted)',
		zh: '也显示良性丢弃:套接字关闭、无人加入的组播、unix 套接字……(默认只计数)',
	},
	stack: {
		flags: '--stack',
		group: 'show',
		en: 'the kernel stack of each drop',
		zh: '显示每次丢弃的内核调用栈',
		aliases: ['--drop-stack'],
	},
	stat: {
		flags: '--stat [time]',
		group: 'show',
		en: 'count by reason, location, device and namespace, in the kernel, and show the counts every second or every so often',
		zh: '在内核中按原因、位置、设备和命名空间计数,每秒(或按给定间隔)显示',
	},
	rawSym: {
		flags: '--raw-sym',
		group: 'show',
		en: 'addresses instead of symbol+offset, for addr2line and its like',
		zh: '显示地址而非“符号+偏移”,供 addr2line 等工具使用',
	},
	lang: { flags: '--lang <en|zh>', group: 'show', en: 'language (default: by locale)', zh: '语言(默认按 locale)', complete: 'language' },
	color: {
		flags: '--color <when>',
		group: 'show',
		en: 'auto, always or never (default: auto; NO_COLOR and FORCE_COLOR are respected)',
		zh: 'auto、always 或 never(默认 auto;遵循 NO_COLOR 与 FORCE_COLOR)',
		complete: 'when',
	},
	count: { flags: '-c, --count <n>', group: 'stop', en: 'after n drops', zh: '显示 n 次丢弃后停止' },
	duration: { flags: '--duration <time>', group: 'stop', en: 'after this time: 10s, 500ms, 2m', zh: '经过该时间后停止:10s、500ms、2m' },
	rateLimit: {
		flags: '-l, --rate-limit <rates>',
		group: 'show',
		en: "at most so many drops a second of each reason: 100, or NO_SOCKET=10,'TCP_*=5',100; the rest is counted, and told by reason",
		zh: "每种原因每秒最多显示的丢弃数:100,或 NO_SOCKET=10,'TCP_*=5',100;其余按原因计数并报告",
		aliases: ['--limit <rates>'],
	},
	limitBudget: {
		flags: '--limit-budget <n>',
		group: 'show',
		en: 'drops of one reason that may come at once before --rate-limit holds any back (default: as many as in a second)',
		zh: '--rate-limit 开始限制之前,同一原因允许一次性出现的丢弃数(默认等于每秒的数量)',
	},
	statStop: {
		flags: '--stat-stop',
		group: 'stop',
		en: 'end every droptrace --stat that runs here, and do nothing else',
		zh: '结束此处运行的所有 droptrace --stat,不做其他事情',
	},
	json: { flags: '--json', group: 'output', en: 'JSON lines', zh: '输出 JSON 行' },
	output: {
		flags: '-o, --output <file>',
		group: 'output',
		en: 'write there instead of standard output',
		zh: '写入文件而非标准输出',
		complete: 'file',
	},
	write: {
		flags: '-w, --write <file>',
		group: 'output',
		en: "also write the packets there as pcapng, with reason and location as comments; '-' writes them to standard output, instead of lines",
		zh: "同时将报文以 pcapng 格式写入文件,原因和位置作为注释;'-' 表示写到标准输出,不再输出文本行",
		complete: 'file',
	},
	snaplen: {
		flags: '--snaplen <bytes>',
		group: 'output',
		en: 'of each packet that --write writes, at most: 64 to 262144 (default: 256)',
		zh: '--write 写入的每个报文的最大字节数:64 到 262144(默认 256)',
	},
	bufferSize: {
		flags: '--buffer-size <bytes>',
		group: 'output',
		en: "each CPU's buffer: 4k to 1024M (default: 2M, 4M with --write; less on machines with many CPUs)",
		zh: '每个 CPU 的缓冲区:4k 到 1024M(默认 2M,使用 --write 时 4M;CPU 很多时更小)',
	},
	strict: { flags: '--strict', group: 'output', en: 'exit with 5 if events were lost', zh: '若有事件丢失则以 5 退出' },
	readyFile: {
		flags: '--ready-file <file>',
		group: 'other',
		en: 'make this file when every probe is attached',
		zh: '所有探针挂载后创建该文件',
		complete: 'file',
	},
	debug: {
		flags: '--debug',
		group: 'other',
		aliases: ['-v, --verbose'],
		en: "with an error, libbpf's and the verifier's words",
		zh: '出错时显示 libbpf 和校验器的输出',
	},
} as const satisfies Record<string, Option>;

export type DropOption = keyof typeof DROP_OPTIONS;

/** Options of commands that only print something. */
export const REPORT_OPTIONS = {
	json: { flags: '--json', group: 'output', en: 'JSON', zh: '输出 JSON' },
	lang: DROP_OPTIONS.lang,
	color: DROP_OPTIONS.color,
	debug: DROP_OPTIONS.debug,
} as const satisfies Record<string, Option>;

/** Those of nettrace why. */
export const WHY_OPTIONS = {
	proto: {
		flags: '-p, --proto <name>',
		group: 'filter',
		en: 'tcp, udp or icmp (default: tcp with a port, icmp without)',
		zh: 'tcp、udp 或 icmp(默认:有端口为 tcp,否则为 icmp)',
		complete: 'protocol',
	},
	from: { flags: '--from <address>', group: 'filter', en: 'the address to send from', zh: '源地址' },
	netns: {
		flags: '--netns <which>',
		group: 'filter',
		en: 'the network namespace to send from: a name, a process id, or current',
		zh: '发送所在的网络命名空间:名称、进程号或 current',
		complete: 'netns',
	},
	container: {
		flags: '--container <id>',
		group: 'filter',
		en: 'the container to send from; the beginning of its id will do',
		zh: '发送所在的容器;给出 id 的开头即可',
	},
	backend: {
		flags: '--backend <name>',
		group: 'points',
		en: 'how functions are watched, as of nettrace',
		zh: '观察函数的方式,同 nettrace',
		complete: 'backend',
	},
	...REPORT_OPTIONS,
} as const satisfies Record<string, Option>;

/** What nettrace has besides. */
const PATH_ONLY = {
	trace: {
		flags: '-t, --trace <points>',
		group: 'points',
		en: "these groups and points only: ip,tcp-in,nf_hook_slow; all: every one; '?' lists them",
		zh: "仅这些组和跟踪点:ip,tcp-in,nf_hook_slow;all 表示全部;'?' 列出它们",
		complete: 'point',
	},
	traceExclude: {
		flags: '--trace-exclude <points>',
		group: 'points',
		en: 'none of these',
		zh: '排除这些跟踪点',
		complete: 'point',
	},
	traceMatcher: {
		flags: '--trace-matcher <points>',
		group: 'points',
		en: 'a packet is followed from one of these on, and not from anywhere',
		zh: '仅从这些跟踪点开始跟踪报文',
		complete: 'point',
	},
	traceFree: {
		flags: '--trace-free <points>',
		group: 'points',
		en: "a packet's way ends at these",
		zh: '报文的路径在这些跟踪点结束',
		complete: 'point',
	},
	traceStack: {
		flags: '--trace-stack <points>',
		group: 'points',
		en: 'with the kernel stack at these',
		zh: '在这些跟踪点显示内核调用栈',
		complete: 'point',
	},
	traceNoclone: {
		flags: '--trace-noclone',
		group: 'points',
		en: 'clones of a packet are packets of their own',
		zh: '克隆视为独立的报文',
	},
	func: {
		flags: '--func <patterns>',
		group: 'points',
		en: "functions of the kernel that take a packet, by name: 'br_*,ip_mc_*'",
		zh: "接收报文的内核函数,按名称匹配:'br_*,ip_mc_*'",
	},
	backend: {
		flags: '--backend <name>',
		group: 'points',
		en: 'how functions are watched: fentry-multi, fentry+kprobe-multi, fentry, kprobe-multi, kprobe or tracepoints (default: the first of these that works)',
		zh: '观察函数的方式:fentry-multi、fentry+kprobe-multi、fentry、kprobe-multi、kprobe 或 tracepoints(默认取其中第一个可用的)',
		complete: 'backend',
	},
	diag: {
		flags: '--diag',
		group: 'show',
		en: 'why a packet failed: the rule, route, queue or socket, what proves it, and what to do; ends with the first that did',
		zh: '诊断报文失败的原因:规则、路由、队列或套接字,给出依据和建议;遇到首个失败的报文后结束',
		aliases: ['--intel'],
	},
	diagQuiet: {
		flags: '--diag-quiet',
		group: 'show',
		en: 'the same, and shows only packets that something is to be said about',
		zh: '同上,但只显示有问题或有提示的报文',
		aliases: ['--intel-quiet'],
	},
	diagKeep: {
		flags: '--diag-keep',
		group: 'show',
		en: 'the same, and goes on after the first packet that failed',
		zh: '同上,首个失败的报文之后继续运行',
		aliases: ['--intel-keep'],
	},
	ret: { flags: '--ret', group: 'show', en: 'what each function returned, in words', zh: '每个函数的返回值及含义' },
	hooks: {
		flags: '--hooks',
		group: 'show',
		en: 'at each hook of netfilter the functions that it calls, in order',
		zh: '在每个 netfilter 钩子处按顺序列出其调用的函数',
	},
	detail: { flags: '--detail', group: 'show', en: 'CPU and address of the skb on every line', zh: '每行显示 CPU 和 skb 地址' },
	date: {
		flags: '--date',
		group: 'show',
		en: 'the time of day on every line, not the time since the first',
		zh: '每行显示日期时间,而非相对时间',
	},
	latencyShow: { flags: '--latency-show', group: 'show', en: 'the time since the line before, too', zh: '同时显示与上一行的时间差' },
	minLatency: {
		flags: '--min-latency <time>',
		group: 'show',
		en: 'only packets that took at least so long: 500 (µs), 2ms',
		zh: '仅显示耗时不少于此的报文:500(µs)、2ms',
	},
	basic: {
		flags: '--basic',
		group: 'show',
		en: 'a line for each point as it happens, packets are not put together',
		zh: '逐点即时输出,不按报文汇总',
	},
	tinyShow: { flags: '--tiny-show', group: 'show', en: 'of each point only its name and time', zh: '每个跟踪点仅显示名称和时间' },
	summary: {
		flags: '--summary',
		group: 'show',
		en: 'at the end, which different ways packets took, how many each, and where they ended',
		zh: '结束时汇总报文经过的不同路径、各自数量及终点',
	},
	drop: { flags: '--drop', group: 'show', en: 'only drops, with all options of droptrace', zh: '仅显示丢弃,支持 droptrace 的全部选项' },
	rateLimit: {
		flags: '--rate-limit <n>',
		group: 'stop',
		en: 'follow at most n packets a second on each CPU (default: 5000); the others are counted. With --drop as in droptrace',
		zh: '每个 CPU 每秒最多跟踪 n 个报文(默认 5000),其余只计数。与 --drop 同用时同 droptrace',
		aliases: ['-l, --limit <n>'],
	},
	force: { flags: '--force', group: 'stop', en: 'follow every packet that matches, however many', zh: '跟踪所有匹配的报文,不限数量' },
} as const satisfies Record<string, Option>;

/** Options of droptrace that mean the same for a packet's way. */
const COMMON = [
	'proto',
	'saddr',
	'daddr',
	'addr',
	'sport',
	'dport',
	'port',
	'pktLen',
	'tcpFlags',
	'iface',
	'netns',
	'netnsCurrent',
	'mark',
	'cgroup',
	'container',
	'comm',
	'pid',
	'reason',
	'excludeReason',
	'stack',
	'lang',
	'color',
	'count',
	'duration',
	'json',
	'output',
	'write',
	'snaplen',
	'bufferSize',
	'strict',
	'readyFile',
	'debug',
] as const satisfies readonly DropOption[];
export type CommonOption = (typeof COMMON)[number];

const isCommon = (name: string): name is CommonOption => (COMMON as readonly string[]).includes(name);

/** Those of droptrace that --drop alone can honour. */
export const DROP_MODE_ONLY: readonly DropOption[] = (Object.keys(DROP_OPTIONS) as DropOption[]).filter(
	(name) => !isCommon(name) && name !== 'rateLimit',
);
export type PathOption = keyof typeof PATH_ONLY | CommonOption;
/** Those that --drop cannot honour. */
export const PATH_MODE_ONLY = (Object.keys(PATH_ONLY) as (keyof typeof PATH_ONLY)[]).filter(
	(name) => name !== 'drop' && name !== 'rateLimit',
);

const pick = (wanted: (name: string) => boolean): Record<string, Option> =>
	Object.fromEntries(Object.entries(DROP_OPTIONS as Record<string, Option>).filter(([name]) => wanted(name)));

export const PATH_OPTIONS: Readonly<Record<string, Option>> = {
	...pick(isCommon),
	...PATH_ONLY,
	...Object.fromEntries(
		Object.entries(pick((name) => DROP_MODE_ONLY.includes(name as DropOption))).map(([name, option]) => [
			name,
			{ ...option, group: 'drop' as const },
		]),
	),
	write: {
		...DROP_OPTIONS.write,
		en: "also write the packet as it was at each point there as pcapng, with the point as its comment; '-' writes to standard output, instead of lines",
		zh: "同时将报文在每个跟踪点的内容以 pcapng 格式写入文件,跟踪点作为注释;'-' 表示写到标准输出,不再输出文本行",
	},
	count: { ...DROP_OPTIONS.count, en: 'after n packets', zh: '显示 n 个报文后停止' },
	reason: {
		...DROP_OPTIONS.reason,
		group: 'filter',
		en: "only packets that are dropped, for these reasons: NO_SOCKET,'TCP_*'",
		zh: "仅显示因这些原因被丢弃的报文:NO_SOCKET,'TCP_*'",
	},
	excludeReason: { ...DROP_OPTIONS.excludeReason, en: 'no packets dropped for these reasons', zh: '不显示因这些原因被丢弃的报文' },
	stack: { ...DROP_OPTIONS.stack, en: 'the kernel stack where a packet is dropped', zh: '显示报文被丢弃处的内核调用栈' },
};
