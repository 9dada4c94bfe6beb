/** What can be typed after each tool and each of its commands, from the tables of options and commands; the same for every shell. */
import { lang, say } from '../../lang.ts';
import { COMMANDS } from '../commands.ts';
import type { Completion, Option } from '../options.ts';

export interface TypedOption {
	/** '-p' */
	short: string | undefined;
	/** '--proto' */
	long: string | undefined;
	/** what stands for the value in the help: 'names'; undefined for an option without a value */
	value: string | undefined;
	complete: Completion | undefined;
	text: string;
}

export interface Context {
	/** what is typed to get here: 'droptrace', 'nettrace doctor' */
	name: string;
	tool: string;
	/** 'doctor'; undefined for the tool itself */
	command: string | undefined;
	text: string;
	options: TypedOption[];
	/** what the first argument may be, with a description where there is one */
	choices: { word: string; text: string }[];
}

export const TOOLS: readonly string[] = [...new Set(COMMANDS.map(({ name }) => toolOf(name)))];

/** The tools, each before its commands. */
export const contexts = (): Context[] => TOOLS.flatMap((tool) => [toolContext(tool), ...commandContexts(tool)]);

function toolContext(tool: string): Context {
	const own = COMMANDS.find(({ name }) => name === tool);
	return {
		name: tool,
		tool,
		command: undefined,
		text: own?.[lang()] ?? '',
		options: [...Object.values(own?.options ?? {}).map(typed), ...[VERSION_OPTION, HELP_OPTION].map(typed)],
		choices: commandContexts(tool).map(({ command, text }) => ({ word: command ?? '', text })),
	};
}

function commandContexts(tool: string): Context[] {
	return COMMANDS.filter(({ name }) => name.startsWith(`${tool} `)).map((command) => ({
		name: command.name,
		tool,
		command: command.name.slice(tool.length + 1),
		text: command[lang()],
		options: [...Object.values(command.options), HELP_OPTION].map(typed),
		choices: (command.argument?.choices ?? []).map((word) => ({ word, text: '' })),
	}));
}

/** The options that every tool has, and no table. */
const HELP_OPTION: Option = { flags: '-h, --help', group: 'other', en: 'print this help', zh: '显示帮助' };
const VERSION_OPTION: Option = { flags: '-V, --version', group: 'other', en: 'print the version', zh: '显示版本' };

/** '-p, --proto <names>' taken apart. */
function typed({ flags, complete, en, zh }: Option): TypedOption {
	return {
		short: /(?:^|[ ,])(-\w)(?=$|[ ,])/.exec(flags)?.[1],
		long: /--[\w-]+/.exec(flags)?.[0],
		value: /[<[](.*)[\]>]$/.exec(flags)?.[1],
		complete,
		text: say(en, zh),
	};
}

/** 'nettrace' of 'nettrace doctor' */
function toolOf(name: string): string {
	return name.split(' ')[0] ?? name;
}

/** As typed: '-p', '--proto'. */
export const namesOf = ({ short, long }: TypedOption): string[] => [short, long].filter((name) => name !== undefined);
