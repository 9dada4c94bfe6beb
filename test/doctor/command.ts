/** Runs the command as users do, and reads what it says. */
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT } from '../cli/programs.ts';

export const TOOL = join(PROJECT, 'bin/nettrace');
/** A program of test/cli/helpers, to run it with. */
export const helper = (name: string) => join(PROJECT, 'test/cli/helpers', name);
export const LIMIT_MS = 120_000;

export type Outcome = SpawnSyncReturns<string>;

/** @param as a program to run it with */
export function doctor(options: readonly string[] = [], { as = [] as readonly string[], LANG = 'C.UTF-8' } = {}): Outcome {
	const { LC_ALL, LC_CTYPE, LC_MESSAGES, FORCE_COLOR, NO_COLOR, ...inherited } = process.env;
	const [command = '', ...words] = [...as, TOOL, 'doctor', ...options];
	return spawnSync(command, words, { encoding: 'utf8', timeout: LIMIT_MS, env: { ...inherited, LANG } });
}

let told: Outcome | undefined;
/** The report as it is for whoever runs the tests, asked for once. */
export const usual = (): Outcome => {
	told ??= doctor(['--json']);
	return told;
};

export interface Report {
	probes: { id: string; result: string; why?: string }[];
	commands: { name: string; works: boolean; note: string }[];
	backends: string[];
	libbpf?: string;
}

/** Its report; nothing may be on standard error. */
export function json(outcome: Outcome): Report {
	assert.equal(outcome.stderr, '');
	assert.match(outcome.stdout, /^\{"type":"doctor",.*\}\n$/);
	return JSON.parse(outcome.stdout) as Report;
}

export const resultOf = ({ probes }: Report, id: string) => probes.find((probe) => probe.id === id)?.result;
export const worksIn = ({ commands }: Report, name: string) => commands.find((command) => command.name === name)?.works;
