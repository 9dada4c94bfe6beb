/** Machines and findings that are not this one's. */
import type { Findings } from '../../src/doctor/examine.ts';
import type { Lockdown } from '../../src/doctor/lockdown.ts';
import { Machine } from '../../src/doctor/machine.ts';
import { type Answer, type Finding, yes } from '../../src/doctor/probe.ts';
import { PROBES, type ProbeId } from '../../src/doctor/probes/index.ts';
import type { Capability } from '../../src/kernel/capabilities.ts';

export interface Traits {
	release?: string;
	capabilities?: readonly Capability[];
	firstUserNamespace?: boolean;
	seccomp?: boolean;
	lockedMemory?: number;
	lockdown?: Lockdown;
	/** options of the kernel's configuration; absent: it cannot be read */
	options?: Readonly<Record<string, boolean>>;
}

/** Root on an ordinary 6.12 machine, but for `traits`. */
export class MadeUpMachine extends Machine {
	override readonly release: string;
	private readonly traits: Traits;

	constructor(traits: Traits = {}) {
		super();
		this.traits = traits;
		this.release = traits.release ?? '6.12.0';
	}

	override has(capability: Capability): boolean {
		return (this.traits.capabilities ?? ['CAP_SYS_ADMIN', 'CAP_SYS_RESOURCE']).includes(capability);
	}
	override readonly firstUserNamespace = () => this.traits.firstUserNamespace ?? true;
	override readonly seccomp = () => this.traits.seccomp ?? false;
	override readonly lockedMemory = () => this.traits.lockedMemory;
	override readonly lockdown = () => this.traits.lockdown ?? { mode: 'none' };
	override builtWith(option: string): boolean | undefined {
		return this.traits.options && (this.traits.options[option] ?? false);
	}
}

/** Everything works, but for `answers`. */
export function findings(answers: Partial<Record<ProbeId, Answer>> = {}): Findings {
	const ids = Object.keys(PROBES) as ProbeId[];
	return Object.fromEntries(ids.map((id): [ProbeId, Finding] => [id, { id, probe: PROBES[id], answer: answers[id] ?? yes() }])) as Findings;
}
