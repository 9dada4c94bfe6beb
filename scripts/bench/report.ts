/** Writes docs/performance.md from what the benchmark measured. Usage: report.js FOLDER. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { CASES, type Case, type Measured } from './cases.ts';
import type { Floods } from './flood.ts';
import type { StartUp } from './startup.ts';

const [, , FOLDER = ''] = process.argv;
const TARGET = 'docs/performance.md';

/** The last line of a log, which is what a measurement prints. */
function read<T>(name: string): T {
	const lines = readFileSync(join(FOLDER, name), 'utf8').trim().split('\n');
	return JSON.parse(lines.at(-1) ?? '') as T;
}

/** Its first line says on which kernel it was made. */
const kernelOf = (name: string): string => /^kernel (\S+)/m.exec(readFileSync(join(FOLDER, name), 'utf8'))?.[1] ?? '';

const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const row = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (titles: string[], rows: string[]): string[] => [row(...titles), row(...titles.map(() => '---')), ...rows];

type All = Readonly<Record<string, Measured>>;
const measured = read<All>('instructions');
const byMulti = read<All>('instructions-kprobe-multi');
const onForky = read<All>('instructions-forky');
const GUEST = kernelOf('instructions');
const startUp = read<StartUp>('start-up');
const { floods, memory, pathMemory, budget } = read<Floods>('floods');

/** @param added to the commands */
const costs = (of: Case['tool'], measured: All, added: readonly string[] = []): string[] =>
	Object.entries<Case>(CASES)
		.filter(([, { tool }]) => tool === of || (tool === 'floor' && of === 'nettrace'))
		.map(([name, { title, tool, words, asked, peers }]) => {
			const { bare, traced, lost } = measured[name] as Measured;
			return row(
				title,
				tool === 'floor' ? '' : `\`${[tool, ...added, ...words].join(' ')}\``,
				number(traced - bare),
				asked === undefined ? '' : `≤ ${number(asked)}`,
				tool === 'floor' ? '' : lost,
				peers ?? '',
			);
		});
const TITLES = ['what', 'command', 'instructions', 'bound', 'lost', 'others, the same way'];

const lines = [
	'# Performance',
	'',
	'Made by `make bench`: do not edit. The benchmark fails nothing; whoever changes a hot path runs it, and commits what it says.',
	'',
	`Measured on ${cpus()[0]?.model.trim()}, ${cpus().length} CPUs, Linux ${release()}, Node ${process.version}, at commit ${execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim()}.`,
	'',
	'## What one dropped datagram costs',
	'',
	`Instructions above those of the datagram itself (${number(measured['drop-filter']?.bare ?? Number.NaN)}), in a guest with kernel ${GUEST} and one CPU whose clock counts instructions (\`COUNT=1 scripts/guest/run\`): the numbers repeat to a few in a thousand on any machine. \`scripts/bench/load.c\` sends datagrams over loopback to a socket whose filter refuses all of them. Lines hold everything: the program in the kernel, reading the ring, the text, the write to a file, and the garbage collector. Rounds in which JavaScript is still being compiled are left out; each is the mean of sixteen.`,
	'',
	...table(TITLES, costs('droptrace', measured)),
	'',
	'The figures of other tools were taken once with the same load on the same kernel. pwru 1.0 follows packets everywhere and has no mode for drops alone: 137,500 when its filter does not match, and 232,000 for the lines of a datagram that is delivered.',
	'',
	'## Where the instructions of a line go',
	'',
	'Of the program in the kernel are about 900 (the tracepoint and its trampoline 190, filters and identity 120, the packet, its device, socket and control group 450, the ring 140). The rest is JavaScript: dissecting the packet some 900, describing the drop 1,500, putting the text together and encoding it 3,000, the write 850, and reading the ring, timers and the garbage collector the remainder. A string of pieces costs some 300 instructions a piece until it is written, which is why what stays the same from line to line is put together once.',
	'',
	'## What one delivered datagram costs whose way is followed',
	'',
	`The same guest; the datagram itself takes ${number(measured['path-filter']?.bare ?? Number.NaN)}. It passes some eleven of the points that are watched by default: six by trampolines, five by tracepoints. The floor is what empty programs at the same points cost, attached in the same way; of trampolines at functions alone it is 122 a hit.`,
	'',
	...table(TITLES, costs('nettrace', measured)),
	'',
	'The same with kprobe.multi for all functions:',
	'',
	...table(TITLES, costs('nettrace', byMulti, ['--backend', 'kprobe-multi'])),
	'',
	`And with fentry multi links, kernel ${kernelOf('instructions-forky')}, where the datagram itself takes ${number(onForky['path-filter']?.bare ?? Number.NaN)}:`,
	'',
	...table(TITLES, costs('nettrace', onForky)),
	'',
	'Of a packet that matches, 10,300 are spent in the kernel, 11,100 with kprobe.multi and 10,500 with multi links: that is what a datagram takes while the tracer is stopped (SIGSTOP) and the ring has room. Its eleven sights are three records. With `--tiny-show` they are two, and 7,900, 8,800 and 8,100. The rest is JavaScript: reading and grouping the records, and writing a line for each sight.',
	'',
	'## Start',
	'',
	`From the call to \`tracing…\` in an ordinary guest with two emulated CPUs, kernel ${GUEST}: ${number(startUp.tracing)} ms, of which \`node -e 0\` alone takes ${number(startUp.node)} ms; the difference is ${number(startUp.tracing - startUp.node)} ms (bound: 2,200). Medians of five.`,
	'',
	`nettrace with its default points: ${number(startUp.nettrace)} ms to \`tracing…\` (bound: 7,000; pwru 1.0 took 7,400, nettrace 1.2 23,100), and ${number(startUp.ended)} ms from Ctrl-C until it has ended (bound: 2,000; nettrace 1.2 took 8,000).`,
	'',
	'## Nothing is lost that is not counted',
	'',
	'Two senders flood a refusing socket for 10 s on this machine, `droptrace --json` writes to a file in memory. Shown and lost are together what the kernel counted, exactly.',
	'',
	...table(
		['flood', 'dropped, says the kernel', 'shown', 'counted as lost', 'difference'],
		floods.map(({ title, dropped, shown, lost }) =>
			row(title, number(dropped), number(shown), number(lost), number(dropped - shown - lost)),
		),
	),
	'',
	'## A budget instead of a melt-down',
	'',
	`One sender on this machine floods a socket that reads everything, and \`nettrace --json\` is asked to follow all of it: a datagram takes ${number(budget.traced)} ns instead of ${number(budget.bare)}, so that the sender keeps ${number((budget.bare / budget.traced) * 100)} % of its rate (bound: 50). ${number(budget.followed)} were followed, ${number(budget.skipped)} counted as skipped, ${number(budget.lost)} events as lost.`,
	'',
	'## Memory',
	'',
	`Resident MB of \`droptrace -o /dev/null\` after each hundred thousand events of a million: ${memory.join(', ')} (bound: 90, and no growth). The rings, 2 MiB for each CPU, are mapped twice and counted twice.`,
	'',
	`The same of \`nettrace --force -p udp -o /dev/null\` after each ten thousand packets of a hundred thousand: ${pathMemory.join(', ')} (bound: 110).`,
	'',
];
writeFileSync(TARGET, lines.join('\n'));
