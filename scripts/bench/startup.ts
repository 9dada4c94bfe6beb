/**
 * In an ordinary guest: how long `node -e 0` takes, and how long droptrace takes until it traces; ms, medians. Prints one JSON
 * object.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const DROPTRACE = join(import.meta.dirname, '../../../bin/droptrace');
const ROUNDS = 5;

export interface StartUp {
	node: number;
	tracing: number;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function bare(): number {
	const from = performance.now();
	spawnSync(process.execPath, ['-e', '0']);
	return performance.now() - from;
}

async function traced(): Promise<number> {
	const from = performance.now();
	const child = spawn(DROPTRACE, [], { stdio: ['ignore', 'ignore', 'pipe'] });
	let text = '';
	for await (const part of child.stderr) {
		text += String(part);
		if (text.includes('tracing…')) break;
	}
	const took = performance.now() - from;
	if (!text.includes('tracing…')) throw new Error(text);
	child.kill('SIGKILL');
	await once(child, 'exit');
	return took;
}

const node: number[] = [];
const tracing: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
	node.push(bare());
	tracing.push(await traced());
}
process.stdout.write(`${JSON.stringify({ node: median(node), tracing: median(tracing) } satisfies StartUp)}\n`);
