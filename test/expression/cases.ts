/** Packets, and how they lie in memory. */
import { compileExpression, type LinkType } from '../../src/expression/compile.ts';
import { Packets } from './packets.ts';
import { Random } from './random.ts';

/** bytes of the map value; stub.bpf.c has the same */
export const WINDOW = 128;

export interface Case {
	packet: Uint8Array;
	/** how much of it a truncated capture has */
	caplen: number;
	/** how much of the packet, and of the truncated one, is in the window */
	captured: number;
	capturedOfTruncated: number;
	/** what the truncated one says of its length */
	len: number;
}

export function cases(seed: number, link: LinkType, count: number, tunnels = false): Case[] {
	const packets = new Packets(seed, tunnels);
	const random = new Random(seed ^ 0x5eed);
	const part = (length: number) => (random.once(2) ? Math.min(length, WINDOW) : random.below(Math.min(length, WINDOW) + 1));
	return Array.from({ length: count }, () => {
		const packet = packets.next(link);
		const caplen = random.once(3) ? random.below(packet.length + 1) : Math.min(packet.length, random.between(14, 80));
		const len = random.once(4) ? random.between(packet.length, 70000) : packet.length;
		return { packet, caplen, captured: part(packet.length), capturedOfTruncated: part(caplen), len };
	});
}

/** Whether the libpcap of this machine knows the words of `text`. */
export const compiles = (text: string, link: LinkType): boolean => {
	try {
		compileExpression(text, link);
		return true;
	} catch {
		return false;
	}
};
