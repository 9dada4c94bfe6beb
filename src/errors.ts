/**
 * Every error a user can meet: a stable code, the exit status, what happened and why, and what to do, in both languages.
 * `{name}` is filled in by whoever fails. Anything that is not in this table is a bug, and is reported with its stack.
 */
import { type Lang, lang } from './lang.ts';

/** Exit statuses, as documented in the man page. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unsupported: 3, notPermitted: 4, lost: 5, fault: 6, killed: 130 } as const;

type Entry = { exit: number } & Record<Lang, string>;

export const ERRORS = {
	'bad-option': {
		exit: EXIT.usage,
		en: '{what}{hint}; see {tool} --help',
		zh: '{what}{hint};请看 {tool} --help',
	},
	'bad-address': {
		exit: EXIT.usage,
		en: "'{value}' is not an address for {option}: give IPv4 or IPv6, with a prefix or a list if you like, such as 10.0.0.0/8,fd00::/8",
		zh: "{option} 的地址 '{value}' 无效:请给出 IPv4 或 IPv6 地址,可带前缀或用逗号分隔,例如 10.0.0.0/8,fd00::/8",
	},
	'bad-port': {
		exit: EXIT.usage,
		en: "'{value}' is not a port for {option}: give numbers from 0 to 65535, ranges or a list, such as 53,8000-8100",
		zh: "{option} 的端口 '{value}' 无效:请给出 0 到 65535 的数字、范围或列表,例如 53,8000-8100",
	},
	'bad-protocol': {
		exit: EXIT.usage,
		en: "no protocol '{value}'{hint}: give a name such as tcp, udp, icmp, arp, ipv6, an IP protocol number, or an ethertype such as 0x88cc",
		zh: "没有协议 '{value}'{hint}:请给出名称(如 tcp、udp、icmp、arp、ipv6)、IP 协议号或以太网类型(如 0x88cc)",
	},
	'bad-value': {
		exit: EXIT.usage,
		en: "'{value}' is not a value for {option}: give {wanted}",
		zh: "{option} 的值 '{value}' 无效:应为 {wanted}",
	},
	'bad-reason': {
		exit: EXIT.usage,
		en: "this kernel has no drop reason '{value}'{hint}",
		zh: "当前内核没有丢包原因 '{value}'{hint}",
	},
	'bad-interface': {
		exit: EXIT.usage,
		en: "no interface '{value}' in any network namespace seen here{hint}",
		zh: "在可见的网络命名空间中没有接口 '{value}'{hint}",
	},
	'bad-netns': {
		exit: EXIT.usage,
		en: "no network namespace '{value}'{hint}: give a name of 'ip netns', a process id, an inode number, or current",
		zh: "没有网络命名空间 '{value}'{hint}:请给出 'ip netns' 中的名称、进程号、inode 号或 current",
	},
	'bad-cgroup': {
		exit: EXIT.usage,
		en: "no cgroup '{value}' in the v2 hierarchy at {root}: give a path there, or its number",
		zh: "在 {root} 的 cgroup v2 层级中没有 '{value}':请给出其中的路径或编号",
	},
	'bad-container': {
		exit: EXIT.usage,
		en: "no container whose id begins with '{value}' has a cgroup under {root}{hint}",
		zh: "{root} 下没有 id 以 '{value}' 开头的容器的 cgroup{hint}",
	},
	'filter-too-long': {
		exit: EXIT.usage,
		en: '{option} takes at most {limit} entries, {count} were given: use prefixes or ranges, or leave the rest to jq',
		zh: '{option} 最多 {limit} 项,给出了 {count} 项:请使用前缀或范围,或用 jq 过滤其余部分',
	},
	'option-conflict': {
		exit: EXIT.usage,
		en: '{one} and {other} exclude each other: {why}',
		zh: '{one} 与 {other} 不能同时使用:{why}',
	},
	'option-needs': {
		exit: EXIT.usage,
		en: '{one} is of no use without {other}: {why}',
		zh: '{one} 须与 {other} 同时使用:{why}',
	},
	'binary-terminal': {
		exit: EXIT.usage,
		en: '{option} - would write packets, which are not text, to the terminal: give a file, or a pipe such as {tool} {option} - | tshark -r -',
		zh: '{option} - 会把二进制报文写到终端:请给出文件,或使用管道,例如 {tool} {option} - | tshark -r -',
	},
	'bad-expression': {
		exit: EXIT.usage,
		en: 'libpcap does not take the expression: {why}; pcap-filter(7) describes the language{place}',
		zh: 'libpcap 不接受该表达式:{why};语法见 pcap-filter(7){place}',
	},
	'expression-unsupported': {
		exit: EXIT.usage,
		en: 'the expression cannot be evaluated inside the kernel: {what}',
		zh: '该表达式无法在内核中执行:{what}',
	},
	'expression-too-long': {
		exit: EXIT.usage,
		en: 'the expression takes {needed} BPF instructions and {room} are reserved: shorten it, with networks instead of lists of hosts and ranges instead of lists of ports',
		zh: '该表达式需要 {needed} 条 BPF 指令,而预留的只有 {room} 条:请缩短表达式,例如用网段代替主机列表,用端口范围代替端口列表',
	},
	'bad-point': {
		exit: EXIT.usage,
		en: "no trace point or group '{value}' for {option}{hint}; nettrace list shows them, --func takes any function of the kernel",
		zh: "{option}:没有名为 '{value}' 的跟踪点或组{hint};nettrace list 可列出全部,--func 接受任意内核函数",
	},
	'no-points': {
		exit: EXIT.unsupported,
		en: "nothing of '{value}' can be watched here: {why}; nettrace list tells what can",
		zh: "'{value}' 在此处均无法观察:{why};nettrace list 说明可用的跟踪点",
	},
	'no-backend': {
		exit: EXIT.unsupported,
		en: '--backend {backend} does not work here: {why}; without the option the best that works is taken',
		zh: '--backend {backend} 在此处不可用:{why};去掉该选项将自动选择可用的最佳方式',
	},
	'no-reasons': {
		exit: EXIT.unsupported,
		en: 'kernel {kernel} gives no drop reasons (they came with 5.17), so {option} cannot work; location and function are still shown without it',
		zh: '内核 {kernel} 不提供丢包原因(5.17 起才有),{option} 无法使用;去掉它仍可看到丢包位置和函数',
	},
	'no-btf': {
		exit: EXIT.unsupported,
		en: 'this kernel offers no type information at {path} (CONFIG_DEBUG_INFO_BTF), which the programs need to find their way; use a distribution kernel of 5.10 or later, and mount /sys in the container',
		zh: '内核未在 {path} 提供类型信息(CONFIG_DEBUG_INFO_BTF),程序无法加载;请使用 5.10 或更新的发行版内核,容器中需挂载 /sys',
	},
	'kernel-too-old': {
		exit: EXIT.unsupported,
		en: 'kernel {kernel} is too old: {what} came with {since}; use 5.10 or later',
		zh: '内核 {kernel} 过旧:{what} 自 {since} 起才有;请使用 5.10 或更新的内核',
	},
	'library-missing': {
		exit: EXIT.unsupported,
		en: 'cannot load {library}: install {name} or later (Debian, Ubuntu: apt install {debian}; Fedora: dnf install {fedora})',
		zh: '无法加载 {library}:请安装 {name} 或更新版本(Debian、Ubuntu:apt install {debian};Fedora:dnf install {fedora})',
	},
	'object-missing': {
		exit: EXIT.failed,
		en: 'the BPF object {path} is missing: build it with make, or install the package again',
		zh: '缺少 BPF 目标文件 {path}:请用 make 构建,或重新安装软件包',
	},
	'load-failed': {
		exit: EXIT.unsupported,
		en: 'kernel {kernel} refused the program {program}: {why}; nettrace doctor tells what works here, --debug shows the log',
		zh: '内核 {kernel} 拒绝了程序 {program}:{why};nettrace doctor 会说明此处可用的功能,--debug 显示日志',
	},
	'attach-failed': {
		exit: EXIT.unsupported,
		en: 'kernel {kernel} did not let {program} attach: {why}; nettrace doctor tells what works here',
		zh: '内核 {kernel} 不允许挂载 {program}:{why};nettrace doctor 会说明此处可用的功能',
	},
	'no-capability': {
		exit: EXIT.notPermitted,
		en: 'not permitted: {missing} missing, needed to {purpose}; run as root (sudo {tool} …) or grant them to a service (AmbientCapabilities=)',
		zh: '权限不足:缺少 {missing}(用于 {purpose});请以 root 运行(sudo {tool} …),或在服务中授予(AmbientCapabilities=)',
	},
	'kernel-refused': {
		exit: EXIT.notPermitted,
		en: 'the kernel refused {what} although the capabilities are there: {why}',
		zh: '虽有权限,内核仍拒绝 {what}:{why}',
	},
	'map-failed': {
		exit: EXIT.failed,
		en: 'cannot make {what}: {why}',
		zh: '无法创建 {what}:{why}',
	},
	'memory-locked': {
		exit: EXIT.notPermitted,
		en: 'cannot make {what}: kernels before 5.11 count it as locked memory, of which ulimit -l allows too little; raise it (LimitMEMLOCK=infinity in a service), grant CAP_SYS_RESOURCE, or give a smaller --buffer-size',
		zh: '无法创建 {what}:5.11 之前的内核将其计为锁定内存,而 ulimit -l 的限制过小;请提高该限制(服务中用 LimitMEMLOCK=infinity)、授予 CAP_SYS_RESOURCE,或减小 --buffer-size',
	},
	'no-host': {
		exit: EXIT.failed,
		en: "the name '{host}' has no address: {why}; give an address, or look at /etc/resolv.conf",
		zh: "名称 '{host}' 无法解析:{why};请给出地址,或检查 /etc/resolv.conf",
	},
	'no-socket': {
		exit: EXIT.failed,
		en: 'cannot send from {from}: {why}; --from must be an address of the network namespace that is tried from',
		zh: '无法从 {from} 发送:{why};--from 必须是所在网络命名空间的地址',
	},
	'no-process': {
		exit: EXIT.failed,
		en: 'container {container} has no process, and so no network to try from',
		zh: '容器 {container} 没有进程,因而没有可用的网络',
	},
	'no-stat': {
		exit: EXIT.failed,
		en: 'no droptrace --stat is running here: there is nothing to stop',
		zh: '此处没有正在运行的 droptrace --stat,无需停止',
	},
	'stop-failed': {
		exit: EXIT.failed,
		en: 'cannot stop process {pid}: {why}; its owner or root can',
		zh: '无法停止进程 {pid}:{why};请由其所有者或 root 停止',
	},
	'output-open': {
		exit: EXIT.failed,
		en: 'cannot write {path}: {why}',
		zh: '无法写入 {path}:{why}',
	},
	'output-failed': {
		exit: EXIT.failed,
		en: 'writing {path} failed: {why}; {lost} drops did not get there',
		zh: '写入 {path} 失败:{why};有 {lost} 次丢弃未能写入',
	},
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof ERRORS;
/** 'path' | 'why' for 'cannot write {path}: {why}' */
type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholder<Rest> : never;
/** What a message has to be filled with: all of it, which the compiler sees to. */
export type ErrorParameters<Code extends ErrorCode> = { readonly [Name in Placeholder<(typeof ERRORS)[Code]['en']>]: string | number };

/** An error of the table: one line for the user, no stack. `detail` (a verifier log, say) is for --debug. */
export class KnownError<Code extends ErrorCode = ErrorCode> extends Error {
	override readonly name = 'KnownError';
	readonly code: Code;
	readonly exit: number;
	readonly detail: string | undefined;

	constructor(code: Code, parameters: ErrorParameters<Code>, detail?: string) {
		super(fill(ERRORS[code][lang()], parameters));
		this.code = code;
		this.exit = ERRORS[code].exit;
		this.detail = detail;
	}
}

const fill = (template: string, parameters: Readonly<Record<string, string | number>>): string =>
	template.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters[name] ?? ''));

/** @throws always a {@link KnownError} */
export function fail<Code extends ErrorCode>(code: Code, parameters: ErrorParameters<Code>, detail?: string): never {
	throw new KnownError(code, parameters, detail);
}
