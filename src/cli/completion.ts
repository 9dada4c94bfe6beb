/** The command `nettrace completion SHELL`: one script that completes both tools. */
import { writeSync } from 'node:fs';
import { fail } from '../errors.ts';
import { say } from '../lang.ts';
import type { Invocation } from './commands.ts';
import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import { zshScript } from './completion/zsh.ts';

const SCRIPTS: ReadonlyMap<string, () => string> = new Map([
	['bash', bashScript],
	['zsh', zshScript],
	['fish', fishScript],
]);

/** @throws bad-option without a shell, or with one that has no script */
export async function completion({ tool, words: [shell, extra] }: Invocation): Promise<number> {
	const shells = [...SCRIPTS.keys()].join(', ');
	const choices = say(`: give one of ${shells}`, `:应为 ${shells} 之一`);
	if (shell === undefined) return fail('bad-option', { tool, what: say('no shell given', '未指定 shell'), hint: choices });
	if (extra !== undefined)
		return fail('bad-option', { tool, what: say(`one shell, not '${extra}' too`, `多余的参数 '${extra}'`), hint: choices });
	const script = SCRIPTS.get(shell);
	if (!script) return fail('bad-option', { tool, what: say(`no completion for '${shell}'`, `没有 '${shell}' 的补全`), hint: choices });
	print(script());
	return 0;
}

/** To standard output, however slowly it is read; a reader that left is no error. */
function print(text: string): void {
	let rest = Buffer.from(text);
	while (rest.length > 0) {
		try {
			rest = rest.subarray(writeSync(1, rest));
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			if (code === 'EPIPE') return;
			if (code !== 'EAGAIN') fail('output-failed', { path: 'standard output', why: (error as Error).message, lost: 0 });
		}
	}
}
