/** Queues that a packet went through, and that are almost full: the next packets may not find room. */
import { say } from '../lang.ts';
import type { Path } from '../trace/path.ts';
import { listenersOf, qdiscsOf } from './facts.ts';
import type { Host } from './host.ts';
import type { Warning } from './warnings.ts';

/** Of its room a queue that is almost full has used this much. */
const ALMOST = 0.8;

const isAlmostFull = (used: number, most: number | undefined): boolean => most !== undefined && most > 0 && used >= ALMOST * most;

/** @param hostOf by the inode of a network namespace */
export function pressureOf(path: Path, hostOf: (netns: number) => Host): Warning[] {
	return [...atDevices(path, hostOf), ...atSocket(path, hostOf), ...inConntrack(path, hostOf)].map((text) => ({ what: 'queue', text }));
}

/** What waits to be sent where the packet was queued. */
function atDevices({ events }: Path, hostOf: (netns: number) => Host): string[] {
	return events.flatMap(({ point, device, netns }) => {
		if (point !== 'net:net_dev_queue' || device?.name === undefined) return [];
		const full = qdiscsOf(hostOf(netns?.inode ?? 0), device.name)?.find(({ used, limit }) => isAlmostFull(used, limit));
		return full
			? [
					say(
						`the queue discipline ${full.kind} ${full.handle} of ${device.name} is almost full: ${full.used} of ${full.limit} ${full.unit}`,
						`${device.name} 的队列规则 ${full.kind} ${full.handle} 即将占满:${full.used}/${full.limit}(${full.unit})`,
					),
				]
			: [];
	});
}

/** What waits to be read, or accepted, where the packet was delivered to, or where it waits itself. */
function atSocket({ packet, verdict, events }: Path, hostOf: (netns: number) => Host): string[] {
	const { proto, dport, tcp } = packet;
	if (!['delivered', 'open'].includes(verdict) || dport === undefined || !(proto === 'udp' || (proto === 'tcp' && tcp?.flags === 'SYN')))
		return [];
	const netns = events.findLast((event) => event.netns !== undefined)?.netns;
	const full = listenersOf(hostOf(netns?.inode ?? 0), proto, dport)?.find(({ waiting, most }) => isAlmostFull(waiting, most));
	if (!full) return [];
	const { address, port, waiting, most } = full;
	return [
		proto === 'udp'
			? say(
					`the receive buffer of ${address}:${port} is almost full: ${waiting} of ${most} bytes wait to be read`,
					`${address}:${port} 的接收缓冲区即将占满:${waiting}/${most} 字节待读`,
				)
			: say(
					`the accept queue of ${address}:${port} is almost full: ${waiting} of ${most} connections wait`,
					`${address}:${port} 的 accept 队列即将占满:${waiting}/${most} 个连接等待`,
				),
	];
}

function inConntrack({ events }: Path, hostOf: (netns: number) => Host): string[] {
	const netns = events.find(({ connection }) => connection !== 0)?.netns;
	if (netns === undefined) return [];
	const host = hostOf(netns.inode);
	const [count = 0, most] = [host.sysctl('net.netfilter.nf_conntrack_count'), host.sysctl('net.netfilter.nf_conntrack_max')].map(Number);
	return isAlmostFull(count, most)
		? [say(`the table of connections is almost full: ${count} of ${most}`, `连接跟踪表即将占满:${count}/${most}`)]
		: [];
}
