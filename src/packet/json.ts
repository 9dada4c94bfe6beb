/** A packet as JSON. Put together by hand, which takes a third of what JSON.stringify does: there is one in every line. */
import { Between, plain } from '../digits.ts';
import { onePiece } from '../pieces.ts';
import { Flows } from './flows.ts';
import type { Packet, TcpHeader } from './packet.ts';

interface Flow {
	/** '{"family":"ipv4","proto":"udp",…,"dport":53' */
	text: string;
	/** of the packet before: what stood before it, and what its line began with */
	lead: string;
	len: number;
	ttl: number | undefined;
	beginning: string;
}

const flows = new Flows<Flow>((packet) => {
	const { family, proto, saddr, daddr, sport, dport } = packet;
	const text = JSON.stringify({ family, proto, saddr, daddr, sport, dport }).slice(0, -1);
	return { text, lead: '', len: -1, ttl: undefined, beginning: '' };
});

/** What most packets end with that have no more to tell. */
const ID_LAST = new Between(',"id":', '}');

/** Says the same as JSON.stringify, the addresses and ports first. @param lead what stands before it, the same for all lines of a kind */
export function packetJson(packet: Packet, lead: string): string {
	const flow = flows.of(packet);
	if (flow === undefined || packet.family === 'arp' || packet.family === 'other') return lead + JSON.stringify(packet);
	const { len, ttl, id, tcp } = packet;
	if (flow.len !== len || flow.ttl !== ttl || flow.lead !== lead) {
		flow.lead = lead;
		flow.len = len;
		flow.ttl = ttl;
		flow.beginning = onePiece(`${lead}${flow.text},"len":${len}${ttl === undefined ? '' : `,"ttl":${ttl}`}`);
	}
	const more = (tcp === undefined ? '' : tcpJson(tcp)) + rest(packet);
	if (id === undefined) return `${flow.beginning}${more}}`;
	return more === '' ? flow.beginning + ID_LAST.of(id) : `${flow.beginning},"id":${plain(id)}${more}}`;
}

function tcpJson({ flags, seq, ack, window }: TcpHeader): string {
	return `,"tcp":{${flags === undefined ? '' : `"flags":"${flags}",`}"seq":${seq}${ack === undefined ? '' : `,"ack":${ack}`}${window === undefined ? '' : `,"window":${window}`}}`;
}

/** What few have that have ports. */
function rest({ fragment, icmp, nd, sctp, esp, ah, quoted, tunnel, inner, vlan, vlans, mac, damage }: Packet): string {
	let text = mac === undefined ? '' : `,"mac":{"source":"${mac.source}","destination":"${mac.destination}"}`;
	if (vlan !== undefined) text += `,"vlan":${vlan}`;
	if (sctp !== undefined) text += `,"sctp":${JSON.stringify(sctp)}`;
	if (
		fragment === undefined &&
		icmp === undefined &&
		nd === undefined &&
		esp === undefined &&
		ah === undefined &&
		quoted === undefined &&
		tunnel === undefined &&
		inner === undefined &&
		vlans === undefined &&
		damage === undefined
	)
		return text;
	const others = JSON.stringify({ fragment, icmp, nd, esp, ah, quoted, tunnel, inner, vlans, damage });
	return others === '{}' ? text : `${text},${others.slice(1, -1)}`;
}
