/** Whether a packet is in a set of ipset: the kernel is asked for the element that the packet is, by `ipset test`. See ipset(8). */
import type { Host } from '../host.ts';
import { type Answer, some } from './rules.ts';
import type { Subject } from './subject.ts';

/** What a part of an element is of a packet, by its name in the set's type and the direction that a rule asks for. */
const PARTS: Readonly<Record<string, (subject: Subject, source: boolean) => string | undefined>> = {
	ip: ({ packet }, source) => (source ? packet.saddr : packet.daddr),
	net: ({ packet }, source) => (source ? packet.saddr : packet.daddr),
	port: ({ packet }, source) => {
		const port = source ? packet.sport : packet.dport;
		return port === undefined ? undefined : `${packet.proto}:${port}`;
	},
	iface: ({ input, output }, source) => (source ? input : output),
	mac: ({ packet }, source) => (source ? packet.mac?.source : packet.mac?.destination),
	mark: ({ mark }) => String(mark),
};

/** @param directions of each part, 'src' or 'dst' */
export function isInSet(host: Host, subject: Subject, name: string, directions: readonly string[]): Answer {
	const saved = host.text('ipset', 'save', name)?.split('\n') ?? [];
	const [, type, parts = ''] = /^create \S+ (\w+):(\S+)/.exec(saved.find((line) => line.startsWith('create ')) ?? '') ?? [];
	if (type === undefined) return 'maybe';
	if (type === 'list') {
		const members = saved.flatMap((line) => /^add \S+ (\S+)/.exec(line)?.[1] ?? []);
		return some(members.map((member) => isInSet(host, subject, member, directions)));
	}
	const element = parts.split(',').map((part, i) => PARTS[part]?.(subject, directions[i] === 'src'));
	if (element.some((part) => part === undefined || part === '')) return 'maybe';
	// a bitmap of ports has no protocols
	const text = type === 'bitmap' && parts === 'port' ? element.join().replace(/^.*:/, '') : element.join();
	// both answers are on standard error, and one of them has the status of a failure
	const answer = host.text('sh', '-c', 'ipset test "$0" "$1" 2>&1; :', name, text) ?? '';
	return / is NOT in set /.test(answer) ? 'no' : / is in set /.test(answer) ? 'yes' : 'maybe';
}
