import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseReasons } from '../../src/filter/reason.ts';
import { Reasons } from '../../src/kernel/reasons.ts';
import { within } from '../bpf/within.ts';
import { OPENVSWITCH, reasonBtf } from '../kernel/reason-btf.ts';

const { kernel, openvswitch } = reasonBtf();
const reasons = new Reasons(kernel, () => [openvswitch]);
const names = (text: string) => parseReasons(text, reasons).map(({ name }) => name);

describe('reasons', () => {
	const cases: [text: string, found: string[]][] = [
		['NO_SOCKET', ['NO_SOCKET']],
		['no_socket', ['NO_SOCKET']],
		['SKB_DROP_REASON_NO_SOCKET', ['NO_SOCKET']],
		['skb_drop_reason_no_socket', ['NO_SOCKET']],
		['3', ['NO_SOCKET']],
		[String(OPENVSWITCH + 2), ['OVS_DROP_EXPLICIT']],
		['TCP_*', ['TCP_CSUM', 'TCP_FLAGS']],
		['*_CSUM', ['TCP_CSUM']],
		['tcp*c*m', ['TCP_CSUM']],
		['ovs_*', ['OVS_DROP_LAST_ACTION', 'OVS_DROP_EXPLICIT']],
		['SKB_DROP_REASON_TCP_*', ['TCP_CSUM', 'TCP_FLAGS']],
		['TCP_CSUM, 3 ,OVS_DROP_EXPLICIT', ['TCP_CSUM', 'NO_SOCKET', 'OVS_DROP_EXPLICIT']],
		['*', reasons.all().map(({ name }) => name)],
	];
	for (const [text, found] of cases) it(`'${text}'`, () => assert.deepEqual(names(text), found));

	const bad: [text: string, message: RegExp][] = [
		['NO_SOKCET', /^this kernel has no drop reason 'NO_SOKCET' \(did you mean NO_SOCKET\?\)$/],
		['TCP', /^this kernel has no drop reason 'TCP' \(did you mean TCP_CSUM or TCP_FLAGS\?\)$/],
		['UDP_*', /has no drop reason 'UDP_\*'/],
		['4711', /has no drop reason '4711'$/],
		['03', /has no drop reason '03'/],
		['3.', /has no drop reason '3\.'/],
		['', /has no drop reason ''$/],
		['NO_SOCKET,', /has no drop reason ''/],
		['SKB_DROP_REASON_', /has no drop reason 'SKB_DROP_REASON_'/],
		['NO.SOCKET', /has no drop reason 'NO\.SOCKET'/],
		['.*', /has no drop reason '\.\*'/],
		['NO_SOCKET|TCP_CSUM', /has no drop reason/],
		['[N]O_SOCKET', /has no drop reason/],
		['(', /has no drop reason '\('/],
		['\\', /has no drop reason/],
		['SKB_DROP_REASON_MAX', /has no drop reason/],
		['OVS_DROP_MAX', /has no drop reason/],
	];
	for (const [text, message] of bad) {
		it(`'${text}' is none`, () => assert.throws(() => parseReasons(text, reasons), { code: 'bad-reason', exit: 2, message }));
	}

	it('are reasons or a known error, whatever is typed, and at once', () => {
		const typed = fc
			.array(fc.oneof(fc.string(), fc.constantFrom('*', 'TCP_', ',', 'S', '3')), { maxLength: 8 })
			.map((list) => list.join(''));
		fc.assert(
			fc.property(typed, (text) => {
				within(60_000, () => {
					try {
						assert.ok(parseReasons(text, reasons).length > 0);
					} catch (error) {
						assert.equal((error as { code?: unknown }).code, 'bad-reason', String(error));
					}
				});
			}),
			{ numRuns: 300 },
		);
	});

	it('are found at once behind many stars', () => {
		within(60_000, () => assert.throws(() => parseReasons(`${'*_'.repeat(12)}X`, reasons), { code: 'bad-reason' }));
	});
});
