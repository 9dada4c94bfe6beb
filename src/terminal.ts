/** What is a terminal. */
import { fstatSync } from 'node:fs';

/** /dev/null and its like (Documentation/admin-guide/devices.txt) */
const MEMORY_DEVICES = 1;

/** Whether a descriptor is one; false for one that is closed. */
export function isTerminal(fd: number): boolean {
	try {
		const file = fstatSync(fd);
		if (!file.isCharacterDevice() || ((file.rdev >>> 8) & 0xfff) === MEMORY_DEVICES) return false;
	} catch {
		return false;
	}
	// brings streams and sockets along, a twentieth of a start: only what can be a terminal is asked
	return process.getBuiltinModule('node:tty').isatty(fd);
}
