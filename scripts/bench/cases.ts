/** What is measured with instructions for seconds: one entry each. */
export interface Case {
	/** a row of the report */
	title: string;
	tool: 'droptrace' | 'nettrace' | 'floor';
	words: readonly string[];
	/** the datagrams: dropped, or delivered */
	kind: 'drop' | 'deliver';
	/** datagrams a round */
	count?: number;
	/** nothing comes of a datagram but a count: what the tracer does while it rests has nothing to do with it */
	quiet?: boolean;
	/** instructions above bare that were asked for */
	asked?: number;
	/** of other tools, measured in the same way */
	peers?: string;
}

/** ns, which are instructions there, a datagram. */
export interface Measured {
	bare: number;
	traced: number;
	/** each round, the first of which compile the tracer's code */
	rounds: number[];
	/** events, by the tool's own count */
	lost: number;
	/** its last line */
	said: string;
}

/** Nothing is on that port. */
const NOTHING = '7777';

export const CASES = {
	'drop-filter': {
		title: 'a simple filter does not match',
		tool: 'droptrace',
		words: ['-p', 'udp', '--dport', NOTHING],
		kind: 'drop',
		quiet: true,
		asked: 400,
		peers: 'nettrace 1.2 --drop: 1,390',
	},
	'drop-expression': {
		title: 'an expression does not match',
		tool: 'droptrace',
		words: ['udp', 'dst', 'port', NOTHING],
		kind: 'drop',
		quiet: true,
		asked: 700,
	},
	'drop-stat': { title: '`--stat` counts it', tool: 'droptrace', words: ['--stat'], kind: 'drop', quiet: true, asked: 900 },
	'drop-line': {
		title: 'a line to a file, everything included',
		tool: 'droptrace',
		words: [],
		kind: 'drop',
		asked: 9000,
		peers: 'nettrace 1.2 --drop: 9,100 to 13,300, and loses events',
	},
	'drop-json': { title: 'the same as JSON', tool: 'droptrace', words: ['--json'], kind: 'drop' },
	'path-floor': { title: 'an empty program at each of these points', tool: 'floor', words: [], kind: 'deliver', quiet: true },
	'path-filter': {
		title: 'a simple filter does not match',
		tool: 'nettrace',
		words: ['-p', 'udp', '--dport', NOTHING],
		kind: 'deliver',
		quiet: true,
		asked: 4000,
		peers: 'nettrace 1.2: 31,280; pwru 1.0: 137,500',
	},
	'path-expression': {
		title: 'an expression does not match',
		tool: 'nettrace',
		words: ['udp', 'dst', 'port', NOTHING],
		kind: 'deliver',
		quiet: true,
		asked: 5000,
		peers: 'pwru 1.0: 137,500',
	},
	'path-text': {
		title: 'it matches, text to a file',
		tool: 'nettrace',
		words: ['--force', '--buffer-size', '16M', '-p', 'udp'],
		kind: 'deliver',
		count: 5000,
		asked: 45_000,
		peers: 'nettrace 1.2: 75,500; pwru 1.0: 232,000',
	},
	'path-tiny': {
		title: 'the same with `--tiny-show`',
		tool: 'nettrace',
		words: ['--force', '--buffer-size', '16M', '--tiny-show', '-p', 'udp'],
		kind: 'deliver',
		count: 5000,
		asked: 25_000,
	},
	'path-json': {
		title: 'the same as JSON, with `--tiny-show`',
		tool: 'nettrace',
		words: ['--force', '--buffer-size', '16M', '--json', '--tiny-show', '-p', 'udp'],
		kind: 'deliver',
		count: 5000,
		asked: 25_000,
	},
} as const satisfies Record<string, Case>;
