/** From a packet's way to why it failed: the table of causes, asked in its order; the finding with the best proof counts. */
import { reasonAdvice } from '../kernel/reason-advice.ts';
import { reasonText } from '../kernel/reason-text.ts';
import { locationText } from '../kernel/symbols.ts';
import { lang } from '../lang.ts';
import { hookText } from '../trace/hooks.ts';
import type { Path, PathEvent } from '../trace/path.ts';
import type { Cause, Finding, Text } from './cause.ts';
import { CAUSES } from './causes.ts';
import { CONFIDENCES, type Diagnosis, sameness } from './diagnosis.ts';
import { Hosts } from './host.ts';
import { pressureOf } from './pressure.ts';
import { type Scene, sceneOf } from './scene.ts';
import { SILENT } from './silent.ts';
import { type Warning, warningsOf } from './warnings.ts';

/** What is said about one packet. */
export interface Judgement {
	diagnosis: Diagnosis | undefined;
	/** it has not been told before */
	first: boolean;
	warnings: readonly Warning[];
}

/** Packets of a flow that die at the same place within this, ms, die of the same. */
const SAME = 1000;
/** Of the time that passes, at most this share goes into diagnoses, beyond the first ones, ms. */
const SHARE = 0.3;
const ALLOWANCE = 8000;
/** The same of what healthy packets are looked at for. */
const LOOK_SHARE = 0.03;
const LOOK_ALLOWANCE = 500;
/** Diagnoses that are kept apart. */
const MOST = 1000;

export class Diagnoser {
	/** packets that died and were not looked at, for want of time */
	skipped = 0;
	private readonly hosts = new Hosts();
	private readonly recent = new Map<string, { at: number; diagnosis: Diagnosis }>();
	private readonly found = new Map<string, Diagnosis>();
	private readonly started = performance.now();
	private spent = 0;
	private looking = 0;

	judge(path: Path): Judgement {
		const { death } = path;
		if (!death) return this.lived(path);
		const warnings = warningsOf(path);
		const start = performance.now();
		const key = keyOf(path, death);
		const known = this.recent.get(key);
		let diagnosis = known && start - known.at < SAME ? known.diagnosis : undefined;
		if (!diagnosis) {
			if (this.spent > ALLOWANCE + SHARE * (start - this.started)) {
				this.skipped++;
				return { diagnosis: undefined, first: false, warnings };
			}
			diagnosis = diagnose(sceneOf(path, death, (netns) => this.hosts.of(netns)));
			this.spent += performance.now() - start;
			if (this.recent.size > MOST) this.recent.clear();
			this.recent.set(key, { at: start, diagnosis });
		}
		return { ...this.merged(diagnosis), warnings };
	}

	/** Of a packet that nobody dropped: what there is to say, and which queues it found almost full. */
	private lived(path: Path): Judgement {
		const warnings = warningsOf(path);
		const start = performance.now();
		if (this.looking <= LOOK_ALLOWANCE + LOOK_SHARE * (start - this.started)) {
			warnings.push(...pressureOf(path, (netns) => this.hosts.of(netns)));
			this.looking += performance.now() - start;
		}
		return { ...this.silent(path), warnings };
	}

	/** Faults of packets that nobody dropped. */
	private silent(path: Path): Pick<Judgement, 'diagnosis' | 'first'> {
		const last = path.events.at(-1);
		const suspects = last === undefined ? [] : SILENT.filter(({ suspect }) => suspect(path));
		if (!last || suspects.length === 0) return { diagnosis: undefined, first: false };
		for (const { cause, examine, where } of suspects) {
			const scene = sceneOf(path, where?.(path) ?? last, (netns) => this.hosts.of(netns));
			const finding = examine(scene);
			if (finding) return this.merged(told(scene, cause.name, finding, cause, false));
		}
		return { diagnosis: undefined, first: false };
	}

	/** All that was found, the most common first. */
	all(): Diagnosis[] {
		return [...this.found.values()].toSorted((a, b) => b.count - a.count);
	}

	private merged(diagnosis: Diagnosis): Pick<Judgement, 'diagnosis' | 'first'> {
		const key = sameness(diagnosis);
		const same = this.found.get(key);
		if (same) {
			same.count++;
			return { diagnosis: same, first: false };
		}
		const own = { ...diagnosis };
		if (this.found.size < MOST) this.found.set(key, own);
		return { diagnosis: own, first: true };
	}
}

function keyOf({ packet, rule }: Path, { reason, location, netns, device, mark, connection, as }: PathEvent): string {
	const { saddr, daddr, sport, dport, proto, tcp, icmp, ttl, len } = as ?? packet;
	const where = location && 'symbol' in location ? `${location.symbol}+${location.offset}` : location?.address;
	const flow = [saddr, daddr, sport, dport, proto, tcp?.flags, icmp?.type, ttl, len];
	return [reason?.name, where, netns?.inode, device?.ifindex, mark, connection, rule?.bytes.length, ...flow].join(' ');
}

/** What killed the packet of that scene. */
export function diagnose(scene: Scene): Diagnosis {
	let best: { cause: Cause; finding: Finding } | undefined;
	for (const cause of CAUSES) {
		const finding = findingOf(cause, scene);
		if (finding && (!best || rank(finding) < rank(best.finding))) best = { cause, finding };
		if (best && rank(best.finding) === 0) break;
	}
	return best ? told(scene, best.cause.name, best.finding, best.cause) : unknown(scene);
}

const rank = ({ confidence }: Finding): number => CONFIDENCES.indexOf(confidence);

/** Undefined when it is not this cause. */
function findingOf({ reasons, symbols, examine }: Cause, scene: Scene): Finding | undefined {
	const { reason, symbol } = scene;
	const named = reason !== undefined && (reasons instanceof RegExp ? reasons.test(reason) : (reasons?.includes(reason) ?? false));
	if (!named && !(reason === undefined && symbols?.test(symbol))) return undefined;
	return examine ? examine(scene, named) : { confidence: named ? 'proven' : 'likely' };
}

/** @param dropped the kernel said that it dropped the packet */
function told(
	scene: Scene,
	name: string,
	finding: Finding,
	{ summary, advice }: Pick<Cause, 'summary' | 'advice'>,
	dropped = true,
): Diagnosis {
	const { path, death, packet, reason, symbol, hook, host } = scene;
	const device = finding.device ?? scene.device;
	const keys = Object.fromEntries(
		Object.entries(finding.keys ?? {}).filter((entry): entry is [string, string | number] => entry[1] !== undefined && entry[1] !== ''),
	);
	const filled = (text: Text) => fill(text, { ...packet, input: scene.input, device, ...keys });
	const missing = [...host.missing].map(
		(tool): Text => [`${tool} is not installed, which would tell more`, `未安装 ${tool},安装后可得到更多信息`],
	);
	const gone: Text[] = host.present ? [] : [['the network namespace could not be looked into any more', '已无法查看该网络命名空间']];
	return {
		verdict: finding.verdict ?? path.verdict,
		cause: name,
		summary: filled(finding.summary ?? summary),
		confidence: finding.confidence,
		evidence: [
			...(dropped ? [kernelsWord(scene)] : []),
			...[...(finding.evidence ?? []), ...gone, ...(finding.confidence === 'proven' ? [] : missing)].map(filled),
		],
		advice: (finding.advice ?? advice).map(filled),
		packet,
		count: 1,
		device,
		netns: death.netns ?? path.events.findLast(({ netns }) => netns)?.netns,
		function: symbol === '' ? undefined : symbol,
		reason: death.reason?.name ?? reason,
		hook: hook && name.startsWith('netfilter') ? hookText(hook).split(' ').at(-1) : undefined,
		keys,
	};
}

/** What the kernel itself said when it dropped the packet. */
function kernelsWord({ death }: Scene): string {
	const { reason, location } = death;
	const where = location === undefined ? '?' : 'symbol' in location ? locationText(location) : location.address;
	const meaning = reason && reasonText(reason.name, lang());
	const why = reason ? `${reason.name}${meaning ? `: ${meaning}` : ''}` : undefined;
	return fill([`the kernel dropped it in ${where}${why ? ` (${why})` : ''}`, `内核在 ${where} 丢弃了它${why ? `(${why})` : ''}`], {});
}

const UNKNOWN: Pick<Cause, 'summary' | 'advice'> = {
	summary: ['it was dropped, and what is known does not tell why', '报文被丢弃,现有信息不足以说明原因'],
	advice: [
		[
			'look: the same with --stack, and nettrace list for what can be watched here',
			'查看:加上 --stack 再试,并用 nettrace list 查看此处可用的跟踪点',
		],
	],
};

function unknown(scene: Scene): Diagnosis {
	const stack = scene.death.stack?.join(' ');
	const meaning = scene.reason && [reasonText(scene.reason, 'en'), reasonText(scene.reason, 'zh')];
	const summary: Text | undefined = meaning?.[0] ? [meaning[0], meaning[1] ?? meaning[0]] : undefined;
	const advice = scene.reason === undefined ? undefined : reasonAdvice(scene.reason);
	const finding: Finding = { confidence: 'possible', keys: { stack }, ...(summary && { summary }), ...(advice && { advice: [advice] }) };
	return told(scene, 'unknown', finding, UNKNOWN);
}

/** In the language of the run, with what is named in braces. */
function fill(text: Text, values: object): string {
	return text[lang() === 'zh' ? 1 : 0].replace(/\{(\w+)\}/g, (_, name: string) => String((values as Record<string, unknown>)[name] ?? '?'));
}
