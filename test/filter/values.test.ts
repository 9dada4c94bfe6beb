import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { parseCount, parseDuration, parseLength, parseMark, parsePorts, parseSize, parseTcpFlags } from '../../src/filter/values.ts';
import { setLanguage } from '../../src/lang.ts';

interface Value {
	what: string;
	parse: (text: string, option: string) => unknown;
	code?: string;
	good: readonly (readonly [text: string, value: unknown])[];
	bad: readonly string[];
}

const range = (low: number, high = low) => ({ low, high });
const mark = (value: number, mask = 0xffff_ffff) => ({ value, mask });

const VALUES: readonly Value[] = [
	{
		what: 'ports',
		parse: parsePorts,
		code: 'bad-port',
		good: [
			['0', [range(0)]],
			['65535', [range(65535)]],
			['53,8000-8100', [range(53), range(8000, 8100)]],
			[' 80 , 443 ', [range(80), range(443)]],
			['0-65535', [range(0, 65535)]],
			['7-7', [range(7)]],
			['00080', [range(80)]],
		],
		bad: [
			'',
			',',
			'80,',
			',80',
			'65536',
			'99999',
			'100000',
			'-1',
			'80-',
			'-80',
			'90-80',
			'1-2-3',
			'80 - 90',
			'http',
			'0x50',
			'8.0',
			'1e3',
			'80-65536',
		],
	},
	{
		what: 'a count',
		parse: parseCount,
		good: [
			['1', 1],
			['0010', 10],
			['9007199254740991', Number.MAX_SAFE_INTEGER],
		],
		bad: ['', '0', '-1', '1.0', '1.5', '1e3', '0x10', ' 1', '1 ', 'ten', '9007199254740992', '１'],
	},
	{
		what: 'a count that may be 0',
		parse: (text, option) => parseCount(text, option, 0),
		good: [['0', 0]],
		bad: ['', '-0', '-1'],
	},
	{
		what: 'a duration',
		parse: parseDuration,
		good: [
			['10', 10_000],
			['10s', 10_000],
			['500ms', 500],
			['2m', 120_000],
			['1h', 3_600_000],
			['0.5', 500],
			['1.5m', 90_000],
			['0.001s', 1],
		],
		bad: ['', '0', '0s', '0.0', '-1', '1d', '10S', '10 s', '.5', '5.', '1m30s', 's', '1e3', 'Infinity', '1,5'],
	},
	{
		what: 'a size',
		parse: parseSize,
		good: [
			['4096', 4096],
			['4k', 4096],
			['64K', 65536],
			['64KiB', 65536],
			['64kb', 65536],
			['4M', 4 << 20],
			['1024m', 2 ** 30],
			['1073741824', 2 ** 30],
		],
		bad: ['', '0', '4095', '3k', '1025M', '1073741825', '1G', '-4k', '4.5k', '4 k', 'k', '4kk', '0x1000', '99999999999999999999'],
	},
	{
		what: 'a mark',
		parse: parseMark,
		good: [
			['0', mark(0)],
			['0x10', mark(16)],
			['16', mark(16)],
			['0xFFFFFFFF', mark(0xffff_ffff)],
			['4294967295', mark(0xffff_ffff)],
			['0x1234/0xff', mark(0x34, 0xff)],
			['0x10/0x0f', mark(0, 0x0f)],
			['0xffffffff/0x80000000', mark(0x8000_0000, 0x8000_0000)],
			['1/0', mark(0, 0)],
			['255/15', mark(15, 15)],
		],
		bad: [
			'',
			'/',
			'0x',
			'0x/1',
			'0x10/',
			'/0xff',
			'0x100000000',
			'4294967296',
			'1/4294967296',
			'-1',
			'ff',
			'1/2/3',
			'0x10 /1',
			'0b1',
			'1.0',
		],
	},
	{
		what: 'a length',
		parse: parseLength,
		good: [
			['1500', range(1500)],
			['64-1500', range(64, 1500)],
			['0-63', range(0, 63)],
			['999999999', range(999_999_999)],
		],
		bad: ['', '0', '0-0', '-1500', '64-', '1500-64', '64-1500-2000', '64,1500', '1k', '64 - 100', '1000000000'],
	},
	{
		what: 'TCP flags',
		parse: parseTcpFlags,
		good: [
			['F', 1],
			['S', 2],
			['R', 4],
			['P', 8],
			['A', 16],
			['U', 32],
			['E', 64],
			['W', 128],
			['SA', 18],
			['sa', 18],
			['SS', 2],
			['FSRPAUEW', 255],
		],
		bad: ['', 'X', 'SX', 'SYN', 'S,A', ' S', '2', 'S A', 'constructor', '__proto__'],
	},
];

for (const { what, parse, code = 'bad-value', good, bad } of VALUES) {
	describe(what, () => {
		for (const [text, value] of good) it(`is ${JSON.stringify(text)}`, () => assert.deepEqual(parse(text, '--option'), value));
		for (const text of bad) {
			it(`is not ${JSON.stringify(text)}`, () => {
				assert.throws(() => parse(text, '--option'), {
					name: 'KnownError',
					code,
					exit: 2,
					message: /' is not a (value|port) for --option: give ./,
				});
			});
		}

		it('is a value or a known error, whatever is typed', () => {
			const pieces = fc.constantFrom(...'0123456789-,./xXkKmMsSbBiI ', 'ms', '0x', 'ff');
			const typed = fc.oneof(
				fc.string(),
				fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
			);
			fc.assert(
				fc.property(typed, (text) => {
					try {
						assert.doesNotMatch(JSON.stringify(parse(text, '--option')), /null|(?<!e)-\d/);
					} catch (error) {
						assert.equal((error as { code?: unknown }).code, code, String(error));
					}
				}),
				{ numRuns: 500 },
			);
		});
	});
}

describe('what is wanted instead', () => {
	afterEach(() => setLanguage('en'));

	for (const { what, parse, bad } of VALUES) {
		it(`is said in Chinese too: ${what}`, () => {
			setLanguage('zh');
			assert.throws(
				() => parse(bad.at(-1) ?? '', '--option'),
				({ message }: Error) => {
					assert.match(message, /无效[:：](应为|请给出) ?.*\p{Script=Han}/u);
					assert.doesNotMatch(message, / (such as|of at least) /);
					return true;
				},
			);
		});
	}

	it('names the least that a count may be', () => {
		assert.throws(() => parseCount('3', '--count', 4), { message: "'3' is not a value for --count: give a whole number of at least 4" });
	});

	it('names the one bad port of a list', () => {
		assert.throws(() => parsePorts('80,http,90', '--sport'), { message: /^'http' is not a port for --sport/ });
	});
});

describe('any', () => {
	it('port range is what was written', () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(fc.nat(65535), fc.nat(65535)), { minLength: 1 }), (pairs) => {
				const ranges = pairs.map(([a, b]) => range(Math.min(a, b), Math.max(a, b)));
				const text = ranges.map(({ low, high }) => (low === high ? `${low}` : `${low}-${high}`)).join(',');
				assert.deepEqual(parsePorts(text, '--port'), ranges);
			}),
		);
	});

	it('mark fits its own mask', () => {
		fc.assert(
			fc.property(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff), (value, mask) => {
				const expected = { value: Number(BigInt(value) & BigInt(mask)), mask };
				assert.deepEqual(parseMark(`${value}/${mask}`, '--mark'), expected);
				assert.deepEqual(parseMark(`0x${value.toString(16)}/0x${mask.toString(16)}`, '--mark'), expected);
			}),
		);
	});
});
