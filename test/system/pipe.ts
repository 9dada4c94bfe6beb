/** A pipe as a shell makes one. What Node gives a child as standard output is a socket, which is something else to a writer. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './run.ts';

export interface Pipe {
	/** does not block */
	read: number;
	write: number;
	close(end: 'read' | 'write'): void;
}

/** Open at both ends until they are closed here, or the test ends. */
export function makePipe(t: TestContext): Pipe {
	const path = join(temporaryFolder(t), 'pipe');
	execFileSync('mkfifo', [path]);
	const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	const write = openSync(path, constants.O_WRONLY);
	unlinkSync(path);
	const open = new Set<'read' | 'write'>(['read', 'write']);
	const pipe: Pipe = {
		read,
		write,
		close(end) {
			if (open.delete(end)) closeSync(pipe[end]);
		},
	};
	t.after(() => {
		pipe.close('read');
		pipe.close('write');
	});
	return pipe;
}
