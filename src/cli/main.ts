/**
 * The way in: the one place that reads argv, the environment and signals, and the one that ends the process. What is known to go
 * wrong ends in one line and a status; anything else is a bug, and shows its stack.
 */
import { writeSync } from 'node:fs';
import { EXIT, KnownError } from '../errors.ts';
import { languageOf, setLanguage } from '../lang.ts';
import { VERSION } from '../version.ts';
import { parse } from './parse.ts';
import { Stop } from './stop.ts';

export async function main(tool: string): Promise<void> {
	const stop = new Stop();
	stop.listen();
	const words = process.argv.slice(2);
	const json = words.includes('--json');
	setLanguage(languageOf(process.env));
	let status: number;
	try {
		chooseLanguage(words);
		const parsed = parse(tool, words);
		if ('text' in parsed) {
			print(1, parsed.text);
			status = EXIT.ok;
		} else {
			status = await parsed.command.run({ tool, values: parsed.values, words: parsed.words, stop });
		}
	} catch (error) {
		status = report(tool, error, json, words.includes('--debug'));
	}
	process.exit(status);
}

/** --lang counts before anything is said, even about other options. */
function chooseLanguage(words: readonly string[]): void {
	const at = words.findIndex((word) => word === '--lang' || word.startsWith('--lang='));
	const value = words[at]?.includes('=') ? words[at].slice('--lang='.length) : words[at + 1];
	if (at >= 0 && (value === 'en' || value === 'zh')) setLanguage(value);
	else if (at >= 0) throw new KnownError('bad-value', { value: value ?? '', option: '--lang', wanted: 'en, zh' });
}

function report(tool: string, error: unknown, json: boolean, debug: boolean): number {
	if (!(error instanceof KnownError)) {
		const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
		print(2, `${tool}: this is a bug, please report it with the lines below\n${tool} ${VERSION}, node ${process.version}\n${stack}\n`);
		return EXIT.failed;
	}
	const { code, exit, message, detail } = error;
	if (json) print(2, `${JSON.stringify({ type: 'error', code, exit, message, ...(debug && detail && { detail }) })}\n`);
	// a place shown under the message keeps its lines
	else print(2, `${debug && detail ? `${detail.trimEnd()}\n` : ''}${tool}: ${message.replace(/$|\n/, ` [${code}]$&`)}\n`);
	return exit;
}

/** Without process.stdout, which would make a pipe non-blocking for everybody that shares it. A reader that left is no error. */
function print(fd: 1 | 2, text: string): void {
	let rest = Buffer.from(text);
	while (rest.length > 0) {
		try {
			rest = rest.subarray(writeSync(fd, rest));
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
		}
	}
}
