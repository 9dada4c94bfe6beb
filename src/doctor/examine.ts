/** Tries everything: the one place where a probe is run and its answer made. */
import { errnoText } from '../bpf/errno.ts';
import { libraryPresent } from '../bpf/ffi.ts';
import { LIBBPF, libbpf } from '../bpf/libbpf.ts';
import { EXIT, KnownError } from '../errors.ts';
import { say } from '../lang.ts';
import { Refused } from './attempt.ts';
import { Machine } from './machine.ts';
import { type Answer, type Finding, no, notPermitted, type Probe, unknown } from './probe.ts';
import { PROBES, type ProbeId } from './probes/index.ts';
import { explain } from './refusal.ts';

export type Findings = Readonly<Record<ProbeId, Finding>>;

/** Everything, in the order of the table. Nothing stays behind in the kernel. */
export function examine(machine = new Machine()): Findings {
	// what the kernel says is told with the answers
	if (libraryPresent(LIBBPF)) libbpf.libbpf_set_print(null);
	const known = new Map<ProbeId, Finding>();
	const find = (id: ProbeId): Finding => {
		let finding = known.get(id);
		if (!finding) {
			const missing = (PROBES[id].needs ?? []).map(find).find(({ answer }) => answer.result !== 'yes');
			finding = missing ? { ...described(id), answer: dependent(missing) } : answer(id, machine);
			known.set(id, finding);
		}
		return finding;
	};
	const ids = Object.keys(PROBES) as ProbeId[];
	return Object.fromEntries(ids.map((id) => [id, find(id)])) as Record<ProbeId, Finding>;
}

function described(id: ProbeId): Omit<Finding, 'answer'> {
	const probe: Probe = PROBES[id];
	const since = process.arch === 'arm64' ? (probe.sinceArm64 ?? probe.since) : probe.since;
	return { id, probe, ...(since !== undefined && { since }) };
}

/** Without what it stands on, there is nothing to try. */
function dependent({ id, answer }: Finding): Answer {
	if (answer.result === 'no') return unknown(say(`not tried without ${id}`, `缺少 ${id},未尝试`));
	const why = say(`not tried: ${id} could not be told`, `未尝试:无法判断 ${id}`);
	return answer.result === 'unknown' && answer.permission ? notPermitted(why) : unknown(why);
}

function answer(id: ProbeId, machine: Machine): Finding {
	const finding = described(id);
	try {
		return { ...finding, answer: finding.probe.try(machine) };
	} catch (error) {
		if (error instanceof Refused) {
			const told = explain(error, finding.probe, finding.since, machine);
			return { ...finding, answer: told, ...(error.log !== '' && { log: error.log }) };
		}
		if (error instanceof KnownError) {
			const told = error.exit === EXIT.notPermitted ? notPermitted(error.message) : no(error.message);
			return { ...finding, answer: told, ...(error.detail !== undefined && { log: error.detail }) };
		}
		// a file of /proc or /sys that cannot be read; anything else is a bug
		const { errno } = error as NodeJS.ErrnoException;
		if (errno === undefined) throw error;
		return { ...finding, answer: unknown(`${(error as NodeJS.ErrnoException).path ?? ''}: ${errnoText(errno)}`) };
	}
}
