/** The sockets that the processes asked for have open, as the kernel's programs look them up: map owned of bpf/owner.h. */
import { libbpf } from '../bpf/libbpf.ts';
import { type Owners, socketsOf } from '../kernel/processes.ts';

/** Sockets for which there is room; the kernel forgets those that it has not met for longest. */
export const OWNED_MOST = 65_536;
const BPF_ANY = 0;

export class OwnedSockets {
	private readonly map: number;
	private readonly owners: Owners;
	private told = new Set<number>();

	/** @param map its descriptor */
	constructor(map: number, owners: Owners) {
		this.map = map;
		this.owners = owners;
		this.refresh();
	}

	/** Tells the kernel of sockets that were opened since, and of those that were closed. */
	refresh(): void {
		const now = socketsOf(this.owners);
		const key = new BigUint64Array(1);
		for (const inode of now) {
			key[0] = BigInt(inode);
			libbpf.bpf_map_update_elem(this.map, key, ONE, BPF_ANY);
		}
		for (const inode of this.told) {
			if (now.has(inode)) continue;
			key[0] = BigInt(inode);
			libbpf.bpf_map_delete_elem(this.map, key);
		}
		this.told = now;
	}
}

const ONE = Uint8Array.of(1);
