/**
 * In a guest with one processor whose clock counts instructions (COUNT=1 of scripts/guest/run): what a datagram costs, bare and
 * under each way to trace it. Prints one JSON object. Usage: measure.js LOAD [CASES [WORD…]]: the compiled load.c, what the names of the
 * cases begin with, and words that are added to the commands.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CASES, type Case, type Measured } from './cases.ts';

const [, , LOAD = '', wanted = '', ...added] = process.argv;
const PROJECT = join(import.meta.dirname, '../../..');
const FOLDER = '/tmp';

/** datagrams a round: they fit into a ring */
const COUNT = 6000;
/** The first rounds are those in which JavaScript is compiled. */
const ROUNDS = 40;
const STEADY = 16;

/** Instructions a datagram, the tracer's work among them, in each round. */
function load({ kind, quiet = false, count = COUNT }: Case, tracer?: ChildProcess): number[] {
	const words = [kind, String(count), String(ROUNDS), ...(tracer?.pid === undefined ? [] : [String(tracer.pid)])];
	return execFileSync(LOAD, words, { encoding: 'utf8' })
		.trim()
		.split('\n')
		.map((line) => line.split(' ').map(Number))
		.map(([during = Number.NaN, after = 0]) => (quiet ? during : during + after));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function measure(each: Case): Promise<Measured> {
	const { tool, words } = each;
	const bare = median(load(each));
	const errors = join(FOLDER, 'errors');
	const stderr = openSync(errors, 'w');
	const command = tool === 'floor' ? [process.execPath, join(import.meta.dirname, 'floor.js')] : [join(PROJECT, 'bin', tool)];
	const [program = '', ...before] = command;
	const tracer = spawn(program, [...before, ...added, ...words, '-o', join(FOLDER, 'out')], {
		stdio: ['ignore', 'ignore', stderr],
	});
	try {
		while (!readFileSync(errors, 'utf8').includes('tracing…')) {
			if (tracer.exitCode !== null) throw new Error(readFileSync(errors, 'utf8'));
			await pause(50);
		}
		const rounds = load(each, tracer);
		tracer.kill('SIGINT');
		await once(tracer, 'exit');
		const told = readFileSync(errors, 'utf8');
		return {
			bare,
			rounds,
			traced: (each.quiet ? median : mean)(rounds.slice(-STEADY)),
			lost: Number(/(\d+) lost/.exec(told)?.[1]),
			said: told.trim().split('\n').at(-1) ?? '',
		};
	} finally {
		tracer.kill('SIGKILL');
		closeSync(stderr);
	}
}

const results: Record<string, Measured> = {};
for (const [name, each] of Object.entries(CASES)) {
	if (!name.startsWith(wanted)) continue;
	results[name] = await measure(each);
	process.stderr.write(`${name} ${JSON.stringify(results[name])}\n`);
}
process.stdout.write(`${JSON.stringify(results)}\n`);
