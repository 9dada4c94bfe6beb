/** Drops to show, and a writer that keeps its lines. */
import fc from 'fast-check';
import type { Drop } from '../../src/drops/drop.ts';
import type { Writer } from '../../src/output/writer.ts';

export const OWN = 4026531840;

/** What is always known of a drop, and what a kernel before 5.17 gives. */
export const LITTLE: Drop = {
	time: { seconds: 1_800_000_000, nanoseconds: 1_002_003 },
	ktime: { seconds: 0, nanoseconds: 7 },
	location: { address: '0xffffffff81234567' },
	packet: { family: 'other', len: 60 },
	cpu: 0,
};

/** Everything. */
export const MUCH: Drop = {
	time: { seconds: 1_800_000_000, nanoseconds: 5 },
	ktime: { seconds: 12_345_678, nanoseconds: 9 },
	reason: { number: 3, name: 'NO_SOCKET', subsystem: 'core' },
	location: { symbol: 'nft_do_chain', offset: 0x93c, module: 'nf_tables' },
	packet: {
		family: 'ipv4',
		proto: 'tcp',
		saddr: '10.9.1.2',
		daddr: '10.9.1.1',
		sport: 48948,
		dport: 4445,
		len: 60,
		ttl: 64,
		tcp: { flags: 'SYN', seq: 2_682_392_359, ack: 0, window: 64240 },
	},
	device: { name: 'eth0', ifindex: 2 },
	netns: { inode: 4026532000, name: 'web' },
	cpu: 3,
	mark: 0x10,
	process: { pid: 4242, comm: 'nginx' },
	socket: { family: 'inet', state: 'LISTEN', owner: { pid: 4242, comm: 'nginx' } },
	cgroup: `/docker/${'ab'.repeat(32)}`,
	container: 'ab'.repeat(32),
	stack: ['nft_do_chain+0x93c [nf_tables]', 'nf_hook_slow+0x40'],
};

/** Drops at the place of MUCH that differ from it in one thing. */
export const OTHERS: readonly Drop[] = [
	{ ...MUCH, reason: { number: 4, name: 'TCP_CSUM', subsystem: 'core' } },
	{ ...MUCH, device: { name: 'eth1', ifindex: 2 } },
	{ ...MUCH, device: { name: 'eth0', ifindex: 3 } },
	{ ...MUCH, netns: { inode: 4026532001, name: 'web' } },
	{ ...MUCH, netns: { inode: 4026532000, name: 'db' } },
	{ ...MUCH, cpu: 4 },
	{ ...MUCH, pktType: 'broadcast' },
	{ ...MUCH, mark: 0x11 },
	{ ...MUCH, process: { pid: 4243, comm: 'nginx' } },
	{ ...MUCH, process: { pid: 4242, comm: 'haproxy' } },
	{ ...MUCH, socket: { family: 'inet6', state: 'LISTEN' } },
	{ ...MUCH, socket: { family: 'inet', state: 'ESTABLISHED' } },
	{ ...MUCH, cgroup: '/other' },
	{ ...MUCH, container: 'cd'.repeat(32) },
	...(['reason', 'device', 'netns', 'process', 'socket', 'cgroup', 'container', 'mark', 'stack'] as const).map((key) => {
		const { [key]: _, ...rest } = MUCH;
		return rest;
	}),
];

export function keeping(): { writer: Writer; lines: string[] } {
	const lines: string[] = [];
	const line = (text: string) => lines.push(text);
	// what has its newline has it once, at its end
	const whole = (text: string) => lines.push(...text.split(/\n$/).slice(0, 1));
	return { lines, writer: { line, whole } as unknown as Writer };
}

/** What somebody may call a device or a process. */
export const anyName = fc.string({ unit: fc.constantFrom(...'a0."\\\0\n\r\t\x1b[\x7f\x85\x9bé界\u2028', '😀', '\x1b[2J'), maxLength: 16 });
