/** From nettrace's options to what a run needs: what it has beyond those of droptrace. */
import { checkNames, type Selection } from '../catalogue/select.ts';
import { fail } from '../errors.ts';
import { parseChoice, parseCount, parseNames } from '../filter/values.ts';
import { say } from '../lang.ts';
import { BACKENDS, type BackendName } from '../trace/backends.ts';
import type { Values } from './commands.ts';
import { DROP_MODE_ONLY, PATH_MODE_ONLY, PATH_OPTIONS } from './options.ts';
import type { DropSettings } from './settings.ts';

export interface PathSettings extends DropSettings, Shape {
	selection: Selection;
	/** undefined: the best that works */
	backend: BackendName | undefined;
	/** packets a second, on each CPU, that are followed; undefined: all */
	budget: number | undefined;
	/** clones belong to the packet they were made of */
	joinClones: boolean;
	/** ns; packets that took less are not shown */
	minLatency: number;
	/** every point at once, packets are not put together */
	basic: boolean;
	summary: boolean;
	/** of a diagnosis: only packets that something is to be said about */
	quiet: boolean;
	/** and on beyond the first that failed */
	keep: boolean;
}

/** How a packet's way is shown. */
export interface Shape {
	/** CPU and address of the skb on every line */
	detail: boolean;
	/** the time of day on every line */
	date: boolean;
	/** time since the line before */
	latency: boolean;
	/** of each point only its name and time */
	tiny: boolean;
}

type Beyond = Omit<PathSettings, keyof DropSettings>;

/** Packets a second, on each CPU, that are followed unless told otherwise: a flood goes on at more than half its rate. */
const BUDGET = 5000;

const longName = (name: string): string => /--[\w-]+/.exec(PATH_OPTIONS[name]?.flags ?? '')?.[0] ?? name;

/** @throws option-conflict, option-needs for what --drop, or its absence, cannot honour */
export function checkMode(values: Values): void {
	const given = (names: readonly string[]) => names.find((name) => values[name] !== undefined);
	if (values.drop === true) {
		const other = given(PATH_MODE_ONLY);
		if (other !== undefined)
			fail('option-conflict', { one: '--drop', other: longName(other), why: say('only drops are looked at', '只观察丢弃') });
		return;
	}
	const one = given(DROP_MODE_ONLY);
	if (one !== undefined)
		fail('option-needs', {
			one: longName(one),
			other: '--drop',
			why: say('it is about drops, not about the ways of packets', '它只涉及丢弃,与报文路径无关'),
		});
}

/** @throws the table's usage errors */
export function readPathOptions(values: Values): Beyond {
	const list = (name: string): string[] => (typeof values[name] === 'string' ? parseNames(values[name], longName(name)) : []);
	const on = (name: string): boolean => values[name] === true;
	const selection: Selection = {
		trace: values.trace === undefined ? undefined : list('trace'),
		exclude: list('traceExclude'),
		matcher: list('traceMatcher'),
		free: list('traceFree'),
		stack: [...list('traceStack'), ...(on('stack') ? ['skb:kfree_skb'] : [])],
		functions: list('func'),
		returns: on('ret'),
		hooks: on('hooks'),
		diagnose: ['diag', 'diagQuiet', 'diagKeep'].some(on),
	};
	checkNames(selection);
	const limit = typeof values.rateLimit === 'string' ? parseCount(values.rateLimit, '--rate-limit') : undefined;
	if (limit !== undefined && on('force'))
		fail('option-conflict', { one: '--force', other: '--rate-limit', why: say('it lifts every limit', '它取消所有限制') });
	for (const [one, other, why] of CONFLICTS) {
		if (values[one] !== undefined && values[other] !== undefined)
			fail('option-conflict', { one: longName(one), other: longName(other), why: say(...why) });
	}
	return {
		selection,
		backend:
			typeof values.backend === 'string' ? parseChoice(values.backend, '--backend', Object.keys(BACKENDS) as BackendName[]) : undefined,
		budget: on('force') ? undefined : (limit ?? BUDGET),
		joinClones: !on('traceNoclone'),
		minLatency: typeof values.minLatency === 'string' ? parseLatency(values.minLatency) : 0,
		basic: on('basic'),
		summary: on('summary'),
		quiet: on('diagQuiet'),
		keep: on('diagKeep'),
		detail: on('detail'),
		date: on('date'),
		latency: on('latencyShow'),
		tiny: on('tinyShow'),
	};
}

const ONE_BY_ONE = ['points are shown one by one, not packets', '逐点显示,而非按报文显示'] as const;

const CONFLICTS: readonly (readonly [one: string, other: string, why: readonly [en: string, zh: string]])[] = [
	['basic', 'ret', ['a point is shown before it has returned', '跟踪点在函数返回前即显示']],
	['basic', 'summary', ONE_BY_ONE],
	['basic', 'minLatency', ONE_BY_ONE],
	['basic', 'latencyShow', ONE_BY_ONE],
	['basic', 'diag', ONE_BY_ONE],
	['basic', 'diagQuiet', ONE_BY_ONE],
	['basic', 'diagKeep', ONE_BY_ONE],
	['basic', 'reason', ONE_BY_ONE],
	['basic', 'excludeReason', ONE_BY_ONE],
	['basic', 'tinyShow', ['each line stands alone and needs its packet', '每行独立,需要显示报文']],
	['basic', 'traceStack', ['a line stands for one point', '每行对应一个跟踪点']],
	['basic', 'stack', ['a line stands for one point', '每行对应一个跟踪点']],
	...(['traceStack', 'stack', 'date', 'latencyShow'] as const).map(
		(other) => ['tinyShow', other, ['only name and time of a point are shown', '仅显示跟踪点名称和时间']] as const,
	),
	['tinyShow', 'ret', ['only name and time of a point are shown', '仅显示跟踪点名称和时间']],
	['tinyShow', 'hooks', ['only name and time of a point are shown', '仅显示跟踪点名称和时间']],
	['tinyShow', 'detail', ['only name and time of a point are shown', '仅显示跟踪点名称和时间']],
];

const UNITS: Readonly<Record<string, number>> = { '': 1000, us: 1000, µs: 1000, ms: 1_000_000, s: 1_000_000_000 };

/** ns; a number alone is microseconds, as in nettrace 1.2. @throws bad-value */
function parseLatency(value: string): number {
	const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(us|µs|ms|s)?$/.exec(value) ?? [];
	if (number === '')
		fail('bad-value', {
			value,
			option: '--min-latency',
			wanted: say('a time such as 500 (µs), 2ms or 1s', '时间,例如 500(µs)、2ms 或 1s'),
		});
	return Number(number) * (UNITS[unit] ?? 1000);
}
