import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { POINT_FLAGS } from '../../src/bpf/generated/events.ts';
import { CATALOGUE, LAYERS, POINTS } from '../../src/catalogue/catalogue.ts';
import { isHere, resolvePoints } from '../../src/catalogue/resolve.ts';
import { checkNames, pointsNamed, type Selection, selectPoints } from '../../src/catalogue/select.ts';
import { KnownError } from '../../src/errors.ts';
import { VMLINUX_BTF } from '../../src/kernel/btf.ts';

const NOTHING: Selection = { trace: undefined, exclude: [], matcher: [], free: [], stack: [], functions: [], returns: false };
const unable = existsSync(VMLINUX_BTF) ? false : 'the kernel has no BTF';

describe('the catalogue', () => {
	it('has at least as many points as nettrace 1.2', () => assert.ok(POINTS.length >= 159));

	it('names nothing twice', () => {
		const names = POINTS.map(({ name }) => name);
		assert.deepEqual(
			names.filter((name, i) => names.indexOf(name) !== i),
			[],
		);
		const words = [...Object.keys(LAYERS), ...CATALOGUE.flatMap(({ name, also = [] }) => [name, ...also])];
		assert.deepEqual(
			words.filter((word, i) => words.indexOf(word) !== i),
			[],
		);
	});

	it('says what each is, in both languages', () => {
		for (const { name, en, zh } of [...CATALOGUE, ...POINTS]) {
			assert.match(en, /^[\x20-\x7e…]+$/, name);
			assert.match(zh, /[一-鿿]|^[A-Za-z0-9 、与/]+$/, name);
		}
	});

	it('names what is near as it is called there', () => {
		const names = new Set(POINTS.map(({ name }) => name));
		for (const { name, nearby } of POINTS) assert.ok(nearby === undefined || names.has(nearby), `${name}: ${nearby}`);
	});
});

describe('names', () => {
	const cases: [word: string, points: string[]][] = [
		['ip_rcv', ['ip_rcv']],
		['kfree_skb', ['skb:kfree_skb']],
		['skb:kfree_skb', ['skb:kfree_skb']],
		['veth', ['veth_xmit', 'veth_convert_skb_to_xdp_buff']],
		['skb_entail', ['tcp_skb_entail']],
	];
	for (const [word, points] of cases)
		it(word, () =>
			assert.deepEqual(
				pointsNamed(word, '--trace').map(({ name }) => name),
				points,
			),
		);
	it('of several groups', () => assert.ok(pointsNamed('tcp', '--trace').length > pointsNamed('tcp-in', '--trace').length));
	it('unknown ones are errors with the nearest', () => {
		assert.throws(
			() => checkNames({ ...NOTHING, trace: ['ip_rvc'] }),
			(error: KnownError) => error instanceof KnownError && error.code === 'bad-point' && /ip_rcv/.test(error.message),
		);
	});
});

describe('on this kernel', { skip: unable }, () => {
	it('nearly all of what is always there is found', () => {
		const core = [
			'ip_rcv',
			'ip_output',
			'tcp_v4_rcv',
			'udp_rcv',
			'icmp_rcv',
			'skb:kfree_skb',
			'net:netif_receive_skb',
			'skb_release_head_state',
		];
		const found = resolvePoints(POINTS.filter(({ name }) => core.includes(name)));
		assert.deepEqual(
			found.filter((one) => !isHere(one)),
			[],
		);
	});

	it('the packet is where this kernel has it', () => {
		const place = (name: string) => {
			const [one] = resolvePoints(POINTS.filter((point) => point.name === name));
			assert.ok(one && isHere(one), name);
			return one;
		};
		assert.equal(place('ip_rcv').skb, 0);
		assert.equal(place('ip_output').skb, 2);
		assert.equal(place('tcp_v4_do_rcv').skb, 1);
		const copy = place('__copy_skb_header');
		assert.deepEqual([copy.value, copy.skb], [0, 1]);
		assert.equal(place('nf_hook_slow').value, 1);
	});

	it('without functions there are only tracepoints, and memory to tell of ends', () => {
		const { points } = selectPoints(NOTHING, false);
		assert.ok(points.every(({ kind }) => kind === 'tracepoint'));
		const memory = points.filter(({ point }) => point.of === 'memory');
		assert.ok(memory.length > 0 && memory.every(({ hidden }) => hidden));
		assert.ok(points.some(({ name }) => name === 'skb:kfree_skb'));
	});

	it('ends are watched whatever is asked for, and shown unless excluded', () => {
		const { points } = selectPoints({ ...NOTHING, trace: ['ip_rcv'], exclude: ['kfree_skb'] }, true);
		const drop = points.find(({ name }) => name === 'skb:kfree_skb');
		assert.ok(drop?.hidden);
		assert.ok(drop.flags & POINT_FLAGS.ends);
		assert.ok(points.some(({ name }) => name === 'ip_rcv'));
	});

	it('only matchers begin to follow', () => {
		const { points } = selectPoints({ ...NOTHING, trace: ['ip-in'], matcher: ['ip_rcv'] }, true);
		assert.deepEqual(
			points.filter(({ flags }) => flags & POINT_FLAGS.starts).map(({ name }) => name),
			['ip_rcv'],
		);
	});

	it('a group of which nothing is here is an error', () => {
		const nothing = (points: Parameters<typeof resolvePoints>[0]) => points.map((point) => ({ point, why: 'it is not' }));
		assert.throws(
			() => selectPoints({ ...NOTHING, trace: ['veth'] }, true, nothing),
			(error: KnownError) => error instanceof KnownError && error.code === 'no-points',
		);
	});

	it('functions by pattern are those that take a packet', () => {
		const { points } = selectPoints({ ...NOTHING, functions: ['ip_rcv*', 'tcp_v4_do_rcv'] }, true);
		const names = points.map(({ name }) => name);
		for (const name of ['ip_rcv', 'tcp_v4_do_rcv']) assert.ok(names.includes(name), name);
		assert.throws(() => selectPoints({ ...NOTHING, functions: ['no_such_function_*'] }, true), /no-points|no function/);
	});
});
