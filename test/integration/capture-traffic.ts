/** Traffic for files of packets, each of which is dropped once: what is hard about it is how it lies in memory. */

import { calls, check } from './calls.ts';
import { attempt, Missing } from './case.ts';
import { CLIENT, CLIENT6, MAC, type Network, ROUTER, ROUTER6 } from './network.ts';
import { ETHERTYPE, ethernet, ipv4, PROTOCOL, udp } from './packets.ts';
import { Socket } from './socket.ts';
import type { DropLine } from './tracer.ts';

const SOL_PACKET = 263;
const PACKET_VNET_HDR = 15;

type Marker = (line: DropLine) => boolean;

interface Sending {
	/** Sends it, once. @throws Missing when this machine cannot */
	send: (network: Network) => void;
	/** its line */
	marker: Marker;
}

const toPort =
	(port: number): Marker =>
	({ packet }) =>
		packet.dport === port;

/** What comes in at the router, or the client's loopback, is dropped there as it comes: no tag is taken off before. */
const dropAll = (network: Network, host: 'client' | 'router', device: 'lo' | 'rc', use: () => void): void => {
	const tc = (...args: string[]) => network.run(host, 'tc', args);
	attempt(() => {
		tc('qdisc', 'add', 'dev', device, 'clsact');
		tc('filter', 'add', 'dev', device, 'ingress', 'bpf', 'da', 'bytecode', '1,6 0 0 2');
	});
	use();
	tc('qdisc', 'delete', 'dev', device, 'clsact');
};

const datagram = (sport: number, dport: number, data?: string): Buffer => {
	const ends = { from: CLIENT, to: ROUTER };
	return ipv4({ ...ends, protocol: PROTOCOL.udp }, udp(ends, { sport, dport }, data));
};

function sendTo(network: Network, from: string, to: string, sport: number, dport: number, data: string | Buffer): void {
	const socket = Socket.udp(network.netns('client'), from, sport);
	try {
		socket.sendTo(to, dport, data);
	} finally {
		socket.close();
	}
}

/** The same with a firewall in the client that drops what goes out. */
function behind(network: Network, rules: string, use: () => void): void {
	attempt(() => network.run('client', 'nft', ['-f', '-'], rules));
	try {
		use();
	} catch {
		// the sender is told
	}
	network.run('client', 'nft', ['flush', 'ruleset']);
}

export const traffic = {
	udp: { send: (network) => sendTo(network, CLIENT, ROUTER, 46001, 5601, 'hello'), marker: toPort(5601) },
	udp6: { send: (network) => sendTo(network, CLIENT6, ROUTER6, 46002, 5602, 'hello'), marker: toPort(5602) },
	'empty datagram': { send: (network) => sendTo(network, CLIENT, ROUTER, 46003, 5603, ''), marker: toPort(5603) },
	large: { send: (network) => sendTo(network, CLIENT, ROUTER, 46009, 5609, Buffer.alloc(1400, 'large')), marker: toPort(5609) },
	jumbo: { send: (network) => sendTo(network, CLIENT, CLIENT, 46004, 5604, Buffer.alloc(65_507)), marker: toPort(5604) },
	'empty frame': {
		send: (network) => network.sendFrame(ethernet({ from: MAC.c0, to: MAC.rc, type: ETHERTYPE.ipv4 }, Buffer.alloc(0))),
		marker: ({ packet, device }) => packet.len === 0 && device?.name === 'rc',
	},
	paged: {
		send: (network) => {
			const socket = Socket.frames(network.netns('client'), network.ifindex('client', 'lo'));
			check('setsockopt', calls.setsockopt(socket.fd, SOL_PACKET, PACKET_VNET_HDR, Buffer.from([1, 0, 0, 0]), 4));
			const nobody = '00:00:00:00:00:00';
			const frame = ethernet({ from: nobody, to: nobody, type: ETHERTYPE.ipv4 }, datagram(46008, 5608, 'x'.repeat(9000)));
			// struct virtio_net_hdr: what hdr_len says is put into the linear part, no more
			const header = Buffer.alloc(10);
			header.writeUInt16LE(1, 2);
			dropAll(network, 'client', 'lo', () => socket.sendFrame(Buffer.concat([header, frame])));
			socket.close();
		},
		marker: ({ packet, device }) => packet.len > 9000 && device?.name === 'lo' && packet.dport === undefined,
	},
	tagged: {
		send: (network) => {
			const frame = ethernet({ from: MAC.c0, to: MAC.rc, type: ETHERTYPE.ipv4, vlan: 42 }, datagram(46005, 5605));
			dropAll(network, 'router', 'rc', () => network.sendFrame(frame));
		},
		marker: toPort(5605),
	},
	'tagged twice': {
		send: (network) => {
			const frame = ethernet({ from: MAC.c0, to: MAC.rc, type: ETHERTYPE.ipv4, vlan: 42 }, datagram(46006, 5606));
			const outer = Buffer.from('88a80007', 'hex');
			const whole = Buffer.concat([frame.subarray(0, 12), outer, frame.subarray(12)]);
			dropAll(network, 'router', 'rc', () => network.sendFrame(whole));
		},
		marker: toPort(5606),
	},
	'no link header': {
		send: (network) =>
			behind(network, 'table inet fw { chain out { type filter hook output priority 0; policy accept; udp dport 5607 drop; }; }', () =>
				sendTo(network, CLIENT, ROUTER, 46007, 5607, 'hello'),
			),
		marker: toPort(5607),
	},
	arp: {
		send: (network) =>
			behind(network, 'table arp fw { chain out { type filter hook output priority 0; policy drop; }; }', () =>
				sendTo(network, CLIENT, '10.9.1.77', 46010, 5610, 'hello'),
			),
		marker: ({ packet }) => packet.family === 'arp',
	},
} as const satisfies Record<string, Sending>;

export type Traffic = keyof typeof traffic;

/** Sends everything, one after the other. @returns of each, why it could not be sent */
export async function send(
	network: Network,
	seen: (marker: Marker) => Promise<unknown>,
): Promise<ReadonlyMap<Traffic, string | undefined>> {
	const sent = new Map<Traffic, string | undefined>();
	for (const [name, { send, marker }] of Object.entries(traffic) as [Traffic, Sending][]) {
		try {
			send(network);
			await seen(marker);
			sent.set(name, undefined);
		} catch (error) {
			if (!(error instanceof Missing)) throw new Error(`${name}: ${(error as Error).message}`);
			sent.set(name, error.message);
		}
	}
	return sent;
}
