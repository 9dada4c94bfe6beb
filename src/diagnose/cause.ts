/** What an entry of the table of causes is. */
import type { Confidence } from './diagnosis.ts';
import type { Scene } from './scene.ts';

export type Text = readonly [en: string, zh: string];

/** What was found out about a packet that died of a cause. */
export interface Finding {
	confidence: Confidence;
	/** those of the contract that apply */
	keys?: Readonly<Record<string, string | number | undefined>>;
	/** what was seen that speaks for it, besides the kernel's own word */
	evidence?: readonly Text[];
	/** instead of the sentence of the cause */
	summary?: Text;
	advice?: readonly Text[];
	/** where it is not the device of the packet */
	device?: string | undefined;
	verdict?: string;
}

export interface Cause {
	/** 'route.none' */
	name: string;
	/** the kernel's words for it; the first thing that is asked */
	reasons?: readonly string[] | RegExp;
	/** functions that drop packets for this cause where the kernel gives no reason; never alone a proof */
	symbols?: RegExp;
	/**
	 * Looks closer. @param named the kernel gave one of the reasons
	 * @returns undefined when it is something else
	 */
	examine?: (scene: Scene, named: boolean) => Finding | undefined;
	/** a sentence, in which {device}, {netns}, and keys by their name are replaced */
	summary: Text;
	/** commands to look closer or to mend; never run */
	advice: readonly Text[];
}
