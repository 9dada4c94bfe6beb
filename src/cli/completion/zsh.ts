/** The completion script for zsh: a file for $fpath that can be sourced as well. */
import { say } from '../../lang.ts';
import { VERSION } from '../../version.ts';
import type { Completion } from '../options.ts';
import { type Context, contexts, namesOf, TOOLS, type TypedOption } from './contexts.ts';
import { quoted } from './quote.ts';
import { FIXED_VALUES, INTERFACE_FOLDER, MOUNTS, NETNS_FOLDERS } from './values.ts';

/** Any case of a letter will do, as for the tools themselves. */
const ANY_CASE = "-M 'm:{a-zA-Z}={A-Za-z}'";

/** The body of the function that completes each kind of value; in globs, (N) is no error without a match, :t is the last part of a path. */
const VALUES: Readonly<Record<Completion, string>> = {
	protocol: `_sequence compadd "$@" ${ANY_CASE} - ${FIXED_VALUES.protocol.join(' ')}`,
	point: `_sequence compadd "$@" ${ANY_CASE} - ${FIXED_VALUES.point.join(' ')}`,
	backend: `_sequence compadd "$@" ${ANY_CASE} - ${FIXED_VALUES.backend.join(' ')}`,
	reason: `_sequence compadd "$@" ${ANY_CASE} - ${FIXED_VALUES.reason.join(' ')}`,
	interface: `_sequence compadd "$@" - ${INTERFACE_FOLDER}/*(N-/:t)`,
	netns: `_sequence compadd "$@" - current ${NETNS_FOLDERS.map((folder) => `${folder}/*(N:t)`).join(' ')}`,
	cgroup: `local root path type _
	while read -r _ path type _; do
		[[ $type == cgroup2 ]] && root=$path && break
	done < ${MOUNTS}
	compset -P '*,'
	[[ -n $root ]] && _files "$@" -/ -W $root`,
	language: `compadd "$@" - ${FIXED_VALUES.language.join(' ')}`,
	when: `compadd "$@" - ${FIXED_VALUES.when.join(' ')}`,
	file: '_files "$@"',
};

export function zshScript(): string {
	const all = contexts();
	return `#compdef ${TOOLS.join(' ')}
# zsh completion for ${TOOLS.join(' and ')} ${VERSION}, made by 'nettrace completion zsh'
#
# In this shell:   source <(nettrace completion zsh)
# In every shell:  nettrace completion zsh > /usr/local/share/zsh/site-functions/_nettrace

${Object.entries(VALUES)
	.map(([kind, body]) => `_nettrace_${kind}() {\n\t${body}\n}\n`)
	.join('\n')}
_nettrace() {
	local curcontext=$curcontext state state_descr line
	local -a commands
	local -A opt_args
	case $service in
${TOOLS.map((tool) => toolCase(all.filter((context) => context.tool === tool))).join('\n')}
	esac
}

# read by autoload, this file is the function; sourced, it has to be announced
if [[ $funcstack[1] == _nettrace ]]; then
	_nettrace "$@"
else
	compdef _nettrace ${TOOLS.join(' ')}
fi
`;
}

/** The case of a tool: first the tool itself, then its commands. */
function toolCase([tool, ...commands]: Context[]): string {
	if (!tool) return '';
	if (commands.length === 0) return `\t${tool.name})\n${argumentsCall('_arguments -s -S', tool, '\t\t')}\n\t\t;;`;
	const descriptions = tool.choices.map(({ word, text }) => quoted(`${word}:${text}`)).join('\n\t\t\t\t');
	const rest = ["'1: :->command'", "'*:: :->rest'"];
	const cases = commands.map(
		(command) => `\t\t\t${command.command})\n${argumentsCall('_arguments -s -S', command, '\t\t\t\t')}\n\t\t\t\t;;`,
	);
	return `	${tool.name})
${argumentsCall('_arguments -C -s -S', tool, '\t\t', rest)}
		case $state in
		command)
			commands=(
				${descriptions}
			)
			_describe -t commands ${quoted(say('command', '命令'))} commands
			;;
		rest)
			case $words[1] in
${cases.join('\n')}
			esac
			;;
		esac
		;;`;
}

function argumentsCall(call: string, { options, choices, command }: Context, indent: string, rest: string[] = []): string {
	const argument = command === undefined || choices.length === 0 ? [] : [quoted(`1: :(${choices.map(({ word }) => word).join(' ')})`)];
	return [`${indent}${call}`, ...options.map(spec), ...argument, ...rest].join(` \\\n${indent}\t`);
}

/** An option for _arguments: (those it excludes) names [text] : message : action */
function spec(option: TypedOption): string {
	const { value, complete, text } = option;
	const names = namesOf(option);
	// -p+ takes its value in the same word or the next one, --proto= after the sign or in the next word
	const spelled = names.map((name) => (value === undefined ? name : `${name}${name.startsWith('--') ? '=' : '+'}`));
	const [head, braced] = names.length > 1 ? [quoted(`(${names.join(' ')})`), `{${spelled.join(',')}}`] : ['', spelled.join('')];
	const action = value === undefined ? '' : `:${escaped(value)}:${complete ? `_nettrace_${complete}` : ' '}`;
	return `${head}${braced}${quoted(`[${escaped(text)}]${action}`)}`;
}

/** Signs that mean something to _arguments. */
const escaped = (text: string): string => text.replace(/[\\[\]:]/g, '\\$&');
