import assert from 'node:assert/strict';
import { constants, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Writer } from '../../src/output/writer.ts';
import { namedPipe, Reader } from './pipe.ts';

const MIB = 1 << 20;
const PATIENCE = 4 * MIB;
const descriptor = (writer: Writer) => (writer as unknown as { fd: number }).fd;

/** Must hold before more is written than a pipe takes: else a mistake would hang the test and not fail it. */
function assertDoesNotBlock(writer: Writer): void {
	const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor(writer)}`, 'utf8'))?.[1] ?? '0';
	assert.ok(Number.parseInt(flags, 8) & constants.O_NONBLOCK, `flags ${flags}`);
}

function connected(): { writer: Writer; reader: Reader } {
	const path = namedPipe();
	const reader = new Reader(path);
	const writer = Writer.file(path);
	assertDoesNotBlock(writer);
	return { writer, reader };
}

const line = (number: number, length = 100) => `${number} ${'x'.repeat(length)}`;
const lines = (text: string) => text.split('\n').length - 1;

describe('a pipe', () => {
	it('gets lines when it is time, not one by one', () => {
		const { writer, reader } = connected();
		writer.line('one');
		writer.line('两');
		assert.equal(writer.idle, false);
		assert.equal(reader.read(), 0);
		writer.flush();
		reader.read();
		assert.equal(reader.text, 'one\n两\n');
		assert.equal(writer.idle, true);
		writer.flush();
		assert.equal(reader.read(), 0, 'and once');
	});

	it('gets lines without being asked when there are enough of them', () => {
		const { writer, reader } = connected();
		for (let i = 0; i < 1000; i++) writer.line(line(i), true);
		// a pipe has a page at least
		assert.ok(reader.read() >= 4096);
	});

	it('whose reader is slow gets everything in the end, in order', () => {
		const { writer, reader } = connected();
		const expected = Array.from({ length: 20_000 }, (_, i) => line(i, i % 200));
		for (const [i, text] of expected.entries()) {
			writer.line(text);
			// odd numbers of bytes, so that writes are cut anywhere
			if (i % 50 === 0) reader.read(777);
		}
		for (let turns = 0; !writer.idle; turns++) {
			assert.ok(turns < 10_000);
			writer.flush();
			reader.read(33_333);
		}
		reader.read();
		assert.equal(reader.text, `${expected.join('\n')}\n`);
		assert.deepEqual([writer.lost, writer.closed, writer.failure], [0, false, undefined]);
	});

	it('whose reader stops makes what comes wait, up to a limit, and does not wait itself', () => {
		const { writer, reader } = connected();
		let given = 0;
		for (; writer.ready && given < 2 * PATIENCE; given += 1001) writer.line('y'.repeat(1000));
		assert.equal(writer.ready, false);
		assert.ok(given > PATIENCE && given < PATIENCE + MIB, String(given));
		// told not to, somebody gives more: it is kept all the same
		writer.line('last');
		writer.flush();
		reader.read(MIB);
		writer.flush();
		assert.equal(writer.ready, true, 'there is room again');
		while (!writer.idle) {
			reader.read();
			writer.flush();
		}
		reader.read();
		assert.equal(lines(reader.text), given / 1001 + 1);
		assert.ok(reader.text.endsWith('y\nlast\n'));
		assert.equal(writer.lost, 0);
	});

	it('whose reader goes ends without an error, and counts what did not get there', () => {
		const { writer, reader } = connected();
		for (let i = 0; i < 5000; i++) writer.line(line(i), true);
		writer.flush();
		assert.equal(writer.idle, false);
		// all that the pipe holds is read; what waits here is not
		reader.read();
		reader.close();
		writer.flush();
		assert.deepEqual([writer.closed, writer.failure, writer.idle], [true, undefined, true]);
		assert.equal(lines(reader.text) + writer.lost, 5000);
		assert.ok(writer.lost > 1000);
		writer.line('later', true);
		writer.flush();
		assert.equal(lines(reader.text) + writer.lost, 5001);
		assert.equal(writer.idle, true);
	});

	it('that nobody reads yet is written when somebody does', () => {
		const path = namedPipe();
		const writer = Writer.file(path);
		assertDoesNotBlock(writer);
		for (let i = 0; i < 3000; i++) writer.line(line(i), true);
		writer.flush();
		assert.equal(writer.idle, false);
		const reader = new Reader(path);
		while (!writer.idle) {
			reader.read();
			writer.flush();
		}
		reader.read();
		assert.equal(lines(reader.text), 3000);
		assert.equal(writer.closed, false);
	});

	it('loses no line that is not counted, whatever its reader does', () => {
		const actions = fc.array(
			fc.oneof(fc.record({ read: fc.nat(100_000) }), fc.record({ give: fc.nat(400) }), fc.constant({ flush: true })),
			{
				maxLength: 30,
			},
		);
		fc.assert(
			fc.property(actions, fc.boolean(), (list, leaves) => {
				const { writer, reader } = connected();
				let given = 0;
				for (const action of list) {
					if ('read' in action) reader.read(action.read);
					else if ('flush' in action) writer.flush();
					else for (let i = 0; i < action.give; i++) writer.line(line(given++, 500), true);
				}
				if (leaves) {
					reader.read();
					reader.close();
					writer.flush();
				}
				for (; !writer.idle; writer.flush()) reader.read();
				if (!leaves) {
					reader.read();
					reader.close();
				}
				assert.equal(lines(reader.text) + writer.lost, given);
				assert.equal(writer.lost > 0, writer.closed);
				writer.close();
			}),
			{ numRuns: 15 },
		);
	});
});
