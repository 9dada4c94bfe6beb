/** What a scenario expects of a diagnosis: 'cause=netfilter.rule rule~"tcp dport 8080"'. */

export interface Expectation {
	key: string;
	/** contained, not equal */
	part: boolean;
	value: string;
}

export const parseExpectations = (text: string): Expectation[] =>
	[...text.matchAll(/(\w+)([=~])(?:"([^"]*)"|(\S+))/g)].map(([, key = '', sign, quoted, plain = '']) => ({
		key,
		part: sign === '~',
		value: quoted ?? plain,
	}));

export const matches = (diagnosis: Readonly<Record<string, unknown>>, expected: readonly Expectation[]): boolean =>
	expected.every(({ key, part, value }) => {
		const found = String(diagnosis[key] ?? '');
		return part ? found.includes(value) : found === value;
	});
