/** The C library's socket calls: frames and options that Node has no words for, at the price of a function call. */
import { errnoText } from '../../src/bpf/errno.ts';
import { bind, errno } from '../../src/bpf/ffi.ts';

export const calls = bind(['libc.so.6'], {
	socket: ['int', 'int', 'int', 'int'],
	socketpair: ['int', 'int', 'int', 'int', 'buf'],
	bind: ['int', 'int', 'buf', 'u32'],
	connect: ['int', 'int', 'buf', 'u32'],
	listen: ['int', 'int', 'int'],
	accept4: ['int', 'int', 'buf', 'buf', 'int'],
	setsockopt: ['int', 'int', 'int', 'int', 'buf', 'u32'],
	sendto: ['size', 'int', 'buf', 'size', 'int', 'buf', 'u32'],
	recv: ['size', 'int', 'buf', 'size', 'int'],
	close: ['int', 'int'],
	ioctl: ['int', 'int', 'size', 'buf'],
	setns: ['int', 'int', 'int'],
	syscall: ['size', 'size', 'size', 'buf', 'size'],
});

/** What the call answered. @throws Error with the errno's text when that is -1 */
export function check(call: string, answer: number): number {
	if (answer < 0) throw new Error(`${call}: ${errnoText(errno())}`);
	return answer;
}
