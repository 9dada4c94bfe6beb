/**
 * Rule sets, whoever owns them, and a packet's way through them. A rule is asked whether it applies to the packet; what cannot be
 * told is 'maybe', and from then on nothing is certain.
 */
import type { Subject } from './subject.ts';

export type Answer = 'yes' | 'no' | 'maybe';

export const not = (answer: Answer): Answer => (answer === 'yes' ? 'no' : answer === 'no' ? 'yes' : 'maybe');

/** All of them must hold. */
export function every(answers: Iterable<Answer>): Answer {
	let all: Answer = 'yes';
	for (const answer of answers) {
		if (answer === 'no') return 'no';
		if (answer === 'maybe') all = 'maybe';
	}
	return all;
}

/** One of them must hold. */
export function some(answers: Iterable<Answer>): Answer {
	let any: Answer = 'no';
	for (const answer of answers) {
		if (answer === 'yes') return 'yes';
		if (answer === 'maybe') any = 'maybe';
	}
	return any;
}

export const when = (holds: boolean | undefined): Answer => (holds === undefined ? 'maybe' : holds ? 'yes' : 'no');

/** What a rule does with packets it applies to. */
export type Does = { kind: 'drop' | 'reject' | 'accept' | 'return' | 'continue' } | { kind: 'jump' | 'goto'; chain: string };

export interface Rule {
	handle?: number | undefined;
	/** as the tool that owns it prints it */
	text: string;
	/** that it has applied to so far; absent: it does not count */
	packets?: number | undefined;
	applies: (subject: Subject) => Answer;
	/** several where that depends on the packet, in a way that cannot be told; usually one */
	does: (subject: Subject) => readonly Does[];
}

export interface Chain {
	name: string;
	rules: Rule[];
	/** of a base chain */
	hook?: string | undefined;
	priority?: number | undefined;
	/** the devices whose packets it gets; undefined: all */
	devices?: readonly string[] | undefined;
	drops?: boolean | undefined;
	/** it only gets the packet that begins a connection: nf_nat_inet_fn (net/netfilter/nf_nat_core.c) */
	nat?: boolean | undefined;
}

export type Backend = 'nft' | 'iptables-nft' | 'iptables-legacy' | 'ebtables';

export interface Table {
	backend: Backend;
	family: string;
	name: string;
	chains: ReadonlyMap<string, Chain>;
}

/** How a packet's way through a base chain may end. */
export interface End {
	table: Table;
	chain: Chain;
	/** undefined: the policy */
	rule?: Rule;
	does: 'drop' | 'reject' | 'accept';
	/** it does, if the packet got to this chain at all */
	certain: boolean;
}

/** Chains jumped to from chains: the kernel allows 16 (NFT_JUMP_STACK_SIZE), iptables as many as there are chains. */
const DEEPEST = 64;

/** All ends that are possible, in the order in which rules are asked; the first that is certain is the last. */
export function endsOf(table: Table, base: Chain, subject: Subject): End[] {
	const ends: End[] = [];
	const { passes, certain } = walk(table, base, subject, true, ends, 0);
	if (passes) ends.push({ table, chain: base, does: base.drops ? 'drop' : 'accept', certain });
	return ends;
}

interface Passage {
	/** the packet may get to what comes behind the chain */
	passes: boolean;
	/** everything on the way was certain */
	certain: boolean;
}

function walk(table: Table, chain: Chain, subject: Subject, reached: boolean, ends: End[], depth: number): Passage {
	let certain = reached;
	if (depth > DEEPEST) return { passes: true, certain: false };
	for (const rule of chain.rules) {
		// what has counted nothing has not seen this packet either
		const applies = rule.packets === 0 ? 'no' : rule.applies(subject);
		if (applies === 'no') continue;
		const choices = rule.does(subject);
		const sure = applies === 'yes' && choices.length === 1;
		let passes = !sure;
		for (const does of choices) {
			switch (does.kind) {
				case 'continue':
					passes = true;
					break;
				case 'return':
					if (sure) return { passes: true, certain };
					certain = false;
					break;
				case 'jump':
				case 'goto': {
					const target = table.chains.get(does.chain);
					const through = target
						? walk(table, target, subject, certain && sure, ends, depth + 1)
						: { passes: true, certain: certain && sure };
					if (does.kind === 'goto' && sure) return through;
					passes ||= through.passes;
					if (!sure || (through.passes && !through.certain)) certain = false;
					break;
				}
				default:
					ends.push({ table, chain, rule, does: does.kind, certain: certain && sure });
					if (!sure) certain = false;
			}
		}
		if (!passes) return { passes: false, certain };
	}
	return { passes: true, certain };
}
