/** A packet that died, with everything a rule of the table of causes may ask about it. */
import type { Packet } from '../packet/packet.ts';
import type { HookSeen, Path, PathEvent, RuleSeen } from '../trace/path.ts';
import type { Host } from './host.ts';

/** PACKET_OTHERHOST (include/uapi/linux/if_packet.h): the frame is for another MAC address */
export const OTHER_HOST = 3;

export interface Scene {
	path: Path;
	/** where it died */
	death: PathEvent;
	/** as it was then */
	packet: Packet;
	/** undefined where the kernel gives none, or says NOT_SPECIFIED */
	reason: string | undefined;
	/** the function that dropped it, without what compilers add to names; '' when unknown */
	symbol: string;
	/** names of all points it was seen at */
	points: ReadonlySet<string>;
	/** where it was when it died */
	device: string | undefined;
	/** the device it came in by */
	input: string | undefined;
	/** the last hook of netfilter it was at in the namespace where it died */
	hook: HookSeen | undefined;
	/** that hook, where it was seen behind everything but what the kernel itself calls last */
	behind: HookSeen | undefined;
	/** of rules of nftables that set a verdict, the last */
	rule: RuleSeen | undefined;
	/** What that point returned, the last time it was seen; undefined where ends of functions are not watched, or it never returned. */
	returned: (point: string) => number | undefined;
	/** the machine, in the namespace where it died */
	host: Host;
}

const plain = (symbol: string): string => symbol.replace(/\..*/, '');

/**
 * The hook it was at. Where programs of netfilter's own kind tell of hooks, each is seen twice: before all that is called there, and
 * behind it. What was seen behind a hook has not died there, unless of what is called last of all (NF_IP_PRI_LAST).
 */
function hookAt(events: readonly PathEvent[]): Pick<Scene, 'hook' | 'behind'> {
	const hooks = events.filter(({ hook }) => hook !== undefined);
	const last = hooks.at(-1);
	if (!last?.point.startsWith('netfilter:')) return { hook: last?.hook, behind: undefined };
	const others = hooks.findLastIndex(({ point }) => point !== last.point);
	const before = (hooks.length - 1 - others) % 2 === 1;
	return before ? { hook: last.hook, behind: undefined } : { hook: undefined, behind: last.hook };
}

/** @param hostOf by the inode of a network namespace */
export function sceneOf(path: Path, death: PathEvent, hostOf: (netns: number) => Host): Scene {
	const until = path.events.slice(0, path.events.indexOf(death) + 1);
	const netns = death.netns ?? until.findLast((event) => event.netns !== undefined)?.netns;
	const here = until.filter((event) => event.netns === undefined || event.netns.inode === netns?.inode);
	const { reason, location } = death;
	const name = reason?.name;
	const packet = death.as ?? until.findLast(({ as }) => as !== undefined)?.as ?? path.packet;
	const arrived = here.find(({ point }) => /^net:netif_receive_skb$|^ip_rcv$|^ipv6_rcv$|^net:napi_gro|^net:netif_rx$/.test(point));
	return {
		path,
		death,
		packet: { ...path.packet, ...packet },
		reason: name === undefined || name === 'NOT_SPECIFIED' ? undefined : name,
		symbol: location && 'symbol' in location ? plain(location.symbol) : '',
		points: new Set(until.map(({ point }) => point)),
		device: death.device?.name ?? here.findLast(({ device }) => device?.name !== undefined)?.device?.name,
		input: arrived?.device?.name ?? here.find(({ device }) => device?.name !== undefined)?.device?.name,
		...hookAt(here),
		rule: path.rule,
		returned: (point) => {
			const ret = path.events.findLast((event) => event.point === point && event.ret !== undefined)?.ret;
			return typeof ret === 'number' ? ret : undefined;
		},
		host: hostOf(netns?.inode ?? 0),
	};
}
