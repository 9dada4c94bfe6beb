/** Questions about a machine that several causes have: links, routes, qdiscs, listeners. undefined: it could not be told. */

import { type Host, list, member, number, text } from './host.ts';
import { inNetwork } from './rules/subject.ts';

export interface Link {
	name: string;
	up: boolean;
	carrier: boolean;
	mtu: number | undefined;
	mac: string | undefined;
	/** the bridge, or bond, that it belongs to */
	master: string | undefined;
	/** as a bridge's port: 'forwarding', 'blocking' … */
	state: string | undefined;
	/** of XDP, when there is one */
	xdp: { id: number | undefined; name: string | undefined } | undefined;
	kind: string | undefined;
	/** of a bridge: it looks at VLAN tags */
	vlanFiltering: boolean;
}

export function linkOf(host: Host, name: string): Link | undefined {
	const [link] = list(host.json('ip', '-j', '-d', 'link', 'show', 'dev', name));
	if (link === undefined) return undefined;
	const flags = list(member(link, 'flags'));
	const program = member(link, 'xdp', 'prog') ?? member(list(member(link, 'xdp', 'attached'))[0], 'prog');
	return {
		name,
		up: flags.includes('UP'),
		carrier: flags.includes('LOWER_UP') || !flags.includes('NO-CARRIER'),
		mtu: number(member(link, 'mtu')),
		mac: text(member(link, 'address')),
		master: text(member(link, 'master')),
		state: text(member(link, 'linkinfo', 'info_slave_data', 'state')),
		xdp: member(link, 'xdp') === undefined ? undefined : { id: number(member(program, 'id')), name: text(member(program, 'name')) },
		kind: text(member(link, 'linkinfo', 'info_kind')),
		vlanFiltering: member(link, 'linkinfo', 'info_data', 'vlan_filtering') === 1,
	};
}

const flag = (address: string): '-4' | '-6' => (address.includes(':') ? '-6' : '-4');

export interface Route {
	/** as ip prints it: 'blackhole 192.0.2.0/24' */
	text: string;
	type: string;
	device: string | undefined;
	gateway: string | undefined;
	mtu: number | undefined;
}

/** The most special of the routes of a table to an address. null: there is none. */
export function routeTo(host: Host, address: string, table = 'main'): Route | null | undefined {
	const output = host.json('ip', '-j', flag(address), 'route', 'show', 'table', table, 'match', address);
	// a table that nothing was ever put into does not exist
	if (output === undefined) return host.json('ip', '-j', 'rule', 'show') === undefined ? undefined : null;
	const found = list(output)
		.map((route) => ({ route, bits: bitsOf(text(member(route, 'dst'))) }))
		.toSorted((a, b) => b.bits - a.bits || (number(member(a.route, 'metric')) ?? 0) - (number(member(b.route, 'metric')) ?? 0));
	const [first] = found;
	if (!first) return null;
	const { route } = first;
	const [type, dst] = [text(member(route, 'type')) ?? 'unicast', text(member(route, 'dst')) ?? ''];
	const [gateway, device] = [text(member(route, 'gateway')), text(member(route, 'dev'))];
	const words = [type === 'unicast' ? '' : type, dst, gateway && `via ${gateway}`, device && `dev ${device}`];
	const metrics = member(list(member(route, 'metrics'))[0], 'mtu');
	return { text: words.filter(Boolean).join(' '), type, device, gateway, mtu: number(metrics) };
}

const bitsOf = (network = ''): number => (network === 'default' ? -1 : Number(network.split('/')[1] ?? 128));

/** How a packet is routed by all rules of policy routing: the rule that decides, and the route. */
export interface Routing {
	/** as ip prints it: '100: from 10.9.1.2 blackhole' */
	rule: string | undefined;
	/** null: there is no route */
	route: Route | null;
	/** 'blackhole', 'unreachable', 'prohibit', 'unicast', 'local', 'none' … */
	type: string;
}

interface Flow {
	saddr: string | undefined;
	daddr: string;
	input: string | undefined;
	mark: number;
}

const ACTIONS = ['blackhole', 'unreachable', 'prohibit'];

/** Follows the rules in their order; one that cannot be understood is taken for one that does not apply. */
export function routingOf(host: Host, { saddr, daddr, input, mark }: Flow): Routing | undefined {
	const rules = host.json('ip', '-j', flag(daddr), 'rule', 'show');
	if (rules === undefined) return undefined;
	for (const rule of list(rules)) {
		const [src, dst] = [text(member(rule, 'src')) ?? 'all', text(member(rule, 'dst')) ?? 'all'];
		const [length, dstLength] = [member(rule, 'srclen'), member(rule, 'dstlen')];
		if (src !== 'all' && inNetwork(saddr, length === undefined ? src : `${src}/${length}`) === 'no') continue;
		if (dst !== 'all' && inNetwork(daddr, dstLength === undefined ? dst : `${dst}/${dstLength}`) === 'no') continue;
		const iif = text(member(rule, 'iif'));
		if (iif !== undefined && iif !== (input ?? 'lo')) continue;
		const wanted = text(member(rule, 'fwmark'));
		const mask = Number(text(member(rule, 'fwmask')) ?? 0xffffffff);
		if (wanted !== undefined && (mark & mask) >>> 0 !== Number(wanted) >>> 0) continue;
		const action = text(member(rule, 'action'));
		const spelt = `${number(member(rule, 'priority')) ?? 0}: from ${src === 'all' ? 'all' : `${src}${length === undefined ? '' : `/${length}`}`}`;
		if (action !== undefined && ACTIONS.includes(action)) return { rule: `${spelt} ${action}`, route: null, type: action };
		const table = text(member(rule, 'table'));
		const route = table === undefined ? undefined : routeTo(host, daddr, table);
		if (!route || route.type === 'throw') continue;
		return { rule: src === 'all' && dst === 'all' ? undefined : `${spelt} lookup ${table}`, route, type: route.type };
	}
	return { rule: undefined, route: null, type: 'none' };
}

export interface Qdisc {
	kind: string;
	handle: string;
	parent: string | undefined;
	root: boolean;
	drops: number;
	/** packets that wait in it */
	backlog: number;
	/** how much of its room is in use, of how much, in packets or bytes; limit undefined: it has none of its own */
	used: number;
	limit: number | undefined;
	unit: 'packets' | 'bytes';
}

/** Queue disciplines whose limit is in bytes (tc-bfifo, tc-tbf, tc-red). */
const BY_BYTES = ['bfifo', 'tbf', 'red', 'gred'];

export const qdiscsOf = (host: Host, device: string): Qdisc[] | undefined => {
	const output = host.json('tc', '-j', '-s', 'qdisc', 'show', 'dev', device);
	return output === undefined
		? undefined
		: list(output).map((qdisc) => {
				const kind = text(member(qdisc, 'kind')) ?? '';
				const bytes = BY_BYTES.includes(kind);
				const waiting = number(member(qdisc, 'qlen')) ?? 0;
				return {
					kind,
					handle: text(member(qdisc, 'handle')) ?? '',
					parent: text(member(qdisc, 'parent')),
					root: member(qdisc, 'root') === true,
					drops: number(member(qdisc, 'drops')) ?? 0,
					backlog: waiting,
					used: bytes ? (number(member(qdisc, 'backlog')) ?? 0) : waiting,
					limit: number(member(qdisc, 'options', 'limit')),
					unit: bytes ? 'bytes' : 'packets',
				};
			});
};

/** Filters of one direction, as tc prints them: 'matchall pref 49152 (action drop)'. */
export function filtersOf(host: Host, device: string, direction: 'ingress' | 'egress'): string[] | undefined {
	const output = host.json('tc', '-j', '-s', 'filter', 'show', 'dev', device, direction);
	if (output === undefined) return undefined;
	return list(output).flatMap((filter) => {
		const options = member(filter, 'options');
		if (options === undefined) return [];
		const actions = list(member(options, 'actions')).map(
			(action) => text(member(action, 'control_action', 'type')) ?? text(member(action, 'kind')),
		);
		const program = text(member(options, 'bpf_name'));
		const what = program ?? (actions.length > 0 ? `action ${actions.join(', ')}` : '');
		return [`${text(member(filter, 'kind'))} pref ${number(member(filter, 'pref'))}${what === '' ? '' : ` (${what})`}`];
	});
}

export interface Listener {
	address: string;
	port: number;
	/**
	 * waiting to be accepted, and how many may; of UDP the memory, bytes, that is compared with the room for it: it is given back some time
	 * after it is read (udp_rmem_release, net/ipv4/udp.c), so Recv-Q may be low and packets do not fit
	 */
	waiting: number;
	most: number;
	/** packets that did not fit */
	drops: number;
}

const SOCKET = /^(?:\S+\s+)?(\d+)\s+(\d+)\s+(\S+):(\d+|\*)\s/;

/** Sockets of this machine that packets to a port may be for. */
export function listenersOf(host: Host, protocol: string, port: number): Listener[] | undefined {
	const output = host.text('ss', protocol === 'tcp' ? '-Hltnm' : '-Huanm', 'sport', '=', `:${port}`);
	if (output === undefined) return undefined;
	const joined = output.replace(/\n\s+/g, ' ');
	return joined.split('\n').flatMap((line) => {
		const [, queued, most, address = '', own] = SOCKET.exec(line) ?? [];
		if (own === undefined) return [];
		const [, taken, room] = /skmem:\(r(\d+),rb(\d+)/.exec(line) ?? [];
		const [, drops] = /skmem:\([^)]*\bd(\d+)/.exec(line) ?? [];
		const [waiting, limit] = protocol === 'tcp' ? [queued, most] : [taken ?? queued, room];
		return [
			{
				address: address.replace(/^\[|\]$|%.*$/g, ''),
				port: Number(own),
				waiting: Number(waiting),
				most: Number(limit ?? 0),
				drops: Number(drops ?? 0),
			},
		];
	});
}

/** A counter of /proc/net/snmp or netstat: 'IpExt', 'InCsumErrors'. */
export function counterOf(host: Host, file: 'snmp' | 'netstat', group: string, name: string): number | undefined {
	const lines = (host.file(`/proc/net/${file}`) ?? '').split('\n').filter((line) => line.startsWith(`${group}:`));
	const at = lines[0]?.split(' ').indexOf(name) ?? -1;
	return at < 0 ? undefined : Number(lines[1]?.split(' ')[at]);
}

/** What IPsec policies refused, as counted since the namespace was made: Documentation/networking/xfrm_proc.rst. */
export function policyErrorsOf(host: Host): (readonly [name: string, count: number])[] {
	return (host.file('/proc/net/xfrm_stat') ?? '')
		.split('\n')
		.map((line) => /^(Xfrm(?:In|Fwd)(?:NoPols|PolBlock|PolError|TmplMismatch|HdrError))\s+([1-9]\d*)$/.exec(line))
		.flatMap((found) => (found ? [[found[1] as string, Number(found[2])] as const] : []));
}

/** A setting that counts for a device: the greater of that for all and its own, as the kernel takes rp_filter. */
export function deviceSetting(
	host: Host,
	family: 'ipv4' | 'ipv6',
	device: string,
	name: string,
): { value: number; sysctl: string } | undefined {
	const [all, own] = [host.sysctl('net', family, 'conf', 'all', name), host.sysctl('net', family, 'conf', device, name)];
	if (all === undefined && own === undefined) return undefined;
	const greater = Number(all ?? 0) >= Number(own ?? 0);
	return { value: Math.max(Number(all ?? 0), Number(own ?? 0)), sysctl: `net.${family}.conf.${greater ? 'all' : device}.${name}` };
}

/**
 * How the kernel takes an address when it looks in its table of local ones alone (inet_addr_type, net/ipv4/fib_frontend.c), or, of
 * IPv6, in all (net/netfilter/xt_addrtype.c): 'local', 'broadcast', 'multicast', 'anycast', 'unicast', 'unreachable'.
 */
export function addressType(host: Host, address: string): string | undefined {
	const version6 = address.includes(':');
	if (inNetwork(address, version6 ? 'ff00::/8' : '224.0.0.0/4') === 'yes') return 'multicast';
	if (!version6 && (address === '255.255.255.255' || inNetwork(address, '0.0.0.0/8') === 'yes')) return 'broadcast';
	const local = routeTo(host, address, 'local');
	if (local !== null) return local?.type;
	if (!version6) return 'unicast';
	const main = routeTo(host, address);
	return main === undefined || (main && main.type !== 'unicast') ? undefined : main ? 'unicast' : 'unreachable';
}

/** Whether an address is one of this machine's. */
export function isLocal(host: Host, address: string): boolean | undefined {
	const output = host.json('ip', '-j', 'address', 'show');
	if (output === undefined) return undefined;
	return list(output).some((link) => list(member(link, 'addr_info')).some((each) => member(each, 'local') === address));
}
