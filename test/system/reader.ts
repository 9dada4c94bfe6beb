/** Somebody who reads what a run writes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './run.ts';

/** `cat` from a pipe to a file. @returns the file, complete when the process has ended */
export function reader(t: TestContext, stdin: number): { path: string; cat: ChildProcess; ended: Promise<unknown> } {
	const path = join(temporaryFolder(t), 'read');
	const file = openSync(path, 'w');
	const cat = spawn('cat', { stdio: [stdin, file, 'inherit'] });
	closeSync(file);
	t.after(() => cat.kill('SIGKILL'));
	return { path, cat, ended: once(cat, 'exit') };
}
