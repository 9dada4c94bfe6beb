/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs an expression on the packet of a test run: the first `captured` bytes of it in a map, the rest read from the kernel's memory.
 * The test compiles it itself.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "expression.h"

struct arguments {
	__u32 captured, len, linear, unused;
	/* where the packet is; a pointer that went through memory is a number to the verifier */
	volatile __u64 base;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct arguments);
} arguments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8[EXPRESSION_WINDOW]);
} window SEC(".maps");

EXPRESSION_STUB(matches, 4096)

SEC("tc")
int run(struct __sk_buff *ctx)
{
	__u32 zero = 0;
	struct arguments *given = bpf_map_lookup_elem(&arguments, &zero);
	__u8 *bytes = bpf_map_lookup_elem(&window, &zero);
	__u64 captured;

	if (!given || !bytes)
		return -1;
	given->base = (__u64)(void *)(long)ctx->data;
	captured = given->captured;
	if (captured > EXPRESSION_WINDOW)
		return -2;
	if (bpf_probe_read_kernel(bytes, captured, (void *)given->base) < 0)
		return -3;
	return matches(bytes, captured, given->len, given->base, given->linear);
}

char _license[] SEC("license") = "GPL";
