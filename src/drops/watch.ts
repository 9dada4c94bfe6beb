/** One run of droptrace: from records to drops and counts. */
import type { DropEvent } from '../bpf/generated/events.ts';
import type { DropSettings } from '../cli/settings.ts';
import { compileFilter } from '../filter/compile.ts';
import { isOwner, SocketOwners } from '../kernel/processes.ts';
import type { Reasons } from '../kernel/reasons.ts';
import { kernelRelease } from '../kernel/release.ts';
import { say } from '../lang.ts';
import type { End, Start } from '../output/sink.ts';
import { Session, type SessionContext, type Source, type Task } from '../session/session.ts';
import { BenignKinds } from './benign.ts';
import { Describer } from './describe.ts';
import { DropStats } from './stats.ts';
import { DropTracer } from './tracer.ts';

/** What rate limits hold back, ms. */
const HELD_BACK = 10_000;

export interface WatchContext extends SessionContext<DropSettings> {
	reasons: Reasons;
}

interface DropSource extends Source {
	tracer: DropTracer;
}

/** Runs until stopped. @returns the exit status @throws the table's errors when the kernel cannot */
export async function watch(context: WatchContext): Promise<number> {
	const run = new Watch(context);
	return run.run();
}

class Watch extends Session<DropSettings, DropSource> {
	private readonly reasons: Reasons;
	private readonly describer: Describer;
	private readonly kinds = new BenignKinds();
	private events = 0;
	private drops = 0;
	private benign = 0;
	private readonly stats: DropStats | undefined;
	private reported = 0;
	/** --stat had no row for some drop */
	private full = false;

	constructor(context: WatchContext) {
		super(context);
		this.reasons = context.reasons;
		const { rawSymbols, json, stat, showBenign, filter } = context.settings;
		const owners = new SocketOwners('/proc', filter.owners);
		this.describer = new Describer(context.reasons, { owners }, { raw: rawSymbols, addresses: json || stat !== undefined });
		if (stat !== undefined) this.stats = new DropStats(this.describer, showBenign || filter.reasons !== undefined);
	}

	private get tracer(): DropTracer | undefined {
		return this.source?.tracer;
	}

	protected open(): DropSource {
		const { settings, note } = this.context;
		const tracer = new DropTracer({
			filter: compileFilter(settings.filter),
			stack: settings.stack,
			snapLength: settings.write === undefined ? 0 : settings.snapLength,
			expression: settings.expression,
			inner: settings.inner,
			mode: settings.stat === undefined ? 'events' : 'stat',
			rates: settings.rates,
			ringBytes: settings.ringBytes,
		});
		if (!this.reasons.available)
			note(
				say(
					`kernel ${kernelRelease()} gives no drop reasons (they came with 5.17): function and location stand in`,
					`内核 ${kernelRelease()} 不提供丢包原因(5.17 起才有):以函数和位置代替`,
				),
			);
		this.reported = process.uptime();
		return {
			tracer,
			poll: (limit, all) => tracer.poll(limit, this.visit, all),
			losses: () => tracer.losses(),
			detach: () => tracer.detach(),
			close: () => tracer.close(),
		};
	}

	protected probes(source: DropSource | undefined): Pick<Start, 'backend' | 'probes'> {
		return { backend: 'tp_btf', probes: { asked: 1, attached: source ? 1 : 0 } };
	}

	protected override tasks(): Task[] {
		const { rates, stat } = this.context.settings;
		return [
			...(rates === undefined ? [] : [{ every: HELD_BACK, run: () => this.reportHeldBack() }]),
			...(stat === undefined ? [] : [{ every: stat, run: () => this.report() }]),
		];
	}

	protected refresh(): void {
		this.describer.refresh();
	}

	private readonly visit = (event: DropEvent, stackOffset: number, copyOffset: number): void => {
		const { settings, outputs, stop } = this.context;
		this.events++;
		if (this.stats) {
			this.stats.sample(event, stackOffset);
			return;
		}
		if (settings.count !== undefined && this.drops >= settings.count) return;
		if (!settings.showBenign && settings.filter.reasons === undefined && this.hides(event)) {
			this.benign++;
			return;
		}
		const drop = this.describer.describe(event, stackOffset);
		const { owners } = settings.filter;
		if (owners && !(drop.process && isOwner(owners, drop.process))) return;
		outputs.drop(drop, copyOffset === 0 ? undefined : this.describer.captured(event, copyOffset));
		this.drops++;
		if (this.drops === settings.count) stop.now('count');
	};

	private hides(event: DropEvent): boolean {
		return this.kinds.is(event, this.describer);
	}

	/** --stat: what was counted since the last report. */
	private report(): void {
		const { tracer, stats } = this;
		const { outputs, note } = this.context;
		// nobody takes it: the next report has it all the same
		if (!tracer || !stats || !outputs.ready) return;
		const now = process.uptime();
		const report = stats.report(tracer.stats(), now - this.reported, tracer.count('other'));
		this.reported = now;
		this.drops = tracer.count('counted') + report.other - report.benign;
		this.benign = report.benign;
		if (report.other > 0 && !this.full) {
			this.full = true;
			note(
				say(
					'the kernel has no room for more kinds of drops: those that come now are counted together, as other',
					'内核中已无空间容纳更多种类的丢弃:新出现的种类合并计为“其他”',
				),
			);
		}
		outputs.stat(report);
		outputs.flush();
	}

	private reportHeldBack(): void {
		const { outputs, note } = this.context;
		for (const { reason: number, count } of this.tracer?.heldBack() ?? []) {
			const reason = number === undefined || !this.reasons.available ? undefined : this.reasons.of(number);
			outputs.reportHeldBack({ count, ...(reason && { reason }) });
			const name = reason?.name ?? '';
			note(say(`held back ${count} ${name ? `${name} ` : ''}by --rate-limit`, `--rate-limit 扣下 ${count} 次 ${name}`.trimEnd()));
		}
	}

	protected override afterDetach(): void {
		if (this.stats) this.turn(true);
		this.report();
	}

	protected override beforeEnd(): void {
		this.reportHeldBack();
	}

	protected ending(unwritten: number, lost: number): End {
		return {
			seconds: this.elapsed,
			events: this.events,
			lost,
			packets: this.drops - unwritten,
			drops: this.drops - unwritten,
			benign: this.benign + (this.tracer?.count('benign') ?? 0),
			heldBack: this.tracer?.count('limited') ?? 0,
		};
	}

	protected summary({ drops, benign = 0, heldBack = 0, seconds }: End): string[] {
		return [
			say(`${drops} ${drops === 1 ? 'drop' : 'drops'} in ${seconds.toFixed(1)} s`, `${seconds.toFixed(1)} 秒内 ${drops} 次丢弃`),
			...(benign > 0 ? [say(`${benign} benign hidden (--all shows them)`, `隐藏 ${benign} 次良性丢弃(--all 可显示)`)] : []),
			...(heldBack > 0 ? [say(`${heldBack} held back by --rate-limit`, `--rate-limit 扣下 ${heldBack} 次`)] : []),
		];
	}
}
