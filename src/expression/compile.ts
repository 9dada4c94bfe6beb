/**
 * The text of an expression to classic BPF, by libpcap: the language is what the installed libpcap says it is, as for tcpdump.
 *
 * libpcap resolves names of hosts, networks and protocols itself. Names of hosts may go to a name server, and block until it answers.
 */
import { view } from '../bpf/ffi.ts';
import { libpcap } from '../bpf/libpcap.ts';
import { fail } from '../errors.ts';
import { say } from '../lang.ts';
import { CLASSIC_BYTES, type ClassicInstruction, decodeClassic } from './classic.ts';
import { caret } from './place.ts';

/** What the packet begins with: an Ethernet header, or an IPv4 or IPv6 header. */
export type LinkType = 'ethernet' | 'ip';

const DLT: Record<LinkType, number> = { ethernet: 1, ip: 12 };
/** the largest packet libpcap thinks of; a match returns it */
const SNAPLEN = 262144;
const NETMASK_UNKNOWN = 0xffffffff;
/** struct bpf_program: u_int bf_len; struct bpf_insn *bf_insns */
const PROGRAM_BYTES = 16;

/** bytes of the link layer, which would be bytes of the network layer where there is none */
const LINK_BYTES = /\b(?:ether|link|fddi|tr|wlan|ppp|slip|radio)\s*\[/;

/** addresses of the link layer, which nobody knows before there is a header */
const LINK_ADDRESSES = /\b(?:broadcast|multicast|(?:ether|link|fddi|tr|wlan)\s+(?:src|dst|host))\b/;

/** enum made_link of bpf/match.h */
export const MADE_LINK = { never: 0, other: 1, always: 2 } as const;

/**
 * For which packets that have no link header yet, or never will, one is made up, with addresses that are zero.
 * @throws KnownError bad-expression, library-missing
 */
export function madeLink(text: string): (typeof MADE_LINK)[keyof typeof MADE_LINK] {
	if (LINK_BYTES.test(text) || LINK_ADDRESSES.test(text)) return MADE_LINK.never;
	return compileExpression(text, 'ip') === undefined ? MADE_LINK.always : MADE_LINK.other;
}

/**
 * The program for `text`; an empty text matches everything.
 *
 * Undefined is the program that never matches: for packets without an Ethernet header, when `text` is about such a header as a whole
 * or in a part ('vlan 5', 'ether host …', 'arp or host …'), so that libpcap refuses it for them while it takes it for Ethernet.
 * @throws KnownError bad-expression, library-missing
 */
export function compileExpression(text: string, link: LinkType): ClassicInstruction[] | undefined {
	if (text.includes('\0')) fail('bad-expression', { why: say('it contains a NUL character', '其中含有 NUL 字符'), place: '' });
	const result = compile(text, link);
	if (link !== 'ethernet' && (typeof result === 'string' || LINK_BYTES.test(text))) {
		compileExpression(text, 'ethernet');
		return undefined;
	}
	if (typeof result !== 'string') return result;
	return fail('bad-expression', { why: result, place: caret(text, result, (attempt) => refusal(attempt, link)) });
}

/** What libpcap says against `text`, or nothing. */
const refusal = (text: string, link: LinkType): string | undefined => {
	const result = compile(text, link);
	return typeof result === 'string' ? result : undefined;
};

/** Asked of the same text by each object that it is put into: names in it may have to be looked up, which takes time. */
const compiled = new Map<string, ClassicInstruction[] | string>();

function compile(text: string, link: LinkType): ClassicInstruction[] | string {
	const key = `${link} ${text}`;
	const known = compiled.get(key) ?? compileAnew(text, link);
	compiled.set(key, known);
	return known;
}

function compileAnew(text: string, link: LinkType): ClassicInstruction[] | string {
	const handle = libpcap.pcap_open_dead(DLT[link], SNAPLEN);
	if (handle === null) throw new Error('libpcap: no memory');
	try {
		return withProgram((program) => {
			const status = libpcap.pcap_compile(handle, program, text, 1, NETMASK_UNKNOWN);
			if (status !== 0) return libpcap.pcap_geterr(handle) ?? '';
			const length = program.readUInt32LE(0);
			const instructions = view(program.readBigUInt64LE(8), length * CLASSIC_BYTES);
			// copied while it is there
			return decodeClassic(instructions);
		});
	} finally {
		libpcap.pcap_close(handle);
	}
}

/** libpcap leaves the struct empty when it refuses, and pcap_freecode takes an empty one. */
function withProgram<T>(work: (program: Buffer) => T): T {
	const program = Buffer.alloc(PROGRAM_BYTES);
	try {
		return work(program);
	} finally {
		libpcap.pcap_freecode(program);
	}
}
