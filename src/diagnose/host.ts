/**
 * What a machine says about itself where a packet died: by the tools' JSON, and by files of /proc. Asked in the packet's network
 * namespace, once for a while, and never for more than a share of the time.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inNetns, netnsOf, ownNetns } from '../kernel/netns.ts';

/** How long an answer is believed, ms: packets that die together die of the same. */
const FRESH = 1000;
/** Of the time that passes, at most this share goes into asking, beyond what a single diagnosis may take, ms. */
const SHARE = 0.3;
const ALLOWANCE = 5000;
/** Answers that are kept, of a namespace. */
const MOST = 500;
/** A tool that takes longer than this, ms, has no answer. */
const PATIENCE = 20_000;
/** Bytes; a rule set of 50,000 rules is some 20 MB of JSON. */
const LARGEST = 64 << 20;
const TOOL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** instead of a path: the namespace that we are in */
const HERE = '';

interface Answer {
	at: number;
	text: string | undefined;
	/** made from the text once */
	read?: { value: unknown };
}

/** All namespaces of a machine. */
export class Hosts {
	private readonly known = new Map<number, Host>();
	private readonly started = performance.now();
	private spent = 0;

	/** @param inode of a network namespace; 0: not known */
	of(inode: number): Host {
		let host = this.known.get(inode);
		if (!host) {
			host = new Host(inode, this);
			this.known.set(inode, host);
		}
		return host;
	}

	/** Does `work` unless too much has been asked already. */
	afford<T>(work: () => T): T | undefined {
		const start = performance.now();
		if (this.spent > ALLOWANCE + SHARE * (start - this.started)) return undefined;
		try {
			return work();
		} finally {
			this.spent += performance.now() - start;
		}
	}
}

/** One network namespace, as it is now. */
export class Host {
	/** tools that are not there */
	readonly missing = new Set<string>();
	private readonly inode: number;
	private readonly hosts: Hosts;
	private readonly answers = new Map<string, Answer>();

	constructor(inode: number, hosts: Hosts) {
		this.inode = inode;
		this.hosts = hosts;
	}

	/** Whether it can still be entered. */
	get present(): boolean {
		return netnsOf(this.inode) !== undefined;
	}

	/** What a tool prints. Undefined: it is missing, failed, or the namespace is gone. */
	text(tool: string, ...words: readonly string[]): string | undefined {
		return this.answer(tool, words).text;
	}

	/** The same, read as JSON; undefined too when it is none. What is in there is to be looked at with care: versions differ. */
	json(tool: string, ...words: readonly string[]): unknown {
		return this.read(tool, words, (text) => JSON.parse(text === '' ? '[]' : text));
	}

	/** The same, read by `parse`, once. */
	read<T>(tool: string, words: readonly string[], parse: (text: string) => T): T | undefined {
		const answer = this.answer(tool, words);
		if (answer.text === undefined) return undefined;
		if (!answer.read) {
			try {
				answer.read = { value: parse(answer.text) };
			} catch {
				answer.read = { value: undefined };
			}
		}
		return answer.read.value as T | undefined;
	}

	/** The content of a file of /proc/net or /proc/sys/net, as this namespace has it. */
	file(path: string): string | undefined {
		return this.cached(path, () => {
			try {
				return readFileSync(path, 'utf8');
			} catch {
				return undefined;
			}
		}).text;
	}

	/** A setting by its name, 'net.ipv4.ip_forward'; parts that are devices may contain dots when they are given one by one. */
	sysctl(...parts: readonly string[]): string | undefined {
		const path = parts.length === 1 ? (parts[0] as string).replaceAll('.', '/') : parts.join('/');
		return this.file(`/proc/sys/${path}`)?.trim();
	}

	private answer(tool: string, words: readonly string[]): Answer {
		return this.cached([tool, ...words].join(' '), () => {
			if (this.missing.has(tool)) return undefined;
			const { stdout, status, error } = spawnSync(tool, words, {
				encoding: 'utf8',
				timeout: PATIENCE,
				maxBuffer: LARGEST,
				stdio: ['ignore', 'pipe', 'ignore'],
				env: { PATH: TOOL_PATH, LC_ALL: 'C' },
			});
			if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') this.missing.add(tool);
			return error === undefined && status === 0 ? stdout : undefined;
		});
	}

	private cached(key: string, ask: () => string | undefined): Answer {
		const now = performance.now();
		const known = this.answers.get(key);
		if (known && now - known.at < FRESH) return known;
		const path = this.inode === ownNetns() ? HERE : netnsOf(this.inode);
		const text = path === undefined ? undefined : this.hosts.afford(() => (path === HERE ? ask() : inNetns(path, ask)));
		const answer = { at: performance.now(), text };
		if (this.answers.size >= MOST) this.answers.clear();
		this.answers.set(key, answer);
		return answer;
	}
}

/** Members of JSON of which nothing is certain. */
export const member = (value: unknown, ...names: readonly string[]): unknown =>
	names.reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined), value);
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
export const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
