/* SPDX-License-Identifier: GPL-2.0 */
/* Expressions of tcpdump's language, asked of an skb. */
#ifndef MATCH_H
#define MATCH_H

#include "expression.h"
#include "filter.h"
#include "identify.h"

struct window {
	u8 data[EXPRESSION_WINDOW];
};

/* one a CPU: where expressions look at a packet */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct window);
} windows SEC(".maps");

EXPRESSION_STUB(expression_l2, 4096)
EXPRESSION_STUB(expression_l3, 4096)

/* a packet that has no headers yet: the beginning of those that its socket will give it */
static __always_inline int expression_fits_socket(struct sk_buff *skb, struct sock *sk, u32 cpu)
{
	struct window *w = bpf_map_lookup_elem(&windows, &cpu);
	struct tuple t = {};
	__be16 ports[2];
	u64 size;

	if (!w || !sk)
		return 0;
	read_socket(sk, &t);
	ports[0] = bpf_htons(t.sport);
	ports[1] = bpf_htons(t.dport);
	if (t.family == 4) {
		struct ipv4_header h = { .version_ihl = 0x45, .protocol = LOAD(sk, sk_protocol), .ttl = 64, .saddr = t.saddr[0], .daddr = t.daddr[0] };

		size = sizeof(h);
		h.tot_len = bpf_htons(LOAD(skb, len) + size);
		__builtin_memcpy(w->data, &h, sizeof(h));
	} else if (t.family == 6) {
		struct ipv6_header h = { .flow = bpf_htonl(6 << 28), .nexthdr = LOAD(sk, sk_protocol), .hop_limit = 64 };

		size = sizeof(h);
		h.payload_len = bpf_htons(LOAD(skb, len));
		__builtin_memcpy(h.saddr, t.saddr, 16);
		__builtin_memcpy(h.daddr, t.daddr, 16);
		__builtin_memcpy(w->data, &h, sizeof(h));
	} else {
		return 0;
	}
	__builtin_memcpy(w->data + size, ports, sizeof(ports));
	size += sizeof(ports);
	return expression_l3(w->data, size, size + LOAD(skb, len), 0, size) != 0;
}

#define ETH_HEADER 14
#define ETH_ADDRESSES 12
#define VLAN_TAG 4

/* the expression of the command line; tags that were taken off the frame are put back for it */
static __always_inline int expression_fits_packet(struct sk_buff *skb, u32 cpu)
{
	struct window *w = bpf_map_lookup_elem(&windows, &cpu);
	u32 l3 = LOAD(skb, network_header), mac = LOAD(skb, mac_header);
	u64 linear, captured, base;

	if (!w)
		return 0;
	if (mac == 0xffff || mac > l3 || l3 - mac < ETH_HEADER || l3 - mac > 32) {
		base = (u64)LOAD(skb, head) + l3;
		linear = (u64)LOAD(skb, tail) - l3;
		captured = linear;
		asm volatile("" : "+r"(captured));
		if (captured > EXPRESSION_WINDOW)
			captured = EXPRESSION_WINDOW;
		if (bpf_probe_read_kernel(w->data, captured, (void *)base))
			return 0;
		return expression_l3(w->data, captured, linear + LOAD(skb, data_len), base, linear) != 0;
	}
	base = (u64)LOAD(skb, head) + mac;
	linear = (u64)LOAD(skb, tail) - mac;
	if (vlan_present(skb)) {
		__be16 tag[2] = { LOAD(skb, vlan_proto), bpf_htons(LOAD(skb, vlan_tci)) };

		captured = linear - ETH_ADDRESSES;
		asm volatile("" : "+r"(captured));
		if (captured > EXPRESSION_WINDOW - ETH_ADDRESSES - VLAN_TAG)
			captured = EXPRESSION_WINDOW - ETH_ADDRESSES - VLAN_TAG;
		if (bpf_probe_read_kernel(w->data, ETH_ADDRESSES, (void *)base) ||
		    bpf_probe_read_kernel(w->data + ETH_ADDRESSES + VLAN_TAG, captured, (void *)base + ETH_ADDRESSES))
			return 0;
		__builtin_memcpy(w->data + ETH_ADDRESSES, tag, VLAN_TAG);
		captured += ETH_ADDRESSES + VLAN_TAG;
		linear += VLAN_TAG;
		base -= VLAN_TAG;
	} else {
		captured = linear;
		asm volatile("" : "+r"(captured));
		if (captured > EXPRESSION_WINDOW)
			captured = EXPRESSION_WINDOW;
		if (bpf_probe_read_kernel(w->data, captured, (void *)base))
			return 0;
	}
	return expression_l2(w->data, captured, linear + LOAD(skb, data_len), base, linear) != 0;
}

static __always_inline int expression_fits(struct sk_buff *skb, struct sock *sk, u32 cpu)
{
	return headers_present(skb) ? expression_fits_packet(skb, cpu) : expression_fits_socket(skb, sk, cpu);
}

#endif
