/**
 * Where libpcap stumbled. It does not say: a message may name the word it is about, and for a syntax error the place is found by
 * trying. It is behind the longest beginning of the text that some continuation makes an expression of.
 */

/** What libpcap says against a text, or nothing. */
type Refusal = (text: string) => string | undefined;

const SYNTAX_ERROR = /syntax error/;
/** libpcap's tokens, as far as their ends matter: operators, IPv6 and Ethernet addresses, names and numbers, anything else */
const TOKEN =
	/[<>!=]=|<<|>>|&&|\|\||[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*|[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?|\\[^ !()\n\t]+|\S/g;
/** What may complete a beginning: an operand, closing brackets, a comparison somewhere among them. */
const OPERANDS = ['', '1', '1.1.1.1', '1-2', 'tcp', 'dst 1.1.1.1', '::1', '1/1', '00:00:00:00:00:01'];
const COMPARISON = '= 1';
/** Longer texts are not tried: each attempt is a compilation, and a list of a thousand hosts is written by a program. */
const MOST_TOKENS = 100;
/** What stands for words that might be names, because no name server shall be asked again and again. */
const NAMES = ['localhost', '1.1.1.1', '::1'];

interface Token {
	text: string;
	start: number;
}

/**
 * Two more lines, the text and a caret under the place that `message` is about; nothing when that cannot be determined, or when
 * columns cannot be counted.
 */
export function caret(text: string, message: string, refusal: Refusal): string {
	const shown = text.replace(/\s/g, ' ').trimEnd();
	// anything else may be wider or narrower than a column
	if (/[^\x20-\x7e]/.test(shown)) return '';
	const tokens: Token[] = Array.from(shown.matchAll(TOKEN), (match) => ({ text: match[0], start: match.index }));
	const column = SYNTAX_ERROR.test(message) ? syntaxError(shown, tokens, refusal) : named(message, shown);
	return column === undefined ? '' : `\n  ${shown}\n  ${' '.repeat(column)}^`;
}

/** What the message quotes, or the number it finds too large, if the text has that in one place only. */
function named(message: string, text: string): number | undefined {
	const word = /['"]([^'"]+)['"]/.exec(message)?.[1] ?? /(\w+) (?:>|greater than|overflows) /.exec(message)?.[1];
	if (word === undefined) return undefined;
	const whole = new RegExp(`(?<![\\w.:-])${word.replace(/[^\w]/g, '\\$&')}(?![\\w.:-])`, 'g');
	const places = Array.from(text.matchAll(whole), (match) => match.index);
	return places.length === 1 ? places[0] : undefined;
}

/** The token with which no expression can go on, or the end of a text that is only a beginning. */
function syntaxError(text: string, tokens: readonly Token[], refusal: Refusal): number | undefined {
	if (tokens.length === 0 || tokens.length > MOST_TOKENS) return undefined;
	const isSyntaxError = (attempt: string) => SYNTAX_ERROR.test(refusal(attempt) ?? '');
	const names = tokens.map((token) => isName(token.text, isSyntaxError, refusal));
	for (const name of NAMES) {
		const words = tokens.map((token, index) => (names[index] ? name : token.text));
		// another message would mean that the name is wrong in its place, and libpcap has not come to ours
		if (!isSyntaxError(words.join(' '))) continue;
		for (let good = words.length; good >= 0; good--) {
			const beginning = words.slice(0, good);
			if (continuations(beginning).every((rest) => isSyntaxError(`${beginning.join(' ')} ${rest}`))) continue;
			// an address is no name: where it is wrong, a name may be right
			if (names[good] && name !== NAMES[0]) break;
			return tokens[good]?.start ?? text.length;
		}
	}
	return undefined;
}

/** Whether a word may be the name of a host. Of a service it is not; those are in /etc/services. */
const isName = (word: string, isSyntaxError: (text: string) => boolean, refusal: Refusal): boolean =>
	/^[A-Za-z][^:]*$/.test(word) &&
	!isSyntaxError(`port ${word}`) &&
	isSyntaxError(`tcp[${word}] = 1`) &&
	refusal(`port ${word}`) !== undefined;

function continuations(beginning: readonly string[]): string[] {
	const open: string[] = [];
	for (const word of beginning) {
		if (word === '(') open.unshift(')');
		else if (word === '[') open.unshift(']');
		else if (word === open[0]) open.shift();
	}
	const ends = [open.join(' ')];
	for (let at = 0; at <= open.length; at++) ends.push([...open.slice(0, at), COMPARISON, ...open.slice(at)].join(' '));
	return OPERANDS.flatMap((operand) => ends.map((end) => `${operand} ${end}`));
}
