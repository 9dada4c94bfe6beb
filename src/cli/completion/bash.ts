/** The completion script for bash 4 and later. Needs nothing of the package bash-completion. */
import { VERSION } from '../../version.ts';
import type { Completion } from '../options.ts';
import { type Context, contexts, namesOf, TOOLS } from './contexts.ts';
import { quoted } from './quote.ts';
import { FIXED_VALUES, INTERFACE_FOLDER, MOUNTS, NETNS_FOLDERS } from './values.ts';

/** How each kind of value is completed. `compgen` lists files without globbing, which shell options could have changed. */
const VALUES: Readonly<Record<Completion, string>> = {
	protocol: `_nettrace_list ${FIXED_VALUES.protocol.join(' ')}`,
	point: `_nettrace_list ${FIXED_VALUES.point.join(' ')}`,
	backend: `_nettrace_list ${FIXED_VALUES.backend.join(' ')}`,
	reason: `_nettrace_list ${FIXED_VALUES.reason.join(' ')}`,
	interface: `mapfile -t found < <(compgen -d -- ${INTERFACE_FOLDER}/)
		_nettrace_list "\${found[@]##*/}"`,
	netns: `mapfile -t found < <(${NETNS_FOLDERS.map((folder) => `compgen -f -- ${folder}/`).join('; ')})
		_nettrace_list current "\${found[@]##*/}"`,
	cgroup: '_nettrace_cgroup',
	language: `_nettrace_words ${FIXED_VALUES.language.join(' ')}`,
	when: `_nettrace_words ${FIXED_VALUES.when.join(' ')}`,
	file: 'compopt -o default',
};

export function bashScript(): string {
	const all = contexts();
	return `# bash completion for ${TOOLS.join(' and ')} ${VERSION}, made by 'nettrace completion bash'
#
# In this shell:   source <(nettrace completion bash)
# In every shell:  nettrace completion bash > /usr/share/bash-completion/completions/nettrace
#                  ln -s nettrace /usr/share/bash-completion/completions/droptrace

# _nettrace_kind COMMAND OPTION: sets kind to what the value of the option is; fails when it takes none
_nettrace_kind() {
	case "$1 $2" in
${all.flatMap(kindsOf).join('\n')}
	*) kind= && return 1 ;;
	esac
}

# _nettrace_known COMMAND: sets options and choices to what can follow
_nettrace_known() {
	case $1 in
${all.map(knownOf).join('\n')}
	*) options= choices= ;;
	esac
}

# _nettrace_value KIND
_nettrace_value() {
	local found
	case $1 in
${Object.entries(VALUES)
	.map(([kind, code]) => `\t${kind})\n\t\t${code}\n\t\t;;`)
	.join('\n')}
	esac
}

# _nettrace_words WORD...: those that begin like the current one
_nettrace_words() {
	local word
	for word; do
		[[ $word == "$cur"* ]] && COMPREPLY+=("$prefix$word")
	done
}

# _nettrace_list WORD...: completes the last element of a list separated by commas, with what is not in it yet
_nettrace_list() {
	local last=\${cur##*,} before word
	before=\${cur%"$last"}
	for word; do
		[[ \${word,,} == "\${last,,}"* && ,$before != *,"$word",* ]] && COMPREPLY+=("$prefix$before$word")
	done
	compopt -o nospace
}

# Groups by their path in the hierarchy, or in the file system
_nettrace_cgroup() {
	local last=\${cur##*,} root= path type found _
	if [[ $last != /* ]]; then
		while read -r _ path type _; do
			[[ $type == cgroup2 ]] && root=$path/ && break
		done < ${MOUNTS}
		[[ $root ]] || return
	fi
	mapfile -t found < <(compgen -d -- "$root$last")
	found=("\${found[@]#"$root"}")
	((\${#found[@]})) && _nettrace_list "\${found[@]/%//}"
}

_nettrace() {
	local IFS=$' \\t\\n' cur=\${COMP_WORDS[COMP_CWORD]} command=\${1##*/} prefix= option= kind= options choices word i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=\${COMP_WORDS[i]}
		if [[ $option ]]; then
			# bash makes three words of --option=value
			[[ $word == = ]] || option=
		elif [[ $word == -- ]]; then
			return
		elif [[ $word == -* ]]; then
			_nettrace_kind "$command" "$word" && option=$word
		else
			case "$command $word" in
			${all
				.filter(({ command }) => command !== undefined)
				.map(({ name }) => quoted(name))
				.join(' | ')}) command="$command $word" ;;
			esac
		fi
	done
	if [[ $option ]]; then
		[[ $cur == = ]] && cur=
		_nettrace_value "$kind"
	elif [[ $cur == --*=* ]] && _nettrace_kind "$command" "\${cur%%=*}"; then
		# COMP_WORDBREAKS without the sign
		prefix=\${cur%%=*}=
		cur=\${cur#*=}
		_nettrace_value "$kind"
	else
		_nettrace_known "$command"
		if [[ $cur == -* || ! $choices ]]; then
			_nettrace_words $options
		else
			_nettrace_words $choices
		fi
	fi
}

complete -F _nettrace ${TOOLS.join(' ')}
`;
}

/** Lines of a case: the options of a command that take a value. */
function kindsOf({ name, options }: Context): string[] {
	return options
		.filter(({ value }) => value !== undefined)
		.map((option) => {
			const patterns = namesOf(option).map((spelling) => quoted(`${name} ${spelling}`));
			return `\t${patterns.join(' | ')}) kind=${option.complete ?? 'text'} ;;`;
		});
}

function knownOf({ name, options, choices }: Context): string {
	// long ones only: they say what they are, and short ones need no completing
	const long = options.flatMap((option) => option.long ?? namesOf(option));
	return `\t${quoted(name)})
		options=${quoted(long.join(' '))}
		choices=${quoted(choices.map(({ word }) => word).join(' '))}
		;;`;
}
