/** Everything BPF that the kernel holds, found as bpftool does: by walking identifiers. Needs CAP_SYS_ADMIN. */
import { readdirSync, readFileSync } from 'node:fs';
import { bind } from '../../src/bpf/ffi.ts';
import { LIBBPF } from '../../src/bpf/libbpf.ts';

const walk = bind(LIBBPF, {
	bpf_prog_get_next_id: ['int', 'u32', 'buf'],
	bpf_map_get_next_id: ['int', 'u32', 'buf'],
	bpf_link_get_next_id: ['int', 'u32', 'buf'],
});

const KINDS = {
	prog: walk.bpf_prog_get_next_id,
	map: walk.bpf_map_get_next_id,
	link: walk.bpf_link_get_next_id,
} as const;

const ENOENT = 2;

/** 'prog 12', 'map 7', 'link 3' */
export function kernelObjects(): Set<string> {
	const found = new Set<string>();
	for (const [kind, following] of Object.entries(KINDS)) {
		const next = new Uint32Array(1);
		for (let id = 0; ; id = next[0] as number) {
			const result = following(id, next);
			if (result === -ENOENT) break;
			if (result < 0) throw new Error(`${kind}: errno ${-result}`);
			found.add(`${kind} ${next[0]}`);
		}
	}
	return found;
}

/** Those that another process holds a descriptor of: they are its own business. */
function heldByOthers(): Set<string> {
	const held = new Set<string>();
	for (const pid of readdirSync('/proc')) {
		if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
		try {
			for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
				const text = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1');
				for (const [, kind, id] of text.matchAll(/^(prog|map|link)_id:\s*(\d+)$/gm)) held.add(`${kind} ${id}`);
			}
		} catch {
			// it ended
		}
	}
	return held;
}

/** The kernel frees maps and programs a little after the last descriptor is closed. */
const PATIENCE_MS = 10_000;

/** What is there now, was not `before`, and nobody else's. Empty as soon as that is so. */
export async function leftBehind(before: ReadonlySet<string>, patience = PATIENCE_MS): Promise<string[]> {
	const deadline = performance.now() + patience;
	for (;;) {
		const others = heldByOthers();
		const left = [...kernelObjects()].filter((object) => !before.has(object) && !others.has(object));
		if (left.length === 0 || performance.now() > deadline) return left;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}
