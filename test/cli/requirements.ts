/** What a case can ask of the machine: each says what is missing, or nothing. */
import { existsSync } from 'node:fs';
import { effectiveCapabilities } from '../../src/kernel/capabilities.ts';
import { cgroupRoot } from '../../src/kernel/cgroups.ts';
import { Reasons } from '../../src/kernel/reasons.ts';
import { installed } from './programs.ts';

const program = (name: string) => (installed(name) ? undefined : `${name} is not installed`);
const root = () => (effectiveCapabilities().has('CAP_SYS_ADMIN') ? undefined : 'not root');
const btf = () => (existsSync('/sys/kernel/btf/vmlinux') ? undefined : 'the kernel has no BTF');

let reasons: boolean | undefined;

export const REQUIREMENTS = {
	root,
	/** a namespace is made for the case */
	netns: () => root() ?? program('ip'),
	/** probes can be attached */
	tracing: () => root() ?? btf(),
	/** the kernel names its drop reasons */
	reasons: () => {
		if (btf() !== undefined) return btf();
		reasons ??= new Reasons().available;
		return reasons ? undefined : 'the kernel gives no drop reasons';
	},
	cgroup2: () => (cgroupRoot() === undefined ? 'no cgroup v2 hierarchy is mounted' : undefined),
	bash: () => program('bash'),
	setpriv: () => program('setpriv'),
	unshare: () => program('unshare'),
	/** a terminal */
	script: () => program('script'),
	/** with capinfos, of the same source */
	tshark: () => program('tshark') ?? program('capinfos'),
	full: () => (existsSync('/dev/full') ? undefined : 'no /dev/full'),
} as const satisfies Record<string, () => string | undefined>;

export type Requirement = keyof typeof REQUIREMENTS;

/** The first of them that is missing, for `skip`. */
export function missing(requires: readonly Requirement[]): string | false {
	for (const name of requires) {
		const reason = REQUIREMENTS[name]();
		if (reason !== undefined) return reason;
	}
	return false;
}
