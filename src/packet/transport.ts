/** The headers that follow an IP header: one decoder an IP protocol. */

import { icmp } from './icmp.ts';
import { icmpv6 } from './icmpv6.ts';
import { ah, esp } from './ipsec.ts';
import type { Packet } from './packet.ts';
import { PROTOCOL } from './protocols.ts';
import { sctp } from './sctp.ts';
import { tcp } from './tcp.ts';
import { gre, ipip, sixInFour } from './tunnel.ts';
import { dccp, udp, udplite } from './udp.ts';

/** Dissects a packet that is inside another: `type` is its ethertype, `depth` the number of packets around it. */
export type Network = (type: number, data: Uint8Array, at: number, end: number, limit: number, len: number, depth: number) => Packet;

/**
 * Adds to `packet` what the header at `at` says; for `end` and `limit` see bounds.ts. `network` and `depth` are for those that
 * carry a packet: it is dissected by `network(…, depth + 1)` while `depth` is below MAX_DEPTH.
 */
export type Decoder = (packet: Packet, data: Uint8Array, at: number, end: number, limit: number, network: Network, depth: number) => void;

const DECODERS: readonly (Decoder | undefined)[] = (() => {
	const table = new Array<Decoder | undefined>(256).fill(undefined);
	table[PROTOCOL.icmp] = icmp;
	table[PROTOCOL.tcp] = tcp;
	table[PROTOCOL.udp] = udp;
	table[PROTOCOL.dccp] = dccp;
	table[PROTOCOL.esp] = esp;
	table[PROTOCOL.ah] = ah;
	table[PROTOCOL.icmpv6] = icmpv6;
	table[PROTOCOL.sctp] = sctp;
	table[PROTOCOL.udplite] = udplite;
	table[PROTOCOL.ipip] = ipip;
	table[PROTOCOL.sixInFour] = sixInFour;
	table[PROTOCOL.gre] = gre;
	return table;
})();

/** The decoder for an IP protocol; undefined when its name is all there is to say. */
export function decoder(protocol: number): Decoder | undefined {
	return DECODERS[protocol];
}
