/**
 * Runs all cases once, in two equal networks, with all tracers beside them, and hands over what each tracer showed. One tracer
 * watches the first network and one the second; the others watch the first through a filter.
 */
import { type Case, Missing } from './case.ts';
import { differences } from './expect.ts';
import { FILTERS, type Filter, type FilterName } from './filters.ts';
import { exchange, until } from './healthy.ts';
import { Network } from './network.ts';
import { type DropLine, Tracer } from './tracer.ts';

/** From the first packet until the last drop was read: for one case, and for all that are late together. */
const CASE_LIMIT_MS = 15_000;
const LATE_LIMIT_MS = 45_000;
const LEAST_LIMIT_MS = 1000;

export interface Outcome {
	/** the clock of the kernel's records, ns */
	from: bigint;
	to: bigint;
	skip?: string;
	error?: Error;
}

export interface Observation {
	here: Network;
	elsewhere: Network;
	outcomes: ReadonlyMap<Case, Outcome>;
	watching: { here: Tracer; elsewhere: Tracer };
	filtering: ReadonlyMap<FilterName, Tracer>;
}

interface Place {
	network: Network;
	tracer: Tracer;
	/** told --all: benign drops are shown too */
	all: boolean;
}

const now = (): bigint => process.hrtime.bigint();

/** What `tracer` showed of that time. */
export const during = ({ from, to }: Outcome, { drops }: Pick<Tracer, 'drops'>): DropLine[] =>
	drops.filter(({ ktime }) => BigInt(ktime) >= from && BigInt(ktime) <= to);

export async function observe(cases: readonly Case[]): Promise<Observation> {
	const here = new Network('here');
	const elsewhere = new Network('there');
	const watched = ['--netns', here.namespaces.join(',')];
	const filtering = new Map<FilterName, Tracer>();
	const watching = {
		here: new Tracer([...watched, '--stack']),
		elsewhere: new Tracer(['--netns', spelled(elsewhere), '--all']),
	};
	for (const [name, { args, missing }] of Object.entries(FILTERS) as [FilterName, Filter][])
		if (!missing?.()) filtering.set(name, new Tracer([...watched, ...args()]));
	const tracers = [watching.here, watching.elsewhere, ...filtering.values()];
	await Promise.all(tracers.map((tracer) => tracer.ready()));
	for (const tracer of filtering.values()) tracer.pause();
	const outcomes = new Map<Case, Outcome>();
	for (const each of cases) {
		outcomes.set(
			each,
			await perform(each, [
				{ network: here, tracer: watching.here, all: false },
				{ network: elsewhere, tracer: watching.elsewhere, all: true },
			]),
		);
	}
	await Promise.all(tracers.map((tracer) => tracer.stop()));
	elsewhere.close();
	return { here, elsewhere, outcomes, watching, filtering };
}

/** The namespaces in all the ways to name one: by name, by inode, by a process in it. */
const spelled = (network: Network): string => [network.netns('client'), network.inode('router'), network.resident('server')].join(',');

const patience = { left: LATE_LIMIT_MS };

async function perform({ fault, near, traffic, drops }: Case, places: readonly Place[]): Promise<Outcome> {
	const outcome: Outcome = { from: now(), to: 0n };
	const undo: (() => void)[] = [];
	try {
		for (const { network } of places) {
			const mend = fault?.(network);
			if (mend) undo.push(mend);
			await exchange(network, !near);
			traffic(network);
		}
		for (const { network, tracer, all } of places) {
			const complete = () => {
				outcome.to = now();
				const { missing } = differences(drops, during(outcome, tracer), network);
				return missing.every(({ late, benign }) => late || (benign && !all)) ? true : undefined;
			};
			const began = performance.now();
			await until('the drops', complete, Math.max(Math.min(CASE_LIMIT_MS, patience.left), LEAST_LIMIT_MS)).catch(() => {
				patience.left -= performance.now() - began;
			});
		}
	} catch (error) {
		if (error instanceof Missing) outcome.skip = error.message;
		else outcome.error = error as Error;
	}
	for (const action of undo.reverse()) action();
	outcome.to = now();
	return outcome;
}
