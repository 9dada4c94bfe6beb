/** What a run does between the kernel and its readers. */
import assert from 'node:assert/strict';
import { readSync } from 'node:fs';
import { test } from 'node:test';
import { Stop } from '../../src/cli/stop.ts';
import { Outputs } from '../../src/output/outputs.ts';
import type { End, Start } from '../../src/output/sink.ts';
import { Writer } from '../../src/output/writer.ts';
import { Session, type SessionContext, type SessionSettings, type Source } from '../../src/session/session.ts';
import { makePipe } from '../system/pipe.ts';

/** records that a turn takes, in bytes of their lines: more than is kept for a reader that is slow */
const TURN = 5 << 20;
/** as many full rings */
const TURNS = 3;
const LINE = 'x'.repeat(1023);

/** Rings that were full when the probes came off: each turn empties one of them. */
class Full implements Source {
	left = TURNS;
	private readonly writer: Writer;

	constructor(writer: Writer) {
		this.writer = writer;
	}

	poll(): number {
		if (this.left === 0) return 0;
		this.left--;
		for (let bytes = 0; bytes < TURN; bytes += LINE.length + 1) this.writer.line(LINE, true);
		return TURN / (LINE.length + 1);
	}
	losses = () => [];
	detach = () => {};
	close = () => {};
}

class FullSession extends Session<SessionSettings, Full> {
	readonly full: Full;

	constructor(context: SessionContext<SessionSettings>, full: Full) {
		super(context);
		this.full = full;
	}

	protected open(): Full {
		this.context.stop.after(0, 'signal');
		return this.full;
	}
	protected probes(): Pick<Start, 'backend' | 'probes'> {
		return { backend: '', probes: { asked: 0, attached: 0 } };
	}
	protected refresh(): void {}
	protected ending(_unwritten: number, lost: number): End {
		return { seconds: 0, events: 0, lost, packets: 0, drops: 0 };
	}
	protected summary(): string[] {
		return [];
	}
}

test('at the end the rings are read to their end, when a slow reader is what makes room for it too', async (t) => {
	const pipe = makePipe(t);
	const writer = Writer.file(`/proc/self/fd/${pipe.write}`);
	pipe.close('write');
	const outputs = new Outputs([{ writer, sink: { start() {}, drop() {}, lost() {}, ending: () => [] } }]);
	const full = new Full(writer);
	const settings = { duration: undefined, readyFile: undefined, strict: false, netns: [], interfaces: [], filterText: '' };
	const session = new FullSession({ settings, outputs, stop: new Stop(), note() {}, ready() {}, tool: 'test' }, full);
	const buffer = Buffer.alloc(1 << 16);
	let read = 0;
	const reader = setInterval(() => {
		try {
			read += readSync(pipe.read, buffer);
		} catch (error) {
			assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
		}
	}, 1);
	t.after(() => clearInterval(reader));
	assert.equal(await session.run(), 0);
	assert.equal(full.left, 0, 'rings that nobody looked at');
	for (let count = 1; count > 0; read += count) count = readSync(pipe.read, buffer);
	// a machine may be too busy for the time that the reader gets
	assert.equal(Math.floor(read / (LINE.length + 1)) + outputs.lost, (TURNS * TURN) / (LINE.length + 1));
});
