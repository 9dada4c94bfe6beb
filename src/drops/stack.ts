/** Kernel stacks of drops, without the frames of the tracing itself. */
import { type DropEvent, DropStackEvent } from '../bpf/generated/events.ts';
import { addressKey, addressText, locationText, type Symbols } from '../kernel/symbols.ts';

/** What stands between the tracepoint and us, innermost first: the program, its trampoline, the tracepoint, the function that frees. */
const TRACING = /^(bpf_|__bpf_|__traceiter_|___bpf_|sk_skb_reason_drop|kfree_skb|__kfree_skb|trace_)/;

/**
 * The callers, innermost first, from the one that dropped the packet. The tracepoint's location is the very return address that
 * stands on the stack, so everything before it is tracing; where a tail call hid it, frames are left out by name.
 * @param raw addresses, not symbols
 */
export function stackOf(event: DropEvent, offset: number, symbols: Symbols, raw = false): string[] {
	const { words } = event.memory;
	const frames: { key: number; text: string; tracing: boolean }[] = [];
	for (let i = 0; i < DropStackEvent.stackCount; i++) {
		const low = (words[(offset >> 2) + 2 * i] as number) >>> 0;
		const high = (words[(offset >> 2) + 2 * i + 1] as number) >>> 0;
		if (low === 0 && high === 0) break;
		const key = addressKey(high, low);
		const location = symbols.lookup(key);
		const text = location && !raw ? locationText(location) : addressText(high, low);
		frames.push({ key, text, tracing: location === undefined || TRACING.test(location.symbol) });
	}
	const location = addressKey(event.locationHigh, event.locationLow);
	let first = frames.findIndex(({ key }) => key === location);
	if (first < 0)
		first = Math.max(
			0,
			frames.findIndex(({ tracing }) => !tracing),
		);
	return frames.slice(first).map(({ text }) => text);
}
