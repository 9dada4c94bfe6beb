/** flood COUNT PORT: a process that sends datagrams in the namespace it was started in. */
import { send } from './sockets.ts';

const [count, port] = process.argv.slice(2).map(Number);
send(count ?? 0, { port: port ?? 0 });
