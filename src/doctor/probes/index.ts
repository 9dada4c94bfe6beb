/** The table of probes, in the order in which they are shown. */
import type { Probe } from '../probe.ts';
import { KERNEL } from './kernel.ts';
import { LIBRARIES } from './libraries.ts';
import { MAPS_AND_HELPERS } from './maps.ts';
import { PRIVILEGES } from './privileges.ts';
import { PROGRAMS } from './programs.ts';
import { TOOLS } from './tools.ts';

const TABLE = {
	...KERNEL,
	...PRIVILEGES,
	...LIBRARIES,
	...PROGRAMS,
	...MAPS_AND_HELPERS,
	...TOOLS,
} as const satisfies Record<string, Probe>;

export type ProbeId = keyof typeof TABLE;

/** What a probe needs are probes of this table. */
export const PROBES: Readonly<Record<ProbeId, Probe & { readonly needs?: readonly ProbeId[] }>> = TABLE;
