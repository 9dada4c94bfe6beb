/** Link types, and what stands in the place of a link header that was not captured. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { framedBytes, frameLength, LINK_TYPE, type LinkType, linkTypeOf, writeFrame } from '../../src/output/frame.ts';
import type { Captured } from '../../src/session/captured.ts';
import { arp, ETHERTYPE, ethernet, ipv4, ipv6, PROTOCOL, udp } from '../integration/packets.ts';

const FROM = '02:00:00:00:00:01';
const TO = '02:00:00:00:00:02';
const ENDS = { from: '10.0.0.1', to: '10.0.0.2' };
const ENDS6 = { from: 'fd00::1', to: 'fd00::2' };
const V4 = ipv4({ ...ENDS, protocol: PROTOCOL.udp }, udp(ENDS, { sport: 1, dport: 2 }));
const V6 = ipv6({ ...ENDS6, next: PROTOCOL.udp }, udp(ENDS6, { sport: 1, dport: 2 }));
const ARP = arp(1, FROM, '10.0.0.1', '10.0.0.2');
const onWire = (type: number, packet: Buffer) => ethernet({ from: FROM, to: TO, type }, packet);

/** The packet as the kernel side hands it over, with other bytes around it. */
function captured(packet: Buffer, more: Partial<Captured>): Captured {
	const bytes = Buffer.concat([Buffer.alloc(7, 0xee), packet, Buffer.alloc(9, 0xee)]);
	return {
		bytes,
		start: 7,
		captured: packet.length,
		length: packet.length,
		l3Offset: 0,
		protocol: ETHERTYPE.ipv4,
		pktType: 0,
		ifindex: 3,
		inbound: false,
		...more,
	};
}

function framed(packet: Captured, limit = 65_535): { type: LinkType; bytes: Buffer; length: number } {
	const type = linkTypeOf(packet);
	const size = framedBytes(type, packet, limit);
	const [bytes, again] = [0x00, 0xff].map((fill) => {
		const target = Buffer.alloc(size + 200, fill);
		writeFrame(type, packet, target, 50, size);
		assert.deepEqual(target.subarray(0, 50), Buffer.alloc(50, fill), 'nothing before it');
		return target.subarray(50, 50 + size);
	});
	assert.deepEqual(bytes, again, 'all of it was written');
	return { type, bytes: bytes!, length: frameLength(type, packet) };
}

describe('frames', () => {
	test('with an Ethernet header are as they were', () => {
		for (const [type, packet] of [
			[ETHERTYPE.ipv4, V4],
			[ETHERTYPE.ipv6, V6],
			[ETHERTYPE.arp, ARP],
			[ETHERTYPE.experiment, Buffer.from('anything')],
		] as const) {
			const wire = onWire(type, packet);
			const found = framed(captured(wire, { l3Offset: 14, protocol: type }));
			assert.equal(found.type, LINK_TYPE.ethernet);
			assert.deepEqual(found.bytes, wire);
			assert.equal(found.length, wire.length);
		}
	});

	test('get back the tag that the kernel keeps beside them', () => {
		const found = framed(captured(onWire(ETHERTYPE.ipv4, V4), { l3Offset: 14, tag: { protocol: 0x8100, control: 0x602a } }));
		assert.equal(found.type, LINK_TYPE.ethernet);
		assert.deepEqual(found.bytes, ethernet({ from: FROM, to: TO, type: ETHERTYPE.ipv4, vlan: 0x602a }, V4));
		assert.equal(found.length, 18 + V4.length);
	});

	test('keep the tag that is in them, behind one of a service provider', () => {
		const wire = ethernet({ from: FROM, to: TO, type: ETHERTYPE.ipv4, vlan: 42 }, V4);
		assert.deepEqual(framed(captured(wire, { l3Offset: 18 })).bytes, wire);
		const found = framed(captured(wire, { l3Offset: 18, tag: { protocol: 0x88a8, control: 7 } }));
		assert.equal(found.bytes.toString('hex', 12, 22), '88a80007'.concat('8100002a', '0800'));
		assert.deepEqual(found.bytes.subarray(22), V4);
	});

	test('of LLC have a length for an ethertype', () => {
		const wire = onWire(38, Buffer.from('424203', 'hex'));
		assert.equal(framed(captured(wire, { l3Offset: 14, protocol: 4 })).type, LINK_TYPE.ethernet);
	});

	test('are IP alone without a link header, or with one of another kind', () => {
		for (const [protocol, packet] of [
			[ETHERTYPE.ipv4, V4],
			[ETHERTYPE.ipv6, V6],
			[0, V4],
			[0, V6],
		] as const) {
			for (const header of [Buffer.alloc(0), Buffer.from('ff03'), Buffer.from('an inner header of a tunnel')]) {
				const found = framed(captured(Buffer.concat([header, packet]), { l3Offset: header.length, protocol }));
				assert.equal(found.type, LINK_TYPE.raw);
				assert.deepEqual(found.bytes, packet);
				assert.equal(found.length, packet.length);
			}
		}
	});

	test('are cooked when they are no IP and have no link header', () => {
		const { type, bytes, length } = framed(captured(ARP, { protocol: ETHERTYPE.arp, pktType: 4 }));
		assert.equal(type, LINK_TYPE.cooked);
		// protocol, reserved, interface, kind of device, kind of packet, no address
		assert.equal(bytes.toString('hex', 0, 20), '0806'.concat('0000', '00000003', 'fffe', '04', '00', '0000000000000000'));
		assert.deepEqual(bytes.subarray(20), ARP);
		assert.equal(length, 20 + ARP.length);
	});

	test('are cooked with their tag when they have no link header', () => {
		const { type, bytes } = framed(captured(V4, { tag: { protocol: 0x8100, control: 42 } }));
		assert.equal(type, LINK_TYPE.cooked);
		assert.equal(bytes.toString('hex', 0, 2), '8100');
		assert.equal(bytes.toString('hex', 20, 24), '002a0800');
		assert.deepEqual(bytes.subarray(24), V4);
	});

	test('whose bytes lie elsewhere in memory still have their length', () => {
		const wire = onWire(ETHERTYPE.ipv4, V4);
		const header = framed(captured(wire.subarray(0, 14), { l3Offset: 14, length: 9000 }));
		assert.equal(header.type, LINK_TYPE.ethernet);
		assert.deepEqual(header.bytes, wire.subarray(0, 14));
		assert.equal(header.length, 9000);
		const nothing = framed(captured(Buffer.alloc(0), { length: 9000 }));
		assert.equal(nothing.type, LINK_TYPE.raw);
		assert.equal(nothing.bytes.length, 0);
		assert.equal(nothing.length, 9000);
	});

	test('never pass the snapshot length, tags and cooked headers included', () => {
		fc.assert(
			fc.property(
				fc.record({
					bytes: fc.uint8Array({ maxLength: 100 }),
					beyond: fc.nat(100),
					l3Offset: fc.nat(40),
					protocol: fc.constantFrom(0, 0x800, 0x806, 0x86dd, 0x8100, 4, 0xffff),
					tagged: fc.boolean(),
					limit: fc.integer({ min: 64, max: 120 }),
				}),
				({ bytes, beyond, l3Offset, protocol, tagged, limit }) => {
					const length = bytes.length + beyond;
					const tag = tagged ? { tag: { protocol: 0x8100, control: 1 } } : {};
					const found = framed(captured(Buffer.from(bytes), { length, l3Offset, protocol, ...tag }), limit);
					assert.ok(found.bytes.length <= limit);
					assert.ok(found.bytes.length <= found.length);
				},
			),
		);
	});
});
