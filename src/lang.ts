/** The language of everything printed for people. JSON keys and values are never translated. */
export type Lang = 'en' | 'zh';

let current: Lang = 'en';

export const lang = (): Lang => current;

/** Follows POSIX: LC_ALL, then LC_MESSAGES, then LANG. */
export function languageOf(environment: NodeJS.ProcessEnv): Lang {
	const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || '';
	return locale.startsWith('zh') ? 'zh' : 'en';
}

export function setLanguage(language: Lang): void {
	current = language;
}

/** Picks the text of the current language. */
export const say = (en: string, zh: string): string => (current === 'zh' ? zh : en);
