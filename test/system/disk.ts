/** A disk that is soon full, for one command. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './run.ts';

/** on-disk SIZE COMMAND…: with a disk of that size at $FOLDER/disk, which only the command sees; afterwards $FOLDER/out is a copy of what it wrote. */
const ON_DISK = `#!/bin/sh
size=$1; shift
mkdir -p "$FOLDER/disk" && mount -t tmpfs -o "size=$size" none "$FOLDER/disk" || exit 125
"$@" & pid=$!
echo $pid > "$FOLDER/pid"
wait $pid; status=$?
cp "$FOLDER/disk/out" "$FOLDER/out"
exit $status
`;

export class Disk {
	/** what calls the command, and with which environment */
	readonly prefix: readonly string[];
	readonly env: NodeJS.ProcessEnv;
	/** the file that the command is to write */
	readonly output: string;
	private readonly folder: string;

	/** @param size as mount takes it: '64k' */
	constructor(t: TestContext, size: string) {
		this.folder = temporaryFolder(t);
		const script = join(this.folder, 'on-disk');
		writeFileSync(script, ON_DISK);
		chmodSync(script, 0o755);
		this.prefix = ['unshare', '-m', '--propagation', 'private', script, size];
		this.env = { FOLDER: this.folder };
		this.output = join(this.folder, 'disk/out');
	}

	/** Does `work` while the command stands still: what it does is in the rings, or lost, before any of it is written. */
	whileStopped(work: () => void): void {
		const pid = Number(readFileSync(join(this.folder, 'pid'), 'utf8'));
		process.kill(pid, 'SIGSTOP');
		work();
		process.kill(pid, 'SIGCONT');
	}

	/** What is in the file, once the command has ended. */
	read(): Buffer {
		return readFileSync(join(this.folder, 'out'));
	}
}
