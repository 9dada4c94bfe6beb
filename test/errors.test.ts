import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { ERRORS, EXIT, fail, KnownError } from '../src/errors.ts';
import { setLanguage } from '../src/lang.ts';

afterEach(() => setLanguage('en'));

const HAN = /\p{Script=Han}/u;
const placeholders = (text: string) => [...text.matchAll(/\{(.*?)\}/g)].map(([, name]) => name ?? '');

describe('every error', () => {
	for (const [code, { exit, en, zh }] of Object.entries(ERRORS)) {
		it(`says the same in both languages: ${code}`, () => {
			assert.deepEqual(placeholders(zh).sort(), placeholders(en).sort());
			for (const name of placeholders(en)) assert.match(name, /^\w+$/);
			assert.match(zh.replace(/\{.*?\}/g, ''), HAN);
			assert.doesNotMatch(en, HAN);
			for (const text of [en, zh]) assert.equal(text, text.trim());
			assert.match(code, /^[a-z]+(-[a-z]+)*$/);
			assert.ok(exit > 0 && Object.values<number>(EXIT).includes(exit));
		});
	}

	it('has a sentence of its own', () => {
		for (const language of ['en', 'zh'] as const)
			assert.equal(new Set(Object.values(ERRORS).map((entry) => entry[language])).size, Object.keys(ERRORS).length);
	});

	it('is filled with what it asks for, and nothing is left open', () => {
		for (const language of ['en', 'zh'] as const) {
			setLanguage(language);
			for (const [code, entry] of Object.entries(ERRORS)) {
				const parameters = Object.fromEntries(placeholders(entry.en).map((name, i) => [name, `<${i}>`]));
				const { message } = new KnownError(code as 'output-open', parameters as { path: string; why: string });
				assert.doesNotMatch(message, /[{}]|undefined/);
				for (const value of Object.values(parameters)) assert.ok(message.includes(value), `${code}: ${value}`);
			}
		}
	});
});

describe('a known error', () => {
	it('has a code, a status and a detail', () => {
		assert.throws(
			() => fail('no-btf', { path: '/sys' }, 'libbpf: …'),
			(error: unknown) => {
				assert.ok(error instanceof KnownError && error instanceof Error);
				assert.deepEqual([error.name, error.code, error.exit, error.detail], ['KnownError', 'no-btf', EXIT.unsupported, 'libbpf: …']);
				assert.match(error.message, /at \/sys \(CONFIG_DEBUG_INFO_BTF\)/);
				return true;
			},
		);
	});

	it('has zeros, and values that look like placeholders, as they are', () => {
		assert.match(
			new KnownError('filter-too-long', { option: '{limit}', limit: 0, count: '$&' }).message,
			/^\{limit\} takes at most 0 entries, \$& were given/,
		);
	});

	it('speaks the language of the moment', () => {
		setLanguage('zh');
		assert.match(new KnownError('output-open', { path: '/a', why: 'b' }).message, /^无法写入 \/a/);
	});
});

it('statuses are those of the manual', () => {
	assert.deepEqual(EXIT, { ok: 0, failed: 1, usage: 2, unsupported: 3, notPermitted: 4, lost: 5, fault: 6, killed: 130 });
});
