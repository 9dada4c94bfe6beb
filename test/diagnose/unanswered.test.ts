/** What kernels without reasons leave to be concluded: nobody answered, or a segment was freed without a word. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SOCKET } from '../../src/diagnose/causes/socket.ts';
import type { Host } from '../../src/diagnose/host.ts';
import type { Scene } from '../../src/diagnose/scene.ts';
import { SILENT } from '../../src/diagnose/silent.ts';
import type { Packet } from '../../src/packet/packet.ts';
import type { Path } from '../../src/trace/path.ts';

const counters = (group: string, counts: Record<string, number>): string =>
	`${group}: ${Object.keys(counts).join(' ')}\n${group}: ${Object.values(counts).join(' ')}\n`;

/** A machine on which nobody listens. */
const machine = (files: Record<string, string>): Host =>
	({ file: (path: string) => files[path], json: () => [], text: () => '', sysctl: () => undefined }) as unknown as Host;

const segment = (flags: string, len = 60): Packet => ({
	family: 'ipv4',
	proto: 'tcp',
	saddr: '10.0.0.1',
	daddr: '10.0.0.2',
	sport: 40_000,
	dport: 80,
	len,
	tcp: { flags, seq: 1, ack: 1, window: 100 },
});

describe('a segment that its connection does not accept', () => {
	const causes = (packet: Packet, ret: number, paws: number): string[] => {
		const path = { packet, verdict: 'delivered', events: [{ point: 'tcp_validate_incoming', ret }] } as unknown as Path;
		const host = machine({ '/proc/net/netstat': counters('TcpExt', { PAWSEstab: paws }) });
		return SILENT.flatMap(({ cause, suspect, examine }) =>
			suspect(path) && examine({ path, packet, host } as unknown as Scene) ? [cause.name] : [],
		);
	};

	it('is told by what was returned, and by its time stamp if those were counted', () => {
		assert.deepEqual(causes(segment('PSH|ACK'), 0, 0), ['tcp.out_of_window']);
		assert.equal(causes(segment('PSH|ACK'), 0, 2)[0], 'tcp.paws');
	});

	it('is not one that was accepted, that ends or begins a connection, or keeps one alive', () => {
		for (const [packet, ret] of [
			[segment('PSH|ACK'), 1],
			[segment('RST'), 0],
			[segment('SYN'), 0],
			[segment('ACK', 52), 0],
		] as const)
			assert.deepEqual(causes(packet, ret, 2), []);
	});
});

describe('a packet for a port at which nobody listens', () => {
	const none = SOCKET.find(({ name }) => name === 'socket.none');
	const confidence = (points: readonly string[], wrong: number): string | undefined => {
		const host = machine({ '/proc/net/snmp': counters('Tcp', { InCsumErrors: wrong }) });
		const scene = { packet: segment('SYN'), points: new Set(points), host, returned: () => undefined };
		return none?.examine?.(scene as unknown as Scene, false)?.confidence;
	};

	it('is proven by the answer', () => {
		assert.equal(confidence(['ip_rcv', 'tcp_v4_send_reset'], 0), 'proven');
		assert.equal(confidence(['ip_rcv', 'tcp_v4_send_reset'], 5), 'proven');
	});

	it('is not, where an answer would have been seen and checksums were wrong', () => {
		assert.equal(confidence(['ip_rcv'], 0), 'likely');
		assert.equal(confidence(['ip_rcv'], 5), undefined);
	});

	it('is proven by the sockets where answers are not seen, unless checksums were wrong', () => {
		assert.equal(confidence(['net:netif_receive_skb'], 0), 'proven');
		assert.equal(confidence(['net:netif_receive_skb'], 5), 'likely');
	});
});
