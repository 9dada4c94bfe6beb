/** The command nettrace why: tries a flow, and says in one screen that it works, or why not. */
import { lookup } from 'node:dns/promises';
import { errnoText } from '../bpf/errno.ts';
import { EXIT, fail } from '../errors.ts';
import { addressBytes } from '../filter/address.ts';
import { parseChoice, parsePorts } from '../filter/values.ts';
import { requireTracing } from '../kernel/capabilities.ts';
import { containerProcess } from '../kernel/cgroups.ts';
import { inNetns, ownNetns, resolveNetns } from '../kernel/netns.ts';
import { say } from '../lang.ts';
import { colours, type When } from '../output/colour.ts';
import { JsonSink } from '../output/json.ts';
import { reportLines } from '../output/report.ts';
import { Writer } from '../output/writer.ts';
import { BACKENDS, type BackendName } from '../trace/backends.ts';
import { hookPoints } from '../trace/netfilter.ts';
import { answerTo, nameOf } from '../why/answer.ts';
import { attempt, type Target } from '../why/attempt.ts';
import { FlowSocket, type Protocol, SocketError } from '../why/sockets.ts';
import { choose } from './choice.ts';
import type { Invocation } from './commands.ts';
import { note, printed } from './outputs.ts';

const NOTHING = { trace: undefined, exclude: [], matcher: [], free: [], stack: [], functions: [], returns: false, diagnose: true };

export async function why({ tool, values, words, stop }: Invocation): Promise<number> {
	const text = (name: string): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
	const protocolAsked = text('proto');
	const asked = protocolAsked === undefined ? undefined : parseChoice<Protocol>(protocolAsked, '--proto', ['tcp', 'udp', 'icmp']);
	const backendAsked = text('backend');
	const backend = backendAsked === undefined ? undefined : parseChoice(backendAsked, '--backend', Object.keys(BACKENDS) as BackendName[]);
	const color = parseChoice<When>(text('color') ?? 'auto', '--color', ['auto', 'always', 'never']);
	const [host, portText, ...more] = words;
	if (host === undefined || more.length > 0)
		fail('bad-option', {
			tool: `${tool} why`,
			what: say('give a HOST, and a PORT for TCP and UDP', '请给出主机,以及 TCP、UDP 的端口'),
			hint: '',
		});
	const protocol: Protocol = asked ?? (portText === undefined ? 'icmp' : 'tcp');
	if ((protocol === 'icmp') !== (portText === undefined))
		fail('bad-option', {
			tool: `${tool} why`,
			what: protocol === 'icmp' ? say('a ping has no port', 'ping 没有端口') : say(`${protocol} needs a port`, `${protocol} 需要端口`),
			hint: '',
		});
	const port = portText === undefined ? 0 : portOf(portText);
	const from = text('from');
	if (from !== undefined && !addressBytes(from)) fail('bad-address', { value: from, option: '--from' });
	requireTracing(tool);
	const path = netnsPath(text('netns'), text('container'));
	const target: Target = { protocol, address: await addressOf(host, from), port };
	const { points, backend: chosen, trial } = pointsFor(backend);
	const socket = open(path, target, from);
	note(say(`trying ${nameOf(target)} …`, `正在尝试 ${nameOf(target)} …`));
	const tried = await attempt(target, socket, { points, backend: chosen, namespaces: [path] }, stop);
	trial.detach();
	const netns = inNetns(path, ownNetns) ?? ownNetns();
	const answer = answerTo(target, tried, netns);
	const writer = Writer.stdout();
	if (values.json === true) {
		const sink = new JsonSink(writer);
		for (const each of tried.paths) sink.path(each);
		sink.diagnosis(answer);
		await printed([], writer, stop);
	} else {
		const colour = await colours(color, writer.ownFile);
		const lines =
			answer.verdict === 'works'
				? [colour.green(colour.bold(answer.summary)), ...answer.evidence.map((line) => `  ${line}`)]
				: reportLines(answer, ownNetns(), colour);
		await printed(lines, writer, stop);
	}
	if (tried.lost > 0) note(say(`${tool}: lost ${tried.lost} events`, `${tool}:丢失 ${tried.lost} 个事件`));
	return answer.verdict === 'works' ? EXIT.ok : EXIT.fault;
}

function portOf(text: string): number {
	const [range, ...others] = parsePorts(text, 'PORT');
	if (!range || others.length > 0 || range.low !== range.high || range.low === 0)
		return fail('bad-value', { value: text, option: 'PORT', wanted: say('one port from 1 to 65535', '1 到 65535 的一个端口') });
	return range.low;
}

/** A file of the namespace that is tried from. @throws bad-netns, bad-container */
function netnsPath(netns: string | undefined, container: string | undefined): string {
	if (netns !== undefined && container !== undefined)
		fail('option-conflict', { one: '--netns', other: '--container', why: say('both name a network namespace', '两者都指定网络命名空间') });
	if (container !== undefined) return `/proc/${containerProcess(container)}/ns/net`;
	const found = netns === undefined ? undefined : resolveNetns(netns);
	return found?.path ?? '/proc/self/ns/net';
}

/** @throws no-host */
async function addressOf(host: string, from: string | undefined): Promise<string> {
	if (addressBytes(host)) return host;
	try {
		const { address } = await lookup(host, { family: from === undefined ? 0 : addressBytes(from)?.length === 16 ? 6 : 4 });
		return address;
	} catch (error) {
		return fail('no-host', { host, why: (error as NodeJS.ErrnoException).code ?? String(error) });
	}
}

function pointsFor(asked: BackendName | undefined) {
	const { backend, selected, trial } = choose({ backend: asked, selection: NOTHING });
	const points = backend === 'tracepoints' ? [...selected.points, ...hookPoints(selected.points.length, true)] : selected.points;
	return { points, backend, trial };
}

/** @throws no-socket when it cannot be made there */
function open(path: string, { protocol, address }: Target, from: string | undefined): FlowSocket {
	try {
		const socket = inNetns(path, () => new FlowSocket(protocol, address, from));
		if (socket) return socket;
	} catch (error) {
		if (!(error instanceof SocketError)) throw error;
		return fail('no-socket', { from: from ?? '', why: errnoText(error.number) });
	}
	return fail('bad-netns', { value: path, hint: '' });
}
