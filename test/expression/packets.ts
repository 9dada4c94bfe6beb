/**
 * Packets out of few addresses and ports, so that expressions find something: link layers, tags, labels, tunnels, IPv6 extension
 * headers, fragments; then damage and truncation.
 */
import type { LinkType } from '../../src/expression/compile.ts';
import { SAMPLES } from '../packet/samples.ts';
import { Random } from './random.ts';

export const MACS = ['02:42:0a:09:01:01', '02:42:0a:09:01:02', 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01', '33:33:00:00:00:01'] as const;
export const V4 = ['10.9.1.1', '10.9.1.2', '192.168.7.40', '8.8.8.8', '224.0.0.1', '255.255.255.255', '172.16.0.9'] as const;
export const V6 = ['fd00:9::1', 'fd00:9::2', '2001:db8::40', 'ff02::1', 'fe80::1'] as const;
export const PORTS = [53, 80, 80, 80, 443, 22, 6081, 8080, 1024, 65535, 68] as const;
const PROTOCOLS = [6, 6, 6, 17, 17, 17, 1, 58, 132, 2, 50, 51, 47, 89, 103, 112, 9, 4, 41, 255, 0] as const;
const OTHER_TYPES = [0x88cc, 0x80f3, 0x809b, 0x6003, 0x6004, 0x6007, 0x6001, 0x6002, 0x8137, 0x88f7, 0x0842] as const;

const be16 = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff];
const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value)];
const mac = (text: string): number[] => text.split(':').map((byte) => Number.parseInt(byte, 16));
const v4 = (text: string): number[] => text.split('.').map(Number);

function v6(text: string): number[] {
	const [left = '', right = ''] = text.split('::');
	const groups = (part: string) => part.split(':').flatMap((group) => (group === '' ? [] : be16(Number.parseInt(group, 16))));
	const [a, b] = [groups(left), groups(right)];
	return [...a, ...new Array<number>(16 - a.length - b.length).fill(0), ...b];
}

/** One after another, the same ones for the same seed. */
export class Packets {
	private readonly random: Random;
	private readonly tunnels: boolean;

	/** `tunnels`: only those, otherwise they are rare */
	constructor(seed: number, tunnels = false) {
		this.random = new Random(seed);
		this.tunnels = tunnels;
	}

	next(link: LinkType): Uint8Array {
		const { random } = this;
		const bytes = random.once(12) ? this.sample(link) : link === 'ethernet' ? this.ethernet(0) : this.network(0).bytes;
		if (random.once(6) && bytes.length > 0)
			for (let i = random.between(1, 3); i > 0; i--) bytes[random.below(bytes.length)] = random.below(256);
		if (random.once(8)) bytes.length = random.below(bytes.length + 1);
		return Uint8Array.from(bytes);
	}

	private sample(link: LinkType): number[] {
		const fitting = SAMPLES.filter((sample) => (sample.link.l3Offset ?? 0) > 0 === (link === 'ethernet'));
		return [...Buffer.from(this.random.pick(fitting).hex.replace(/\s/g, ''), 'hex')];
	}

	private ethernet(depth: number): number[] {
		const { random } = this;
		const addresses = [...mac(random.pick(MACS)), ...mac(random.pick(MACS))];
		const tags: number[] = [];
		while (random.once(4) && tags.length < 12)
			tags.push(...be16(random.pick([0x8100, 0x88a8, 0x9100])), ...be16(random.pick([5, 100, 0x2005, 0x1064, 0])));
		return [...addresses, ...tags, ...this.frame(depth)];
	}

	/** From the EtherType on. */
	private frame(depth: number): number[] {
		const { random } = this;
		if (this.tunnels && depth === 0) return this.tunnel();
		const kind = random.below(22);
		if (kind < 12) {
			const { type, bytes } = this.network(depth);
			return [...be16(type), ...bytes];
		}
		if (kind < 14) return [...be16(random.pick([0x0806, 0x0806, 0x8035])), ...this.arp()];
		if (kind < 16) return [...be16(random.pick([0x8847, 0x8848])), ...this.mpls(depth)];
		if (kind < 18) return this.pppoe(depth);
		if (kind < 20) {
			const [dsap, ssap, control, ...rest] = random.pick([
				[0x42, 0x42, 3, 0, 0],
				[0xe0, 0xe0, 3],
				[0xfe, 0xfe, 3, random.pick([0x81, 0x82, 0x83, 0x83]), 0x1b, 1, 0, random.pick([15, 16, 17, 18, 18, 20, 20, 24, 25, 26, 27])],
				[0x04, 0x04, random.pick([0, 1])],
				[0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00],
				[0xaa, 0xaa, 3, 8, 0, 7, 0x80, 0x9b],
				[0xf0, 0xf0, 3],
				[0xff, 0xff, 0],
			]) as [number, number, number];
			return [...be16(random.between(3, 1500)), dsap, ssap, control, ...(rest as number[]), ...random.bytes(40)];
		}
		return [...be16(random.pick(OTHER_TYPES)), ...random.bytes(random.between(0, 60))];
	}

	private tunnel(): number[] {
		return this.random.once(2) ? [...be16(0x0800), ...this.ipv4(0, 17)] : [...be16(0x86dd), ...this.ipv6(0, 17)];
	}

	private arp(): number[] {
		const { random } = this;
		const addresses = () => [...mac(random.pick(MACS)), ...v4(random.pick(V4))];
		return [...be16(1), ...be16(0x0800), 6, 4, ...be16(random.between(1, 4)), ...addresses(), ...addresses()];
	}

	private mpls(depth: number): number[] {
		const { random } = this;
		const label = (bottom: boolean) => be32((random.pick([16, 100, 100, 1023]) << 12) | (bottom ? 0x100 : 0) | 64);
		return [...(random.once(2) ? label(false) : []), ...label(true), ...this.network(depth).bytes];
	}

	private pppoe(depth: number): number[] {
		const { random } = this;
		if (random.once(3)) return [...be16(0x8863), 0x11, 9, ...be16(0), ...be16(4), ...random.bytes(4)];
		const { type, bytes } = this.network(depth);
		const protocol = type === 0x0800 ? 0x0021 : 0x0057;
		return [...be16(0x8864), 0x11, 0, ...be16(random.pick([7, 39])), ...be16(bytes.length + 2), ...be16(protocol), ...bytes];
	}

	private network(depth: number): { type: number; bytes: number[] } {
		return this.random.below(5) < 3 ? { type: 0x0800, bytes: this.ipv4(depth) } : { type: 0x86dd, bytes: this.ipv6(depth) };
	}

	private ipv4(depth: number, protocol: number = this.random.pick(PROTOCOLS)): number[] {
		const { random } = this;
		const options = random.bytes(random.once(4) ? 4 * random.between(1, 10) : 0);
		const words = random.once(40) ? random.below(16) : 5 + options.length / 4;
		const fragment = random.once(6) ? random.pick([0x2000, 0x2010, 0x0010, 0x1fff]) : random.pick([0, 0x4000]);
		const payload = this.transport(protocol, depth);
		return [
			(random.once(60) ? random.below(16) : 4) * 16 + words,
			random.pick([0, 0x10, 0xb8, 1]),
			...be16(20 + options.length + payload.length),
			...be16(random.below(65536)),
			...be16(fragment),
			random.pick([1, 64, 128, 255]),
			protocol,
			...be16(random.below(65536)),
			...v4(random.pick(V4)),
			...v4(random.pick(V4)),
			...options,
			...payload,
		];
	}

	private ipv6(depth: number, protocol: number = this.random.pick(PROTOCOLS)): number[] {
		const { random } = this;
		let [next, payload] = [protocol, this.transport(protocol, depth)];
		while (random.once(4)) {
			const extension = random.pick([0, 60, 43, 44, 51]);
			const units = extension === 44 ? 0 : random.below(3);
			const bytes = extension === 51 ? 4 * (units + 2) : 8 * (units + 1);
			payload = [next, units, ...random.bytes(bytes - 2), ...payload];
			next = extension;
		}
		const first = 0x60000000 + random.pick([0, 0x0b812345, 0x00012345]);
		return [
			...be32(first),
			...be16(payload.length),
			next,
			random.pick([1, 64, 255]),
			...v6(random.pick(V6)),
			...v6(random.pick(V6)),
			...payload,
		];
	}

	private transport(protocol: number, depth: number): number[] {
		const { random } = this;
		const ports = [...be16(random.pick(PORTS)), ...be16(random.pick(PORTS))];
		switch (protocol) {
			case 6: {
				const options = random.once(3) ? 4 * random.between(1, 10) : 0;
				const flags = random.pick([0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x29, 0x00, 0xff, 0xc2]);
				const header = [...ports, ...be32(random.word()), ...be32(random.word()), (5 + options / 4) * 16, flags, ...random.bytes(6)];
				return [...header, ...random.bytes(options), ...this.text()];
			}
			case 17:
				return this.udp(ports, depth);
			case 1:
				return [random.pick([0, 3, 5, 8, 11, 13, 30]), random.below(5), ...random.bytes(random.between(2, 40))];
			case 58:
				return [random.pick([1, 2, 128, 129, 133, 134, 135, 136, 143]), random.below(3), ...random.bytes(random.between(2, 40))];
			case 132:
				return [...ports, ...random.bytes(8), random.below(15), ...random.bytes(20)];
			case 4:
				return depth < 2 ? this.ipv4(depth + 1) : [];
			case 41:
				return depth < 2 ? this.ipv6(depth + 1) : [];
			default:
				return random.bytes(random.between(0, 60));
		}
	}

	private udp(ports: number[], depth: number): number[] {
		const { random } = this;
		let [header, payload] = [ports, this.text()];
		if (depth < 1 && (this.tunnels || random.once(4))) {
			const geneve = random.once(2);
			header = [...ports.slice(0, 2), ...be16(geneve ? 6081 : 4789)];
			const options = geneve ? random.below(3) : 0;
			const vni = [0, 0, random.pick([7, 100])];
			const [type, inner] = random.once(2) ? [0x6558, this.ethernet(depth + 1)] : Object.values(this.network(depth + 1));
			const tunnel = geneve ? [options, 0, ...be16(type as number), ...vni, 0] : [8, 0, 0, 0, ...vni, 0];
			payload = [...tunnel, ...random.bytes(options * 4), ...(inner as number[])];
		}
		return [...header, ...be16(8 + payload.length), ...be16(random.below(65536)), ...payload];
	}

	private text(): number[] {
		const { random } = this;
		const word = random.pick(['GET / HTTP/1.1', 'SSH-2.0-x', '\x16\x03\x01\x02', 'HTTP/1.1 200 OK', '', '']);
		return [...Buffer.from(word, 'latin1'), ...random.bytes(random.once(6) ? random.below(700) : random.below(40))];
	}
}
