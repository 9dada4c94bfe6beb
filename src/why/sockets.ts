/** Sockets of another network namespace, for the few packets that `nettrace why` sends. Nothing here waits. */
import { closeSync } from 'node:fs';
import { errno } from '../bpf/ffi.ts';
import { libc } from '../bpf/libc.ts';
import { addressBytes } from '../filter/address.ts';
import { ipv4Text, ipv6Text } from '../packet/address.ts';

const AF = { v4: 2, v6: 10 } as const;
const TYPE = { stream: 1, datagram: 2, raw: 3 } as const;
const NONBLOCK = 0o4000;
const CLOEXEC = 0o2000000;
const IPPROTO = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const ECHO = { icmp: 8, icmpv6: 128 } as const;
/** bytes of struct sockaddr_in6, the longer one */
const ADDRESS_BYTES = 28;

/** errno of a call that failed. */
export class SocketError extends Error {
	readonly number: number;
	constructor(call: string) {
		const number = errno();
		super(call);
		this.number = number;
	}
}

export type Protocol = 'tcp' | 'udp' | 'icmp';

/** struct sockaddr_in, sockaddr_in6 (include/uapi/linux/in.h, in6.h) */
function sockaddr(address: string, port: number): Uint8Array {
	const own = addressBytes(address) ?? [];
	const four = own.length === 4;
	const bytes = new Uint8Array(four ? 16 : ADDRESS_BYTES);
	const view = new DataView(bytes.buffer);
	view.setUint16(0, four ? AF.v4 : AF.v6, true);
	view.setUint16(2, port);
	bytes.set(own, four ? 4 : 8);
	return bytes;
}

/** One end of the flow that is tried. */
export class FlowSocket {
	readonly protocol: Protocol;
	private readonly fd: number;
	private readonly six: boolean;
	private sequence = 0;
	private readonly identifier = process.pid & 0xffff;

	/** To be made in the namespace it is for. @throws SocketError */
	constructor(protocol: Protocol, target: string, from: string | undefined) {
		this.protocol = protocol;
		this.six = addressBytes(target)?.length === 16;
		const type = protocol === 'tcp' ? TYPE.stream : protocol === 'udp' ? TYPE.datagram : TYPE.raw;
		const number = protocol === 'icmp' ? (this.six ? IPPROTO.icmpv6 : IPPROTO.icmp) : IPPROTO[protocol];
		this.fd = libc.socket(this.six ? AF.v6 : AF.v4, type | NONBLOCK | CLOEXEC, number);
		if (this.fd < 0) throw new SocketError('socket');
		const any = this.six ? '::' : '0.0.0.0';
		const own = sockaddr(from ?? any, 0);
		if (libc.bind(this.fd, own, own.length) < 0) {
			const error = new SocketError('bind');
			closeSync(this.fd);
			throw error;
		}
	}

	/** Where it is bound: the port from the beginning, the address once it is connected. */
	get name(): { address: string; port: number } {
		const bytes = new Uint8Array(ADDRESS_BYTES);
		libc.getsockname(this.fd, bytes, Uint32Array.of(ADDRESS_BYTES));
		const port = new DataView(bytes.buffer).getUint16(2);
		return { address: this.six ? ipv6Text(bytes, 8) : ipv4Text(bytes, 4), port };
	}

	/** The number by which its pings are known. */
	get echo(): number {
		return this.identifier;
	}

	/** @returns the errno; 0: fine; EINPROGRESS for TCP, which is fine too */
	connect(address: string, port: number): number {
		const to = sockaddr(address, this.protocol === 'icmp' ? 0 : port);
		return libc.connect(this.fd, to, to.length) < 0 ? errno() : 0;
	}

	/** Sends one datagram, or ping. @returns the errno, 0: it was sent */
	send(): number {
		const bytes = this.protocol === 'udp' ? Buffer.from('nettrace why\n') : this.ping();
		return libc.send(this.fd, bytes, bytes.length, 0) < 0 ? errno() : 0;
	}

	private ping(): Buffer {
		const bytes = Buffer.alloc(40, 'nettrace why');
		bytes.fill(0, 0, 8);
		bytes[0] = this.six ? ECHO.icmpv6 : ECHO.icmp;
		bytes.writeUInt16BE(this.identifier, 4);
		bytes.writeUInt16BE(++this.sequence, 6);
		// the kernel computes that of ICMPv6 (RFC 3542 section 3.1)
		if (!this.six) bytes.writeUInt16BE(checksum(bytes), 2);
		return bytes;
	}

	/** What has become of a connection: the errno, 0: it stands, undefined: it is still tried. */
	get connected(): number | undefined {
		const asked = Uint16Array.of(this.fd, 0, 4, 0);
		if (libc.poll(asked, 1, 0) <= 0) return undefined;
		const error = new Int32Array(1);
		libc.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, error, Uint32Array.of(4));
		return error[0] as number;
	}

	/** Whether an answer has come, or its error: the errno, 0: an answer. */
	get answered(): number | undefined {
		const bytes = new Uint8Array(2048);
		for (;;) {
			const length = libc.recv(this.fd, bytes, bytes.length, 0);
			if (length < 0) {
				const number = errno();
				return number === EAGAIN ? undefined : number;
			}
			if (this.protocol !== 'icmp' || this.isEcho(bytes)) return 0;
		}
	}

	/** A raw socket of IPv4 gets the IP header too, and every ICMP message. */
	private isEcho(bytes: Uint8Array): boolean {
		const at = this.six ? 0 : ((bytes[0] ?? 0) & 15) * 4;
		const view = new DataView(bytes.buffer);
		return bytes[at] === (this.six ? 129 : 0) && view.getUint16(at + 4) === this.identifier;
	}

	close(): void {
		closeSync(this.fd);
	}
}

const EAGAIN = 11;

/** RFC 1071 */
function checksum(bytes: Buffer): number {
	let sum = 0;
	for (let i = 0; i < bytes.length; i += 2) sum += bytes.readUInt16BE(i);
	while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
	return ~sum & 0xffff;
}
