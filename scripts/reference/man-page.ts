/** The man pages, from the tables that the tools themselves are made from. */
import { COMMANDS, type Command, STATUSES } from '../../src/cli/commands.ts';
import { GROUPS, type Option } from '../../src/cli/options.ts';
import { byGroup } from '../../src/cli/parse.ts';
import { VERSION } from '../../src/version.ts';
import { OBJECTS, RECORDS } from './json-keys.ts';

/** When the words below were last gone through; a page does not change because a day went by. */
const REVISED = '2026-11-24';
export const TOOLS = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? name))];
/** Of a tool that has commands and does nothing by itself. */
const PURPOSE = 'diagnoses what the kernel does with packets';

const ENVIRONMENT = [
	['NO_COLOR', 'when it is not empty, no colours, unless --color says otherwise'],
	['FORCE_COLOR', 'colours although the terminal is not known to have any'],
	['LC_ALL, LC_MESSAGES, LANG', 'the first that is set chooses the language: Chinese for zh, else English; --lang overrides it'],
] as const;

const SIGNALS = [
	[
		'SIGINT, SIGTERM, SIGHUP',
		'The first one ends the run: probes are detached, what the kernel still holds is shown, and the status is 0. The second ends the process at once with 130.',
	],
	['SIGKILL', 'leaves nothing behind: nothing is pinned, the kernel removes the probes with the process.'],
] as const;

const FILES = [
	[
		'/sys/kernel/btf/vmlinux',
		"the kernel's type information (CONFIG_DEBUG_INFO_BTF), without which nothing works; names of drop reasons are read from it",
	],
	['/proc/kallsyms', 'names of kernel functions; addresses are shown when it is hidden (sysctl kernel.kptr_restrict)'],
	['/run/netns, /run/docker/netns', 'names of network namespaces'],
	['/sys/fs/cgroup', 'control groups; the version 2 hierarchy is looked for in /proc/self/mounts'],
] as const;

/** Lines of prose are shorter than this. */
const WIDTH = 80;

/** Text in roff: what it would take for its own, hyphens that can be copied, and options in bold. */
const roff = (text: string): string =>
	text
		.replaceAll('\\', '\\e')
		.replaceAll('…', '...')
		.replaceAll('-', '\\-')
		.replaceAll("'", '\\(aq')
		.replaceAll('^', '\\(ha')
		.replaceAll('~', '\\(ti')
		.replace(/[^\0-\x7e]/gu, (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`)
		.replace(/(?<![\w-])\\-\\-[a-z](?:\\-[a-z]|[a-z])*/g, '\\fB$&\\fR');

/** The same in lines of its own, none of which begins with the dot of a request. */
function prose(text: string): string {
	const lines: string[] = [];
	for (const word of roff(text).split(' ')) {
		const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
		if (lines.length > 0 && longer.length < WIDTH) lines[lines.length - 1] = longer;
		else lines.push(word);
	}
	return lines.map((line) => line.replace(/^\./, '\\&.')).join('\n');
}

const bold = (text: string) => `\\fB${roff(text).replaceAll(/\\f[BR]/g, '')}\\fR`;
const italic = (text: string) => `\\fI${roff(text)}\\fR`;
const section = (title: string, ...lines: string[]) => [`.SH ${title}`, ...lines];
const tagged = (tag: string, text: string) => ['.TP', tag, prose(text)];

/** '-p, --proto names', in the fonts of a man page. */
function flags({ flags }: Option): string {
	const [, names = flags, value] = /^(.*?)(?: [<[](.*)[\]>])?$/.exec(flags) ?? [];
	const spelled = names.split(', ').map(bold).join(', ');
	return value === undefined ? spelled : `${spelled} ${italic(value)}`;
}

const optionsOf = (options: Readonly<Record<string, Option>>, heading: string) =>
	byGroup(options).flatMap(([group, members]) => [
		`${heading} ${roff(GROUPS[group][0])}`,
		...members.flatMap((option) => tagged(flags(option), option.en)),
	]);

const HELP_OPTIONS = [
	...tagged(`${bold('-V')}, ${bold('--version')}`, 'print the version'),
	...tagged(`${bold('-h')}, ${bold('--help')}`, 'print a summary'),
];

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const synopsis = ({ name, argument }: Command) =>
	`${bold(name)} [${italic('options')}]${argument ? ` ${italic(argument.spec.replace(/[<>[\]]/g, ''))}` : ''}`;

function commandsSection(commands: readonly Command[]): string[] {
	if (commands.length === 0) return [];
	const entries = commands.flatMap((command) => [
		`.SS ${roff(command.name)}`,
		prose(sentence(command.en)),
		...(command.argument ? [`The argument ${italic(command.argument.spec.replace(/[<>[\]]/g, ''))} is ${roff(command.argument.en)}.`] : []),
		...(command.notes ?? []).flatMap(([note]) => ['.PP', prose(note)]),
		...Object.values(command.options).flatMap((option) => tagged(flags(option), option.en)),
	]);
	return section('COMMANDS', ...entries);
}

function outputSection(tool: string): string[] {
	const streams =
		'Results go to standard output and everything else to standard error. An error is one line that ends with its code in brackets, or with --json one JSON object with the keys type (error), code, exit and message.';
	if (tool !== 'droptrace') return section('OUTPUT', prose(streams));
	const keys = (table: Readonly<Record<string, string>>) => [
		'.RS',
		...Object.entries(table).flatMap(([key, text]) => tagged(bold(key), text)),
		'.RE',
	];
	return section(
		'OUTPUT',
		prose(streams),
		'.PP',
		prose(
			'A drop is one line: the time, the reason, the packet, the function that dropped it, the device and the network namespace. On a terminal these are columns. The word tracing on standard error, and the file of --ready-file, say that every probe is attached.',
		),
		'.PP',
		prose(
			'With --json each line is one JSON object. A key that is absent is unknown; zero is written. Programs should ignore keys and types that they do not know. The types are:',
		),
		...RECORDS.flatMap(([type, when, table]) => ['.TP', bold(type), prose(when), ...keys(table)]),
		...OBJECTS.flatMap(([name, table]) => ['.PP', `The object ${bold(name)} has:`, ...keys(table)]),
	);
}

export function manPage(tool: string): string {
	const own = COMMANDS.find(({ name }) => name === tool);
	const commands = COMMANDS.filter(({ name }) => name.startsWith(`${tool} `));
	const usages = [...(own ? [own] : []), ...commands];
	const others = TOOLS.filter((name) => name !== tool);
	const lines = [
		'.\\" Made by scripts/generate-reference.ts: do not edit, run `make reference`.',
		`.TH ${tool.toUpperCase()} 8 ${REVISED} "nettrace ${VERSION}" "System Administration"`,
		...section('NAME', prose(`${tool} - ${own?.en ?? PURPOSE}`)),
		...section('SYNOPSIS', usages.map(synopsis).join('\n.br\n')),
		...section('DESCRIPTION', bold(tool), prose(`${own?.en ?? PURPOSE}.`)),
		...(own?.notes ?? []).flatMap(([note]) => ['.PP', prose(note)]),
		...commandsSection(commands),
		...section('OPTIONS', ...optionsOf(own?.options ?? {}, '.SS'), ...(own ? ['.SS Help'] : []), ...HELP_OPTIONS),
		...section('EXAMPLES', ...usages.flatMap(({ examples }) => examples.flatMap(({ command, en }) => tagged(bold(command), en)))),
		...section('EXIT STATUS', ...STATUSES.flatMap(([status, en]) => tagged(bold(String(status)), en))),
		...outputSection(tool),
		...section('ENVIRONMENT', ...ENVIRONMENT.flatMap(([name, text]) => tagged(bold(name), text))),
		...section('SIGNALS', ...SIGNALS.flatMap(([name, text]) => tagged(bold(name), text))),
		...section('FILES', ...FILES.flatMap(([name, text]) => tagged(italic(name), text))),
		...section(
			'SEE ALSO',
			[...others.map((name) => `.BR ${name} (8)`), '.BR tcpdump (8)', '.BR ip\\-netns (8)'].join(',\n').replaceAll('),', ') ,'),
		),
	];
	return `${lines.join('\n')}\n`;
}
