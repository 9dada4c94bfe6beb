/** Reasons as users name them: 'NO_SOCKET', 'skb_drop_reason_no_socket', '3', 'TCP_*'. */
import { fail } from '../errors.ts';
import type { Reason, Reasons } from '../kernel/reasons.ts';
import { nearest } from '../nearest.ts';

/** @throws bad-reason with the nearest names */
export function parseReasons(text: string, reasons: Reasons): Reason[] {
	const all = reasons.all();
	return text.split(',').flatMap((part) => {
		const wanted = part.trim().replace(/^SKB_DROP_REASON_/i, '');
		const pattern = new RegExp(`^${wanted.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`, 'i');
		const found = all.filter((reason) => pattern.test(reason.name) || String(reason.number) === wanted);
		if (wanted === '' || found.length === 0) {
			const names = all.map((reason) => reason.name);
			fail('bad-reason', { value: part, hint: nearest(wanted, names) });
		}
		return found;
	});
}
