/** Tries a flow, and follows its packets and what comes back, for a few seconds. */
import { errnoName } from '../bpf/errno.ts';
import type { TraceEvent } from '../bpf/generated/events.ts';
import type { Stop } from '../cli/stop.ts';
import { Diagnoser } from '../diagnose/diagnose.ts';
import type { Diagnosis } from '../diagnose/diagnosis.ts';
import { compileFilter } from '../filter/compile.ts';
import { WallClock } from '../kernel/clock.ts';
import { NetnsNames } from '../kernel/netns.ts';
import { Reasons } from '../kernel/reasons.ts';
import { Symbols } from '../kernel/symbols.ts';
import type { BackendName } from '../trace/backends.ts';
import { Grouper } from '../trace/group.ts';
import type { Path } from '../trace/path.ts';
import type { Watched } from '../trace/probes.ts';
import { PathTracer } from '../trace/tracer.ts';
import type { FlowSocket, Protocol } from './sockets.ts';

/** ms: in all, between packets that we send ourselves, and for records behind the last event */
const PATIENCE = 5000;
const AGAIN = 1000;
const SETTLE = 150;
/** Packets that we send ourselves; TCP repeats its own three times in that time. */
const SENDS = 3;
const TURN = 10;
const BATCH = 4096;
const RING = 1 << 20;
const EINPROGRESS = 115;

export interface Target {
	protocol: Protocol;
	address: string;
	/** 0 for pings */
	port: number;
}

export interface Attempt {
	/** ours as it was sent, when that is known */
	local: { address: string; port: number };
	/** what the socket said: errno by name; undefined: nothing */
	error: string | undefined;
	answered: boolean;
	/** ns from sending to the answer, as the sender saw it */
	took: number;
	paths: readonly Path[];
	/** of packets that died on this machine */
	found: readonly Diagnosis[];
	lost: number;
}

export interface Watching {
	points: readonly Watched[];
	backend: BackendName;
	namespaces: readonly string[];
}

/** Packets of the flow in both directions, and errors about them. */
export function flowExpression({ protocol, address, port }: Target, local: { port: number }, echo: number): string {
	const six = address.includes(':');
	if (protocol === 'icmp') {
		const pings = six ? `(icmp6 and host ${address} and ip6[44:2] == ${echo})` : `(icmp and host ${address} and icmp[4:2] == ${echo})`;
		return `${pings} or ${errorsAbout(six)}`;
	}
	return `(${protocol} and host ${address} and port ${port} and port ${local.port}) or ${errorsAbout(six)}`;
}

/** destination unreachable, time exceeded, parameter problem, packet too big */
const errorsAbout = (six: boolean): string =>
	six ? '(icmp6 and ip6[40] < 5)' : '(icmp and (icmp[0] == 3 or icmp[0] == 11 or icmp[0] == 12))';

/** Whether an error quotes a packet of the flow. */
const isAbout = ({ packet }: Path, { address, protocol, port }: Target, local: { port: number }, echo: number): boolean => {
	const { quoted, proto } = packet;
	if (proto !== 'icmp' && proto !== 'icmpv6') return true;
	if (packet.icmp?.id === echo && quoted === undefined) return true;
	if (quoted?.daddr !== address) return false;
	return protocol === 'icmp' ? quoted.icmp?.id === echo : quoted.dport === port && quoted.sport === local.port;
};

/** @param socket bound, in the namespace that is tried from */
export async function attempt(target: Target, socket: FlowSocket, { points, backend, namespaces }: Watching, stop: Stop): Promise<Attempt> {
	const { protocol, address, port } = target;
	const local = { ...socket.name };
	const paths: Path[] = [];
	const found: Diagnosis[] = [];
	const diagnoser = new Diagnoser();
	const symbols = new Symbols();
	const sources = { reasons: new Reasons(), symbols, names: new NetnsNames(), clock: new WallClock() };
	const grouper = new Grouper(points, sources, (path) => {
		if (!isAbout(path, target, local, socket.echo)) return;
		paths.push(path);
		const { diagnosis, first } = diagnoser.judge(path);
		if (diagnosis && first) found.push(diagnosis);
	});
	const tracer = new PathTracer({
		filter: compileFilter({}),
		expression: flowExpression(target, local, socket.echo),
		points,
		backend,
		ringBytes: RING,
		budget: undefined,
		joinClones: true,
		namespaces,
		whole: false,
	});
	try {
		const visit = (event: TraceEvent): void => grouper.add(event);
		const read = (all: boolean): void => {
			while (tracer.poll(BATCH, visit, all) === BATCH);
		};
		// on a slow machine it takes longer than an answer
		symbols.prepare();
		const start = performance.now();
		let failed = socket.connect(address, port);
		if (protocol === 'tcp' && failed === EINPROGRESS) failed = 0;
		if (failed === 0) Object.assign(local, socket.name);
		let answer: number | undefined;
		let sends = 0;
		let took = 0;
		const answered = (): number | undefined => (protocol === 'tcp' ? socket.connected : socket.answered);
		while (failed === 0 && answer === undefined && !stop.asked && performance.now() - start < PATIENCE) {
			if (protocol !== 'tcp' && sends < SENDS && performance.now() - start >= sends * AGAIN) {
				const number = socket.send();
				// a firewall's word to the sender, or an error about what was sent before: what the trace says counts more
				if (sends === 0 && number !== 0) answer = number;
				sends++;
			}
			await stop.sleep(TURN);
			answer ??= answered();
			took = performance.now() - start;
			read(false);
			// what died on this machine will not be answered
			if (found.length > 0 && answer === undefined && performance.now() - start > AGAIN) break;
		}
		await stop.sleep(SETTLE);
		// it may have come while records were read
		if (failed === 0) answer ??= answered();
		tracer.detach();
		read(true);
		const lost = tracer.losses().reduce((sum, { count }) => sum + count, 0);
		grouper.finish(tracer);
		const number = failed !== 0 ? failed : (answer ?? 0);
		return {
			local,
			error: number === 0 ? undefined : errnoName(number),
			answered: failed === 0 && answer === 0,
			took: took * 1_000_000,
			paths,
			found,
			lost,
		};
	} finally {
		tracer.close();
		socket.close();
	}
}
