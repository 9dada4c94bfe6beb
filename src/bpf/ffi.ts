/**
 * The one door to C. A table of signatures gives both the foreign calls and their TypeScript types, so that a wrong argument is
 * a compile error. Pointers are addresses (bigint); `null` is NULL.
 *
 * koffi is loaded here and nowhere else.
 */
import koffi from 'koffi';
import { fail } from '../errors.ts';

interface CTypes {
	void: undefined;
	int: number;
	u32: number;
	/** A length, or another 64-bit integer that stays below 2^53. */
	size: number;
	bool: boolean;
	str: string | null;
	ptr: bigint | null;
	/** Memory the callee reads or fills during the call. */
	buf: ArrayBufferView | bigint | null;
}
type CType = keyof CTypes;
export type Signature = readonly [result: CType, ...args: CType[]];
type Args<T extends readonly CType[]> = { [K in keyof T]: CTypes[T[K]] };
type Call<S extends Signature> = S extends readonly [infer R extends CType, ...infer A extends CType[]]
	? (...args: Args<A>) => CTypes[R]
	: never;
export type Bound<T extends Record<string, Signature>> = { readonly [K in keyof T]: Call<T[K]> };

const KOFFI: Record<CType, string> = {
	void: 'void',
	int: 'int',
	u32: 'uint32_t',
	size: 'int64_t',
	bool: 'bool',
	str: 'str',
	ptr: 'void *',
	buf: 'void *',
};

/** What a library is called where people install it. */
export interface Package {
	name: string;
	debian: string;
	fedora: string;
}
const LIBBPF_PACKAGE: Package = { name: 'libbpf 1.0', debian: 'libbpf1', fedora: 'libbpf' };

/**
 * Binds every function of `table` from the first of `names` that the dynamic linker finds. Functions are looked up when they
 * are first called: a start that needs five of them does not pay for forty.
 * @throws the error `library-missing` when no library is found, or one lacks a function.
 */
export function bind<const T extends Record<string, Signature>>(
	names: readonly string[],
	table: T,
	from: Package = LIBBPF_PACKAGE,
): Bound<T> {
	let library: ReturnType<typeof koffi.load> | undefined;
	const open = () => {
		for (const name of names) {
			try {
				return koffi.load(name);
			} catch {
				// the next name
			}
		}
		return fail('library-missing', { library: names[0] ?? '', ...from });
	};
	const bound: Record<string, unknown> = {};
	for (const [name, [result, ...args]] of Object.entries(table)) {
		bound[name] = (...values: unknown[]) => {
			library ??= open();
			let call: (...values: unknown[]) => unknown;
			try {
				call = library.func(
					name,
					KOFFI[result],
					args.map((arg) => KOFFI[arg]),
				);
			} catch {
				return fail('library-missing', { library: `${names[0]} with ${name}()`, ...from });
			}
			bound[name] = call;
			return call(...values);
		};
	}
	return bound as Bound<T>;
}

/** Whether one of `names` can be loaded at all. */
export function libraryPresent(names: readonly string[]): boolean {
	return names.some((name) => {
		try {
			koffi.load(name);
			return true;
		} catch {
			return false;
		}
	});
}

/** errno of the foreign call just made on this thread. */
export const errno = (): number => koffi.errno();

/**
 * A view, without a copy, of `bytes` of foreign memory. Whoever maps the memory must be the only holder of the view: a touch
 * after munmap, or a write to a read-only page, ends the process.
 */
export const view = (address: bigint, bytes: number): ArrayBuffer => koffi.view(address, bytes);

/** Where `memory` lies, for a pointer inside a struct. The garbage collector does not see such a pointer: keep `memory`. */
export const addressOf = (memory: ArrayBufferView): bigint => BigInt(koffi.address(memory));

/** The C string at `address`. */
export const cString = (address: bigint): string => koffi.decode(address, 'char', -1) as string;

export type LogHandler = (text: string) => void;

let vsnprintf: ((...args: unknown[]) => unknown) | undefined;

/**
 * A C function pointer `int (*)(int level, const char *format, va_list)` that formats with the C library and hands the text to
 * `handler`: the shape of libbpf's print callback.
 * @param most the highest level of which the text is wanted: of the others there are hundreds
 */
export function logCallback(most: number, handler: LogHandler): { address: bigint; release: () => void } {
	let text: Buffer | undefined;
	const address = registerCallback('int (int level, void *format, void *args)', (level: number, format: bigint, args: bigint) => {
		if (level > most) return 0;
		text ??= Buffer.alloc(65536);
		vsnprintf ??= koffi.load('libc.so.6').func('int vsnprintf(void *buf, size_t size, void *format, void *args)');
		const length = vsnprintf(text, text.length, format, args) as number;
		handler(text.toString('latin1', 0, Math.min(length, text.length - 1)));
		return 0;
	});
	return { address, release: () => koffi.unregister(address) };
}

/** A function of ours for C to call, until it is unregistered. @param prototype such as 'int (void *one, long other)' @returns its address */
export const registerCallback = (prototype: string, call: (...args: never[]) => number): bigint =>
	koffi.register(call, koffi.pointer(koffi.proto(prototype)));
