/** The part of a kernel's BTF that drop reasons are read from, shaped as in include/net/dropreason.h and its subsystems. */
import { Btf } from '../../src/bpf/btf.ts';
import { BtfBuilder } from '../bpf/btf-builder.ts';

const MAC80211_UNUSABLE = 1 << 16;
const MAC80211_MONITOR = 2 << 16;
export const OPENVSWITCH = 3 << 16;
/** a subsystem whose module has no BTF */
export const QDISC = 4 << 16;

const CORE = {
	SKB_NOT_DROPPED_YET: 0,
	SKB_CONSUMED: 1,
	SKB_DROP_REASON_NOT_SPECIFIED: 2,
	SKB_DROP_REASON_NO_SOCKET: 3,
	SKB_DROP_REASON_TCP_CSUM: 4,
	SKB_DROP_REASON_TCP_FLAGS: 5,
	SKB_DROP_REASON_QUEUE_PURGE: 6,
	SKB_DROP_REASON_MAX: 7,
	SKB_DROP_REASON_SUBSYS_MASK: 0xffff0000,
};

const MAC80211 = {
	RX_CONTINUE: 1,
	RX_QUEUED: 0,
	RX_DROP_MONITOR: MAC80211_MONITOR,
	RX_DROP_M_BAD_BCN_KEYIDX: MAC80211_MONITOR + 1,
	RX_DROP_UNUSABLE: MAC80211_UNUSABLE,
	RX_DROP_U_MIC_FAIL: MAC80211_UNUSABLE + 1,
};

const underscored = (values: Record<string, number>) =>
	Object.fromEntries(Object.entries(values).map(([name, value]) => [`___${name}`, value]));

export interface ReasonBtf {
	kernel: Btf;
	openvswitch: Btf;
	mac80211: Btf;
}

export function reasonBtf(): ReasonBtf {
	const kernel = new BtfBuilder();
	kernel.enum('skb_drop_reason', CORE);
	kernel.enum('skb_drop_reason_subsys', {
		SKB_DROP_REASON_SUBSYS_CORE: 0,
		SKB_DROP_REASON_SUBSYS_MAC80211_UNUSABLE: MAC80211_UNUSABLE >> 16,
		SKB_DROP_REASON_SUBSYS_MAC80211_MONITOR: MAC80211_MONITOR >> 16,
		SKB_DROP_REASON_SUBSYS_OPENVSWITCH: OPENVSWITCH >> 16,
		SKB_DROP_REASON_SUBSYS_QDISC: QDISC >> 16,
		SKB_DROP_REASON_SUBSYS_NUM: 5,
	});
	// an enum whose values look like reasons, and whose name does not
	kernel.enum('flags', { NO_REASON: OPENVSWITCH + 9 });
	const openvswitch = new BtfBuilder(kernel);
	openvswitch.enum('ovs_drop_reason', {
		__OVS_DROP_REASON: OPENVSWITCH,
		OVS_DROP_LAST_ACTION: OPENVSWITCH + 1,
		OVS_DROP_EXPLICIT: OPENVSWITCH + 2,
		OVS_DROP_MAX: OPENVSWITCH + 3,
	});
	const mac80211 = new BtfBuilder(kernel);
	mac80211.enum('___mac80211_drop_reason', underscored(MAC80211));
	mac80211.enum('mac80211_drop_reason', MAC80211);
	const base = new Btf(kernel.build());
	return { kernel: base, openvswitch: new Btf(openvswitch.build(), base), mac80211: new Btf(mac80211.build(), base) };
}

/** BTF of a kernel before 5.17. */
export function btfWithoutReasons(): Btf {
	const kernel = new BtfBuilder();
	kernel.int('int', 4);
	return new Btf(kernel.build());
}
