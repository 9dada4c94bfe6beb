/** Rule sets of nftables, as `nft -j list ruleset` prints them: libnftables-json(5), nft(8). */

import { list, member, number, text } from '../host.ts';
import { elementsOf, equals, matches, type Sets } from './nft-match.ts';
import { type Answer, type Chain, type Does, every, type Rule, type Table } from './rules.ts';
import type { Subject } from './subject.ts';

/** @param ruleset what nft prints as JSON; members that are not known make an answer uncertain, never wrong */
export function parseNft(ruleset: unknown): Table[] {
	const tables = new Map<string, { table: Table; chains: Map<string, Chain>; sets: Map<string, unknown> }>();
	const tableOf = (item: unknown) => {
		const [family = '', name = ''] = [text(member(item, 'family')), text(member(item, 'table'))];
		const key = `${family} ${name}`;
		let found = tables.get(key);
		if (!found) {
			const chains = new Map<string, Chain>();
			found = { table: { backend: 'nft', family, name, chains }, chains, sets: new Map() };
			tables.set(key, found);
		}
		return found;
	};
	const items = list(member(ruleset, 'nftables'));
	for (const item of items) {
		const chain = member(item, 'chain');
		const name = text(member(chain, 'name'));
		if (name !== undefined) {
			const device = member(chain, 'dev');
			tableOf(chain).chains.set(name, {
				name,
				rules: [],
				hook: text(member(chain, 'hook')),
				priority: number(member(chain, 'prio')),
				...(device !== undefined && { devices: [device].flat().filter((each) => typeof each === 'string') }),
				drops: member(chain, 'policy') === 'drop',
				nat: member(chain, 'type') === 'nat',
			});
		}
		for (const kind of ['set', 'map']) {
			const set = member(item, kind);
			const setName = text(member(set, 'name'));
			if (setName !== undefined) tableOf(set).sets.set(setName, set);
		}
	}
	for (const item of items) {
		const rule = member(item, 'rule');
		const { chains, sets } = tableOf(rule);
		if (rule !== undefined) chains.get(text(member(rule, 'chain')) ?? '')?.rules.push(ruleOf(rule, sets));
	}
	return [...tables.values()].map(({ table }) => table).filter(({ name }) => name !== '');
}

function ruleOf(rule: unknown, sets: Sets): Rule {
	const statements = list(member(rule, 'expr'));
	const handle = number(member(rule, 'handle'));
	const counter = statements.findIndex((statement) => member(statement, 'counter') !== undefined);
	const counted = counter < 0 ? undefined : number(member(statements[counter], 'counter', 'packets'));
	// a counter behind a match has counted what got there
	return {
		handle,
		text: `handle ${handle}`,
		...(counted !== undefined && { packets: counted }),
		applies: (subject) => every(conditions(statements, subject, sets)),
		does: (subject) => effects(statements, subject, sets),
	};
}

/** Statements that let the packet go on to the next one, whatever it is. */
const TRANSPARENT = [
	'counter',
	'log',
	'mangle',
	'comment',
	'notrack',
	'ct helper',
	'ct timeout',
	'ct expectation',
	'flow',
	'set',
	'map',
	'dup',
	'last',
	'secmark',
	'reset',
];
const VERDICTS = [
	'accept',
	'drop',
	'reject',
	'jump',
	'goto',
	'return',
	'continue',
	'vmap',
	'queue',
	'masquerade',
	'snat',
	'dnat',
	'redirect',
	'tproxy',
	'fwd',
	'synproxy',
];

function* conditions(statements: readonly unknown[], subject: Subject, sets: Sets): Generator<Answer> {
	for (const statement of statements) {
		const match = member(statement, 'match');
		if (match !== undefined) yield matches(match, subject, sets);
		else {
			const [name = ''] = Object.keys((statement ?? {}) as object);
			if (!TRANSPARENT.includes(name) && !VERDICTS.includes(name)) yield 'maybe';
		}
	}
}

function effects(statements: readonly unknown[], subject: Subject, sets: Sets): readonly Does[] {
	for (const statement of statements) {
		const found = effectOf(statement, subject, sets);
		if (found) return found;
	}
	return [{ kind: 'continue' }];
}

function effectOf(statement: unknown, subject: Subject, sets: Sets): readonly Does[] | undefined {
	if (typeof statement !== 'object' || statement === null) return undefined;
	for (const kind of ['drop', 'accept', 'return', 'continue', 'reject'] as const) if (kind in statement) return [{ kind }];
	for (const kind of ['jump', 'goto'] as const) {
		const chain = text(member(statement, kind, 'target'));
		if (chain !== undefined) return [{ kind, chain }];
	}
	for (const kind of ['queue', 'masquerade', 'snat', 'dnat', 'redirect', 'fwd']) if (kind in statement) return [{ kind: 'accept' }];
	if ('synproxy' in statement) return [{ kind: 'drop' }, { kind: 'continue' }];
	const vmap = member(statement, 'vmap');
	return vmap === undefined ? undefined : chosen(vmap, subject, sets);
}

/** What a verdict map says: of the first element that fits, or of all that may. */
function chosen(vmap: unknown, subject: Subject, sets: Sets): readonly Does[] {
	const key = member(vmap, 'key');
	const found: Does[] = [];
	for (const element of elementsOf(member(vmap, 'data'), sets)) {
		const [wanted, verdict] = list(element);
		const fits = wanted === '*' ? 'yes' : equals(key, wanted, subject, sets);
		if (fits === 'no') continue;
		found.push(...(effectOf(verdict, subject, sets) ?? []));
		if (fits === 'yes') return found;
	}
	return [...found, { kind: 'continue' }];
}
