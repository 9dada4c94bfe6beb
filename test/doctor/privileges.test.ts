/** Users without all rights, on whatever kernel this is. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Machine } from '../../src/doctor/machine.ts';
import { missing, type Requirement } from '../cli/requirements.ts';
import { doctor, helper, json, resultOf, usual, worksIn } from './command.ts';

const need = (...requirements: Requirement[]) => ({ skip: missing(requirements) });

describe('nettrace doctor', () => {
	test('without privileges nothing is a no that privileges would change', need('root', 'setpriv'), () => {
		const outcome = doctor(['--json'], { as: [helper('unprivileged')] });
		const report = json(outcome);
		assert.equal(outcome.status, 4);
		for (const id of ['tp_btf', 'kprobe', 'xdp', 'droptrace']) assert.equal(resultOf(report, id), 'unknown', id);
		for (const id of ['CAP_BPF', 'CAP_SYS_ADMIN']) assert.equal(resultOf(report, id), 'no', id);
		assert.equal(resultOf(report, 'btf'), 'yes');
	});

	test('two capabilities are enough for droptrace', need('tracing', 'setpriv'), () => {
		// before 5.11, maps count as locked memory
		const lock = new Machine().isSince('5.11') ? '' : ',+sys_resource';
		const as = ['setpriv', '--inh-caps=-all', `--bounding-set=-all,+bpf,+perfmon${lock}`];
		const rich = json(usual());
		const report = json(doctor(['--json'], { as }));
		assert.equal(resultOf(report, 'tp_btf'), resultOf(rich, 'tp_btf'));
		// a kernel that does not know it says so before it asks who is there
		assert.equal(resultOf(report, 'netfilter'), resultOf(rich, 'netfilter') === 'no' ? 'no' : 'unknown');
		assert.equal(worksIn(report, 'droptrace'), worksIn(rich, 'droptrace'));
	});
});
