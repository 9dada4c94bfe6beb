/** What a diagnosis says: the object of the JSON contract. */
import type { Drop } from '../drops/drop.ts';
import type { Packet } from '../packet/packet.ts';

/** proven: the kernel said so, or the object was read from it; likely, possible: concluded, and the evidence says how. */
export type Confidence = 'proven' | 'likely' | 'possible';

/** In the order in which they are preferred. */
export const CONFIDENCES: readonly Confidence[] = ['proven', 'likely', 'possible'];

/** A fault; for `why` also that there is none: the verdict is then 'works', and the cause ''. */
export interface Diagnosis {
	verdict: string;
	cause: string;
	/** in the language of the run, as are evidence and advice */
	summary: string;
	confidence: Confidence;
	evidence: string[];
	advice: string[];
	packet: Packet;
	/** packets it was found for */
	count: number;
	device?: string | undefined;
	netns?: Drop['netns'] | undefined;
	function?: string | undefined;
	reason?: string | undefined;
	hook?: string | undefined;
	/** those of the cause, by name */
	keys: Readonly<Record<string, string | number>>;
}

/** Diagnoses that differ in nothing but the packet are one. */
export const sameness = ({ cause, confidence, device, netns, keys, function: where, reason, packet }: Diagnosis): string =>
	JSON.stringify([cause, confidence, device, netns?.inode, keys, where, reason, packet.proto, packet.daddr, packet.dport]);
