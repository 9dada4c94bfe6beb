/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simple filters. All options are constants by the time the verifier sees them, so a filter that was not asked for
 * is dead code, removed at load; what is left costs a few loads and compares.
 */
#ifndef FILTER_H
#define FILTER_H

#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define FILTER_LIST 16
#define FILTER_REASONS 4096	/* bits: 8 subsystems of 512 reasons each, the core's first */

#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ETH_P_8021Q 0x8100
#define ETH_P_IPV6 0x86DD
#define ETH_P_8021AD 0x88A8

#define AF_INET 2
#define AF_INET6 10

enum address_side { SIDE_SOURCE = 1, SIDE_DESTINATION = 2 };

struct address_filter {
	u32 address[4];		/* network order, already masked; IPv4 in the first word */
	u32 mask[4];
	u8 family;		/* 4 or 6 */
	u8 side;		/* enum address_side, or both bits */
	u16 unused;
};

struct port_filter {
	u16 low, high;
	u16 side, unused;
};

struct iface_filter {
	char name[16];
	u32 ifindex;		/* in netns; 0: not known at the start */
	u32 netns;
};

struct process_name {
	char name[16];
};

struct filter {
	/* reason: bit set = let pass; one that the kernel's BTF does not name has no bit, and passes if reason_other */
	u64 reason_pass[FILTER_REASONS / 64];
	u64 reason_benign[FILTER_REASONS / 64];
	u8 reason_on;
	u8 reason_other;
	u8 benign_on;

	u8 proto_on;
	u16 l3_protocols[4];	/* ethertypes, host order; 0 ends */
	u64 l4_protocols[4];	/* bit a protocol number */

	/* a packet matches when each side asked for finds one entry that fits */
	struct address_filter addresses[FILTER_LIST];
	struct port_filter ports[FILTER_LIST];
	u8 address_count, port_count;
	u8 address_sides, port_sides;	/* which of source (1), destination (2), either (4) must be found */

	u8 iface_count, netns_count, cgroup_count, mark_on;
	struct iface_filter ifaces[FILTER_LIST];
	u32 netns[FILTER_LIST];
	u32 mark, mark_mask;
	u64 cgroups[FILTER_LIST];
	u32 cgroup_levels[FILTER_LIST];	/* depth below the root of the hierarchy */
	u8 comm_count, pid_count;	/* of nettrace: processes that have the socket open */
	struct process_name comms[FILTER_LIST];
	u32 pids[FILTER_LIST];

	u32 len_low, len_high;		/* bytes, IP header included; len_high 0: any */
	u8 tcp_flags;			/* any of these; 0: any */
	u8 headers_on;			/* something above needs the packet's headers */
};

/* what of a packet the filters compare, read once */
struct tuple {
	u32 saddr[4], daddr[4];
	u32 len;
	u16 ethertype;		/* host order */
	u16 sport, dport;	/* host order */
	u8 family;		/* 4, 6; 0: neither */
	u8 l4;
	u8 has_l4, has_ports;
	u8 tcp_flags;
};

struct ipv4_header {
	u8 version_ihl, tos;
	__be16 tot_len, id, frag_off;
	u8 ttl, protocol;
	__be16 check;
	u32 saddr, daddr;
};

struct ipv6_header {
	__be32 flow;
	__be16 payload_len;
	u8 nexthdr, hop_limit;
	u32 saddr[4], daddr[4];
};

struct arp_ipv4 {
	__be16 hardware, protocol;
	u8 hlen, plen;
	__be16 op;
	u8 sender_mac[6];
	u8 sender[4];
	u8 target_mac[6];
	u8 target[4];
};

#define IPV6_EXTENSIONS 6
#define TCP_FLAGS 13	/* their byte in the header */

/* protocols that begin with ports: TCP, UDP, SCTP, UDP-Lite, DCCP */
static __always_inline int l4_has_ports(u8 l4)
{
	return l4 == 6 || l4 == 17 || l4 == 132 || l4 == 136 || l4 == 33;
}

static __always_inline void set_ports(const __be16 *ports, struct tuple *t)
{
	t->sport = bpf_ntohs(ports[0]);
	t->dport = bpf_ntohs(ports[1]);
	t->has_ports = 1;
}

/* end: of what can be read; a transport header may lie in a page behind the linear part */
static __always_inline void read_l4(const unsigned char *at, const unsigned char *end, struct tuple *t)
{
	__be16 ports[2];
	u8 flags;

	if (!l4_has_ports(t->l4) || at + sizeof(ports) > end || bpf_probe_read_kernel(ports, sizeof(ports), at))
		return;
	set_ports(ports, t);
	/* not into t: what has an address is kept on the stack */
	if (t->l4 == 6 && at + TCP_FLAGS < end && !bpf_probe_read_kernel(&flags, 1, at + TCP_FLAGS))
		t->tcp_flags = flags;
}

static __always_inline int read_ipv4(const unsigned char *at, const unsigned char *end, struct tuple *t)
{
	struct ipv4_header h;

	if (bpf_probe_read_kernel(&h, sizeof(h), at) || h.version_ihl >> 4 != 4)
		return 0;
	t->family = 4;
	t->ethertype = ETH_P_IP;
	t->saddr[0] = h.saddr;
	t->daddr[0] = h.daddr;
	t->len = bpf_ntohs(h.tot_len);
	t->l4 = h.protocol;
	t->has_l4 = 1;
	if (!(h.frag_off & bpf_htons(0x1fff)))
		read_l4(at + (h.version_ihl & 15) * 4, end, t);
	return 1;
}

static __always_inline int read_ipv6(const unsigned char *at, const unsigned char *end, struct tuple *t)
{
	struct ipv6_header h;
	u8 next[4];
	u64 later;

	if (bpf_probe_read_kernel(&h, sizeof(h), at) || (bpf_ntohl(h.flow) >> 28) != 6)
		return 0;
	later = unknown_zero(h.flow);
	t->family = 6;
	t->ethertype = ETH_P_IPV6;
	__builtin_memcpy(t->saddr, h.saddr, 16);
	__builtin_memcpy(t->daddr, h.daddr, 16);
	t->len = bpf_ntohs(h.payload_len) + sizeof(h);
	t->l4 = h.nexthdr;
	t->has_l4 = 1;
	at += sizeof(h);
#pragma unroll
	for (int i = 0; i < IPV6_EXTENSIONS; i++) {
		/* hop-by-hop, routing, fragment, authentication, destination options, mobility */
		if (t->l4 != 0 && t->l4 != 43 && t->l4 != 44 && t->l4 != 51 && t->l4 != 60 && t->l4 != 135)
			break;
		if (bpf_probe_read_kernel(next, sizeof(next), at))
			return 1;
		/* Without branches: of each the verifier would follow both ways, and from both of them all that comes behind. */
		u64 fragment = is_zero(t->l4 ^ 44), authentication = is_zero(t->l4 ^ 51), other = 1 - fragment - authentication;

		later |= fragment * ((next[2] << 8 | next[3]) & 0xfff8);
		at += fragment * 8 + authentication * ((next[1] + 2) * 4) + other * ((next[1] + 1) * 8);
		t->l4 = next[0];
	}
	if (!later)
		read_l4(at, end, t);
	return 1;
}

static __always_inline void read_arp(const unsigned char *at, struct tuple *t)
{
	struct arp_ipv4 a;

	t->ethertype = ETH_P_ARP;
	if (bpf_probe_read_kernel(&a, sizeof(a), at) || a.hlen != 6 || a.plen != 4)
		return;
	t->family = 4;
	__builtin_memcpy(&t->saddr[0], a.sender, 4);
	__builtin_memcpy(&t->daddr[0], a.target, 4);
}

/* no headers yet: what the socket will send, or has been sent */
static __always_inline void read_socket(struct sock *sk, struct tuple *t)
{
	u16 family = LOAD(sk, __sk_common.skc_family);

	if (family == AF_INET) {
		t->family = 4;
		t->ethertype = ETH_P_IP;
		t->saddr[0] = LOAD(sk, __sk_common.skc_rcv_saddr);
		t->daddr[0] = LOAD(sk, __sk_common.skc_daddr);
	} else if (family == AF_INET6) {
		t->family = 6;
		t->ethertype = ETH_P_IPV6;
#pragma unroll
		for (int i = 0; i < 4; i++) {
			t->saddr[i] = LOAD(sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[i]);
			t->daddr[i] = LOAD(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[i]);
		}
	} else {
		return;
	}
	t->sport = LOAD(sk, __sk_common.skc_num);
	t->dport = bpf_ntohs(LOAD(sk, __sk_common.skc_dport));
	t->has_ports = 1;
}

/* an skb is born with offset 0, which is inside the headroom and never a header's place once protocols ran */
static __always_inline int header_at(u32 l3, u32 tail)
{
	return l3 && l3 != 0xffff && l3 < tail;
}

static __always_inline int headers_present(struct sk_buff *skb)
{
	return header_at(LOAD(skb, network_header), LOAD(skb, tail));
}

static __always_inline void read_tuple(struct sk_buff *skb, u32 l3, u32 tail, struct tuple *t)
{
	const unsigned char *at = LOAD(skb, head) + l3, *end = at + (tail - l3);
	u16 protocol = bpf_ntohs(LOAD(skb, protocol));
	__be16 tag[2], inner;
	u32 mac = LOAD(skb, mac_header);


	/* a frame on its way out has its tags before the network header, and the packet's own ethertype after them */
	if ((protocol == ETH_P_8021Q || protocol == ETH_P_8021AD) && mac != 0xffff && l3 >= mac + 18 && l3 - mac <= 32 &&
	    !bpf_probe_read_kernel(&inner, sizeof(inner), at - sizeof(inner)))
		protocol = bpf_ntohs(inner);
#pragma unroll
	for (int i = 0; i < 2; i++) {
		if (protocol != ETH_P_8021Q && protocol != ETH_P_8021AD)
			break;
		if (bpf_probe_read_kernel(tag, sizeof(tag), at))
			return;
		protocol = bpf_ntohs(tag[1]);
		at += 4;
	}
	t->ethertype = protocol;
	t->len = LOAD(skb, len);
	/* of a packet that does not know yet, whichever it is */
	if ((protocol == ETH_P_IP || !protocol) && read_ipv4(at, end, t))
		return;
	if (protocol == ETH_P_IPV6 || !protocol)
		read_ipv6(at, end, t);
	else if (protocol == ETH_P_ARP)
		read_arp(at, t);
}

static __always_inline int address_fits(const volatile struct address_filter *f, const u32 *address)
{
	if ((address[0] & f->mask[0]) != f->address[0])
		return 0;
	if (f->family == 4)
		return 1;
	return (address[1] & f->mask[1]) == f->address[1] && (address[2] & f->mask[2]) == f->address[2] &&
	       (address[3] & f->mask[3]) == f->address[3];
}

static __always_inline int addresses_pass(const volatile struct filter *f, const struct tuple *t)
{
	u8 found = 0;

	for (int i = 0; i < FILTER_LIST; i++) {
		const volatile struct address_filter *a = &f->addresses[i];

		if (i >= f->address_count)
			break;
		if (a->family != t->family)
			continue;
		if (a->side == (SIDE_SOURCE | SIDE_DESTINATION)) {
			if (address_fits(a, t->saddr) || address_fits(a, t->daddr))
				found |= 4;
		} else if (a->side == SIDE_SOURCE) {
			if (address_fits(a, t->saddr))
				found |= 1;
		} else if (address_fits(a, t->daddr)) {
			found |= 2;
		}
	}
	return (found & f->address_sides) == f->address_sides;
}

static __always_inline int ports_pass(const volatile struct filter *f, const struct tuple *t)
{
	u8 found = 0;

	if (!t->has_ports)
		return 0;
	for (int i = 0; i < FILTER_LIST; i++) {
		const volatile struct port_filter *p = &f->ports[i];
		int source, destination;

		if (i >= f->port_count)
			break;
		source = t->sport >= p->low && t->sport <= p->high;
		destination = t->dport >= p->low && t->dport <= p->high;
		if (p->side == (SIDE_SOURCE | SIDE_DESTINATION)) {
			if (source || destination)
				found |= 4;
		} else if (p->side == SIDE_SOURCE) {
			if (source)
				found |= 1;
		} else if (destination) {
			found |= 2;
		}
	}
	return (found & f->port_sides) == f->port_sides;
}

static __always_inline int protocol_pass(const volatile struct filter *f, const struct tuple *t)
{
	if (f->l3_protocols[0]) {
#pragma unroll
		for (int i = 0; i < 4; i++)
			if (f->l3_protocols[i] && f->l3_protocols[i] == t->ethertype)
				return 1;
	}
	return t->has_l4 && (f->l4_protocols[(t->l4 >> 6) & 3] >> (t->l4 & 63)) & 1;
}

static __always_inline int tuple_pass(const volatile struct filter *f, const struct tuple *t)
{
	if (f->proto_on && !protocol_pass(f, t))
		return 0;
	if (f->address_count && !addresses_pass(f, t))
		return 0;
	if (f->port_count && !ports_pass(f, t))
		return 0;
	if (f->len_high && (t->len < f->len_low || t->len > f->len_high))
		return 0;
	return !f->tcp_flags || (t->l4 == 6 && (t->tcp_flags & f->tcp_flags));
}

/*
 * Reads it onto itself, so that the verifier knows no value in it any more. It would follow every comparison once for each way in
 * which the packet can have been parsed, and take a hundred times as long.
 */
static __always_inline void forget_values(struct tuple *t)
{
	bpf_probe_read_kernel(t, sizeof(*t), t);
}

/* any packet; a function of its own, so that the compiler does not mix it with the usual one */
static __attribute__((noinline)) int any_headers_pass(const volatile struct filter *f, struct sk_buff *skb, u32 l3, u32 tail)
{
	struct tuple t = {};

	read_tuple(skb, l3, tail, &t);
	forget_values(&t);
	return tuple_pass(f, &t);
}

/* the beginning of the usual packet: IPv4 without options, and the transport header as far as it is looked at */
union ipv4_start {
	struct {
		struct ipv4_header ip;
		__be16 ports[2];
		u8 more[TCP_FLAGS + 1 - 4];
	};
	u64 words[5];
};

/* @return whether they could be read */
static __always_inline int read_first_words(u64 *to, u32 count, void *from)
{
#ifdef WORD_LOADS
	if (MARKED(MARK_WORDS_TYPE)) {
		u64 *there = AS_TYPE(from, MARK_WORDS_TYPE);

#pragma unroll
		for (u32 i = 0; i < 5; i++)
			if (i < count)
				to[i] = *(volatile u64 *)&there[i];
		return 1;
	}
#endif
	return !bpf_probe_read_kernel(to, count * sizeof(*to), from);
}

/*
 * Everything that is read from the packet itself. Whatever is done here is done for every packet that is dropped, so one read gets
 * what most packets need: it costs more than all comparisons together. Bytes behind the linear part are read too (the kernel's
 * struct skb_shared_info is there), and not looked at. @param at where the network header is, l3 from skb->head
 */
static __always_inline int headers_pass(const volatile struct filter *f, struct sk_buff *skb, void *at, u32 l3, u32 tail)
{
	u32 words = f->tcp_flags ? 5 : 3;
	u64 protocol = LOAD(skb, protocol);
	union ipv4_start start;
	struct tuple t = {};

	/* a packet that is being made does not know it yet. By calculation: the verifier would follow both ways to the end */
	if (protocol * (protocol ^ bpf_htons(ETH_P_IP)))
		return any_headers_pass(f, skb, l3, tail);
	if (l3 + __builtin_offsetof(union ipv4_start, more) + (f->tcp_flags ? sizeof(start.more) : 0) > tail ||
	    !read_first_words(start.words, words, at) || start.ip.version_ihl != 0x45 ||
	    start.ip.frag_off & bpf_htons(0x1fff))
		return any_headers_pass(f, skb, l3, tail);
	t.family = 4;
	t.ethertype = ETH_P_IP;
	t.saddr[0] = start.ip.saddr;
	t.daddr[0] = start.ip.daddr;
	t.len = bpf_ntohs(start.ip.tot_len);
	t.l4 = start.ip.protocol;
	t.has_l4 = 1;
	if (l4_has_ports(t.l4)) {
		set_ports(start.ports, &t);
		if (f->tcp_flags)
			t.tcp_flags = start.more[sizeof(start.more) - 1];
	}
	return tuple_pass(f, &t);
}

/* the same of a packet that has no headers yet */
static __always_inline int socket_pass(const volatile struct filter *f, struct sk_buff *skb, struct sock *sk)
{
	struct tuple t = {};

	if (!sk)
		return 0;
	t.len = LOAD(skb, len);
	read_socket(sk, &t);
	t.l4 = (u8)LOAD(sk, sk_protocol);
	t.has_l4 = t.family != 0;
	return tuple_pass(f, &t);
}

/* a reason's place in bitmaps and tables: its subsystem stands in the upper 16 bits (include/net/dropreason.h) */
static __always_inline u64 reason_place(u32 reason)
{
	u64 place = (u64)(reason >> 16) << 9 | (reason & 511);

	return reason & 0xfe00 || place >= FILTER_REASONS ? FILTER_REASONS : place;
}

static __always_inline int reason_bit(const volatile u64 *bits, u32 reason, int other)
{
	u64 place = reason_place(reason), word = place >> 6;

	if (place == FILTER_REASONS)
		return other;
	/* the compiler knows that this is in bounds and would leave the mask out; the verifier does not */
	asm volatile("" : "+r"(word));
	return (bits[word & (FILTER_REASONS / 64 - 1)] >> (reason & 63)) & 1;
}

static __always_inline int reason_pass(const volatile struct filter *f, u32 reason)
{
	return reason_bit(f->reason_pass, reason, f->reason_other);
}

static __always_inline int reason_benign(const volatile struct filter *f, u32 reason)
{
	return reason_bit(f->reason_benign, reason, 0);
}

static __always_inline int netns_pass(const volatile struct filter *f, u32 netns)
{
	for (int i = 0; i < FILTER_LIST; i++) {
		if (i >= f->netns_count)
			break;
		if (f->netns[i] == netns)
			return 1;
	}
	return 0;
}

static __always_inline int iface_pass(const volatile struct filter *f, struct net_device *dev, u32 ifindex, u32 netns)
{
	u64 name[2] = {};

	if (dev)
		bpf_probe_read_kernel_str(name, sizeof(name), dev->name);
	for (int i = 0; i < FILTER_LIST; i++) {
		const volatile u64 *want = (const volatile u64 *)f->ifaces[i].name;

		if (i >= f->iface_count)
			break;
		if (dev ? name[0] == want[0] && name[1] == want[1]
			: ifindex && ifindex == f->ifaces[i].ifindex && netns == f->ifaces[i].netns)
			return 1;
	}
	return 0;
}

#define TCP_TIME_WAIT 6
#define TCP_NEW_SYN_RECV 12

/* sockets in these states are cut-down objects, of which nobody is the owner, without most members (include/net/sock.h, sk_fullsock) */
static __always_inline int is_whole(struct sock *sk)
{
	u8 state = LOAD(sk, __sk_common.skc_state);

	return state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV;
}

static __always_inline struct cgroup *socket_cgroup(struct sock *sk)
{
	struct sock_cgroup_data___before_5_15 *old;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	old = (void *)&sk->sk_cgrp_data;
	u64 word = BPF_CORE_READ(old, val);

	return word & 1 ? 0 : (void *)word;
}

static __always_inline u64 socket_cgroup_id(struct sock *sk)
{
	struct cgroup *cgroup;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return LOAD(sk, sk_cgrp_data.cgroup, kn, id);
	cgroup = socket_cgroup(sk);
	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

static __always_inline u64 ancestor_id(struct cgroup *cgroup, u32 level)
{
	struct cgroup___before_6_1 *old = (void *)cgroup;
	struct cgroup *ancestor = 0;
	u64 id = 0;

	/* without the barriers an address is computed before the test, with an offset that this kernel does not have */
	if (bpf_core_field_exists(old->ancestor_ids)) {
		asm volatile("" : "+r"(old));
		bpf_core_read(&id, sizeof(id), &old->ancestor_ids[level & 63]);
	} else {
		asm volatile("" : "+r"(cgroup));
		bpf_core_read(&ancestor, sizeof(ancestor), &cgroup->ancestors[level & 63]);
		id = BPF_CORE_READ(ancestor, kn, id);
	}
	return id;
}

static __always_inline int cgroup_pass(const volatile struct filter *f, struct sock *sk)
{
	struct cgroup *cgroup = sk ? socket_cgroup(sk) : 0;

	if (!cgroup)
		return 0;
	u32 depth = BPF_CORE_READ(cgroup, level);

	for (int i = 0; i < FILTER_LIST; i++) {
		u32 level = f->cgroup_levels[i];

		if (i >= f->cgroup_count)
			break;
		if (level <= depth && ancestor_id(cgroup, level) == f->cgroups[i])
			return 1;
	}
	return 0;
}

#endif
