/** What every output format can do. A sink is one entry of the table in sinks.ts. */
import type { Judgement } from '../diagnose/diagnose.ts';
import type { Diagnosis } from '../diagnose/diagnosis.ts';
import type { Drop } from '../drops/drop.ts';
import type { StatReport } from '../drops/stats.ts';
import type { Reason } from '../kernel/reasons.ts';
import type { Captured } from '../session/captured.ts';
import type { Path, PathEvent } from '../trace/path.ts';
import type { WayCount } from '../trace/ways.ts';

/** The first thing a run says. */
export interface Start {
	tool: string;
	version: string;
	kernel: string;
	libbpf: string;
	/** how the programs are attached: 'tp_btf' */
	backend: string;
	probes: { asked: number; attached: number };
	/** the filter options as given, '' for none */
	filter: string;
}

/** The last thing a run says. */
export interface End {
	seconds: number;
	/** records read */
	events: number;
	/** events lost, wherever */
	lost: number;
	/** packets shown: dropped ones, or all that were followed */
	packets: number;
	/** those that were dropped */
	drops: number;
	/** hidden as benign */
	benign?: number;
	/** held back by --rate-limit */
	heldBack?: number;
	/** matched, and not followed: beyond the budget, or without room */
	skipped?: number;
	/** points passed while their own probe was running: nobody knows by what packet */
	unseen?: number;
}

/** Events lost since the last report. */
export interface Lost {
	where: string;
	count: number;
}

/** Drops that --rate-limit kept from being shown since the last report. */
export interface HeldBack {
	/** absent on kernels that give none, and for all those together that have no name's place in the kernel's table */
	reason?: Reason;
	count: number;
}

export interface Sink {
	start(start: Start): void;
	/** @param captured the packet's bytes, valid during this call, when some sink has the kernel copy them */
	drop(drop: Drop, captured?: Captured): void;
	/** a packet's way through the kernel, complete or told as open */
	path?(path: Path, judgement?: Judgement): void;
	/** with --diag, at the end: what was found, with how many packets it was found for */
	diagnoses?(all: readonly Diagnosis[]): void;
	/** one sight of a packet, with --basic */
	event?(event: PathEvent): void;
	/** which ways packets took, with --summary, before the end */
	summary?(ways: readonly WayCount[]): void;
	/** every so often, instead of drops; only formats that --stat can choose have it */
	stat?(report: StatReport): void;
	lost(lost: Lost): void;
	/** only formats for programs have it: people are told on stderr, where it cannot be taken for a result */
	heldBack?(held: HeldBack): void;
	/** The lines, or the blocks, that end the run; also used to end a file whose disk is full. */
	ending(end: End): string[] | Uint8Array;
	/** What a summary has to say of this output besides. */
	remarks?(): string[];
}
