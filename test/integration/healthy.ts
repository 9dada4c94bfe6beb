/** Traffic that arrives, and is answered: whatever is broken for one packet must not show any of these. */
import { setTimeout } from 'node:timers/promises';
import { CLIENT, CLIENT6, type Network, ROUTER, ROUTER6, SERVER } from './network.ts';
import { echo } from './packets.ts';
import { Socket } from './socket.ts';

const PORT = 7;
const LIMIT_MS = 10_000;

/** The first answer that is not undefined. @throws Error after a while */
export async function until<T>(what: string, look: () => T | undefined, limit = LIMIT_MS): Promise<T> {
	const end = performance.now() + limit;
	for (;;) {
		const found = look();
		if (found !== undefined) return found;
		if (performance.now() > end) throw new Error(`waited ${limit / 1000} s for ${what}`);
		await setTimeout(5);
	}
}

/**
 * Sends a datagram of each family, a connection, and an echo request that goes to the server if `far`, else to the router.
 * @throws Error when one does not arrive
 */
export async function exchange(network: Network, far: boolean): Promise<void> {
	await datagram(network, CLIENT, ROUTER);
	await datagram(network, CLIENT6, ROUTER6);
	await connection(network);
	await ping(network, far ? SERVER : ROUTER);
}

async function datagram(network: Network, from: string, to: string): Promise<void> {
	const there = Socket.udp(network.netns('router'), to, PORT);
	const here = Socket.udp(network.netns('client'), from);
	try {
		here.sendTo(to, PORT, 'well');
		await until(`a datagram to ${to}`, () => there.receive());
	} finally {
		here.close();
		there.close();
	}
}

async function connection(network: Network): Promise<void> {
	const open = [Socket.tcp(network.netns('router'), ROUTER, PORT).listen(1), Socket.tcp(network.netns('client'), CLIENT)];
	const [listener, here] = open as [Socket, Socket];
	try {
		here.connect(ROUTER, PORT);
		const there = await until('a connection', () => listener.accept());
		open.push(there);
		here.send('well');
		await until('a segment', () => there.receive());
	} finally {
		for (const socket of open) socket.close();
	}
}

async function ping(network: Network, to: string): Promise<void> {
	const REPLY = 0;
	const raw = Socket.icmp(network.netns('client'));
	try {
		raw.sendTo(to, 0, echo(process.pid & 0xffff, 1));
		await until(`an echo reply from ${to}`, () => (raw.receive()?.[20] === REPLY ? true : undefined));
	} finally {
		raw.close();
	}
}
