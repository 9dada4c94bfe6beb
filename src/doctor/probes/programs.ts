/**
 * Kinds of programs, tried with one that does nothing. Where attaching changes nothing for anybody, it is attached for a moment
 * too: some kernels load what they then refuse to attach.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { KIND } from '../../bpf/btf.ts';
import { DropTracer } from '../../drops/tracer.ts';
import { compileFilter } from '../../filter/compile.ts';
import { say } from '../../lang.ts';
import {
	attachKprobe,
	attachKprobeMulti,
	attachNetfilter,
	attachTracing,
	attachTracingMulti,
	inNewNetns,
	loading,
	type Program,
} from '../attempt.ts';
import type { Machine } from '../machine.ts';
import { type Answer, no, type Probe, unknown, yes } from '../probe.ts';

/** enum bpf_prog_type and enum bpf_attach_type, include/uapi/linux/bpf.h */
const TYPE = {
	kprobe: 2,
	schedCls: 3,
	tracepoint: 5,
	xdp: 6,
	cgroupSkb: 8,
	rawTracepoint: 17,
	tracing: 26,
	netfilter: 32,
} as const;
const ATTACH = {
	cgroupInetIngress: 0,
	traceRawTp: 23,
	traceFentry: 24,
	traceFexit: 25,
	traceIter: 28,
	xdp: 37,
	kprobeMulti: 42,
	netfilter: 45,
	fentryMulti: 59,
} as const;

/** In every kernel since 5.1, out of line, and called so seldom that a moment's probe on it costs nothing. */
const FUNCTION = '__icmp_send';
const TRACEPOINT = 'kfree_skb';

const TRACING = ['CAP_BPF', 'CAP_PERFMON'] as const;
const NETWORK = ['CAP_BPF', 'CAP_NET_ADMIN'] as const;
const LIBRARY = ['libbpf'] as const;
const TYPES = ['libbpf', 'btf'] as const;
const TRAMPOLINES = ['CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS', 'CONFIG_BPF_JIT'] as const;

/** An attempt at something the kernel's BTF has to have. */
function withType(machine: Machine, name: string, kind: number, use: (btfId: number) => Answer): Answer {
	const id = machine.btf()?.find(name, kind);
	return id === undefined ? no(say(`the kernel's types have no ${name}`, `内核类型中没有 ${name}`)) : use(id);
}

/** Loads a tracing program for a function, and attaches it. */
const onFunction = (attachType: number) => (machine: Machine) =>
	withType(machine, FUNCTION, KIND.function, (btfId) =>
		loading({ type: TYPE.tracing, attachType, btfId }, (fd) => {
			attachTracing(fd, null);
			return yes();
		}),
	);

const loadedOnly = () => yes(say('loaded only', '仅加载'));

const loads = (program: Program) => () => loading(program, loadedOnly);

export const PROGRAMS = {
	tp_btf: {
		group: 'programs',
		means: ['typed tracepoints: what droptrace stands on', '带类型的跟踪点:droptrace 的基础'],
		since: '5.5',
		needs: TYPES,
		rights: TRACING,
		config: ['CONFIG_BPF_EVENTS'],
		try: (machine) =>
			withType(machine, `btf_trace_${TRACEPOINT}`, KIND.typedef, (btfId) =>
				loading({ type: TYPE.tracing, attachType: ATTACH.traceRawTp, btfId }, (fd) => {
					attachTracing(fd, null);
					return yes();
				}),
			),
	},
	droptrace: {
		group: 'programs',
		means: ["droptrace's own program", 'droptrace 自身的程序'],
		needs: ['libbpf', 'btf', 'tp_btf', 'ringbuf', 'ringbuf-array', 'mmapable-array'],
		rights: TRACING,
		try: () => {
			new DropTracer({ filter: compileFilter({}), stack: true, snapLength: 256, ringBytes: 65536 }).close();
			return yes();
		},
	},
	'raw-tracepoint': {
		group: 'programs',
		means: ['raw tracepoints', '原始跟踪点'],
		since: '4.17',
		needs: LIBRARY,
		rights: TRACING,
		config: ['CONFIG_BPF_EVENTS'],
		try: () =>
			loading({ type: TYPE.rawTracepoint }, (fd) => {
				attachTracing(fd, TRACEPOINT);
				return yes();
			}),
	},
	tracepoint: {
		group: 'programs',
		means: ['ordinary tracepoints', '普通跟踪点'],
		since: '4.7',
		needs: LIBRARY,
		rights: TRACING,
		config: ['CONFIG_BPF_EVENTS'],
		try: loads({ type: TYPE.tracepoint }),
	},
	'fentry-multi': {
		group: 'programs',
		means: ['entry of many functions with one program: the best way to follow packets', '单个程序跟踪多个函数入口:跟踪报文的最佳方式'],
		since: '7.2',
		needs: TYPES,
		rights: TRACING,
		config: TRAMPOLINES,
		try: (machine) =>
			withType(machine, FUNCTION, KIND.function, (btfId) =>
				// such a program is not for a function; its link is
				loading({ type: TYPE.tracing, attachType: ATTACH.fentryMulti }, (fd) => {
					attachTracingMulti(fd, btfId);
					return yes();
				}),
			),
	},
	fentry: {
		group: 'programs',
		means: ['entry of kernel functions', '内核函数入口'],
		since: '5.5',
		sinceArm64: '6.4',
		needs: TYPES,
		rights: TRACING,
		config: TRAMPOLINES,
		try: onFunction(ATTACH.traceFentry),
	},
	fexit: {
		group: 'programs',
		means: ['exit of kernel functions, with what they return', '内核函数退出及其返回值'],
		since: '5.5',
		sinceArm64: '6.4',
		needs: TYPES,
		rights: TRACING,
		config: TRAMPOLINES,
		try: onFunction(ATTACH.traceFexit),
	},
	'kprobe-multi': {
		group: 'programs',
		means: ['probes on many functions at once', '一次在多个函数上设置探针'],
		since: '5.18',
		sinceArm64: '6.14',
		needs: LIBRARY,
		rights: TRACING,
		config: ['CONFIG_FPROBE'],
		try: () =>
			loading({ type: TYPE.kprobe, attachType: ATTACH.kprobeMulti }, (fd) => {
				attachKprobeMulti(fd, FUNCTION);
				return yes();
			}),
	},
	kprobe: {
		group: 'programs',
		means: ['probes on one function each', '逐个函数设置探针'],
		since: '4.17',
		needs: LIBRARY,
		rights: TRACING,
		config: ['CONFIG_KPROBES', 'CONFIG_KPROBE_EVENTS'],
		try: (machine) =>
			loading({ type: TYPE.kprobe }, (fd) => {
				const source = kprobeSource();
				if (typeof source !== 'number') return source(machine);
				attachKprobe(fd, source, FUNCTION);
				return yes();
			}),
	},
	iter: {
		group: 'programs',
		means: ['iterators over kernel objects', '内核对象迭代器'],
		since: '5.8',
		needs: TYPES,
		rights: TRACING,
		try: (machine) =>
			withType(machine, 'bpf_iter_task', KIND.function, (btfId) =>
				loading({ type: TYPE.tracing, attachType: ATTACH.traceIter, btfId }, loadedOnly),
			),
	},
	netfilter: {
		group: 'programs',
		means: ['programs between the rules of a firewall', '位于防火墙规则之间的程序'],
		since: '6.4',
		needs: LIBRARY,
		rights: NETWORK,
		config: ['CONFIG_NETFILTER_BPF_LINK'],
		try: () =>
			// 1 is NF_ACCEPT; NFPROTO_IPV4 and NF_INET_LOCAL_IN: include/uapi/linux/netfilter.h
			loading({ type: TYPE.netfilter, attachType: ATTACH.netfilter, returns: 1 }, (fd) => {
				inNewNetns(() => attachNetfilter(fd, 2, 1));
				return yes(say('tried in a network namespace of its own', '在独立的网络命名空间中尝试'));
			}),
	},
	'cgroup-skb': {
		group: 'programs',
		means: ["programs on a control group's packets", '作用于 cgroup 报文的程序'],
		since: '4.10',
		needs: LIBRARY,
		rights: NETWORK,
		config: ['CONFIG_CGROUP_BPF'],
		try: loads({ type: TYPE.cgroupSkb, attachType: ATTACH.cgroupInetIngress, returns: 1 }),
	},
	'sched-cls': {
		group: 'programs',
		means: ['programs of tc', 'tc 程序'],
		since: '4.1',
		needs: LIBRARY,
		rights: NETWORK,
		config: ['CONFIG_NET_CLS_BPF'],
		try: loads({ type: TYPE.schedCls }),
	},
	xdp: {
		group: 'programs',
		means: ['programs in front of the network stack', '位于网络栈之前的程序'],
		since: '4.8',
		needs: LIBRARY,
		rights: NETWORK,
		try: loads({ type: TYPE.xdp, attachType: ATTACH.xdp, returns: 2 }),
	},
} as const satisfies Record<string, Probe>;

/** The number of perf's event source for kprobes, or the answer when there is none. */
function kprobeSource(): number | ((machine: Machine) => Answer) {
	const folder = '/sys/bus/event_source/devices';
	try {
		return Number(readFileSync(`${folder}/kprobe/type`, 'latin1'));
	} catch {
		return (machine) => {
			if (readdirSync(folder).length === 0) return unknown(say(`${folder} is empty`, `${folder} 为空`));
			const off = machine.builtWith('CONFIG_KPROBES') === false;
			return no(
				off
					? say('the kernel was built without CONFIG_KPROBES', '内核未启用 CONFIG_KPROBES')
					: say('perf has no events of that kind (CONFIG_KPROBE_EVENTS?)', 'perf 没有这类事件(CONFIG_KPROBE_EVENTS?)'),
			);
		};
	}
}
