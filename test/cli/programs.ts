/** The project's folder, and the programs of this machine that tests need. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** from dist/test/cli, where the tests run */
export const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

export function installed(program: string): boolean {
	return (process.env.PATH ?? '').split(delimiter).some((folder) => {
		try {
			accessSync(join(folder, program), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}
