import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Drop } from '../../src/drops/drop.ts';
import { split } from '../../src/kernel/clock.ts';
import { setLanguage } from '../../src/lang.ts';
import { JsonSink, nanoseconds } from '../../src/output/json.ts';
import { anyName, keeping, LITTLE, MUCH, OTHERS } from './sample.ts';

function line(call: (sink: JsonSink) => void): string {
	const { writer, lines } = keeping();
	call(new JsonSink(writer));
	assert.equal(lines.length, 1);
	return lines[0] ?? '';
}
const drop = (one: Drop) => line((sink) => sink.drop(one));

describe('JSON of a drop', () => {
	it('has what is known, and no more', () => {
		assert.deepEqual(JSON.parse(drop(LITTLE)), {
			type: 'drop',
			time: '1800000000001002003',
			ktime: '7',
			location: { address: '0xffffffff81234567' },
			packet: { family: 'other', len: 60 },
			cpu: 0,
		});
	});

	it('has everything that is known', () => {
		const { reason: _, time: __, ktime: ___, ...rest } = MUCH;
		const found = JSON.parse(drop(MUCH));
		assert.match(found.meaning, /port/);
		delete found.meaning;
		assert.deepEqual(found, {
			type: 'drop',
			time: '1800000000000000005',
			ktime: '12345678000000009',
			reason: 'NO_SOCKET',
			subsystem: 'core',
			...rest,
		});
	});

	it('has what is its own, whatever was told of that place before', () => {
		for (const one of OTHERS) {
			const { writer, lines } = keeping();
			const sink = new JsonSink(writer);
			for (const each of [MUCH, one, MUCH]) sink.drop(each);
			assert.deepEqual(lines, [MUCH, one, MUCH].map(drop));
		}
	});

	it('begins with its type', () => {
		for (const one of [LITTLE, MUCH]) assert.match(drop(one), /^\{"type":"drop","time":"\d+","ktime":"\d+"/);
	});

	it('has zeros', () => {
		const zero = JSON.parse(drop({ ...LITTLE, cpu: 0, mark: 0, packet: { family: 'ipv4', len: 0, ttl: 0, sport: 0, dport: 0 } }));
		assert.deepEqual([zero.cpu, zero.mark, zero.packet.len, zero.packet.ttl, zero.packet.sport], [0, 0, 0, 0, 0]);
	});

	it('has a reason without a meaning when the table has none', () => {
		const found = JSON.parse(drop({ ...LITTLE, reason: { number: 4711, name: 'REASON_4711', subsystem: 'core' } }));
		assert.deepEqual([found.reason, found.subsystem, 'meaning' in found], ['REASON_4711', 'core', false]);
	});

	it('is English in every language', () => {
		const before = drop(MUCH);
		setLanguage('zh');
		try {
			assert.equal(drop(MUCH), before);
		} finally {
			setLanguage('en');
		}
	});

	it('is one line, whatever names have in them', () => {
		fc.assert(
			fc.property(anyName, (name) => {
				const text = drop({
					...MUCH,
					process: { pid: 1, comm: name },
					device: { name, ifindex: 1 },
					netns: { inode: 1, name },
					cgroup: name,
				});
				assert.doesNotMatch(text, /[\0-\x1f]/);
				const found = JSON.parse(text);
				assert.deepEqual([found.process.comm, found.device.name, found.netns.name, found.cgroup], [name, name, name, name]);
			}),
		);
	});
});

describe('nanoseconds', () => {
	const cases: [seconds: number, ns: number, text: string][] = [
		[0, 0, '0'],
		[0, 999_999_999, '999999999'],
		[1, 0, '1000000000'],
		[1, 1, '1000000001'],
		[9_007_199, 254_740_993, '9007199254740993'],
		[18_446_744_073, 709_551_615, '18446744073709551615'],
	];
	for (const [seconds, ns, text] of cases) it(text, () => assert.equal(nanoseconds({ seconds, nanoseconds: ns }), text));

	it('are those of the kernel, digit for digit', () => {
		fc.assert(
			fc.property(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff), (high, low) => {
				assert.equal(nanoseconds(split(high, low)), String((BigInt(high) << 32n) | BigInt(low)));
			}),
		);
	});
});

describe('JSON of a run', () => {
	it('begins with what runs and how', () => {
		const start = {
			tool: 'droptrace',
			version: '2.0.0',
			kernel: '6.18.44',
			libbpf: '1.1',
			backend: 'tp_btf',
			probes: { asked: 1, attached: 1 },
			filter: '',
		};
		const text = line((sink) => sink.start(start));
		assert.match(text, /^\{"type":"start","schema":1,/);
		assert.deepEqual(JSON.parse(text), { type: 'start', schema: 1, ...start });
	});

	it('tells losses', () => {
		const text = line((sink) => sink.lost({ where: 'ring of CPU 3', count: 17 }));
		assert.equal(text, '{"type":"lost","where":"ring of CPU 3","count":17}');
	});

	it('ends with counts, and gives the line instead of writing it', () => {
		const { writer, lines } = keeping();
		const ending = new JsonSink(writer).ending({ seconds: 1.23456, events: 10, lost: 0, packets: 7, drops: 7, benign: 2, heldBack: 1 });
		assert.deepEqual(lines, []);
		assert.deepEqual(ending, ['{"type":"end","seconds":1.235,"events":10,"lost":0,"packets":7,"drops":7,"benign":2,"held_back":1}']);
	});
});
