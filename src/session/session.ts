/**
 * One run of a tool that traces: attach, read what the kernel has until somebody or something ends it, drain, tell the end.
 * What is read, and what becomes of it, is said by who extends this.
 */
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { libbpf } from '../bpf/libbpf.ts';
import type { Stop } from '../cli/stop.ts';
import { EXIT, fail } from '../errors.ts';
import { interfacesHere, interfacesIn, type NetnsTarget, netnsGone } from '../kernel/netns.ts';
import { kernelRelease } from '../kernel/release.ts';
import { say } from '../lang.ts';
import type { Outputs } from '../output/outputs.ts';
import type { End, Lost, Start } from '../output/sink.ts';
import { why } from '../output/writer.ts';
import { VERSION } from '../version.ts';

/** Records a turn: few enough that signals and output get their time. */
const BATCH = 4096;
/** Between turns, ms: when something came, and when nothing did. A turn costs as much as five lines, so they are not too many. */
const BUSY = 5;
const IDLE = 20;
/** Clocks, names, losses, and whether what is watched still exists: ms. */
const HOUSEKEEPING = 500;
/** How long a slow reader is waited for at the end, ms. */
const GRACE = 2000;

/** Where records come from: a tracer, and what it does with them. */
export interface Source {
	/** @param all also the youngest: after detach, when nothing can come any more @returns records read */
	poll(limit: number, all: boolean): number;
	/** Once everything is attached: does what could wait until then. */
	settle?(): void;
	/** what was lost since the start, by place */
	losses(): Lost[];
	/** No record comes after this; those in the rings can still be read. */
	detach(): void;
	close(): void;
}

export interface SessionSettings {
	/** ms */
	duration: number | undefined;
	readyFile: string | undefined;
	strict: boolean;
	netns: NetnsTarget[];
	interfaces: string[];
	filterText: string;
}

export interface SessionContext<Settings extends SessionSettings> {
	settings: Settings;
	outputs: Outputs;
	stop: Stop;
	/** a sentence for the user, on stderr */
	note: (text: string) => void;
	/** every probe is attached: tells whoever waits for it */
	ready: () => void;
	tool: string;
}

/** Something done every so often, ms. */
export interface Task {
	every: number;
	run: () => void;
}

export abstract class Session<Settings extends SessionSettings, S extends Source> {
	protected readonly context: SessionContext<Settings>;
	protected source: S | undefined;
	/** s; the global `performance` would bring its module along, a fiftieth of a start */
	protected readonly started = process.uptime();
	private readonly lost = new Map<string, number>();
	private readonly present: string[];
	private readonly gone = new Set<NetnsTarget>();

	constructor(context: SessionContext<Settings>) {
		this.context = context;
		const { interfaces } = context.settings;
		const found = interfaces.length > 0 ? this.interfaces() : undefined;
		this.present = interfaces.filter((name) => found?.has(name));
	}

	/** Loads and attaches. @throws the table's errors when the kernel cannot */
	protected abstract open(): S;
	/** What the start line says of the probes; undefined when the run was stopped before there were any. */
	protected abstract probes(source: S | undefined): Pick<Start, 'backend' | 'probes'>;
	/** Whatever is done besides reading. */
	protected tasks(): Task[] {
		return [];
	}
	/** Names and clocks drift. */
	protected abstract refresh(): void;
	/** Between the last record and the end line. */
	protected beforeEnd(): void {}
	/** After the probes are off, before the rings are emptied. */
	protected afterDetach(): void {}
	/** What there is to say when so many events were not written, and so many lost. */
	protected abstract ending(unwritten: number, lost: number): End;
	/** The parts of the sentence on stderr, but for the losses. */
	protected abstract summary(end: End): string[];

	/** Runs until stopped. @returns the exit status */
	async run(): Promise<number> {
		const { stop, settings } = this.context;
		try {
			await this.attach();
			if (settings.duration !== undefined) stop.after(settings.duration, 'duration');
			const timers = [{ every: HOUSEKEEPING, run: () => this.housekeep() }, ...this.tasks()].map(({ every, run }) =>
				setInterval(run, every),
			);
			while (!stop.asked) {
				const visited = this.turn(false);
				await stop.sleep(visited >= BATCH ? 0 : visited > 0 ? BUSY : IDLE);
			}
			timers.forEach(clearInterval);
			return await this.finish();
		} finally {
			this.source?.close();
			if (settings.readyFile !== undefined) remove(settings.readyFile);
		}
	}

	private async attach(): Promise<void> {
		const { settings, outputs, stop, tool } = this.context;
		// a signal that came while options were read is noticed here, before the kernel is touched
		await stop.sleep(0);
		if (!stop.asked) this.source = this.open();
		outputs.start({
			tool,
			version: VERSION,
			kernel: kernelRelease(),
			libbpf: (libbpf.libbpf_version_string() ?? '').replace(/^v/, ''),
			...this.probes(this.source),
			filter: settings.filterText,
		});
		outputs.flush();
		if (!this.source) return;
		if (settings.readyFile !== undefined) create(settings.readyFile);
		this.context.ready();
		this.source.settle?.();
	}

	/** Reads what the kernel has, as long as the output takes it. @returns records read */
	protected turn(all: boolean): number {
		const { outputs, stop } = this.context;
		let visited = 0;
		// without room for output the rings fill, and what does not fit is counted there
		if (outputs.ready) visited = this.source?.poll(BATCH, all) ?? 0;
		outputs.flush();
		if (outputs.closed) stop.now('closed');
		if (outputs.failed) stop.now('output');
		return visited;
	}

	private housekeep(): void {
		const { settings, stop, note, outputs } = this.context;
		outputs.probe();
		if (outputs.closed) stop.now('closed');
		this.refresh();
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
		for (const { where, count } of this.source?.losses() ?? []) {
			const more = count - (this.lost.get(where) ?? 0);
			if (more <= 0) continue;
			this.lost.set(where, count);
			outputs.reportLost({ where, count: more });
			note(say(`lost ${more} events: ${where}`, `丢失 ${more} 个事件:${where}`));
		}
	}

	private async finish(): Promise<number> {
		const { outputs, settings, note, stop } = this.context;
		this.source?.detach();
		this.afterDetach();
		let deadline = performance.now() + GRACE;
		const late = () => performance.now() >= deadline;
		while (outputs.alive && !late()) {
			const looks = outputs.ready;
			const visited = this.turn(true);
			// what takes its time here, symbols read for the first time among it, is not the reader's fault
			if (outputs.idle) deadline = performance.now() + GRACE;
			// a turn without room for output has not looked at the rings, whatever room it made
			if (looks && visited === 0) break;
			if (!outputs.idle) await stop.pause(5);
		}
		if (outputs.allClosed) return EXIT.ok;
		if (!outputs.alive || late()) this.abandon();
		this.reportLosses();
		this.beforeEnd();
		outputs.end(this.end);
		outputs.flush();
		while (!outputs.idle && !late()) {
			await stop.pause(5);
			outputs.flush();
		}
		outputs.close(this.end);
		const { failed, lost } = outputs;
		const end = this.end(lost);
		note([...this.summary(end), ...outputs.remarks(), say(`${end.lost} lost`, `丢失 ${end.lost} 个`)].join(say(', ', ',')));
		if (failed?.failure) fail('output-failed', { path: failed.path, why: why(failed.failure), lost: failed.lost });
		return settings.strict && end.lost > 0 ? EXIT.lost : EXIT.ok;
	}

	/** What is still in the rings will not be written; it is read to be counted. */
	private abandon(): void {
		const { outputs } = this.context;
		outputs.abandon();
		while ((this.source?.poll(BATCH, true) ?? 0) > 0) outputs.flush();
	}

	private readonly end = (unwritten: number): End =>
		this.ending(unwritten, [...this.lost.values()].reduce((sum, count) => sum + count, 0) + unwritten);

	/** s */
	protected get elapsed(): number {
		return process.uptime() - this.started;
	}
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
