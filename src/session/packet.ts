/** From a record's bytes to a packet. */
import { SocketTuple } from '../bpf/generated/events.ts';
import type { Memory } from '../bpf/memory.ts';
import { ipv4Text, ipv6Text } from '../packet/address.ts';
import { dissect } from '../packet/dissect.ts';
import type { Packet } from '../packet/packet.ts';
import { protocolName } from '../packet/protocols.ts';

/** What the programs say of a packet, whatever record it is in. */
export interface RecordedPacket {
	/** the ring's memory, and where the bytes begin in it */
	memory: Memory;
	data: number;
	/** 'headers': bytes of the packet; 'tuple': it has none yet, a struct socket_tuple; 'none': nothing is known */
	form: 'headers' | 'tuple' | 'none';
	captured: number;
	l3Offset: number;
	/** ethertype, 0: unknown */
	protocol: number;
	len: number;
	vlanTci: number | undefined;
	/** false: nobody asks for the link header's addresses */
	addresses: boolean;
	/** it is being made, and its headers may say nothing of its length yet */
	made?: boolean;
}

const tuple = new SocketTuple();

export function packetOf({ memory, data, form, captured, l3Offset, protocol, len, vlanTci, addresses, made }: RecordedPacket): Packet {
	if (form === 'headers')
		return dissect(memory.bytes, data, captured, { l3Offset, protocol, len, vlanTci, addresses, made: made === true });
	return form === 'tuple' ? fromSocket(tuple.at(memory, data), len) : { family: 'other', len };
}

/** The packet has no headers yet: what its socket would put there. */
function fromSocket({ family, protocol, sport, dport, memory, offset }: SocketTuple, len: number): Packet {
	const text = family === 4 ? ipv4Text : ipv6Text;
	const { bytes } = memory;
	return {
		family: family === 4 ? 'ipv4' : 'ipv6',
		proto: protocolName(protocol),
		saddr: text(bytes, offset + SocketTuple.saddrOffset),
		daddr: text(bytes, offset + SocketTuple.daddrOffset),
		sport,
		dport,
		len,
	};
}
