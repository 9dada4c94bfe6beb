/**
 * Addresses to names, from /proc/kallsyms. Read when the first address has to be named, and again when one falls where no symbol
 * was, or where one may have come since: a module or a BPF program.
 *
 * The kernel's own symbols come first and in order of their addresses (scripts/kallsyms.c sorts them), so they are searched where
 * they stand, as text; those of modules follow in any order, and are sorted here. Making objects or arrays of all 200,000 would
 * cost more time and memory than everything else together.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

export interface Location {
	symbol: string;
	/** bytes into the function */
	offset: number;
	module?: string;
}

/** Kernel addresses differ in their low 48 bits only, which a number holds exactly. */
export const addressKey = (high: number, low: number): number => (high & 0xffff) * 4294967296 + low;

/** '0xffffffff81000000' */
export const addressText = (high: number, low: number): string =>
	`0x${(high >>> 0).toString(16)}${(low >>> 0).toString(16).padStart(8, '0')}`;

/** 'tcp_v4_rcv+0x9a', 'nft_do_chain+0x93c [nf_tables]' */
export const locationText = ({ symbol, offset, module }: Location): string =>
	`${symbol}+0x${offset.toString(16)}${module === undefined ? '' : ` [${module}]`}`;

/** No kernel function is longer; an address further from the symbol before it lies in no known function. */
const LONGEST_FUNCTION = 1 << 20;
const RELOAD_AFTER_MS = 1000;
/** The table is some five megabytes. */
const REST_AFTER_MS = 2000;
/** Reading it again waits this many times as long as reading it took. */
const REST = 20;
/** what kallsyms calls the module of BPF programs, trampolines and probes */
const GENERATED = /^(bpf$|__builtin__)/;

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;
const BRACKET = 0x5b;
/** Lines are "ffffffff81000000 T _stext\n", of a module "ffffffffc0000000 t nft_do_chain\t[nf_tables]\n". */
const KIND = 17;
const NAME = 19;
/** Lines looked at to see whether the kernel's own symbols are in order. */
const SAMPLES = 64;

export class Symbols {
	private text: Buffer = Buffer.alloc(0);
	/** where the part that is in order ends */
	private ordered = 0;
	/** lines of the rest, by address */
	private addresses = new Float64Array(0);
	private lines = new Uint32Array(0);
	private readonly cache = new Map<number, Location>();
	/** drops come in runs of one place */
	private last = -1;
	private lastFound: Location | undefined;
	private nextLoad = Number.NEGATIVE_INFINITY;
	private searchedAt = Number.NEGATIVE_INFINITY;
	private readonly read: () => Buffer;
	private readonly modules: () => string;
	/** the modules when the table was read */
	private modulesThen: string | undefined;

	/** @param read where the table comes from, and `modules` what tells whether it may have changed; a test gives its own */
	constructor(read: () => Buffer = readKallsyms, modules: () => string = loadedModules) {
		this.read = read;
		this.modules = modules;
	}

	/** The function an address lies in; undefined when the kernel hides addresses, or none is known there: one may be a second later. */
	lookup(key: number): Location | undefined {
		if (key === this.last) return this.lastFound;
		const cached = this.cache.get(key);
		if (cached) {
			this.last = key;
			this.lastFound = cached;
			return cached;
		}
		let found = this.search(key);
		if (found === undefined || this.mayBeOlder(key, found)) {
			if (this.resting(found)) return undefined;
			this.load();
			found = this.search(key);
		}
		if (found) this.cache.set(key, found);
		return found;
	}

	/** Reads the table now, for whoever has no time for it later. */
	prepare(): void {
		if (this.text.length === 0) this.load();
	}

	/** Frees the table when no address that is new has come for a while; it is read again when one does. */
	rest(): void {
		if (this.text.length === 0 || performance.now() - this.searchedAt < REST_AFTER_MS) return;
		this.text = Buffer.alloc(0);
		this.ordered = 0;
		this.addresses = new Float64Array(0);
		this.lines = new Uint32Array(0);
		this.nextLoad = Number.NEGATIVE_INFINITY;
	}

	/**
	 * Whether something that was loaded since may lie between a function and the address: behind the last function of a module there
	 * is room for another module, and between BPF programs for another program.
	 */
	private mayBeOlder(key: number, { module }: Location): boolean {
		if (module === undefined) return false;
		if (GENERATED.test(module)) return true;
		const next = this.lines[this.modulesUpTo(key)];
		const last = next === undefined || this.nameAt(next + NAME).module !== module;
		return last && this.modules() !== this.modulesThen;
	}

	/** Reading the table again can wait, unless a module has come: that is seldom, and then its name is missing. */
	private resting(found: Location | undefined): boolean {
		return performance.now() < this.nextLoad && (found === undefined || GENERATED.test(found.module ?? ''));
	}

	private search(key: number): Location | undefined {
		this.searchedAt = performance.now();
		let best: Location | undefined;
		for (const line of [this.lineBefore(key), this.lines[this.modulesUpTo(key) - 1]]) {
			if (line === undefined) continue;
			const offset = key - this.addressAt(line);
			if (offset < LONGEST_FUNCTION && (best === undefined || offset < best.offset)) best = { ...this.nameAt(line + NAME), offset };
		}
		return best;
	}

	/** The last line of a function at or before an address, among those in order. */
	private lineBefore(key: number): number | undefined {
		let low = 0;
		let high = this.ordered;
		while (low < high) {
			const line = this.lineStart((low + high) >>> 1);
			if (this.addressAt(line) <= key) low = this.lineEnd(line) + 1;
			else high = line;
		}
		for (let end = low; end > 0; ) {
			const line = this.lineStart(end - 1);
			if (this.isText(line)) return line;
			end = line;
		}
		return undefined;
	}

	/** How many functions of modules begin at or before an address. */
	private modulesUpTo(key: number): number {
		let low = 0;
		let high = this.addresses.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((this.addresses[middle] as number) <= key) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	/** The rest of a line: 'tcp_v4_rcv' or 'nft_do_chain\t[nf_tables]'. */
	private nameAt(start: number): { symbol: string; module?: string } {
		const { text } = this;
		let end = start;
		while (end < text.length && text[end] !== NEWLINE && text[end] !== TAB && text[end] !== SPACE) end++;
		const symbol = text.toString('latin1', start, end);
		if (text[end] === NEWLINE || text[end + 1] !== BRACKET) return { symbol };
		return { symbol, module: text.toString('latin1', end + 2, text.indexOf(']', end)) };
	}

	private load(): void {
		const start = performance.now();
		this.modulesThen = this.modules();
		this.text = this.read();
		const module = this.text.indexOf('\t[');
		const end = module < 0 ? this.text.length : this.lineStart(module);
		this.ordered = this.inOrder(end) ? end : 0;
		const found: { address: number; line: number }[] = [];
		for (let line = this.ordered; line + NAME < this.text.length; line = this.lineEnd(line) + 1)
			if (this.isText(line)) found.push({ address: this.addressAt(line), line });
		found.sort((a, b) => a.address - b.address || a.line - b.line);
		this.addresses = Float64Array.from(found, ({ address }) => address);
		this.lines = Uint32Array.from(found, ({ line }) => line);
		const now = performance.now();
		this.nextLoad = now + Math.max(RELOAD_AFTER_MS, (now - start) * REST);
	}

	/** Whether lines before `end` are by address: a sample of them. */
	private inOrder(end: number): boolean {
		let last = -1;
		for (let i = 0; i < SAMPLES && end > 0; i++) {
			const address = this.addressAt(this.lineStart(Math.floor((end * i) / SAMPLES)));
			if (address < last) return false;
			last = address;
		}
		return true;
	}

	/** A function, maybe a weak one, at an address that is not hidden; the last line may be cut off. */
	private isText(line: number): boolean {
		if (line + NAME >= this.text.length) return false;
		const kind = (this.text[line + KIND] as number) | 0x20;
		return (kind === 0x74 || kind === 0x77) && this.addressAt(line) > 0;
	}

	private addressAt(line: number): number {
		let value = 0;
		for (let i = line + 4; i < line + 16; i++) {
			const c = this.text[i] as number;
			value = value * 16 + (c <= 0x39 ? c - 0x30 : (c | 0x20) - 0x57);
		}
		return value;
	}

	private lineStart(at: number): number {
		return at === 0 ? 0 : this.text.lastIndexOf(NEWLINE, at - 1) + 1;
	}

	private lineEnd(start: number): number {
		const end = this.text.indexOf(NEWLINE, start);
		return end < 0 ? this.text.length : end;
	}
}

/** All of /proc/kallsyms in one piece: it gives a page a read, and node's own way would make a buffer of each. */
function readKallsyms(): Buffer {
	const fd = openSync('/proc/kallsyms', 'r');
	try {
		let table = Buffer.allocUnsafeSlow(16 << 20);
		for (let length = 0; ; ) {
			const count = readSync(fd, table, length, table.length - length, null);
			if (count === 0) return table.subarray(0, length);
			length += count;
			if (length < table.length) continue;
			const larger = Buffer.allocUnsafeSlow(table.length * 2);
			table.copy(larger);
			table = larger;
		}
	} finally {
		closeSync(fd);
	}
}

/** Names and sizes of the modules that are loaded; '' on a kernel without modules. */
function loadedModules(): string {
	try {
		return readFileSync('/proc/modules', 'latin1').replace(/^(\S+ \d+) .*$/gm, '$1');
	} catch {
		return '';
	}
}
