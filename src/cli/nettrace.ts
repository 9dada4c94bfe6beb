/** The command nettrace: settings, points, format, run. */
import { rmSync } from 'node:fs';
import { fail } from '../errors.ts';
import { compileExpression } from '../expression/compile.ts';
import { requireTracing } from '../kernel/capabilities.ts';
import { Reasons } from '../kernel/reasons.ts';
import { say } from '../lang.ts';
import { enumeration, nearest } from '../nearest.ts';
import type { SinkName } from '../output/sinks.ts';
import { hookPoints } from '../trace/netfilter.ts';
import { follow } from '../trace/watch.ts';
import { choose } from './choice.ts';
import { COMMANDS, type Invocation } from './commands.ts';
import { droptrace } from './droptrace.ts';
import { list } from './list.ts';
import { note, outputsOf } from './outputs.ts';
import { checkMode, type PathSettings, readPathOptions, type Shape } from './path-settings.ts';
import { type Given, readOptions, resolveSettings } from './settings.ts';

export async function nettrace(invocation: Invocation): Promise<number> {
	const { tool, values, words, stop } = invocation;
	if (values.trace === '?') return list({ ...invocation, words: [] });
	checkMode(values);
	checkWord(tool, words);
	if (values.drop === true) {
		const { drop: _, ...rest } = values;
		return droptrace({ ...invocation, values: rest });
	}
	const { rateLimit: _, ...common } = values as Given;
	const request = readOptions(common, words);
	const beyond = readPathOptions(values);
	if (typeof values.readyFile === 'string') rmSync(values.readyFile, { force: true });
	requireTracing(tool);
	const reasons = new Reasons();
	const settings: PathSettings = { ...resolveSettings(request, () => reasons), ...beyond };
	const told = (text: string) => note(`${tool}: ${text}`);
	const { backend, selected, why, trial } = choose(settings);
	const [first, ...others] = selected.missing;
	if (first && others.length === 0) told(say(`no ${first.name} here: ${first.why}`, `此处没有 ${first.name}:${first.why}`));
	else if (first) {
		const names = enumeration(selected.missing.map(({ name }) => name));
		told(say(`not here: ${names}; nettrace list tells why`, `此处没有:${names};原因见 nettrace list`));
	}
	if (backend === 'tracepoints' && settings.backend === undefined)
		told(
			say(
				`functions cannot be watched here (${why}): tracepoints are, and what happens between them is not seen`,
				`此处无法观察函数(${why}):仅使用跟踪点,跟踪点之间的过程不可见`,
			),
		);
	const namespaces = settings.netns.length === 0 ? [OWN_NETNS] : settings.netns.flatMap(({ path }) => path ?? []);
	const points =
		backend === 'tracepoints' && hooksWanted(settings)
			? [...selected.points, ...hookPoints(selected.points.length, settings.selection.matcher.length === 0)]
			: selected.points;
	return follow({
		settings,
		points,
		namespaces,
		backend,
		trial,
		reasons,
		outputs: await outputsOf(settings, formatOf(settings), { ...shapeOf(settings), endsUnseen: backend === 'tracepoints' }),
		stop,
		tool,
		note: told,
		ready: () => note('tracing…'),
	});
}

/** A single word that is no expression may be a command, misspelt. @throws bad-option with the nearest command */
function checkWord(tool: string, words: readonly string[]): void {
	const [word] = words;
	if (word === undefined || words.length > 1 || !/^[a-z]+$/.test(word)) return;
	const names = COMMANDS.flatMap(({ name }) => (name.startsWith(`${tool} `) ? name.slice(tool.length + 1) : []));
	const hint = nearest(word, names);
	if (hint === '') return;
	try {
		compileExpression(word, 'ethernet');
	} catch {
		fail('bad-option', { tool, what: say(`'${word}' is no expression, and no command`, `'${word}' 既不是表达式,也不是命令`), hint });
	}
}

const OWN_NETNS = '/proc/self/ns/net';

/** Netfilter's hooks are watched when nothing is said, or netfilter is. */
const hooksWanted = ({ selection: { trace, exclude } }: PathSettings): boolean =>
	!exclude.includes('netfilter') &&
	(trace === undefined || trace.some((word) => ['netfilter', 'nf', 'nf_hook_slow', 'all'].includes(word)));

const shapeOf = ({ detail, date, latency, tiny }: PathSettings): Shape => ({ detail, date, latency, tiny });

const formatOf = ({ json }: PathSettings): SinkName => (json ? 'json' : 'way');
