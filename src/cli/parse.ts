/** Commander, set up from the tables: parsing and --help. */
import { CommanderError, Help, Command as Parser, Option as ParserOption } from 'commander';
import { fail } from '../errors.ts';
import { lang, say } from '../lang.ts';
import { nearest } from '../nearest.ts';
import { isTerminal } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { COMMANDS, type Command, STATUSES, type Values } from './commands.ts';
import { GROUPS, type Group, type Option } from './options.ts';

export interface Parsed {
	command: Command;
	values: Values;
	words: string[];
}

/** What was printed instead of a command being called: --help, --version. */
export interface Printed {
	text: string;
}

/**
 * Finds the command and its options in `words` (process.argv without node and script).
 * @throws bad-option with the nearest names
 */
export function parse(tool: string, words: readonly string[]): Parsed | Printed {
	let printed = '';
	let parsed: Parsed | undefined;
	const root = parserFor(tool, (command, values, rest) => {
		parsed = { command, values, words: rest };
	});
	const configure = (parser: Parser): void => {
		parser.exitOverride().configureOutput({ writeOut: (text) => (printed += text), writeErr: (text) => (printed += text) });
		parser.commands.forEach(configure);
	};
	configure(root);
	try {
		root.parse(words, { from: 'user' });
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		// called without a command: commander has written the help to what is printed
		if (error.exitCode !== 0 && error.code !== 'commander.help') return refuse(tool, root, words, error);
	}
	return parsed ?? { text: printed || root.helpInformation() };
}

/** Columns. process.stdout is only touched for a terminal: it would make a pipe non-blocking for everybody that shares it. */
const helpWidth = (): number => Math.min((isTerminal(1) && process.stdout.columns) || 100, 110);

type Call = (command: Command, values: Values, rest: string[]) => void;

function parserFor(tool: string, call: Call): Parser {
	const own = COMMANDS.find(({ name }) => name === tool);
	const root = own
		? parserOf(own, tool, call)
		: styled(new Parser(tool), `${tool} ${say('COMMAND [options]', '命令 [选项]')}`).description(
				say('diagnoses what the kernel does with packets', '诊断内核如何处理报文'),
			);
	// --json behind 'doctor' is that command's
	root.enablePositionalOptions();
	root.commandsGroup(`${say('Commands', '命令')}:`);
	root.optionsGroup(HELP_GROUP());
	root.version(`${tool} ${VERSION}`, '-V, --version', say('print the version', '显示版本')).helpCommand(false);
	root.helpOption('-h, --help', say('print this help', '显示帮助'));
	for (const command of COMMANDS) {
		const [first, second] = command.name.split(' ');
		if (first === tool && second !== undefined) root.addCommand(parserOf(command, second, call));
	}
	return root;
}

const HELP_GROUP = () => `${say('Help', '帮助')}:`;

function parserOf(command: Command, name: string, call: Call): Parser {
	const { argument } = command;
	const usage = [command.name, say('[options]', '[选项]'), ...(argument ? [argument.spec] : [])].join(' ');
	const parser = styled(new Parser(name), usage)
		.summary(command[lang()])
		.description(`${command[lang()]}\n\n${examplesText(command)}`);
	for (const [group, options] of byGroup(command.options)) {
		parser.optionsGroup(`${GROUPS[group][lang() === 'zh' ? 1 : 0]}:`);
		for (const option of options) addOption(parser, option);
	}
	parser.optionsGroup(HELP_GROUP()).helpOption('-h, --help', say('print this help', '显示帮助'));
	if (argument) parser.argument(argument.spec, argument[lang()]);
	parser.allowExcessArguments(true);
	// else commander would complain of them in its own words
	if (!argument?.spec.includes('...')) parser.argument('[words...]', '');
	parser.addHelpText('after', () => notesText(command));
	parser.action((...args: unknown[]) => {
		const values = parser.opts() as Values;
		const positional = args
			.slice(0, -2)
			.flat()
			.filter((word): word is string => typeof word === 'string');
		call(command, values, positional);
	});
	return parser;
}

function addOption(parser: Parser, option: Option): void {
	const shown = new ParserOption(option.flags, option[lang()]);
	parser.addOption(shown);
	for (const flags of option.aliases ?? []) {
		const alias = new ParserOption(flags).hideHelp();
		parser.addOption(alias);
		parser.on(`option:${alias.name()}`, (value: string | null) => {
			parser.setOptionValue(alias.attributeName(), undefined);
			parser.setOptionValue(shown.attributeName(), value ?? true);
		});
	}
}

/** Help in our language; what commander adds for itself stays out of it. */
function styled(parser: Parser, usage: string): Parser {
	const titles: Record<string, string> = { 'Usage:': say('Usage:', '用法:'), 'Arguments:': say('Arguments:', '参数:') };
	return parser.configureHelp({
		visibleArguments: (visible) => new Help().visibleArguments(visible).filter((argument) => argument.name() !== 'words'),
		subcommandTerm: (command) =>
			[
				command.name(),
				...command.registeredArguments.filter((argument) => argument.name() !== 'words').map((argument) => `[${argument.name()}]`),
			].join(' '),
		commandUsage: () => usage,
		styleTitle: (title) => titles[title] ?? title,
		get helpWidth() {
			return helpWidth();
		},
	});
}

/** Options by group, in the order of the groups. */
export function byGroup(options: Readonly<Record<string, Option>>): [Group, Option[]][] {
	return (Object.keys(GROUPS) as Group[])
		.map((group): [Group, Option[]] => [group, Object.values(options).filter((option) => option.group === group)])
		.filter(([, members]) => members.length > 0);
}

function examplesText({ examples }: Command): string {
	const width = Math.max(...examples.map(({ command }) => command.length));
	const lines = examples.map((example) => `  ${example.command.padEnd(width)}  ${example[lang()]}`);
	return `${say('Examples', '示例')}:\n${lines.join('\n')}`;
}

function notesText({ notes = [] }: Command): string {
	const statuses = STATUSES.map(([status, en, zh]) => `  ${String(status).padEnd(4)} ${say(en, zh)}`).join('\n');
	const paragraphs = notes.map(([en, zh]) => `\n${new Help().boxWrap(say(en, zh), helpWidth())}\n`).join('');
	return `${paragraphs}\n${say('Exit status', '退出状态')}:\n${statuses}`;
}

/** Commander's complaint, in our words and with our suggestions. @throws bad-option */
function refuse(tool: string, root: Parser, words: readonly string[], error: CommanderError): never {
	const subject = /'([^']*)'/.exec(error.message)?.[1] ?? '';
	const parser = root.commands.find((command) => command.name() === words[0]) ?? root;
	const flags = parser.options.flatMap(({ long, short }) => [long, short]).filter((flag) => flag != null);
	switch (error.code) {
		case 'commander.unknownOption': {
			const name = subject.replace(/=.*/, '');
			const what = flags.includes(name)
				? say(`option ${name} takes no value`, `选项 ${name} 不接受值`)
				: say(`unknown option ${name}`, `未知选项 ${name}`);
			return fail('bad-option', { tool, what, hint: flags.includes(name) ? '' : nearest(name, flags) });
		}
		case 'commander.optionMissingArgument': {
			const name = /--[\w-]+/.exec(subject)?.[0] ?? subject;
			const value = /<.*>/.exec(subject)?.[0] ?? '';
			return fail('bad-option', {
				tool,
				what: say(`option ${name} needs a value: ${name} ${value}`, `选项 ${name} 需要一个值:${name} ${value}`),
				hint: '',
			});
		}
		case 'commander.missingArgument':
			return fail('bad-option', { tool, what: say(`${subject} is missing`, `缺少 ${subject}`), hint: '' });
		case 'commander.unknownCommand':
			return fail('bad-option', {
				tool,
				what: say(`unknown command ${subject}`, `未知命令 ${subject}`),
				hint: nearest(
					subject,
					root.commands.map((command) => command.name()),
				),
			});
		default:
			return fail('bad-option', { tool, what: error.message.replace(/^error: /, ''), hint: '' });
	}
}
