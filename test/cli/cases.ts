/**
 * Cases as text: blocks of lines, each a word and its value, separated by empty lines; '#' begins a comment.
 *
 *     NAME        what is shown to hold
 *     RUN         for sh -c, in an empty folder of its own; several are lines of one script
 *     EXPECT      a regular expression for a line of standard output; several match in this order, other lines may lie between
 *     EXPECT_ERR  the same for standard error
 *     STATUS      exit status, 0 when it is not said
 *     FORMAT      json: standard output is JSON lines and nothing else
 *     REQUIRES    what a machine needs for it, words of REQUIREMENTS; netns makes a namespace called $NETNS
 *     ENV         NAME=value
 */
import { readFileSync } from 'node:fs';
import { REQUIREMENTS, type Requirement } from './requirements.ts';

export interface Case {
	name: string;
	/** of the block in its file */
	line: number;
	run: string;
	expect: RegExp[];
	expectErr: RegExp[];
	status: number;
	json: boolean;
	requires: Requirement[];
	env: Record<string, string>;
}

/** @throws Error with file and line when it cannot be read */
export function readCases(path: string): Case[] {
	const cases: Case[] = [];
	let open: Case | undefined;
	for (const [index, text] of readFileSync(path, 'utf8').split('\n').entries()) {
		if (text.startsWith('#')) continue;
		if (text.trim() === '') {
			open = undefined;
			continue;
		}
		const [, key = '', value = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
		if (!open) {
			open = { name: '', line: index + 1, run: '', expect: [], expectErr: [], status: 0, json: false, requires: [], env: {} };
			cases.push(open);
		}
		if (!add(open, key, value)) throw new Error(`${path}:${index + 1}: cannot read '${text}'`);
	}
	const unfinished = cases.find(({ name, run }) => name === '' || run === '');
	if (unfinished) throw new Error(`${path}:${unfinished.line}: a case needs NAME and RUN`);
	return cases;
}

/** @returns whether the line means something */
function add(found: Case, key: string, value: string): boolean {
	switch (key) {
		case 'NAME':
			found.name = value;
			return true;
		case 'RUN':
			found.run += `${value}\n`;
			return true;
		case 'EXPECT':
			found.expect.push(new RegExp(value, 'mu'));
			return true;
		case 'EXPECT_ERR':
			found.expectErr.push(new RegExp(value, 'mu'));
			return true;
		case 'STATUS':
			found.status = Number(value);
			return /^\d+$/.test(value);
		case 'FORMAT':
			found.json = true;
			return value === 'json';
		case 'REQUIRES': {
			const words = value.split(/\s+/);
			found.requires.push(...words.filter((word): word is Requirement => word in REQUIREMENTS));
			return words.every((word) => word in REQUIREMENTS);
		}
		case 'ENV': {
			const [, name = '', text = ''] = /^(\w+)=(.*)$/.exec(value) ?? [];
			found.env[name] = text;
			return name !== '';
		}
		default:
			return false;
	}
}
