/** What a run of nettrace needs, beyond what it has in common with droptrace. */
import type { ProbePoint } from '../trace/probes.ts';
import type { DropSettings } from './settings.ts';

export interface PathSettings extends DropSettings {
	points: ProbePoint[];
	/** how the programs are attached */
	backend: string;
	detail: boolean;
	date: boolean;
	/** time since the line before */
	latency: boolean;
}
