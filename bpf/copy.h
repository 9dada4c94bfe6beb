/* SPDX-License-Identifier: GPL-2.0 */
/* Copies of packets, for a file of them. What lies in pages behind the linear part of a packet is not reached. */
#ifndef COPY_H
#define COPY_H

#include "kernel.h"
#include "event.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define COPY_SMALL 256	/* room: of headers */
#define COPY_FRAME 2048	/* and of a frame of the usual MTU */

const volatile u32 snap_length = 0;	/* bytes of each packet to copy; 0: none */

/* from the link header where there is one, so that VLAN tags and MAC addresses are seen */
static __always_inline u32 copy_start(struct sk_buff *skb)
{
	u32 l3 = LOAD(skb, network_header), mac = LOAD(skb, mac_header);

	return mac != 0xffff && mac < l3 && l3 - mac <= 32 ? mac : l3;
}

/* bytes there are to copy; 0: the packet has no headers yet */
static __always_inline u64 linear_bytes(struct sk_buff *skb)
{
	u32 l3 = LOAD(skb, network_header), start = copy_start(skb);

	return l3 && l3 != 0xffff && start < LOAD(skb, tail) ? LOAD(skb, tail) - start : 0;
}

/*
 * Room in a ring has to be a constant on each path of the verifier. There are a few sizes, so that small packets do not fill the
 * rings of who wants large ones whole.
 */
static __always_inline u64 copy_room(u64 size)
{
	if (snap_length > COPY_SMALL && size <= COPY_SMALL)
		return COPY_SMALL;
	if (snap_length > COPY_FRAME && size <= COPY_FRAME)
		return COPY_FRAME;
	return snap_length;
}

static __always_inline void copy_packet(struct packet_copy *p, struct sk_buff *skb, u64 size, u64 room)
{
	p->length = size ? size + LOAD(skb, data_len) : 0;
	p->captured = 0;
	p->iif = LOAD(skb, skb_iif);
	p->l3_offset = LOAD(skb, network_header) - copy_start(skb);
	p->vlan_proto = bpf_ntohs(LOAD(skb, vlan_proto));
	asm volatile("" : "+r"(size));
	if (size > room)
		size = room;
	if (!bpf_probe_read_kernel(p->data, size, LOAD(skb, head) + copy_start(skb)))
		p->captured = size;
}

#endif
