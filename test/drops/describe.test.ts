import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { DROP_FLAGS } from '../../src/bpf/generated/events.ts';
import type { CValue } from '../../src/bpf/layout.ts';
import { Describer } from '../../src/drops/describe.ts';
import type { Drop } from '../../src/drops/drop.ts';
import { CgroupPaths } from '../../src/kernel/cgroups.ts';
import { type Moment, WallClock } from '../../src/kernel/clock.ts';
import { NetnsNames } from '../../src/kernel/netns.ts';
import { SocketOwners } from '../../src/kernel/processes.ts';
import { Reasons } from '../../src/kernel/reasons.ts';
import { addressText, Symbols } from '../../src/kernel/symbols.ts';
import type { Packet } from '../../src/packet/packet.ts';
import { btfWithoutReasons, OPENVSWITCH, reasonBtf } from '../kernel/reason-btf.ts';
import { bytes } from '../packet/sample.ts';
import { SAMPLES } from '../packet/samples.ts';
import { headers, kallsyms, record, tuple } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'describe-'));
after(() => rmSync(folder, { recursive: true }));

/** A host of files: one process with one socket, one container, one namespace with a name. */
const CONTAINER = 'c0'.repeat(32);
const GROUP = `/docker/${CONTAINER}`;
mkdirSync(join(folder, 'cgroup', GROUP), { recursive: true });
mkdirSync(join(folder, 'proc/4242/fd'), { recursive: true });
writeFileSync(join(folder, 'proc/4242/comm'), 'nginx\n');
symlinkSync('socket:[777]', join(folder, 'proc/4242/fd/3'));
mkdirSync(join(folder, 'netns'));
symlinkSync('/proc/self/ns/uts', join(folder, 'netns/web'));
const NETNS = statSync('/proc/self/ns/uts').ino;

const RCV = 0xffffffff81000000n;
const { kernel, openvswitch } = reasonBtf();
const clock = new WallClock();
const host = (btf = kernel) =>
	new Describer(new Reasons(btf, () => [openvswitch]), {
		symbols: new Symbols(kallsyms({ tcp_v4_rcv: RCV, ip_rcv: RCV + 0x1000n })),
		names: new NetnsNames([join(folder, 'netns')]),
		owners: new SocketOwners(join(folder, 'proc')),
		cgroups: new CgroupPaths(() => join(folder, 'cgroup')),
		clock,
	});
const describer = host();

function described(fields: { readonly [field: string]: CValue }, stack?: readonly bigint[]): Drop {
	const { event, stackOffset } = record(fields, stack);
	return describer.describe(event, stackOffset);
}
const nanoseconds = ({ seconds, nanoseconds: rest }: Moment) => BigInt(seconds) * 1_000_000_000n + BigInt(rest);

describe('a drop', () => {
	it('of which nothing is known has what every record has', () => {
		const { event } = record({});
		const { time, ...drop } = host(btfWithoutReasons()).describe(event, 0);
		assert.deepEqual(drop, {
			ktime: { seconds: 0, nanoseconds: 0 },
			location: { address: addressText(0, 0) },
			packet: { family: 'other', len: 0 },
			cpu: 0,
		});
		assert.equal(nanoseconds(time), nanoseconds(clock.at({ seconds: 0, nanoseconds: 0 })));
	});

	it('has the kernel’s time, exactly, and the time of day', () => {
		const drop = described({ ktime: 12_345_678_987_654_321n });
		assert.deepEqual(drop.ktime, { seconds: 12_345_678, nanoseconds: 987_654_321 });
		assert.deepEqual(drop.time, clock.at(drop.ktime));
	});

	const cases: [name: string, fields: { readonly [field: string]: CValue }, expected: Partial<Drop>][] = [
		['location', { location: RCV + 0x9an }, { location: { symbol: 'tcp_v4_rcv', offset: 0x9a } }],
		['location without a symbol', { location: 0xffffc90000001234n }, { location: { address: '0xffffc90000001234' } }],
		['CPU', { cpu: 300 }, { cpu: 300 }],
		['reason', { reason: 3 }, { reason: { number: 3, name: 'NO_SOCKET', subsystem: 'core' } }],
		[
			'reason of a module',
			{ reason: OPENVSWITCH + 2 },
			{ reason: { number: OPENVSWITCH + 2, name: 'OVS_DROP_EXPLICIT', subsystem: 'openvswitch' } },
		],
		['device', { ifindex: 2, device: 'eth0' }, { device: { ifindex: 2, name: 'eth0' } }],
		['device of 15 characters', { ifindex: 2, device: 'a23456789012345' }, { device: { ifindex: 2, name: 'a23456789012345' } }],
		['device with letters of many bytes', { ifindex: 2, device: 'unité-界' }, { device: { ifindex: 2, name: 'unité-界' } }],
		['device that is gone', { ifindex: 2, flags: DROP_FLAGS.deviceIn }, { device: { ifindex: 2 } }],
		['no device', { device: 'eth0' }, {}],
		['namespace', { netns: NETNS }, { netns: { inode: NETNS, name: 'web' } }],
		['namespace without a name', { netns: 4026532999 }, { netns: { inode: 4026532999 } }],
		['mark', { mark: 0xffff_fff0 }, { mark: 0xffff_fff0 }],
	];
	for (const [name, fields, expected] of cases) {
		it(`has its ${name}, and no more`, () => {
			const { time: _, ktime: __, packet: ___, ...drop } = described(fields);
			const base = { location: { address: addressText(0, 0) }, cpu: 0, reason: { number: 0, name: 'NOT_DROPPED_YET', subsystem: 'core' } };
			assert.deepEqual(drop, { ...base, ...expected });
		});
	}

	it('has its stack', () => {
		assert.deepEqual(described({ location: RCV + 1n }, [RCV + 1n, RCV + 0x1002n]).stack, ['tcp_v4_rcv+0x1', 'ip_rcv+0x2']);
		assert.equal('stack' in described({ location: RCV }), false);
	});

	it('is located before it is described', () => {
		assert.deepEqual(describer.locate(record({ location: RCV + 2n }).event), { symbol: 'tcp_v4_rcv', offset: 2 });
		assert.equal(describer.locate(record({ location: 2n }).event), undefined);
	});
});

describe('the packet of a drop', () => {
	const packet = (fields: { readonly [field: string]: CValue }): Packet => describer.packet(record(fields).event);

	for (const { name, hex, link, packet: expected } of SAMPLES.filter(({ hex }) => bytes(hex).length <= 128)) {
		it(`is read from its headers: ${name}`, () => {
			const { l3Offset = 0, protocol = 0, len = 0, vlanTci } = link;
			const flags = DROP_FLAGS.headers | (vlanTci === undefined ? 0 : DROP_FLAGS.vlan);
			const found = packet(headers(hex, protocol, { l3_offset: l3Offset, len, vlan_tci: vlanTci ?? 0x0fff, flags }));
			assert.deepEqual(found, expected);
		});
	}

	it('ends where the capture ends', () => {
		const { captured, ...rest } = headers('4500003c 1c464000 4006b1e6 0a090102 0a090101 bf34115d', 0x0800, { len: 60 });
		assert.deepEqual(packet({ ...rest, captured: captured - 4 }).sport, undefined);
		assert.equal(packet({ ...rest, captured }).sport, 48948);
	});

	it('is what its socket would send when it has no headers yet', () => {
		const ipv4 = tuple({ saddr: [0x0201090a], daddr: [0x0101090a], sport: 48948, dport: 4445, family: 4, protocol: 6 });
		const expected = { family: 'ipv4', proto: 'tcp', saddr: '10.9.1.2', daddr: '10.9.1.1', sport: 48948, dport: 4445, len: 32 };
		assert.deepEqual(packet({ ...ipv4, len: 32 }), expected);
		const ipv6 = tuple({ saddr: [0xfd, 0, 0, 0x01000000], daddr: [0xfd, 0, 0, 0x02000000], sport: 0, dport: 53, family: 6, protocol: 17 });
		const other = { family: 'ipv6', proto: 'udp', saddr: 'fd00::1', daddr: 'fd00::2', sport: 0, dport: 53, len: 8 };
		assert.deepEqual(packet({ ...ipv6, len: 8 }), other);
	});

	it('is unknown without either', () =>
		assert.deepEqual(packet({ len: 99, protocol: 0x0800, data: [0x45] }), { family: 'other', len: 99 }));

	it('is not mixed up with another in another ring', () => {
		const hex = (last: string) => `45000020 00024000 40110000 0a090102 0a0901${last} 00351092 000c0000 01020304`;
		const [first, second] = ['01', '02'].map((last) => record(headers(hex(last), 0x0800)).event);
		for (let i = 0; i < 3; i++) {
			assert.equal(describer.packet(first ?? assert.fail()).daddr, '10.9.1.1');
			assert.equal(describer.packet(second ?? assert.fail()).daddr, '10.9.1.2');
		}
	});
});

describe('the socket of a drop', () => {
	const [UNIX, INET, INET6, TCP, UDP] = [1, 2, 10, 6, 17];
	const states: [name: string, fields: { readonly [field: string]: CValue }, expected: Drop['socket']][] = [
		['none', { sk_state: 10, sk_protocol: TCP }, undefined],
		['TCP', { sk_family: INET, sk_protocol: TCP, sk_state: 10 }, { family: 'inet', state: 'LISTEN' }],
		['TCP, IPv6', { sk_family: INET6, sk_protocol: TCP, sk_state: 1 }, { family: 'inet6', state: 'ESTABLISHED' }],
		['one that waits, which has no protocol', { sk_family: INET, sk_state: 6 }, { family: 'inet', state: 'TIME_WAIT' }],
		['one that begins, which has none either', { sk_family: INET, sk_state: 12 }, { family: 'inet', state: 'NEW_SYN_RECV' }],
		['UDP, whose state says nothing', { sk_family: INET, sk_protocol: UDP, sk_state: 7 }, { family: 'inet' }],
		['unix, whose states are others', { sk_family: UNIX, sk_protocol: TCP, sk_state: 1 }, { family: 'unix' }],
		['one of a family without a name', { sk_family: 38 }, { family: 'family-38' }],
	];
	for (const [name, fields, expected] of states) it(name, () => assert.deepEqual(described(fields).socket, expected));

	it('has the process that has it open, and never the one that was running', () => {
		const owner = { pid: 4242, comm: 'nginx' };
		const open = described({ sk_family: INET, socket_inode: 777n, task: 1 });
		assert.deepEqual([open.process, open.socket], [owner, { family: 'inet', owner }]);
		for (const fields of [{ socket_inode: 778n, task: 4242 }, { task: 4242 }]) {
			const drop = described({ sk_family: INET, ...fields });
			assert.equal('process' in drop || 'owner' in (drop.socket ?? {}), false);
		}
	});

	it('has its control group, and the container that is', () => {
		const id = statSync(join(folder, 'cgroup', GROUP), { bigint: true }).ino;
		const drop = described({ sk_family: INET, cgroup: id });
		assert.deepEqual([drop.cgroup, drop.container], [GROUP, CONTAINER]);
		const root = described({ sk_family: INET, cgroup: statSync(join(folder, 'cgroup'), { bigint: true }).ino });
		assert.deepEqual([root.cgroup, 'container' in root], ['/', false]);
		const asked: number[] = [];
		const cgroups = Object.assign(new CgroupPaths(() => undefined), { of: (one: number) => void asked.push(one) });
		const { event } = record({ sk_family: INET, cgroup: (1n << 40n) + 7n });
		new Describer(new Reasons(kernel, () => []), { cgroups }).describe(event, 0);
		assert.deepEqual(asked, [1099511627783]);
		for (const fields of [{ sk_family: INET, cgroup: 1n }, { sk_family: INET }, { cgroup: id }])
			assert.equal('cgroup' in described(fields), false);
	});
});

it('names and clocks can be learnt anew', () => {
	const before = described({ ktime: 5n }).time;
	describer.refresh();
	const after_ = described({ ktime: 5n }).time;
	assert.ok(Math.abs(Number(nanoseconds(after_) - nanoseconds(before))) < 1e9);
});
