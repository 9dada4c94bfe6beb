// SPDX-License-Identifier: GPL-2.0
/*
 * nettrace: one record a packet and point. The programs at_… are templates: user space copies the instructions of one for every
 * point, with the point's own numbers in place of the markers (src/trace/template.ts), and loads the copy for the function or
 * tracepoint it belongs to. So argument positions come from the running kernel's BTF, and one body serves every kind of probe.
 */
#include "kernel.h"
#include "event.h"
#include "filter.h"
#include "identify.h"
#include "match.h"
#include "rings.h"
#include "track.h"
#include "copy.h"
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

const volatile struct filter filter = {};
const volatile u8 has_reason = 1;	/* since 5.17 */
const volatile u8 has_rx_sk = 1;	/* since 6.11 */
const volatile u8 want_expression = 0;
const volatile u8 remember_refused = 0;

/* keeps the types in BTF, from which decoders are generated */
const struct trace_event *event_type __attribute__((unused));
const struct socket_tuple *tuple_type __attribute__((unused));
enum trace_kind kind_type __attribute__((unused)) = 0;
enum trace_flags flags_type __attribute__((unused)) = 0;
enum point_flags point_flags_type __attribute__((unused)) = 0;

/* the numbers of a point, which a copy has in their place */
#define MARK_POINT 0x5eed0001
#define MARK_FLAGS 0x5eed0002
#define MARK_SKB 0x5eed0003
#define MARK_VALUE 0x5eed0004

#define MARKED(mark) ({ u64 __n; asm volatile("%0 = %1" : "=r"(__n) : "i"(mark)); __n; })
/* the mark, then a load whose offset becomes the argument's; the mark itself is dead */
#define ARGUMENT(ctx, mark) ({ u64 __a; asm volatile("%0 = %2\n\t%0 = *(u64 *)(%1 + 0)" : "=&r"(__a) : "r"(ctx), "i"(mark)); __a; })

/* the packet that was refused last on a CPU, at most points the one that comes next */
struct refused {
	u64 skb;
	u64 network_header;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct refused);
} refused SEC(".maps");

/* where a packet is, as far as the packet knows */
struct place {
	struct sock *sk;
	struct net_device *dev;		/* 0: none, or none that can be believed */
	u32 netns, ifindex;
};

static __always_inline void find_place(struct sk_buff *skb, struct sock *sk, struct place *p)
{
	p->dev = skb->dev;
	p->sk = sk ? sk : skb->sk;
	p->netns = p->ifindex = 0;
	if (p->dev) {
		p->netns = netns_inode(p->dev->nd_net.net);
		p->ifindex = p->dev->ifindex;
	}
	if (!p->netns)
		p->dev = 0;
	if (p->sk) {
		u32 inode = netns_inode(p->sk->__sk_common.skc_net.net);

		if (!inode)
			p->sk = 0;
		else if (!p->netns)
			p->netns = inode;
	}
	if (!p->dev)
		p->ifindex = skb->skb_iif;
}

#define AF_PACKET 17

/* talk between processes, or with the kernel, is in skbs too: it has no headers, and a socket of another kind */
static __always_inline int of_network(struct sk_buff *skb, struct sock *sk)
{
	u16 family;

	if (headers_present(skb))
		return 1;
	family = sk ? sk->__sk_common.skc_family : 0;
	return family == AF_INET || family == AF_INET6 || family == AF_PACKET;
}

static __always_inline int wanted(struct sk_buff *skb, struct place *p, u32 cpu)
{
	if (!of_network(skb, p->sk))
		return 0;
	if (filter.mark_on && (skb->mark & filter.mark_mask) != filter.mark)
		return 0;
	if (filter.headers_on) {
		u32 l3 = skb->network_header, tail = skb->tail;

		if (header_at(l3, tail) ? !headers_pass(&filter, skb, l3, tail) : !socket_pass(&filter, skb, p->sk))
			return 0;
	}
	if (filter.netns_count && !netns_pass(&filter, p->netns))
		return 0;
	if (filter.iface_count && !iface_pass(&filter, p->dev, p->ifindex, p->netns))
		return 0;
	if (filter.cgroup_count && !cgroup_pass(&filter, p->sk))
		return 0;
	return !want_expression || expression_fits(skb, p->sk, cpu);
}

#define LOOK_WORDS 8
#define LOOK_FACTOR 0x9e3779b97f4a7c15ULL

/* a number that changes when the headers, the device or the namespace do; never 0 */
static __always_inline u64 look_of(struct sk_buff *skb, struct place *p)
{
	u64 words[LOOK_WORDS], look = (u64)p->netns << 32 | p->ifindex;

	if (!headers_present(skb))
		return look << 1 | 1;
	if (!bpf_probe_read_kernel(words, sizeof(words), skb->head + skb->network_header)) {
#pragma unroll
		for (int i = 0; i < LOOK_WORDS; i++)
			look = (look ^ words[i]) * LOOK_FACTOR;
	}
	return (look ^ skb->vlan_tci ^ (u64)skb->mark << 32) | 1;
}

static __always_inline void copy_headers(struct trace_event *e, struct sk_buff *skb)
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
	e->flags |= TRACE_HEADERS;
}

static __always_inline void copy_tuple(struct trace_event *e, struct sock *sk)
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
	e->flags |= TRACE_SOCKET_TUPLE;
}

/* what there is to tell of a point */
struct told {
	u64 value;
	u32 point, reason;
	u8 kind, flags;
};

static __always_inline void emit(struct sk_buff *skb, struct tracked *t, struct place *p, struct told *told, struct counters *count,
				 u32 cpu)
{
	u64 look = look_of(skb, p), bytes = __builtin_offsetof(struct trace_event, device);
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct trace_event *e;

	if (!ring) {
		__sync_fetch_and_add(&count->lost_no_ring, 1);
		return;
	}
	if (look != t->look)
		bytes = sizeof(*e);
	/* what the verifier knows on each path is the size, not the comparison */
	asm volatile("" : "+r"(bytes));
	e = bpf_ringbuf_reserve(ring, bytes, 0);
	if (!e) {
		/* the next one tells what this one would have told of the packet */
		t->look = 0;
		__sync_fetch_and_add(&count->lost_full, 1);
		return;
	}
	e->ktime = bpf_ktime_get_ns();
	e->skb = (u64)skb;
	e->id = t->id;
	e->value = told->value;
	e->point = told->point;
	e->reason = told->reason;
	e->netns = p->netns;
	e->ifindex = p->ifindex;
	e->len = skb->len;
	e->mark = skb->mark;
	e->cpu = cpu;
	e->protocol = bpf_ntohs(skb->protocol);
	e->vlan_tci = e->captured = e->l3_offset = 0;
	e->flags = told->flags;
	e->kind = told->kind;
	e->pkt_type = BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type);
	if (vlan_present(skb)) {
		e->vlan_tci = skb->vlan_tci;
		e->flags |= TRACE_VLAN;
	}
	if (!p->dev)
		e->flags |= TRACE_DEVICE_IN;
	if (bytes == sizeof(*e)) {
		if (!t->look)
			e->flags |= TRACE_FIRST;
		t->look = look;
		e->flags |= TRACE_FULL;
		e->device[0] = 0;
		if (p->dev)
			bpf_probe_read_kernel_str(e->device, sizeof(e->device), p->dev->name);
		if (headers_present(skb))
			copy_headers(e, skb);
		else if (p->sk)
			copy_tuple(e, p->sk);
	}
	__sync_fetch_and_add(&count->emitted, 1);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* a packet at a point */
static __always_inline int see(struct sk_buff *skb, struct sock *sk, u32 flags, struct told *told)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct counters *count = bpf_map_lookup_elem(&counters, &cpu);
	struct refused *r = bpf_map_lookup_elem(&refused, &cpu);
	u64 head, id, nh = skb->network_header;
	struct tracked *t;
	struct place p;

	if (!count || !r)
		return 0;
	if (remember_refused && r->skb == (u64)skb) {
		if (flags & POINT_ENDS)
			r->skb = 0;
		if (r->network_header == nh && !(flags & POINT_CHANGES))
			return 0;
	}
	head = (u64)skb->head;
	t = tracked((u64)skb);
	if (!t) {
		if (flags & POINT_ENDS && !(flags & POINT_STARTS))
			return 0;
		find_place(skb, sk, &p);
		id = family_of(head);
		if (!id) {
			__sync_fetch_and_add(&count->seen, 1);
			if (!wanted(skb, &p, cpu)) {
				if (!(flags & POINT_ENDS)) {
					r->skb = (u64)skb;
					r->network_header = nh;
				}
				return 0;
			}
			id = bpf_ktime_get_ns() << 8 | (cpu & 255);
			__sync_fetch_and_add(&count->begun, 1);
		}
		t = follow((u64)skb, head, id);
		if (!t) {
			__sync_fetch_and_add(&count->untracked, 1);
			return 0;
		}
	} else {
		find_place(skb, sk, &p);
		if (t->head != head)
			move(t, head);
	}
	if (flags & POINT_ENDS)
		told->flags |= TRACE_LAST;
	emit(skb, t, &p, told, count, cpu);
	if (flags & POINT_RETURNS)
		enter((u64)skb, t->id, told->point);
	if (flags & POINT_ENDS)
		forget((u64)skb, head);
	return 0;
}

/* any function or tracepoint that has an skb among its arguments */
SEC("tp_btf/consume_skb")
int at_point(u64 *ctx)
{
	struct told told = { .point = MARKED(MARK_POINT), .kind = TRACE_ENTRY };
	u32 flags = MARKED(MARK_FLAGS);

	if (flags & POINT_VALUE)
		told.value = ARGUMENT(ctx, MARK_VALUE);
	return see((void *)ARGUMENT(ctx, MARK_SKB), 0, flags, &told);
}

SEC("tp_btf/kfree_skb")
int at_drop(u64 *ctx)
{
	struct told told = { .point = MARKED(MARK_POINT), .kind = TRACE_ENTRY, .value = ctx[1] };
	struct sock *sk = 0;

	if (has_reason)
		told.reason = ctx[2];
	if (has_rx_sk)
		sk = (void *)ctx[3];
	return see((void *)ctx[0], sk, MARKED(MARK_FLAGS), &told);
}

/* a record of what is not looked at: the packet may be gone */
static __always_inline void emit_short(u64 skb, u64 id, struct told *told)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct counters *count = bpf_map_lookup_elem(&counters, &cpu);
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct trace_event *e;

	if (!count || !ring)
		return;
	e = bpf_ringbuf_reserve(ring, __builtin_offsetof(struct trace_event, device), 0);
	if (!e) {
		__sync_fetch_and_add(&count->lost_full, 1);
		return;
	}
	__builtin_memset(e, 0, __builtin_offsetof(struct trace_event, device));
	e->ktime = bpf_ktime_get_ns();
	e->skb = skb;
	e->id = id;
	e->value = told->value;
	e->point = told->point;
	e->cpu = cpu;
	e->flags = told->flags;
	e->kind = told->kind;
	__sync_fetch_and_add(&count->emitted, 1);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* the end of a function at whose beginning a packet was seen */
SEC("tp_btf/consume_skb")
int at_return(u64 *ctx)
{
	struct told told = { .point = MARKED(MARK_POINT), .kind = TRACE_RETURN, .value = ARGUMENT(ctx, MARK_VALUE) };
	u64 skb = ARGUMENT(ctx, MARK_SKB), id = leave(skb, told.point);

	if (id)
		emit_short(skb, id, &told);
	return 0;
}

static __always_inline void gone(u64 skb, struct told *told)
{
	struct tracked *t = tracked(skb);

	if (!t)
		return;
	emit_short(skb, t->id, told);
	forget(skb, t->head);
}

/*
 * The memory of an skb is given back: all that is seen of a free that no tracepoint of the network tells of (__kfree_skb), where
 * functions cannot be watched. A fast clone has no memory of its own; it lies behind the skb that it was made with
 * (struct sk_buff_fclones, include/linux/skbuff.h).
 */
SEC("tp_btf/kmem_cache_free")
int at_memory(u64 *ctx)
{
	struct told told = { .point = MARKED(MARK_POINT), .kind = TRACE_ENTRY, .flags = TRACE_LAST };
	u64 skb = ctx[1];

	if (!*(volatile u64 *)&following)
		return 0;
	gone(skb, &told);
	gone(skb + bpf_core_type_size(struct sk_buff), &told);
	return 0;
}
