import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { COMMANDS, STATUSES } from '../src/cli/commands.ts';
import { DROP_OPTIONS, GROUPS, type Option, REPORT_OPTIONS } from '../src/cli/options.ts';
import { EXIT } from '../src/errors.ts';
import { lang, languageOf, say, setLanguage } from '../src/lang.ts';

afterEach(() => setLanguage('en'));

describe('the language', () => {
	const cases: [name: string, environment: NodeJS.ProcessEnv, language: string][] = [
		['of an empty environment', {}, 'en'],
		['of Chinese', { LANG: 'zh_CN.UTF-8' }, 'zh'],
		['of Chinese elsewhere', { LANG: 'zh_TW' }, 'zh'],
		['of English', { LANG: 'en_US.UTF-8' }, 'en'],
		['of C', { LANG: 'C.UTF-8' }, 'en'],
		['of a language not spoken here', { LANG: 'de_DE.UTF-8' }, 'en'],
		['of messages before the rest', { LANG: 'en_US', LC_MESSAGES: 'zh_CN' }, 'zh'],
		['of everything before messages', { LC_ALL: 'C', LC_MESSAGES: 'zh_CN', LANG: 'zh_CN' }, 'en'],
		['where what is empty is not set', { LC_ALL: '', LC_MESSAGES: '', LANG: 'zh_CN' }, 'zh'],
		['of something that only contains zh', { LANG: 'xx_zh' }, 'en'],
	];
	for (const [name, environment, language] of cases) it(name, () => assert.equal(languageOf(environment), language));

	it('is English until somebody says otherwise', () => {
		assert.deepEqual([lang(), say('yes', '是')], ['en', 'yes']);
		setLanguage('zh');
		assert.deepEqual([lang(), say('yes', '是')], ['zh', '是']);
	});
});

const HAN = /\p{Script=Han}/u;
/** Chinese that may do without Chinese characters */
const UNTRANSLATED = new Set(['JSON']);

function assertBoth(what: string, en: string, zh: string): void {
	assert.ok(en.trim() === en && en.length > 0, `${what}: '${en}'`);
	assert.ok(zh.trim() === zh && zh.length > 0, `${what}: '${zh}'`);
	assert.doesNotMatch(en, HAN, what);
	assert.ok(HAN.test(zh) || UNTRANSLATED.has(zh), `${what}: '${zh}'`);
	assert.doesNotMatch(en + zh, /undefined|TODO|\n|\t/, what);
}

describe('everything that is said on the command line is said in both languages', () => {
	const options: [name: string, option: Option][] = [DROP_OPTIONS, REPORT_OPTIONS].flatMap((table) => Object.entries<Option>(table));

	it('options', () => {
		for (const [name, { flags, group, en, zh }] of options) {
			assertBoth(name, en, zh);
			assert.match(flags, /^(-\w, )?--[a-z][\w-]*( <[^>]+>| \[\w+\])?$/, name);
			assert.ok(group in GROUPS, name);
		}
	});

	it('options have flags of their own', () => {
		for (const table of [DROP_OPTIONS, REPORT_OPTIONS]) {
			const flags = Object.values<Option>(table).flatMap((option) =>
				[...option.flags.matchAll(/(?<=^|\s)--?[\w-]+/g)].map(([flag]) => flag),
			);
			assert.equal(new Set(flags).size, flags.length, flags.join(' '));
		}
	});

	it('groups', () => {
		for (const [name, [en, zh]] of Object.entries(GROUPS)) assertBoth(name, en, zh);
	});

	it('commands, their arguments, examples and notes', () => {
		assert.equal(new Set(COMMANDS.map(({ name }) => name)).size, COMMANDS.length);
		for (const { name, en, zh, argument, examples, notes = [] } of COMMANDS) {
			assertBoth(name, en, zh);
			if (argument) assertBoth(`${name} ${argument.spec}`, argument.en, argument.zh);
			assert.ok(examples.length > 0, name);
			for (const example of examples) assertBoth(example.command, example.en, example.zh);
			for (const note of notes) assertBoth(name, ...note);
		}
	});

	it('exit statuses, all of them', () => {
		for (const [status, en, zh] of STATUSES) assertBoth(String(status), en, zh);
		assert.deepEqual(
			STATUSES.map(([status]) => status),
			Object.values(EXIT),
		);
	});
});
