/** libpcap's own interpreter of classic BPF: what it says is right. */
import { addressOf } from '../../src/bpf/ffi.ts';
import { libpcap } from '../../src/bpf/libpcap.ts';
import { CLASSIC_BYTES, type ClassicInstruction } from '../../src/expression/classic.ts';

/** offsets in struct pcap_pkthdr, behind a timeval */
const CAPLEN = 16;
const LEN = 20;

export class Reference {
	private readonly code: Buffer;
	private readonly program = Buffer.alloc(16);
	private readonly header = Buffer.alloc(24);

	constructor(instructions: readonly ClassicInstruction[]) {
		this.code = Buffer.alloc(instructions.length * CLASSIC_BYTES);
		for (const [index, { code, jt, jf, k }] of instructions.entries()) {
			const at = index * CLASSIC_BYTES;
			this.code.writeUInt16LE(code, at);
			this.code[at + 2] = jt;
			this.code[at + 3] = jf;
			this.code.writeUInt32LE(k, at + 4);
		}
		this.program.writeUInt32LE(instructions.length, 0);
		this.program.writeBigUInt64LE(addressOf(this.code), 8);
	}

	/** Whether a packet matches, of which `bytes` were captured and which had `len` on the wire. */
	matches(bytes: Uint8Array, caplen: number, len: number): boolean {
		this.header.writeUInt32LE(caplen, CAPLEN);
		this.header.writeUInt32LE(len, LEN);
		return libpcap.pcap_offline_filter(this.program, this.header, bytes) !== 0;
	}
}
