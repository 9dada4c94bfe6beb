/** The command droptrace: settings, format, run. */
import { rmSync, writeSync } from 'node:fs';
import { benignReasons } from '../drops/benign.ts';
import { stopStats } from '../drops/stat-stop.ts';
import { watch } from '../drops/watch.ts';
import { EXIT, fail } from '../errors.ts';
import { requireTracing } from '../kernel/capabilities.ts';
import { Reasons } from '../kernel/reasons.ts';
import { say } from '../lang.ts';
import type { SinkName } from '../output/sinks.ts';
import { isTerminal } from '../terminal.ts';
import type { Invocation } from './commands.ts';
import { note, onTerminal, outputsOf } from './outputs.ts';
import { checkStop, type DropSettings, type Given, readOptions, resolveSettings } from './settings.ts';

export async function droptrace({ tool, values, words, stop }: Invocation): Promise<number> {
	if (values.statStop === true) return stopOthers(values as Given, words);
	const request = readOptions(values as Given, words);
	if (request.write === '-' && isTerminal(1)) fail('binary-terminal', { tool, option: '--write' });
	if (typeof values.readyFile === 'string') rmSync(values.readyFile, { force: true });
	requireTracing(tool);
	let known: Reasons | undefined;
	const reasons = () => {
		known ??= new Reasons();
		return known;
	};
	const settings = resolveSettings(request, reasons);
	if (!settings.showBenign) settings.filter.benignReasons = benignReasons(reasons());
	return watch({
		settings,
		reasons: reasons(),
		outputs: await outputsOf(settings, formatOf(settings)),
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

function formatOf(settings: DropSettings): SinkName {
	const { json, stat } = settings;
	const terminal = onTerminal(settings);
	if (stat !== undefined) return json || !terminal ? 'json' : 'table';
	if (json) return 'json';
	return terminal ? 'columns' : 'lines';
}
