/** The command `nettrace doctor`: tries, reports, and ends with whether droptrace works here. */
import { writeSync } from 'node:fs';
import { statusOf } from '../doctor/conclusions.ts';
import { examine } from '../doctor/examine.ts';
import { marksFor, reportJson, reportText } from '../doctor/report.ts';
import { EXIT, fail } from '../errors.ts';
import { parseChoice } from '../filter/values.ts';
import { say, setLanguage } from '../lang.ts';
import { colours } from '../output/colour.ts';
import { Writer } from '../output/writer.ts';
import type { Invocation } from './commands.ts';
import { printed } from './outputs.ts';

/** @throws bad-option for an argument, bad-value */
export async function doctor({ tool, values, words, stop }: Invocation): Promise<number> {
	if (words[0] !== undefined)
		fail('bad-option', { tool, what: say(`doctor takes no argument '${words[0]}'`, `doctor 不接受参数 '${words[0]}'`), hint: '' });
	const when = parseChoice(String(values.color ?? 'auto'), '--color', ['auto', 'always', 'never']);
	// values of JSON are not translated
	if (values.json === true) setLanguage('en');
	const findings = examine();
	if (values.debug === true) for (const { id, log } of Object.values(findings)) if (log) writeSync(2, `${id}: ${log}\n`);
	const writer = Writer.stdout();
	const lines = values.json === true ? [reportJson(findings)] : reportText(findings, await colours(when), marksFor(process.env));
	await printed(lines, writer, stop);
	return writer.closed ? EXIT.ok : statusOf(findings);
}
