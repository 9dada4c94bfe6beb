import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dissect } from '../../src/packet/dissect.ts';
import type { Packet } from '../../src/packet/packet.ts';
import { packetText } from '../../src/packet/text.ts';
import { bytes, link } from './sample.ts';
import { SAMPLES } from './samples.ts';

describe('packets', () => {
	for (const sample of SAMPLES) {
		it(sample.name, () => {
			const data = bytes(sample.hex);
			const packet = dissect(data, 0, data.length, link(sample.link));
			assert.deepEqual(packet, sample.packet);
			assert.equal(packetText(packet), sample.text);
		});
	}
});

/** Keys whose values are what they are in `whole`, or absent; but a quote ends where it is cut. */
function assertPart(part: Packet, whole: Packet, where: string): void {
	for (const [key, value] of Object.entries(part)) {
		const expected = whole[key as keyof Packet];
		if (key === 'damage') continue;
		if (key === 'quoted') {
			const { len: _, ...quoted } = value as Packet;
			assertPart(quoted as Packet, whole.quoted!, `${where} quoted`);
		} else if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
			const object: Record<string, unknown> = { ...(expected as object) };
			for (const [name, field] of Object.entries(value)) assert.deepEqual(field, object[name], `${where} ${key}.${name}`);
		} else assert.deepEqual(value, expected, `${where} ${key}`);
	}
}

describe('a snapshot that ends early', () => {
	for (const sample of SAMPLES) {
		it(sample.name, () => {
			const data = bytes(sample.hex);
			for (let length = 0; length < data.length; length++) {
				const packet = dissect(data, 0, length, link(sample.link));
				const where = `${length} of ${data.length} bytes`;
				assert.doesNotThrow(() => packetText(packet));
				const damage = (packet.damage ?? packet.quoted?.damage)?.kind;
				assert.notEqual(damage, 'malformed', where);
				// the family is inside the tag, or in the first byte: until then it is another
				if (packet.family !== sample.packet.family) {
					assert.ok(damage === 'truncated' || length === 0, where);
					continue;
				}
				assertPart(packet, sample.packet, where);
				// whoever does not say so has read all there is: but for the link header's addresses, no part of the network header
				const { mac: _, ...rest } = sample.packet;
				if (damage === undefined && packet.family !== 'other') assert.deepEqual(packet, packet.mac ? sample.packet : rest, where);
			}
		});
	}
});

describe('damage', () => {
	const V4 = '45000028 00020000 40060000 0a090102 0a090101';
	const UDP = '45000020 00020000 40110000 0a090102 0a090101';
	const V6 = 'fd090000000000000000000000000001 fd090000000000000000000000000002';
	const ipv4 = 0x0800;
	const ipv6 = 0x86dd;
	const cases: [name: string, protocol: number, hex: string, text: string][] = [
		['nothing captured', ipv4, '', 'IPv4 len 60 [truncated: ipv4 header]'],
		['half an IPv4 header', ipv4, '45000028 00020000 40060000 0a090102', 'TCP 10.9.1.2 len 60 [truncated: ipv4 header]'],
		['no TCP header', ipv4, V4, 'TCP 10.9.1.2 > 10.9.1.1 len 40 [truncated: tcp header]'],
		['half a TCP header', ipv4, `${V4} 00500051 00000009`, 'TCP 10.9.1.2:80 > 10.9.1.1:81 seq 9 len 40 [truncated: tcp header]'],
		['half a UDP header', ipv4, `${UDP} 00500051`, 'UDP 10.9.1.2:80 > 10.9.1.1:81 len 32 [truncated: udp header]'],
		['version 5', ipv4, '55000028 00020000 40060000 0a090102 0a090101', 'IPv4 len 60 [malformed: ipv4 header: version 5]'],
		['version 4 as IPv6', ipv6, V4, 'IPv6 len 60 [malformed: ipv6 header: version 4]'],
		[
			'header length 16',
			ipv4,
			'44000028 00020000 40060000 0a090102 0a090101',
			'TCP 10.9.1.2 > 10.9.1.1 len 40 [malformed: ipv4 header: length 16 bytes]',
		],
		[
			'total length 19',
			ipv4,
			'45000013 00020000 40060000 0a090102 0a090101',
			'TCP 10.9.1.2 > 10.9.1.1 len 60 [malformed: ipv4 header: total length 19 bytes]',
		],
		[
			'total length 0',
			ipv4,
			'45000000 00020000 40060000 0a090102 0a090101',
			'TCP 10.9.1.2 > 10.9.1.1 len 60 [malformed: ipv4 header: total length 0 bytes]',
		],
		[
			'data offset 12',
			ipv4,
			`${V4} 00500051 00000001 00000000 30020010 00000000`,
			'TCP 10.9.1.2:80 > 10.9.1.1:81 [SYN] seq 1 len 40 [malformed: tcp header: data offset 12 bytes]',
		],
		[
			'TCP options beyond the packet',
			ipv4,
			`${V4} 00500051 00000001 00000000 60020010 00000000 01010101`,
			'TCP 10.9.1.2:80 > 10.9.1.1:81 [SYN] seq 1 len 40 [malformed: tcp header: 20 of 24 bytes]',
		],
		['UDP length 7', ipv4, `${UDP} 00500051 00070000`, 'UDP 10.9.1.2:80 > 10.9.1.1:81 len 32 [malformed: udp header: length 7 bytes]'],
		[
			'UDP length beyond the packet',
			ipv4,
			`${UDP} 00500051 00640000`,
			'UDP 10.9.1.2:80 > 10.9.1.1:81 len 32 [malformed: udp header: length 100 of 12 bytes]',
		],
		[
			'UDP-Lite coverage 5',
			ipv4,
			'4500001c 00020000 40880000 0a090102 0a090101 00500051 00050000',
			'UDPLITE 10.9.1.2:80 > 10.9.1.1:81 len 28 [malformed: udplite header: checksum coverage 5 bytes]',
		],
		[
			'hop-by-hop header that is second',
			ipv6,
			`60000000 00103c40 ${V6} 0000010400000000 3b00010400000000`,
			'IPV6-NONXT fd09::1 > fd09::2 len 56 [malformed: ipv6 hop-by-hop header: not the first]',
		],
		[
			'extension header beyond the packet',
			ipv6,
			`60000000 00083c40 ${V6} 3b01010400000000 0000000000000000`,
			'IPv6 fd09::1 > fd09::2 len 48 [malformed: ipv6 destination options: 8 of 16 bytes]',
		],
		[
			'extension header not captured',
			ipv6,
			`60000000 00103c40 ${V6} 3b01010400000000`,
			'IPv6 fd09::1 > fd09::2 len 56 [truncated: ipv6 destination options]',
		],
		[
			'a chain of seventeen',
			ipv6,
			`60000000 00883c40 ${V6} ${'3c00010400000000'.repeat(17)}`,
			'IPv6 fd09::1 > fd09::2 len 176 [malformed: ipv6 header: more than 16 extension headers]',
		],
		[
			'jumbo payload of 100 bytes',
			ipv6,
			`60000000 00000040 ${V6} 3b00c20400000064`,
			'IPV6-NONXT fd09::1 > fd09::2 len 60 [malformed: ipv6 jumbo payload: length 100 bytes]',
		],
		[
			'payload length 0 without a jumbo payload',
			ipv6,
			`60000000 00000040 ${V6} 3b00010400000000`,
			'IPV6-NONXT fd09::1 > fd09::2 len 60 [malformed: ipv6 header: payload length 0 bytes]',
		],
		['ARP cut', 0x0806, '00010800 06040001 02420a090102 0a000002', 'ARP who has ? tell 10.0.0.2 [truncated: arp addresses]'],
		[
			'ARP with addresses of 6 bytes',
			0x0806,
			'00010800 06060001 02420a090102 0a000002',
			'ARP who has ? tell ? [malformed: arp header: IPv4 addresses of 6 bytes]',
		],
		['half a tag', 0x8100, '000a', 'protocol 0x8100 (VLAN) len 60 [truncated: vlan tag]'],
		['ten tags', 0x8100, '00018100'.repeat(10), `${'vlan 1 '.repeat(8)}protocol 0x8100 (VLAN) len 60 [malformed: vlan tag: more than 8]`],
	];
	for (const [name, protocol, hex, text] of cases) {
		it(name, () => {
			const data = bytes(hex);
			assert.equal(packetText(dissect(data, 0, data.length, link({ protocol, len: 60 }))), text);
		});
	}

	it('is said of a quote only when the snapshot ends in it', () => {
		const sample = SAMPLES.find(({ name }) => name.startsWith('ICMP port unreachable'))!;
		const data = bytes(sample.hex);
		assert.equal(dissect(data, 0, data.length, link(sample.link)).quoted?.damage?.kind, undefined);
		assert.equal(dissect(data, 0, data.length - 2, link(sample.link)).quoted?.damage?.kind, 'truncated');
	});
});

describe('a packet that is being made', () => {
	const IPV4 = (total: string) => `4500${total} 00010000 4011 0000 0a000001 0a000002 0400 0035 0014 0000 ${'00'.repeat(12)}`;
	const IPV6 = (payload: string, next = '11') =>
		`60000000 ${payload} ${next} 40 ${'fd'.padEnd(32, '0')} ${'fe'.padEnd(32, '0')} 0400 0035 0014 0000 ${'00'.repeat(12)}`;
	const shown = (hex: string, protocol: number, len: number, made = true) => {
		const data = bytes(hex);
		return dissect(data, 0, data.length, link({ protocol, len, made }));
	};

	it('ends where the kernel says when its header says nothing yet', () => {
		assert.deepEqual(shown(IPV4('0000'), 0x0800, 40), shown(IPV4('0028'), 0x0800, 40, false));
		assert.deepEqual(shown(IPV6('0000'), 0x86dd, 60), shown(IPV6('0014'), 0x86dd, 60, false));
	});

	it('is damaged no more than any other when its header has a length, wherever the kernel counts from', () => {
		for (const len of [8, 20, 40, 60]) {
			assert.deepEqual(shown(IPV4('0028'), 0x0800, len), shown(IPV4('0028'), 0x0800, len, false));
			assert.deepEqual(shown(IPV6('0014'), 0x86dd, len), shown(IPV6('0014'), 0x86dd, len, false));
		}
	});

	it('is malformed without a length when a device has it', () => {
		assert.equal(shown(IPV4('0000'), 0x0800, 40, false).damage?.kind, 'malformed');
	});
});
