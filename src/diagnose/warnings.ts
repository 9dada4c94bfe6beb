/** What is worth knowing about a packet that is no fault. */
import { say } from '../lang.ts';
import type { Path } from '../trace/path.ts';

export interface Warning {
	what: 'nat' | 'retransmission' | 'slow' | 'queue';
	/** in the language of the run */
	text: string;
}

/** Between two points, ns, beyond which a packet was kept waiting. */
const SLOW = 200_000_000;
/** One point of each: several of them see the same. */
const RETRANSMITS = /^(tcp:tcp_retransmit_skb|tcp:tcp_retransmit_synack)$/;

export function warningsOf({ changes, events }: Path): Warning[] {
	const found: Warning[] = [];
	for (const { what, from, to, at } of changes) {
		if (what === 'nat')
			found.push({ what, text: say(`its addresses were translated at ${at}: ${from} → ${to}`, `地址在 ${at} 被转换:${from} → ${to}`) });
	}
	if (events.some(({ point }) => RETRANSMITS.test(point)))
		found.push({
			what: 'retransmission',
			text: say('it was sent again: what was sent before, or its answer, got lost', '该报文是重传:此前的报文或其应答丢失'),
		});
	for (const [i, event] of events.entries()) {
		const before = events[i - 1];
		if (!before || event.since - before.since < SLOW) continue;
		const ms = Math.round((event.since - before.since) / 1_000_000);
		found.push({
			what: 'slow',
			text: say(
				`it waited ${ms} ms between ${before.point} and ${event.point}`,
				`在 ${before.point} 与 ${event.point} 之间等待了 ${ms} 毫秒`,
			),
		});
	}
	return found;
}
