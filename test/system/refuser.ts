/**
 * refuser COMM: a process of that name. For every port that it reads from standard input it opens a socket that refuses every
 * datagram, and says so. It stays until it is ended.
 */
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { refuse } from './sockets.ts';

writeFileSync('/proc/self/comm', process.argv[2] ?? '');
createInterface(process.stdin).on('line', (port) => {
	refuse(Number(port));
	process.stdout.write('refusing\n');
});
