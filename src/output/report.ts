/** A diagnosis for people: the verdict first, then the cause, what proves it, and what to do. */

import type { Confidence, Diagnosis } from '../diagnose/diagnosis.ts';
import type { Warning } from '../diagnose/warnings.ts';
import { say } from '../lang.ts';
import type { Packet } from '../packet/packet.ts';
import { packetText } from '../packet/text.ts';
import type { Colours } from './colour.ts';
import { netnsText } from './text.ts';

const CONFIDENCE: Record<Confidence, readonly [en: string, zh: string]> = {
	proven: ['proven', '已证实'],
	likely: ['likely', '很可能'],
	possible: ['possible', '可能'],
};

const VERDICTS: Readonly<Record<string, readonly [en: string, zh: string]>> = {
	dropped: ['DROPPED', '被丢弃'],
	rejected: ['REJECTED', '被拒绝'],
	failed: ['FAILED', '失败'],
};

/** Lines, without ends. @param own inode of this process's network namespace */
export function reportLines(diagnosis: Diagnosis, own: number, colour: Colours): string[] {
	const { verdict, packet, cause, summary, confidence, evidence, advice, device, netns, count } = diagnosis;
	const place = [
		...(device === undefined ? [] : [say(`on ${device}`, `设备 ${device}`)]),
		...(netns === undefined ? [] : [say(`in netns ${netnsText({ netns }, own)}`, `netns ${netnsText({ netns }, own)}`)]),
	].join(' ');
	const times = count > 1 ? say(` (${count} packets)`, `(${count} 个报文)`) : '';
	const title = say(...(VERDICTS[verdict] ?? ([verdict.toUpperCase(), verdict] as const)));
	return [
		`${colour.red(colour.bold(title))} ${nameOf(packet)}${place === '' ? '' : `, ${place}`}${times}`,
		`  ${colour.bold(summary)}`,
		`  ${colour.dim(say(`cause: ${cause}, ${CONFIDENCE[confidence][0]}`, `原因:${cause}(${CONFIDENCE[confidence][1]})`))}`,
		...listed(say('what was seen', '依据'), evidence, colour),
		...listed(say('what to do', '建议'), advice, colour),
	];
}

/** A packet that was never made has no more than where it was to go. */
const nameOf = (packet: Packet): string =>
	packet.saddr === undefined && packet.daddr !== undefined
		? `${packet.proto} ${say('to', '发往')} ${packet.daddr}${packet.dport === undefined ? '' : `:${packet.dport}`}`
		: packetText(packet);

const listed = (title: string, lines: readonly string[], colour: Colours): string[] =>
	lines.length === 0 ? [] : [`  ${colour.cyan(`${title}:`)}`, ...lines.map((line) => `    - ${line}`)];

export const warningLines = (warnings: readonly Warning[], colour: Colours): string[] =>
	warnings.map(({ text }) => `  ${colour.yellow(`${say('note', '提示')}:`)} ${text}`);
