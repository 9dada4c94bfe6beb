/** Everything a run writes to, as if it were one: drops as lines, packets to a file, or both. */
import type { Judgement } from '../diagnose/diagnose.ts';
import type { Diagnosis } from '../diagnose/diagnosis.ts';
import type { Drop } from '../drops/drop.ts';
import type { StatReport } from '../drops/stats.ts';
import type { Captured } from '../session/captured.ts';
import type { Path, PathEvent } from '../trace/path.ts';
import type { WayCount } from '../trace/ways.ts';
import type { End, HeldBack, Lost, Sink, Start } from './sink.ts';
import type { Writer } from './writer.ts';

export interface Output {
	sink: Sink;
	writer: Writer;
}

export class Outputs {
	private readonly all: readonly Output[];

	constructor(all: readonly Output[]) {
		this.all = all;
	}

	/** Whether more may be written without piling up anywhere. */
	get ready(): boolean {
		return this.all.every(({ writer }) => writer.ready);
	}

	/** Nothing waits. */
	get idle(): boolean {
		return this.all.every(({ writer }) => writer.idle);
	}

	/** A reader has gone. */
	get closed(): boolean {
		return this.all.some(({ writer }) => writer.closed);
	}

	/** All of them have: nobody wants an end. */
	get allClosed(): boolean {
		return this.all.every(({ writer }) => writer.closed);
	}

	/** Where writing failed, if it did. */
	get failed(): Writer | undefined {
		return this.all.find(({ writer }) => writer.failure)?.writer;
	}

	/** Somebody still reads. */
	get alive(): boolean {
		return this.all.some(({ writer }) => !writer.closed && !writer.failure);
	}

	/** Events that did not get to everybody who still reads, and will not. */
	get lost(): number {
		return Math.max(...this.all.map(({ writer }) => (writer.closed ? 0 : writer.lost)));
	}

	start(start: Start): void {
		for (const { sink } of this.all) sink.start(start);
	}

	drop(drop: Drop, captured: Captured | undefined): void {
		for (let i = 0; i < this.all.length; i++) this.all[i]?.sink.drop(drop, captured);
	}

	path(path: Path, judgement?: Judgement): void {
		for (const { sink } of this.all) sink.path?.(path, judgement);
	}

	diagnoses(all: readonly Diagnosis[]): void {
		for (const { sink } of this.all) sink.diagnoses?.(all);
	}

	event(event: PathEvent): void {
		for (const { sink } of this.all) sink.event?.(event);
	}

	summary(ways: readonly WayCount[]): void {
		for (const { sink } of this.all) sink.summary?.(ways);
	}

	stat(report: StatReport): void {
		for (const { sink } of this.all) sink.stat?.(report);
	}

	reportLost(lost: Lost): void {
		for (const { sink } of this.all) sink.lost(lost);
	}

	reportHeldBack(held: HeldBack): void {
		for (const { sink } of this.all) sink.heldBack?.(held);
	}

	flush(): void {
		for (const { writer } of this.all) writer.flush();
	}

	/** Notices readers that have gone although there is nothing to write. */
	probe(): void {
		for (const { writer } of this.all) writer.probe();
	}

	/** Writes no more: what waits is lost. */
	abandon(): void {
		for (const { writer } of this.all) writer.abandon();
	}

	/** @param end what there is to say when so many events were not written */
	end(end: (unwritten: number) => End): void {
		for (const { sink, writer } of this.all) {
			const last = sink.ending(end(writer.lost));
			if (Array.isArray(last)) for (const line of last) writer.line(line);
			else writer.block(last);
		}
	}

	/** After {@link end}, and time to write: gives up what still waits, and ends a file whose disk is full. */
	close(end: (unwritten: number) => End): void {
		for (const { sink, writer } of this.all) {
			if (!writer.idle) writer.abandon();
			if (writer.failure) endFull(writer, () => sink.ending(end(writer.lost)));
			writer.close();
		}
	}

	remarks(): string[] {
		return this.all.flatMap(({ sink }) => sink.remarks?.() ?? []);
	}
}

function endFull(writer: Writer, ending: () => string[] | Uint8Array): void {
	const blocks = () => {
		const last = ending();
		return Array.isArray(last) ? Buffer.from(last.map((line) => `${line}\n`).join('')) : last;
	};
	if (Array.isArray(ending())) writer.replaceTail(() => blocks().toString());
	else writer.replaceBlocks(blocks);
}
