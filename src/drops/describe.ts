/** From a record of the ring to a {@link Drop}: names for numbers, and the packet out of its bytes. */
import { DROP_FLAGS, DropEvent, type StatKey } from '../bpf/generated/events.ts';
import { wide } from '../bpf/memory.ts';
import { CgroupPaths } from '../kernel/cgroups.ts';
import { type Moment, split, WallClock } from '../kernel/clock.ts';
import { NetnsNames } from '../kernel/netns.ts';
import { SocketOwners } from '../kernel/processes.ts';
import type { Reasons } from '../kernel/reasons.ts';
import { addressKey, addressText, type Location, Symbols } from '../kernel/symbols.ts';
import type { Packet } from '../packet/packet.ts';
import { type Captured, capturedOf } from '../session/captured.ts';
import { Devices } from '../session/devices.ts';
import { packetOf } from '../session/packet.ts';
import type { Glance } from './benign.ts';
import { ADDRESS_FAMILY, type Drop, familyName, packetType, type Socket, tcpState } from './drop.ts';
import { stackOf } from './stack.ts';

const TCP = 6;
const TIME_WAIT = 6;
const NEW_SYN_RECV = 12;

/** Where names come from. */
export interface Sources {
	symbols: Symbols;
	names: NetnsNames;
	owners: SocketOwners;
	cgroups: CgroupPaths;
	clock: WallClock;
}

/** What of a drop is asked for. */
export interface Shown {
	/** addresses in the kernel, not symbols */
	raw?: boolean;
	/** those of the link header */
	addresses?: boolean;
}

export class Describer {
	private readonly reasons: Reasons;
	private readonly symbols: Symbols;
	private readonly names: NetnsNames;
	private readonly owners: SocketOwners;
	private readonly cgroups: CgroupPaths;
	private readonly clock: WallClock;
	private readonly raw: boolean;
	private readonly addresses: boolean;
	private readonly devices = new Devices();

	/** @param sources this system's by default; a test gives its own */
	constructor(reasons: Reasons, sources: Partial<Sources> = {}, { raw = false, addresses = true }: Shown = {}) {
		this.reasons = reasons;
		this.symbols = sources.symbols ?? new Symbols();
		this.names = sources.names ?? new NetnsNames();
		this.owners = sources.owners ?? new SocketOwners();
		this.cgroups = sources.cgroups ?? new CgroupPaths();
		this.clock = sources.clock ?? new WallClock();
		this.raw = raw;
		this.addresses = addresses;
	}

	/** Once a second or so: clocks and names drift. */
	refresh(): void {
		this.clock.adjust();
		this.names.expire();
		this.symbols.rest();
	}

	/** The time of day. */
	now(): Moment {
		return this.clock.now();
	}

	/** What can be told of a drop before it is described in full. */
	glance(event: DropEvent): Glance {
		return {
			reason: this.reasons.available ? this.reasons.of(event.reason).name : undefined,
			symbol: this.locate(event)?.symbol,
			family: event.skFamily,
			packet: () => this.packet(event),
		};
	}

	/** What a kind of drops is called, when none of them could be looked at. */
	kind(key: StatKey): Pick<Drop, 'reason' | 'location' | 'device' | 'netns'> {
		const name = this.names.of(key.netns);
		return {
			location: this.place(key.locationHigh, key.locationLow),
			...(this.reasons.available && { reason: this.reasons.of(key.reason) }),
			...(key.ifindex !== 0 && { device: { ifindex: key.ifindex } }),
			...(key.netns !== 0 && { netns: { inode: key.netns, ...(name !== undefined && { name }) } }),
		};
	}

	/** Where the drop happened; undefined when no symbol is known there. */
	locate(event: DropEvent): Location | undefined {
		return this.symbols.lookup(addressKey(event.locationHigh, event.locationLow));
	}

	/** What is shown of an address in the kernel. */
	private place(high: number, low: number): Drop['location'] {
		return (this.raw ? undefined : this.symbols.lookup(addressKey(high, low))) ?? { address: addressText(high, low) };
	}

	/** @param stackOffset of the stack in the record's memory, 0: none */
	describe(event: DropEvent, stackOffset: number): Drop {
		const ktime = split(event.ktimeHigh, event.ktimeLow);
		const drop: Drop = {
			time: this.clock.at(ktime),
			ktime,
			location: this.place(event.locationHigh, event.locationLow),
			packet: this.packet(event),
			cpu: event.cpu,
		};
		if (this.reasons.available) drop.reason = this.reasons.of(event.reason);
		if (event.ifindex !== 0) {
			drop.device = this.devices.of(event, DropEvent.deviceOffset);
		}
		if (event.netns !== 0) {
			const name = this.names.of(event.netns);
			drop.netns = name === undefined ? { inode: event.netns } : { inode: event.netns, name };
		}
		if (event.mark !== 0) drop.mark = event.mark;
		const type = packetType(event.pktType);
		if (type !== undefined) drop.pktType = type;
		if (event.skFamily !== 0) this.socket(event, drop);
		if (stackOffset !== 0) drop.stack = stackOf(event, stackOffset, this.symbols, this.raw);
		return drop;
	}

	/** The packet alone: enough to tell whether a drop is benign. */
	packet(event: DropEvent): Packet {
		const { memory, flags, captured, l3Offset, protocol, len } = event;
		const form = flags & DROP_FLAGS.headers ? 'headers' : flags & DROP_FLAGS.socketTuple ? 'tuple' : 'none';
		const vlanTci = flags & DROP_FLAGS.vlan ? event.vlanTci : undefined;
		return packetOf({
			memory,
			data: event.offset + DropEvent.dataOffset,
			form,
			captured,
			l3Offset,
			protocol,
			len,
			vlanTci,
			addresses: this.addresses,
		});
	}

	/** The packet's bytes, copied to `offset` of the record's memory; undefined when it has no headers yet. */
	captured(event: DropEvent, offset: number): Captured | undefined {
		return capturedOf(event, (event.flags & DROP_FLAGS.vlan) !== 0, event.memory, offset);
	}

	private socket(event: DropEvent, drop: Drop): void {
		const socket: Socket = { family: familyName(event.skFamily) };
		const inet = event.skFamily === ADDRESS_FAMILY.inet || event.skFamily === ADDRESS_FAMILY.inet6;
		if (inet && (event.skProtocol === TCP || event.skState === TIME_WAIT || event.skState === NEW_SYN_RECV))
			socket.state = tcpState(event.skState);
		if (event.socketInodeLow !== 0) {
			const owner = this.owners.of(wide(event.socketInodeHigh, event.socketInodeLow), event.task);
			if (owner) {
				socket.owner = owner;
				drop.process = owner;
			}
		}
		drop.socket = socket;
		if (event.cgroupLow !== 0 || event.cgroupHigh !== 0) {
			const group = this.cgroups.of(wide(event.cgroupHigh, event.cgroupLow));
			if (group !== undefined) {
				drop.cgroup = group.path;
				if (group.container !== undefined) drop.container = group.container;
			}
		}
	}
}
