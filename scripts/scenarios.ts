/**
 * Faults and what nettrace says of them: every scenario of test/scenarios is set up, broken, and diagnosed on this kernel. Prints a
 * table: right, wrong, or could not run, and the time from the first packet to the answer. The status is 1 when one is wrong.
 *
 *     node dist/scripts/scenarios.js [--backend NAME] [--noise] [--suite NAME] [--own-machine] [NAME …]
 *
 * --suite: those that are marked for the guest kernel of that Debian suite; --own-machine lets those run that change settings of the whole machine.
 * Where functions cannot be watched four of five have to be right, the others may say that they do not know; elsewhere all.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernelRelease } from '../src/kernel/release.ts';
import { type Expectation, matches, parseExpectations } from './expectations.ts';

const FOLDER = 'test/scenarios';
/** ms; an emulated machine attaches in some 10 s */
const READY = 90_000;
/** for what is sent; how long that takes is the machine's affair */
const TRAFFIC = 120_000;
/** from then on */
const ANSWER = 20_000;

type Result = 'right' | 'unsure' | 'wrong' | 'could not run';

interface Outcome {
	name: string;
	result: Result;
	/** what was said instead, or why it could not run */
	why: string;
	seconds: number | undefined;
}

const words = process.argv.slice(2);
const noise = words.includes('--noise');
const ownMachine = words.includes('--own-machine');
/** The word behind an option. */
const behind = (option: string): string | undefined => (words.includes(option) ? words[words.indexOf(option) + 1] : undefined);
const [backend, suite] = [behind('--backend'), behind('--suite')];
const wanted = words.filter((word) => !word.startsWith('--') && word !== backend && word !== suite);

/** what nettrace said it uses */
let backendUsed = '';

const NETWORK = `nts${process.pid}`;

function header(text: string, name: string): string[] {
	return [...text.matchAll(new RegExp(`^# ${name}: (.*)$`, 'gm'))].map(([, value = '']) => value.trim());
}

const bash = (scenario: string, command: string) =>
	spawnSync('bash', ['-c', `. ${FOLDER}/lib.sh; . ${FOLDER}/${scenario}.sh; ${command}`], {
		encoding: 'utf8',
		env: { ...process.env, NETWORK },
		timeout: 180_000,
	});

/** A program it needs that is not here. What the kernel lacks shows when it is set up. */
const lacking = (programs: readonly string[]): string | undefined =>
	programs.find((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function until(holds: () => boolean, limit: number): Promise<boolean> {
	const end = performance.now() + limit;
	while (!holds()) {
		if (performance.now() > end) return false;
		await pause(20);
	}
	return true;
}

async function run(name: string): Promise<Outcome> {
	const text = readFileSync(`${FOLDER}/${name}.sh`, 'utf8');
	const could = (why: string): Outcome => ({ name, result: 'could not run', why, seconds: undefined });
	const missing = lacking(header(text, 'needs').flatMap((line) => line.split(/\s+/)));
	if (missing) return could(`no ${missing}`);
	if (!ownMachine && header(text, 'machine').includes('own')) return could('it changes settings of the whole machine');
	const expected = parseExpectations(header(text, 'expect').join(' '));
	const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
	let tool: ChildProcess | undefined;
	let other: ChildProcess | undefined;
	try {
		const made = bash(name, 'set -e; setup; fault');
		if (made.status !== 0) return could(made.stderr.trim().split('\n').at(-1) ?? 'its set-up failed');
		const noisy = noise ? bash(name, NOISE) : undefined;
		if (noisy && noisy.status !== 0) return could(`noise: ${noisy.stderr.trim().split('\n').at(-1)}`);
		const filter = bash(name, 'filter').stdout.trim().split(/\s+/);
		const namespaces = ['c', 'r', 's'].map((end) => `${NETWORK}-${end}`).filter((each) => existsSync(`/run/netns/${each}`));
		const ready = join(folder, 'ready');
		const args = [
			'--diag',
			'--json',
			'--lang',
			'en',
			'--netns',
			namespaces.join(),
			'--ready-file',
			ready,
			...(backend ? ['--backend', backend] : []),
			...filter,
		];
		let output = '';
		let errors = '';
		let ended = false;
		tool = spawn('bin/nettrace', args, { stdio: ['ignore', 'pipe', 'pipe'] });
		tool.stdout?.on('data', (data) => (output += data));
		tool.stderr?.on('data', (data) => (errors += data));
		tool.on('exit', () => (ended = true));
		if (!(await until(() => ended || existsSync(ready), READY)) || ended) return could(`nettrace: ${errors.trim().split('\n').at(-1)}`);
		if (noise) {
			other = spawn('bash', ['-c', `. ${FOLDER}/lib.sh; ${OTHER_TRAFFIC}`], {
				stdio: 'ignore',
				detached: true,
				env: { ...process.env, NETWORK },
			});
		}
		const start = performance.now();
		const traffic = spawn('bash', ['-c', `. ${FOLDER}/lib.sh; . ${FOLDER}/${name}.sh; traffic`], {
			stdio: 'ignore',
			env: { ...process.env, NETWORK },
		});
		let sent = false;
		traffic.on('exit', () => (sent = true));
		const answered = () => output.includes('{"type":"diagnosis"');
		await until(() => answered() || sent, TRAFFIC);
		await until(() => answered() || ended, ANSWER);
		const seconds = answered() ? (performance.now() - start) / 1000 : undefined;
		tool.kill('SIGINT');
		await until(() => ended, 30_000);
		await until(() => sent, 15_000);
		backendUsed = /"backend":"([^"]+)"/.exec(output)?.[1] ?? backendUsed;
		return judge(name, expected, output, seconds);
	} finally {
		if (tool?.exitCode === null) tool.kill('SIGKILL');
		// with all that it started, unless it has ended by itself
		if (other?.pid !== undefined && other.exitCode === null) process.kill(-other.pid);
		bash(name, 'mend; topo_down');
		rmSync(folder, { recursive: true, force: true });
	}
}

interface DiagnosisLine extends Record<string, unknown> {
	cause: string;
	confidence: string;
}

function judge(name: string, expected: readonly Expectation[], output: string, seconds: number | undefined): Outcome {
	const found = output
		.split('\n')
		.filter((line) => line.startsWith('{"type":"diagnosis"'))
		.map((line) => JSON.parse(line) as DiagnosisLine);
	const said = found
		.map(
			(line) =>
				`${line.cause} ${line.confidence} ${['rule', 'chain', 'device', 'function', 'reason'].flatMap((key) => line[key] ?? []).join(' ')}`,
		)
		.join('; ');
	if (expected.length === 0) {
		const healthy = said === '';
		return { name, result: healthy ? 'right' : 'wrong', why: healthy ? '' : `a healthy flow: ${said}`, seconds: undefined };
	}
	const right = found.find((line) => matches(line, expected));
	if (right) return { name, result: 'right', why: right.confidence, seconds };
	const unsure = found.length === 0 || found.every(({ cause }) => cause === 'unknown');
	return {
		name,
		result: unsure ? 'unsure' : 'wrong',
		why: said || `nothing; ${output.split('\n').filter((line) => line.includes('"packet"')).length} packets`,
		seconds,
	};
}

/** Besides what is to be found: datagrams that find no socket, at both ends, and healthy traffic. */
const OTHER_TRAFFIC = `
in_ns "$C" ping -q -i 0.3 127.0.0.1 &
for n in "$C" "$S"; do
  in_ns "$n" bash -c 'while sleep 0.3; do for to in 10.9.1.1 10.9.1.2 127.0.0.1; do echo x >"/dev/udp/$to/9"; done; done' &
done
wait`;

/** 200 unrelated rules, of which some belong to healthy traffic, and a route: they must change nothing. */
const NOISE = `
for n in "$C" "$R" "$S"; do
  [ -e "/run/netns/$n" ] || continue
  { echo 'table inet noise {'
    echo 'chain input { type filter hook input priority 10; policy accept;'
    for i in $(seq 100); do echo "ip saddr 198.18.0.$i tcp dport $((20000 + i)) counter drop"; done
    echo '}'
    echo 'chain forward { type filter hook forward priority 10; policy accept;'
    for i in $(seq 100); do echo "ip saddr 198.18.1.$i udp dport $((20000 + i)) drop"; done
    echo '}'
    echo '}'; } | in_ns "$n" nft -f - || exit
  ip -n "$n" route add blackhole 198.18.0.0/15
done`;

const all = readdirSync(FOLDER)
	.filter((file) => file.endsWith('.sh') && file !== 'lib.sh')
	.map((file) => file.slice(0, -3))
	.filter((name) => wanted.length === 0 || wanted.includes(name))
	.filter(
		(name) =>
			!suite ||
			header(readFileSync(`${FOLDER}/${name}.sh`, 'utf8'), 'guests')
				.join(' ')
				.split(' ')
				.includes(suite),
	)
	.sort();
for (const end of ['exit', 'SIGINT', 'SIGTERM'] as const)
	process.on(end, () => {
		for (const host of ['c', 'r', 's']) spawnSync('ip', ['netns', 'del', `${NETWORK}-${host}`], { stdio: 'ignore' });
		if (end !== 'exit') process.exit(130);
	});

const print = (line: string): void => {
	process.stdout.write(`${line}\n`);
};

const outcomes: Outcome[] = [];
print(`kernel ${kernelRelease()}${backend ? `, ${backend}` : ''}${noise ? ', with noise' : ''}`);
for (const name of all) {
	const outcome = await run(name);
	outcomes.push(outcome);
	const { result, why, seconds } = outcome;
	const time = seconds === undefined ? '        ' : `${seconds.toFixed(2).padStart(6)} s`;
	print(`${name.padEnd(28)} ${result.padEnd(14)} ${time}  ${why}`);
}
const count = (result: Result) => outcomes.filter((outcome) => outcome.result === result).length;
print(`${count('right')} right, ${count('unsure')} unsure, ${count('wrong')} wrong, ${count('could not run')} could not run`);
const ran = outcomes.length - count('could not run');
const least = backendUsed === 'tracepoints' ? 0.8 : 1;
process.exit(ran > 0 && count('wrong') === 0 && count('right') >= ran * least ? 0 : 1);
