/** The bytes of a packet, where the kernel copied them for a file of packets. */
import { type DropEvent, PacketCopy } from '../bpf/generated/events.ts';
import type { Memory } from '../bpf/memory.ts';

/** Of a drop in the ring's memory: valid during the visit of the record, no longer. Of a packet's way, a copy. */
export interface Captured {
	/** memory in which the copy lies, and where */
	bytes: Uint8Array;
	start: number;
	/** bytes there are: what the linear part of the packet has, up to the snapshot length */
	captured: number;
	/** bytes from {@link start} to the end of the packet */
	length: number;
	/** of the network header, from {@link start} */
	l3Offset: number;
	/** ethertype of the network header, as the kernel has it; 0 when it does not know yet */
	protocol: number;
	/** a tag that the kernel keeps beside the packet */
	tag?: { protocol: number; control: number };
	/** PACKET_HOST and so on */
	pktType: number;
	/** of the packet's device; 0 unknown */
	ifindex: number;
	/** it came in by that device */
	inbound: boolean;
}

const copy = new PacketCopy();

/** What is known of a packet besides its bytes. */
type About = Pick<DropEvent, 'protocol' | 'pktType' | 'ifindex' | 'vlanTci'>;

/**
 * @param event the record that tells about the packet
 * @param tagged whether it has a tag beside its bytes
 * @param memory in which the copy lies, at `offset`
 * @returns undefined when the packet has no headers yet
 */
export function capturedOf(event: About, tagged: boolean, memory: Memory, offset: number): Captured | undefined {
	const { length, captured, iif, l3Offset, vlanProto } = copy.at(memory, offset);
	if (length === 0) return undefined;
	const found: Captured = {
		bytes: memory.bytes,
		start: offset + PacketCopy.dataOffset,
		captured,
		length,
		l3Offset,
		protocol: event.protocol,
		pktType: event.pktType,
		ifindex: event.ifindex,
		inbound: iif !== 0 && iif === event.ifindex,
	};
	if (tagged) found.tag = { protocol: vlanProto, control: event.vlanTci };
	return found;
}
