/**
 * Other machines: whatever leaves by a tun device is read by this process, which answers as it likes. Nothing behind the device is a part
 * of this kernel.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { calls, check } from './calls.ts';
import { inside, run } from './netns.ts';
import { upWithoutLinkLocal } from './network.ts';

const TUN = '/dev/net/tun';
/** include/uapi/linux/if_tun.h */
const TUNSETIFF = 0x400454ca;
const IFF_TUN = 1;
const IFF_NO_PI = 0x1000;
const LARGEST = 2048;
const LOOK_EVERY_MS = 5;

/** Answers to a packet that begins with its IP header. */
export type Answer = (packet: Buffer) => readonly Buffer[];

export class Remote {
	answer: Answer = () => [];
	private readonly fd: number;
	private readonly timer: NodeJS.Timeout;

	/** @param address of this machine there, with its prefix. @throws Error when the kernel has no tun devices */
	constructor(netns: string, device: string, address: string) {
		// the device comes up in the namespace in which this was opened
		this.fd = inside(netns, () => openSync(TUN, constants.O_RDWR | constants.O_NONBLOCK));
		// struct ifreq: the name, and the flags behind it
		const request = Buffer.alloc(40);
		request.write(device, 'latin1');
		request.writeUInt16LE(IFF_TUN | IFF_NO_PI, 16);
		check('TUNSETIFF', calls.ioctl(this.fd, TUNSETIFF, request));
		run('ip', ['-n', netns, 'address', 'add', address, 'dev', device]);
		run('ip', ['-n', netns, '-batch', '-'], upWithoutLinkLocal(device).join('\n'));
		this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
	}

	private look(): void {
		const bytes = Buffer.alloc(LARGEST);
		for (;;) {
			let length: number;
			try {
				length = readSync(this.fd, bytes);
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return;
				throw error;
			}
			for (const answer of this.answer(Buffer.from(bytes.subarray(0, length)))) writeSync(this.fd, answer);
		}
	}

	close(): void {
		clearInterval(this.timer);
		closeSync(this.fd);
	}
}
