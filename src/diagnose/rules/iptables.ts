/**
 * Rule sets as iptables-save, ip6tables-save and their nft variants print them. What options and matches mean: iptables(8),
 * iptables-extensions(8).
 */
import { protocolNumbers } from '../../packet/protocols.ts';
import { type Answer, type Backend, type Chain, type Does, every, not, type Rule, some, type Table, when } from './rules.ts';
import { flagNamed, flagsOf, inNetwork, inRange, isDevice, isReply, type Subject, stateOf } from './subject.ts';

/** Where a table stands among others at the same hook: enum nf_ip_hook_priorities (include/uapi/linux/netfilter_ipv4.h). */
const PRIORITIES: Readonly<Record<string, number>> = { raw: -300, mangle: -150, nat: -100, filter: 0, security: 50 };

const BUILT_IN: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** Targets behind which the next rule is asked. */
const CONTINUING: ReadonlySet<string> = new Set(
	'LOG NFLOG ULOG MARK CONNMARK TCPMSS TCPOPTSTRIP TOS DSCP ECN SET TRACE CT NOTRACK CLASSIFY TTL HL CHECKSUM TEE AUDIT RATEEST IDLETIMER CONNSECMARK SECMARK HMARK LED'.split(
		' ',
	),
);
/** Those that let the packet go on, changed or not. */
const ACCEPTING: ReadonlySet<string> = new Set('ACCEPT DNAT SNAT MASQUERADE REDIRECT NETMAP TPROXY QUEUE NFQUEUE'.split(' '));

type Test = (subject: Subject) => Answer;

/** @param text of iptables-save -c @param family 'ip' or 'ip6' */
export function parseIptables(text: string, backend: Backend, family: string): Table[] {
	const tables: Table[] = [];
	let chains = new Map<string, Chain>();
	let table = '';
	for (const line of text.split('\n')) {
		if (line.startsWith('*')) {
			table = line.slice(1).trim();
			chains = new Map();
			tables.push({ backend, family, name: table, chains });
		} else if (line.startsWith(':')) {
			const [name = '', policy] = line.slice(1).split(' ');
			const base = BUILT_IN.has(name) && policy !== '-';
			chains.set(name, {
				name,
				rules: [],
				...(base && { hook: name, priority: PRIORITIES[table] ?? 0, drops: policy === 'DROP', nat: table === 'nat' }),
			});
		} else {
			const [, packets, text, chain = ''] = /^(?:\[(\d+):\d+\] )?(-A (\S+).*)$/.exec(line) ?? [];
			if (text === undefined) continue;
			chains.get(chain)?.rules.push(parseRule(text, packets === undefined ? undefined : Number(packets)));
		}
	}
	return tables;
}

/** Words, of which some are in quotes. */
export const wordsOf = (text: string): string[] =>
	[...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');

function parseRule(text: string, packets: number | undefined): Rule {
	const tests: Test[] = [];
	let does: readonly Does[] = [{ kind: 'continue' }];
	const words = wordsOf(text).slice(2);
	for (let at = 0; at < words.length; ) {
		const negated = words[at] === '!';
		if (negated) at++;
		const name = words[at++] ?? '';
		const values: string[] = [];
		while (at < words.length && !/^(-[a-z]$|--|!$)/.test(words[at] as string)) values.push(words[at++] as string);
		const [value = '', second = ''] = values;
		if (name === '-j' || name === '-g') {
			does = targetOf(value, name === '-g');
			// what follows belongs to the target
			break;
		}
		if (name === '-m' && HARMLESS.has(value)) continue;
		const make = OPTIONS[name];
		const test: Test = make ? make(value, second) : () => 'maybe';
		tests.push(negated ? (subject) => not(test(subject)) : test);
	}
	return { text, packets, applies: (subject) => every(asked(tests, subject)), does: () => does };
}

function* asked(tests: readonly Test[], subject: Subject): Generator<Answer> {
	for (const test of tests) yield test(subject);
}

function targetOf(target: string, go: boolean): readonly Does[] {
	if (go) return [{ kind: 'goto', chain: target }];
	if (target === 'DROP') return [{ kind: 'drop' }];
	if (target === 'REJECT') return [{ kind: 'reject' }];
	if (target === 'RETURN') return [{ kind: 'return' }];
	if (ACCEPTING.has(target)) return [{ kind: 'accept' }];
	if (CONTINUING.has(target)) return [{ kind: 'continue' }];
	if (target === 'SYNPROXY') return [{ kind: 'drop' }, { kind: 'continue' }];
	return [{ kind: 'jump', chain: target }];
}

/** Matches that only bring options, or nothing. */
const HARMLESS: ReadonlySet<string> = new Set(
	'tcp udp udplite sctp dccp icmp icmp6 multiport conntrack state mark comment iprange length ttl hl pkttype connmark addrtype set'.split(
		' ',
	),
);

const PROTOCOLS = protocolNumbers();
const sameProtocol = (one: string, other: string): boolean =>
	one === other || (PROTOCOLS.get(one) ?? Number(one)) === (PROTOCOLS.get(other) ?? Number(other));
/** iptables' names that are not those of IANA */
const ALIASES: Readonly<Record<string, string>> = { 'ipv6-icmp': 'icmpv6', icmp6: 'icmpv6' };

/** A later fragment has no ports, and no rule that asks for them applies to it. */
const known = ({ packet }: Subject, value: number | undefined): Answer | undefined =>
	value !== undefined ? undefined : packet.fragment !== undefined && packet.fragment.offset > 0 ? 'no' : 'maybe';

/** '53', '1000:2000', ':1023' */
const portIn = (port: number, range: string): boolean => {
	const [low = '', high] = range.split(':');
	return high === undefined ? port === Number(low) : port >= Number(low || 0) && port <= Number(high || 65_535);
};

const port =
	(side: 'sport' | 'dport') =>
	(range: string): Test =>
	(subject) => {
		const value = subject.packet[side];
		return known(subject, value) ?? when(portIn(value as number, range));
	};

const ports =
	(...sides: readonly ('sport' | 'dport')[]) =>
	(ranges: string): Test =>
	(subject) =>
		some(
			sides.map((side) => {
				const value = subject.packet[side];
				return known(subject, value) ?? when(ranges.split(',').some((range) => portIn(value as number, range)));
			}),
		);

const states =
	(names: string): Test =>
	(subject) =>
		names
			.split(',')
			.map((name) => name.toLowerCase())
			.reduce<Answer>((found, name) => {
				if (found === 'yes' || name === stateOf(subject)) return 'yes';
				// of addresses that were translated the packet itself says nothing
				return ['snat', 'dnat'].includes(name) ? 'maybe' : found;
			}, 'no');

const icmp =
	(value: string): Test =>
	({ packet }) => {
		const [type = '', code] = value.split('/');
		if (value === 'any') return 'yes';
		if (!/^\d+$/.test(type) || packet.icmp === undefined) return packet.icmp === undefined ? 'no' : 'maybe';
		return when(packet.icmp.type === Number(type) && (code === undefined || packet.icmp.code === Number(code)));
	};

const masked = (value: number, wanted: string): Answer => {
	const [number = '', mask] = wanted.split('/');
	return when((value & (mask === undefined ? -1 : Number(mask))) >>> 0 === Number(number) >>> 0);
};

const numberIn = (value: number | undefined, range: string): Answer =>
	value === undefined ? 'maybe' : when(range.includes(':') ? portIn(value, range) : value === Number(range));

const isOfType = ({ typeOf }: Subject, address: string | undefined, types: string): Answer => {
	const type = address === undefined ? undefined : typeOf?.(address);
	return type === undefined ? 'maybe' : when(types.toLowerCase().split(',').includes(type));
};

const PACKET_TYPES = ['unicast', 'broadcast', 'multicast'];

const OPTIONS: Readonly<Record<string, (value: string, second: string) => Test>> = {
	'-s':
		(network) =>
		({ packet }) =>
			inNetwork(packet.saddr, network),
	'-d':
		(network) =>
		({ packet }) =>
			inNetwork(packet.daddr, network),
	'-i': (name) => (subject) => isDevice(subject.input, name),
	'-o': (name) => (subject) => isDevice(subject.output, name),
	'-p':
		(value) =>
		({ packet }) =>
			when(value === 'all' || sameProtocol(packet.proto ?? '', ALIASES[value] ?? value)),
	'-f':
		() =>
		({ packet }) =>
			when(packet.fragment !== undefined && packet.fragment.offset > 0),
	'--sport': port('sport'),
	'--dport': port('dport'),
	'--sports': ports('sport'),
	'--dports': ports('dport'),
	'--ports': ports('sport', 'dport'),
	'--tcp-flags':
		(mask, set) =>
		({ packet }) => {
			const flags = flagsOf(packet);
			if (!flags) return packet.proto === 'tcp' ? 'maybe' : 'no';
			const named = (text: string) =>
				new Set(text === 'ALL' ? ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] : text === 'NONE' ? [] : text.split(',').map(flagNamed));
			const wanted = named(set);
			return when([...named(mask)].every((flag) => flags.has(flag) === wanted.has(flag)));
		},
	'--icmp-type': icmp,
	'--icmpv6-type': icmp,
	'--ctstate': states,
	'--state': states,
	'--ctdir': (direction) => (subject) =>
		subject.connection === 0 ? 'no' : when((direction.toUpperCase() === 'REPLY') === isReply(subject)),
	'--mark': (value) => (subject) => masked(subject.mark, value),
	'--src-range':
		(range) =>
		({ packet }) =>
			inRange(packet.saddr, range.split('-')[0] ?? '', range.split('-')[1] ?? ''),
	'--dst-range':
		(range) =>
		({ packet }) =>
			inRange(packet.daddr, range.split('-')[0] ?? '', range.split('-')[1] ?? ''),
	'--length':
		(range) =>
		({ packet }) =>
			numberIn(packet.len, range),
	'--ttl-eq':
		(value) =>
		({ packet }) =>
			numberIn(packet.ttl, value),
	'--ttl-lt':
		(value) =>
		({ packet }) =>
			when(packet.ttl === undefined ? undefined : packet.ttl < Number(value)),
	'--ttl-gt':
		(value) =>
		({ packet }) =>
			when(packet.ttl === undefined ? undefined : packet.ttl > Number(value)),
	'--src-type': (types) => (subject) => isOfType(subject, subject.packet.saddr, types),
	'--dst-type': (types) => (subject) => isOfType(subject, subject.packet.daddr, types),
	'--match-set':
		(name, directions) =>
		({ isInSet }) =>
			isInSet?.(name, directions.split(',')) ?? 'maybe',
	'--comment': () => () => 'yes',
	'--pkt-type': (type) => () => (PACKET_TYPES.includes(type) ? 'maybe' : 'no'),
};
