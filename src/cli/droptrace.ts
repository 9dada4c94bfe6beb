/** The command droptrace: settings, format, run. */
import { rmSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { libc } from '../bpf/libc.ts';
import { stopStats } from '../drops/stat-stop.ts';
import { watch } from '../drops/watch.ts';
import { EXIT, fail } from '../errors.ts';
import { requireTracing } from '../kernel/capabilities.ts';
import { ownNetns } from '../kernel/netns.ts';
import { Reasons } from '../kernel/reasons.ts';
import { say } from '../lang.ts';
import { colours } from '../output/colour.ts';
import { type Output, Outputs } from '../output/outputs.ts';
import { SINKS, type SinkName } from '../output/sinks.ts';
import { Writer } from '../output/writer.ts';
import type { Invocation } from './commands.ts';
import { checkStop, type DropSettings, type Given, readOptions, resolveSettings } from './settings.ts';

/** poll(2) */
const POLLOUT = 4;

export async function droptrace({ tool, values, words, stop }: Invocation): Promise<number> {
	if (values.statStop === true) return stopOthers(values as Given, words);
	const request = readOptions(values as Given, words);
	if (request.write === '-' && isatty(1)) fail('binary-terminal', { tool, option: '--write' });
	if (typeof values.readyFile === 'string') rmSync(values.readyFile, { force: true });
	requireTracing(tool);
	let known: Reasons | undefined;
	const reasons = () => {
		known ??= new Reasons();
		return known;
	};
	const settings = resolveSettings(request, reasons);
	return watch({
		settings,
		reasons: reasons(),
		outputs: await outputsOf(settings),
		stop,
		tool,
		note: (text) => note(`${tool}: ${text}`),
		ready: () => note('tracing…'),
	});
}

async function stopOthers(given: Given, words: readonly string[]): Promise<number> {
	checkStop(given, words);
	const stopped = await stopStats();
	if (stopped.length === 0) fail('no-stat', {});
	const list = stopped.join(', ');
	writeSync(1, `${say(`stopped droptrace --stat, process ${list}`, `已停止 droptrace --stat,进程 ${list}`)}\n`);
	return EXIT.ok;
}

/** Lines, and packets when they are asked for; packets on standard output leave no place for lines there. */
async function outputsOf(settings: DropSettings): Promise<Outputs> {
	const { output, write, snapLength } = settings;
	const open = async (name: SinkName, path: string | undefined): Promise<Output> => {
		const writer = path === undefined || path === '-' ? Writer.stdout() : Writer.file(path);
		const context = { writer, ownNetns: ownNetns(), snapLength, colour: () => colours(settings.color, writer.ownFile) };
		return { writer, sink: await SINKS[name](context) };
	};
	const all: Output[] = [];
	if (write !== '-' || (output !== undefined && output !== '-')) all.push(await open(formatOf(settings), output));
	if (write !== undefined) all.push(await open('pcapng', write));
	const [one, two] = all;
	if (one && two?.writer.same(one.writer))
		fail('option-conflict', {
			one: `--write ${write}`,
			other: output === undefined ? say('lines on standard output', '标准输出中的文本行') : `--output ${output}`,
			why: say('it is the same file', '是同一个文件'),
		});
	return new Outputs(all);
}

function formatOf({ json, output, stat }: DropSettings): SinkName {
	const terminal = isatty(1) && (output === undefined || output === '-');
	if (stat !== undefined) return json || !terminal ? 'json' : 'table';
	if (json) return 'json';
	return terminal ? 'columns' : 'lines';
}

/** A line on stderr; a stderr that nobody reads is no reason to stop. */
function note(text: string): void {
	// below PIPE_BUF a pipe that is ready does not block
	if (libc.poll(Uint16Array.of(2, 0, POLLOUT, 0), 1, 0) <= 0) return;
	try {
		writeSync(2, `${text}\n`);
	} catch {
		// closed, or full
	}
}
