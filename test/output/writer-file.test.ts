import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { Writer, why } from '../../src/output/writer.ts';
import { within } from '../bpf/within.ts';

const folder = mkdtempSync(join(tmpdir(), 'writer-'));
after(() => rmSync(folder, { recursive: true }));
let count = 0;
const fresh = () => join(folder, String(count++));
const lines = (text: string) => text.split('\n').length - 1;

describe('a file', () => {
	it('has the lines, and nothing of what was there before', () => {
		const path = fresh();
		writeFileSync(path, 'old and long\n'.repeat(100));
		const writer = Writer.file(path);
		assert.equal(statSync(path).size, 0);
		writer.line('first');
		writer.line('');
		writer.line('第三');
		writer.flush();
		writer.close();
		assert.equal(readFileSync(path, 'utf8'), 'first\n\n第三\n');
		assert.deepEqual([writer.idle, writer.ready, writer.lost, writer.closed, writer.failure], [true, true, 0, false, undefined]);
	});

	it('is readable by others as the umask has it', () => {
		const path = fresh();
		const mask = process.umask(0o022);
		try {
			Writer.file(path).close();
			assert.equal(statSync(path).mode & 0o777, 0o644);
		} finally {
			process.umask(mask);
		}
	});

	it('may be a link', () => {
		const path = fresh();
		symlinkSync(path, `${path}-link`);
		const writer = Writer.file(`${path}-link`);
		writer.line('there');
		writer.flush();
		assert.equal(readFileSync(path, 'utf8'), 'there\n');
	});

	const refused: [name: string, path: () => string, why: RegExp][] = [
		['in a folder that is not there', () => join(fresh(), 'file'), /cannot write .*: ENOENT \(no such file or directory\)/],
		['below a file', () => '/etc/passwd/file', /ENOTDIR/],
		['that is a folder', () => folder, /EISDIR/],
		['without a name', () => '', /ENOENT/],
		['with a name that is too long', () => join(folder, 'x'.repeat(300)), /ENAMETOOLONG/],
	];
	for (const [name, path, message] of refused)
		it(`is refused ${name}`, () => assert.throws(() => Writer.file(path()), { code: 'output-open', exit: 1, message }));

	it('is refused when it may not be written', { skip: process.getuid?.() === 0 ? 'root may' : false }, () => {
		const path = fresh();
		writeFileSync(path, '');
		chmodSync(path, 0o444);
		assert.throws(() => Writer.file(path), { code: 'output-open', message: /EACCES/ });
	});
});

describe('a full disk', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, () => {
	it('is a failure, and every line is counted as lost', () => {
		const writer = Writer.file('/dev/full');
		for (let i = 0; i < 10; i++) writer.line(`line ${i}`, true);
		assert.deepEqual([writer.failure, writer.lost], [undefined, 0]);
		writer.flush();
		assert.equal(writer.failure?.code, 'ENOSPC');
		assert.equal(why(writer.failure ?? assert.fail()), 'ENOSPC (no space left on device)');
		assert.deepEqual([writer.lost, writer.closed, writer.idle, writer.ready], [10, false, true, true]);
		writer.line('another', true);
		writer.flush();
		assert.equal(writer.lost, 11);
		// what cannot be read or cut is left alone
		writer.replaceTail(() => 'end\n');
		assert.equal(writer.lost, 11);
		writer.close();
	});
});

/** A file of `text`, written through a writer. */
function written(text: string): { writer: Writer; path: string } {
	const path = fresh();
	const writer = Writer.file(path);
	for (const line of text.split('\n').slice(0, -1)) writer.line(line, true);
	writer.flush();
	// as after a failure: what does not stay in the file is lost
	writer.abandon();
	return { writer, path };
}

describe('the end of a file that cannot grow', () => {
	const ending = (dropped: number) => `{"type":"end","lost":${dropped}}\n`;

	it('takes the place of as many lines as it needs', () => {
		const { writer, path } = written(Array.from({ length: 20 }, (_, i) => `line ${i} of twenty\n`).join(''));
		const before = statSync(path).size;
		writer.replaceTail(() => ending(writer.lost));
		const text = readFileSync(path, 'utf8');
		assert.ok(text.length <= before);
		assert.equal(writer.lost, 20 - (lines(text) - 1));
		assert.ok(writer.lost >= 2 && writer.lost <= 4, String(writer.lost));
		assert.match(text, new RegExp(`^(line \\d+ of twenty\\n)+\\{"type":"end","lost":${writer.lost}\\}\\n$`));
	});

	it('takes the place of everything when there is little', () => {
		const { writer, path } = written('a\nb\n');
		writer.replaceTail(() => ending(writer.lost));
		assert.equal(readFileSync(path, 'utf8'), ending(2));
		assert.equal(writer.lost, 2);
	});

	it('is written into an empty file', () => {
		const { writer, path } = written('');
		writer.replaceTail(() => ending(writer.lost));
		assert.equal(readFileSync(path, 'utf8'), ending(0));
	});

	it('is found in a file that begins with an empty line', () => {
		for (const text of ['\n', '\n\n', '\na\n', '\n\nab\nc\n']) {
			const { writer, path } = written(text);
			within(60_000, () => writer.replaceTail(() => ending(writer.lost)));
			assert.equal(readFileSync(path, 'utf8'), ending(writer.lost), JSON.stringify(text));
			assert.equal(writer.lost, lines(text));
		}
	});

	it('leaves complete lines alone when there is nothing to say', () => {
		const { writer, path } = written('one\ntwo\n');
		writer.replaceTail(() => '');
		assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
		assert.equal(writer.lost, 0);
	});

	it('is found in a long file', () => {
		const { writer, path } = written(Array.from({ length: 5000 }, (_, i) => `line ${i} ${'x'.repeat(i % 90)}\n`).join(''));
		writer.replaceTail(() => ending(writer.lost));
		const text = readFileSync(path, 'utf8');
		assert.equal(lines(text) - 1 + writer.lost, 5000);
		assert.ok(text.endsWith(`\n${ending(writer.lost)}`));
	});

	it('is left as it is when it cannot be read back', () => {
		const { writer, path } = written('one\ntwo\n');
		writer.close();
		writer.replaceTail(() => ending(writer.lost));
		assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
		assert.equal(writer.lost, 0);
	});

	it('is a line behind complete lines, whatever the lines', () => {
		const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '界', '{'), maxLength: 60 }), { maxLength: 30 });
		fc.assert(
			fc.property(texts, fc.nat(200), (list, length) => {
				const { writer, path } = written(list.map((line) => `${line}\n`).join(''));
				const end = (dropped: number) => `${'#'.repeat(length)}${dropped}\n`;
				within(60_000, () => writer.replaceTail(() => end(writer.lost)));
				const kept = list.slice(0, list.length - writer.lost);
				assert.equal(readFileSync(path, 'utf8'), kept.map((line) => `${line}\n`).join('') + end(writer.lost));
				writer.close();
			}),
			{ numRuns: 100 },
		);
	});
});

/** Lets this process's files grow to `bytes` and no further; Node ignores the signal, and sees EFBIG. */
const limitFiles = (bytes: number | string) => execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
const fileLimit = () =>
	execFileSync('prlimit', ['--pid', String(process.pid), '--fsize', '--output=SOFT', '--noheadings'], { encoding: 'utf8' }).trim();

describe('a file at its limit', () => {
	const LIMIT = 100_000;
	const cases: [name: string, end: (dropped: number) => string][] = [
		['with an end line', (dropped) => `{"type":"end","lost":${dropped}}\n`],
		['without one', () => ''],
	];
	for (const [name, end] of cases) {
		it(`ends in whole lines, of which none is lost without being counted: ${name}`, () => {
			const path = fresh();
			const writer = Writer.file(path);
			const before = fileLimit();
			limitFiles(LIMIT);
			try {
				for (let i = 0; i < 3000; i++) writer.line(`{"line":${i},"text":"${'x'.repeat(i % 77)}"}`, true);
				writer.flush();
				assert.equal(writer.failure?.code, 'EFBIG');
				assert.equal(statSync(path).size, LIMIT);
				assert.ok(!readFileSync(path, 'utf8').endsWith('\n'), 'the last line is cut');
				writer.replaceTail(() => end(writer.lost));
			} finally {
				limitFiles(before);
			}
			const found = readFileSync(path, 'utf8');
			assert.ok(found.length <= LIMIT && found.endsWith('\n'));
			const numbers = found
				.split('\n')
				.slice(0, -1)
				.map((line): { type?: string; line?: number; lost?: number } => JSON.parse(line));
			const rest = numbers.filter(({ type }) => type === undefined);
			assert.deepEqual(
				rest.map(({ line }) => line),
				Array.from({ length: rest.length }, (_, i) => i),
			);
			assert.equal(rest.length + writer.lost, 3000);
			assert.equal(numbers.length - rest.length, end(0) === '' ? 0 : 1);
		});
	}
});
