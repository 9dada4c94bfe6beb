/** A command in a terminal of its own, for tests of what only happens there: completion, columns, colours. */
import { type ChildProcess, spawn } from 'node:child_process';

const PATIENCE_MS = 30_000;

export class Terminal implements Disposable {
	private readonly child: ChildProcess;
	/** everything shown so far */
	private shown = '';
	/** what {@link until} has already looked at */
	private read = 0;

	/** @param command for sh -c; `script` of util-linux gives it a terminal */
	constructor(command: string, environment: NodeJS.ProcessEnv) {
		this.child = spawn('script', ['-qfec', command, '/dev/null'], { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
		this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.shown += text));
	}

	type(text: string): void {
		this.child.stdin?.write(text);
	}

	/** Waits until something new matches, and gives the match. */
	async until(pattern: RegExp): Promise<RegExpExecArray> {
		const deadline = performance.now() + PATIENCE_MS;
		for (;;) {
			const match = pattern.exec(this.shown.slice(this.read));
			if (match) {
				this.read += match.index + match[0].length;
				return match;
			}
			if (performance.now() > deadline) throw new Error(`${pattern} was not shown, but:\n${this.shown.slice(this.read)}`);
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	}

	[Symbol.dispose](): void {
		this.child.kill('SIGKILL');
	}
}
