/** Named pipes, to see what a reader gets and when. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'pipe-'));
after(() => rmSync(folder, { recursive: true }));
let count = 0;

export function namedPipe(): string {
	const path = join(folder, String(count++));
	execFileSync('mkfifo', [path]);
	return path;
}

/** The reading end of a pipe, which reads when it is told to. */
export class Reader {
	private readonly fd: number;
	private readonly chunks: Buffer[] = [];

	constructor(path: string) {
		this.fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	}

	/** Reads up to `most` bytes, as long as there are some. @returns how many */
	read(most = Number.POSITIVE_INFINITY): number {
		let total = 0;
		while (total < most) {
			const buffer = Buffer.alloc(Math.min(65536, most - total));
			let length = 0;
			try {
				length = readSync(this.fd, buffer);
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
			}
			if (length === 0) break;
			this.chunks.push(buffer.subarray(0, length));
			total += length;
		}
		return total;
	}

	get text(): string {
		return Buffer.concat(this.chunks).toString();
	}

	close(): void {
		closeSync(this.fd);
	}
}
