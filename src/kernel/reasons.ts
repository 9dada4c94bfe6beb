/**
 * Drop reasons of the running kernel: numbers differ from version to version, so all names come from its BTF.
 *
 * A reason's upper 16 bits are the subsystem (include/net/dropreason.h): 0 is the core's enum skb_drop_reason, the others have
 * enums of their own, in vmlinux or in the module. Any enum called …drop_reason… whose values carry a subsystem's number is one,
 * which needs no list of subsystems here.
 */
import { type Btf, KIND } from '../bpf/btf.ts';
import { kernelBtf, moduleBtfs } from './btf.ts';

export interface Reason {
	/** number on this kernel */
	number: number;
	/** 'NO_SOCKET', 'OVS_DROP_LAST_ACTION', or 'SUBSYSTEM:7' for a number without a name */
	name: string;
	/** 'core', 'openvswitch', … */
	subsystem: string;
}

const SUBSYSTEM_PREFIX = 'SKB_DROP_REASON_SUBSYS_';
/** markers that bound a range and never happen: __OVS_DROP_REASON, OVS_DROP_MAX */
const MARKER = /^(__[A-Z]|SKB_DROP_REASON_(SUBSYS_|MAX|MASK))|_(MAX|NUM|MASK|START|END)$/;

/** A look at all BTF costs tens of milliseconds with many modules: the next comes so long after, s, or so many times as long as it took. */
const RESCAN_AFTER = 1;
const REST = 20;

export class Reasons {
	private readonly core = new Map<number, Reason>();
	private readonly subsystems = new Map<number, string>();
	private others: Map<number, Reason> | undefined;
	/** drops come in runs of one reason */
	private last: Reason | undefined;
	private nextScan = 0;
	private readonly btf: () => Btf;
	private readonly modules: () => Iterable<Btf>;

	/** @param given the kernel's BTF, read again when it is needed again, and its modules'; a test may give others */
	constructor(given?: Btf, modules: () => Iterable<Btf> = moduleBtfs) {
		const btf = given ?? kernelBtf();
		for (const { name, value } of enumValues(btf, 'skb_drop_reason')) {
			if (MARKER.test(name)) continue;
			this.core.set(value, { number: value, name: name.replace(/^SKB_(DROP_REASON_)?/, ''), subsystem: 'core' });
		}
		for (const { name, value } of enumValues(btf, 'skb_drop_reason_subsys')) {
			if (value === 0 || /_(NUM|MAX)$/.test(name)) continue;
			this.subsystems.set(value, name.replace(SUBSYSTEM_PREFIX, '').toLowerCase());
		}
		this.btf = given ? () => given : kernelBtf;
		this.modules = modules;
	}

	/** Whether this kernel gives reasons at all (since 5.17). */
	get available(): boolean {
		return this.core.size > 0;
	}

	/** Every reason that has a name here, modules included. */
	all(): Reason[] {
		return [...this.core.values(), ...this.subsystemReasons().values()];
	}

	of(number: number): Reason {
		if (this.last?.number === number) return this.last;
		const known = this.search(number);
		if (known) this.last = known;
		return known ?? this.nameless(number);
	}

	private search(number: number): Reason | undefined {
		if (number < 0x10000) return this.core.get(number);
		const known = this.subsystemReasons().get(number);
		if (known) return known;
		// its module may have come later
		if (process.uptime() >= this.nextScan) this.others = undefined;
		return this.subsystemReasons().get(number);
	}

	private nameless(number: number): Reason {
		if (number < 0x10000) return { number, name: `REASON_${number}`, subsystem: 'core' };
		const subsystem = this.subsystems.get(number >>> 16) ?? `subsystem-${number >>> 16}`;
		return { number, name: `${subsystem.toUpperCase()}:${number & 0xffff}`, subsystem };
	}

	private subsystemReasons(): Map<number, Reason> {
		if (this.others) return this.others;
		this.others = new Map();
		if (this.subsystems.size === 0) return this.others;
		const start = process.uptime();
		for (const btf of [this.btf(), ...this.modules()]) this.collect(btf, this.others);
		const end = process.uptime();
		this.nextScan = end + Math.max(RESCAN_AFTER, (end - start) * REST);
		return this.others;
	}

	private collect(btf: Btf, into: Map<number, Reason>): void {
		for (const id of btf.containing('drop_reason', KIND.enum)) {
			for (const { name, value } of btf.type(id).values ?? []) {
				const subsystem = this.subsystems.get(value >>> 16);
				if (!subsystem || MARKER.test(name)) continue;
				// mac80211 has every reason twice, once as ___RX_…; its number 0 is a reason too
				into.set(value >>> 0, { number: value >>> 0, name: name.replace(/^___/, ''), subsystem });
			}
		}
	}
}

function enumValues(btf: Btf, name: string): { name: string; value: number }[] {
	const id = btf.find(name, KIND.enum);
	return id === undefined ? [] : (btf.type(id).values ?? []);
}
