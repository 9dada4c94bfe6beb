/**
 * Writes the man pages and docs/json.md from the tables that the tools themselves are made from. With --check it only says whether
 * the committed ones are what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { jsonPage } from './reference/json-page.ts';
import { manPage, TOOLS } from './reference/man-page.ts';

const PAGES: readonly (readonly [path: string, text: string])[] = [
	...TOOLS.map((tool) => [`man/${tool}.8`, manPage(tool)] as const),
	['docs/json.md', jsonPage()],
];

for (const [path, text] of PAGES) {
	if (!process.argv.includes('--check')) {
		writeFileSync(path, text);
	} else if (committed(path) !== text) {
		process.stderr.write(`${path} is not what the tables say: run 'make reference'\n`);
		process.exitCode = 1;
	}
}

function committed(path: string): string | undefined {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return undefined;
	}
}
