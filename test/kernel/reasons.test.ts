import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { afterEach, describe, it, mock } from 'node:test';
import type { Btf } from '../../src/bpf/btf.ts';
import { kernelBtf, moduleBtfs, VMLINUX_BTF } from '../../src/kernel/btf.ts';
import { reasonText } from '../../src/kernel/reason-text.ts';
import { Reasons } from '../../src/kernel/reasons.ts';
import { btfWithoutReasons, OPENVSWITCH, QDISC, reasonBtf } from './reason-btf.ts';

const { kernel, openvswitch, mac80211 } = reasonBtf();
const all = () => new Reasons(kernel, () => [openvswitch, mac80211]);

describe('a drop reason', () => {
	const cases: [number: number, name: string, subsystem: string][] = [
		[0, 'NOT_DROPPED_YET', 'core'],
		[1, 'CONSUMED', 'core'],
		[2, 'NOT_SPECIFIED', 'core'],
		[3, 'NO_SOCKET', 'core'],
		[7, 'REASON_7', 'core'],
		[4711, 'REASON_4711', 'core'],
		[0xffff, 'REASON_65535', 'core'],
		[OPENVSWITCH + 1, 'OVS_DROP_LAST_ACTION', 'openvswitch'],
		[OPENVSWITCH + 2, 'OVS_DROP_EXPLICIT', 'openvswitch'],
		[OPENVSWITCH + 3, 'OPENVSWITCH:3', 'openvswitch'],
		[OPENVSWITCH, 'OPENVSWITCH:0', 'openvswitch'],
		[OPENVSWITCH + 9, 'OPENVSWITCH:9', 'openvswitch'],
		[0x10000, 'RX_DROP_UNUSABLE', 'mac80211_unusable'],
		[0x10001, 'RX_DROP_U_MIC_FAIL', 'mac80211_unusable'],
		[0x20000, 'RX_DROP_MONITOR', 'mac80211_monitor'],
		[QDISC + 7, 'QDISC:7', 'qdisc'],
		[0x5000a, 'SUBSYSTEM-5:10', 'subsystem-5'],
		[0xffff0001, 'SUBSYSTEM-65535:1', 'subsystem-65535'],
	];
	for (const [number, name, subsystem] of cases)
		it(`${number} is ${name} of ${subsystem}`, () => assert.deepEqual(all().of(number), { number, name, subsystem }));

	it('is listed when it has a name, and once', () => {
		const names = all()
			.all()
			.map(({ name }) => name);
		assert.deepEqual(names.slice(0, 7), [
			'NOT_DROPPED_YET',
			'CONSUMED',
			'NOT_SPECIFIED',
			'NO_SOCKET',
			'TCP_CSUM',
			'TCP_FLAGS',
			'QUEUE_PURGE',
		]);
		assert.deepEqual(
			names.slice(7).sort(),
			[
				'OVS_DROP_EXPLICIT',
				'OVS_DROP_LAST_ACTION',
				'RX_DROP_MONITOR',
				'RX_DROP_M_BAD_BCN_KEYIDX',
				'RX_DROP_UNUSABLE',
				'RX_DROP_U_MIC_FAIL',
			].sort(),
		);
	});

	it('without a name is not listed, not even after it happened', () => {
		const reasons = all();
		const before = reasons.all();
		reasons.of(QDISC + 7);
		assert.deepEqual(reasons.all(), before);
	});

	it('is there from 5.17 on', () => {
		assert.equal(all().available, true);
		const old = new Reasons(btfWithoutReasons(), () => assert.fail('modules of a kernel without reasons have none'));
		assert.equal(old.available, false);
		assert.deepEqual(old.all(), []);
		assert.equal(old.of(0x30001).name, 'SUBSYSTEM-3:1');
	});
});

describe('a module loaded while we run', () => {
	afterEach(() => mock.restoreAll());

	it('gives its reasons names, at the latest a second later', () => {
		let now = 1000;
		mock.method(process, 'uptime', () => now / 1000);
		const modules: Btf[] = [];
		const reasons = new Reasons(kernel, () => modules);
		assert.equal(reasons.of(OPENVSWITCH + 1).name, 'OPENVSWITCH:1');
		modules.push(openvswitch);
		now += 1000;
		assert.equal(reasons.of(OPENVSWITCH + 1).name, 'OVS_DROP_LAST_ACTION');
	});

	it('is not looked for at every reason without a name', () => {
		let now = 1000;
		mock.method(process, 'uptime', () => now / 1000);
		let looks = 0;
		const reasons = new Reasons(kernel, () => {
			looks++;
			return [];
		});
		for (let i = 0; i < 1000; i++) reasons.of(QDISC + 1 + (i % 3));
		assert.equal(looks, 1);
		now += 1000;
		for (let i = 0; i < 1000; i++) reasons.of(QDISC + 1 + (i % 3));
		assert.equal(looks, 2);
	});

	it('is looked for the less often the longer a look takes', () => {
		let now = 1000;
		mock.method(process, 'uptime', () => now / 1000);
		let looks = 0;
		const reasons = new Reasons(kernel, () => {
			looks++;
			now += 500;
			return [];
		});
		for (let i = 0; i < 100; i++, now += 1000) reasons.of(QDISC + 1);
		assert.ok(looks >= 5 && looks <= 11, `${looks} looks of 500 ms in 100 s`);
	});
});

describe('every drop reason of this kernel', { skip: existsSync(VMLINUX_BTF) ? false : `no ${VMLINUX_BTF}` }, () => {
	const found = new Reasons(kernelBtf(), moduleBtfs);

	it('has a sentence in every language', () => {
		for (const { name } of found.all())
			for (const language of ['en', 'zh'] as const) assert.ok(reasonText(name, language), `${name} in ${language}`);
	});

	it('has a number and a name of its own', () => {
		const reasons = found.all();
		for (const key of ['number', 'name'] as const) assert.equal(new Set(reasons.map((reason) => reason[key])).size, reasons.length, key);
		for (const reason of reasons) assert.deepEqual(found.of(reason.number), reason);
	});

	it('is one that can happen', () => {
		for (const { name } of found.all()) assert.doesNotMatch(name, /^_|^SKB_DROP|SUBSYS|_(MAX|NUM|MASK)$/);
	});

	it('is there under the names that never changed', { skip: found.available ? false : 'no reasons before 5.17' }, () => {
		const names = new Set(found.all().map(({ name }) => name));
		for (const name of ['NOT_SPECIFIED', 'NO_SOCKET', 'TCP_CSUM', 'SOCKET_FILTER', 'UDP_CSUM']) assert.ok(names.has(name), name);
	});
});
