/** What follows from the findings: for each command, whether it works here, and what it has to do without. */
import { EXIT } from '../errors.ts';
import { say } from '../lang.ts';
import type { Findings } from './examine.ts';
import type { Finding, Text } from './probe.ts';
import type { ProbeId } from './probes/index.ts';

interface Way {
	/** what has to be a yes */
	probes: readonly ProbeId[];
	/** what is not so good about it */
	but?: Text;
}

/** Ways to be where the packets are, the best first. */
export const BACKENDS = {
	'fentry-multi': { probes: ['fentry-multi'] },
	fentry: { probes: ['fentry', 'fexit'] },
	'kprobe-multi': { probes: ['kprobe-multi'], but: ['which cost more for each packet', '每个报文的开销更大'] },
	kprobe: { probes: ['kprobe'], but: ['which take long to attach', '挂载较慢'] },
	tracepoints: {
		probes: ['tp_btf'],
		but: [
			'which see devices, queues, sockets and drops, but not the functions between them',
			'只能看到设备、队列、套接字和丢包,看不到其间的函数',
		],
	},
} as const satisfies Record<string, Way>;
export type Backend = keyof typeof BACKENDS;

/** What every program of the project stands on. */
const BASE = ['libbpf', 'btf', 'ringbuf', 'ringbuf-array', 'mmapable-array'] as const;

interface CommandNeeds {
	/** without one of these it does not work */
	needs: readonly ProbeId[];
	/** at least one of these ways */
	backends?: readonly Backend[];
	works: Text;
	/** what is lost without them */
	wants: Partial<Record<ProbeId, Text>>;
}

/** Names of functions, and filters by control group, are the same for both. */
const COMMON: CommandNeeds['wants'] = {
	kallsyms: ['locations are addresses, without names of functions', '位置只显示地址,没有函数名'],
	cgroup2: ['--cgroup and --container find no groups', '--cgroup 与 --container 无法使用'],
	'get-stack': ['no --stack', '无法使用 --stack'],
};

export const COMMANDS = {
	droptrace: {
		needs: ['tp_btf', ...BASE, 'droptrace'],
		works: ['works', '可用'],
		wants: {
			'drop-reasons': [
				'without reasons, which came with 5.17: location and function stand in for them',
				'没有丢包原因(5.17 起才有),以丢包位置和函数代替',
			],
			...COMMON,
		},
	},
	nettrace: {
		needs: BASE,
		backends: Object.keys(BACKENDS) as Backend[],
		works: ['can follow packets', '可跟踪报文'],
		wants: {
			'drop-reasons': ['without reasons of drops, which came with 5.17', '没有丢包原因(5.17 起才有)'],
			netfilter: ['cannot watch between the rules of a firewall', '无法在防火墙规则之间观察'],
			libpcap: ["no expressions in tcpdump's language", '无法使用 tcpdump 表达式'],
			...COMMON,
		},
	},
} as const satisfies Record<string, CommandNeeds>;
export type CommandName = keyof typeof COMMANDS;

export interface Conclusion {
	name: CommandName;
	works: boolean;
	/** it may work with more privileges */
	permission: boolean;
	/** a sentence without the name */
	note: string;
}

const BACKEND_NAMES = Object.keys(BACKENDS) as Backend[];
const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** What stands in the way when all of `ids` are needed: a no before what could not be told. */
function obstacle(findings: Findings, ids: readonly ProbeId[]): Finding | undefined {
	const open = ids.map((id) => findings[id]).filter(({ answer }) => answer.result !== 'yes');
	return open.find(({ answer }) => answer.result === 'no') ?? open[0];
}

/** The ways that are open here, the best first. */
export const backendsOf = (findings: Findings): Backend[] =>
	obstacle(findings, BASE) ? [] : BACKEND_NAMES.filter((name) => !obstacle(findings, BACKENDS[name].probes));

export const conclude = (findings: Findings): Conclusion[] => COMMAND_NAMES.map((name) => conclusion(name, findings));

/** The exit status is about droptrace, the command that asks for least. */
export function statusOf(findings: Findings): number {
	const { works, permission } = conclusion('droptrace', findings);
	if (works) return EXIT.ok;
	return permission ? EXIT.notPermitted : EXIT.unsupported;
}

function conclusion(name: CommandName, findings: Findings): Conclusion {
	const { needs, works, wants, backends = [] }: CommandNeeds = COMMANDS[name];
	const missing = obstacle(findings, needs);
	if (missing?.answer.result === 'no') return impossible(name, missing);
	const ways = backendsOf(findings).filter((backend) => backends.includes(backend));
	if (ways.length === 0 && backends.length > 0) {
		// one way is enough: as long as one could not be told, nothing is certain
		const blocked = backends.flatMap((backend) => obstacle(findings, BACKENDS[backend].probes) ?? []);
		const decisive = blocked.find(({ answer }) => answer.result === 'unknown') ?? missing ?? blocked.at(-1);
		if (decisive) return impossible(name, decisive);
	}
	if (missing) return impossible(name, missing);
	const without = (Object.entries(wants) as [ProbeId, Text][]).filter(([id]) => findings[id].answer.result !== 'yes');
	const losses = without.map(([id, text]) => (findings[id].answer.result === 'no' ? '' : say('perhaps ', '可能')) + say(...text));
	const note = [say(...works) + through(ways), ...losses].join(say('; ', ';'));
	return { name, works: true, permission: false, note };
}

/** ' through fentry, or kprobe', and what to know about the first */
function through(ways: readonly Backend[]): string {
	const [best] = ways;
	if (best === undefined) return '';
	const { but }: Way = BACKENDS[best];
	return say(` through ${ways.join(', or ')}`, `,方式:${ways.join(',或 ')}`) + (but ? say(', ', ',') + say(...but) : '');
}

function impossible(name: CommandName, { id, answer, probe }: Finding): Conclusion {
	const why = 'why' in answer ? answer.why : '';
	if (answer.result !== 'no') {
		const permission = answer.result === 'unknown' && answer.permission === true;
		return { name, works: false, permission, note: say(`could not be told, for want of ${id} (${why})`, `无法判断:${id}(${why})`) };
	}
	const remedy = probe.remedy ? `${say('; ', ';')}${say(...probe.remedy)}` : '';
	const note = say(`does not work for want of ${id} (${why})${remedy}`, `不可用,因缺少 ${id}(${why})${remedy}`);
	return { name, works: false, permission: false, note };
}
