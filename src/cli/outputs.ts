/** Where results go, and what is said beside them. */
import { writeSync } from 'node:fs';
import { libc } from '../bpf/libc.ts';
import { fail } from '../errors.ts';
import { ownNetns } from '../kernel/netns.ts';
import { say } from '../lang.ts';
import { colours } from '../output/colour.ts';
import { type Output, Outputs } from '../output/outputs.ts';
import { SINKS, type SinkContext, type SinkName } from '../output/sinks.ts';
import { Writer } from '../output/writer.ts';
import { isTerminal } from '../terminal.ts';
import type { DropSettings } from './settings.ts';
import type { Stop } from './stop.ts';

/** poll(2) */
const POLLOUT = 4;

/** Whether results go to a terminal. */
export const onTerminal = ({ output }: Pick<DropSettings, 'output'>): boolean => isTerminal(1) && (output === undefined || output === '-');

/**
 * Lines, and packets when they are asked for; packets on standard output leave no place for lines there.
 * @throws output-open, option-conflict
 */
export async function outputsOf(settings: DropSettings, format: SinkName, way?: SinkContext['way']): Promise<Outputs> {
	const { output, write, snapLength } = settings;
	const open = async (name: SinkName, path: string | undefined): Promise<Output> => {
		const writer = path === undefined || path === '-' ? Writer.stdout() : Writer.file(path);
		const colour = () => colours(settings.color, writer.ownFile);
		const context = { writer, ownNetns: ownNetns(), snapLength, colour, ...(way && { way }) };
		return { writer, sink: await SINKS[name](context) };
	};
	const all: Output[] = [];
	if (write !== '-' || (output !== undefined && output !== '-')) all.push(await open(format, output));
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

/** A line on stderr; a stderr that nobody reads is no reason to stop. */
export function note(text: string): void {
	// below PIPE_BUF a pipe that is ready does not block
	if (libc.poll(Uint16Array.of(2, 0, POLLOUT, 0), 1, 0) <= 0) return;
	try {
		writeSync(2, `${text}\n`);
	} catch {
		// closed, or full
	}
}

/** Writes lines of a command that only prints, however slowly they are read. @throws output-failed */
export async function printed(lines: readonly string[], writer: Writer, stop: Stop): Promise<void> {
	for (const line of lines) writer.line(line);
	for (writer.flush(); !writer.idle && !stop.asked; writer.flush()) await stop.sleep(5);
	if (writer.failure) fail('output-failed', { path: writer.path, why: writer.failure.message, lost: writer.lost });
}
