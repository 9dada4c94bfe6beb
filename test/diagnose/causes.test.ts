/** The table of causes: complete, in both languages, and true to the kernel's words. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Text } from '../../src/diagnose/cause.ts';
import { CAUSES } from '../../src/diagnose/causes.ts';
import { SILENT } from '../../src/diagnose/silent.ts';
import { REASON_ADVICE } from '../../src/kernel/reason-advice.ts';
import { REASON_TEXT } from '../../src/kernel/reason-text.ts';

/** What scripts rely on. */
const PROMISED = `netfilter.rule netfilter.policy conntrack.table_full conntrack.invalid
route.none route.blackhole route.unreachable route.prohibit route.rp_filter route.martian_source route.martian_destination
route.forwarding_disabled ip.ttl_exceeded ip.mtu_exceeded ip.bad_checksum ip.bad_header ip.unknown_protocol ip.fragment_timeout
ip6.disabled neigh.failed neigh.queue_full device.otherhost device.down device.backlog_full tc.ingress tc.egress qdisc.drop xdp.drop
bridge.vlan_filter bridge.stp_blocking socket.none socket.rcvbuf_full socket.filter tcp.listen_overflow tcp.bad_checksum
tcp.out_of_window tcp.paws tcp.reset_by_app tcp.retransmit_timeout udp.bad_checksum tunnel.vxlan_vni_unknown tunnel.bad_header xfrm.policy xfrm.state cgroup.bpf
security.hook ipvs.no_destination ovs.drop`.split(/\s+/);

const CJK = /\p{Script=Han}/u;
const all = [...CAUSES, ...SILENT.map(({ cause }) => cause)];

describe('causes', () => {
	test('all that are promised are there', () => {
		const names = new Set(all.map(({ name }) => name));
		assert.deepEqual(
			PROMISED.filter((name) => !names.has(name)),
			[],
		);
	});

	test('each has one entry among those that drop', () => {
		const names = CAUSES.map(({ name }) => name);
		assert.equal(new Set(names).size, names.length);
	});

	test('each has a sentence and advice in both languages, with the same places to fill', () => {
		for (const { name, summary, advice } of all) {
			for (const text of [summary, ...advice]) same(text, name);
			for (const [en] of advice) assert.ok(en.length > 10, name);
		}
	});

	test('advice for reasons is in both languages too, and of reasons that exist', () => {
		for (const [name, text] of Object.entries(REASON_ADVICE)) {
			same(text, name);
			assert.ok(REASON_TEXT[name], name);
		}
	});

	test('reasons are known to the kernels they come from', () => {
		// of kernels that have them under other names
		const others = ['TTL_EXCEEDED', 'BRIDGE_VLAN_FILTER', 'VLAN_FILTER', 'BPF_CGROUP_INGRESS'];
		for (const { name, reasons } of CAUSES) {
			if (reasons instanceof RegExp || reasons === undefined) continue;
			for (const reason of reasons) assert.ok(REASON_TEXT[reason] || others.includes(reason), `${name}: ${reason}`);
		}
	});

	test('what a kernel says without functions is a cause too: each has a reason, functions, or both', () => {
		for (const { name, reasons, symbols } of CAUSES) assert.ok(reasons ?? symbols, name);
	});
});

function same([en, zh]: Text, name: string): void {
	const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
	assert.deepEqual(places(en), places(zh), name);
	assert.doesNotMatch(en, CJK, name);
	assert.ok(CJK.test(zh), `${name}: ${zh}`);
}
