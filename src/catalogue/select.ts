/** Which points a run watches: names and patterns as asked for, against what this kernel has. */
import { KIND } from '../bpf/btf.ts';
import { POINT_FLAGS } from '../bpf/generated/events.ts';
import { fail } from '../errors.ts';
import { kernelBtf, modules } from '../kernel/btf.ts';
import { say } from '../lang.ts';
import { nearest } from '../nearest.ts';
import type { Watched } from '../trace/probes.ts';
import { CATALOGUE, LAYERS, POINTS } from './catalogue.ts';
import { off, type Point } from './point.ts';
import { isHere, type Resolved, resolvePoints, tracepointName } from './resolve.ts';

export interface Selection {
	/** groups and points; undefined: what is watched without being asked for */
	trace: readonly string[] | undefined;
	exclude: readonly string[];
	/** only these begin to follow a packet; empty: all do */
	matcher: readonly string[];
	/** a packet's way ends here */
	free: readonly string[];
	/** told with who called them */
	stack: readonly string[];
	/** further functions of the kernel, as patterns */
	functions: readonly string[];
	returns: boolean;
	/** the functions of netfilter's hooks are told */
	hooks?: boolean;
	/** also what a diagnosis needs: which rule decides */
	diagnose?: boolean;
}

export interface Selected {
	points: Watched[];
	/** asked for by name, and not on this kernel */
	missing: { name: string; why: string }[];
}

/** Every skb that is freed passes it, whatever way. */
export const EVERY_FREE = 'skb_release_head_state';
/** And every one that is made of another. */
export const EVERY_COPY = '__copy_skb_header';
/** Packets have to be seen to be freed, whatever else is watched. */
const LIFE = ['skb:kfree_skb', 'skb:consume_skb', EVERY_FREE, EVERY_COPY];
/** What a diagnosis looks at besides what is watched without being asked for. */
const DIAGNOSES = ['nf_hook_slow', 'tcf_classify', '__icmp_send', 'icmp6_send', 'tcp_v4_send_reset', 'tcp_v6_send_reset'];
/** And what these return, which alone tells who of them refused a packet. */
const RETURNS_ASKED = [
	'sk_filter_trim_cap',
	'__cgroup_bpf_run_filter_skb',
	'security_sock_rcv_skb',
	'nf_conntrack_in',
	'nf_confirm',
	'ipv4_confirm',
	'ipv6_confirm',
	'tcp_validate_incoming',
];
/** Where functions cannot be watched, ends are also seen by what happens to the memory. */
const MEMORY = ['kmem:kmem_cache_free', 'kmem:kmem_cache_alloc'];

/** Points of that name: one, those of a group, those of several. @throws bad-point with the nearest names */
export function pointsNamed(word: string, option: string): Point[] {
	const layer = LAYERS[word];
	if (layer) return CATALOGUE.filter(({ name }) => layer.includes(name)).flatMap(({ points }) => points);
	const groups = CATALOGUE.filter(({ name, also }) => name === word || also?.includes(word));
	if (groups.length > 0) return groups.flatMap(({ points }) => points);
	const found = POINTS.filter(({ name, also }) => name === word || tracepointName(name) === word || also?.includes(word));
	if (found.length > 0) return found;
	const names = [
		...Object.keys(LAYERS),
		...CATALOGUE.flatMap(({ name, also = [] }) => [name, ...also]),
		...POINTS.flatMap(({ name }) => [name, tracepointName(name) ?? name]),
	];
	return fail('bad-point', { value: word, option, hint: nearest(word, names) });
}

const all = (words: readonly string[], option: string): Set<Point> => new Set(words.flatMap((word) => pointsNamed(word, option)));

/** Checks names, for whom the kernel is not asked yet. @throws bad-point */
export function checkNames({ trace = [], exclude, matcher, free, stack }: Selection): void {
	all(trace, '--trace');
	all(exclude, '--trace-exclude');
	all(matcher, '--trace-matcher');
	all(free, '--trace-free');
	all(stack, '--trace-stack');
}

/**
 * @param functions whether functions can be watched, and not only tracepoints
 * @throws bad-point, no-points when nothing of what was asked for can be watched here
 */
export function selectPoints(
	selection: Selection,
	functions: boolean,
	resolve: (points: readonly Point[]) => Resolved[] = resolvePoints,
): Selected {
	const { trace, returns } = selection;
	const asked = trace === undefined ? undefined : all(trace, '--trace');
	const excluded = all(selection.exclude, '--trace-exclude');
	const matchers = all(selection.matcher, '--trace-matcher');
	const freeing = all(selection.free, '--trace-free');
	const stacks = all(selection.stack, '--trace-stack');
	// where there is nothing but tracepoints, all of them together are not many
	const usual = (point: Point) => point.default || (!functions && tracepointName(point.name) !== undefined && point.of !== 'memory');
	const named = new Set([...(asked ?? []), ...matchers, ...freeing, ...stacks]);
	const chosen = POINTS.filter(
		(point) => (asked === undefined && selection.functions.length === 0 ? usual(point) : false) || named.has(point),
	);
	const needed = selection.diagnose
		? POINTS.filter(({ tells, name }) => tells === 'rule' || [...DIAGNOSES, ...RETURNS_ASKED].includes(name))
		: [];
	const hooks = selection.hooks ? POINTS.filter(({ tells }) => tells === 'hook') : [];
	const wanted = new Set([...chosen, ...needed, ...hooks].filter((point) => !excluded.has(point)));
	const life = POINTS.filter(({ name }) => LIFE.includes(name) || MEMORY.includes(name));
	const further = functionsLike(selection.functions);
	const candidates = [...new Set([...wanted, ...life]), ...further];
	const resolved = resolve(candidates);
	const watched = resolved.filter(isHere).filter(({ kind }) => functions || kind === 'tracepoint');
	// the memory of an skb is only watched where its end cannot be
	const everyFree = watched.some(({ name }) => name === EVERY_FREE);
	const points = watched
		.filter(({ point }) => !everyFree || point.of !== 'memory')
		.map((here, number): Watched => {
			const { point, name, value } = here;
			let flags = 0;
			if (matchers.size === 0 || matchers.has(point)) flags |= POINT_FLAGS.starts;
			if (point.ends || freeing.has(point)) flags |= POINT_FLAGS.ends;
			if (point.changes) flags |= POINT_FLAGS.changes;
			if (point.backlog) flags |= POINT_FLAGS.backlog;
			if (point.fresh) flags |= POINT_FLAGS.fresh;
			if (point.step) flags |= POINT_FLAGS[point.step];
			if (point.tells === 'location' && value !== undefined) flags |= POINT_FLAGS.value;
			// at the end of a function its packet is known by the argument itself
			const ends = here.returns.kind !== 'nothing' && here.inside === undefined;
			if (ends && (returns || (selection.diagnose && RETURNS_ASKED.includes(name)))) flags |= POINT_FLAGS.returns;
			if (stacks.has(point)) flags |= POINT_FLAGS.stack;
			if (selection.hooks && here.functions !== undefined) flags |= POINT_FLAGS.functions;
			// points at which packets end, or others are made of them, and where none begins
			if (point.tells === 'rule') flags = 0;
			if (point.copies) flags = point.fresh ? POINT_FLAGS.fresh : 0;
			if (point.ends && name !== 'skb:kfree_skb') flags &= ~POINT_FLAGS.starts;
			return {
				...here,
				number,
				flags,
				hidden: excluded.has(point) || !(wanted.has(point) || further.includes(point) || LIFE.includes(name)),
			};
		});
	const missing = resolved
		.filter((one) => !isHere(one) || !watched.includes(one))
		.filter(({ point }) => asked?.has(point) || matchers.has(point) || freeing.has(point) || stacks.has(point))
		.map((one) => ({ name: one.point.name, why: whyMissing(one, false) }));
	if (points.every(({ name }) => LIFE.includes(name)) && !chosen.some(({ name }) => LIFE.includes(name))) {
		const words = [...(trace ?? []), ...selection.functions].join(',');
		fail('no-points', { value: words, why: missing[0]?.why ?? say('all of it is excluded', '全部被排除') });
	}
	if (selection.hooks && !points.some(({ flags, hidden }) => flags & POINT_FLAGS.functions && !hidden)) {
		const hook = resolved.find(({ point }) => hooks.includes(point));
		fail('no-points', { value: '--hooks', why: whyMissing(hook, functions) });
	}
	return { points, missing };
}

/** Why a point that was resolved is not watched. */
const whyMissing = (one: Resolved | undefined, functions: boolean): string =>
	one !== undefined && !isHere(one)
		? one.why
		: functions
			? say('it is excluded', '已被排除')
			: say('functions cannot be watched here', '此处无法观察函数');

/** Functions of the kernel and its modules that take a packet, by patterns of their names. */
function functionsLike(patterns: readonly string[]): Point[] {
	if (patterns.length === 0) return [];
	const likes = patterns.map(
		(pattern) =>
			new RegExp(
				`^${pattern
					.replace(/[^\w*?]/g, '\\$&')
					.replaceAll('*', '.*')
					.replaceAll('?', '.')}$`,
			),
	);
	const known = new Set(POINTS.map(({ name }) => name));
	const found = new Map<string, Point>();
	for (const btf of [kernelBtf(), ...[...modules()].map(([, module]) => module)]) {
		for (const id of btf.all(KIND.function)) {
			const name = btf.nameOf(id);
			if (known.has(name) || found.has(name) || !likes.some((like) => like.test(name))) continue;
			const takes = btf.resolve(btf.type(id).type).parameters?.some(({ type: parameter }) => {
				const pointer = btf.resolve(parameter);
				return pointer.kind === KIND.pointer && btf.resolve(pointer.type).name === 'sk_buff';
			});
			if (takes) found.set(name, off(name, '', ''));
		}
	}
	const points = [...found.values(), ...POINTS.filter(({ name }) => likes.some((like) => like.test(name)))];
	if (points.length === 0)
		fail('no-points', { value: patterns.join(','), why: say('no function of that name takes a packet', '没有此类接收报文的函数') });
	return points;
}
