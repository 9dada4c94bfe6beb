import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseProtocols, protocolNames } from '../../src/filter/protocol.ts';
import { ethertypeName } from '../../src/packet/ethertypes.ts';
import { protocolName } from '../../src/packet/protocols.ts';

describe('protocols', () => {
	const cases: [text: string, l3: number[], l4: number[]][] = [
		['tcp', [], [6]],
		['TCP', [], [6]],
		['ip', [0x0800], []],
		['ipv4', [0x0800], []],
		['ip6', [0x86dd], []],
		['arp', [0x0806], []],
		['tcp,arp,89', [0x0806], [6, 89]],
		[' udp , ipv6 ', [0x86dd], [17]],
		['icmp,icmpv6', [], [1, 58]],
		['0', [], [0]],
		['255', [], [255]],
		['006', [], [6]],
	];
	for (const [text, l3, l4] of cases) it(`'${text}'`, () => assert.deepEqual(parseProtocols(text), { l3, l4 }));

	const bad: [text: string, message: RegExp][] = [
		['tpc', /^no protocol 'tpc' \(did you mean tcp/],
		['tcp,udpp', /^no protocol 'udpp' \(did you mean udp.*\?\): give a name/],
		['icmpv4', /^no protocol 'icmpv4' \(did you mean icmpv6/],
		['http', /^no protocol 'http'/],
		['quicksand', /^no protocol 'quicksand': give a name/],
		['256', /^no protocol '256'/],
		['1000', /^no protocol '1000'/],
		['-1', /^no protocol '-1'/],
		['0x06', /^no protocol '0x06'/],
		['', /^no protocol ''/],
		['tcp,', /^no protocol ''/],
		['tcp udp', /^no protocol 'tcp udp'/],
		// what every object answers for
		['constructor', /^no protocol 'constructor'/],
		['__proto__', /^no protocol '__proto__'/],
		['toString', /^no protocol 'tostring'/],
	];
	for (const [text, message] of bad)
		it(`'${text}' is none`, () => assert.throws(() => parseProtocols(text), { code: 'bad-protocol', exit: 2, message }));

	it('all work by the names that are offered', () => {
		const names = protocolNames();
		assert.ok(names.length > 25 && new Set(names).size === names.length);
		for (const name of names) {
			const { l3, l4 } = parseProtocols(name);
			// MPLS and PPPoE have two ethertypes
			assert.equal(l3.length > 0 ? 1 : l4.length, 1, name);
			assert.ok(l3.every((number) => number <= 0xffff) && l4.every((number) => number < 256));
		}
	});

	it('are called as packets show them', () => {
		const shown: Record<string, string> = { ip: 'ipv4', ip4: 'ipv4', ip6: 'ipv6', icmp6: 'icmpv6' };
		for (const name of protocolNames()) {
			const { l3, l4 } = parseProtocols(name);
			for (const number of l3) assert.equal(ethertypeName(number)?.toLowerCase(), shown[name] ?? name);
			for (const number of l4) assert.equal(protocolName(number).toLowerCase(), shown[name] ?? name);
		}
	});

	it('are a list of numbers or a known error, whatever is typed', () => {
		fc.assert(
			fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...protocolNames(), '7', '300')), { maxLength: 5 }), (words) => {
				try {
					const { l3, l4 } = parseProtocols(words.join(','));
					assert.ok([...l3, ...l4].every(Number.isInteger));
				} catch (error) {
					assert.equal((error as { code?: unknown }).code, 'bad-protocol', String(error));
				}
			}),
		);
	});
});
