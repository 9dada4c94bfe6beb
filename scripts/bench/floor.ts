/**
 * The least that watching can cost: an empty program at each point that nettrace watches by default, attached in the same way. Runs until
 * it is interrupted. Usage: floor.js [--backend NAME] …; anything else is ignored.
 */
import { parseArgs } from 'node:util';
import { EMPTY } from '../../src/bpf/program.ts';
import { selectPoints } from '../../src/catalogue/select.ts';
import { BACKENDS, type Backend, type BackendName, bestFor, byWay } from '../../src/trace/backends.ts';
import { Probes } from '../../src/trace/probes.ts';

const { backend } = parseArgs({ options: { backend: { type: 'string' } }, strict: false }).values;
const usual = { trace: undefined, exclude: [], matcher: [], free: [], stack: [], functions: [], returns: false };
const { points } = selectPoints(usual, true);
const functions = points.filter(({ kind }) => kind === 'function');
const chosen: Backend = BACKENDS[(backend as BackendName | undefined) ?? bestFor(functions).backend ?? 'tracepoints'];

const probes = new Probes();
for (const [way, watched] of byWay(chosen, functions)) way.attach(probes, watched, () => EMPTY);
for (const point of points.filter(({ kind }) => kind === 'tracepoint')) probes.tracepoint(point, EMPTY);
process.stderr.write('tracing…\n');
const alive = setInterval(() => {}, 1000);
process.once('SIGINT', () => {
	clearInterval(alive);
	probes.detach();
});
