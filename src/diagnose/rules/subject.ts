/** A packet as rules see it, and answers to the questions they ask about it. */
import { addressBytes } from '../../filter/address.ts';
import type { Packet } from '../../packet/packet.ts';
import { type Answer, when } from './rules.ts';

export interface Subject {
	packet: Packet;
	/** NFPROTO_… of the hook */
	family: number;
	/** devices it came in by, and goes out by; '' where there is none, undefined where that is not known */
	input: string | undefined;
	output: string | undefined;
	mark: number;
	/** 1 + enum ip_conntrack_info (include/uapi/linux/netfilter/nf_conntrack_common.h); 0: there is no connection */
	connection: number;
	/** how this machine takes an address: RTN_… in lower case; undefined: it is not known */
	typeOf?: (address: string) => string | undefined;
	/** whether a set of ipset has it; `directions`: of each part of an element, 'src' or 'dst' */
	isInSet?: (name: string, directions: readonly string[]) => Answer;
}

/** By {@link Subject.connection}. */
const STATES = ['invalid', 'established', 'related', 'new', 'established', 'related', 'new', 'new', 'untracked'] as const;

export const stateOf = ({ connection }: Subject): string => STATES[connection] ?? 'invalid';

/** Whether it goes against the direction in which the connection was begun. */
export const isReply = ({ connection }: Subject): boolean => connection >= 4 && connection < 8;

/** '10.0.0.0/8', '10.0.0.0/255.0.0.0', an address; undefined when there is no such address to compare. */
export function inNetwork(address: string | undefined, network: string): Answer {
	if (address === undefined) return 'no';
	const [base = '', length] = network.split('/');
	const one = addressBytes(address);
	const other = addressBytes(base);
	if (!one || !other) return 'maybe';
	if (one.length !== other.length) return 'no';
	let mask: number[] | undefined;
	if (length !== undefined && !/^\d+$/.test(length)) {
		mask = addressBytes(length);
		if (!mask) return 'maybe';
	}
	const bits = length === undefined ? one.length * 8 : Number(length);
	return when(
		one.every((byte, i) => {
			const left = mask ? (mask[i] ?? 0) : bits >= (i + 1) * 8 ? 0xff : bits <= i * 8 ? 0 : (0xff << ((i + 1) * 8 - bits)) & 0xff;
			return ((byte ^ (other[i] ?? 0)) & left) === 0;
		}),
	);
}

/** Both ends belong to it. */
export function inRange(address: string | undefined, from: string, to: string): Answer {
	if (address === undefined) return 'no';
	const [one, low, high] = [addressBytes(address), addressBytes(from), addressBytes(to)];
	if (!one || !low || !high) return 'maybe';
	if (one.length !== low.length || one.length !== high.length) return 'no';
	return when(Buffer.compare(Buffer.from(one), Buffer.from(low)) >= 0 && Buffer.compare(Buffer.from(one), Buffer.from(high)) <= 0);
}

/** 'eth+' of iptables, 'eth*' of nftables. */
export function isDevice(name: string | undefined, pattern: string): Answer {
	if (name === undefined) return 'maybe';
	return when(/[+*]$/.test(pattern) ? name.startsWith(pattern.slice(0, -1)) : name === pattern);
}

const FLAGS: Readonly<Record<string, string>> = {
	fin: 'FIN',
	syn: 'SYN',
	rst: 'RST',
	psh: 'PSH',
	ack: 'ACK',
	urg: 'URG',
	ecn: 'ECE',
	ece: 'ECE',
	cwr: 'CWR',
};

/** Flags that are set, of those named; undefined when it has none that could be read. */
export function flagsOf({ tcp }: Packet): ReadonlySet<string> | undefined {
	return tcp?.flags === undefined ? undefined : new Set(tcp.flags.split('|').filter((flag) => flag !== ''));
}

export const flagNamed = (name: string): string => FLAGS[name.toLowerCase()] ?? name.toUpperCase();
