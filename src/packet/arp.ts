/** ARP, RFC 826. */
import { ipv4Text, macText } from './address.ts';
import { malformed, whole } from './bounds.ts';
import { u16 } from './bytes.ts';
import { ETHERTYPE } from './ethertypes.ts';
import type { ArpBody, Packet } from './packet.ts';

const HEADER = 8;
/** Hardware type of IEEE 1394, whose ARP has no hardware address of the target (RFC 2734 section 6) */
const FIREWIRE = 24;

/** Who asks or answers, for which IPv4 address. Hardware addresses other than Ethernet's are skipped. */
export function arp(data: Uint8Array, at: number, end: number, limit: number, len: number): Packet {
	const packet: Packet = { family: 'arp', proto: 'arp', len };
	if (!whole(packet, at, HEADER, end, limit, 'arp header')) return packet;
	const operation = u16(data, at + 6);
	const body: ArpBody = { op: operation === 1 ? 'request' : operation === 2 ? 'reply' : String(operation) };
	packet.arp = body;
	const hardware = data[at + 4]!;
	const protocol = data[at + 5]!;
	if (u16(data, at + 2) !== ETHERTYPE.ipv4) return packet;
	if (protocol !== 4) {
		malformed(packet, `arp header: IPv4 addresses of ${protocol} bytes`);
		return packet;
	}
	const sender = at + HEADER + hardware;
	const target = sender + 4 + (u16(data, at) === FIREWIRE ? 0 : hardware);
	const stop = Math.min(end, limit);
	if (sender + 4 <= stop) body.sender = ipv4Text(data, sender);
	if (target + 4 <= stop) body.target = ipv4Text(data, target);
	if (hardware === 6 && sender <= stop) body.sender_mac = macText(data, at + HEADER);
	whole(packet, at, target + 4 - at, end, limit, 'arp addresses');
	return packet;
}
