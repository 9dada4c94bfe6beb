/** docs/json.md. */
import { DOCTOR, OBJECTS, PROBE, RECORDS } from './json-keys.ts';

const INTRODUCTION = `<!-- Made by scripts/generate-reference.ts: do not edit, run \`make reference\`. -->
# JSON lines

\`--json\` prints one object a line and nothing else on standard output. \`type\` comes first. A key that is absent is unknown or does not
apply; zero is written. Keys and types may be added, none changes its meaning: ignore those you do not know. Times are decimal strings of
nanoseconds, because they pass 2^53.

An error is one line on standard error: \`{"type":"error","code":…,"exit":…,"message":…}\`, with \`--debug\` also \`detail\`, such as the
verifier's log. Codes are stable, messages are for people.
`;

/** A pipe would end the cell. */
const cell = (text: string) => text.replaceAll('|', '\\|');

const table = (keys: Readonly<Record<string, string>>) =>
	['| key | meaning |', '| --- | --- |', ...Object.entries(keys).map(([key, text]) => `| \`${key}\` | ${cell(text)} |`)].join('\n');

export function jsonPage(): string {
	const records = RECORDS.map(([type, when, keys]) => `## ${type}\n\nWhen: ${when}.\n\n${table(keys)}\n`);
	const doctor = `## doctor\n\nWhen: the one line of \`nettrace doctor --json\`.\n\n${table(DOCTOR)}\n\nEach of \`probes\`:\n\n${table(PROBE)}\n`;
	const objects = OBJECTS.map(([name, keys]) => `## The object ${name}\n\n${table(keys)}\n`);
	return [INTRODUCTION, ...records, ...objects, doctor].join('\n');
}
