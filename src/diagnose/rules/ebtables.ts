/** A table of ebtables-legacy, as `ebtables -L --Lc` prints it: ebtables(8). */

import { wordsOf } from './iptables.ts';
import { type Answer, type Chain, type Does, every, not, type Rule, type Table, when } from './rules.ts';
import { inNetwork, isDevice, type Subject } from './subject.ts';

export function parseEbtables(text: string): Table {
	const name = /^Bridge table: (\S+)/m.exec(text)?.[1] ?? 'filter';
	const chains = new Map<string, Chain>();
	let chain: Chain | undefined;
	for (const line of text.split('\n')) {
		const [, title, policy] = /^Bridge chain: (\S+), entries: \d+, policy: (\S+)/.exec(line) ?? [];
		if (title !== undefined) {
			const base = /^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING|BROUTING)$/.test(title);
			chain = { name: title, rules: [], ...(base && { hook: title, priority: name === 'filter' ? -200 : -300, drops: policy === 'DROP' }) };
			chains.set(title, chain);
		} else if (line.startsWith('-')) chain?.rules.push(ruleOf(line));
	}
	return { backend: 'ebtables', family: 'bridge', name, chains };
}

type Test = (subject: Subject) => Answer;

const FAMILIES: Readonly<Record<string, string>> = { IPv4: 'ipv4', IPv6: 'ipv6', ARP: 'arp' };
const mac = (value: string | undefined, wanted: string): Answer => (value === undefined ? 'maybe' : when(value === wanted.toLowerCase()));

const OPTIONS: Readonly<Record<string, (value: string) => Test>> = {
	'-p':
		(value) =>
		({ packet }) =>
			FAMILIES[value] === undefined ? 'maybe' : when(packet.family === FAMILIES[value]),
	'-s':
		(value) =>
		({ packet }) =>
			mac(packet.mac?.source, value),
	'-d':
		(value) =>
		({ packet }) =>
			mac(packet.mac?.destination, value),
	'-i':
		(value) =>
		({ input }) =>
			isDevice(input, value),
	'-o':
		(value) =>
		({ output }) =>
			isDevice(output, value),
	'--ip-src':
		(value) =>
		({ packet }) =>
			inNetwork(packet.saddr, value),
	'--ip-dst':
		(value) =>
		({ packet }) =>
			inNetwork(packet.daddr, value),
	'--ip-proto':
		(value) =>
		({ packet }) =>
			when(packet.proto === value),
	'--ip-sport':
		(value) =>
		({ packet }) =>
			within(packet.sport, value),
	'--ip-dport':
		(value) =>
		({ packet }) =>
			within(packet.dport, value),
};

function within(port: number | undefined, range: string): Answer {
	const [low = '', high = low] = range.split(':');
	return port === undefined ? 'maybe' : when(port >= Number(low) && port <= Number(high));
}

function ruleOf(line: string): Rule {
	const [text = '', counters] = line.split(/ *, pcnt = /);
	const tests: Test[] = [];
	let does: Does = { kind: 'continue' };
	const words = wordsOf(text);
	for (let at = 0; at < words.length; ) {
		const name = words[at++] ?? '';
		const negated = words[at] === '!';
		if (negated) at++;
		const value = words[at++] ?? '';
		if (name === '-j') {
			does = TARGETS[value] ?? { kind: 'jump', chain: value };
			break;
		}
		const test: Test = OPTIONS[name]?.(value) ?? (() => 'maybe');
		tests.push(negated ? (subject) => not(test(subject)) : test);
	}
	return {
		text: text.trim(),
		...(counters !== undefined && { packets: Number.parseInt(counters, 10) }),
		applies: (subject) => every(tests.map((test) => test(subject))),
		does: () => [does],
	};
}

const TARGETS: Readonly<Record<string, Does>> = {
	DROP: { kind: 'drop' },
	ACCEPT: { kind: 'accept' },
	RETURN: { kind: 'return' },
	CONTINUE: { kind: 'continue' },
	mark: { kind: 'continue' },
	snat: { kind: 'accept' },
	dnat: { kind: 'accept' },
	redirect: { kind: 'accept' },
	arpreply: { kind: 'drop' },
};
