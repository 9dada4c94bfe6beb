/* SPDX-License-Identifier: GPL-2.0 */
/*
 * --inner: an expression asked of the packet that a tunnel's packet carries. Which ones carry what is said in src/packet/tunnel.ts,
 * with the documents it comes from.
 */
#ifndef TUNNEL_H
#define TUNNEL_H

#include "expression.h"
#include "filter.h"
#include "match.h"

#define ETH_P_TEB 0x6558
#define ETH_P_ERSPAN 0x88be

#define PROTO_IPIP 4
#define PROTO_UDP 17
#define PROTO_6IN4 41
#define PROTO_GRE 47

#define GRE_CHECKSUM 0x8000
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_VERSION 7

#define VXLAN_PORT 4789
#define VXLAN_PORT_LINUX 8472
#define VXLAN_IDENTIFIED 0x08
#define GENEVE_PORT 6081
#define UDP_HEADER 8
#define TUNNEL_HEADER 8		/* of VXLAN, and of Geneve without options */

EXPRESSION_STUB(inner_l2, 2048)
EXPRESSION_STUB(inner_l3, 2048)

/* where the inner packet begins, in bytes from the outer network header; 0: there is none */
struct inner {
	u32 offset;
	u32 frame;	/* it begins with an Ethernet header */
};

static __always_inline void behind_gre(const unsigned char *l3, u32 l4, struct inner *in)
{
	__be16 header[2];
	u16 flags, type;

	if (bpf_probe_read_kernel(header, sizeof(header), l3 + l4))
		return;
	flags = bpf_ntohs(header[0]);
	type = bpf_ntohs(header[1]);
	if (flags & GRE_VERSION)
		return;
	l4 += 4;
	if (flags & GRE_CHECKSUM)
		l4 += 4;
	if (flags & GRE_KEY)
		l4 += 4;
	if (flags & GRE_SEQUENCE)
		l4 += 4;
	if (type == ETH_P_ERSPAN && flags & GRE_SEQUENCE)
		l4 += 8;
	in->frame = type == ETH_P_TEB || type == ETH_P_ERSPAN;
	if (in->frame || type == ETH_P_IP || type == ETH_P_IPV6)
		in->offset = l4;
}

static __always_inline void in_datagram(const unsigned char *l3, u32 l4, struct inner *in)
{
	u8 h[UDP_HEADER + TUNNEL_HEADER];
	u16 port, type;

	if (bpf_probe_read_kernel(h, sizeof(h), l3 + l4))
		return;
	port = h[2] << 8 | h[3];
	l4 += UDP_HEADER;
	if ((port == VXLAN_PORT || port == VXLAN_PORT_LINUX) && h[UDP_HEADER] == VXLAN_IDENTIFIED) {
		in->frame = 1;
		in->offset = l4 + TUNNEL_HEADER;
	} else if (port == GENEVE_PORT && !(h[UDP_HEADER] >> 6)) {
		type = h[UDP_HEADER + 2] << 8 | h[UDP_HEADER + 3];
		in->frame = type == ETH_P_TEB;
		if (in->frame || type == ETH_P_IP || type == ETH_P_IPV6)
			in->offset = l4 + TUNNEL_HEADER + (h[UDP_HEADER] & 0x3f) * 4;
	}
}

/* the protocol behind the IP header, and where it begins; 255: none, or in a later fragment */
static __always_inline u8 transport_of(const unsigned char *l3, u32 *l4)
{
	struct ipv6_header h;
	u8 next[4], proto;

	if (bpf_probe_read_kernel(&h, sizeof(h), l3))
		return 255;
	if (*(u8 *)&h >> 4 == 4) {
		struct ipv4_header *v4 = (void *)&h;

		*l4 = (v4->version_ihl & 15) * 4;
		return v4->frag_off & bpf_htons(0x1fff) ? 255 : v4->protocol;
	}
	if (*(u8 *)&h >> 4 != 6)
		return 255;
	proto = h.nexthdr;
	*l4 = sizeof(h);
#pragma unroll
	for (int i = 0; i < IPV6_EXTENSIONS; i++) {
		/* as read_ipv6(); a fragment that is not the first has no transport header */
		if (proto != 0 && proto != 43 && proto != 44 && proto != 51 && proto != 60 && proto != 135)
			break;
		if (bpf_probe_read_kernel(next, sizeof(next), l3 + *l4))
			return 255;
		if (proto == 44 && (next[2] << 8 | next[3]) & 0xfff8)
			return 255;
		*l4 += proto == 44 ? 8 : proto == 51 ? (next[1] + 2) * 4 : (next[1] + 1) * 8;
		proto = next[0];
	}
	return proto;
}

static __attribute__((noinline)) int inner_fits(struct sk_buff *skb, u32 cpu)
{
	struct window *w = bpf_map_lookup_elem(&windows, &cpu);
	u32 l3 = skb->network_header, tail = skb->tail, l4 = 0;
	const unsigned char *at = skb->head + l3;
	u64 linear, captured, base;
	struct inner in = {};

	if (!w || !header_at(l3, tail))
		return 0;
	switch (transport_of(at, &l4)) {
	case PROTO_IPIP:
	case PROTO_6IN4:
		in.offset = l4;
		break;
	case PROTO_GRE:
		behind_gre(at, l4, &in);
		break;
	case PROTO_UDP:
		in_datagram(at, l4, &in);
		break;
	}
	if (!in.offset || l3 + in.offset >= tail)
		return 0;
	base = (u64)at + in.offset;
	linear = (u64)tail - l3 - in.offset;
	captured = linear;
	asm volatile("" : "+r"(captured));
	if (captured > EXPRESSION_WINDOW)
		captured = EXPRESSION_WINDOW;
	if (bpf_probe_read_kernel(w->data, captured, (void *)base))
		return 0;
	if (in.frame)
		return inner_l2(w->data, captured, linear + skb->data_len, base, linear) != 0;
	return inner_l3(w->data, captured, linear + skb->data_len, base, linear) != 0;
}

#endif
