/** From what became of the packets of a flow to one answer: it works, or why not. */
import type { Diagnosis } from '../diagnose/diagnosis.ts';
import { CONFIDENCES } from '../diagnose/diagnosis.ts';
import { routingOf } from '../diagnose/facts.ts';
import { Hosts } from '../diagnose/host.ts';
import { say } from '../lang.ts';
import { durationText } from '../output/text.ts';
import type { Packet } from '../packet/packet.ts';
import { packetText } from '../packet/text.ts';
import type { Path } from '../trace/path.ts';
import type { Attempt, Target } from './attempt.ts';

/** What is said of a flow that is only looked at; who sends it knows better where it was seen last. */
const UNANSWERED = 'tcp.retransmit_timeout';

/** @param netns inode of the namespace that was tried from */
export function answerTo(target: Target, tried: Attempt, netns: number): Diagnosis {
	const { answered, error, found, paths } = tried;
	if (answered) return works(target, tried);
	const local = unroutable(target, error, netns);
	if (local && paths.length === 0) return local;
	const here = best(found.filter(({ cause }) => cause !== UNANSWERED));
	if (here && here.cause !== 'unknown') return here;
	const icmp = paths.find(({ packet }) => packet.quoted !== undefined);
	if (icmp) return icmpError(target, icmp);
	const reset = paths.find(({ packet }) => packet.saddr === target.address && packet.tcp?.flags?.includes('RST'));
	if (reset) return remote(target, 'remote.reset', reset, RESET, [sight(reset)]);
	if (here) return here;
	const request = paths.find(({ packet }) => packet.daddr === target.address) ?? paths[0];
	// a datagram that got to a socket of this machine has arrived; whether its process answers is its own affair
	if (request && target.protocol === 'udp' && request.verdict === 'delivered') return works(target, tried);
	return (request && noWayBack(target, request)) ?? noReply(target, request, error);
}

const best = (found: readonly Diagnosis[]): Diagnosis | undefined =>
	found.toSorted(
		(a, b) =>
			Number(a.cause === 'unknown') - Number(b.cause === 'unknown') ||
			CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence),
	)[0];

const packetOf = ({ protocol, address, port }: Target): Packet => ({
	family: address.includes(':') ? 'ipv6' : 'ipv4',
	proto: protocol === 'icmp' && address.includes(':') ? 'icmpv6' : protocol,
	daddr: address,
	...(port !== 0 && { dport: port }),
	len: 0,
});

const BARE = { count: 1, keys: {}, advice: [] as string[] } as const;

function works(target: Target, { paths, took }: Attempt): Diagnosis {
	const request = paths.find(({ packet }) => packet.daddr === target.address);
	return {
		...BARE,
		verdict: 'works',
		cause: '',
		summary: say(`it works: ${nameOf(target)} answered in ${durationText(took)}`, `正常:${nameOf(target)} 在 ${durationText(took)} 内应答`),
		confidence: 'proven',
		evidence: paths.map(stages),
		packet: request?.packet ?? packetOf(target),
	};
}

export const nameOf = ({ protocol, address, port }: Target): string =>
	port === 0 ? `${address} (${protocol})` : `${address} ${protocol} ${port}`;

/** 'SYN …: web c0 12.3 us → db s0 40.1 us': how long it was at each place. */
export function stages({ packet, events }: Path): string {
	const places: { name: string; from: number; to: number }[] = [];
	let netns = '';
	let device = '';
	for (const event of events) {
		netns = event.netns ? (event.netns.name ?? String(event.netns.inode)) : netns;
		device = event.device?.name ?? device;
		const name = `${netns} ${device}`.trim();
		const last = places.at(-1);
		if (last && (last.name === name || last.name === netns)) {
			last.name = name;
			last.to = event.since;
		} else {
			if (last) last.to = event.since;
			places.push({ name, from: event.since, to: event.since });
		}
	}
	return `${packetText(packet)}: ${places.map(({ name, from, to }) => `${name} ${durationText(to - from)}`).join(' → ')}`;
}

function sight(path: Path): string {
	const last = path.events.at(-1);
	const device = path.events.findLast(({ device }) => device?.name)?.device?.name;
	const text = packetText(path.packet);
	return say(
		`seen: ${text}, last at ${last?.point ?? '?'}${device ? ` on ${device}` : ''}`,
		`所见:${text},最后位于 ${last?.point ?? '?'}${device ? `(${device})` : ''}`,
	);
}

const RESET = (target: Target): readonly [string, string] => [
	`${nameOf(target)} refused the connection with a reset: nothing listens there, or a firewall on the way answers so`,
	`${nameOf(target)} 以 RST 拒绝连接:无程序监听,或沿途防火墙如此回应`,
];

function remote(
	target: Target,
	cause: string,
	path: Path | undefined,
	summary: (target: Target) => readonly [string, string],
	evidence: string[],
	keys: Record<string, string> = {},
	confidence: Diagnosis['confidence'] = 'proven',
): Diagnosis {
	const device = path?.events.findLast(({ device }) => device?.name)?.device?.name;
	const advice = [
		say(
			`look there: is the service up, and its firewall open? traceroute ${target.address}`,
			`在对端查看:服务是否启动、防火墙是否放行?traceroute ${target.address}`,
		),
	];
	return {
		...BARE,
		verdict: 'failed',
		cause,
		summary: say(...summary(target)),
		confidence,
		evidence,
		advice,
		packet: path?.packet ?? packetOf(target),
		device,
		netns: path?.events.findLast(({ netns }) => netns)?.netns,
		function: undefined,
		keys,
	};
}

function icmpError(target: Target, path: Path): Diagnosis {
	const { packet } = path;
	const router = packet.saddr ?? '';
	const said = packetText(packet);
	return remote(
		target,
		'remote.icmp_error',
		path,
		() => [`${router} answered with an ICMP error: ${said}`, `${router} 以 ICMP 错误回应:${said}`],
		[sight(path)],
		{ router },
	);
}

function noReply(target: Target, request: Path | undefined, error: string | undefined): Diagnosis {
	const evidence = request ? [stages(request), sight(request)] : [say('no packet of it was seen', '未见到任何相关报文')];
	if (error) evidence.push(say(`the socket says ${error}`, `套接字返回 ${error}`));
	const left = request?.verdict === 'sent' || request?.verdict === 'forwarded';
	return remote(
		target,
		request ? 'remote.no_reply' : 'unknown',
		request,
		(target) =>
			request?.verdict === 'delivered'
				? [
						`it was delivered on this machine, and no answer of ${nameOf(target)} was seen`,
						`报文已在本机送达,但未见到 ${nameOf(target)} 的应答`,
					]
				: request
					? [`it left this machine, and ${nameOf(target)} did not answer`, `报文已离开本机,但 ${nameOf(target)} 没有应答`]
					: ['nothing was sent', '没有发出任何报文'],
		evidence,
		{},
		left && target.protocol !== 'udp' ? 'likely' : 'possible',
	);
}

/** It arrived on this machine, in another network namespace, which has no route for the answer: that is not even made. */
function noWayBack(target: Target, { packet, verdict, events }: Path): Diagnosis | undefined {
	const netns = events.findLast((event) => event.netns !== undefined)?.netns;
	const { saddr } = packet;
	if (verdict !== 'delivered' || netns === undefined || saddr === undefined) return undefined;
	const routing = routingOf(new Hosts().of(netns.inode), { saddr: target.address, daddr: saddr, input: undefined, mark: 0 });
	if (routing === undefined || ['unicast', 'local', 'broadcast'].includes(routing.type)) return undefined;
	const { type, route, rule } = routing;
	const what = route?.text ?? rule;
	return {
		...BARE,
		verdict: 'failed',
		cause: `route.${type}`,
		summary: say(
			`it was delivered, and there is no way back: where it arrived no route leads to ${saddr}`,
			`报文已送达,但没有返回路径:到达处没有通往 ${saddr} 的路由`,
		),
		confidence: 'likely',
		evidence: [
			say(`it was last seen at ${events.at(-1)?.point}, and no answer was sent`, `最后见于 ${events.at(-1)?.point},且未发出应答`),
			what === undefined
				? say(`no route to ${saddr} there`, `该处没有到 ${saddr} 的路由`)
				: say(`the route there: ${what}`, `该处的路由:${what}`),
		],
		advice: [say(`look there: ip route get ${saddr}`, `在该处查看:ip route get ${saddr}`)],
		packet,
		netns,
		keys: { ...(route && { route: route.text }), ...(rule !== undefined && { rule }) },
	};
}

/** What the kernel says to who wants to send, where it has no route: the packet is not even made. */
function unroutable(target: Target, error: string | undefined, netns: number): Diagnosis | undefined {
	const { address } = target;
	const types: Record<string, string> = { ENETUNREACH: 'none', EHOSTUNREACH: 'unreachable', EACCES: 'prohibit', EINVAL: 'blackhole' };
	const type = error === undefined ? undefined : types[error];
	if (type === undefined) return undefined;
	const routing = routingOf(new Hosts().of(netns), { saddr: undefined, daddr: address, input: undefined, mark: 0 });
	const { route, rule } = routing ?? {};
	const what = route?.text ?? rule;
	return {
		...BARE,
		verdict: 'failed',
		cause: `route.${type}`,
		summary:
			type === 'none'
				? say(`this machine has no route to ${address}`, `本机没有到 ${address} 的路由`)
				: say(
						`a route of this machine forbids to send to ${address}${what ? `: ${what}` : ''}`,
						`本机的路由禁止发往 ${address}${what ? `:${what}` : ''}`,
					),
		confidence: 'proven',
		evidence: [
			say(`the kernel refused to send: ${error}`, `内核拒绝发送:${error}`),
			...(what ? [say(`the route taken: ${what}`, `命中的路由:${what}`)] : []),
		],
		advice: [
			say(
				`look: ip route get ${address}; ip rule; ip route show table all`,
				`查看:ip route get ${address};ip rule;ip route show table all`,
			),
		],
		packet: packetOf(target),
		keys: { ...(route && { route: route.text }), ...(rule !== undefined && { rule }) },
	};
}
