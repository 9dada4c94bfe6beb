import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import type { Drop } from '../../src/drops/drop.ts';
import { setLanguage } from '../../src/lang.ts';
import { dateTimeText, detailText, deviceText, LineSink, meaning, netnsText, timeText, whereText } from '../../src/output/text.ts';
import { anyName, keeping, LITTLE, MUCH, OTHERS, OWN } from './sample.ts';

const PLAIN = new Chalk({ level: 0 });

afterEach(() => setLanguage('en'));

function lines(drop: Drop): string[] {
	const kept = keeping();
	new LineSink(kept.writer, OWN, PLAIN).drop(drop);
	return kept.lines;
}

describe('a drop as a line', () => {
	it('has everything', () => {
		const [first, ...stack] = lines(MUCH);
		assert.match(first ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.000000 NO_SOCKET TCP 10\.9\.1\.2:48948 > 10\.9\.1\.1:4445 \[SYN\] /);
		assert.match(
			first ?? '',
			/ at nft_do_chain\+0x93c \[nf_tables\] dev eth0 netns web cpu 3 state LISTEN process nginx\/4242 mark 0x10 container abababababab: .*port/,
		);
		assert.deepEqual(stack, ['    nft_do_chain+0x93c [nf_tables]', '    nf_hook_slow+0x40']);
	});

	it('has what is its own, whatever was told of that place before', () => {
		for (const one of OTHERS) {
			const { writer, lines: kept } = keeping();
			const sink = new LineSink(writer, OWN, PLAIN);
			for (const each of [MUCH, one, MUCH]) sink.drop(each);
			assert.deepEqual(kept, [MUCH, one, MUCH].flatMap(lines));
		}
	});

	it('has dashes for what is unknown', () => {
		assert.deepEqual(
			lines(LITTLE).map((line) => line.replace(/^\S+ \S+ /, '')),
			['- unknown protocol len 60 at 0xffffffff81234567 dev - netns - cpu 0: this kernel gives no reason; the function says where it died'],
		);
	});

	it('ends without a colon when the reason has no sentence', () => {
		const reason = { number: 0x30009, name: 'OPENVSWITCH:9', subsystem: 'openvswitch' };
		assert.match(lines({ ...LITTLE, reason })[0] ?? '', / OPENVSWITCH:9 .* cpu 0$/);
	});

	it('has its sentence in Chinese too', () => {
		setLanguage('zh');
		assert.match(lines(MUCH)[0] ?? '', / cpu 3 .*: .*\p{Script=Han}/u);
		assert.match(lines(LITTLE)[0] ?? '', /: 此内核不提供原因/);
	});

	it('is a line without control characters, whatever anybody calls his process or his device', () => {
		fc.assert(
			fc.property(anyName, (name) => {
				const drop: Drop = { ...MUCH, process: { pid: 1, comm: name }, device: { name, ifindex: 1 }, netns: { inode: 1, name } };
				for (const line of lines(drop)) assert.doesNotMatch(line, /[\0-\x1f\x7f-\x9f]/);
			}),
		);
		const evil = lines({ ...MUCH, process: { pid: 1, comm: '\x1b[2J\n工' }, device: { name: 'e\x07\x9b0', ifindex: 1 } });
		assert.match(evil[0] ?? '', / dev e\?\?0 .* process \?\[2J\?工\/1 /);
	});

	it('needs no start and no end', () => {
		const kept = keeping();
		const sink = new LineSink(kept.writer, OWN, PLAIN);
		sink.start();
		sink.lost();
		assert.deepEqual([kept.lines, sink.ending()], [[], []]);
	});
});

describe('a time', () => {
	const pad = (value: number) => String(value).padStart(2, '0');

	it('is that of the wall clock, with microseconds', () => {
		fc.assert(
			fc.property(fc.nat(4_000_000_000), fc.nat(999_999_999), (seconds, nanoseconds) => {
				const date = new Date(seconds * 1000);
				const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${String(Math.trunc(nanoseconds / 1000)).padStart(6, '0')}`;
				assert.equal(timeText({ seconds, nanoseconds }), time);
				assert.equal(
					dateTimeText({ seconds, nanoseconds }),
					`${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`,
				);
			}),
		);
	});

	it('is cut to microseconds, not rounded into the next second', () => {
		assert.match(timeText({ seconds: 59, nanoseconds: 999_999_999 }), /:59\.999999$/);
		assert.match(timeText({ seconds: 59, nanoseconds: 999 }), /:59\.000000$/);
		assert.match(timeText({ seconds: 60, nanoseconds: 0 }), /:00\.000000$/);
	});
});

describe('parts of a drop', () => {
	const netns: [name: string, netns: Drop['netns'], text: string][] = [
		['unknown', undefined, '-'],
		['named', { inode: 7, name: 'web' }, 'web'],
		['ours', { inode: OWN }, 'current'],
		['ours, with a name', { inode: OWN, name: 'host' }, 'host'],
		['without a name', { inode: 4026532000 }, '4026532000'],
	];
	for (const [name, value, text] of netns)
		it(`namespace, ${name}`, () => assert.equal(netnsText({ ...LITTLE, ...(value && { netns: value }) }, OWN), text));

	const devices: [name: string, device: Drop['device'], text: string][] = [
		['unknown', undefined, '-'],
		['named', { name: 'eth0.100', ifindex: 7 }, 'eth0.100'],
		['only its number', { ifindex: 7 }, '#7'],
	];
	for (const [name, value, text] of devices)
		it(`device, ${name}`, () => assert.equal(deviceText({ ...LITTLE, ...(value && { device: value }) }), text));

	it('location', () => {
		assert.equal(whereText(LITTLE), '0xffffffff81234567');
		assert.equal(whereText({ ...LITTLE, location: { symbol: 'tcp_v4_rcv', offset: 0x9a } }), 'tcp_v4_rcv+0x9a');
	});

	it('details, of which a mark may be 0', () => {
		assert.equal(detailText(LITTLE), '');
		assert.equal(detailText({ ...LITTLE, mark: 0 }), ' mark 0x0');
		assert.equal(detailText({ ...LITTLE, socket: { family: 'inet' } }), '');
		assert.equal(detailText({ ...LITTLE, socket: { family: 'inet', state: 'CLOSE' } }), ' state CLOSE');
		assert.equal(detailText({ ...LITTLE, mark: 0xffff_ffff }), ' mark 0xffffffff');
	});

	it('meaning, in the language of the moment', () => {
		assert.match(meaning(MUCH), /port/);
		setLanguage('zh');
		assert.match(meaning(MUCH), /套接字|端口/);
		assert.equal(meaning({ ...LITTLE, reason: { number: 1, name: 'NEVER_HEARD_OF', subsystem: 'core' } }), '');
	});
});
