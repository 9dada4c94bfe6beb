/** The completion script for fish 3 and later. */
import { VERSION } from '../../version.ts';
import type { Completion } from '../options.ts';
import { type Context, contexts, TOOLS, type TypedOption } from './contexts.ts';
import { FIXED_VALUES, INTERFACE_FOLDER, MOUNTS, NETNS_FOLDERS } from './values.ts';

/** How each kind of value is completed: the rest of a `complete` line. */
const VALUES: Readonly<Record<Completion, string>> = {
	protocol: `-x -a '(__nettrace_list ${FIXED_VALUES.protocol.join(' ')})'`,
	point: `-x -a '(__nettrace_list ${FIXED_VALUES.point.join(' ')})'`,
	backend: `-x -a '(__nettrace_list ${FIXED_VALUES.backend.join(' ')})'`,
	reason: "-x -a '(__nettrace_list (__nettrace_reasons))'",
	interface: "-x -a '(__nettrace_list (__nettrace_interfaces))'",
	netns: "-x -a '(__nettrace_list current (__nettrace_netns))'",
	cgroup: "-x -a '(__nettrace_list (__nettrace_cgroups))'",
	language: `-x -a '${FIXED_VALUES.language.join(' ')}'`,
	when: `-x -a '${FIXED_VALUES.when.join(' ')}'`,
	file: '-r -F',
};

export function fishScript(): string {
	const all = contexts();
	return `# fish completion for ${TOOLS.join(' and ')} ${VERSION}, made by 'nettrace completion fish'
#
# In this shell:   nettrace completion fish | source
# In every shell:  nettrace completion fish > ~/.config/fish/completions/nettrace.fish
#                  ln -s nettrace.fish ~/.config/fish/completions/droptrace.fish

# Completes the last element of a list separated by commas
function __nettrace_list
	set -l before (commandline -ct | string replace -r '^--[^=]*=' '' | string match -r '^.*,')
	set -q before[1]; or set before ''
	printf '%s\\n' $before$argv
end

function __nettrace_interfaces
	set -l paths ${INTERFACE_FOLDER}/*/
	string replace -r '.*/([^/]+)/$' '$1' -- $paths
end

function __nettrace_netns
	set -l paths ${NETNS_FOLDERS.map((folder) => `${folder}/*`).join(' ')}
	string replace -r '.*/' '' -- $paths
end

# Groups by their path in the hierarchy
function __nettrace_cgroups
	set -l root (string replace -rf '^\\S+ (\\S+) cgroup2 .*' '$1' < ${MOUNTS})
	set -q root[1]; or return
	set -l typed (commandline -ct | string replace -r '^--[^=]*=' '' | string replace -r '^.*,' '')
	set -l paths $root[1]/$typed*/
	string replace -- $root[1]/ '' $paths
end

function __nettrace_reasons
	string split ' ' '${FIXED_VALUES.reason.join(' ')}'
end

${all.map((context) => linesOf(context, all).join('\n')).join('\n\n')}
`;
}

/** The `complete` lines of a tool or of one of its commands. */
function linesOf({ tool, command, options, choices }: Context, all: Context[]): string[] {
	const commands = all.filter((other) => other.tool === tool).flatMap((other) => other.command ?? []);
	const start = `complete -c ${tool}`;
	const seen = `__fish_seen_subcommand_from ${command ?? commands.join(' ')}`;
	const when = command !== undefined ? ` -n '${seen}'` : commands.length > 0 ? ` -n 'not ${seen}'` : '';
	return [
		...(command === undefined ? [`${start} -f`] : []),
		...choices.map(({ word, text }) => `${start}${when} -a ${word}${text && ` -d ${quoted(text)}`}`),
		...options.map((option) => `${start}${when} ${spec(option)}`),
	];
}

function spec({ short, long, value, complete, text }: TypedOption): string {
	const names = [short && `-s ${short.slice(1)}`, long && `-l ${long.slice(2)}`].filter(Boolean);
	const argument = value === undefined ? [] : [complete ? VALUES[complete] : '-x'];
	return [...names, ...argument, `-d ${quoted(text)}`].join(' ');
}

/** Quotes a word for fish. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
