/**
 * Three hosts in three namespaces, with no traffic but the test's: neighbours are fixed, and there are no link-local addresses.
 *
 *     client c0 ─── rc router rs ─── s0 server
 *     10.9.1.2   10.9.1.1 10.9.2.1   10.9.2.2      (fd09:1::/64, fd09:2::/64 with the same ends)
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { interfacesIn } from '../../src/kernel/netns.ts';
import { inodeOf, inside, makeNamespaces, pathOf, run } from './netns.ts';
import { ETHERTYPE, ethernet } from './packets.ts';
import { Socket } from './socket.ts';

export type Host = 'client' | 'router' | 'server';
export type Device = 'lo' | 'c0' | 'rc' | 'rs' | 's0';

export const MAC = {
	c0: '02:00:00:00:01:02',
	rc: '02:00:00:00:01:01',
	rs: '02:00:00:00:02:01',
	s0: '02:00:00:00:02:02',
	nobody: '02:00:00:00:00:99',
} as const;

/** Frames from the client's device to the router's. */
export const ETHERNET = {
	v4: (packet: Buffer) => ethernet({ from: MAC.c0, to: MAC.rc, type: ETHERTYPE.ipv4 }, packet),
	v6: (packet: Buffer) => ethernet({ from: MAC.c0, to: MAC.rc, type: ETHERTYPE.ipv6 }, packet),
} as const;

export const CLIENT = '10.9.1.2';
export const ROUTER = '10.9.1.1';
export const SERVER = '10.9.2.2';
export const CLIENT6 = 'fd09:1::2';
export const ROUTER6 = 'fd09:1::1';
export const SERVER6 = 'fd09:2::2';
/** of the devices behind the router: the least that IPv6 takes (RFC 8200 section 5) */
export const FAR_MTU = 1280;

/**
 * Lines for `ip -batch` that bring a device up without a link-local address, which would solicit routers for ever. Two of them: one request
 * brings the device up first (do_setlink), and if its carrier is known by then, the address is made before it is told to have none.
 */
export function upWithoutLinkLocal(device: string): readonly string[] {
	return [`link set ${device} addrgenmode none`, `link set ${device} up`];
}

/** [device, IPv4 address, IPv6 address, the other end's device and addresses] */
const ENDS = [
	['client', 'c0', CLIENT, CLIENT6, 'rc', ROUTER, ROUTER6],
	['router', 'rc', ROUTER, ROUTER6, 'c0', CLIENT, CLIENT6],
	['router', 'rs', '10.9.2.1', 'fd09:2::1', 's0', SERVER, SERVER6],
	['server', 's0', SERVER, SERVER6, 'rs', '10.9.2.1', 'fd09:2::1'],
] as const;

const ROUTES: Record<Host, readonly string[]> = {
	client: [`route add default via ${ROUTER}`, `route add ::/0 via ${ROUTER6}`],
	// 10.77.0.0/16 is behind rs: a packet from there that comes in by rc fails the reverse-path filter
	router: ['route add 10.77.0.0/16 dev rs', 'route add blackhole 192.0.2.0/24'],
	server: ['route add default via 10.9.2.1', 'route add ::/0 via fd09:2::1'],
};

const SETTINGS: readonly [Host, string, string][] = [
	['router', 'ipv4/ip_forward', '1'],
	['router', 'ipv6/conf/all/forwarding', '1'],
	['router', 'ipv4/conf/all/rp_filter', '0'],
	['router', 'ipv4/conf/rc/rp_filter', '1'],
	['router', 'ipv4/conf/rs/rp_filter', '0'],
	// a neighbour that does not answer is given up after a tenth of a second
	['router', 'ipv4/neigh/rs/mcast_solicit', '1'],
	['router', 'ipv4/neigh/rs/retrans_time_ms', '100'],
];

export class Network {
	private readonly names: Readonly<Record<Host, string>>;
	private readonly residents: ChildProcess[] = [];
	private wire: Socket | undefined;
	private readonly indexes: Readonly<Record<Host, ReadonlyMap<string, number>>>;

	constructor(name: string) {
		const [client = '', router = '', server = ''] = makeNamespaces(`${name}-client`, `${name}-router`, `${name}-server`);
		this.names = { client, router, server };
		cable(client, 'c0', router, 'rc');
		cable(router, 'rs', server, 's0');
		for (const host of ['client', 'router', 'server'] as const) this.configure(host);
		for (const [host, setting, value] of SETTINGS) this.set(host, setting, value);
		this.indexes = {
			client: interfacesIn(pathOf(client)),
			router: interfacesIn(pathOf(router)),
			server: interfacesIn(pathOf(server)),
		};
	}

	private configure(host: Host): void {
		const lines = ['link set lo up'];
		for (const [where, device, v4, v6, peer, peer4, peer6] of ENDS) {
			if (where !== host) continue;
			const mtu = device === 'rs' || device === 's0' ? FAR_MTU : 1500;
			lines.push(`link set ${device} address ${MAC[device]} mtu ${mtu}`, ...upWithoutLinkLocal(device));
			lines.push(`address add ${v4}/24 dev ${device}`, `address add ${v6}/64 dev ${device} nodad`);
			for (const address of [peer4, peer6]) lines.push(`neigh replace ${address} lladdr ${MAC[peer]} dev ${device} nud permanent`);
		}
		this.run(host, 'ip', ['-batch', '-'], [...lines, ...ROUTES[host]].join('\n'));
	}

	/** The namespaces, to be watched. */
	get namespaces(): readonly string[] {
		return Object.values(this.names);
	}

	netns(host: Host): string {
		return this.names[host];
	}

	inode(host: Host): number {
		return inodeOf(this.names[host]);
	}

	/** The number of a process that lives on `host` until {@link close}, or the end of this one, which ends its input. */
	resident(host: Host): number {
		this.residents.push(inside(this.names[host], () => spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] })));
		return this.residents.at(-1)?.pid ?? 0;
	}

	close(): void {
		for (const process of this.residents) process.kill();
	}

	ifindex(host: Host, device: Device): number {
		const index = this.indexes[host].get(device);
		if (index === undefined) throw new Error(`${host} has no ${device}`);
		return index;
	}

	/** Runs a program on a host. @throws Error with what it said */
	run(host: Host, program: string, args: readonly string[], input = ''): string {
		return inside(this.names[host], () => run(program, args, input));
	}

	/** Sets /proc/sys/net/<setting>. */
	set(host: Host, setting: string, value: string): void {
		inside(this.names[host], () => writeFileSync(`/proc/sys/net/${setting}`, value));
	}

	/** A socket bound to an address of `host`. It stays open, so that a tracer can find out whose it is when it gets to the drop. */
	udp(host: Host, address: string, port: number): Socket {
		return Socket.udp(this.names[host], address, port);
	}

	tcp(host: Host, address: string, port: number): Socket {
		return Socket.tcp(this.names[host], address, port);
	}

	/** Puts a frame on the wire at the client's end. */
	sendFrame(frame: Buffer): void {
		this.wire ??= Socket.frames(this.names.client, this.ifindex('client', 'c0'));
		this.wire.sendFrame(frame);
	}
}

function cable(netns: string, device: string, otherNetns: string, otherDevice: string): void {
	run('ip', ['link', 'add', device, 'netns', netns, 'type', 'veth', 'peer', 'name', otherDevice, 'netns', otherNetns]);
}
