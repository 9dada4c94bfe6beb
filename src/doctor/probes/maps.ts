/** Kinds of maps, and helpers that older kernels lack. */
import { freemem } from 'node:os';
import { pageSize } from '../../bpf/libc.ts';
import { say } from '../../lang.ts';
import { creating, instruction, loading, mapping } from '../attempt.ts';
import { type Probe, unknown, yes } from '../probe.ts';

/** enum bpf_map_type, and the flag BPF_F_MMAPABLE (include/uapi/linux/bpf.h) */
const TYPE = { array: 2, arrayOfMaps: 12, ring: 27 } as const;
const BPF_F_MMAPABLE = 1 << 10;

const MAPS = ['CAP_BPF'] as const;
const LIBRARY = ['libbpf'] as const;
const TRACING = ['CAP_BPF', 'CAP_PERFMON'] as const;

/** Bytes of a ring of the common size, and of a large one; both powers of two. */
const RING = 1 << 16;
const LARGE_RING = 64 << 20;
/** A large ring is only tried where it is a small part of what is free. */
const SHARE = 8;

const ring = (bytes: number) => ({ type: TYPE.ring, keyBytes: 0, valueBytes: 0, entries: bytes });

/** BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_PROG_TYPE_KPROBE */
const RAW_TRACEPOINT = 17;
const KPROBE = 2;
/** enum bpf_func_id */
const HELPER = { getStack: 67, getFuncIp: 173 } as const;
const CALL = 0x85;
/** instructions with the registers of `r2 = r10`, `r2 += constant`, `r3 = constant`, and `*(u64 *)r2 = constant` */
const COPY = 0xbf;
const ADD_CONSTANT = 0x07;
const MOVE_CONSTANT = 0xb7;
const STORE_CONSTANT = 0x7a;

export const MAPS_AND_HELPERS = {
	ringbuf: {
		group: 'maps',
		means: ['ring buffers, mapped into memory', '环形缓冲区(映射到内存)'],
		since: '5.8',
		needs: LIBRARY,
		rights: MAPS,
		try: () =>
			creating(ring(RING), (fd) => {
				// the page with the consumer's position, the only one that may be written to
				mapping(fd, pageSize());
				return yes();
			}),
	},
	'ringbuf-large': {
		group: 'maps',
		means: [`a ring buffer of ${LARGE_RING >> 20} MiB (--buffer-size)`, `${LARGE_RING >> 20} MiB 的环形缓冲区(--buffer-size)`],
		since: '5.8',
		needs: ['libbpf', 'ringbuf'],
		rights: MAPS,
		try: () => {
			if (freemem() < LARGE_RING * SHARE)
				return unknown(
					say(`only ${freemem() >> 20} MiB of memory are free, so it was not tried`, `可用内存仅 ${freemem() >> 20} MiB,未尝试`),
				);
			return creating(ring(LARGE_RING), () => yes());
		},
	},
	'ringbuf-array': {
		group: 'maps',
		means: ['one ring buffer for each CPU', '每个 CPU 一个环形缓冲区'],
		since: '5.8',
		needs: ['libbpf', 'ringbuf'],
		rights: MAPS,
		try: () =>
			creating(ring(RING), (inner) => creating({ type: TYPE.arrayOfMaps, keyBytes: 4, valueBytes: 4, entries: 1, inner }, () => yes())),
	},
	'mmapable-array': {
		group: 'maps',
		means: ['counters that are read without system calls', '无需系统调用即可读取的计数器'],
		since: '5.5',
		needs: LIBRARY,
		rights: MAPS,
		try: () =>
			creating({ type: TYPE.array, keyBytes: 4, valueBytes: 8, entries: 1, flags: BPF_F_MMAPABLE }, (fd) => {
				mapping(fd, pageSize());
				return yes();
			}),
	},
	'get-stack': {
		group: 'maps',
		means: ['kernel stacks (--stack)', '内核调用栈(--stack)'],
		since: '4.18',
		needs: LIBRARY,
		rights: TRACING,
		try: () =>
			loading(
				{
					type: RAW_TRACEPOINT,
					// bpf_get_stack(ctx, r10 - 8, 8, 0); the context is in r1 already
					body: [
						instruction(COPY, 0xa2, 0),
						instruction(ADD_CONSTANT, 0x02, -8),
						instruction(STORE_CONSTANT, 0x02, 0),
						instruction(MOVE_CONSTANT, 0x03, 8),
						instruction(MOVE_CONSTANT, 0x04, 0),
						instruction(CALL, 0, HELPER.getStack),
					],
				},
				() => yes(),
			),
	},
	'get-func-ip': {
		group: 'maps',
		means: ['a probe on many functions can tell which one it is in', '多函数探针可得知当前所在函数'],
		since: '5.15',
		needs: LIBRARY,
		rights: TRACING,
		try: () => loading({ type: KPROBE, body: [instruction(CALL, 0, HELPER.getFuncIp)] }, () => yes()),
	},
} as const satisfies Record<string, Probe>;
