/** One run of droptrace: from the first packet to the end line. */
import { closeSync, openSync, unlinkSync } from 'node:fs';
import type { DropEvent } from '../bpf/generated/events.ts';
import { libbpf } from '../bpf/libbpf.ts';
import type { DropSettings } from '../cli/settings.ts';
import type { Stop } from '../cli/stop.ts';
import { EXIT, fail } from '../errors.ts';
import { compileFilter } from '../filter/compile.ts';
import { interfacesHere, interfacesIn, type NetnsTarget, netnsGone } from '../kernel/netns.ts';
import { SocketOwners } from '../kernel/processes.ts';
import type { Reasons } from '../kernel/reasons.ts';
import { kernelRelease } from '../kernel/release.ts';
import { say } from '../lang.ts';
import type { Outputs } from '../output/outputs.ts';
import type { End } from '../output/sink.ts';
import { why } from '../output/writer.ts';
import { VERSION } from '../version.ts';
import { benignBecause } from './benign.ts';
import { Describer } from './describe.ts';
import { DropStats } from './stats.ts';
import { DropTracer } from './tracer.ts';

/** Records a turn: few enough that signals and output get their time. */
const BATCH = 4096;
/** Between turns, ms: when something came, and when nothing did. */
const BUSY = 2;
const IDLE = 20;
/** Clocks, names, losses, and whether what is watched still exists: ms. */
const HOUSEKEEPING = 500;
/** What rate limits hold back, ms. */
const HELD_BACK = 10_000;
/** How long a slow reader is waited for at the end, ms. */
const GRACE = 2000;

export interface WatchContext {
	settings: DropSettings;
	reasons: Reasons;
	outputs: Outputs;
	stop: Stop;
	/** a sentence for the user, on stderr */
	note: (text: string) => void;
	/** every probe is attached: tells whoever waits for it */
	ready: () => void;
	tool: string;
}

/** Runs until stopped. @returns the exit status @throws the table's errors when the kernel cannot */
export async function watch(context: WatchContext): Promise<number> {
	const run = new Watch(context);
	return run.run();
}

class Watch {
	private readonly context: WatchContext;
	private readonly describer: Describer;
	private tracer: DropTracer | undefined;
	private readonly started = performance.now();
	private events = 0;
	private drops = 0;
	private benign = 0;
	private readonly lost = new Map<string, number>();
	private readonly present: string[];
	private readonly gone = new Set<NetnsTarget>();
	private readonly stats: DropStats | undefined;
	private reported = 0;
	/** --stat had no row for some drop */
	private full = false;

	constructor(context: WatchContext) {
		this.context = context;
		const { comms } = context.settings;
		const owners = new SocketOwners('/proc', comms && new Set(comms));
		this.describer = new Describer(context.reasons, { owners }, context.settings.rawSymbols);
		if (context.settings.stat !== undefined)
			this.stats = new DropStats(this.describer, context.settings.showBenign || context.settings.filter.reasons !== undefined);
		const interfaces = context.settings.interfaces.length > 0 ? this.interfaces() : undefined;
		this.present = context.settings.interfaces.filter((name) => interfaces?.has(name));
	}

	async run(): Promise<number> {
		const { stop, settings } = this.context;
		try {
			await this.attach();
			if (settings.duration !== undefined) stop.after(settings.duration, 'duration');
			this.reported = performance.now();
			const timers = [setInterval(() => this.housekeep(), HOUSEKEEPING)];
			if (settings.rates !== undefined) timers.push(setInterval(() => this.reportHeldBack(), HELD_BACK));
			if (settings.stat !== undefined) timers.push(setInterval(() => this.report(), settings.stat));
			while (!stop.asked) {
				const visited = this.turn(false);
				await stop.sleep(visited >= BATCH ? 0 : visited > 0 ? BUSY : IDLE);
			}
			timers.forEach(clearInterval);
			return await this.finish();
		} finally {
			this.tracer?.close();
			if (settings.readyFile !== undefined) remove(settings.readyFile);
		}
	}

	private async attach(): Promise<void> {
		const { settings, outputs, stop, note, tool } = this.context;
		// a signal that came while options were read is noticed here, before the kernel is touched
		await stop.sleep(0);
		if (!stop.asked) {
			this.tracer = new DropTracer({
				filter: compileFilter(settings.filter),
				stack: settings.stack,
				snapLength: settings.write === undefined ? 0 : settings.snapLength,
				expression: settings.expression,
				mode: settings.stat === undefined ? 'events' : 'stat',
				rates: settings.rates,
				ringBytes: settings.ringBytes,
			});
		}
		outputs.start({
			tool,
			version: VERSION,
			kernel: kernelRelease(),
			libbpf: (libbpf.libbpf_version_string() ?? '').replace(/^v/, ''),
			backend: 'tp_btf',
			probes: { asked: 1, attached: this.tracer ? 1 : 0 },
			filter: settings.filterText,
		});
		outputs.flush();
		if (!this.tracer) return;
		if (!this.context.reasons.available)
			note(
				say(
					`kernel ${kernelRelease()} gives no drop reasons (they came with 5.17): function and location stand in`,
					`内核 ${kernelRelease()} 不提供丢包原因(5.17 起才有):以函数和位置代替`,
				),
			);
		if (settings.readyFile !== undefined) create(settings.readyFile);
		this.context.ready();
	}

	/** Reads what the kernel has, as long as the output takes it. @returns records read */
	private turn(all: boolean): number {
		const { outputs, stop } = this.context;
		let visited = 0;
		// without room for output the rings fill, and what does not fit is counted there
		if (outputs.ready) visited = this.tracer?.poll(BATCH, this.visit, all) ?? 0;
		outputs.flush();
		if (outputs.closed) stop.now('closed');
		if (outputs.failed) stop.now('output');
		return visited;
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
		if (settings.comms && !settings.comms.includes(drop.process?.comm ?? '')) return;
		outputs.drop(drop, copyOffset === 0 ? undefined : this.describer.captured(event, copyOffset));
		this.drops++;
		if (this.drops === settings.count) stop.now('count');
	};

	private hides(event: DropEvent): boolean {
		return benignBecause(this.describer.glance(event)) !== undefined;
	}

	/** --stat: what was counted since the last report. */
	private report(): void {
		const { tracer, stats } = this;
		const { outputs, note } = this.context;
		// nobody takes it: the next report has it all the same
		if (!tracer || !stats || !outputs.ready) return;
		const now = performance.now();
		const report = stats.report(tracer.stats(), (now - this.reported) / 1000, tracer.count('other'));
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

	private housekeep(): void {
		const { settings, stop, note, outputs } = this.context;
		outputs.probe();
		if (outputs.closed) stop.now('closed');
		this.describer.refresh();
		this.reportLosses();
		// its number will soon name another namespace: going on would show that one's packets
		for (const target of settings.netns.filter((target) => !this.gone.has(target) && netnsGone(target))) {
			this.gone.add(target);
			note(say(`network namespace ${target.asked} is gone, nothing more can be seen of it`, `网络命名空间 ${target.asked} 已消失`));
		}
		if (this.gone.size > 0 && this.gone.size === settings.netns.length) stop.now('netns');
		const interfaces = this.present.length > 0 ? this.interfaces() : undefined;
		for (const name of this.present.filter((name) => !interfaces?.has(name))) {
			note(say(`interface ${name} is gone; waiting for one of that name`, `接口 ${name} 已消失;等待同名接口出现`));
			this.present.splice(this.present.indexOf(name), 1);
		}
	}

	/** Names of interfaces where they are looked for. */
	private interfaces(): Set<string> {
		const { netns } = this.context.settings;
		const found = netns.length === 0 ? [interfacesHere()] : netns.flatMap(({ path }) => (path === undefined ? [] : interfacesIn(path)));
		return new Set(found.flatMap((names) => [...names.keys()]));
	}

	private reportLosses(): void {
		const { outputs, note } = this.context;
		for (const { where, count } of this.tracer?.losses() ?? []) {
			const more = count - (this.lost.get(where) ?? 0);
			if (more <= 0) continue;
			this.lost.set(where, count);
			outputs.reportLost({ where, count: more });
			note(say(`lost ${more} events: ${where}`, `丢失 ${more} 个事件:${where}`));
		}
	}

	private reportHeldBack(): void {
		const { outputs, note, reasons } = this.context;
		for (const { reason: number, count } of this.tracer?.heldBack() ?? []) {
			const reason = number === undefined || !reasons.available ? undefined : reasons.of(number);
			outputs.reportHeldBack({ count, ...(reason && { reason }) });
			const name = reason?.name ?? '';
			note(say(`held back ${count} ${name ? `${name} ` : ''}by --rate-limit`, `--rate-limit 扣下 ${count} 次 ${name}`.trimEnd()));
		}
	}

	private async finish(): Promise<number> {
		const { outputs, settings, note, stop } = this.context;
		this.tracer?.detach();
		if (this.stats) this.turn(true);
		this.report();
		let deadline = performance.now() + GRACE;
		const late = () => performance.now() >= deadline;
		while (outputs.alive && !late()) {
			const visited = this.turn(true);
			// what takes its time here, symbols read for the first time among it, is not the reader's fault
			if (outputs.idle) deadline = performance.now() + GRACE;
			if (visited === 0 && outputs.ready) break;
			if (!outputs.idle) await stop.pause(5);
		}
		if (outputs.allClosed) return EXIT.ok;
		if (!outputs.alive || late()) this.abandon();
		this.reportLosses();
		this.reportHeldBack();
		outputs.end(this.end);
		outputs.flush();
		while (!outputs.idle && !late()) {
			await stop.pause(5);
			outputs.flush();
		}
		outputs.close(this.end);
		const { failed, lost } = outputs;
		const end = this.end(lost);
		note(summary(end, outputs.remarks()));
		if (failed?.failure) fail('output-failed', { path: failed.path, why: why(failed.failure), lost: failed.lost });
		return settings.strict && end.lost > 0 ? EXIT.lost : EXIT.ok;
	}

	/** What is still in the rings will not be written; it is read to be counted. */
	private abandon(): void {
		const { outputs } = this.context;
		outputs.abandon();
		while ((this.tracer?.poll(BATCH, this.visit, true) ?? 0) > 0) outputs.flush();
	}

	private readonly end = (unwritten: number): End => ({
		seconds: (performance.now() - this.started) / 1000,
		events: this.events,
		lost: [...this.lost.values()].reduce((sum, count) => sum + count, 0) + unwritten,
		drops: this.drops - unwritten,
		benign: this.benign + (this.tracer?.count('benign') ?? 0),
		heldBack: this.tracer?.count('limited') ?? 0,
	});
}

function summary({ drops, benign, heldBack, lost, seconds }: End, remarks: readonly string[]): string {
	const parts = [
		say(`${drops} ${drops === 1 ? 'drop' : 'drops'} in ${seconds.toFixed(1)} s`, `${seconds.toFixed(1)} 秒内 ${drops} 次丢弃`),
		...(benign > 0 ? [say(`${benign} benign hidden (--all shows them)`, `隐藏 ${benign} 次良性丢弃(--all 可显示)`)] : []),
		...(heldBack > 0 ? [say(`${heldBack} held back by --rate-limit`, `--rate-limit 扣下 ${heldBack} 次`)] : []),
		...remarks,
		say(`${lost} lost`, `丢失 ${lost} 个`),
	];
	return parts.join(say(', ', ','));
}

function create(path: string): void {
	try {
		closeSync(openSync(path, 'w'));
	} catch (error) {
		fail('output-open', { path, why: why(error as NodeJS.ErrnoException) });
	}
}

function remove(path: string): void {
	try {
		unlinkSync(path);
	} catch {
		// never made, or taken away by whoever waited for it
	}
}
