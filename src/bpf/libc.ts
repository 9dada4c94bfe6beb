/** The C library: memory maps, CPUs, namespaces. */
import { getSystemErrorName } from 'node:util';
import { errnoText } from './errno.ts';
import { bind, errno, view } from './ffi.ts';

export const libc = bind(['libc.so.6'], {
	mmap: ['ptr', 'ptr', 'size', 'int', 'int', 'int', 'size'],
	munmap: ['int', 'ptr', 'size'],
	sysconf: ['size', 'int'],
	poll: ['int', 'buf', 'size', 'int'],
	fcntl: ['int', 'int', 'int', 'int'],
	send: ['size', 'int', 'buf', 'size', 'int'],
	socket: ['int', 'int', 'int', 'int'],
	bind: ['int', 'int', 'buf', 'int'],
	connect: ['int', 'int', 'buf', 'int'],
	getsockname: ['int', 'int', 'buf', 'buf'],
	getsockopt: ['int', 'int', 'int', 'int', 'buf', 'buf'],
	recv: ['size', 'int', 'buf', 'size', 'int'],
	setns: ['int', 'int', 'int'],
	unshare: ['int', 'int'],
	ioctl: ['int', 'int', 'size', 'size'],
	/** variadic, which makes no difference for integers and pointers; what is passed as memory stays where it is during the call */
	syscall: ['size', 'size', 'buf', 'buf', 'buf', 'buf', 'buf', 'buf'],
	if_nameindex: ['ptr'],
	if_freenameindex: ['void', 'ptr'],
	clock_gettime: ['int', 'int', 'buf'],
	inet_pton: ['int', 'int', 'str', 'buf'],
	memfd_create: ['int', 'str', 'u32'],
});

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const SC_PAGESIZE = 30;
const SC_NPROCESSORS_CONF = 83;

/** Bytes a page; 64 KiB on some arm64 kernels. */
export const pageSize = (): number => libc.sysconf(SC_PAGESIZE);

/** The number of CPUs the system is configured with. */
export const configuredCpus = (): number => libc.sysconf(SC_NPROCESSORS_CONF);

/**
 * Maps `bytes` of a BPF map at `offset`, shared with the kernel.
 * @throws Error with the errno's text
 */
export function mapShared(fd: number, bytes: number, offset: number, writable: boolean): { address: bigint; memory: ArrayBuffer } {
	const address = libc.mmap(null, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset);
	if (address === null || BigInt.asUintN(64, address) === MAP_FAILED) throw new Error(`mmap: ${errnoText(errno())}`);
	return { address, memory: view(address, bytes) };
}

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/**
 * Sends what a socket takes at once, whatever the mode of its descriptor. @returns bytes
 * @throws an error with code, as those of node:fs
 */
export function sendNow(fd: number, bytes: Buffer): number {
	const count = libc.send(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (count >= 0) return count;
	const number = errno();
	throw Object.assign(new Error(`send: ${errnoText(number)}`), { errno: -number, code: getSystemErrorName(-number), syscall: 'send' });
}

export const unmap = (address: bigint, bytes: number): void => {
	libc.munmap(address, bytes);
};
