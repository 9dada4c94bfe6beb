/** Drops that are nobody's fault: hidden, and counted. */
import type { Case } from '../case.ts';
import { ROUTER } from '../network.ts';
import { echo } from '../packets.ts';
import { Socket } from '../socket.ts';

export const BENIGN_CASES: readonly Case[] = [
	{
		name: 'benign: an echo reply that a raw socket took',
		traffic: (network) => {
			const socket = Socket.icmp(network.netns('client'));
			socket.sendTo(ROUTER, 0, echo(10, 4));
		},
		drops: [
			{
				reason: 'NO_SOCKET',
				at: /^(ping|icmp)_rcv$/,
				host: 'client',
				device: 'c0',
				packet: { family: 'ipv4', proto: 'icmp', saddr: ROUTER, icmp: { type: 0, id: 10, seq: 4 } },
				benign: true,
				shownBy: [],
			},
		],
	},
	{
		name: 'benign: a unix socket is closed with a datagram unread',
		traffic: (network) => {
			const [one, other] = Socket.pair(network.netns('client'));
			one.send('hello');
			other.close();
			one.close();
		},
		drops: [
			{
				// unix sockets gave no reason before there was this one
				reason: ['SOCKET_CLOSE', 'NOT_SPECIFIED'],
				at: /^unix_release_sock$/,
				host: 'client',
				device: undefined,
				socket: { of: 'sender', family: 'unix', closed: true },
				packet: { family: 'other', len: 5 },
				benign: true,
				shownBy: [],
			},
		],
	},
];
