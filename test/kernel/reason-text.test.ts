import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REASON_TEXT, reasonText } from '../../src/kernel/reason-text.ts';

const entries = Object.entries(REASON_TEXT);
const CJK = /\p{Script=Han}/u;

test('names are enumerators without their common prefix', () => {
	for (const [name] of entries) {
		assert.match(name, /^[A-Z][A-Z0-9_]*[A-Z0-9]$/);
		assert.doesNotMatch(name, /^SKB_(DROP_REASON_|CONSUMED|NOT_DROPPED)/);
	}
});

test('every reason has a sentence in both languages', () => {
	for (const [name, { en, zh }] of entries) {
		assert.ok(en.length > 0 && zh.length > 0, name);
		assert.equal(en, en.trim(), name);
		assert.equal(zh, zh.trim(), name);
		assert.match(zh, CJK, name);
		assert.doesNotMatch(en, CJK, name);
	}
});

test('no two reasons share a sentence', () => {
	for (const language of ['en', 'zh'] as const) {
		const seen = new Map<string, string>();
		for (const [name, text] of entries) {
			assert.equal(seen.get(text[language]), undefined, `${name} in ${language}`);
			seen.set(text[language], name);
		}
	}
});

test('a sentence fits on a line after its label', () => {
	for (const [name, { en, zh }] of entries) {
		assert.ok(en.length <= 110, `${name}: ${en.length}`);
		// a Chinese character takes two columns
		const columns = [...zh].reduce((sum, character) => sum + (character.charCodeAt(0) > 0xff ? 2 : 1), 0);
		assert.ok(columns <= 110, `${name}: ${columns}`);
		assert.doesNotMatch(en, /[.。\n]$/, name);
		assert.doesNotMatch(zh, /[.。\n]$/, name);
	}
});

test('an English sentence starts in lower case unless its first word is a name', () => {
	for (const [name, { en }] of entries) assert.match(en, /^([a-z]|IPv6 |Wi-Fi |Open vSwitch |CAKE )/, name);
});

test('groups are in alphabetical order', () => {
	const group = (name: string): number => ['RX_', 'OVS_', 'QDISC_DROP_'].findIndex((prefix) => name.startsWith(prefix));
	for (const wanted of [-1, 0, 1, 2]) {
		const names = entries.map(([name]) => name).filter((name) => group(name) === wanted);
		assert.ok(names.length > 0);
		assert.deepEqual(names, names.toSorted());
	}
});

test('a reason is looked up by name', () => {
	assert.match(reasonText('NO_SOCKET', 'en') ?? '', /port/);
	assert.match(reasonText('NO_SOCKET', 'zh') ?? '', /套接字/);
	for (const name of ['CONSUMED', 'NOT_DROPPED_YET', 'QDISC_DROP', 'OVS_DROP_LAST_ACTION', 'RX_DROP_U_MIC_FAIL', 'QDISC_DROP_OVERLIMIT'])
		assert.ok(reasonText(name, 'en'), name);
});

test('an unknown name has no sentence', () => {
	assert.equal(reasonText('REASON_4711', 'en'), undefined);
	assert.equal(reasonText('constructor', 'zh'), undefined);
	assert.equal(reasonText('', 'en'), undefined);
});
