/** The report, for people and for programs. */

import { kernelRelease } from '../kernel/release.ts';
import { say } from '../lang.ts';
import type { Colours } from '../output/colour.ts';
import { SCHEMA } from '../output/json.ts';
import { VERSION } from '../version.ts';
import { type Backend, backendsOf, type Conclusion, conclude } from './conclusions.ts';
import type { Findings } from './examine.ts';
import { type Answer, type Finding, GROUPS, type Group, type Text } from './probe.ts';

export interface Marks {
	yes: string;
	no: string;
	unknown: string;
}

/** Signs where the locale has them (POSIX: LC_ALL, then LC_CTYPE, then LANG), else letters. */
export function marksFor(environment: NodeJS.ProcessEnv): Marks {
	const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
	return /utf-?8/i.test(locale) ? { yes: '✓', no: '✗', unknown: '?' } : { yes: '+', no: '-', unknown: '?' };
}

/** The report for programs. Values are not translated: whoever makes one chooses English first. */
export interface Report {
	schema: number;
	version: string;
	kernel: string;
	arch: string;
	libbpf: string | undefined;
	probes: readonly ProbeReport[];
	backends: readonly Backend[];
	commands: readonly Omit<Conclusion, 'permission'>[];
}

export interface ProbeReport {
	id: string;
	result: Answer['result'];
	since: string | undefined;
	why: string | undefined;
	found: string | undefined;
}

/** One line of JSON. */
export function reportJson(findings: Findings): string {
	const report: Report = {
		schema: SCHEMA,
		version: VERSION,
		kernel: kernelRelease(),
		arch: process.arch,
		libbpf: libbpfOf(findings),
		probes: Object.values(findings).map(({ id, answer, since }) => ({
			id,
			result: answer.result,
			since,
			why: 'why' in answer ? answer.why : undefined,
			found: 'found' in answer ? answer.found : undefined,
		})),
		backends: backendsOf(findings),
		commands: conclude(findings).map(({ name, works, note }) => ({ name, works, note })),
	};
	return JSON.stringify({ type: 'doctor', ...report });
}

/** Lines for people. */
export function reportText(findings: Findings, colour: Colours, marks: Marks): string[] {
	const all = Object.values(findings);
	const width = Math.max(...all.map(({ id }) => id.length));
	const groups = (Object.keys(GROUPS) as Group[]).map((group) => ({
		title: say(...(GROUPS[group] as Text)),
		members: all.filter(({ probe }) => probe.group === group),
	}));
	return [
		colour.bold(headline(findings)),
		...groups.flatMap(({ title, members }) => [
			'',
			colour.bold(title),
			...members.flatMap((finding) => lines(finding, width, colour, marks)),
		]),
		'',
		colour.bold(say('What follows', '结论')),
		...conclude(findings).map(({ name, works, permission, note }) =>
			works
				? `  ${colour.green(marks.yes)} ${name}${say(': ', ':')}${note}`
				: `  ${permission ? colour.yellow(marks.unknown) : colour.red(marks.no)} ${name}${say(': ', ':')}${note}`,
		),
		...advice(findings),
	];
}

function headline(findings: Findings): string {
	const libbpf = libbpfOf(findings);
	return `nettrace ${VERSION}: Linux ${kernelRelease()}, ${process.arch}, ${libbpf === undefined ? say('no libbpf', '无 libbpf') : `libbpf ${libbpf}`}`;
}

/** Columns. A reason that would make a line longer goes below it. */
const LINE_WIDTH = 110;

function lines({ id, probe, answer, since }: Finding, width: number, colour: Colours, marks: Marks): string[] {
	const head = `${id.padEnd(width)}  ${say(...probe.means)}`;
	if (answer.result === 'yes') {
		const found = answer.found === undefined ? '' : say(`: ${answer.found}`, `:${answer.found}`);
		return [`  ${colour.green(marks.yes)} ${head}${colour.dim(found)}`];
	}
	const mark = answer.result === 'no' ? colour.red(marks.no) : colour.yellow(marks.unknown);
	const age = since === undefined ? '' : say(` (since ${since})`, `(自 ${since} 起)`);
	const remedy = answer.result === 'no' && probe.remedy ? `${say('; ', ';')}${say(...probe.remedy)}` : '';
	const why = `${answer.why}${remedy}`;
	if (shown(`${head}${age}${why}`) + 6 <= LINE_WIDTH) return [`  ${mark} ${head}${colour.dim(`${age}${say(': ', ':')}${why}`)}`];
	return [`  ${mark} ${head}${colour.dim(age)}`, colour.dim(`${' '.repeat(width + 6)}${why}`)];
}

/** Columns of a terminal: a Chinese character takes two. */
const shown = (text: string): number => [...text].reduce((sum, character) => sum + ((character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1), 0);

/** Said once, when it would answer something. */
function advice(findings: Findings): string[] {
	const barred = Object.values(findings).filter(({ answer }) => answer.result === 'unknown' && answer.permission).length;
	if (barred === 0) return [];
	const lacking = PRIVILEGED.some((id) => findings[id].answer.result === 'no');
	const questions = barred === 1 ? '1 question needs' : `${barred} questions need`;
	const outside = findings['user-namespace'].answer.result === 'no' || !lacking;
	return [
		'',
		outside
			? say(`${questions} privileges that count outside of this container or service`, `${barred} 项需要在此容器或服务之外有效的权限`)
			: say(`${questions} privileges: sudo nettrace doctor`, `${barred} 项需要权限:请运行 sudo nettrace doctor`),
	];
}

const PRIVILEGED = ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN', 'CAP_SYS_ADMIN', 'CAP_SYSLOG'] as const;

const libbpfOf = ({ libbpf: { answer } }: Findings): string | undefined => (answer.result === 'yes' ? answer.found : undefined);
