/** Records as the program sends them, written with the BTF of the built object and not with the decoders under test. */
import { KIND } from '../../src/bpf/btf.ts';
import { DROP_FLAGS, DropEvent } from '../../src/bpf/generated/events.ts';
import { type CValue, store } from '../../src/bpf/layout.ts';
import { Memory } from '../../src/bpf/memory.ts';
import { builtBtf } from '../bpf/built.ts';

const btf = builtBtf();
const struct = (name: string): number => btf.find(name, KIND.struct) ?? 0;
const SIZE = 480;

export interface Recorded {
	event: DropEvent;
	stackOffset: number;
}

/** `fields` of struct drop_event; everything around the record is noise. */
export function record(fields: { readonly [field: string]: CValue }, stack?: readonly bigint[]): Recorded {
	const offset = 16;
	const view = new DataView(new Uint8Array(SIZE + 2 * offset).fill(0xa5).buffer);
	new Uint8Array(view.buffer, offset, SIZE).fill(0);
	store(btf, struct('drop_event'), view, offset, fields);
	if (stack) store(btf, struct('drop_stack_event'), view, offset, { stack });
	return { event: new DropEvent().at(new Memory(view.buffer), offset), stackOffset: stack ? offset + 224 : 0 };
}

/** Fields of a record with the bytes of a packet. */
export const headers = (hex: string, protocol: number, more: { readonly [field: string]: CValue } = {}) => {
	const data = [...Buffer.from(hex.replace(/\s/g, ''), 'hex')];
	return { data, captured: data.length, len: data.length, protocol, flags: DROP_FLAGS.headers, ...more };
};

/** Fields of a record of a packet that has no headers yet. */
export function tuple(fields: { readonly [field: string]: CValue }): { readonly [field: string]: CValue } {
	const bytes = new Uint8Array(40);
	store(btf, struct('socket_tuple'), new DataView(bytes.buffer), 0, fields);
	return { data: [...bytes], captured: bytes.length, flags: DROP_FLAGS.socketTuple };
}

/** Lines of /proc/kallsyms as a table. */
export const kallsyms = (lines: Readonly<Record<string, bigint>>) => (): Buffer =>
	Buffer.from(
		Object.entries(lines)
			.map(([name, address]) => `${address.toString(16).padStart(16, '0')} T ${name.replace(/ (\[.*\])/, '\t$1')}\n`)
			.join(''),
	);
