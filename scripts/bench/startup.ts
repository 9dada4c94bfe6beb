/**
 * In an ordinary guest: how long `node -e 0` takes, how long droptrace and nettrace take until they trace, and how long nettrace takes
 * to end; ms, medians. Prints one JSON object.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../../bin');
const ROUNDS = 5;

export interface StartUp {
	node: number;
	tracing: number;
	nettrace: number;
	ended: number;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function bare(): number {
	const from = performance.now();
	spawnSync(process.execPath, ['-e', '0']);
	return performance.now() - from;
}

async function traced(tool: string): Promise<{ tracing: number; ended: number }> {
	const from = performance.now();
	const child = spawn(join(BIN, tool), [], { stdio: ['ignore', 'ignore', 'pipe'] });
	let text = '';
	for await (const part of child.stderr) {
		text += String(part);
		if (text.includes('tracing…')) break;
	}
	const tracing = performance.now() - from;
	if (!text.includes('tracing…')) throw new Error(text);
	const asked = performance.now();
	child.kill('SIGINT');
	await once(child, 'exit');
	return { tracing, ended: performance.now() - asked };
}

const node: number[] = [];
const drops: number[] = [];
const paths: number[] = [];
const ends: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
	node.push(bare());
	drops.push((await traced('droptrace')).tracing);
	const { tracing, ended } = await traced('nettrace');
	paths.push(tracing);
	ends.push(ended);
}
const result: StartUp = { node: median(node), tracing: median(drops), nettrace: median(paths), ended: median(ends) };
process.stdout.write(`${JSON.stringify(result)}\n`);
