/** Which points are watched, and how: the best that works here. */
import { type Selected, selectPoints } from '../catalogue/select.ts';
import { fail } from '../errors.ts';
import { say } from '../lang.ts';
import { BACKENDS, type BackendName, bestFor, FUNCTION_BACKENDS } from '../trace/backends.ts';
import { Probes } from '../trace/probes.ts';
import type { PathSettings } from './path-settings.ts';

export interface Choice {
	backend: BackendName;
	selected: Selected;
	/** what speaks against watching functions */
	why: string;
	/** what was attached to find out: to be taken off when there is time */
	trial: Probes;
}

/** The best backend that works, and the points it can watch. @throws no-backend, bad-point, no-points */
export function choose({ backend: asked, selection }: Pick<PathSettings, 'backend' | 'selection'>): Choice {
	if (selection.returns && asked !== undefined && !BACKENDS[asked].returns)
		fail('option-conflict', {
			one: '--ret',
			other: `--backend ${asked}`,
			why: say('the end of a function cannot be paired with its packet there', '该方式无法将函数返回与报文配对'),
		});
	const trial = new Probes();
	if (asked === 'tracepoints') return { backend: asked, selected: selectPoints(selection, false), why: '', trial };
	const selected = selectPoints(selection, true);
	const functions = selected.points.filter(({ kind }) => kind === 'function');
	const names = asked !== undefined ? [asked] : FUNCTION_BACKENDS.filter((name) => !selection.returns || BACKENDS[name].returns);
	const { backend, why } = bestFor(functions, names, trial);
	if (backend) return { backend, selected, why, trial };
	if (asked !== undefined) fail('no-backend', { backend: asked, why });
	if (selection.returns)
		fail('no-backend', {
			backend: say('(with --ret)', '(使用 --ret)'),
			why: say(`ends of functions cannot be watched here: ${why}`, `此处无法观察函数返回:${why}`),
		});
	return { backend: 'tracepoints', selected: functions.length === 0 ? selected : selectPoints(selection, false), why, trial };
}
