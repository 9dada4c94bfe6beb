/** What the JSON lines mean: one table a type of line, for the man page and docs/json.md. */
import type { Diagnosis } from '../../src/diagnose/diagnosis.ts';
import type { Warning } from '../../src/diagnose/warnings.ts';
import type { ProbeReport, Report } from '../../src/doctor/report.ts';
import type { Drop } from '../../src/drops/drop.ts';
import type { StatReport, StatRow } from '../../src/drops/stats.ts';
import type { End, HeldBack, Lost, Start } from '../../src/output/sink.ts';
import type { Packet } from '../../src/packet/packet.ts';
import type { Path, PathEvent } from '../../src/trace/path.ts';
import type { WayCount } from '../../src/trace/ways.ts';

type Keys<T, More extends string = never> = Readonly<Record<keyof T | More, string>>;

// The types see to it that every key the program writes is explained here.
const START: Keys<Start, 'schema'> = {
	schema: 'version of this format, 1; keys and types may be added without a new version',
	tool: 'droptrace',
	version: 'of the tool',
	kernel: 'release of the running kernel',
	libbpf: 'version of the library',
	backend: 'how the programs are attached: tp_btf',
	probes: 'asked and attached, numbers',
	filter: 'the filter options as given, "" for none',
};

const DROP: Keys<Omit<Drop, 'reason' | 'pktType'>, 'reason' | 'subsystem' | 'meaning' | 'pkt_type'> = {
	time: 'time of day, nanoseconds since 1970 as a decimal string',
	ktime: 'the same moment as the kernel stamped it, nanoseconds since boot as a decimal string',
	reason: "the kernel's name of the drop reason, such as NO_SOCKET; absent before Linux 5.17",
	subsystem: 'who defines the reason: core, openvswitch, ...',
	meaning: 'the reason in a sentence, English',
	location: 'symbol, offset and module of the code that dropped it; address where the kernel hides its symbols, or with --raw-sym',
	packet: 'what is known of the packet, see below',
	device: 'name and ifindex; without name when the packet only knew the index',
	netns: 'inode and name of the network namespace',
	cpu: 'number of the CPU',
	pkt_type: 'whom the link layer meant it for, unless it is this host: otherhost, broadcast, multicast, outgoing ...',
	mark: "the packet's mark, when it is not zero",
	process: 'pid and comm of the process that has the socket open; never that of the task that was interrupted',
	socket: 'family, state and owner of the socket',
	cgroup: "path of the socket's control group",
	container: "the container's id",
	stack: 'with --stack: callers as symbol+offset, or as addresses with --raw-sym, innermost first',
};

const STAT: Keys<StatReport> = {
	time: 'time of day, nanoseconds since 1970 as a decimal string',
	seconds: 'since the report before, or the start',
	rows: 'one a kind of drops, an array of objects with the keys below; those that grew most come first',
	other: 'drops since the start that found no row, because the table in the kernel was full',
	benign: 'drops since the start in rows that are hidden, and that --all would have shown',
};

const STAT_ROW: Keys<StatRow, 'subsystem'> = {
	reason: 'as of a drop',
	subsystem: 'as of a drop',
	location: 'as of a drop',
	device: 'as of a drop',
	netns: 'as of a drop',
	packets: 'since the start',
	recent: 'since the report before',
	sample: 'the first of these packets; absent when its copy was lost',
	stack: 'of the first of them, with --stack',
};

const PACKET: Keys<Packet> = {
	family: 'ipv4, ipv6, arp or other',
	proto: 'as --proto takes it: tcp, icmpv6, 253; of family other the name of the ethertype, or its number such as 0x88b5',
	saddr: 'source address',
	daddr: 'destination address',
	sport: 'source port',
	dport: 'destination port',
	len: 'bytes, as the IP header says, else as the kernel does',
	ttl: 'time to live, or hop limit',
	id: 'identification of the IP header',
	fragment: 'offset and more, of a fragment',
	tcp: 'flags such as "SYN|ACK", seq, ack, window',
	icmp: 'type, code, id, seq, mtu, gateway',
	nd: 'target and destination of neighbour discovery',
	sctp: 'vtag and chunk',
	esp: 'spi and seq',
	ah: 'spi and seq',
	arp: 'op, sender, target, sender_mac',
	quoted: 'the packet an ICMP error is about, with these keys again',
	tunnel: 'type (vxlan, geneve or gre) and vni or key, of a packet that carries another',
	inner: 'the packet inside a tunnel, with these keys again',
	ethertype: 'number, of family other',
	vlan: 'identifier of the outermost VLAN tag',
	vlans: 'all of them, outermost first',
	mac: 'source and destination, when the link header was captured',
	damage: 'kind (truncated or malformed) and where: the header that could not be read to its end; nothing behind it is known',
};

const PATH: Keys<Omit<Path, 'latency' | 'death' | 'rule'>, 'latency_ns'> = {
	id: 'number of the packet, decimal; no other packet has it',
	packet: 'as it was first seen, see below',
	verdict: 'delivered, sent, forwarded, dropped, rejected, consumed (freed as usual, and it was not seen what for) or open',
	open: 'true: it was not seen to be freed',
	events:
		'one a sight of it, in order of time, with the keys below; with --tiny-show only point and since_ns, the time since the first, in steps of 100 ns',
	latency_ns: 'from the first sight to the last',
	changes: 'what was done to it, a list of objects: what (nat, encap, decap, clone ...), from, to, at',
};

const WAY: Keys<WayCount, 'subsystem'> = {
	packets: 'how many took it',
	verdict: 'as of a packet',
	reason: 'of a drop',
	subsystem: 'of a drop',
	location: 'of a drop',
	points: 'names of the points, in order',
};

const EVENT: Keys<
	Omit<PathEvent, 'since' | 'packet' | 'as' | 'captured' | 'hook' | 'mark' | 'pktType' | 'connection' | 'kind'>,
	'subsystem'
> = {
	time: 'time of day, nanoseconds since 1970 as a decimal string',
	ktime: 'the same moment as the kernel stamped it, nanoseconds since boot as a decimal string',
	point: 'name of the function, or group:name of the tracepoint',
	device: 'name and ifindex, where the packet knows its device',
	netns: 'inode and name of the network namespace',
	cpu: 'number of the CPU',
	skb: 'address of the socket buffer',
	ret: 'what the function returned: a number, or a word such as NULL where it is none',
	returned: 'the same in words, such as ACCEPT',
	stack: 'who called the point, innermost first, with --trace-stack',
	note: 'what else the point has to say',
	functions: "with --hooks: the functions that the hook calls, in order; '…' behind sixteen when there are more",
	reason: 'of a drop',
	subsystem: 'of a drop',
	location: 'of a drop, or of a free: who did it',
};

const DIAGNOSIS: Keys<Omit<Diagnosis, 'keys'>, '(others)'> = {
	verdict: 'dropped, rejected, or of a connection that was tried: failed',
	cause: 'what it died of, such as netfilter.rule, route.none, socket.none; unknown when what is known does not tell',
	summary: 'a sentence, in the language of the run, as are evidence and advice',
	confidence: 'proven (the kernel said so, or the object was read from it), likely or possible (concluded, and the evidence says how)',
	evidence: 'what was seen, a list of sentences',
	advice: 'commands to look closer or to mend; never run by the tool',
	packet: 'as it was when it died',
	count: 'packets it was found for so far; with --diag-keep a diagnosis of more than one is told once more at the end',
	device: 'where the packet was when it died',
	netns: 'inode and name of the network namespace it died in',
	function: 'that dropped it',
	reason: "the kernel's reason",
	hook: 'of netfilter, such as INPUT',
	'(others)':
		'as far as the cause has them: backend, family, table, chain, handle, rule, route, sysctl, mtu, next_hop, mac, filter, qdisc, program, bridge, listener, rcvbuf, backlog, vni, max, router, stack',
};

const WARNING: Keys<Warning, 'id'> = {
	id: 'number of the packet',
	what: 'nat, retransmission, slow, or queue: one that is almost full',
	text: 'a sentence, in the language of the run',
};

const LOST: Keys<Lost> = { where: 'where they were lost, a sentence', count: 'events lost there since the last such line' };

const HELD_BACK: Keys<HeldBack, 'subsystem'> = {
	reason: 'as of a drop; absent on kernels that give none',
	subsystem: 'as of a drop',
	count: 'drops of this reason held back since the last such line',
};

const END: Keys<Omit<End, 'heldBack'>, 'packets' | 'held_back'> = {
	seconds: 'how long it ran',
	events: 'records read from the kernel',
	lost: 'events lost, wherever',
	packets: 'packets shown: dropped ones, or with nettrace all that were followed',
	drops: 'those that were dropped',
	benign: 'droptrace: drops hidden as benign, which --all would have shown',
	held_back: 'droptrace: drops that --rate-limit held back',
	skipped: 'nettrace: packets that matched and were not followed, beyond the budget or for want of room',
	unseen:
		'nettrace: times that some packet, maybe one that matched, passed a point while the probe there was running on that CPU: interrupted, it does not run twice',
};

export const RECORDS: readonly (readonly [type: string, when: string, keys: Readonly<Record<string, string>>])[] = [
	['start', 'the first line', START],
	['drop', 'one a dropped packet', DROP],
	['packet', 'nettrace: one a packet, when its way is complete, or when nothing was heard of it for a while', PATH],
	['event', 'nettrace --basic: one a sight of a packet, with the keys of events and packet', EVENT],
	['way', 'nettrace --summary: one a different way that packets took, before the end', WAY],
	['diagnosis', 'nettrace --diag: why a packet failed, behind its packet line; nettrace why: the answer', DIAGNOSIS],
	['warning', 'nettrace --diag: what is worth knowing about a packet and no fault', WARNING],
	['stat', 'with --stat, every so often', STAT],
	['lost', 'whenever events were lost', LOST],
	['held_back', 'with --rate-limit, every ten seconds and at the end, for each reason of which drops were held back', HELD_BACK],
	['end', 'the last line', END],
];

/** What `nettrace doctor --json` prints. */
export const DOCTOR: Keys<Report> = {
	schema: 'version of this format, 1',
	version: 'of the tool',
	kernel: 'release of the running kernel',
	arch: "the machine's, as Node.js calls it: x64, arm64",
	libbpf: 'version of the library; absent without one',
	probes: 'what was tried, a list of objects, see below',
	backends: 'ways to follow packets that work here, the best first: fentry-multi, fentry, kprobe-multi, kprobe, tracepoints',
	commands: 'a list of name, works (true or false) and note: why not, or what it has to do without',
};

export const PROBE: Keys<ProbeReport> = {
	id: 'stable name',
	result: 'yes, no or unknown: only what is certain is a yes or a no',
	since: 'kernel release that brought it, where one did',
	why: 'of a no or an unknown, English',
	found: 'of a yes: a version, a number, a place, English',
};

/** Objects in lines. */
export const OBJECTS: readonly (readonly [name: string, keys: Readonly<Record<string, string>>])[] = [
	['packet', PACKET],
	['row', STAT_ROW],
	['event', EVENT],
];
