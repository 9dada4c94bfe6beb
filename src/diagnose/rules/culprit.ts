/**
 * Which rule, or policy, of all rule sets in a namespace dropped a packet at a hook of netfilter. The kernel's word counts most: the
 * handle of the rule that decided. Else the packet is led through the rules, as far as they can be understood.
 */
import { addressType } from '../facts.ts';
import { type Host, list, member, number } from '../host.ts';
import type { Scene } from '../scene.ts';
import { parseEbtables } from './ebtables.ts';
import { isInSet } from './ipset.ts';
import { parseIptables } from './iptables.ts';
import { handlesIn, layoutHere } from './memory.ts';
import { parseNft } from './nft.ts';
import { type Backend, type Chain, type End, endsOf, type Table } from './rules.ts';
import type { Subject } from './subject.ts';

export interface Culprit {
	backend: Backend;
	family: string;
	table: string;
	chain: string;
	/** undefined: the policy */
	rule?: { text: string; handle?: number | undefined; packets?: number | undefined };
	rejects: boolean;
	/** the kernel was seen to run it; by evaluation only it can have been; it is one of several, or something was not understood */
	by: 'kernel' | 'evaluation' | 'guess';
	/** how many others it may have been */
	others: number;
}

/** Of a packet that begins a connection: 1 + IP_CT_NEW (include/uapi/linux/netfilter/nf_conntrack_common.h). */
export const NEW = 3;
/** NFPROTO_… (include/uapi/linux/netfilter.h) */
export const IPV4 = 2;
const ARP = 3;
const NETDEV = 5;
const BRIDGE = 7;
export const IPV6 = 10;

/** iptables' names, by NF_INET_… and NF_BR_… */
const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
/** by NF_NETDEV_…: those of a device, in front of all others, and behind them */
const DEVICE_HOOKS = ['INGRESS', 'EGRESS'];

/** Families of nftables whose chains see packets at a hook of a family. */
const SEEN_BY: Readonly<Record<number, readonly string[]>> = {
	2: ['ip', 'inet'],
	10: ['ip6', 'inet'],
	3: ['arp'],
	7: ['bridge'],
	5: ['netdev'],
};

/** What can be said about who dropped it. Undefined: there are no rule sets, or none could be read. */
export function culpritOf(scene: Scene): Culprit | undefined {
	const { hook, host } = scene;
	const family = hook?.family ?? (scene.packet.family === 'ipv6' ? IPV6 : scene.packet.family === 'arp' ? ARP : IPV4);
	// where nftables frees the packet itself (since 6.1), nobody else can have dropped it there
	const mayBe = ({ backend }: Table) => scene.symbol !== 'nft_do_chain' || backend !== 'iptables-legacy';
	const places = placesOf(scene, family).map(([each, names]) => ({ each, names, tables: tablesOf(host, each).filter(mayBe) }));
	const told = byHandle(scene, [...new Set(places.flatMap(({ tables }) => tables))], subjectOf(scene, family));
	if (told) return told;
	const ends = places.flatMap(({ each, names, tables }) => {
		const subject = subjectOf(scene, each);
		return baseChains(tables, each, names).flatMap(([table, chain]) => endsAt(table, chain, subject));
	});
	return among(ends, hook !== undefined, host);
}

/** Possible drops, in the order in which they are met; nothing behind one that is certain. */
function among(ends: readonly End[], hookKnown: boolean, host: Host): Culprit | undefined {
	const drops = ends.filter(({ does }) => does !== 'accept');
	const until = drops.findIndex(({ certain }) => certain);
	const possible = until < 0 ? drops : drops.slice(0, until + 1);
	// one that is certain wins over those before it, which may not even apply
	const [end] = possible.toSorted(
		(a, b) => Number(b.certain) - Number(a.certain) || Number(a.rule === undefined) - Number(b.rule === undefined),
	);
	if (!end) return undefined;
	const others = possible.length - 1;
	return { ...told(end, host), by: others === 0 && end.certain && hookKnown ? 'evaluation' : 'guess', others };
}

function told({ table, chain, rule, does }: End, host: Host): Omit<Culprit, 'by' | 'others'> {
	const { backend, family, name } = table;
	const text = rule && (backend === 'nft' ? nftText(host, table, chain, rule.handle) : rule.text);
	return {
		backend,
		family,
		table: name,
		chain: chain.name,
		...(rule && { rule: { text: text ?? rule.text, handle: rule.handle, packets: rule.packets } }),
		rejects: does === 'reject',
	};
}

/** The base chains that get such packets there, in the order in which the kernel calls them. */
function baseChains(tables: readonly Table[], family: number, hooks: readonly string[]): [Table, Chain][] {
	const of = hooks.map((name) => name.toLowerCase());
	return tables
		.flatMap((table) => [...table.chains.values()].map((chain): [Table, Chain] => [table, chain]))
		.filter(([table, { hook }]) => {
			if (hook === undefined) return false;
			const here = table.backend === 'nft' ? SEEN_BY[family]?.includes(table.family) : true;
			return here && of.includes(hook.toLowerCase());
		})
		.toSorted(([, a], [, b]) => (a.priority ?? 0) - (b.priority ?? 0));
}

const endsAt = (table: Table, chain: Chain, subject: Subject): End[] =>
	(chain.devices && subject.input !== undefined && !chain.devices.includes(subject.input)) || (chain.nat && subject.connection !== NEW)
		? []
		: endsOf(table, chain, subject);

/** The hooks at which it may have died, by family, in the order in which they are passed. */
function placesOf(scene: Scene, family: number): [family: number, names: readonly string[]][] {
	const { hook } = scene;
	if (hook) return [[family, [(family === NETDEV ? DEVICE_HOOKS : HOOKS)[hook.hook] ?? '']]];
	const names = hooksSeen(scene);
	// a bridge's hooks are not seen everywhere, nor a device's
	return [
		[NETDEV, names.filter((name) => name === 'INGRESS')],
		[family, names],
		[BRIDGE, HOOKS],
		[NETDEV, names.filter((name) => name === 'EGRESS')],
	];
}

/** Without the kernel's word on the hook: those that the packet was on its way to, by what it was seen at. */
function hooksSeen({ points, packet, symbol }: Scene): string[] {
	if (points.has('ip_forward') || points.has('ip6_forward')) return ['FORWARD', 'POSTROUTING', 'EGRESS'];
	const received = points.has('ip_rcv') || points.has('ipv6_rcv') || points.has('net:netif_receive_skb');
	if (received || symbol.includes('rcv')) return ['INGRESS', 'PREROUTING', 'INPUT', 'FORWARD'];
	return packet.family === 'arp' ? ['INPUT', 'OUTPUT', 'EGRESS'] : ['OUTPUT', 'POSTROUTING', 'EGRESS'];
}

function subjectOf({ hook, host, packet, death, input, device }: Scene, family: number): Subject {
	const name = (index: number): string | undefined => (index === 0 ? '' : namesIn(host).get(index));
	const out = !hook || hook.hook < 2 ? '' : undefined;
	const subject: Subject = {
		packet,
		family,
		input: hook ? name(hook.in) : input,
		output: hook ? name(hook.out) : (out ?? device),
		mark: death.mark,
		connection: death.connection,
		typeOf: (address) => addressType(host, address),
		isInSet: (set, directions) => isInSet(host, subject, set, directions),
	};
	return subject;
}

/** Names of devices by number. */
function namesIn(host: Host): ReadonlyMap<number, string> {
	const links = host.read('ip', ['-j', 'link', 'show'], (text) => {
		const found = new Map<number, string>();
		for (const link of list(JSON.parse(text))) {
			const [index, name] = [number(member(link, 'ifindex')), member(link, 'ifname')];
			if (index !== undefined && typeof name === 'string') found.set(index, name);
		}
		return found;
	});
	return links ?? new Map();
}

const RULESET = ['-j', 'list', 'ruleset'] as const;
const NFT_FAMILIES: Readonly<Record<string, string>> = { ip: 'iptables-nft-save', ip6: 'ip6tables-nft-save' };
const LEGACY: Readonly<Record<number, readonly [tool: string, family: string]>> = {
	[IPV4]: ['iptables-legacy-save', 'ip'],
	[IPV6]: ['ip6tables-legacy-save', 'ip6'],
};

/** All rule sets that a packet of that family may meet. */
export function tablesOf(host: Host, family: number): Table[] {
	const native = host.read('nft', RULESET, (text) => parseNft(JSON.parse(text))) ?? [];
	const found: Table[] = [];
	const compatible = new Set<Table>();
	for (const [name, tool] of Object.entries(NFT_FAMILIES)) {
		if (!SEEN_BY[family]?.includes(name) || !native.some((table) => table.family === name && hasBuiltIns(table))) continue;
		for (const table of host.read(tool, ['-c'], (text) => parseIptables(text, 'iptables-nft', name)) ?? []) {
			const same = native.find((other) => other.family === name && other.name === table.name && hasBuiltIns(other));
			if (!same) continue;
			compatible.add(same);
			withHandles(table, same);
			found.push(table);
		}
	}
	for (const table of family === BRIDGE ? native.filter((each) => each.family === 'bridge' && hasBuiltIns(each)) : []) {
		const parsed = host.read('ebtables-nft', ['-t', table.name, '-L', '--Lc'], (text) => parseEbtables(text));
		if (!parsed) continue;
		compatible.add(table);
		withHandles(parsed, table);
		found.push(parsed);
	}
	found.push(...native.filter((table) => !compatible.has(table)));
	const [tool, name] = LEGACY[family] ?? [];
	if (tool !== undefined && name !== undefined && loaded(host, name)) {
		found.push(...(host.read(tool, ['-c'], (text) => parseIptables(text, 'iptables-legacy', name)) ?? []));
	}
	if (family === BRIDGE && host.file('/proc/modules')?.includes('ebtable_filter')) {
		for (const table of ['filter', 'nat', 'broute']) {
			const parsed = host.read('ebtables-legacy', ['-t', table, '-L', '--Lc'], (text) => parseEbtables(text));
			if (parsed) found.push(parsed);
		}
	}
	return found;
}

/** Whether tables of iptables-legacy exist: looking at one that does not would make it. */
const loaded = (host: Host, family: string): boolean => (host.file(`/proc/net/${family}_tables_names`) ?? '').trim() !== '';

/** Chains that iptables makes: its names, and hooks that go with them. */
const hasBuiltIns = ({ chains }: Table): boolean =>
	[...chains.values()].some(({ name, hook }) => hook !== undefined && HOOKS.includes(name));

/** The same rules have the same places in their chains, for both tools. */
function withHandles({ chains }: Table, nft: Table): void {
	for (const { name, rules } of chains.values()) {
		const others = nft.chains.get(name)?.rules ?? [];
		if (others.length === rules.length) for (const [i, rule] of rules.entries()) rule.handle = others[i]?.handle;
	}
}

/** The rule that the kernel was seen to run last, if that one drops. Handles count by table: it has to be the only one that can be meant. */
function byHandle(scene: Scene, tables: readonly Table[], subject: Subject): Culprit | undefined {
	const { rule, death, host } = scene;
	const layout = rule && layoutHere();
	if (!layout || death.since < rule.since) return undefined;
	for (const handle of handlesIn(rule, layout)) {
		const meant = tables.flatMap((table) =>
			[...table.chains.values()].flatMap((chain) => {
				const found = chain.rules.find((each) => each.handle === handle);
				if (!found || found.applies(subject) === 'no') return [];
				const effects = found.does(subject);
				const stops = effects.find(({ kind }) => kind === 'drop' || kind === 'reject');
				if (!stops) return [];
				return [{ end: { table, chain, rule: found, does: stops.kind as End['does'], certain: true }, effects }];
			}),
		);
		const [only, ...others] = meant;
		// a verdict map may have said something else
		if (only && others.length === 0)
			return { ...told(only.end, host), by: only.effects.length === 1 ? 'kernel' : 'guess', others: only.effects.length - 1 };
	}
	return undefined;
}

/** The rule as nft prints it, without its handle. */
function nftText(host: Host, { family, name }: Table, chain: Chain, handle: number | undefined): string | undefined {
	const lines = host.text('nft', '-a', 'list', 'chain', family, name, chain.name)?.split('\n') ?? [];
	const line = lines.find((each) => each.endsWith(`# handle ${handle}`));
	return line?.replace(/\s*# handle \d+$/, '').trim();
}
