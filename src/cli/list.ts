/** The command `nettrace list`: the trace points by group, and which of them can be watched here. */
import { CATALOGUE, LAYERS } from '../catalogue/catalogue.ts';
import type { Point, PointGroup } from '../catalogue/point.ts';
import { isHere, type Resolved, resolvePoints } from '../catalogue/resolve.ts';
import { pointsNamed } from '../catalogue/select.ts';
import { EXIT } from '../errors.ts';
import { parseChoice } from '../filter/values.ts';
import { mayTrace } from '../kernel/capabilities.ts';
import { lang, say, setLanguage } from '../lang.ts';
import { colours } from '../output/colour.ts';
import { Writer } from '../output/writer.ts';
import { type BackendName, bestFor } from '../trace/backends.ts';
import type { Watched } from '../trace/probes.ts';
import type { Invocation } from './commands.ts';
import { printed } from './outputs.ts';

/** columns of characters */
const WIDTH = 34;

export async function list({ values, words, stop }: Invocation): Promise<number> {
	const when = parseChoice(String(values.color ?? 'auto'), '--color', ['auto', 'always', 'never']);
	const json = values.json === true;
	// values of JSON are not translated
	if (json) setLanguage('en');
	const wanted = words.length === 0 ? undefined : new Set(words.flatMap((word) => pointsNamed(word, 'list')));
	const groups = CATALOGUE.map((group) => ({ group, points: group.points.filter((point) => !wanted || wanted.has(point)) })).filter(
		({ points }) => points.length > 0,
	);
	const resolved = new Map(resolvePoints(groups.flatMap(({ points }) => points)).map((one) => [one.point, one]));
	const functions = howFunctions([...resolved.values()]);
	const usable = (point: Point): string | undefined => {
		const one = resolved.get(point) as Resolved;
		if (!isHere(one)) return one.why;
		return one.kind === 'function' && functions.backend === undefined ? functions.why : undefined;
	};
	const writer = Writer.stdout();
	const colour = await colours(when);
	const lines = json
		? groups.flatMap(({ group, points }) => points.map((point) => jsonOf(group, point, resolved.get(point) as Resolved, usable(point))))
		: [
				...groups.flatMap(({ group, points }) => [
					'',
					`${colour.bold(group.name)}${group.also ? colour.dim(` (${group.also.join(', ')})`) : ''}: ${group[lang()]}`,
					...points.map((point) => {
						const why = usable(point);
						const mark = why === undefined ? (point.default ? colour.green('●') : colour.green('○')) : colour.red('✕');
						const name = point.name.padEnd(WIDTH);
						const text = `  ${mark} ${why === undefined ? name : colour.dim(name)} ${point[lang()]}`;
						return why === undefined ? text : `${text} ${colour.dim(`— ${why}${nearbyText(point)}`)}`;
					}),
				]),
				'',
				say(
					'● watched unless told otherwise  ○ with -t  ✕ not here. Several groups at once: ',
					'● 默认观察  ○ 需用 -t 指定  ✕ 此处不可用。可同时指定多个组:',
				) + Object.keys(LAYERS).join(', '),
				functions.backend === undefined
					? say(`Functions cannot be watched here: ${functions.why}`, `此处无法观察函数:${functions.why}`)
					: say(`Functions are watched by ${functions.backend}.`, `函数观察方式:${functions.backend}。`),
			];
	await printed(lines, writer, stop);
	return EXIT.ok;
}

const nearbyText = ({ nearby }: Point): string => (nearby === undefined ? '' : say(`; ${nearby} is near`, `;可用 ${nearby}`));

/** The way in which functions can be watched, or why they cannot. */
function howFunctions(resolved: readonly Resolved[]): { backend?: BackendName; why: string } {
	if (!mayTrace()) return { why: say('not permitted to try: run as root', '无权尝试:请以 root 运行') };
	const functions = resolved
		.filter(isHere)
		.filter(({ kind }) => kind === 'function')
		.map((here, number): Watched => ({ ...here, number, flags: 0, hidden: false }));
	return bestFor(functions);
}

function jsonOf(group: PointGroup, point: Point, resolved: Resolved, why: string | undefined): string {
	return JSON.stringify({
		type: 'point',
		group: group.name,
		name: point.name,
		default: point.default,
		meaning: point.en,
		meaning_zh: point.zh,
		usable: why === undefined,
		why,
		nearby: point.nearby,
		...(isHere(resolved) && {
			here: resolved.name,
			kind: resolved.kind,
			module: resolved.module === '' ? undefined : resolved.module,
			skb_argument: resolved.skb,
			returns: resolved.kind === 'function' ? resolved.returns.kind : undefined,
		}),
	});
}
