/**
 * How functions are watched, the best way first. One entry each: whether this kernel takes it is found out by trying, with an
 * empty program on one function.
 */
import { readFileSync } from 'node:fs';
import { addressesOf } from '../bpf/addresses.ts';
import { linkKprobe, linkKprobeMulti, linkTracingMulti } from '../bpf/links.ts';
import { ATTACH_TYPE, EMPTY, PROGRAM_TYPE } from '../bpf/program.ts';
import { say } from '../lang.ts';
import { Probes, type Unattached, type Watched } from './probes.ts';
import { type Marks, templateOf } from './template.ts';

/** The instructions for a point, with its numbers in them, for what serves it. */
export type CopyFor = (point: Watched, way: Way, offsetOf: (place: number) => number) => Uint8Array;

/** One way to watch functions. */
export interface Way {
	/** the programs cannot rely on types of arguments: bpf/trace.bpf.c compiled with -DUNTYPED */
	untyped: boolean;
	/** one program serves many points */
	shared: boolean;
	/** what stands behind the names of the templates for it */
	suffix: string;
	/** Attaches a copy of its template to every function. @returns those that could not be */
	attach: (probes: Probes, points: readonly Watched[], copy: CopyFor) => Unattached[];
}

/** Bytes of an argument in the context of a tracing program. */
const WORD = 8;
export const inArray = (place: number): number => place * WORD;

/** Where struct pt_regs (arch/…/include/asm/ptrace.h) has the arguments of a function, bytes. */
const REGISTERS: Readonly<Record<string, readonly number[]>> = {
	x64: [112, 104, 96, 88, 72, 64],
	arm64: [0, 8, 16, 24, 32, 40, 48, 56],
};
const inRegisters = (place: number): number => REGISTERS[process.arch]?.[place] ?? -1;

/** What a program needs that finds its arguments by the cookie. */
export const registers = (offsetOf: (place: number) => number): Marks => ({
	register0: offsetOf(0),
	register1: offsetOf(1),
	register2: offsetOf(2),
	register3: offsetOf(3),
	register4: offsetOf(4),
	register5: offsetOf(5),
});
/** Arguments that a cookie can name (bpf/trace.bpf.c), and those of them that a program finds in registers. */
const PLACES = 8;
const REGISTER_PLACES = 6;

/** Makes one link to many functions. @returns a descriptor, or the negative errno */
type Link = (program: number, points: readonly Watched[]) => number;

/** One program and one link for all functions that a copy of one template serves. */
const forMany = (
	source: { type: number; attachType: number; btfId: number },
	suffix: string,
	by: (point: Watched) => string,
	/** what gets a link and a program of its own, which asks nobody which point it is */
	alone: (point: Watched) => boolean,
	offsetOf: (place: number) => number,
	places: number,
	/** which of the points there are, and how to link to them */
	find: (points: readonly Watched[]) => { missing: Unattached[]; link: Link },
): Way => {
	const way: Way = {
		untyped: true,
		shared: true,
		suffix,
		attach: (probes, points, copy) => {
			const { missing, link } = find(points);
			const unseen = points.filter(({ skb, value = 0 }) => Math.max(skb, value) >= places).map(({ name }) => inNoRegister(name));
			const refused = [...missing, ...unseen];
			const names = new Set(refused.map(({ name }) => name));
			const there = points.filter(({ name }) => !names.has(name));
			for (const point of there.filter(alone)) {
				const instructions = copy(point, { ...way, shared: false }, offsetOf);
				refused.push(...linked(probes, [point], { ...source, instructions }, link));
			}
			for (const group of inGroups(
				there.filter((point) => !alone(point)),
				by,
			)) {
				const instructions = copy(group[0] as Watched, way, offsetOf);
				refused.push(...linked(probes, group, { ...source, instructions }, link));
			}
			return refused;
		},
	};
	return way;
};

/** What an attachment tells the program (bpf/trace.bpf.c). */
const cookies = (points: readonly Watched[]): BigUint64Array =>
	BigUint64Array.from(
		points,
		({ number, flags, skb, socket = 0, value = 0 }) =>
			BigInt(number) | (BigInt(flags) << 16n) | (BigInt(skb) << 48n) | (BigInt(socket) << 52n) | (BigInt(value) << 56n),
	);

const inNoSymbol = (name: string): Unattached => ({
	name,
	why: say('the compiler has put it into others, or renamed it', '编译器已将其内联或改名'),
	log: '',
});

const inNoRegister = (name: string): Unattached => ({
	name,
	why: say('the packet is not in a register there', '报文参数不在寄存器中'),
	log: '',
});

const MULTI = forMany(
	{ type: PROGRAM_TYPE.tracing, attachType: ATTACH_TYPE.fentryMulti, btfId: 0 },
	'_multi',
	({ module }) => module,
	// two helpers tell a program which point it is, and give it its packet
	({ point }) => point.hot === true,
	// a helper gives the argument at a place
	(place) => place,
	PLACES,
	() => ({
		missing: [],
		link: (program, points) =>
			linkTracingMulti(
				program,
				Uint32Array.from(points, ({ btfId }) => btfId),
				cookies(points),
			),
	}),
);

const FENTRY: Way = {
	untyped: false,
	shared: false,
	suffix: '',
	attach: (probes, points, copy) =>
		points.flatMap((point) => probes.tracing(point, ATTACH_TYPE.fentry, copy(point, FENTRY, inArray)) ?? []),
};

const KPROBE_MULTI = forMany(
	{ type: PROGRAM_TYPE.kprobe, attachType: ATTACH_TYPE.kprobeMulti, btfId: 0 },
	'',
	() => '',
	// the kernel looks for a cookie among all functions of a link
	({ point }) => point.hot === true,
	inRegisters,
	REGISTER_PLACES,
	(points) => {
		const names = points.map(({ name }) => name);
		const addresses = addressesOf(names);
		const link: Link = (program, points) => linkKprobeMulti(program, functions(points), cookies(points));
		const functions = (points: readonly Watched[]) =>
			addresses ? BigUint64Array.from(points, ({ name }) => addresses.get(name) as bigint) : points.map(({ name }) => name);
		const missing = addresses ? names.filter((name) => !addresses.has(name)).map(inNoSymbol) : [];
		return { missing, link };
	},
);

const KPROBE: Way = {
	untyped: true,
	shared: false,
	suffix: '',
	attach: (probes, points, copy) => points.flatMap((point) => kprobe(probes, point, copy(point, KPROBE, inRegisters)) ?? []),
};

export interface Backend {
	en: string;
	zh: string;
	/** for functions that every packet passes */
	hot?: Way;
	/** for all others; undefined: functions are not watched */
	way?: Way;
	/** ends of functions can be watched, so that a return is paired with its packet */
	returns: boolean;
}

/**
 * A trampoline costs least when it is hit, and takes a tenth of a second to take off; a link to many functions costs twice as much,
 * and comes and goes at once. So where kprobe.multi is there, only what every packet passes gets a trampoline.
 */
export const BACKENDS = {
	'fentry-multi': {
		en: 'one fentry multi link, and one for each of what every packet passes (kernel 7.2 and later)',
		zh: '一个 fentry multi 链接,每个报文必经之处各一个(7.2 及以后)',
		hot: MULTI,
		way: MULTI,
		returns: true,
	},
	'fentry+kprobe-multi': {
		en: 'trampolines for what every packet passes, one kprobe.multi link for the others',
		zh: '每个报文必经之处用 trampoline,其余用一个 kprobe.multi 链接',
		hot: FENTRY,
		way: KPROBE_MULTI,
		returns: true,
	},
	fentry: { en: 'a trampoline for each function', zh: '每个函数一个 trampoline', hot: FENTRY, way: FENTRY, returns: true },
	'kprobe-multi': {
		en: 'one kprobe.multi link, and one for each of what every packet passes',
		zh: '一个 kprobe.multi 链接,每个报文必经之处各一个',
		hot: KPROBE_MULTI,
		way: KPROBE_MULTI,
		returns: false,
	},
	kprobe: { en: 'a kprobe for each function', zh: '每个函数一个 kprobe', hot: KPROBE, way: KPROBE, returns: false },
	tracepoints: { en: 'tracepoints only, no functions', zh: '仅跟踪点,不含函数', returns: false },
} as const satisfies Record<string, Backend>;

export type BackendName = keyof typeof BACKENDS;

/** Those that watch functions, the best first. */
export const FUNCTION_BACKENDS = (Object.keys(BACKENDS) as BackendName[]).filter((name) => name !== 'tracepoints');

/** What watches each function. */
function wayOf({ hot, way }: Backend, { point, module, untyped }: Watched): Way | undefined {
	// kprobe.multi finds functions by name, and of modules not on every kernel (ESRCH on 6.12)
	if (untyped && way !== undefined && way !== MULTI) return way === KPROBE_MULTI && module === '' ? way : KPROBE;
	return point.hot || (module !== '' && way === KPROBE_MULTI && hot === FENTRY) ? hot : way;
}

/** Functions by what watches them. */
export function byWay(backend: Backend, functions: readonly Watched[]): Map<Way, Watched[]> {
	const ways = new Map<Way, Watched[]>();
	for (const point of functions) {
		const way = wayOf(backend, point);
		if (way) ways.set(way, [...(ways.get(way) ?? []), point]);
	}
	return ways;
}

/** Functions of which one has to take a probe. */
const TRIED = 4;

/**
 * Why functions cannot be watched in this way here; undefined when they can.
 * @param functions of which one is tried
 * @param keep where what was attached for it stays, for who has no time now: to take off a trampoline takes as long as to make ten
 */
export function whyNot(name: BackendName, functions: readonly Watched[], keep?: Probes): string | undefined {
	const backend: Backend = BACKENDS[name];
	const trial = keep ?? new Probes();
	try {
		for (const way of new Set([backend.hot, backend.way])) {
			const refused = way && refusal(way, functions, trial);
			if (refused !== undefined) return refused;
		}
		return undefined;
	} finally {
		if (!keep) trial.detach();
	}
}

/** The best of `names` that works here for functions, or why trampolines, which most kernels take, do not. @param keep as of {@link whyNot} */
export function bestFor(functions: readonly Watched[], names = FUNCTION_BACKENDS, keep?: Probes): { backend?: BackendName; why: string } {
	let why = say('there are none', '没有函数');
	if (functions.length === 0) return { why };
	for (const backend of names) {
		const refused = whyNot(backend, functions, keep);
		if (refused === undefined) return { backend, why: '' };
		if (backend === 'fentry' || names.length === 1) why = refused;
	}
	return { why };
}

function refusal(way: Way, functions: readonly Watched[], trial: Probes): string | undefined {
	if (way.untyped && way !== MULTI && !REGISTERS[process.arch]) return say('not written for this processor', '不支持该处理器');
	const tried = functions.filter(({ kind, module }) => kind === 'function' && module === '').slice(0, TRIED);
	// the first may be one that cannot be watched at all
	for (const point of tried) {
		const [refused] = way.attach(trial, [point], () => EMPTY);
		if (!refused) return undefined;
		if (point === tried.at(-1) || /EPERM|EINVAL/.test(refused.why)) return refused.why;
	}
	return say('no function took a probe', '没有函数可以挂载');
}

/** Those that one program can serve: the cookie tells it the rest. Every program takes its time to be verified, and every link to go away. */
function inGroups(points: readonly Watched[], by: (point: Watched) => string): Watched[][] {
	const groups = new Map<string, Watched[]>();
	for (const point of points) {
		const key = [by(point), templateOf(point), point.inside, point.functions].join();
		groups.set(key, [...(groups.get(key) ?? []), point]);
	}
	return [...groups.values()];
}

/** One program, attached to all of them; if the kernel does not take one of them, to those it takes. */
function linked(
	probes: Probes,
	points: readonly Watched[],
	source: { type: number; attachType: number; btfId: number; instructions: Uint8Array },
	link: Link,
): Unattached[] {
	const [{ name, module }] = points as [Watched];
	// kprobes go by name, and are refused with the types of a module
	const program = probes.load(name, source, source.type === PROGRAM_TYPE.tracing ? module : '');
	if (typeof program !== 'number') return points.map((point) => ({ ...program, name: point.name }));
	const attach = (some: readonly Watched[]): Unattached[] => {
		const refused = probes.link(some[0]?.name ?? '', link(program, some));
		if (!refused) return [];
		if (some.length === 1) return [refused];
		const half = some.length >> 1;
		return [...attach(some.slice(0, half)), ...attach(some.slice(half))];
	};
	return attach(points);
}

const EVENT_SOURCE = '/sys/bus/event_source/devices/kprobe/type';

function kprobe(probes: Probes, { name, skb, value = 0 }: Watched, instructions: Uint8Array): Unattached | undefined {
	if (inRegisters(skb) < 0 || inRegisters(value) < 0) return inNoRegister(name);
	const source = kprobeSource();
	if (source === undefined) return { name, why: say('this kernel has no kprobes', '此内核没有 kprobe'), log: '' };
	const program = probes.load(name, { type: PROGRAM_TYPE.kprobe, attachType: 0, btfId: 0, instructions }, '');
	if (typeof program !== 'number') return program;
	return probes.link(name, linkKprobe(program, source, name));
}

let eventSource: number | undefined;

/** The number of perf's event source for kprobes, if there is one. */
function kprobeSource(): number | undefined {
	try {
		eventSource ??= Number(readFileSync(EVENT_SOURCE, 'latin1'));
		return eventSource;
	} catch {
		return undefined;
	}
}
