// SPDX-License-Identifier: GPL-2.0
/* droptrace: one record a packet that the kernel drops (tracepoint skb:kfree_skb, net/core/skbuff.c). */
#include "kernel.h"
#include "marks.h"	/* before filter.h, which makes use of WORD_LOADS */
#include "copy.h"
#include "event.h"
#include "filter.h"
#include "identify.h"
#include "limit.h"
#include "match.h"
#include "rings.h"
#include "tunnel.h"
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct stat_key);
	__type(value, struct stat_value);
} stats SEC(".maps");

const volatile struct filter filter = {};
const volatile u8 has_reason = 1;	/* since 5.17 */
const volatile u8 has_rx_sk = 1;	/* since 6.11 */
const volatile u8 want_stack = 0;
const volatile u8 want_expression = 0;
const volatile u8 want_inner = 0;
const volatile u8 want_limits = 0;

/* keeps the types in BTF, from which decoders are generated */
const struct drop_stack_event *event_type __attribute__((unused));
const struct packet_copy *copy_type __attribute__((unused));
const struct socket_tuple *tuple_type __attribute__((unused));
const struct stat_key *stat_key_type __attribute__((unused));
const struct stat_value *stat_value_type __attribute__((unused));
const struct limit *limit_type __attribute__((unused));
enum drop_flags flags_type __attribute__((unused)) = 0;

static __always_inline void copy_socket(struct drop_event *e, struct sock *sk)
{
	struct socket_tuple *s = (void *)e->data;
	struct tuple t = {};

	read_socket(sk, &t);
	if (!t.family)
		return;
	__builtin_memcpy(s->saddr, t.saddr, 16);
	__builtin_memcpy(s->daddr, t.daddr, 16);
	s->sport = t.sport;
	s->dport = t.dport;
	s->family = t.family;
	s->protocol = sk->sk_protocol;
	e->captured = sizeof(*s);
	e->flags |= DROP_SOCKET_TUPLE;
}

/* what the linear part has of them */
static __always_inline void copy_headers(struct drop_event *e, struct sk_buff *skb)
{
	u32 l3 = skb->network_header, start = copy_start(skb);
	u64 size = (u64)skb->tail - start;

	/* the verifier has to see the very value that is compared */
	asm volatile("" : "+r"(size));
	if (size > DROP_DATA)
		size = DROP_DATA;
	if (bpf_probe_read_kernel(e->data, size, skb->head + start))
		return;
	e->captured = size;
	e->l3_offset = l3 - start;
	e->flags |= DROP_HEADERS;
}

static __always_inline void describe_socket(struct drop_event *e, struct sock *sk)
{
	e->sk_family = sk->__sk_common.skc_family;
	e->sk_state = sk->__sk_common.skc_state;
	if (!is_whole(sk))
		return;
	e->sk_protocol = sk->sk_protocol;
	/* a load through a pointer that is none gives 0 */
	e->socket_inode = sk->sk_socket->file->f_inode->i_ino;
	e->cgroup = socket_cgroup_id(sk);
}

static __always_inline void describe(struct drop_event *e, struct sk_buff *skb, struct sock *sk, struct net_device *dev)
{
	e->ktime = bpf_ktime_get_ns();
	e->skb = (u64)skb;
	e->len = skb->len;
	e->mark = skb->mark;
	e->protocol = bpf_ntohs(skb->protocol);
	e->pkt_type = LOAD_BITS(skb, pkt_type);
	e->cgroup = e->socket_inode = 0;
	e->captured = e->l3_offset = e->vlan_tci = e->sk_family = 0;
	e->flags = e->sk_state = e->sk_protocol = 0;
	e->task = bpf_get_current_pid_tgid() >> 32;
	e->device[0] = 0;
	if (vlan_present(skb)) {
		e->vlan_tci = skb->vlan_tci;
		e->flags |= DROP_VLAN;
	}
	if (sk)
		describe_socket(e, sk);
	if (dev)
		copy_name(e->device, dev);
	else
		e->flags |= DROP_DEVICE_IN;
	if (headers_present(skb))
		copy_headers(e, skb);
	else if (sk)
		copy_socket(e, sk);
}

static __always_inline void copy_stack(struct drop_stack_event *s, void *ctx)
{
	long bytes = bpf_get_stack(ctx, s->stack, sizeof(s->stack), 0);

	if (bytes < 0)
		bytes = 0;
	if (bytes < (long)sizeof(s->stack))
		s->stack[(bytes >> 3) & (STACK_DEPTH - 1)] = 0;
}

/* what the filters look at, and what becomes of it in a record */
struct view {
	struct sk_buff *skb;
	struct sock *sk;
	struct net_device *dev;	/* 0: none, or none that can be believed */
	u32 reason, netns, ifindex, cpu;
};

/* for loads of pointers; all else is loaded through the packet as it came, which takes fewer instructions */
static __always_inline struct sk_buff *untrusted(struct sk_buff *skb)
{
	return AS_TYPE(skb, MARK_SKB_TYPE);
}

/* the socket that was to receive it, or else the one that has sent it */
static __always_inline struct sock *socket_of(u64 *ctx, struct sk_buff *skb)
{
	struct sock *sk = 0;

	if (has_rx_sk)
		sk = AS_TYPE(ctx[3], MARK_SOCKET_TYPE);
	return sk ? sk : untrusted(skb)->sk;
}

/* whether anybody wants to know of this drop: what refuses most, and costs least, comes first */
static __always_inline int admit(u64 *ctx, struct counters *count, struct view *v)
{
	struct sk_buff *skb = (void *)ctx[0];

	if (filter.reason_on && has_reason && !reason_pass(&filter, ctx[2]))
		return 0;
	if (filter.mark_on && (skb->mark & filter.mark_mask) != filter.mark)
		return 0;
	if (filter.headers_on) {
		u32 l3 = skb->network_header, tail = skb->tail;

		if (header_at(l3, tail) ? !headers_pass(&filter, skb, skb->head + l3, l3, tail) : !socket_pass(&filter, skb, socket_of(ctx, skb)))
			return 0;
	}
	v->skb = skb;
	v->reason = has_reason ? ctx[2] : 0;
	v->sk = socket_of(ctx, skb);
	v->dev = untrusted(skb)->dev;
	v->netns = v->ifindex = 0;
	if (is_address(v->dev)) {
		v->netns = netns_inode(v->dev->nd_net.net);
		v->ifindex = v->dev->ifindex;
	}
	if (!v->netns)
		v->dev = 0;
	if (v->sk) {
		u32 inode = netns_inode(v->sk->__sk_common.skc_net.net);

		if (!inode)
			v->sk = 0;
		else if (!v->netns)
			v->netns = inode;
	}
	if (!v->dev)
		v->ifindex = v->skb->skb_iif;
	if (filter.netns_count && !netns_pass(&filter, v->netns))
		return 0;
	if (filter.iface_count && !iface_pass(&filter, v->dev, v->ifindex, v->netns))
		return 0;
	if (filter.cgroup_count && !cgroup_pass(&filter, v->sk))
		return 0;
	if (want_expression && !expression_fits(v->skb, v->sk, v->cpu))
		return 0;
	if (want_inner && !inner_fits(v->skb, v->cpu))
		return 0;
	if (filter.benign_on && reason_benign(&filter, v->reason)) {
		__sync_fetch_and_add(&count->benign, 1);
		return 0;
	}
	return 1;
}

static __always_inline void emit(u64 *ctx, struct counters *count, struct view *v)
{
	void *ring = bpf_map_lookup_elem(&rings, &v->cpu);
	u64 bytes, room = 0, size = 0;
	struct drop_event *e;

	if (!ring) {
		__sync_fetch_and_add(&count->lost_no_ring, 1);
		return;
	}
	bytes = want_stack ? sizeof(struct drop_stack_event) : sizeof(struct drop_event);
	if (snap_length) {
		size = linear_bytes(v->skb);
		room = sizeof(struct packet_copy) + copy_room(size);
	}
	e = bpf_ringbuf_reserve(ring, bytes + room, 0);
	if (!e) {
		__sync_fetch_and_add(&count->lost_full, 1);
		return;
	}
	if (want_stack)
		copy_stack((void *)e, ctx);
	if (snap_length)
		copy_packet((void *)e + bytes, v->skb, size, room - sizeof(struct packet_copy));
	e->location = ctx[1];
	e->reason = v->reason;
	e->netns = v->netns;
	e->ifindex = v->ifindex;
	e->cpu = v->cpu;
	describe(e, v->skb, v->sk, v->dev);
	__sync_fetch_and_add(&count->emitted, 1);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

SEC("template")
int drop(u64 *ctx)
{
	struct view v;
	struct counters *count;

	v.cpu = bpf_get_smp_processor_id();
	count = bpf_map_lookup_elem(&counters, &v.cpu);
	if (!count || !admit(ctx, count, &v))
		return 0;
	if (want_limits && over_limit(v.reason)) {
		__sync_fetch_and_add(&count->limited, 1);
		return 0;
	}
	emit(ctx, count, &v);
	return 0;
}

/* --stat: counts, and copies only the first packet of its kind */
SEC("template")
int drop_stat(u64 *ctx)
{
	struct view v;
	struct counters *count;
	struct stat_value *value;

	v.cpu = bpf_get_smp_processor_id();
	count = bpf_map_lookup_elem(&counters, &v.cpu);
	if (!count || !admit(ctx, count, &v))
		return 0;
	struct stat_key key = { .location = ctx[1], .reason = v.reason, .ifindex = v.ifindex, .netns = v.netns };

	value = bpf_map_lookup_elem(&stats, &key);
	if (!value) {
		struct stat_value zero = {};
		long error = bpf_map_update_elem(&stats, &key, &zero, BPF_NOEXIST);

		if (!error)
			emit(ctx, count, &v);
		value = bpf_map_lookup_elem(&stats, &key);
	}
	if (!value) {
		__sync_fetch_and_add(&count->other, 1);
		return 0;
	}
	/* a CPU's own value: nobody else adds to it */
	value->packets++;
	__sync_fetch_and_add(&count->counted, 1);
	return 0;
}
