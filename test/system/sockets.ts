/** UDP without an event loop: datagrams are on their way when the call returns, and their number is exact. */
import { closeSync } from 'node:fs';
import { errnoText } from '../../src/bpf/errno.ts';
import { bind, errno, view } from '../../src/bpf/ffi.ts';
import { libc } from '../../src/bpf/libc.ts';

const calls = bind(['libc.so.6'], {
	socket: ['int', 'int', 'int', 'int'],
	bind: ['int', 'int', 'buf', 'u32'],
	sendto: ['size', 'int', 'buf', 'size', 'int', 'buf', 'u32'],
	setsockopt: ['int', 'int', 'int', 'int', 'buf', 'u32'],
});

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const PAGE_BYTES = 4096;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;

const checked = (result: number, what: string): number => {
	if (result < 0) throw new Error(`${what}: ${errnoText(errno())}`);
	return result;
};

/** struct sockaddr_in */
function address(ip: string, port: number): Buffer {
	const bytes = Buffer.alloc(16);
	bytes.writeUInt16LE(AF_INET, 0);
	bytes.writeUInt16BE(port, 2);
	bytes.set(ip.split('.').map(Number), 4);
	return bytes;
}

const open = (): number => checked(calls.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), 'socket');

export interface Target {
	ip?: string;
	port?: number;
}

/** Nobody listens there: the discard service. */
export const UNUSED_PORT = 9;

/** Sends `count` datagrams from a socket of the calling thread's namespace. */
export function send(count: number, { ip = '127.0.0.1', port = UNUSED_PORT }: Target = {}): void {
	const fd = open();
	try {
		const to = address(ip, port);
		const payload = Buffer.from('x\n');
		for (let i = 0; i < count; i++) checked(calls.sendto(fd, payload, payload.length, 0, to, to.length), 'sendto');
	} finally {
		closeSync(fd);
	}
}

/** A socket on `port` whose filter refuses every datagram. @returns its descriptor */
export function refuse(port: number): number {
	const fd = open();
	const where = address('127.0.0.1', port);
	checked(calls.bind(fd, where, where.length), 'bind');
	// struct sock_fprog { u16 len; struct sock_filter *filter; }, and behind it the one instruction 'return 0 bytes'
	const page = libc.mmap(null, PAGE_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
	if (page === null) throw new Error(`mmap: ${errnoText(errno())}`);
	const memory = new DataView(view(page, PAGE_BYTES));
	memory.setUint16(0, 1, true);
	memory.setBigUint64(8, page + 16n, true);
	memory.setUint16(16, 0x06, true);
	checked(calls.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, page, 16), 'SO_ATTACH_FILTER');
	libc.munmap(page, PAGE_BYTES);
	return fd;
}
