/**
 * A BPF object's way through libbpf: open, set constants, size maps, load, close. Nothing is pinned, so the kernel drops everything when
 * this process ends, however it ends.
 */
import { closeSync, existsSync, readFileSync, writeSync } from 'node:fs';
import { fail } from '../errors.ts';
import { kernelBtf } from '../kernel/btf.ts';
import { kernelRelease } from '../kernel/release.ts';
import { Btf, KIND } from './btf.ts';
import { errnoText } from './errno.ts';
import { excerpt } from './excerpt.ts';
import { addressOf, errno, logCallback, view } from './ffi.ts';
import { type CValue, store } from './layout.ts';
import { libbpf } from './libbpf.ts';
import { libc } from './libc.ts';
import { takeTemplate } from './templates.ts';

const EPERM = 1;
const EACCES = 13;
/** enum libbpf_print_level: up to here are warnings, with the verifier's log, and information */
const LIBBPF_INFO = 1;
/** memfd_create(2) */
const MFD_CLOEXEC = 1;
/** struct bpf_object_open_opts (tools/lib/bpf/libbpf.h), up to btf_custom_path */
const OPEN_OPTIONS_BYTES = 56;
const BTF_CUSTOM_PATH = 48;

export class BpfObject {
	/** those that were asked for: libbpf hands each over once */
	private readonly templates = new Map<string, Uint8Array>();
	private readonly object: bigint;
	private readonly path: string;
	private btfCache: Btf | undefined;
	private log = '';
	/** kept, since libbpf may look into it until the object is loaded */
	protected readonly elf: Buffer;
	/** the kernel's types that it needs, in a file without a name */
	private types: number | undefined;

	/**
	 * @param patch changes the file's bytes before it is opened
	 * @throws object-missing, or load-failed when the file is no BPF object
	 */
	constructor(path: string, patch?: (elf: Buffer) => void) {
		if (!existsSync(path)) fail('object-missing', { path });
		this.path = path;
		const elf = readFileSync(path);
		this.elf = elf;
		patch?.(elf);
		this.types = typesFor(elf);
		const options = openOptions(this.types);
		const object = this.logged(() =>
			patch ? libbpf.bpf_object__open_mem(elf, elf.length, options.memory) : libbpf.bpf_object__open_file(path, options.memory),
		);
		if (object === null) {
			const why = errnoText(errno());
			this.release();
			fail('load-failed', { kernel: kernelRelease(), program: path, why }, this.log);
		}
		this.object = object;
	}

	/**
	 * Types of the object itself: the records it sends, the constants it takes. Taken from libbpf, which has filled in the
	 * offsets of variables; the compiler leaves them 0 in the file.
	 */
	get btf(): Btf {
		if (this.btfCache) return this.btfCache;
		const size = new Uint32Array(1);
		const raw = libbpf.btf__raw_data(libbpf.bpf_object__btf(this.object), size);
		if (raw === null) throw new Error(`${this.path} has no BTF`);
		this.btfCache = new Btf(Buffer.from(new Uint8Array(view(raw, size[0] ?? 0))));
		return this.btfCache;
	}

	/**
	 * Sets `const volatile` variables before loading; the verifier then treats them as constants.
	 * @throws Error when a name or a field does not exist: object and caller are of different builds
	 */
	constants(values: Readonly<Record<string, CValue>>): void {
		this.storeConstants(this.constantMemory, values);
	}

	/** The constants, as they are, or as they are with some others. @throws Error as {@link constants} */
	rodata(values: Readonly<Record<string, CValue>> = {}): { fd: number; bytes: Uint8Array } {
		const memory = this.constantMemory.slice(0);
		this.storeConstants(memory, values);
		return { fd: this.mapFd('.rodata'), bytes: new Uint8Array(memory) };
	}

	private get constantMemory(): ArrayBuffer {
		const size = new BigUint64Array(1);
		const address = libbpf.bpf_map__initial_value(this.map('.rodata'), size);
		if (address === null) throw new Error(`${this.path} has no constants`);
		return view(address, Number(size[0]));
	}

	private storeConstants(buffer: ArrayBuffer, values: Readonly<Record<string, CValue>>): void {
		const { btf } = this;
		const memory = new DataView(buffer);
		const section = btf.find('.rodata', KIND.section);
		if (section === undefined) throw new Error(`${this.path} has no constants`);
		const variables = btf.type(section).entries?.map((entry) => ({ entry, variable: btf.type(entry.type) })) ?? [];
		for (const [name, value] of Object.entries(values)) {
			const found = variables.find(({ variable }) => variable.name === name);
			if (!found) throw new Error(`${this.path} has no constant ${name}`);
			store(btf, found.variable.type, memory, found.entry.offset, value);
		}
	}

	/** Where a global variable lies in the map `.bss`, bytes, and how large that is. @throws Error for an unknown name */
	global(name: string): { offset: number; size: number } {
		const { btf } = this;
		const section = btf.find('.bss', KIND.section);
		const entry = section === undefined ? undefined : btf.type(section).entries?.find(({ type }) => btf.type(type).name === name);
		if (section === undefined || !entry) throw new Error(`${this.path} has no variable ${name}`);
		return { offset: entry.offset, size: btf.type(section).size };
	}

	/** Only `programs` are loaded, and none of `maps` made. */
	only(programs: string | readonly string[], ...maps: string[]): void {
		const wanted = [programs].flat();
		for (
			let next = libbpf.bpf_object__next_program(this.object, null);
			next !== null;
			next = libbpf.bpf_object__next_program(this.object, next)
		)
			libbpf.bpf_program__set_autoload(next, wanted.includes(libbpf.bpf_program__name(next) ?? ''));
		for (const map of maps) libbpf.bpf_map__set_autocreate(this.map(map), false);
	}

	/** The libbpf handle of a map. @throws Error for an unknown name */
	map(name: string): bigint {
		const map = libbpf.bpf_object__find_map_by_name(this.object, name);
		if (map === null) throw new Error(`${this.path} has no map ${name}`);
		return map;
	}

	mapFd(name: string): number {
		return libbpf.bpf_map__fd(this.map(name));
	}

	/** After the load: what a template consists of, relocated for this kernel: struct bpf_insn, 8 bytes each. */
	template(name: string): Uint8Array {
		const instructions = this.templates.get(name) ?? takeTemplate(this.program(name));
		if (!instructions) throw new Error(`${this.path} has no template ${name}`);
		this.templates.set(name, instructions);
		return instructions;
	}

	/** Before the load: has the map `name` be that of `other`, which is loaded. @throws map-failed */
	share(name: string, other: BpfObject): void {
		const result = libbpf.bpf_map__reuse_fd(this.map(name), other.mapFd(name));
		if (result < 0) fail('map-failed', { what: `a second use of ${name}`, why: errnoText(errno() || -result) });
	}

	resize(name: string, entries: number): void {
		libbpf.bpf_map__set_max_entries(this.map(name), entries);
	}

	/**
	 * Loads maps and programs.
	 * @throws kernel-refused or load-failed, with libbpf's and the verifier's words as detail
	 */
	load(): void {
		const result = this.logged(() => libbpf.bpf_object__load(this.object));
		this.release();
		if (result >= 0) return;
		const code = errno() || -result;
		const why = this.reason(code);
		if (code === EPERM || code === EACCES) {
			// EACCES is also the verifier's "invalid memory access": then there is a program in the log
			if (!this.log.includes('BEGIN PROG LOAD LOG')) fail('kernel-refused', { what: 'to load the program', why }, this.log);
		}
		fail('load-failed', { kernel: kernelRelease(), program: this.path.replace(/.*\//, ''), why }, this.log);
	}

	/** Frees everything. The object must not be used afterwards. */
	close(): void {
		this.release();
		libbpf.bpf_object__close(this.object);
	}

	/** What is needed until the load only. */
	private release(): void {
		if (this.types !== undefined) closeSync(this.types);
		this.types = undefined;
	}

	private program(name: string): bigint {
		const program = libbpf.bpf_object__find_program_by_name(this.object, name);
		if (program === null) throw new Error(`${this.path} has no program ${name}`);
		return program;
	}

	/** Runs `work` with libbpf's messages going to this object's log instead of stderr. */
	private logged<T>(work: () => T): T {
		this.log = '';
		const callback = logCallback(LIBBPF_INFO, (text) => {
			this.log += text;
		});
		libbpf.libbpf_set_print(callback.address);
		try {
			return work();
		} finally {
			libbpf.libbpf_set_print(null);
			callback.release();
		}
	}

	/** The most telling line of the log, with the errno. */
	private reason(code: number): string {
		const lines = this.log.split('\n').map((line) => line.replace(/^libbpf: /, '').trim());
		const verifier = lines.findLast((line, i) => /^processed \d+ insns/.test(lines[i + 1] ?? '') && line !== '');
		const message = verifier ?? lines.find((line) => /failed|unsupported|cannot|can't|invalid|unknown/i.test(line));
		return message ? `${message} [${errnoText(code)}]` : errnoText(code);
	}
}

/** A file of the kernel's types that an object needs; undefined for what is no object, of which libbpf then says why. */
function typesFor(elf: Buffer): number | undefined {
	const types = excerpt(kernelBtf(), elf);
	if (!types) return undefined;
	const fd = libc.memfd_create('types', MFD_CLOEXEC);
	if (fd < 0) fail('map-failed', { what: 'a file in memory', why: errnoText(errno()) });
	writeSync(fd, types);
	return fd;
}

/** struct bpf_object_open_opts. @returns also what it points to */
function openOptions(types: number | undefined): { memory: DataView; path: Buffer } {
	const memory = new DataView(new ArrayBuffer(OPEN_OPTIONS_BYTES));
	memory.setBigUint64(0, BigInt(OPEN_OPTIONS_BYTES), true);
	const path = Buffer.from(`/proc/self/fd/${types}\0`);
	if (types !== undefined) memory.setBigUint64(BTF_CUSTOM_PATH, addressOf(path), true);
	return { memory, path };
}
