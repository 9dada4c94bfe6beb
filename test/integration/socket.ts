/** Sockets of another namespace, in this thread: nothing waits, so a case says step by step what happens. */
import { isIPv6 } from 'node:net';
import { programThatReturns } from './bpf.ts';
import { calls, check } from './calls.ts';
import { inside } from './netns.ts';
import { addressBytes } from './packets.ts';

const AF = { unix: 1, inet: 2, inet6: 10, packet: 17 } as const;
const SOCK = { stream: 1, dgram: 2, raw: 3 } as const;
/** SOCK_NONBLOCK, SOCK_CLOEXEC: programs that the test starts do not keep a socket that it closes */
const SOCK_FLAGS = 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO = { reuseaddr: 2, rcvbuf: 8, mark: 36, attachBpf: 50 } as const;
const MSG_DONTWAIT = 0x40;

/** every protocol */
const ETH_P_ALL = 3;

const int = (value: number): Buffer => Buffer.from(Int32Array.of(value).buffer);

/** struct sockaddr_in, sockaddr_in6 */
function inetAddress(address: string, port: number): Buffer {
	const v6 = isIPv6(address);
	const bytes = Buffer.alloc(v6 ? 28 : 16);
	bytes.writeUInt16LE(v6 ? AF.inet6 : AF.inet);
	bytes.writeUInt16BE(port, 2);
	addressBytes(address).copy(bytes, v6 ? 8 : 4);
	return bytes;
}

/** struct sockaddr_ll */
function linkAddress(ifindex: number, protocol: number): Buffer {
	const bytes = Buffer.alloc(20);
	bytes.writeUInt16LE(AF.packet);
	bytes.writeUInt16BE(protocol, 2);
	bytes.writeInt32LE(ifindex, 4);
	return bytes;
}

export class Socket {
	readonly fd: number;

	private constructor(fd: number) {
		this.fd = check('socket', fd);
	}

	/** @param address to be bound to, whose family the socket gets */
	static udp(netns: string, address: string, port = 0): Socket {
		return Socket.bound(netns, SOCK.dgram, address, port);
	}

	static tcp(netns: string, address: string, port = 0): Socket {
		return Socket.bound(netns, SOCK.stream, address, port);
	}

	private static bound(netns: string, type: number, address: string, port: number): Socket {
		const family = isIPv6(address) ? AF.inet6 : AF.inet;
		const socket = inside(netns, () => new Socket(calls.socket(family, type | SOCK_FLAGS, 0)));
		const name = inetAddress(address, port);
		// a connection that just ended still has the port
		if (type === SOCK.stream) socket.option(SO.reuseaddr, int(1));
		check(`bind to ${address} port ${port}`, calls.bind(socket.fd, name, name.length));
		return socket;
	}

	/** Gets the replies to echo requests, among others. */
	static icmp(netns: string): Socket {
		return inside(netns, () => new Socket(calls.socket(AF.inet, SOCK.raw | SOCK_FLAGS, 1)));
	}

	/** Sends frames as they are, and receives none, unless it is told to. */
	static frames(netns: string, ifindex: number, receives = false): Socket {
		const socket = inside(netns, () => new Socket(calls.socket(AF.packet, SOCK.raw | SOCK_FLAGS, 0)));
		const name = linkAddress(ifindex, receives ? ETH_P_ALL : 0);
		check('bind', calls.bind(socket.fd, name, name.length));
		return socket;
	}

	/** Two ends of a local connection. */
	static pair(netns: string): [Socket, Socket] {
		const fds = new Int32Array(2);
		check(
			'socketpair',
			inside(netns, () => calls.socketpair(AF.unix, SOCK.dgram | SOCK_FLAGS, 0, fds)),
		);
		return [new Socket(fds[0]!), new Socket(fds[1]!)];
	}

	listen(backlog: number): this {
		check('listen', calls.listen(this.fd, backlog));
		return this;
	}

	accept(): Socket | undefined {
		const fd = calls.accept4(this.fd, null, null, SOCK_FLAGS);
		return fd < 0 ? undefined : new Socket(fd);
	}

	/** Begins to; there is nothing to see of the outcome but the packets. */
	connect(address: string, port: number): void {
		const name = inetAddress(address, port);
		calls.connect(this.fd, name, name.length);
	}

	sendTo(address: string, port: number, data: string | Buffer = 'hello'): void {
		const name = inetAddress(address, port);
		const bytes = Buffer.from(data as string);
		check('sendto', calls.sendto(this.fd, bytes, bytes.length, MSG_DONTWAIT, name, name.length));
	}

	send(data: string | Buffer): void {
		const bytes = Buffer.from(data as string);
		check('send', calls.sendto(this.fd, bytes, bytes.length, MSG_DONTWAIT, null, 0));
	}

	/** Of a socket for frames; it is no error when the frame is dropped on its way out. */
	sendFrame(frame: Buffer): void {
		calls.sendto(this.fd, frame, frame.length, MSG_DONTWAIT, null, 0);
	}

	/** What has come; undefined when nothing has. */
	receive(): Buffer | undefined {
		const bytes = Buffer.alloc(2048);
		const length = calls.recv(this.fd, bytes, bytes.length, MSG_DONTWAIT);
		return length < 0 ? undefined : bytes.subarray(0, length);
	}

	receiveBuffer(bytes: number): void {
		this.option(SO.rcvbuf, int(bytes));
	}

	mark(mark: number): void {
		this.option(SO.mark, int(mark));
	}

	/** A socket filter that takes nothing. */
	refuseAll(): void {
		this.option(SO.attachBpf, int(programThatReturns(0, 'socket filter')));
	}

	private option(name: number, value: Buffer): void {
		check('setsockopt', calls.setsockopt(this.fd, SOL_SOCKET, name, value, value.length));
	}

	close(): void {
		calls.close(this.fd);
	}
}
