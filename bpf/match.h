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

/* For which packets without a link header one is made up, so that what asks for protocols of the link layer ('arp') finds them. */
enum made_link {
	LINK_NEVER,
	LINK_OTHER,	/* than IPv4 and IPv6 */
	LINK_ALWAYS,	/* the expression cannot be asked of anything that has none */
};
const volatile u8 made_link = LINK_NEVER;

EXPRESSION_STUB(expression_l2, 4096)
EXPRESSION_STUB(expression_l3, 4096)

#define ETH_HEADER 14
#define ETH_ADDRESSES 12
#define VLAN_TAG 4

/* a link header between addresses that nobody knows. @return its length */
static __always_inline u64 make_link(struct window *w, __be16 protocol)
{
	__builtin_memset(w->data, 0, ETH_ADDRESSES);
	__builtin_memcpy(w->data + ETH_ADDRESSES, &protocol, sizeof(protocol));
	return ETH_HEADER;
}

/* the headers that a socket will give its packet, up to its ports. @return their length; 0: not known */
static __always_inline u64 make_headers(u8 *to, struct sk_buff *skb, struct sock *sk, struct tuple *t)
{
	__be16 ports[2] = { bpf_htons(t->sport), bpf_htons(t->dport) };
	u64 size;

	if (t->family == 4) {
		struct ipv4_header h = { .version_ihl = 0x45, .protocol = LOAD(sk, sk_protocol), .ttl = 64, .saddr = t->saddr[0], .daddr = t->daddr[0] };

		size = sizeof(h);
		h.tot_len = bpf_htons(LOAD(skb, len) + size);
		__builtin_memcpy(to, &h, sizeof(h));
	} else if (t->family == 6) {
		struct ipv6_header h = { .flow = bpf_htonl(6 << 28), .nexthdr = LOAD(sk, sk_protocol), .hop_limit = 64 };

		size = sizeof(h);
		h.payload_len = bpf_htons(LOAD(skb, len));
		__builtin_memcpy(h.saddr, t->saddr, 16);
		__builtin_memcpy(h.daddr, t->daddr, 16);
		__builtin_memcpy(to, &h, sizeof(h));
	} else {
		return 0;
	}
	__builtin_memcpy(to + size, ports, sizeof(ports));
	return size + sizeof(ports);
}

/* a packet that has no headers yet: the beginning of those that its socket will give it */
static __always_inline int expression_fits_socket(struct sk_buff *skb, struct sock *sk, u32 cpu)
{
	struct window *w = bpf_map_lookup_elem(&windows, &cpu);
	struct tuple t = {};
	u64 size, link;

	if (!w || !sk)
		return 0;
	read_socket(sk, &t);
	if (made_link == LINK_ALWAYS) {
		link = make_link(w, t.family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6));
		size = make_headers(w->data + ETH_HEADER, skb, sk, &t);
		return size && expression_l2(w->data, link + size, link + size + LOAD(skb, len), 0, link + size) != 0;
	}
	size = make_headers(w->data, skb, sk, &t);
	return size && expression_l3(w->data, size, size + LOAD(skb, len), 0, size) != 0;
}

/* the expression of the command line; tags that were taken off the frame are put back for it */
static __always_inline int expression_fits_packet(struct sk_buff *skb, u32 cpu)
{
	struct window *w = bpf_map_lookup_elem(&windows, &cpu);
	u32 l3 = LOAD(skb, network_header), mac = LOAD(skb, mac_header);
	u64 linear, captured, base;

	if (!w)
		return 0;
	if (mac == 0xffff || mac > l3 || l3 - mac < ETH_HEADER || l3 - mac > 32) {
		__be16 protocol = LOAD(skb, protocol);

		base = (u64)LOAD(skb, head) + l3;
		linear = (u64)LOAD(skb, tail) - l3;
		captured = linear;
		/* where a packet of this machine begins its way its protocol is not set yet: it is IP, whatever version it says */
		if (made_link == LINK_ALWAYS || (made_link && protocol && protocol != bpf_htons(ETH_P_IP) && protocol != bpf_htons(ETH_P_IPV6))) {
			asm volatile("" : "+r"(captured));
			if (captured > EXPRESSION_WINDOW - ETH_HEADER)
				captured = EXPRESSION_WINDOW - ETH_HEADER;
			if (bpf_probe_read_kernel(w->data + ETH_HEADER, captured, (void *)base))
				return 0;
			if (!protocol)
				protocol = w->data[ETH_HEADER] >> 4 == 6 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
			make_link(w, protocol);
			captured += ETH_HEADER;
			linear += ETH_HEADER;
			return expression_l2(w->data, captured, linear + LOAD(skb, data_len), base - ETH_HEADER, linear) != 0;
		}
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
