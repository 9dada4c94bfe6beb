/** A packet as a line of text, in the manner of tcpdump. */
import { onePiece } from '../pieces.ts';
import { ethertypeNumber } from './ethertypes.ts';
import { Flows } from './flows.ts';
import { icmpName } from './icmp-names.ts';
import type { ArpBody, IcmpHeader, IpsecHeader, Packet } from './packet.ts';

/** 'TCP 10.9.1.2:48948 > 10.9.1.1:4445 [SYN] seq 2682392359 len 60'. Lengths in bytes; what is unknown is left out. */
export function packetText(packet: Packet): string {
	return tagsText(packet) + body(packet) + damageText(packet);
}

function tagsText(packet: Packet): string {
	if (packet.vlan === undefined) return '';
	if (packet.vlans === undefined) return `vlan ${packet.vlan} `;
	let text = '';
	for (const tag of packet.vlans) text += `vlan ${tag} `;
	return text;
}

function body(packet: Packet): string {
	if (packet.family === 'other') return `${otherText(packet)} len ${packet.len}`;
	if (packet.family === 'arp') return packet.arp === undefined ? `ARP len ${packet.len}` : arpText(packet.arp);
	const flow = flows.of(packet);
	if (flow !== undefined && isPlain(packet)) return withLength(flow, packet.len);
	let text = flow?.text ?? newFlowText(packet);
	if (packet.fragment !== undefined) {
		const { offset, more } = packet.fragment;
		if (offset > 0 || more) return `${text} fragment at ${offset}${more ? ' (more)' : ''}`;
		text += ' atomic fragment';
	}
	// the order is the one the headers have; these two say enough to leave the length out
	if (packet.ah !== undefined) text += ipsecText(packet.ah, packet.proto === 'ah' ? '' : 'ah ');
	if (packet.esp !== undefined) text += ipsecText(packet.esp, '');
	if (packet.esp !== undefined || packet.proto === 'ah') return text;
	if (packet.tcp !== undefined) text += tcpText(packet.tcp);
	else if (packet.icmp !== undefined) text += icmpText(packet, packet.icmp);
	else if (packet.sctp !== undefined)
		text += `${packet.sctp.chunk === undefined ? '' : ` [${packet.sctp.chunk}]`} vtag ${hex(packet.sctp.vtag)}`;
	text += lengthText(packet.len);
	return packet.tunnel === undefined && packet.inner === undefined ? text : text + tunnelText(packet);
}

/** ' vxlan 42 [ICMP 192.168.7.1 > 192.168.7.2 echo request id 1 seq 1 len 84]'; of GRE, which is a protocol itself, ' key 42' */
function tunnelText({ tunnel, inner }: Packet): string {
	let text = '';
	if (tunnel?.vni !== undefined) text += ` ${tunnel.type} ${tunnel.vni}`;
	if (tunnel?.key !== undefined) text += ` key ${tunnel.key}`;
	return inner === undefined ? text : `${text} [${packetText(inner)}]`;
}

/** There is nothing to say but the flow and a length. */
const isPlain = ({ fragment, ah, esp, tcp, icmp, sctp, tunnel, inner }: Packet): boolean =>
	fragment === undefined &&
	ah === undefined &&
	esp === undefined &&
	tcp === undefined &&
	icmp === undefined &&
	sctp === undefined &&
	tunnel === undefined &&
	inner === undefined;

interface Flow {
	text: string;
	/** length of the packet before this one, and the text with it once there were two of that length */
	length: number;
	whole: string | undefined;
}

const flows = new Flows<Flow>((packet) => {
	return { text: onePiece(newFlowText(packet)), length: -1, whole: undefined };
});

/** 'UDP 10.0.0.1:53 > 10.0.0.2:4242'. */
const flowText = (packet: Packet): string => flows.of(packet)?.text ?? newFlowText(packet);

/** 'UDP 10.0.0.1:53 > 10.0.0.2:4242 len 60' */
function withLength(flow: Flow, length: number): string {
	if (flow.length !== length) {
		flow.length = length;
		flow.whole = undefined;
		return flow.text + lengthText(length);
	}
	flow.whole ??= onePiece(flow.text + lengthText(length));
	return flow.whole;
}

function newFlowText(packet: Packet): string {
	const name = label(packet.proto ?? packet.family);
	if (packet.saddr === undefined) return name;
	const source = endpointText(packet, packet.saddr, packet.sport);
	return packet.daddr === undefined ? `${name} ${source}` : `${name} ${source} > ${endpointText(packet, packet.daddr, packet.dport)}`;
}

function endpointText(packet: Packet, address: string, port: number | undefined): string {
	if (port === undefined) return address;
	return (packet.family === 'ipv6' ? `[${address}]` : address) + portText(port);
}

const portTexts = new Array<string | undefined>(65536);

/** ':53' */
function portText(port: number): string {
	let text = portTexts[port];
	if (text === undefined) {
		text = `:${port}`;
		portTexts[port] = text;
	}
	return text;
}

const lengthTexts: (string | undefined)[] = [];

/** ' len 60' */
function lengthText(length: number): string {
	if (length >= 65_536) return ` len ${length}`;
	let text = lengthTexts[length];
	if (text === undefined) {
		text = onePiece(` len ${length}`);
		lengthTexts[length] = text;
	}
	return text;
}

function tcpText(tcp: NonNullable<Packet['tcp']>): string {
	const flags = tcp.flags === undefined ? '' : ` [${tcp.flags === '' ? 'none' : tcp.flags}]`;
	// the number counts only with the flag (RFC 9293 section 3.1)
	const ack = tcp.ack !== undefined && tcp.flags?.includes('ACK') ? ` ack ${tcp.ack}` : '';
	return `${flags} seq ${tcp.seq}${ack}`;
}

function icmpText(packet: Packet, icmp: IcmpHeader): string {
	let text = ` ${icmpName(icmp, packet.proto === 'icmpv6')}`;
	if (icmp.id !== undefined) text += ` id ${icmp.id}`;
	if (icmp.seq !== undefined) text += ` seq ${icmp.seq}`;
	if (icmp.mtu !== undefined) text += ` mtu ${icmp.mtu}`;
	if (packet.nd?.destination !== undefined) text += ` for ${packet.nd.destination}`;
	if (icmp.gateway !== undefined) text += ` to ${icmp.gateway}`;
	else if (packet.nd !== undefined) text += ` for ${packet.nd.target}`;
	if (packet.quoted !== undefined) text += ` for ${flowText(packet.quoted)}${damageText(packet.quoted)}`;
	return text;
}

function arpText(arp: ArpBody): string {
	const sender = arp.sender ?? '?';
	if (arp.op === 'request') return `ARP who has ${arp.target ?? ''}? tell ${sender}`;
	if (arp.op === 'reply') return `ARP ${sender} is at ${arp.sender_mac ?? '?'}`;
	return `ARP operation ${arp.op}${arp.sender === undefined ? '' : ` from ${sender}`}`;
}

function ipsecText(header: IpsecHeader, name: string): string {
	return ` ${name}spi ${hex(header.spi)} seq ${header.seq}`;
}

function otherText(packet: Packet): string {
	if (packet.ethertype === undefined) return 'unknown protocol';
	const number = ethertypeNumber(packet.ethertype);
	return packet.proto === undefined || packet.proto === number ? `protocol ${number}` : `protocol ${number} (${label(packet.proto)})`;
}

function damageText(packet: Packet): string {
	return packet.damage === undefined ? '' : ` [${packet.damage.kind}: ${packet.damage.where}]`;
}

const LABELS = new Map([
	['6in4', '6in4'],
	['icmpv6', 'ICMPv6'],
	['ipv4', 'IPv4'],
	['ipv6', 'IPv6'],
	['pppoe', 'PPPoE'],
]);

/** Protocols as people write them: 'TCP', 'IP-PROTO-253'. */
function label(name: string): string {
	let text = LABELS.get(name);
	if (text === undefined) {
		text = /^\d+$/.test(name) ? `IP-PROTO-${name}` : name.toUpperCase();
		LABELS.set(name, text);
	}
	return text;
}

function hex(number: number): string {
	return `0x${number.toString(16)}`;
}
