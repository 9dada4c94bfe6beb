/** What a probe is, and what it can answer. */
import type { Capability } from '../kernel/capabilities.ts';
import type { Machine } from './machine.ts';

/** In both languages; names of the kernel's own things are never translated. */
export type Text = readonly [en: string, zh: string];

/**
 * Only what is certain is a yes or a no. Who may not try has not learnt anything: that is unknown, with `permission` when
 * privileges would tell.
 */
export type Answer =
	| { result: 'yes'; found?: string }
	| { result: 'no'; why: string }
	| { result: 'unknown'; why: string; permission?: true };

export const yes = (found?: string): Answer => ({ result: 'yes', ...(found !== undefined && { found }) });
export const no = (why: string): Answer => ({ result: 'no', why });
export const unknown = (why: string): Answer => ({ result: 'unknown', why });
export const notPermitted = (why: string): Answer => ({ result: 'unknown', why, permission: true });

export const GROUPS = {
	kernel: ['Kernel', '内核'],
	privileges: ['Privileges', '权限'],
	libraries: ['Libraries', '库'],
	programs: ['Programs, loaded and taken away again; attached where that does no harm', '程序(加载后立即卸下;在无害处挂载)'],
	maps: ['Maps and helpers', 'Map 与辅助函数'],
	tools: ['Other tools, which give details when they are there', '其他工具(存在时可提供细节)'],
} as const satisfies Record<string, Text>;
export type Group = keyof typeof GROUPS;

export interface Probe {
	group: Group;
	/** what works when the answer is yes */
	means: Text;
	/** kernel release that brought it; distributions carry some things back to older ones */
	since?: string;
	/** the same on 64-bit ARM, where it came later */
	sinceArm64?: string;
	/** probes without whose yes there is nothing to try */
	needs?: readonly string[];
	/** what the kernel asks of who tries; CAP_SYS_ADMIN stands for any of them */
	rights?: readonly Capability[];
	/** options the kernel has to be built with */
	config?: readonly string[];
	/** what to do about a no */
	remedy?: Text;
	/** @throws Refused when the kernel says no; the runner explains it */
	try: (machine: Machine) => Answer;
}

export interface Finding {
	id: string;
	probe: Probe;
	answer: Answer;
	/** kernel release that brought it to this architecture */
	since?: string;
	/** the verifier's words */
	log?: string;
}
