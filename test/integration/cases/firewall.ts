/** Packets that a rule drops. */
import { attempt, type Case, type Expected } from '../case.ts';
import { CLIENT, type Network, ROUTER, SERVER } from '../network.ts';

/** One datagram from the client to a port with a socket, so that only the rule can be what drops it. */
const datagram = (to: string, sport: number, dport: number) => (network: Network) => {
	network.udp(to === SERVER ? 'server' : 'router', to, dport);
	network.udp('client', CLIENT, sport).sendTo(to, dport);
};

const iptables = (program: string, dport: number) => (network: Network) => {
	const rule = ['INPUT', '-p', 'udp', '--dport', String(dport), '-j', 'DROP'];
	attempt(() => network.run('router', program, ['-w', '-A', ...rule]));
	return () => network.run('router', program, ['-w', '-D', ...rule]);
};

const nft = (lines: string) => (network: Network) => {
	attempt(() => network.run('router', 'nft', ['-f', '-'], lines));
	return () => network.run('router', 'nft', ['flush', 'ruleset']);
};

/** nftables frees the packet where the rule is, since 6.1 and its like; iptables leaves that to the hook */
const DROPPED_AT = /^(nf_hook_slow|nft_do_chain)$/;

const dropped = (sport: number, dport: number): Pick<Expected, 'host' | 'device' | 'packet' | 'shownBy'> => ({
	host: 'router',
	device: 'rc',
	packet: { family: 'ipv4', proto: 'udp', saddr: CLIENT, sport, dport },
	shownBy: ['protocol, source'],
});

export const FIREWALL_CASES: readonly Case[] = [
	{
		name: 'a rule of iptables-legacy',
		fault: iptables('iptables-legacy', 5301),
		traffic: datagram(ROUTER, 44001, 5301),
		drops: [{ reason: 'NETFILTER_DROP', at: DROPPED_AT, ...dropped(44001, 5301), shownBy: ['protocol, source', 'ports of both ends'] }],
	},
	{
		name: 'a rule of iptables-nft',
		fault: iptables('iptables-nft', 5302),
		traffic: datagram(ROUTER, 44002, 5302),
		drops: [{ reason: 'NETFILTER_DROP', at: DROPPED_AT, ...dropped(44002, 5302) }],
	},
	{
		name: 'a rule of nft',
		fault: nft('table inet fw { chain in { type filter hook input priority 0; }; }; add rule inet fw in udp dport 5303 drop'),
		traffic: datagram(ROUTER, 44003, 5303),
		drops: [{ reason: 'NETFILTER_DROP', at: DROPPED_AT, ...dropped(44003, 5303) }],
	},
	{
		name: 'the policy of a chain of nft, when forwarding',
		fault: nft(
			'table ip fw { chain on { type filter hook forward priority 0; policy drop; }; }; add rule ip fw on ip protocol icmp accept',
		),
		traffic: datagram(SERVER, 44004, 5304),
		drops: [{ reason: 'NETFILTER_DROP', at: DROPPED_AT, ...dropped(44004, 5304) }],
	},
	{
		name: 'a rule of nft at the device',
		fault: nft(
			'table netdev fw { chain in { type filter hook ingress device "rc" priority 0; }; }; add rule netdev fw in udp dport 5305 drop',
		),
		traffic: datagram(ROUTER, 44005, 5305),
		drops: [{ reason: 'NETFILTER_DROP', at: DROPPED_AT, ...dropped(44005, 5305), socket: { of: 'sender', family: 'inet' } }],
	},
];
