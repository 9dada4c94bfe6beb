/**
 * Writes lines, or blocks of bytes, to a file descriptor without ever blocking the process: a tracer whose reader is slow must still answer Ctrl-C.
 *
 * A pipe or a terminal is opened a second time, through /proc/self/fd, so that O_NONBLOCK is ours alone and not that of
 * everybody who shares it. A socket (what ssh, journald and Node give) cannot be opened again; it is asked with every write not to
 * wait. What does not fit waits here; when too much waits, the caller stops emptying the rings, and what is lost then is lost, and
 * counted, in the kernel.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { errnoText } from '../bpf/errno.ts';
import { libc, sendNow } from '../bpf/libc.ts';
import { fail } from '../errors.ts';

/** Bytes put together before a write: a system call a line would cost more than the line. */
const CHUNK = 1 << 16;
/**
 * Characters put together before they are encoded. A line is a tree of pieces until then, and long ones outlive a garbage
 * collection: encoding every 4 KiB takes a third less than every 64 KiB, and less than every line (make bench).
 */
const PIECE = 1 << 12;
/** the most bytes of a character of a string in UTF-8 */
const UTF8_MOST = 3;
/** Bytes that may wait for a slow reader. */
const PATIENCE = 4 << 20;
/** Bytes at the end of a file of blocks that may have to be taken back: more than two blocks. */
const TAIL = 1 << 20;

/** So many places are kept, whatever of them is still of interest. */
const PLACES_LEAST = 4096;

/** poll(2): the other end of the pipe is closed */
const POLLERR = 8;
const POLLHUP = 16;
const POLLNVAL = 32;

type Failure = NodeJS.ErrnoException;

export class Writer {
	/** name for messages */
	readonly path: string;
	/** set when the reader has gone */
	closed = false;
	/** set when writing failed for another reason */
	failure: Failure | undefined;
	private readonly fd: number;
	/** not standard output */
	readonly ownFile: boolean;
	private readonly regular: boolean;
	/** struct pollfd { int fd; short events; short revents; } */
	private readonly pollfd = new Uint16Array(4);
	private readonly socket: boolean;
	private text = '';
	private waiting: Buffer | undefined;
	/** bytes written, and not taken back */
	private written = 0;
	/** bytes of everything given before `text` */
	private given = 0;
	/** where events end in `text`, in characters: bytes are only known when it is encoded */
	private marks: number[] = [];
	/** where events end, in bytes from the beginning: those behind what was written are lost when writing ends */
	private readonly ends = new Places();
	/** bytes that are not given to the system yet; made when the first one comes */
	private chunk: Buffer | undefined;
	private filled = 0;
	/** where blocks end, in bytes from the beginning */
	private readonly blocks = new Places();
	/** nothing more will be written */
	private ended = false;

	private constructor(path: string, fd: number, own: boolean) {
		this.path = path;
		this.fd = fd;
		this.ownFile = own;
		const stat = fstatSync(fd);
		this.regular = own && stat.isFile();
		this.socket = stat.isSocket();
		new Int32Array(this.pollfd.buffer)[0] = fd;
	}

	/** Standard output. */
	static stdout(): Writer {
		const stat = fstatSync(1);
		if (stat.isFIFO() || stat.isCharacterDevice()) {
			try {
				return new Writer(
					'standard output',
					openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY),
					false,
				);
			} catch {
				// no /proc, or a terminal of another user: the shared descriptor does too
			}
		}
		return new Writer('standard output', 1, false);
	}

	/** A file, made or emptied; or a pipe or a terminal by its name. @throws output-open */
	static file(path: string): Writer {
		const { O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK, O_NOCTTY } = constants;
		// opened for reading too, a pipe would never tell that its reader has gone; but one that has no reader yet opens only so
		const ways = isSpecial(path)
			? [O_WRONLY | O_NONBLOCK | O_NOCTTY, O_RDWR | O_NONBLOCK | O_NOCTTY]
			: [O_RDWR | O_CREAT | O_TRUNC, O_WRONLY | O_CREAT | O_TRUNC];
		let failure: Failure | undefined;
		for (const flags of ways) {
			try {
				return new Writer(path, openSync(path, flags, 0o644), true);
			} catch (error) {
				failure ??= error as Failure;
			}
		}
		return fail('output-open', { path, why: failure ? why(failure) : '' });
	}

	/** Whether the other one writes to the same file or pipe, whatever its name; devices such as /dev/null take everybody's. */
	same(other: Writer): boolean {
		const [one, two] = [fstatSync(this.fd), fstatSync(other.fd)];
		return one.dev === two.dev && one.ino === two.ino && !one.isCharacterDevice();
	}

	/** Whether more may be written without piling up. */
	get ready(): boolean {
		return (this.waiting?.length ?? 0) < PATIENCE;
	}

	/** Notices a reader that has gone although there is nothing to write. */
	probe(): void {
		this.pollfd[3] = 0;
		if (!this.regular && libc.poll(this.pollfd, 1, 0) > 0 && this.pollfd[3] & (POLLERR | POLLHUP | POLLNVAL)) this.closed = true;
	}

	/** Nothing waits. */
	get idle(): boolean {
		return this.text === '' && this.filled === 0 && !this.waiting;
	}

	/** Events that were given to {@link line} or {@link block} but will never be written. */
	get lost(): number {
		if (!this.ended) return 0;
		let lost = 0;
		for (let i = this.ends.all.length - 1; i >= 0 && (this.ends.all[i] as number) > this.written; i--) lost++;
		return lost;
	}

	/** Writes no more: what waits is lost. */
	abandon(): void {
		this.ended = true;
		this.waiting = undefined;
		this.place(Buffer.byteLength(this.text));
		this.text = '';
		this.filled = 0;
	}

	/** Adds a line; the newline is added here. `event`: its loss is that of an event. */
	line(text: string, event = false): void {
		this.whole(`${text}\n`, event);
	}

	/** The same for a line that has its newline already. */
	whole(text: string, event = false): void {
		this.text += text;
		if (event) this.marks.push(this.text.length);
		if (this.text.length >= PIECE) this.encode();
	}

	/**
	 * Adds the first `length` of `bytes`, which are copied; nobody gives lines and blocks to the same writer. A write has whole
	 * blocks, so that what a file has when the process is killed is whole too. @returns where it ends, for {@link keeps}
	 */
	block(bytes: Uint8Array, length = bytes.length, event = false): number {
		this.room(length).set(bytes.subarray(0, length), this.filled);
		this.filled += length;
		this.given += length;
		this.blocks.all.push(this.given);
		if (event) this.ends.all.push(this.given);
		return this.given;
	}

	/** Whether a block that ends there is written, or still may be. */
	keeps(end: number): boolean {
		return !this.ended || end <= this.written;
	}

	/** The chunk, with room for so many bytes behind what is in it. */
	private room(bytes: number): Buffer {
		if (this.filled + bytes > CHUNK) this.write();
		if (!this.chunk || bytes > this.chunk.length) this.chunk = Buffer.allocUnsafeSlow(Math.max(bytes, CHUNK));
		return this.chunk;
	}

	/** Text to bytes. */
	private encode(): void {
		if (this.text === '') return;
		const chunk = this.room(this.text.length * UTF8_MOST);
		const bytes = chunk.write(this.text, this.filled, 'utf8');
		this.filled += bytes;
		this.place(bytes);
		this.text = '';
	}

	/** Writes what can be written now. */
	flush(): void {
		this.encode();
		this.write();
	}

	private write(): void {
		if (this.chunk && this.filled > 0) {
			const bytes = this.chunk.subarray(0, this.filled);
			// only what does not fit has to be kept, and copied for that
			this.waiting = this.waiting ? Buffer.concat([this.waiting, bytes]) : bytes;
			this.filled = 0;
		}
		if (this.closed || this.failure || this.ended) this.abandon();
		this.drain();
		if (this.chunk && this.waiting?.buffer === this.chunk.buffer) this.waiting = Buffer.from(this.waiting);
	}

	private drain(): void {
		while (this.waiting) {
			try {
				const count = this.socket ? sendNow(this.fd, this.waiting) : writeSync(this.fd, this.waiting);
				this.written += count;
				// what is in the tail of a file may be taken back
				this.ends.forget(this.written - TAIL);
				this.blocks.forget(this.written - TAIL);
				this.waiting = count < this.waiting.length ? this.waiting.subarray(count) : undefined;
			} catch (error) {
				const failure = error as Failure;
				if (failure.code === 'EAGAIN') return;
				if (failure.code === 'EPIPE' || failure.code === 'ECONNRESET') this.closed = true;
				else this.failure = failure;
				this.abandon();
			}
		}
	}

	/**
	 * After a failure: puts `lines` at the end of the file all the same, in the place of as many complete lines as must go. A line
	 * that was cut goes in any case. A full disk has no room for more bytes, but those already there can be written over.
	 */
	replaceTail(lines: () => string): void {
		if (!this.regular) return;
		try {
			const size = Math.min(this.written, CHUNK);
			const start = this.written - size;
			const tail = Buffer.alloc(size);
			readSync(this.fd, tail, 0, size, start);
			// the first guess of the text's length may be short by the digits of a count
			const guess = Buffer.byteLength(lines());
			const room = guess === 0 ? 0 : guess + 32;
			let keep = tail.lastIndexOf(10) + 1;
			while (keep > 0 && size - keep < room) keep = keep > 1 ? tail.lastIndexOf(10, keep - 2) + 1 : 0;
			this.written = start + keep;
			const text = Buffer.from(lines());
			const count = writeSync(this.fd, text, 0, text.length, this.written);
			ftruncateSync(this.fd, this.written + (count < text.length ? 0 : count));
		} catch {
			// even this is refused: the error on stderr is all there can be
		}
	}

	/**
	 * The same for a file of blocks: `blocks` gives those to be put at the end, which fit in when as many before them have gone.
	 * When they do not, the file ends with a whole block all the same.
	 */
	replaceBlocks(blocks: () => Uint8Array): void {
		if (!this.regular) return;
		const upTo = (limit: number) => this.blocks.all.findLast((end) => end <= limit);
		const whole = upTo(this.written) ?? 0;
		// the first guess of the length may be more than is needed when the blocks know which ones have gone
		this.written = upTo(this.written - blocks().length) ?? whole;
		const bytes = blocks();
		let count = 0;
		try {
			count = writeSync(this.fd, bytes, 0, bytes.length, this.written);
		} catch {
			// not even over what was there
		}
		try {
			ftruncateSync(this.fd, this.written + (count < bytes.length ? 0 : count));
		} catch {
			// even this is refused: the error on stderr is all there can be
		}
	}

	close(): void {
		if (this.ownFile) closeSync(this.fd);
	}

	/** Turns marks of `text`, which has become `bytes` bytes, into places from the beginning. */
	private place(bytes: number): void {
		const { text, given } = this;
		let characters = 0;
		let place = given;
		for (const mark of this.marks) {
			// one byte a character, unless somebody reads Chinese
			place = bytes === text.length ? given + mark : place + Buffer.byteLength(text.slice(characters, mark));
			characters = mark;
			this.ends.all.push(place);
		}
		this.marks.length = 0;
		this.given += bytes;
	}
}

/** 'ENOSPC (no space left on device)' */
export const why = (error: NodeJS.ErrnoException): string => (error.errno === undefined ? error.message : errnoText(error.errno));

/** Places in what is written, bytes from the beginning, in order. */
class Places {
	readonly all: number[] = [];
	private most = PLACES_LEAST;

	/** Those up to a place are of no interest any more. They go now and then, and without making another array, which V8 would learn anew. */
	forget(upTo: number): void {
		const { all } = this;
		if (all.length < this.most) return;
		const first = all.findIndex((place) => place > upTo);
		const gone = first === -1 ? all.length : first;
		all.copyWithin(0, gone);
		all.length -= gone;
		this.most = Math.max(2 * all.length, PLACES_LEAST);
	}
}

/** A pipe, a terminal, a device: not to be waited for. */
function isSpecial(path: string): boolean {
	try {
		return !statSync(path).isFile();
	} catch {
		return false;
	}
}
