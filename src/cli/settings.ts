/** From options as typed to what a run needs, in two steps: what can be checked by anybody, and what only the kernel can tell. */
import { resolve } from 'node:path';
import { defaultRingBytes, ringBytes } from '../bpf/rings.ts';
import type { Rate } from '../drops/limits.ts';
import { fail } from '../errors.ts';
import { compileExpression } from '../expression/compile.ts';
import { parseAddresses } from '../filter/address.ts';
import type { Filter } from '../filter/compile.ts';
import { findInterface } from '../filter/interface.ts';
import { parseProtocols } from '../filter/protocol.ts';
import { parseRates, type RateRule } from '../filter/rate.ts';
import { parseReasons } from '../filter/reason.ts';
import {
	parseChoice,
	parseCount,
	parseDuration,
	parseLength,
	parseMark,
	parseNames,
	parsePids,
	parsePorts,
	parseSize,
	parseSnapLength,
	parseTcpFlags,
} from '../filter/values.ts';
import { resolveCgroup, resolveContainer } from '../kernel/cgroups.ts';
import { type NetnsTarget, resolveNetns } from '../kernel/netns.ts';
import { COMM_BYTES, type Owners } from '../kernel/processes.ts';
import type { Reasons } from '../kernel/reasons.ts';
import { kernelRelease } from '../kernel/release.ts';
import { say } from '../lang.ts';
import type { When } from '../output/colour.ts';
import { DROP_OPTIONS, type DropOption } from './options.ts';

/** Bytes of a packet in a file unless told otherwise: headers of tunnels too, and the beginning of what they carry. */
const SNAP_LENGTH = 256;
/** What a ring needs beside one packet: its event and stack, and the ring's own header. */
const BESIDE_PACKET = 1024;

/** Values as commander gives them: text, or true for an option without a value. */
export type Given = Partial<Record<DropOption, string | true>>;

/** Options that are well-formed; names in them may still be of nothing. */
export interface DropRequest {
	filter: Filter;
	/** in tcpdump's language; undefined: none */
	expression: string | undefined;
	/** the same, for what a tunnel's packet carries */
	inner: string | undefined;
	/** the filter options as given, for the start line */
	filterText: string;
	netns: string[];
	interfaces: string[];
	cgroups: string[];
	containers: string[];
	reasons: string | undefined;
	excludedReasons: string | undefined;
	showBenign: boolean;
	stack: boolean;
	/** addresses instead of symbols */
	rawSymbols: boolean;
	/** milliseconds between reports; undefined: every drop is shown */
	stat: number | undefined;
	/** drops; undefined: no limit */
	count: number | undefined;
	/** milliseconds */
	duration: number | undefined;
	/** --rate-limit; undefined: no limit */
	rates: RateRule[] | undefined;
	/** drops at once; undefined: as many as in a second */
	limitBudget: number | undefined;
	ringBytes: number;
	json: boolean;
	output: string | undefined;
	/** file for the packets; '-': standard output */
	write: string | undefined;
	/** bytes of each packet there */
	snapLength: number;
	strict: boolean;
	readyFile: string | undefined;
	color: When;
}

/** ms */
const STAT_INTERVAL = 1000;

const NO_OWNERS = [
	'the kernel counts, and does not know who has a socket open; --cgroup is something it does know',
	'计数在内核中进行,内核不知道谁打开了套接字;可用 --cgroup',
] as const;

/** What --stat cannot honour, and why. */
const NOT_COUNTED: Partial<Record<DropOption, readonly [en: string, zh: string]>> = {
	count: ['--stat counts drops and shows none; --duration ends it', '--stat 只计数而不显示丢弃;请用 --duration 结束'],
	rateLimit: ['--stat counts every drop, and copies none', '--stat 对每次丢弃计数,不复制报文'],
	limitBudget: ['--stat counts every drop, and copies none', '--stat 对每次丢弃计数,不复制报文'],
	write: ['--stat counts every drop, and copies none', '--stat 对每次丢弃计数,不复制报文'],
	comm: NO_OWNERS,
	pid: NO_OWNERS,
};

/** What may stand beside --stat-stop. */
const BESIDE_STOP: readonly DropOption[] = ['statStop', 'lang', 'debug'];

/** @throws option-conflict for everything that --stat-stop, which traces nothing, cannot honour */
export function checkStop(given: Given, words: readonly string[]): void {
	const name = (Object.keys(given) as DropOption[]).find((option) => given[option] !== undefined && !BESIDE_STOP.includes(option));
	const other = name === undefined ? words[0] && `'${words.join(' ')}'` : longName(name);
	if (other === undefined) return;
	fail('option-conflict', { one: '--stat-stop', other, why: say('it ends other runs, and traces nothing', '它只结束其他运行,不进行跟踪') });
}

export interface DropSettings extends Omit<DropRequest, 'netns' | 'rates' | 'limitBudget'> {
	netns: NetnsTarget[];
	rates: Rate[] | undefined;
}

/**
 * Everything that can be checked without asking the kernel: a mistake is told even to who may not trace.
 * @throws the table's usage errors
 */
export function readOptions(given: Given, words: readonly string[] = []): DropRequest {
	const use = <T>(name: DropOption, parse: (value: string, option: string) => T): T | undefined => {
		const value = given[name];
		return typeof value === 'string' ? parse(value, longName(name)) : undefined;
	};
	const asIs = (value: string) => value;
	const conditions = {
		protocols: use('proto', parseProtocols),
		source: use('saddr', parseAddresses),
		destination: use('daddr', parseAddresses),
		address: use('addr', parseAddresses),
		sourcePorts: use('sport', parsePorts),
		destinationPorts: use('dport', parsePorts),
		ports: use('port', parsePorts),
		length: use('pktLen', parseLength),
		tcpFlags: use('tcpFlags', parseTcpFlags),
		mark: use('mark', parseMark),
		owners: ownersOf(use('comm', parseNames), use('pid', parsePids)),
	};
	// a word behind --stat that is no time begins the expression
	const behind = typeof given.stat === 'string' ? given.stat : undefined;
	const interval = behind !== undefined && /^[\d.]+[a-z]*$/.test(behind) ? behind : undefined;
	const expression = [...(behind !== undefined && interval === undefined ? [behind] : []), ...words].join(' ') || undefined;
	if (expression !== undefined) compileExpression(expression, 'ethernet');
	const inner = use('inner', (value) => {
		compileExpression(value, 'ethernet');
		return value;
	});
	if (given.stat !== undefined) {
		for (const [name, why] of Object.entries(NOT_COUNTED) as [DropOption, readonly [string, string]][])
			if (given[name] !== undefined) fail('option-conflict', { one: '--stat', other: longName(name), why: say(...why) });
	}
	checkOutputs(given);
	if (given.limitBudget !== undefined && given.rateLimit === undefined)
		fail('option-needs', {
			one: '--limit-budget',
			other: '--rate-limit',
			why: say('without a limit nothing is held back', '没有限速就不会扣下任何丢弃'),
		});
	const snapLength = use('snaplen', parseSnapLength) ?? SNAP_LENGTH;
	return {
		filter: Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined)) as Filter,
		expression,
		inner,
		filterText: filterText(given, expression),
		netns: [...(use('netns', (value) => value.split(',')) ?? []), ...(given.netnsCurrent === true ? ['current'] : [])],
		interfaces: use('iface', parseNames) ?? [],
		cgroups: use('cgroup', parseNames) ?? [],
		containers: use('container', parseNames) ?? [],
		reasons: use('reason', asIs),
		excludedReasons: use('excludeReason', asIs),
		showBenign: given.all === true,
		stack: given.stack === true,
		rawSymbols: given.rawSym === true,
		stat: given.stat === undefined ? undefined : interval === undefined ? STAT_INTERVAL : parseDuration(interval, '--stat'),
		count: use('count', parseCount),
		duration: use('duration', parseDuration),
		rates: use('rateLimit', parseRates),
		limitBudget: use('limitBudget', parseCount),
		ringBytes: ringFor(given.write === undefined ? 0 : snapLength, use('bufferSize', parseSize)),
		json: given.json === true,
		output: use('output', asIs),
		write: use('write', asIs),
		snapLength,
		strict: given.strict === true,
		readyFile: use('readyFile', asIs),
		color: use('color', (value, option) => parseChoice(value, option, ['auto', 'always', 'never'])) ?? 'auto',
	};
}

/**
 * Finds what the names in a request stand for.
 * @throws the table's usage errors, and no-reasons on kernels without them
 */
export function resolveSettings(request: DropRequest, reasons: () => Reasons): DropSettings {
	const { rates, limitBudget, ...rest } = request;
	const filter = { ...request.filter };
	const netns = request.netns.map((asked) => resolveNetns(asked));
	if (netns.length > 0) filter.netns = netns.map(({ inode }) => inode);
	if (request.interfaces.length > 0) filter.interfaces = request.interfaces.map((name) => findInterface(name, netns));
	const cgroups = [...request.cgroups.map((asked) => resolveCgroup(asked)), ...request.containers.map((asked) => resolveContainer(asked))];
	if (cgroups.length > 0) filter.cgroups = cgroups;
	const reasonsFor = (text: string, option: DropOption) => {
		if (!reasons().available) fail('no-reasons', { kernel: kernelRelease(), option: longName(option) });
		return parseReasons(text, reasons());
	};
	for (const [option, field, value] of [
		['reason', 'reasons', request.reasons],
		['excludeReason', 'excludedReasons', request.excludedReasons],
	] as const) {
		if (value === undefined) continue;
		filter[field] = reasonsFor(value, option);
	}
	return {
		...rest,
		filter,
		netns,
		rates: rates?.map(({ reason, perSecond }) => ({
			reasons: reason === undefined ? undefined : reasonsFor(reason, 'rateLimit'),
			perSecond,
			budget: limitBudget ?? perSecond,
		})),
	};
}

/** Names as long as the kernel keeps them. */
const ownersOf = (names: string[] | undefined, pids: number[] | undefined): Owners | undefined =>
	names === undefined && pids === undefined
		? undefined
		: {
				...(names && { comms: names.map((name) => Buffer.from(name).subarray(0, COMM_BYTES).toString()) }),
				...(pids && { pids }),
			};

/** Outputs that would get into each other's way. @throws option-conflict, option-needs */
function checkOutputs({ write, output, snaplen, json }: Given): void {
	if (write === undefined) {
		if (snaplen !== undefined)
			fail('option-needs', {
				one: '--snaplen',
				other: '--write',
				why: say('only a file of packets has their bytes', '只有报文文件含有报文内容'),
			});
		return;
	}
	const own = output !== undefined && output !== '-';
	const conflict = (other: string, why: string) => fail('option-conflict', { one: `--write ${write}`, other, why });
	if (write === '-' && !own && (json === true || output === '-'))
		conflict(output === '-' ? '--output -' : '--json', say('standard output is for one of them', '标准输出只能用于其中之一'));
	if (own && resolve(String(write)) === resolve(String(output))) conflict(`--output ${output}`, say('it is the same file', '是同一个文件'));
}

/** Bytes of each CPU's ring: what was asked for, if a packet of the snapshot length fits. @throws option-conflict */
function ringFor(snapLength: number, asked: number | undefined): number {
	const least = snapLength === 0 ? 0 : snapLength + BESIDE_PACKET;
	if (asked !== undefined && ringBytes(asked) < least)
		fail('option-conflict', {
			one: `--buffer-size ${asked}`,
			other: `--snaplen ${snapLength}`,
			why: say('not one packet of that length would fit', '缓冲区连一个这样长的报文也放不下'),
		});
	// records with packets behind them take twice the room of others
	return asked ?? Math.max(snapLength === 0 ? defaultRingBytes() : 2 * defaultRingBytes(), least);
}

/** '--saddr' for 'saddr' */
const longName = (name: DropOption): string => /--[\w-]+/.exec(DROP_OPTIONS[name].flags)?.[0] ?? name;

/** '--proto tcp --netns web' */
function filterText(given: Given, expression: string | undefined): string {
	const options = (Object.keys(DROP_OPTIONS) as DropOption[])
		.filter((name) => DROP_OPTIONS[name].group === 'filter' && given[name] !== undefined)
		.map((name) =>
			given[name] === true ? longName(name) : name === 'inner' ? `--inner '${given[name]}'` : `${longName(name)} ${given[name]}`,
		);
	return [...options, ...(expression === undefined ? [] : [`'${expression}'`])].join(' ');
}
