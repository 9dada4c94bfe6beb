import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CAPABILITIES, type Capability, effectiveCapabilities, requireTracing } from '../../src/kernel/capabilities.ts';

const status = (hex: string) => `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${hex}\nCapBnd:\t000001ffffffffff\n`;
const ALL = Object.keys(CAPABILITIES) as Capability[];

describe('effective capabilities', () => {
	const cases: [name: string, hex: string, expected: Capability[]][] = [
		['of root', '000001ffffffffff', ALL],
		['of nobody', '0000000000000000', []],
		['of a service that may trace', '000000c000000000', ['CAP_PERFMON', 'CAP_BPF']],
		['above bit 31', '0000000400000000', ['CAP_SYSLOG']],
		['below bit 31', '0000000000201000', ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN']],
	];
	for (const [name, hex, expected] of cases) it(name, () => assert.deepEqual([...effectiveCapabilities(status(hex))], expected));

	it('are none when the kernel says nothing', () => assert.equal(effectiveCapabilities('Name:\tnode\n').size, 0));

	it('of this process can be read', () => assert.ok([...effectiveCapabilities()].every((name) => ALL.includes(name))));
});

describe('tracing', () => {
	const allowed: Capability[][] = [ALL, ['CAP_SYS_ADMIN'], ['CAP_BPF', 'CAP_PERFMON']];
	for (const have of allowed) it(`is allowed with ${have.join(', ')}`, () => requireTracing('droptrace', new Set(have)));

	const refused: [have: Capability[], missing: string][] = [
		[[], 'CAP_BPF and CAP_PERFMON'],
		[['CAP_BPF'], 'CAP_PERFMON'],
		[['CAP_PERFMON', 'CAP_NET_ADMIN'], 'CAP_BPF'],
		[['CAP_NET_ADMIN', 'CAP_SYSLOG'], 'CAP_BPF and CAP_PERFMON'],
	];
	for (const [have, missing] of refused) {
		it(`is refused with ${have.join(', ') || 'none'}`, () =>
			assert.throws(() => requireTracing('droptrace', new Set(have)), {
				code: 'no-capability',
				exit: 4,
				message: new RegExp(`^not permitted: ${missing} missing, .*sudo droptrace`),
			}));
	}
});
