import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dissect } from '../../src/packet/dissect.ts';
import type { Packet } from '../../src/packet/packet.ts';
import { packetText } from '../../src/packet/text.ts';

const hex = (text: string): number[] => [...Buffer.from(text.replace(/\s/g, ''), 'hex')];
const two = (value: number): number[] => [value >> 8, value & 255];

/** 10.0.0.1 > 10.0.0.7 echo request */
const ECHO = hex('4500001c 00010000 400166dd 0a000001 0a000007 0800f7ff 00000000');
/** fd00::1 > fd00::7 UDP 1 > 2 */
const SIX = hex('60000000 0008 11 40 fd000000000000000000000000000001 fd000000000000000000000000000007 0001 0002 0008 0000');
const FRAME = hex('020000000001 020000000002');

/** IPv4 from 192.0.2.1 to 192.0.2.2 around `body`. */
const ipv4 = (protocol: number, body: number[]): number[] => [
	...hex('4500'),
	...two(20 + body.length),
	...hex('00020000 40'),
	protocol,
	...hex('0000 c0000201 c0000202'),
	...body,
];
const udp = (port: number, body: number[]): number[] => ipv4(17, [...two(50000), ...two(port), ...two(8 + body.length), 0, 0, ...body]);

function packetOf(bytes: number[], captured = bytes.length): Packet {
	return dissect(Uint8Array.from(bytes), 0, captured, { l3Offset: 0, protocol: 0x800, len: bytes.length, vlanTci: undefined });
}

const CASES: [name: string, bytes: number[], tunnel: Packet['tunnel'], inner: string][] = [
	['IPv4 in IPv4', ipv4(4, ECHO), undefined, '[ICMP 10.0.0.1 > 10.0.0.7 echo request id 0 seq 0 len 28]'],
	['IPv6 in IPv4', ipv4(41, SIX), undefined, '[UDP [fd00::1]:1 > [fd00::7]:2 len 48]'],
	['GRE', ipv4(47, [...hex('0000 0800'), ...ECHO]), { type: 'gre' }, 'len 52 [ICMP 10.0.0.1 > 10.0.0.7 '],
	[
		'GRE with checksum, key and sequence number',
		ipv4(47, [...hex('b000 86dd 00000000 00000007 00000001'), ...SIX]),
		{ type: 'gre', key: 7 },
		'key 7 [UDP [fd00::1]:1 ',
	],
	[
		'a frame in GRE',
		ipv4(47, [...hex('2000 6558 0000002a'), ...FRAME, ...hex('0800'), ...ECHO]),
		{ type: 'gre', key: 42 },
		'key 42 [ICMP 10.0.0.1 ',
	],
	[
		'a tagged frame in VXLAN',
		udp(4789, [...hex('08000000 00002a00'), ...FRAME, ...hex('8100 0005 0800'), ...ECHO]),
		{ type: 'vxlan', vni: 42 },
		'vxlan 42 [vlan 5 ICMP 10.0.0.1 ',
	],
	[
		'Geneve with an option',
		udp(6081, [...hex('0200 6558 00002a00 00000001 00000000'), ...FRAME, ...hex('86dd'), ...SIX]),
		{ type: 'geneve', vni: 42 },
		'geneve 42 [UDP [fd00::1]:1 ',
	],
	['a tunnel in a tunnel', ipv4(4, ipv4(4, ECHO)), undefined, '[IPIP 192.0.2.1 > 192.0.2.2 len 48 [ICMP 10.0.0.1 '],
];

describe('tunnels', () => {
	for (const [name, bytes, tunnel, inner] of CASES) {
		it(name, () => {
			const packet = packetOf(bytes);
			assert.deepEqual(packet.tunnel, tunnel);
			assert.equal(packet.damage, undefined);
			assert.ok(packetText(packet).includes(inner), packetText(packet));
		});
		it(`${name}, cut anywhere, says so or has nothing inside`, () => {
			for (let captured = 0; captured < bytes.length; captured++) {
				const packet = packetOf(bytes, captured);
				const damaged = (one: Packet | undefined): boolean => one?.damage !== undefined || (one?.inner !== undefined && damaged(one.inner));
				assert.ok(damaged(packet) || packet.inner === undefined, `${captured} bytes`);
			}
		});
	}

	it('are not what only has their port', () => {
		for (const bytes of [udp(4789, hex('00000000 00000000 0102')), udp(6081, hex('c0000800 00000000')), udp(4789, [])])
			assert.deepEqual([packetOf(bytes).tunnel, packetOf(bytes).inner, packetOf(bytes).damage], [undefined, undefined, undefined]);
	});
});
