/** Whether a packet is what a match of nftables asks for, in the JSON of libnftables-json(5). What is not known is 'maybe'. */
import { protocolNumbers } from '../../packet/protocols.ts';
import { list, member, number, text } from '../host.ts';
import { type Answer, every, not, some, when } from './rules.ts';
import { flagNamed, flagsOf, inNetwork, inRange, isDevice, isReply, type Subject, stateOf } from './subject.ts';

/** Elements of sets and maps, by name. */
export type Sets = ReadonlyMap<string, unknown>;

export function elementsOf(data: unknown, sets: Sets): unknown[] {
	const name = text(data);
	if (name?.startsWith('@')) return list(member(sets.get(name.slice(1)), 'elem'));
	return list(member(data, 'set'));
}

export function matches(match: unknown, subject: Subject, sets: Sets): Answer {
	const [op, left, right] = ['op', 'left', 'right'].map((name) => member(match, name));
	switch (op) {
		case '==':
		case 'in':
			return equals(left, right, subject, sets, op === 'in');
		case '!=':
			return not(equals(left, right, subject, sets));
		case '<':
		case '>':
		case '<=':
		case '>=': {
			const value = valueIn(left, subject);
			const limit = number(right);
			if (typeof value !== 'number' || limit === undefined) return value === ABSENT ? 'no' : 'maybe';
			return when(op === '<' ? value < limit : op === '>' ? value > limit : op === '<=' ? value <= limit : value >= limit);
		}
		default:
			return 'maybe';
	}
}

/** The packet has no such thing, so that the rule does not apply. */
const ABSENT = Symbol('absent');
/** undefined: it is not known */
type Value = string | number | ReadonlySet<string> | typeof ABSENT | undefined;

export function equals(left: unknown, right: unknown, subject: Subject, sets: Sets, includes = false): Answer {
	const parts = list(member(left, 'concat'));
	if (parts.length > 0) {
		const one = (wanted: unknown): Answer => {
			const values = list(member(wanted, 'concat'));
			return values.length === parts.length ? every(parts.map((part, i) => equals(part, values[i], subject, sets))) : 'maybe';
		};
		const named = text(right);
		if (named?.startsWith('@') || member(right, 'set') !== undefined) return some(elementsOf(right, sets).map((each) => one(plain(each))));
		return one(right);
	}
	const mask = list(member(left, '&'));
	if (mask.length === 2) {
		const value = valueIn(mask[0], subject);
		if (value === ABSENT) return 'no';
		if (value instanceof Set || (typeof value === 'object' && value !== undefined))
			return flagsUnder(value as ReadonlySet<string>, mask[1], right);
		const [bits, wanted] = [number(mask[1]), number(right)];
		return typeof value === 'number' && bits !== undefined && wanted !== undefined ? when((value & bits) >>> 0 === wanted >>> 0) : 'maybe';
	}
	const value = valueIn(left, subject);
	if (value === ABSENT) return 'no';
	if (value === undefined) return 'maybe';
	return fits(value, right, subject, sets, includes);
}

/** The value itself of an element that has a timeout, a counter or a comment. */
const plain = (element: unknown): unknown => member(element, 'elem', 'val') ?? element;

function fits(value: Exclude<Value, undefined | typeof ABSENT>, right: unknown, subject: Subject, sets: Sets, includes: boolean): Answer {
	const wanted = plain(right);
	if (typeof wanted === 'string' && wanted.startsWith('@')) {
		const set = sets.get(wanted.slice(1));
		if (set === undefined) return 'maybe';
		return some(list(member(set, 'elem')).map((each) => fits(value, each, subject, sets, includes)));
	}
	const members = member(wanted, 'set');
	if (members !== undefined) return some([members].flat().map((each) => fits(value, each, subject, sets, includes)));
	const bits = member(wanted, '|');
	if (bits !== undefined && typeof value === 'object') {
		const names = namesOf(bits);
		if (!names) return 'maybe';
		return when(includes ? names.some((name) => value.has(name)) : names.length === value.size && names.every((name) => value.has(name)));
	}
	if (Array.isArray(wanted)) return some(wanted.map((each) => fits(value, each, subject, sets, includes)));
	const [low, high] = list(member(wanted, 'range'));
	if (low !== undefined && high !== undefined) {
		if (typeof value === 'number')
			return typeof low === 'number' && typeof high === 'number' ? when(value >= low && value <= high) : 'maybe';
		return typeof value === 'string' ? inRange(value, String(low), String(high)) : 'maybe';
	}
	const network = text(member(wanted, 'prefix', 'addr'));
	if (network !== undefined)
		return typeof value === 'string' ? inNetwork(value, `${network}/${String(member(wanted, 'prefix', 'len'))}`) : 'maybe';
	if (typeof value === 'object') {
		const name = text(wanted);
		return name === undefined ? 'maybe' : when(includes ? value.has(flagNamed(name)) : value.size === 1 && value.has(flagNamed(name)));
	}
	if (typeof value === 'number') return typeof wanted === 'number' ? when(value === wanted) : numberNamed(value, wanted);
	if (typeof wanted !== 'string') return 'maybe';
	if (/[.:]/.test(value) && /[.:]/.test(wanted)) return inNetwork(value, wanted);
	return wanted.endsWith('*') ? isDevice(value, wanted) : when(value === wanted || same(value, wanted));
}

const PROTOCOLS = protocolNumbers();
const PROTOCOL_NAMES: Readonly<Record<string, string>> = { 'ipv6-icmp': 'icmpv6', ip6: 'ipv6' };
const same = (value: string, wanted: string): boolean =>
	value === (PROTOCOL_NAMES[wanted] ?? wanted) || (PROTOCOLS.has(wanted) && PROTOCOLS.get(wanted) === PROTOCOLS.get(value));

const ICMP_TYPES: Readonly<Record<string, readonly number[]>> = {
	'echo-reply': [0, 129],
	'destination-unreachable': [3, 1],
	redirect: [5],
	'echo-request': [8, 128],
	'router-advertisement': [9],
	'time-exceeded': [11, 3],
	'parameter-problem': [12, 4],
	'packet-too-big': [2],
	'nd-router-solicit': [133],
	'nd-router-advert': [134],
	'nd-neighbor-solicit': [135],
	'nd-neighbor-advert': [136],
	'nd-redirect': [137],
};

const numberNamed = (value: number, wanted: unknown): Answer => {
	const numbers = typeof wanted === 'string' ? ICMP_TYPES[wanted] : undefined;
	return numbers ? when(numbers.includes(value)) : 'maybe';
};

/** Flag names of 'syn', ['syn', 'ack'], {'|': […]}. */
function namesOf(value: unknown): string[] | undefined {
	if (typeof value === 'string') return [flagNamed(value)];
	const parts = Array.isArray(value) ? value : list(member(value, '|'));
	if (parts.length === 0) return undefined;
	const names = parts.map(namesOf);
	return names.every((each) => each !== undefined) ? (names.flat() as string[]) : undefined;
}

function flagsUnder(flags: ReadonlySet<string>, mask: unknown, right: unknown): Answer {
	const seen = namesOf(mask);
	const wanted = right === 0 ? [] : namesOf(right);
	if (!seen || !wanted) return 'maybe';
	return when(seen.every((name) => flags.has(name) === wanted.includes(name)));
}

const presence = <T extends Value>(value: T | undefined, possible: boolean): Value => value ?? (possible ? undefined : ABSENT);

function valueIn(expression: unknown, subject: Subject): Value {
	const { packet } = subject;
	const protocol = text(member(expression, 'payload', 'protocol'));
	if (protocol !== undefined) return payloadOf(protocol, text(member(expression, 'payload', 'field')) ?? '', subject);
	switch (text(member(expression, 'meta', 'key'))) {
		case 'l4proto':
			return packet.family === 'ipv4' || packet.family === 'ipv6' ? packet.proto : ABSENT;
		case 'nfproto':
			return packet.family;
		case 'protocol':
			return packet.family === 'ipv4' ? 'ip' : packet.family === 'ipv6' ? 'ip6' : packet.family === 'arp' ? 'arp' : undefined;
		case 'iifname':
		case 'iif':
			return subject.input;
		case 'oifname':
		case 'oif':
			return subject.output;
		case 'mark':
			return subject.mark;
		case 'length':
			return packet.len;
	}
	const fib = member(expression, 'fib');
	if (text(member(fib, 'result')) === 'type') {
		const [flag, ...more] = [member(fib, 'flags')].flat();
		// with a device or a mark it is another question
		const address = more.length > 0 ? undefined : flag === 'saddr' ? packet.saddr : flag === 'daddr' ? packet.daddr : undefined;
		return address === undefined ? undefined : subject.typeOf?.(address);
	}
	switch (text(member(expression, 'ct', 'key'))) {
		case 'state':
			return stateOf(subject);
		case 'direction':
			return subject.connection === 0 ? ABSENT : isReply(subject) ? 'reply' : 'original';
	}
	return undefined;
}

function payloadOf(protocol: string, field: string, { packet }: Subject): Value {
	const of =
		packet.proto === protocol || (protocol === 'th' && packet.dport !== undefined) || (protocol === 'icmpv6' && packet.proto === 'icmpv6');
	switch (protocol) {
		case 'ip':
		case 'ip6':
			if (packet.family !== (protocol === 'ip' ? 'ipv4' : 'ipv6')) return ABSENT;
			if (field === 'saddr' || field === 'daddr') return packet[field];
			if (field === 'protocol' || field === 'nexthdr') return packet.proto;
			if (field === 'ttl' || field === 'hoplimit') return packet.ttl;
			if (field === 'length') return protocol === 'ip' ? packet.len : undefined;
			return field === 'id' ? packet.id : undefined;
		case 'tcp':
			if (of && field === 'flags') return flagsOf(packet);
			break;
		case 'icmp':
		case 'icmpv6':
			if (!of) return ABSENT;
			return field === 'type' ? packet.icmp?.type : field === 'code' ? packet.icmp?.code : undefined;
		case 'ether':
			return field === 'saddr' ? packet.mac?.source : field === 'daddr' ? packet.mac?.destination : undefined;
	}
	if (!['tcp', 'udp', 'sctp', 'dccp', 'udplite', 'th'].includes(protocol)) return undefined;
	if (!of) return ABSENT;
	return field === 'sport' || field === 'dport' ? presence(packet[field], packet.fragment === undefined) : undefined;
}
