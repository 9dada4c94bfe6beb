/** The numbers that stand in a template for what its copies have in their place: bpf/marks.h. */
export const MARKS = {
	point: 0x5eed0001,
	flags: 0x5eed0002,
	skb: 0x5eed0003,
	value: 0x5eed0004,
	inside: 0x5eed0005,
	functions: 0x5eed0006,
	socket: 0x5eed0007,
	cast: 0x5eed0008,
	skbType: 0x5eed0009,
	socketType: 0x5eed000a,
	register0: 0x5eed0010,
	register1: 0x5eed0011,
	register2: 0x5eed0012,
	register3: 0x5eed0013,
	register4: 0x5eed0014,
	register5: 0x5eed0015,
} as const;
