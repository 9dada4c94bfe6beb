/** Completion as the shells do it, from the script that `nettrace completion` prints. A shell that is not installed is skipped. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { contexts, namesOf } from '../../src/cli/completion/contexts.ts';
import { installed, PROJECT } from './programs.ts';
import { Terminal } from './terminal.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const folder = mkdtempSync(join(tmpdir(), 'nt-cli-completion-'));
const script = (shell: Shell) => join(folder, `nettrace.${shell}`);
const missing = (...names: string[]) => {
	const first = names.find((name) => !installed(name));
	return first === undefined ? false : `${first} is not installed`;
};

before(() => {
	for (const shell of SHELLS) {
		const { stdout, status } = spawnSync(join(PROJECT, 'bin/nettrace'), ['completion', shell], { encoding: 'utf8' });
		assert.equal(status, 0);
		writeFileSync(script(shell), stdout);
	}
});
after(() => rmSync(folder, { recursive: true }));

/** What bash offers for the last of `words`, which are as bash would split them. */
function inBash(...words: string[]): string[] {
	const driver = `
		compopt() { :; }
		source ${script('bash')}
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_nettrace "$1"
		printf '%s\\n' "\${COMPREPLY[@]}"`;
	const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', driver, 'bash', ...words], { encoding: 'utf8' });
	assert.equal(stderr, '');
	assert.equal(status, 0);
	return stdout.split('\n').filter((line) => line !== '');
}

/** What fish offers for a line, without the descriptions. */
function inFish(line: string): string[] {
	const code = `source ${script('fish')}; complete -C ${JSON.stringify(line)}`;
	const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', code], { encoding: 'utf8' });
	assert.equal(stderr, '');
	return stdout
		.split('\n')
		.filter((text) => text !== '')
		.map((text) => text.replace(/\t.*/, ''));
}

/** Keys that show the line as it is now, and empty it. */
const SHOW = '\x14';
const START: Readonly<Record<'bash' | 'zsh', { command: string; setup: () => string }>> = {
	bash: {
		command: 'bash --norc --noprofile -i',
		setup: () => `bind 'set bell-style none'; bind -x '"\\C-t": echo "<$READLINE_LINE>"; READLINE_LINE='; source ${script('bash')}`,
	},
	zsh: {
		command: 'zsh -f -i',
		setup: () =>
			`autoload -Uz compinit; compinit -D -u; show() { print -r -- "<$BUFFER>"; BUFFER=; }; zle -N show; bindkey '^T' show; source ${script('zsh')}`,
	},
};

/** Types each line and a tab in a terminal; gives what stands there then. */
async function typedIn(shell: 'bash' | 'zsh', lines: readonly string[]): Promise<string[]> {
	using terminal = new Terminal(START[shell].command, { ...process.env, TERM: 'dumb', LANG: 'C.UTF-8', PS1: '$ ' });
	// echoed while typed, it must not look like its own answer
	terminal.type(`${START[shell].setup()}; echo rea''dy\n`);
	await terminal.until(/^ready/m);
	const found: string[] = [];
	for (const line of lines) {
		terminal.type(`${line}\t${SHOW}`);
		found.push((await terminal.until(/<(.*)>/))[1] ?? '');
	}
	return found;
}

describe('the scripts', () => {
	for (const shell of SHELLS) {
		test(`${shell} has nothing against the syntax`, { skip: missing(shell) }, () => {
			const { stderr, status } = spawnSync(shell, ['-n', script(shell)], { encoding: 'utf8' });
			assert.equal(stderr, '');
			assert.equal(status, 0);
		});
	}

	test('every option of the tables is offered in every shell', { skip: missing('bash', 'fish') }, () => {
		const zsh = readFileSync(script('zsh'), 'utf8');
		for (const { name, options } of contexts()) {
			const long = options.map((option) => option.long ?? namesOf(option)[0] ?? '').toSorted();
			assert.deepEqual(inBash(...name.split(' '), '-').toSorted(), long);
			const fish = inFish(`${name} --`);
			for (const option of long) {
				assert.ok(fish.includes(option), `fish: ${name} ${option}`);
				assert.ok(zsh.includes(option), `zsh: ${name} ${option}`);
			}
		}
	});
});

describe('bash', { skip: missing('bash') }, () => {
	const interfaces = readdirSync('/sys/class/net', { withFileTypes: true })
		.filter((entry) => !entry.isFile())
		.map(({ name }) => name);

	test('commands and their arguments', () => {
		assert.ok(inBash('nettrace', '').includes('completion'));
		assert.deepEqual(inBash('nettrace', 'comp'), ['completion']);
		assert.deepEqual(inBash('nettrace', 'completion', ''), ['bash', 'zsh', 'fish']);
		assert.deepEqual(inBash('nettrace', 'completion', 'z'), ['zsh']);
		assert.deepEqual(inBash('nettrace', '--', 'x'), []);
	});

	test('a tool called by its path', () => assert.deepEqual(inBash('./bin/droptrace', '--ifa'), ['--iface']));

	test('options', () => {
		assert.deepEqual(inBash('droptrace', '--netns'), ['--netns', '--netns-current']);
		assert.deepEqual(inBash('nettrace', 'doctor', '--j'), ['--json']);
		assert.deepEqual(inBash('droptrace', '--all', '-p', 'tcp', '--exc'), ['--exclude-reason']);
	});

	test('fixed values', () => {
		assert.deepEqual(inBash('droptrace', '--color', ''), ['auto', 'always', 'never']);
		assert.deepEqual(inBash('droptrace', '--lang', 'z'), ['zh']);
		assert.deepEqual(inBash('droptrace', '-p', 'ud'), ['udp', 'udplite']);
		assert.deepEqual(inBash('droptrace', '--exclude-reason', 'no_sock'), ['NO_SOCKET']);
	});

	test('a value after the sign, which bash makes a word of its own', () => {
		assert.deepEqual(inBash('droptrace', '--color', '=', 'n'), ['never']);
		assert.deepEqual(inBash('droptrace', '--lang', '='), ['en', 'zh']);
		assert.deepEqual(inBash('droptrace', '--color', '=', 'never', '--lan'), ['--lang']);
	});

	test('and when it does not', () => assert.deepEqual(inBash('droptrace', '--proto=tcp,sct'), ['--proto=tcp,sctp']));

	test('the last element of a list, and nothing twice', () => {
		assert.deepEqual(inBash('droptrace', '-p', 'tcp,sct'), ['tcp,sctp']);
		assert.deepEqual(inBash('droptrace', '-p', 'udp,ud'), ['udp,udplite']);
		assert.deepEqual(inBash('droptrace', '-r', 'NO_SOCKET,tcp_zerow'), ['NO_SOCKET,TCP_ZEROWINDOW']);
	});

	test('devices of this machine, without the files beside them', () => {
		assert.deepEqual(inBash('droptrace', '-i', '').toSorted(), interfaces.toSorted());
	});

	test('namespaces', () => assert.ok(inBash('droptrace', '--netns', 'cur').includes('current')));

	test('a value that is not known, and a file, are left to the shell', () => {
		assert.deepEqual(inBash('droptrace', '--saddr', ''), []);
		assert.deepEqual(inBash('droptrace', '-o', '/'), []);
	});

	test('a value that looks like a command is none', () => assert.deepEqual(inBash('droptrace', '--comm', 'doctor', '--ifa'), ['--iface']));
});

describe('fish', { skip: missing('fish') }, () => {
	test('commands, options, values and lists', () => {
		assert.deepEqual(inFish('nettrace comp'), ['completion']);
		assert.deepEqual(inFish('nettrace completion z'), ['zsh']);
		assert.deepEqual(inFish('nettrace doctor --js'), ['--json']);
		assert.deepEqual(inFish('droptrace --ifa'), ['--iface']);
		assert.deepEqual(inFish('droptrace --lang z'), ['zh']);
		assert.deepEqual(inFish('droptrace -p tcp,sct'), ['tcp,sctp']);
		assert.deepEqual(inFish('droptrace --proto=tcp,sct'), ['--proto=tcp,sctp']);
		assert.deepEqual(inFish('droptrace -i l'), ['lo']);
		assert.ok(inFish('droptrace --netns cur').includes('current'));
		assert.deepEqual(inFish('droptrace -r NO_SOCK'), ['NO_SOCKET']);
		assert.deepEqual(inFish(`droptrace -o ${folder}/nettrace.z`), [`${folder}/nettrace.zsh`]);
	});
});

describe('in a terminal', () => {
	for (const shell of ['bash', 'zsh'] as const) {
		test(shell, { skip: missing(shell, 'script') }, async () => {
			const cases: Record<string, string> = {
				'nettrace comp': 'nettrace completion ',
				'nettrace completion z': 'nettrace completion zsh ',
				'droptrace --ifa': shell === 'zsh' ? 'droptrace --iface=' : 'droptrace --iface ',
				'droptrace --lang z': 'droptrace --lang zh ',
				'droptrace --lang=z': 'droptrace --lang=zh ',
				'droptrace -p tcp,sct': 'droptrace -p tcp,sctp',
				'droptrace --proto=tcp,sct': 'droptrace --proto=tcp,sctp',
				'droptrace -r no_sock': 'droptrace -r NO_SOCKET',
				'droptrace --netns curr': 'droptrace --netns current',
				[`droptrace -o ${folder}/nettrace.z`]: `droptrace -o ${folder}/nettrace.zsh `,
				'nettrace doctor --js': 'nettrace doctor --json ',
			};
			// zsh puts a comma after an element of a list, and takes it back when a space follows
			const found = (await typedIn(shell, Object.keys(cases))).map((line) => line.replace(/,$/, ''));
			assert.deepEqual(found, Object.values(cases));
		});
	}
});
