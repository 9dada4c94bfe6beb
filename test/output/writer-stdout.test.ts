import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { namedPipe, Reader } from './pipe.ts';

/** Arguments for a Node that runs `code` with a Writer for standard output as `writer`. It answers on standard error. */
function running(code: string): string[] {
	const module = new URL('../../src/output/writer.js', import.meta.url).href;
	return ['--input-type=module', '-e', `import { Writer } from ${JSON.stringify(module)}; const writer = Writer.stdout(); ${code}`];
}

const child = (code: string, stdout: number) =>
	spawnSync(process.execPath, running(code), { stdio: ['ignore', stdout, 'pipe'], timeout: 20_000, encoding: 'utf8' });

describe('standard output', () => {
	it('that is a pipe is not made to fail for others who have it', () => {
		const path = namedPipe();
		const reader = new Reader(path);
		const fd = openSync(path, constants.O_WRONLY);
		const { stderr, status } = child(
			`import { readFileSync, writeSync } from 'node:fs';
			for (let i = 0; i < 5000; i++) writer.line(i + ' ' + 'x'.repeat(100), true);
			writer.flush();
			const flags = (fd) => parseInt(/^flags:\\s*(\\d+)$/m.exec(readFileSync('/proc/self/fdinfo/' + fd, 'utf8'))[1], 8) & 0o4000;
			writeSync(2, JSON.stringify({ shared: flags(1), own: flags(writer.fd), idle: writer.idle, lost: writer.lost }));
			process.exit(7);`,
			fd,
		);
		closeSync(fd);
		assert.equal(status, 7, stderr);
		assert.deepEqual(JSON.parse(stderr), { shared: 0, own: constants.O_NONBLOCK, idle: false, lost: 0 });
		assert.ok(reader.read() >= 4096);
	});

	// Node connects its children with sockets, as ssh does
	const INTO_SOCKET = `import { fstatSync, writeSync } from 'node:fs';
		for (let i = 0; i < 20_000; i++) writer.line(i + ' ' + 'x'.repeat(100), true);
		writer.flush();
		writeSync(2, JSON.stringify({ socket: fstatSync(1).isSocket(), idle: writer.idle }));
		setInterval(() => {
			writer.flush();
			if (writer.idle) process.exit(writer.closed && !writer.failure && writer.lost > 0 ? 3 : 0);
		}, 1);`;

	it('that is a socket gets everything, and does not block', { timeout: 20_000 }, async () => {
		const started = spawn(process.execPath, running(INTO_SOCKET), { stdio: ['ignore', 'pipe', 'pipe'] });
		try {
			const [answer] = await once(started.stderr, 'data');
			assert.deepEqual(JSON.parse(String(answer)), { socket: true, idle: false });
			const [text] = await Promise.all([started.stdout.toArray(), once(started, 'exit')]);
			assert.equal(started.exitCode, 0);
			assert.equal(Buffer.concat(text).toString(), Array.from({ length: 20_000 }, (_, i) => `${i} ${'x'.repeat(100)}\n`).join(''));
		} finally {
			started.kill('SIGKILL');
		}
	});

	it('that is a socket nobody reads any more ends without an error', { timeout: 20_000 }, async () => {
		const started = spawn(process.execPath, running(INTO_SOCKET), { stdio: ['ignore', 'pipe', 'pipe'] });
		try {
			await once(started.stderr, 'data');
			started.stdout.destroy();
			await once(started, 'exit');
			assert.equal(started.exitCode, 3);
		} finally {
			started.kill('SIGKILL');
		}
	});

	it('that is a file is written to its end, and after what is there', () => {
		const path = `${namedPipe()}.txt`;
		for (const text of ['first', 'second']) {
			const fd = openSync(path, 'a');
			const { stderr, status } = child(
				`writer.line(${JSON.stringify(text)}); writer.flush(); writer.replaceTail(() => 'end\\n'); writer.close();`,
				fd,
			);
			closeSync(fd);
			assert.equal(status, 0, stderr);
		}
		assert.equal(readFileSync(path, 'utf8'), 'first\nsecond\n', 'and nothing of it is replaced');
	});
});
