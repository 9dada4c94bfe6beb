/**
 * What of the catalogue this kernel has, and what it says of each: which argument is the packet, what is returned. All of it comes
 * from the BTF of the kernel and its modules, so nothing here can be wrong on another kernel.
 */
import { type Btf, KIND, type Type } from '../bpf/btf.ts';
import { kernelBtf, modules } from '../kernel/btf.ts';
import { say } from '../lang.ts';
import type { Point } from './point.ts';

/** What a function gives back, as far as it can be put into words. */
export type Returns =
	| { kind: 'nothing' | 'pointer' | 'bool' | 'signed' | 'unsigned' }
	/** names of values */
	| { kind: 'enum'; names: ReadonlyMap<number, string> };

export interface Here {
	point: Point;
	/** what it is called on this kernel */
	name: string;
	kind: 'function' | 'tracepoint' | 'netfilter';
	/** number in the BTF of the kernel, or of `module` */
	btfId: number;
	/** '' for the kernel itself */
	module: string;
	/** place of the argument that has the skb; an argument takes one of 8 bytes, a struct by value several */
	skb: number;
	/** bytes into what that argument points to, where the skb is a member of it, or all of it */
	inside?: number;
	/** what that argument points to has no type that the verifier knows: only probes without types get at it */
	untyped?: true;
	/** place of the argument that tells something */
	value?: number;
	/** place of the argument that is a socket */
	socket?: number;
	/** place of the argument that has the functions of a hook */
	functions?: number;
	/** places of all arguments */
	parameters: number;
	returns: Returns;
}

/** It cannot be watched on this kernel, whatever the backend. */
export interface NotHere {
	point: Point;
	why: string;
}

export type Resolved = Here | NotHere;

export const isHere = (one: Resolved): one is Here => 'btfId' in one;

const TRACEPOINT = 'btf_trace_';
const WORD = 8;

/** 'kfree_skb' of 'skb:kfree_skb'; undefined for functions. */
export const tracepointName = (name: string): string | undefined => {
	const colon = name.indexOf(':');
	return colon < 0 ? undefined : name.slice(colon + 1);
};

/** @param kernel and `loaded` come from this machine; a test gives its own */
export function resolvePoints(
	points: readonly Point[],
	kernel: Btf = kernelBtf(),
	loaded: () => Iterable<readonly [name: string, btf: Btf]> = modules,
): Resolved[] {
	const wanted = points.flatMap(({ name, also = [] }) => [name, ...also]);
	const functions = new Set(wanted.filter((name) => tracepointName(name) === undefined));
	const tracepoints = new Set(wanted.flatMap((name) => tracepointName(name) ?? []).map((name) => TRACEPOINT + name));
	const found = new Map<string, { btf: Btf; module: string; id: number }>();
	const look = (btf: Btf, module: string) => {
		for (const [name, id] of btf.named(KIND.function, functions)) if (!found.has(name)) found.set(name, { btf, module, id });
		for (const [name, id] of btf.named(KIND.typedef, tracepoints, TRACEPOINT.length))
			if (!found.has(name)) found.set(name, { btf, module, id });
	};
	look(kernel, '');
	for (const [module, btf] of loaded()) look(btf, module);
	const taken = new Set<string>();
	return points.map((point): Resolved => {
		const name = [point.name, ...(point.also ?? [])].find((each) => found.has(keyOf(each)));
		if (name === undefined)
			return { point, why: say('this kernel, and its modules that are loaded, have no such thing', '此内核及已加载模块中没有') };
		if (taken.has(name)) return { point, why: say(`it is ${name} here, which is another point`, `在此内核中即 ${name},已另行列出`) };
		const { btf, module, id } = found.get(keyOf(name)) as { btf: Btf; module: string; id: number };
		const resolved = describe(point, name, btf, module, id);
		if (isHere(resolved)) taken.add(name);
		return resolved;
	});
}

const keyOf = (name: string): string => {
	const tracepoint = tracepointName(name);
	return tracepoint === undefined ? name : TRACEPOINT + tracepoint;
};

function describe(point: Point, name: string, btf: Btf, module: string, id: number): Resolved {
	const tracepoint = tracepointName(name) !== undefined;
	const prototype = prototypeOf(btf, id, tracepoint);
	if (!prototype) return { point, why: say('its type is not known', '类型未知') };
	if (point.of === 'sock') return { point, why: say('no packet is among its arguments, only a socket', '参数中只有套接字,没有报文') };
	const { places, count } = placesOf(btf, tracepoint ? prototype.parameters.slice(1) : prototype.parameters);
	if (point.copies) {
		const [copy, from] = places.filter(({ type }) => pointsToSkb(btf, type));
		if (!copy || !from) return { point, why: say('not both packets are among its arguments', '参数中没有两个报文') };
		const both = { skb: from.place, value: copy.place };
		return { point, name, kind: 'function', btfId: id, module, ...both, parameters: count, returns: { kind: 'nothing' } };
	}
	if (point.merges) {
		const [other, packet] = places.filter(({ type }) => pointsToSkb(btf, type));
		if (!packet || !other) return { point, why: say('not both packets are among its arguments', '参数中没有两个报文') };
		const both = { skb: packet.place, value: other.place };
		return { point, name, kind: 'function', btfId: id, module, ...both, parameters: count, returns: returnsOf(btf, prototype.returns) };
	}
	const packet = point.of === 'memory' ? placeOfVoid(btf, places) : placeOfPacket(btf, places, point.inside);
	if (!packet) return { point, why: say('no packet is among its arguments', '参数中没有报文') };
	const value = point.tells && placeOfTold(btf, places, point.tells);
	const socket = placeOfStruct(btf, places, 'sock');
	const functions = point.tells === 'hook' ? placeOfStruct(btf, places, 'nf_hook_entries') : undefined;
	return {
		point,
		name,
		kind: tracepoint ? 'tracepoint' : 'function',
		btfId: id,
		module,
		skb: packet.place,
		...(packet.inside !== undefined && { inside: packet.inside }),
		...(packet.untyped && { untyped: true }),
		...(value !== undefined && { value }),
		...(socket !== undefined && { socket }),
		...(functions !== undefined && { functions }),
		parameters: count,
		returns: tracepoint ? { kind: 'nothing' } : returnsOf(btf, prototype.returns),
	};
}

/** Of a tracepoint, that of the function behind the typedef which TRACE_EVENT() leaves (include/linux/tracepoint.h). */
function prototypeOf(
	btf: Btf,
	id: number,
	tracepoint: boolean,
): { parameters: { name: string; type: number }[]; returns: number } | undefined {
	const pointer = tracepoint ? btf.resolve(id).type : btf.type(id).type;
	const { kind, parameters, type } = btf.resolve(pointer);
	return kind === KIND.prototype && parameters ? { parameters, returns: type } : undefined;
}

interface Place {
	place: number;
	type: number;
}

function placesOf(btf: Btf, parameters: readonly { type: number }[]): { places: Place[]; count: number } {
	let count = 0;
	const places = parameters.map(({ type }) => {
		const place = count;
		const { kind, size } = btf.resolve(type);
		count += kind === KIND.struct || kind === KIND.union ? Math.ceil(size / WORD) : 1;
		return { place, type };
	});
	return { places, count };
}

function pointsTo(btf: Btf, id: number, is: (target: number) => boolean): boolean {
	const type = btf.resolve(id);
	return type.kind === KIND.pointer && is(type.type);
}

const isStruct = (btf: Btf, id: number, name: string): boolean => {
	const type = btf.resolve(id);
	return type.kind === KIND.struct && type.name === name;
};

const pointsToSkb = (btf: Btf, id: number): boolean => pointsTo(btf, id, (target) => isStruct(btf, target, 'sk_buff'));

/** An argument by which the packet is found. */
interface PlaceOfPacket {
	place: number;
	inside?: number;
	untyped?: true;
}

function placeOfPacket(btf: Btf, places: readonly Place[], member: string | undefined): PlaceOfPacket | undefined {
	if (member === undefined) {
		const found = places.find(({ type }) => pointsToSkb(btf, type));
		if (found) return { place: found.place };
		// who may give back another one is given a pointer to the pointer
		const double = places.find(({ type }) => pointsTo(btf, type, (target) => pointsToSkb(btf, target)));
		return double && { place: double.place, inside: 0, untyped: true };
	}
	for (const { place, type } of places) {
		const pointer = btf.resolve(type);
		const target: Type | undefined = pointer.kind === KIND.pointer ? btf.resolve(pointer.type) : undefined;
		const found = target?.members?.find(({ name, type: inner }) => name === member && pointsToSkb(btf, inner));
		if (found) return { place, inside: found.bit / 8 };
	}
	return undefined;
}

/** The first void *, const or not. */
const placeOfVoid = (btf: Btf, places: readonly Place[]): PlaceOfPacket | undefined =>
	places.find(({ type }) => pointsTo(btf, type, (target) => btf.resolve(target).kind === 0));

/** The first pointer to a struct of that name. */
const placeOfStruct = (btf: Btf, places: readonly Place[], name: string): number | undefined =>
	places.find(({ type }) => pointsTo(btf, type, (target) => isStruct(btf, target, name)))?.place;

function placeOfTold(btf: Btf, places: readonly Place[], tells: NonNullable<Point['tells']>): number | undefined {
	if (tells === 'rule') return placeOfStruct(btf, places, 'nft_expr');
	if (tells === 'hook') return placeOfStruct(btf, places, 'nf_hook_state');
	return placeOfVoid(btf, places)?.place;
}

function returnsOf(btf: Btf, id: number): Returns {
	const type = btf.resolve(id);
	switch (type.kind) {
		case KIND.pointer:
			return { kind: 'pointer' };
		case KIND.enum:
		case KIND.enum64:
			return { kind: 'enum', names: new Map(type.values?.map(({ name, value }) => [value, name])) };
		case KIND.int:
			if (type.name === '_Bool' || type.name === 'bool') return { kind: 'bool' };
			return { kind: type.signed ? 'signed' : 'unsigned' };
		default:
			return { kind: 'nothing' };
	}
}
