/** Rule sets that chance makes, and what the kernel does with packets: the evaluation has to say the same, and to say it is sure. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addressType } from '../../src/diagnose/facts.ts';
import { Hosts } from '../../src/diagnose/host.ts';
import { isInSet } from '../../src/diagnose/rules/ipset.ts';
import { parseIptables } from '../../src/diagnose/rules/iptables.ts';
import { parseNft } from '../../src/diagnose/rules/nft.ts';
import { type Answer, type Chain, endsOf, type Rule, type Table } from '../../src/diagnose/rules/rules.ts';
import type { Subject } from '../../src/diagnose/rules/subject.ts';
import { installed } from '../cli/programs.ts';
import { missing } from '../cli/requirements.ts';
import { Random } from '../expression/random.ts';
import { inodeOf, inside, makeNamespaces, run } from './netns.ts';
import { Socket } from './socket.ts';

const unable = missing(['root', 'netns']);
/** An emulated machine takes a second for what takes some milliseconds here. */
const emulated = process.env.MANY !== undefined;
const SETS = emulated ? 4 : 60;
const PACKETS = emulated ? 4 : 8;
const SEED = Number(process.env.SEED ?? 5);

const PORTS = [4000, 4001, 4500, 5300];
const ADDRESSES = ['127.0.0.1', '127.0.0.9', '127.1.2.3', '127.200.0.5'];
const NETWORKS = ['127.0.0.0/24', '127.0.0.8/29', '127.1.0.0/16', '127.0.0.9', '127.128.0.0/9'];
const CHAINS = ['one', 'two'];
const TYPES = ['local', 'unicast', 'broadcast', 'multicast'];
const IPSETS = `create nets hash:net
add nets 127.1.0.0/16
add nets 127.0.0.9
create ends hash:ip,port
add ends 127.0.0.1,udp:4000
add ends 127.1.2.3,udp:5300
create others hash:ip
add others 127.200.0.5
create both list:set
add both nets
add both others
`;
/** this kernel has sets of ipset */
let setsWork = false;

interface Sent {
	saddr: string;
	daddr: string;
	sport: number;
	dport: number;
	size: number;
}

interface Language {
	name: string;
	/** undefined: it can be used here */
	lacking: (netns: string) => string | undefined;
	/** loads rules of chains: the base chain is 'base' */
	load: (netns: string, rules: ReadonlyMap<string, readonly string[]>) => void;
	rule: (random: Random, chains: readonly string[]) => string;
	read: (netns: string) => Table | undefined;
	base: string;
}

const LANGUAGES: readonly Language[] = [
	{
		name: 'nftables',
		lacking: (netns) => (installed('nft') ? failing(() => inside(netns, () => run('nft', ['list', 'ruleset']))) : 'nft is not installed'),
		load: (netns, rules) => {
			const chain = (name: string, lines: readonly string[]) =>
				`chain ${name} {\n${name === 'base' ? 'type filter hook output priority 0; policy accept;\n' : ''}${lines.join('\n')}\n}\n`;
			const chains = [...rules].toSorted(([a], [b]) => Number(a === 'base') - Number(b === 'base'));
			const script = `flush ruleset\ntable inet t {\nset ports { type inet_service; elements = { 4000, 5300 } }\n${chains.map(([name, lines]) => chain(name, lines)).join('')}}\n`;
			inside(netns, () => run('nft', ['-f', '-'], script));
		},
		rule: (random, chains) => {
			const not = () => (random.once(3) ? '!= ' : '');
			const matches = [
				() => `ip saddr ${not()}${random.pick(NETWORKS)}`,
				() => `ip daddr ${not()}{ ${random.pick(ADDRESSES)}, ${random.pick(['127.9.0.0/16', '127.1.0.0/16'])} }`,
				() => `ip daddr 127.0.0.${random.between(0, 8)}-127.${random.between(0, 3)}.255.255`,
				() => `udp dport ${not()}${random.pick(PORTS)}`,
				() => `udp sport ${not()}${random.between(4000, 4400)}-${random.between(4400, 5300)}`,
				() => `udp dport ${not()}@ports`,
				() => `meta l4proto ${random.pick(['udp', 'tcp', '{ tcp, udp }'])}`,
				() => `ip protocol ${not()}udp`,
				() => `oifname ${not()}"${random.pick(['lo', 'l*', 'eth0'])}"`,
				() => `meta mark ${not()}0x${random.below(2)}`,
				() => `ip ttl ${random.pick(['<', '>', '!='])} ${random.pick([63, 64, 65])}`,
				() =>
					`ip saddr . udp dport { ${random.pick(ADDRESSES)} . ${random.pick(PORTS)}, ${random.pick(ADDRESSES)} . ${random.pick(PORTS)} }`,
				() => `tcp dport ${random.pick(PORTS)}`,
				() => `meta nfproto ${random.pick(['ipv4', 'ipv6'])}`,
				() => `fib ${random.pick(['saddr', 'daddr'])} type ${not()}${random.pick(TYPES)}`,
			];
			const verdicts = [
				'accept',
				'drop',
				'return',
				'',
				'meta mark set meta mark',
				...chains.flatMap((chain) => [`jump ${chain}`, `goto ${chain}`]),
				`udp dport vmap { ${PORTS.map((port) => `${port} : ${random.pick(['accept', 'drop', 'return', ...chains.map((chain) => `jump ${chain}`)])}`).join(', ')} }`,
			];
			const all = Array.from({ length: random.below(3) }, () => random.pick(matches)()).join(' ');
			const verdict = random.pick(verdicts);
			return `${all} counter ${verdict}`;
		},
		read: (netns) => parseNft(JSON.parse(inside(netns, () => run('nft', ['-j', 'list', 'ruleset'])))).find(({ name }) => name === 't'),
		base: 'base',
	},
	{
		name: 'iptables-legacy',
		lacking: (netns) =>
			installed('iptables-legacy')
				? failing(() => inside(netns, () => run('iptables-legacy', ['-nL'])))
				: 'iptables-legacy is not installed',
		load: (netns, rules) => {
			const named = (name: string) => (name === 'base' ? 'OUTPUT' : name);
			const script = [
				'*filter',
				':INPUT ACCEPT [0:0]',
				':OUTPUT ACCEPT [0:0]',
				...CHAINS.map((name) => `:${name} - [0:0]`),
				...[...rules].flatMap(([name, lines]) => lines.map((line) => `-A ${named(name)} ${line}`)),
				'COMMIT',
				'',
			].join('\n');
			inside(netns, () => run('iptables-legacy-restore', [], script));
		},
		rule: (random, chains) => {
			const not = () => (random.once(3) ? '! ' : '');
			const udp = [
				() => `${not()}--dport ${random.pick(PORTS)}`,
				() => `${not()}--sport ${random.between(4000, 4400)}:${random.between(4400, 5300)}`,
				() => `-m multiport ${not()}--dports ${random.pick(PORTS)},${random.pick(PORTS)},4490:4600`,
				() => `-m multiport ${not()}--ports ${random.pick(PORTS)}`,
			];
			const matches = [
				() => `${not()}-s ${random.pick(NETWORKS)}`,
				() => `${not()}-d ${random.pick(NETWORKS)}`,
				() => `${not()}-o ${random.pick(['lo', 'l+', 'eth0'])}`,
				() => `${not()}-p ${random.pick(['tcp', 'icmp'])}`,
				() => `-p udp ${random.once(2) ? random.pick(udp)() : ''}`,
				() => `-m mark ${not()}--mark 0x${random.below(2)}`,
				() => `-m ttl --ttl-${random.pick(['lt', 'gt', 'eq'])} ${random.pick([63, 64, 65])}`,
				() => `-m iprange ${not()}--dst-range 127.0.0.${random.between(0, 8)}-127.${random.between(0, 3)}.255.255`,
				() => `-m length ${not()}--length ${random.pick(['30:60', '61:1000', '29'])}`,
				() => `-m comment --comment "a ${random.below(9)} -j DROP"`,
				() => `-m addrtype ${not()}--${random.pick(['src', 'dst'])}-type ${random.pick(TYPES).toUpperCase()}`,
				...(installed('ipset') && setsWork
					? [
							() => `-m set ${not()}--match-set nets ${random.pick(['src', 'dst'])}`,
							() => `-m set ${not()}--match-set ends ${random.pick(['src,dst', 'dst,dst', 'dst,src'])}`,
							() => `-m set ${not()}--match-set both src`,
						]
					: []),
			];
			const targets = [
				'-j ACCEPT',
				'-j DROP',
				'-j RETURN',
				'',
				'-j MARK --set-xmark 0x0/0x0',
				...chains.flatMap((chain) => [`-j ${chain}`, `-g ${chain}`]),
			];
			const target = random.pick(targets.filter((each) => !each.includes('MARK')));
			return `${random.once(4) ? '' : random.pick(matches)()} ${target}`;
		},
		read: (netns) =>
			parseIptables(
				inside(netns, () => run('iptables-legacy-save', ['-c'])),
				'iptables-legacy',
				'ip',
			).find(({ name }) => name === 'filter'),
		base: 'OUTPUT',
	},
];

function failing(work: () => void): string | undefined {
	try {
		work();
		return undefined;
	} catch (error) {
		return (error as Error).message;
	}
}

describe('rules are evaluated as the kernel does it', { skip: unable }, () => {
	let netns = '';
	const listening: Socket[] = [];

	before(() => {
		[netns = ''] = makeNamespaces('rules');
		run('ip', ['-n', netns, 'link', 'set', 'lo', 'up']);
		if (installed('ipset')) setsWork = failing(() => inside(netns, () => run('ipset', ['restore'], IPSETS))) === undefined;
		for (const port of PORTS) listening.push(Socket.udp(netns, '0.0.0.0', port));
	});

	after(() => {
		for (const socket of listening) socket.close();
	});

	for (const language of LANGUAGES) {
		test(language.name, (t) => {
			const lacking = language.lacking(netns);
			if (lacking !== undefined) return t.skip(lacking);
			t.after(() => language.load(netns, new Map([['base', []]])));
			const random = new Random(SEED);
			const hosts = answersOf(netns);
			let dropped = 0;
			let loaded = 0;
			for (let set = 0; set < SETS; set++) {
				const rules = new Map<string, string[]>();
				const some = (most: number, chains: readonly string[]) =>
					Array.from({ length: random.below(most) }, () => language.rule(random, chains));
				rules.set('two', some(4, []));
				rules.set('one', some(4, ['two']));
				rules.set('base', [...some(7, CHAINS), language.rule(random, CHAINS)]);
				// chance also makes rules that contradict themselves, which nft does not take
				const refused = failing(() => language.load(netns, rules));
				if (refused !== undefined) {
					assert.match(refused, /conflicting protocols/);
					continue;
				}
				loaded++;
				for (let i = 0; i < PACKETS; i++) {
					const sent = {
						saddr: random.pick(ADDRESSES),
						daddr: random.pick(ADDRESSES),
						sport: random.between(4001, 5299),
						dport: random.pick(PORTS),
						size: random.between(1, 60),
					};
					if (PORTS.includes(sent.sport)) sent.sport++;
					const earlier = language.read(netns);
					const passed = send(netns, sent);
					const later = language.read(netns);
					assert.ok(earlier && later);
					dropped += Number(!passed);
					compare(
						earlier,
						later,
						language.base,
						sent,
						passed,
						hosts,
						JSON.stringify({ seed: SEED, set, sent, rules: [...rules] }, undefined, 1),
					);
				}
			}
			assert.ok(loaded >= SETS / 3, `only ${loaded} sets were loaded`);
			assert.ok(dropped > 0, 'no packet was ever dropped');
		});
	}
});

/** @returns whether it was let out */
function send(netns: string, { saddr, sport, daddr, dport, size }: Sent): boolean {
	const socket = Socket.udp(netns, saddr, sport);
	try {
		socket.sendTo(daddr, dport, Buffer.alloc(size));
		return true;
	} catch (error) {
		// what a firewall answers to who sends
		if (/EPERM/.test(String(error))) return false;
		throw error;
	} finally {
		socket.close();
	}
}

/** What the namespace says, asked once for the same: thousands of rules ask. */
interface Answers {
	typeOf: (address: string) => string | undefined;
	setOf: (subject: Subject, name: string, directions: readonly string[]) => Answer;
}

function answersOf(netns: string): Answers {
	const host = () => new Hosts().of(inodeOf(netns));
	const [types, sets] = [new Map<string, string | undefined>(), new Map<string, Answer>()];
	return {
		typeOf: (address) => {
			if (!types.has(address)) types.set(address, addressType(host(), address));
			return types.get(address);
		},
		setOf: (subject, name, directions) => {
			const { saddr, sport, daddr, dport } = subject.packet;
			const key = [saddr, sport, daddr, dport, name, ...directions].join();
			const known = sets.get(key) ?? isInSet(host(), subject, name, directions);
			sets.set(key, known);
			return known;
		},
	};
}

/** The rule whose counter went up, of those that the evaluation says. */
function compare(
	earlier: Table,
	later: Table,
	base: string,
	{ size, ...ports }: Sent,
	passed: boolean,
	{ typeOf, setOf }: Answers,
	context: string,
): void {
	const subject: Subject = {
		packet: { family: 'ipv4', proto: 'udp', ...ports, ttl: 64, len: 28 + size },
		family: 2,
		input: '',
		output: 'lo',
		mark: 0,
		connection: 0,
		typeOf,
		isInSet: (name, directions) => setOf(subject, name, directions),
	};
	const chain = later.chains.get(base) as Chain;
	// counters are what it is compared with, and must not help
	const blind: Table = {
		...later,
		chains: new Map(
			[...later.chains].map(([name, each]) => [name, { ...each, rules: each.rules.map(({ packets: _, ...rule }) => rule as Rule) }]),
		),
	};
	const ends = endsOf(blind, blind.chains.get(base) as Chain, subject);
	const [end] = ends;
	assert.ok(end?.certain && ends.length === 1, `not sure: ${context}`);
	assert.equal(end.does === 'accept', passed, context);
	if (!end.rule) return;
	const at = blind.chains.get(end.chain.name)?.rules.indexOf(end.rule) ?? -1;
	const count = (table: Table) => table.chains.get(end.chain.name)?.rules[at]?.packets ?? 0;
	assert.equal(count(later), count(earlier) + 1, `${end.chain.name} ${at}: ${end.rule.text} of ${chain.name}: ${context}`);
}
