/** One run of nettrace: from records to packets' ways. */
import { TRACE_KIND, type TraceEvent } from '../bpf/generated/events.ts';
import type { PathSettings } from '../cli/path-settings.ts';
import { Diagnoser } from '../diagnose/diagnose.ts';
import { compileFilter } from '../filter/compile.ts';
import { monotonicNow, WallClock } from '../kernel/clock.ts';
import { NetnsNames } from '../kernel/netns.ts';
import type { Reasons } from '../kernel/reasons.ts';
import { Symbols } from '../kernel/symbols.ts';
import { say } from '../lang.ts';
import { enumeration } from '../nearest.ts';
import type { End, Start } from '../output/sink.ts';
import { Session, type SessionContext, type Source, type Task } from '../session/session.ts';
import type { BackendName } from './backends.ts';
import { Grouper } from './group.ts';
import type { Path } from './path.ts';
import type { Probes, Watched } from './probes.ts';
import { PathTracer } from './tracer.ts';
import { Ways } from './ways.ts';

/** How often packets are looked for of which nothing is heard, ms, and how long that is, ns. */
const EXPIRE_EVERY = 500;
const SILENCE = 5_000_000_000;
/** How often sockets of the processes asked for are looked for, ms. */
const OWNERS_EVERY = 250;

export interface PathContext extends SessionContext<PathSettings> {
	reasons: Reasons;
	points: readonly Watched[];
	/** how functions are watched */
	backend: BackendName;
	/** what was attached to find that out */
	trial: Probes;
	/** files of the network namespaces whose netfilter hooks are watched */
	namespaces: readonly string[];
}

interface PathSource extends Source {
	tracer: PathTracer;
}

/** Runs until stopped. @returns the exit status @throws the table's errors when the kernel cannot */
export async function follow(context: PathContext): Promise<number> {
	const run = new PathWatch(context);
	return run.run();
}

class PathWatch extends Session<PathSettings, PathSource> {
	private readonly watched: Pick<PathContext, 'points' | 'backend' | 'trial' | 'namespaces'>;
	private readonly clock = new WallClock();
	private readonly names = new NetnsNames();
	private readonly grouper: Grouper;
	private readonly ways: Ways | undefined;
	private readonly diagnoser: Diagnoser | undefined;
	/** everything before this has been read, ns: what lies unread on a busy machine is no silence */
	private readUntil = 0;
	private readonly basic: boolean;
	private events = 0;
	private packets = 0;
	private drops = 0;
	/** with --diag: the packet that was looked for has been told */
	private failed = false;

	constructor(context: PathContext) {
		super(context);
		this.watched = context;
		this.basic = context.settings.basic;
		this.diagnoser = context.settings.selection.diagnose ? new Diagnoser() : undefined;
		this.ways = context.settings.summary ? new Ways() : undefined;
		const { reasons, points } = context;
		const sources = { reasons, symbols: new Symbols(), names: this.names, clock: this.clock };
		this.grouper = new Grouper(points, sources, this.told);
	}

	protected open(): PathSource {
		const { settings, note } = this.context;
		const tracer = new PathTracer({
			filter: compileFilter(settings.filter),
			expression: settings.expression,
			points: this.watched.points,
			backend: this.watched.backend,
			namespaces: this.watched.namespaces,
			...(settings.filter.owners && { owners: settings.filter.owners }),
			bySocket: settings.filter.owners !== undefined || settings.filter.cgroups !== undefined,
			ringBytes: settings.ringBytes,
			budget: settings.budget,
			joinClones: settings.joinClones,
			whole: settings.basic,
			onlyTimes: settings.tiny && !settings.selection.diagnose && settings.write === undefined,
			snapLength: settings.write === undefined ? 0 : settings.snapLength,
		});
		const refused = new Map<string, Set<string>>();
		for (const { name, why } of tracer.unattached) refused.set(why, (refused.get(why) ?? new Set()).add(name));
		for (const [why, points] of refused) {
			const names = enumeration([...points]);
			note(say(`this kernel takes no probe at ${names} (${why})`, `此内核不允许观察 ${names}(${why})`));
		}
		return {
			tracer,
			poll: (limit, all) => {
				const now = monotonicNow();
				const visited = tracer.poll(limit, this.visit, all);
				if (visited < limit) this.readUntil = now;
				return visited;
			},
			settle: () => this.watched.trial.detach(),
			losses: () => tracer.losses(),
			detach: () => tracer.detach(),
			close: () => tracer.close(),
		};
	}

	protected probes(source: PathSource | undefined): Pick<Start, 'backend' | 'probes'> {
		const { backend, points } = this.watched;
		return { backend, probes: { asked: points.length, attached: source?.tracer.attached ?? 0 } };
	}

	protected override tasks(): Task[] {
		return [
			{ every: EXPIRE_EVERY, run: () => this.grouper.expire(this.readUntil - SILENCE, this.source?.tracer) },
			...(this.context.settings.filter.owners === undefined ? [] : [{ every: OWNERS_EVERY, run: () => this.source?.tracer.refresh() }]),
		];
	}

	protected refresh(): void {
		this.clock.adjust();
		this.names.expire();
	}

	private readonly visit = (event: TraceEvent): void => {
		// a record of what has waited is nothing by itself
		this.events += event.waited + (event.kind === TRACE_KIND.waited ? 0 : 1);
		if (this.basic) this.tellSight(event);
		else this.grouper.add(event);
	};

	private tellSight(event: TraceEvent): void {
		const { settings, outputs, stop } = this.context;
		if (settings.count !== undefined && this.packets >= settings.count) return;
		const sight = this.grouper.sightOf(event);
		if (!sight) return;
		outputs.event(sight);
		this.packets++;
		if (sight.reason !== undefined) this.drops++;
		if (this.packets === settings.count) stop.now('count');
	}

	private readonly told = (path: Path): void => {
		const { settings, outputs, stop } = this.context;
		if ((settings.count !== undefined && this.packets >= settings.count) || this.failed) return;
		if (path.latency < settings.minLatency || !this.ofReason(path)) return;
		const judgement = this.diagnoser?.judge(path);
		if (!settings.quiet || judgement?.diagnosis || (judgement?.warnings.length ?? 0) > 0) outputs.path(path, judgement);
		this.ways?.add(path);
		this.packets++;
		if (path.verdict === 'dropped' || path.verdict === 'rejected') this.drops++;
		if (this.packets === settings.count) stop.now('count');
		// the first that failed is what was looked for
		if (judgement?.diagnosis && !settings.keep) {
			this.failed = true;
			stop.now('count');
		}
	};

	/** Whether its reason is one of those asked for, and none of those that are not wanted. */
	private ofReason({ death }: Path): boolean {
		const { reasons, excludedReasons } = this.context.settings.filter;
		const number = death?.reason?.number;
		if (reasons !== undefined && !reasons.some((reason) => reason.number === number)) return false;
		return !excludedReasons?.some((reason) => reason.number === number);
	}

	protected override beforeEnd(): void {
		this.grouper.finish(this.source?.tracer);
		if (this.diagnoser) {
			this.context.outputs.diagnoses(this.diagnoser.all());
			const { skipped } = this.diagnoser;
			if (skipped > 0)
				this.context.note(
					say(`${skipped} packets that died were not looked into: too many at once`, `${skipped} 个被丢弃的报文未作诊断:数量过多`),
				);
		}
		if (!this.ways) return;
		const { outputs, note } = this.context;
		outputs.summary(this.ways.all());
		const { others } = this.ways;
		if (others > 0)
			note(say(`${others} packets took further ways, for which there was no room`, `另有 ${others} 个报文走了其他路径,超出汇总上限`));
	}

	protected ending(unwritten: number, lost: number): End {
		const { tracer } = this.source ?? {};
		return {
			seconds: this.elapsed,
			events: this.events + this.grouper.recovered,
			lost,
			packets: this.packets - unwritten,
			drops: this.drops,
			skipped: (tracer?.count('skipped') ?? 0) + (tracer?.count('untracked') ?? 0),
			unseen: tracer?.unseen ?? 0,
		};
	}

	protected summary({ packets, drops, skipped = 0, unseen = 0, seconds }: End): string[] {
		const time = seconds.toFixed(1);
		return [
			this.context.settings.basic
				? say(`${packets} sights in ${time} s`, `${time} 秒内 ${packets} 次`)
				: say(`${packets} ${packets === 1 ? 'packet' : 'packets'} in ${time} s`, `${time} 秒内 ${packets} 个报文`),
			say(`${drops} dropped`, `${drops} 个被丢弃`),
			...(skipped > 0 ? [say(`${skipped} not followed`, `${skipped} 个未跟踪`)] : []),
			...(unseen > 0
				? [
						say(
							`${unseen} ${unseen === 1 ? 'point' : 'points'} passed inside of their own probe`,
							`${unseen} 次经过正在运行的探针而未被观察`,
						),
					]
				: []),
		];
	}
}
