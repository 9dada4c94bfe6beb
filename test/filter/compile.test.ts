import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KIND, type Type } from '../../src/bpf/btf.ts';
import { type CValue, store } from '../../src/bpf/layout.ts';
import { parseAddresses } from '../../src/filter/address.ts';
import { compileFilter, type Filter } from '../../src/filter/compile.ts';
import { parseProtocols } from '../../src/filter/protocol.ts';
import { parsePorts } from '../../src/filter/values.ts';
import type { Reason } from '../../src/kernel/reasons.ts';
import { builtBtf } from '../bpf/built.ts';

const btf = builtBtf();
const struct = btf.find('filter', KIND.struct) ?? assert.fail('no struct filter');
const member = (name: string): Type => btf.resolve(btf.type(struct).members?.find((one) => one.name === name)?.type ?? assert.fail(name));
const countOf = (name: string): number => member(name).count ?? assert.fail(`${name} is no array`);

const reason = (number: number): Reason => ({ number, name: `R${number}`, subsystem: number < 0x10000 ? 'core' : 'ovs' });
const target = (i: number) => ({ name: `eth${i}`, ifindex: i, netns: 4026531840 + i });
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const list = (field: unknown): readonly unknown[] => (Array.isArray(field) ? field : assert.fail('no list'));

/** The numbers of the bits that are set. */
const bits = (words: unknown): number[] =>
	list(words).flatMap((word, i) =>
		times(64, (bit) => i * 64 + bit).filter((number) => (BigInt(word as bigint) >> BigInt(number & 63)) & 1n),
	);

const FULL: Filter = {
	protocols: parseProtocols('tcp,arp'),
	source: parseAddresses('10.0.0.0/8', ''),
	destination: parseAddresses('fd00::/8', ''),
	address: parseAddresses('1.1.1.1', ''),
	sourcePorts: parsePorts('53', ''),
	destinationPorts: parsePorts('80-90', ''),
	ports: parsePorts('443', ''),
	interfaces: [target(1)],
	netns: [4026531840, 0xffff_ffff],
	mark: { value: 0x10, mask: 0xffff_ffff },
	cgroups: [{ id: 2n ** 63n, level: 3 }],
	owners: { comms: ['nginx', 'fifteen_letters'], pids: [1, 4_194_304] },
	length: { low: 64, high: 1500 },
	tcpFlags: 255,
	reasons: [reason(3), reason(0x30001)],
	excludedReasons: [reason(4)],
	benignReasons: [reason(1)],
};

describe('a filter', () => {
	it('has the fields of the C struct, and values that fit them', () => {
		for (const filter of [FULL, {}]) {
			const memory = new DataView(new ArrayBuffer(btf.type(struct).size));
			const compiled = compileFilter(filter);
			store(btf, struct, memory, 0, compiled);
			const set = new Set(Object.keys(compiled));
			for (const { name } of btf.type(struct).members ?? []) assert.ok(set.has(name), `${name} is never set`);
		}
	});

	it('that asks for nothing lets everything pass', () => {
		const compiled = compileFilter({});
		const on = Object.entries(compiled).filter(([name, value]) => /_on$|_count$|_sides$/.test(name) && value);
		assert.deepEqual(on, []);
		assert.deepEqual([compiled.len_high, compiled.tcp_flags, compiled.reason_other], [0, 0, true]);
		assert.equal(bits(compiled.reason_pass).length, countOf('reason_pass') * 64);
	});

	const headers: [name: string, filter: Filter, on: boolean][] = [
		['protocols', { protocols: parseProtocols('tcp') }, true],
		['source addresses', { source: parseAddresses('::1', '') }, true],
		['addresses', { address: parseAddresses('::1', '') }, true],
		['destination ports', { destinationPorts: parsePorts('80', '') }, true],
		['length', { length: { low: 0, high: 100 } }, true],
		['TCP flags', { tcpFlags: 2 }, true],
		['mark', { mark: { value: 0, mask: 0xffff_ffff } }, false],
		['interfaces', { interfaces: [target(1)] }, false],
		['namespaces', { netns: [1] }, false],
		['control groups', { cgroups: [{ id: 1n, level: 0 }] }, false],
		['processes', { owners: { comms: ['nginx'], pids: [1] } }, false],
		['reasons', { reasons: [reason(3)] }, false],
	];
	for (const [name, filter, on] of headers)
		it(`by ${name} ${on ? 'reads' : 'does without'} headers`, () => assert.equal(compileFilter(filter).headers_on, on));

	it('marks which sides must be found', () => {
		const address = parseAddresses('10.0.0.1', '');
		const sides = (filter: Filter) => compileFilter(filter).address_sides;
		assert.deepEqual([sides({ source: address }), sides({ destination: address }), sides({ address })], [1, 2, 4]);
		assert.equal(sides({ source: address, destination: address }), 3);
		assert.equal(compileFilter({ sourcePorts: parsePorts('1', ''), ports: parsePorts('2', '') }).port_sides, 5);
		assert.equal(sides({ sourcePorts: parsePorts('1', '') }), 0);
	});

	it('says of every entry on which side it stands', () => {
		const { addresses, address_count, ports, port_count } = compileFilter(FULL);
		assert.deepEqual(
			list(addresses).map((entry) => [(entry as { side: CValue }).side, (entry as { family: CValue }).family]),
			[
				[1, 4],
				[2, 6],
				[3, 4],
			],
		);
		assert.deepEqual(ports, [
			{ low: 53, high: 53, side: 1 },
			{ low: 80, high: 90, side: 2 },
			{ low: 443, high: 443, side: 3 },
		]);
		assert.deepEqual([address_count, port_count], [3, 3]);
	});

	it('has a bit for every IP protocol', () => {
		for (const number of [0, 1, 6, 63, 64, 132, 255])
			assert.deepEqual(bits(compileFilter({ protocols: { l3: [], l4: [number] } }).l4_protocols), [number]);
		assert.deepEqual(compileFilter({ protocols: parseProtocols('arp,ipv6') }).l3_protocols, [0x0806, 0x86dd]);
	});

	it('keeps a mark of 0, which is a mark', () => {
		const { mark_on, mark, mark_mask } = compileFilter({ mark: { value: 0, mask: 0xff } });
		assert.deepEqual([mark_on, mark, mark_mask], [true, 0, 0xff]);
	});

	it('keeps a control group beside its depth', () => {
		const { cgroups, cgroup_levels, cgroup_count } = compileFilter({
			cgroups: [
				{ id: 7n, level: 0 },
				{ id: 1n << 40n, level: 5 },
			],
		});
		assert.deepEqual([cgroups, cgroup_levels, cgroup_count], [[7n, 1n << 40n], [0, 5], 2]);
	});
});

describe('a filter by reason', () => {
	const OVS = [0x30001, 0x30002, 0x30003];
	const cases: [name: string, filter: Filter, passes: number[], stops: number[]][] = [
		['nothing asked', {}, [0, 3, 511, 0x30001, 0x90001, 0x200], []],
		['one reason', { reasons: [reason(3)] }, [3], [0, 2, 4, 511, 0x30001, 0x30003, 0x90003]],
		['the last of the bitmap', { reasons: [reason(511)] }, [511], [510, 0]],
		['a subsystem', { reasons: OVS.map(reason) }, OVS, [3, 0x30004]],
		['both kinds', { reasons: [3, 0x30001].map(reason) }, [3, 0x30001], [4, 0x30002]],
		['one excluded', { excludedReasons: [reason(3)] }, [0, 2, 4, 0x30001, 0x30003, 0x90001], [3]],
		['a subsystem excluded', { excludedReasons: [reason(0x30001)] }, [3, 0x30002], [0x30001]],
		['asked and excluded', { reasons: [3, 4].map(reason), excludedReasons: [reason(4)] }, [3], [4, 5, 0x30001]],
		[
			'asked and excluded, of a subsystem',
			{ reasons: OVS.map(reason), excludedReasons: [reason(0x30002)] },
			[0x30001, 0x30003],
			[0x30002, 3],
		],
		['everything asked for excluded', { reasons: [reason(3)], excludedReasons: [reason(3)] }, [], [3, 4, 0x30001]],
		['named twice', { reasons: [3, 3, 0x30001, 0x30001].map(reason) }, [3, 0x30001], [4]],
	];
	for (const [name, filter, passes, stops] of cases) {
		it(name, () => {
			const compiled = compileFilter(filter);
			// reason_pass() of bpf/filter.h
			const pass = (number: number) =>
				number & 0xfe00 || number >= 0x80000
					? compiled.reason_other
					: bits(compiled.reason_pass).includes((number >>> 16) * 512 + (number & 511));
			for (const number of passes) assert.ok(!compiled.reason_on || pass(number), `${number} should pass`);
			for (const number of stops) assert.ok(compiled.reason_on && !pass(number), `${number} should not pass`);
		});
	}

	it('hides benign ones unless they are asked for', () => {
		const benignReasons = [1, 6].map(reason);
		const hidden = compileFilter({ benignReasons });
		assert.deepEqual([bits(hidden.reason_benign), hidden.benign_on], [[1, 6], true]);
		const asked = compileFilter({ benignReasons, reasons: [reason(6)] });
		assert.deepEqual(bits(asked.reason_benign), [1]);
		const both = compileFilter({ benignReasons, reasons: benignReasons });
		assert.deepEqual([bits(both.reason_benign), both.benign_on], [[], false]);
	});
});

describe('the limits of the program', () => {
	const side = { family: 4 as const, address: [0, 0, 0, 0], mask: [0, 0, 0, 0] };
	const limits: [option: string, field: string, filter: (count: number) => Filter][] = [
		['--addr, --saddr, --daddr', 'addresses', (count) => ({ source: times(count - 1, () => side), address: [side] })],
		[
			'--port, --sport, --dport',
			'ports',
			(count) => ({ ports: times(count - 1, (i) => ({ low: i, high: i })), sourcePorts: [{ low: 1, high: 1 }] }),
		],
		['--iface', 'ifaces', (count) => ({ interfaces: times(count, target) })],
		['--netns', 'netns', (count) => ({ netns: times(count, (i) => i + 1) })],
		['--cgroup', 'cgroups', (count) => ({ cgroups: times(count, (i) => ({ id: BigInt(i), level: 1 })) })],
		['--proto', 'l3_protocols', (count) => ({ protocols: { l3: times(count, (i) => 0x0800 + i), l4: [] } })],
	];
	for (const [option, field, filter] of limits) {
		it(`are those of the C struct: ${option}`, () => {
			const limit = countOf(field);
			assert.equal(list(compileFilter(filter(limit))[field]).length, limit);
			assert.throws(() => compileFilter(filter(limit + 1)), {
				code: 'filter-too-long',
				exit: 2,
				message: new RegExp(`^${option} takes at most ${limit} entries, ${limit + 1} were given`),
			});
		});
	}

	it('are none for reasons that this kernel has', () => {
		assert.equal(
			bits(compileFilter({ reasons: [...times(400, reason), ...times(400, (i) => reason(0x30000 + i))] }).reason_pass).length,
			800,
		);
		assert.throws(() => compileFilter({ reasons: [reason(0x90000)] }), /has no bit/);
		assert.equal(countOf('reason_benign'), countOf('reason_pass'));
		assert.equal(countOf('cgroup_levels'), countOf('cgroups'));
	});
});
