/** What --rate-limit allows: '100' drops a second of each reason, 'NO_SOCKET=10,TCP_*=5,100' with exceptions. */
import { fail } from '../errors.ts';
import { say } from '../lang.ts';

export interface RateRule {
	/** names as --reason takes them; undefined: every reason that no other rule is for */
	reason: string | undefined;
	/** drops */
	perSecond: number;
}

/** @throws bad-value */
export function parseRates(text: string, option: string): RateRule[] {
	const rules = text.split(',').map((part): RateRule => {
		const [, reason, count = ''] = /^(?:([^=]+)=)?([1-9]\d{0,8})$/.exec(part.trim()) ?? [];
		return { reason, perSecond: Number(count) };
	});
	if (rules.some(({ perSecond }) => perSecond === 0) || rules.filter(({ reason }) => reason === undefined).length > 1)
		fail('bad-value', {
			value: text,
			option,
			wanted: say(
				'drops a second, of at least 1, such as 100, or with reasons of their own, NO_SOCKET=10,TCP_*=5,100',
				'每秒丢弃数(至少为 1),如 100;或为某些原因单独指定,如 NO_SOCKET=10,TCP_*=5,100',
			),
		});
	return rules;
}
