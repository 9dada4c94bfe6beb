// SPDX-License-Identifier: GPL-2.0
/*
 * nettrace: one record a packet and point. The programs at_… are templates: user space copies the instructions of one for every
 * point, with the point's own numbers in place of the markers (src/trace/template.ts), and loads the copy for the function or
 * tracepoint it belongs to. So argument positions come from the running kernel's BTF, and one body serves every kind of probe. The
 * templates themselves no kernel gets to see (src/bpf/templates.ts).
 */
#include "kernel.h"
#include "event.h"
#include "marks.h"	/* before filter.h, which makes use of WORD_LOADS */
#include "filter.h"
#include "identify.h"
#include "match.h"
#include "owner.h"
#include "rings.h"
#include "track.h"
#include "copy.h"
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

const volatile struct filter filter = {};
const volatile u8 has_reason = 1;	/* since 5.17 */
const volatile u8 has_rx_sk = 1;	/* since 6.11 */
const volatile u8 want_expression = 0;
const volatile u8 every_free_seen = 0;
const volatile u8 join_clones = 1;	/* a clone belongs to the packet it was made of */
const volatile u8 join_by_head = 1;	/* what it was made of is known by its head alone, not where it was made */
const volatile u8 always_whole = 0;	/* the packet in every record */
const volatile u8 only_times = 0;	/* nobody asks where a packet was, or what was said of it there */
const volatile u8 by_cookie = 0;	/* one program for many points: which it is, the kernel says */
const volatile u64 budget_interval = 0;	/* ns of the budget that a packet takes; 0: there is none */
const volatile u64 budget_slack = 0;	/* ns */

/* keeps the types in BTF, from which decoders are generated */
const struct trace_event *event_type __attribute__((unused));
const struct packet_copy *copy_type __attribute__((unused));
const struct socket_tuple *tuple_type __attribute__((unused));
enum trace_kind kind_type __attribute__((unused)) = 0;
enum trace_flags flags_type __attribute__((unused)) = 0;
enum point_flags point_flags_type __attribute__((unused)) = 0;

/*
 * A cookie is what the kernel tells a program that serves many points of the one it runs for: the point's number, its flags from the
 * 16th bit on, and which arguments of the function are the packet, a socket and the value, from the 48th, the 52nd and the 56th. A
 * copy that serves one point has its own numbers.
 */
static __always_inline u32 point_here(u64 cookie)
{
	return by_cookie ? (u16)cookie : MARKED(MARK_POINT);
}

static __always_inline u32 flags_here(u64 cookie)
{
	return by_cookie ? (u32)(cookie >> 16) : MARKED(MARK_FLAGS);
}

/*
 * Asked again each time: where the answer is a constant, user space takes out what it does not lead to (src/trace/fold.ts), and cannot
 * follow a constant through the stack.
 */
static __always_inline u32 has(u64 cookie, u32 flags)
{
	return flags_here(cookie) & flags;
}

/* which argument of the function it is that a mark stands for. All points of one program have what is told of a hook at one place. */
#define PLACE_HERE(cookie, mark) \
	(mark == MARK_SKB ? (cookie) >> 48 & 7 : mark == MARK_SOCKET ? (cookie) >> 52 & 7 : mark == MARK_VALUE ? (cookie) >> 56 & 7 : MARKED(mark))

/* packets are chosen by the socket that they are of */
#define BY_SOCKET (filter.cgroup_count || filter.comm_count || filter.pid_count)
/* an argument that is a socket is asked for by nobody else, where to find an argument takes more than a load */
#define IF_ASKED(mark, argument) (mark == MARK_SOCKET && !BY_SOCKET ? 0 : (argument))

/*
 * A template is a function "int name_body(context, here, two or three arguments of the function or tracepoint)". POINT_PROGRAM(name)
 * makes programs of it: one for contexts that are an array of arguments, or registers; and, where nothing has types, one for links to
 * many functions, whose arguments only a helper gives. Its gate is asked before anything is done: most packets get no further.
 */
struct here {
	u64 cookie;
	u32 cpu;
};
#ifdef UNTYPED
static __always_inline u64 cookie_of(void *ctx)
{
	return by_cookie ? bpf_get_attach_cookie(ctx) : 0;
}

static __always_inline u64 register_at(void *ctx, u64 place)
{
	switch (place) {
	case 0:
		return ARGUMENT(ctx, MARK_REGISTER);
	case 1:
		return ARGUMENT(ctx, MARK_REGISTER + 1);
	case 2:
		return ARGUMENT(ctx, MARK_REGISTER + 2);
	case 3:
		return ARGUMENT(ctx, MARK_REGISTER + 3);
	case 4:
		return ARGUMENT(ctx, MARK_REGISTER + 4);
	default:
		return ARGUMENT(ctx, MARK_REGISTER + 5);
	}
}

#define AT_PLACE(ctx, cookie, mark) \
	IF_ASKED(mark, by_cookie && mark != MARK_FUNCTIONS ? register_at(ctx, PLACE_HERE(cookie, mark)) : ARGUMENT(ctx, mark))
#define GIVEN(ctx, cookie, mark) \
	IF_ASKED(mark, ({ u64 __v; bpf_get_func_arg(ctx, by_cookie ? PLACE_HERE(cookie, mark) : MARKED(mark), &__v); __v; }))
#define POINT_PROGRAM(name, ...)							\
SEC("template")									\
int name(u64 *ctx)									\
{											\
	BODY(name, AT_PLACE, cookie_of(ctx), __VA_ARGS__);				\
}											\
SEC("template")									\
int name##_multi(u64 *ctx)								\
{											\
	BODY(name, GIVEN, cookie_of(ctx), __VA_ARGS__);				\
}
#else
#define AT_PLACE(ctx, cookie, mark) ARGUMENT(ctx, mark)
#define POINT_PROGRAM(name, ...)							\
SEC("template")									\
int name(u64 *ctx)									\
{											\
	BODY(name, AT_PLACE, 0, __VA_ARGS__);						\
}
#endif
#define __EACH1(get, ctx, cookie, a) get(ctx, cookie, a)
#define __EACH2(get, ctx, cookie, a, b) get(ctx, cookie, a), get(ctx, cookie, b)
#define __EACH_PICK(_1, _2, name, ...) name
#define EACH_ARGUMENT(get, ctx, cookie, ...) __EACH_PICK(__VA_ARGS__, __EACH2, __EACH1)(get, ctx, cookie, __VA_ARGS__)
#define BODY(name, get, a_cookie, gate, first, ...)					\
	struct here here = { .cookie = a_cookie };					\
	u64 packet = get(ctx, here.cookie, first);					\
											\
	if (gate(&here, packet))							\
		return 0;								\
	return name##_body(ctx, &here, packet, EACH_ARGUMENT(get, ctx, here.cookie, __VA_ARGS__))

/* The packet that was refused last on a CPU, at most points the one that comes next. Of more CPUs than this some share a place. */
#define REFUSED 1024
#define NOBODY 1	/* not 0, which is what a function is given that gets no packet */
struct refused {
	u64 skb;
	u64 network_header;
	u64 number;	/* where an address becomes a number to the verifier, which lets nobody calculate with pointers */
	u64 looped;	/* its skb->head, if it was sent to this machine itself and waits in the backlog */
} refused[REFUSED];

/* in memory of its own, which costs a third of what a map's element does */
static __always_inline struct refused *refused_on(u32 cpu)
{
	struct refused *r = &refused[cpu & (REFUSED - 1)];

	/* found once, and not again wherever it is used */
	asm volatile("" : "+r"(r));
	return r;
}

/*
 * Where a packet is, as far as the packet knows. The pointers themselves are not kept but loaded again where they are needed: being
 * there or not, they would double what the verifier has to follow behind this.
 */
struct place {
	u32 netns, ifindex;
	u8 has_dev;	/* and it can be believed */
	u8 has_sk;
};

/*
 * A packet as it came has a type where anything has, and what is no pointer is loaded through it as it is: at tracepoints, which kernels
 * trust, that takes one instruction where other loads take nine (BPF_PROBE_MEM, arch/x86/net/bpf_jit_comp.c).
 */
#ifdef UNTYPED
#define AS_IT_CAME(packet) ((struct sk_buff *)AS_TYPE(packet, MARK_SKB_TYPE))
#else
#define AS_IT_CAME(packet) ((struct sk_buff *)(packet))
#endif

/* for loads of pointers */
static __always_inline struct sk_buff *untrusted(struct sk_buff *skb)
{
	return AS_TYPE(skb, MARK_SKB_TYPE);
}

static __always_inline struct sock *socket_of(struct sk_buff *skb, struct sock *given)
{
	return given ? given : LOAD(untrusted(skb), sk);
}

static __always_inline void find_place(struct sk_buff *skb, struct sock *given, struct place *p, u32 cpu)
{
	struct net_device *dev = LOAD(untrusted(skb), dev);
	struct sock *sk = socket_of(skb, given);
	u64 zero = unknown_zero(cpu) & 1;
	u32 netns = 0, ifindex = LOAD(skb, skb_iif);

	p->has_dev = p->has_sk = 0;
	if (is_address(dev)) {
		netns = netns_inode(LOAD(dev, nd_net.net));
		if (netns) {
			ifindex = LOAD(dev, ifindex);
			p->has_dev = 1;
		}
	}
	if (sk) {
		u32 inode = netns_inode(LOAD(sk, __sk_common.skc_net.net));

		if (inode)
			p->has_sk = 1;
		if (!netns)
			netns = inode;
	}
	p->netns = netns;
	p->ifindex = ifindex;
	p->has_dev ^= zero;
	p->has_sk ^= zero;
}

#define AF_PACKET 17

/* talk between processes, or with the kernel, is in skbs too: it has no headers, and a socket of another kind */
static __always_inline int of_network(struct sk_buff *skb, struct sock *given, struct place *p)
{
	u64 family;

	if (headers_present(skb))
		return 1;
	family = LOAD(socket_of(skb, given), __sk_common.skc_family) * p->has_sk;
	return family == AF_INET || family == AF_INET6 || family == AF_PACKET;
}

/* what can be asked of the packet alone. It comes first, while the verifier has nothing else to tell apart. */
static __always_inline int packet_wanted(struct sk_buff *skb, u64 head, u32 l3, u32 cpu)
{
	u32 tail = LOAD(skb, tail);

	if (filter.mark_on && (LOAD(skb, mark) & filter.mark_mask) != filter.mark)
		return 0;
	if (!header_at(l3, tail))
		return 1;
	if (filter.headers_on && !headers_pass(&filter, skb, (void *)head + l3, l3, tail))
		return 0;
	return !want_expression || expression_fits_packet(skb, cpu);
}

/* @return whether the socket is one of those asked for */
static __always_inline int socket_wanted(struct sock *sk)
{
	if (!sk || !is_whole(sk))
		return 0;
	if (filter.cgroup_count && !cgroup_pass(&filter, sk))
		return 0;
	return !(filter.comm_count || filter.pid_count) || owner_pass(&filter, sk);
}

/* and what of where it is. @param argument a socket that the point is given beside the packet, for packets that do not know theirs */
static __always_inline int place_wanted(struct sk_buff *skb, struct sock *given, struct sock *argument, struct place *p, u32 cpu)
{
	if (!of_network(skb, given, p))
		return 0;
	if ((filter.headers_on || want_expression) && !headers_present(skb)) {
		struct sock *sk = p->has_sk ? socket_of(skb, given) : 0;

		if (filter.headers_on && !socket_pass(&filter, skb, sk))
			return 0;
		if (want_expression && !expression_fits_socket(skb, sk, cpu))
			return 0;
	}
	if (filter.netns_count && !netns_pass(&filter, p->netns))
		return 0;
	if (filter.iface_count && !iface_pass(&filter, p->has_dev ? LOAD(untrusted(skb), dev) : 0, p->ifindex, p->netns))
		return 0;
	return !BY_SOCKET || socket_wanted(p->has_sk ? socket_of(skb, given) : 0) || (argument && socket_wanted(argument));
}

#define LOOK_WORDS 8	/* of IPv6; all that is of interest in IPv4 is in the first half */
#define LOOK_FACTOR 0x9e3779b97f4a7c15ULL

struct words {
	u64 word[LOOK_WORDS];
};

static __always_inline int is_ipv6(u64 word)
{
	return (word & 0xf0) == 0x60;
}

/* the first bytes of the headers; zeroes where they cannot be read. Loads cost a third of what the helper does that copies. */
static __always_inline void read_words(struct words *w, struct sk_buff *skb)
{
	u8 *from = LOAD(skb, head) + LOAD(skb, network_header);

#if !defined(UNTYPED) || defined(CAST)
	if (MARKED(MARK_WORDS_TYPE)) {
		struct words *there = AS_TYPE(from, MARK_WORDS_TYPE);

#pragma unroll
		for (int i = 0; i < LOOK_WORDS; i++)
			w->word[i] = i < LOOK_WORDS / 2 || is_ipv6(w->word[0]) ? *(volatile u64 *)&there->word[i] : 0;
		return;
	}
#endif
	if (bpf_probe_read_kernel(w, sizeof(*w), from))
		__builtin_memset(w, 0, sizeof(*w));
}

/*
 * Length and checksum of an IPv4 header, and the length of an IPv6 header, are put in last, behind the first sight of a packet that is made
 * here (__ip_local_out, __ip6_local_out). They say nothing that the rest does not, and the same of both versions is left out by calculation.
 */
static __always_inline void without_sums(struct words *w)
{
	u64 is_six = w->word[0] >> 5 & 1;

	w->word[0] &= ~(0xffff0000ULL << 16 * is_six);
	w->word[1] &= ~(0xffff0000ULL * (1 - is_six));
}

/* a number that changes when the headers do, or are there, or the socket that says what they will be, or the mark; never 0 */
static __always_inline u64 look_of(struct sk_buff *skb, struct sock *given)
{
	u64 look = 0, mark = (u64)LOAD(skb, mark) << 32;
	struct words w;

	if (!headers_present(skb))
		return mark | 1 | 2 * (1 - is_zero((u64)socket_of(skb, given)));
	read_words(&w, skb);
	without_sums(&w);
#pragma unroll
	for (int i = 0; i < LOOK_WORDS; i++) {
		if (i == LOOK_WORDS / 2 && !is_ipv6(w.word[0]))
			break;
		look = (look ^ w.word[i]) * LOOK_FACTOR;
	}
	return (look ^ LOAD(skb, vlan_tci) ^ mark) | 1;
}

/* a number of what all clones of a packet have in common: protocol, addresses, and the transport header's first eight bytes */
static __always_inline u64 sign_of(struct sk_buff *skb)
{
	union {
		struct words all;
		u64 words[LOOK_WORDS];
		u32 halves[2 * LOOK_WORDS];
		u8 bytes[8 * LOOK_WORDS];
	} h;
	u64 sign = 0;

	if (!headers_present(skb))
		return 0;
	read_words(&h.all, skb);
	if (h.bytes[0] == 0x45) {
		sign = h.bytes[9];
#pragma unroll
		for (int i = 3; i < 7; i++)
			sign = (sign ^ h.halves[i]) * LOOK_FACTOR;
	} else if (h.bytes[0] >> 4 == 6) {
		sign = h.bytes[6];
#pragma unroll
		for (int i = 1; i < 6; i++)
			sign = (sign ^ h.words[i]) * LOOK_FACTOR;
	}
	return sign;
}

static __always_inline void copy_headers(struct trace_event *e, struct sk_buff *skb)
{
	u32 l3 = LOAD(skb, network_header), start = copy_start(skb);
	u64 size = (u64)LOAD(skb, tail) - start;

	/* the verifier has to see the very value that is compared */
	asm volatile("" : "+r"(size));
	if (size > DROP_DATA)
		size = DROP_DATA;
	if (bpf_probe_read_kernel(e->data, size, LOAD(skb, head) + start))
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
	s->protocol = LOAD(sk, sk_protocol);
	e->captured = sizeof(*s);
	e->flags |= TRACE_SOCKET_TUPLE;
}

/* what netfilter thinks of the packet's connection: the lowest bits of a pointer (include/linux/skbuff.h, NFCT_INFOMASK) */
static __always_inline u8 connection_of(struct sk_buff *skb)
{
	u64 connection = bpf_core_field_exists(skb->_nfct) ? LOAD(skb, _nfct) : 0;

	return connection ? 1 + (connection & 7) : 0;
}

/* a number that changes when the device does, the namespace, the connection, or whom the packet is for */
static __always_inline u32 place_number(struct place *p, u8 pkt_type, u8 connection)
{
	return p->netns * 0x9e3779b1 + (p->ifindex << 8 | connection << 4 | pkt_type << 1 | p->has_dev);
}

static __always_inline void name_device(char *to, struct sk_buff *skb, struct place *p)
{
#if defined(UNTYPED) && !defined(CAST)
	bpf_probe_read_kernel_str(to, sizeof(skb->dev->name), LOAD(untrusted(skb), dev)->name);
#else
	copy_name(to, LOAD(untrusted(skb), dev));
#endif
	to[0] *= p->has_dev;
}

/* what there is to tell of a point */
struct told {
	u64 value;
	u64 functions;	/* a struct nf_hook_entries */
	struct nf_hook_state *hook;	/* what value is made of when there is a record */
	u32 point, reason;
	u8 kind, flags;
};

/* a record with nothing in it but whose it is, when and where. @param events that are lost, and counted, when there is no room */
static __always_inline struct trace_event *bare_record(u64 skb, u64 id, u64 bytes, u64 events)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct counters *count = bpf_map_lookup_elem(&counters, &cpu);
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct trace_event *e;

	if (!count)
		return 0;
	if (!ring) {
		__sync_fetch_and_add(&count->lost_no_ring, events);
		return 0;
	}
	e = bpf_ringbuf_reserve(ring, bytes, 0);
	if (!e) {
		__sync_fetch_and_add(&count->lost_full, events);
		return 0;
	}
	__builtin_memset(e, 0, __builtin_offsetof(struct trace_event, device));
	e->ktime = bpf_ktime_get_ns();
	e->skb = skb;
	e->id = id;
	e->cpu = cpu;
	__sync_fetch_and_add(&count->emitted, 1);
	return e;
}

/* what has waited goes into a record that has nothing else in its data */
static __always_inline void take_along(struct trace_event *e, struct tracked *t)
{
	__builtin_memcpy(e->data, &t->waiting, sizeof(t->waiting));
	e->waited = t->waiting.count;
	t->waiting.count = 0;
}

/* what has waited, in a record of its own */
static __always_inline void tell_waiting(u64 skb, struct tracked *t)
{
	struct trace_event *e;
	u64 waiting = t->waiting.count;

	if (!waiting)
		return;
	e = bare_record(skb, t->id, sizeof(*e), waiting);
	if (!e) {
		t->waiting.count = 0;
		return;
	}
	e->kind = TRACE_WAITED;
	e->device[0] = 0;
	take_along(e, t);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

static __always_inline void emit(struct sk_buff *skb, struct sock *given, struct tracked *t, struct place *p, struct told *told,
				 struct counters *count, struct here *here)
{
	u64 look = look_of(skb, given), bytes = __builtin_offsetof(struct trace_event, device), now = bpf_ktime_get_ns();
	struct trace_event *e;
	u32 cpu = here->cpu;
	u8 pkt_type, connection;
	void *ring;
	u32 place;

	if (only_times) {
		if (look == t->look && has(here->cookie, POINT_WAITS) && keep_waiting(t, told->point, now, cpu))
			return;
		find_place(skb, given, p, cpu);
	}
	pkt_type = LOAD_BITS(skb, pkt_type);
	connection = connection_of(skb);
	/* one that does not know where it is, as where sockets free it, has not moved */
	place = p->netns && !only_times ? place_number(p, pkt_type, connection) : t->place;
	ring = bpf_map_lookup_elem(&rings, &cpu);
	if (!ring) {
		__sync_fetch_and_add(&count->lost_no_ring, 1 + t->waiting.count);
		t->waiting.count = 0;
		return;
	}
	if (always_whole || look != t->look) {
		tell_waiting((u64)skb, t);
		bytes = sizeof(*e);
	} else if (place != t->place) {
		bytes = sizeof(*e);
	} else {
		if (has(here->cookie, POINT_WAITS) && keep_waiting(t, told->point, now, cpu))
			return;
		if (t->waiting.count)
			bytes = sizeof(*e);
	}
	/* what the verifier knows on each path is the size, not the comparison */
	asm volatile("" : "+r"(bytes));
	e = bpf_ringbuf_reserve(ring, bytes, 0);
	if (!e) {
		/* the next one tells what this one would have told of the packet */
		t->look = 0;
		__sync_fetch_and_add(&count->lost_full, 1 + t->waiting.count);
		t->waiting.count = 0;
		return;
	}
	e->ktime = now;
	e->skb = (u64)skb;
	e->id = t->id;
	e->value = told->value;
	e->point = told->point;
	e->reason = told->reason;
	e->netns = p->netns;
	e->ifindex = p->ifindex;
	e->len = LOAD(skb, len);
	e->mark = LOAD(skb, mark);
	e->cpu = cpu;
	e->protocol = bpf_ntohs(LOAD(skb, protocol));
	e->vlan_tci = e->captured = e->l3_offset = 0;
	e->pkt_type = pkt_type;
	e->connection = connection;
	e->flags = told->flags;
	e->kind = told->kind;
	e->moved = e->waited = 0;
	if (vlan_present(skb)) {
		e->vlan_tci = LOAD(skb, vlan_tci);
		e->flags |= TRACE_VLAN;
	}
	if (!p->has_dev)
		e->flags |= TRACE_DEVICE_IN;
	if (bytes == sizeof(*e)) {
		if (always_whole || look != t->look || place != t->place) {
			e->flags |= TRACE_FULL | is_zero(t->look) * TRACE_FIRST;
			name_device(e->device, skb, p);
			t->place = place;
		}
		if (!always_whole && look == t->look) {
			e->moved = 1;
			take_along(e, t);
			goto submit;
		}
		t->look = look;
		if (join_by_head) {
			struct family *f = family_of(t->head);

			if (f)
				f->sign = sign_of(skb);
		}
		if (headers_present(skb))
			copy_headers(e, skb);
		else if (p->has_sk) {
			struct sock *sk = socket_of(skb, given);

			if (sk)
				copy_tuple(e, sk);
		}
	}
submit:
	__sync_fetch_and_add(&count->emitted, 1);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/*
 * Packets that matched and are not followed, being more than the budget allows. Without this they would be taken up in the middle
 * of their way as soon as there is room. A place is overwritten by the next packet that falls on it.
 */
#define SKIPPED 4096
u64 skipped[SKIPPED];
u64 skipping;	/* there was one */

static __always_inline int any_skipped(void)
{
	return budget_interval && *(volatile u64 *)&skipping;
}

static __always_inline u64 *skipped_at(struct refused *r, u64 skb)
{
	u64 place;

	*(volatile u64 *)&r->number = skb;
	place = *(volatile u64 *)&r->number * LOOK_FACTOR >> 52;
	asm volatile("" : "+r"(place));
	return &skipped[place & (SKIPPED - 1)];
}

/* when each CPU's budget will be used up, ns */
struct budget {
	u64 empty;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct budget);
} budgets SEC(".maps");

/* @return whether one more packet may be followed */
static __always_inline int affordable(u64 now, u32 cpu)
{
	struct budget *b = bpf_map_lookup_elem(&budgets, &cpu);
	u64 empty;

	if (!b)
		return 0;
	empty = b->empty > now ? b->empty : now;
	if (empty - now > budget_slack)
		return 0;
	b->empty = empty + budget_interval;
	return 1;
}

/* the callers, as one more record */
static __always_inline void emit_stack(void *ctx, u64 skb, u64 id, u32 point)
{
	struct trace_event *e = bare_record(skb, id, sizeof(*e), 1);
	long bytes;

	if (!e)
		return;
	e->point = point;
	e->kind = TRACE_STACK;
	e->device[0] = 0;
	bytes = bpf_get_stack(ctx, e->data, DROP_DATA, 0);
	if (bytes > 0)
		e->captured = bytes;
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* as many as there is room for */
#define FUNCTIONS_MOST (DROP_DATA / 8)

/* the functions that a hook of netfilter is about to call, as one more record */
static __always_inline void emit_functions(u64 skb, u64 id, u32 point, struct nf_hook_entries *entries)
{
	struct trace_event *e = bare_record(skb, id, sizeof(*e), 1);
	u64 entry = (u64)entries + bpf_core_field_offset(struct nf_hook_entries, hooks);
	u32 count;

	if (!e)
		return;
	e->point = point;
	e->kind = TRACE_FUNCTIONS;
	e->device[0] = 0;
	count = BPF_CORE_READ(entries, num_hook_entries);
	e->value = count;
	if (count > FUNCTIONS_MOST)
		count = FUNCTIONS_MOST;
	e->captured = 8 * count;
#pragma unroll
	for (u32 i = 0; i < FUNCTIONS_MOST; i++, entry += bpf_core_type_size(struct nf_hook_entry))
		if (i < count)
			((u64 *)e->data)[i] = (u64)BPF_CORE_READ((struct nf_hook_entry *)entry, hook);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* the packet's bytes, for a file of packets, as one more record */
static __always_inline void emit_packet(struct sk_buff *skb, u64 id, u32 point)
{
	u64 size = linear_bytes(skb), room = sizeof(struct packet_copy) + copy_room(size);
	struct trace_event *e = bare_record((u64)skb, id, __builtin_offsetof(struct trace_event, data) + room, 1);

	if (!e)
		return;
	e->point = point;
	e->kind = TRACE_PACKET;
	e->device[0] = 0;
	copy_packet((void *)e->data, skb, size, room - sizeof(struct packet_copy));
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* a record of what is not looked at: the packet may be gone */
static __always_inline void emit_short(u64 skb, u64 id, struct told *told)
{
	struct trace_event *e = bare_record(skb, id, __builtin_offsetof(struct trace_event, device), 1);

	if (!e)
		return;
	e->value = told->value;
	e->point = told->point;
	e->flags = told->flags;
	e->kind = told->kind;
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* the skb is another packet's now, or nobody's: its end was not seen */
static __always_inline void lose(u64 skb, struct tracked *t)
{
	struct told told = { .kind = TRACE_GONE };

	tell_waiting(skb, t);
	emit_short(skb, t->id, &told);
	forget(skb, t->head, join_by_head);
}

/*
 * Where frees can be unseen: whether the skb that is followed has become another packet. A device hands every packet to the stack
 * without skb_iif, and the stack sets it; what has been received and comes without it, from a driver or a socket, is a new one.
 * Devices that send it clear it (skb_scrub_packet), which is why a packet that was sent since is not asked.
 */
static __always_inline int reused(struct tracked *t, struct sk_buff *skb, u64 cookie)
{
	if (every_free_seen || !has(cookie, POINT_RECEIVES | POINT_ENTERS | POINT_QUEUES) || !t->received || LOAD(skb, skb_iif))
		return 0;
	/* on its way out it has a socket, unless it is one that a tunnel has put into another packet */
	return !has(cookie, POINT_QUEUES) || LOAD(untrusted(skb), sk) != 0;
}

/* the number of the packet that shares its head with this skb, which says itself whether there is such a one; 0: none */
static __always_inline u64 family(struct sk_buff *skb, u64 head)
{
	struct family *f = join_clones && join_by_head ? family_of(head) : 0;

	return f && LOAD_BITS(skb, cloned) && f->sign == sign_of(skb) ? f->id : 0;
}

/*
 * Nothing of what is asked for is different when a packet that was sent over loopback is received: that would be where it is, its mark, its
 * length, which it has not when it is sent, or headers of the link, of which an expression may speak.
 */
#define SETTLED (!want_expression && !filter.netns_count && !filter.iface_count && !filter.mark_on && !filter.len_high)
/* of the backlog only tracepoints tell */
#ifdef UNTYPED
#define TO_BACKLOG(cookie) 0
#define FROM_BACKLOG(cookie) 0
#else
#define TO_BACKLOG(cookie) (SETTLED && has(cookie, POINT_BACKLOG) && !has(cookie, POINT_FRESH))
#define FROM_BACKLOG(cookie) (SETTLED && has(cookie, POINT_BACKLOG) && has(cookie, POINT_FRESH))
#endif

/* The packet is none of those that are looked for. Whose it is may turn out at a later point. */
static __always_inline int refuse(struct refused *r, struct sk_buff *skb, u32 l3, u64 cookie)
{
	if (every_free_seen && !BY_SOCKET && !has(cookie, POINT_ENDS | POINT_CHANGES)) {
		r->skb = (u64)skb;
		r->network_header = l3;
		if (SETTLED)
			r->looped = 0;
	}
	return 0;
}

/* Whether headers are where they were. To find out costs half as much as all else for this, where it takes a read that may fail. */
#if defined(UNTYPED) && !defined(CAST)
#define UNCHANGED(r, skb) 1
#else
#define UNCHANGED(r, skb) ((r)->network_header == LOAD(skb, network_header))
#endif

/*
 * A hook of netfilter: its number, the protocol family from the eighth bit on, the device it came in by from the sixteenth, and the
 * one it goes out by from the fortieth. Through reads that may fail, whatever kind of probe it is.
 */
static __always_inline u64 hook_of(struct nf_hook_state *state)
{
	struct net_device *in = BPF_CORE_READ(state, in), *out = BPF_CORE_READ(state, out);
	u64 value = BPF_CORE_READ(state, hook) | (u64)BPF_CORE_READ(state, pf) << 8;

	if (in)
		value |= (u64)(BPF_CORE_READ(in, ifindex) & 0xffffff) << 16;
	if (out)
		value |= (u64)(BPF_CORE_READ(out, ifindex) & 0xffffff) << 40;
	return value;
}

/* a gate: whether this is what the point before it has refused on this CPU */
static __always_inline int just_refused(struct here *here, u64 packet)
{
	struct refused *r;

	here->cpu = bpf_get_smp_processor_id();
	r = refused_on(here->cpu);
	/* what is told to be likely spares the likely way the stores that the other one needs */
	if (!every_free_seen || __builtin_expect(r->skb != packet, 0))
		return !packet;
	if (has(here->cookie, POINT_ENDS | POINT_CHANGES))
		r->skb = NOBODY;
	/* it still has the route by which it was sent: what goes to another namespace has lost it (skb_scrub_packet, net/core/skbuff.c) */
	if (TO_BACKLOG(here->cookie) && LOAD(AS_IT_CAME(packet), _skb_refdst))
		r->looped = (u64)LOAD(AS_IT_CAME(packet), head);
	if (FROM_BACKLOG(here->cookie)) {
		u64 looped = r->looped;

		r->looped = 0;
		return looped == (u64)LOAD(AS_IT_CAME(packet), head) ? UNCHANGED(r, AS_IT_CAME(packet)) : !packet;
	}
	return has(here->cookie, POINT_FRESH) ? !packet : UNCHANGED(r, AS_IT_CAME(packet));
}

/* a gate: everything may come in */
static __always_inline int open(struct here *here, u64 packet)
{
	return 0;
}

/* a packet at a point, behind the gate */
static __always_inline int see(void *ctx, struct here *here, u64 packet, struct sock *sk, struct sock *argument, struct told *told)
{
	struct sk_buff *skb = AS_IT_CAME(packet);
	u64 cookie = here->cookie;
	u32 cpu = here->cpu;
	/* found again: kept since the gate, it would be stored for every packet */
	struct refused *r = refused_on(cpu);
	u64 head, id, now;
	struct counters *count;
	struct tracked *t;
	struct place p;
	u32 any, l3;

	any = any_followed();
	t = any ? look_up((u64)skb) : 0;
	if (t && reused(t, skb, cookie)) {
		lose((u64)skb, t);
		t = 0;
	}
	if (!t && any_skipped()) {
		u64 *place = skipped_at(r, (u64)skb);

		if (*place == (u64)skb) {
			if (has(cookie, POINT_ENDS))
				*place = 0;
			return 0;
		}
	}
	head = (u64)LOAD(skb, head);
	if (!t) {
		if (has(cookie, POINT_ENDS) && !has(cookie, POINT_STARTS))
			return 0;
		id = any ? family(skb, head) : 0;
		l3 = LOAD(skb, network_header);
		if (!id) {
			if (!has(cookie, POINT_STARTS))
				return 0;
			if (!packet_wanted(skb, head, l3, cpu))
				return refuse(r, skb, l3, cookie);
		}
		count = bpf_map_lookup_elem(&counters, &cpu);
		if (!count)
			return 0;
		find_place(skb, sk, &p, cpu);
		if (!id) {
			/* that headers are yet to come, probes without types would not notice */
			if (!place_wanted(skb, sk, argument, &p, cpu))
				return headers_present(skb) ? refuse(r, skb, l3, cookie) : 0;
			now = bpf_ktime_get_ns();
			if (budget_interval && !affordable(now, cpu)) {
				__sync_fetch_and_add(&count->skipped, 1);
				if (!has(cookie, POINT_ENDS)) {
					*skipped_at(r, (u64)skb) = (u64)skb;
					skipping = 1;
				}
				return 0;
			}
			id = now << 8 | (cpu & 255);
			__sync_fetch_and_add(&count->begun, 1);
		}
		/* it may have been refused at a point before this one, where it was in another namespace or had no headers yet */
		if (every_free_seen && r->skb == (u64)skb)
			r->skb = NOBODY;
		t = follow((u64)skb, head, id, join_by_head);
		if (!t) {
			__sync_fetch_and_add(&count->untracked, 1);
			return 0;
		}
	} else {
		count = bpf_map_lookup_elem(&counters, &cpu);
		if (!count)
			return 0;
		if (!only_times)
			find_place(skb, sk, &p, cpu);
		if (t->head != head) {
			if (!t->head && !LOAD_BITS(skb, cloned))
				told->flags |= TRACE_COPY;
			move(t, head, join_by_head);
		}
	}
	if (!every_free_seen) {
		if (has(cookie, POINT_RECEIVES))
			t->received = 1;
		if (has(cookie, POINT_SENDS))
			t->received = 0;
	}
	told->point = point_here(here->cookie);
	if (told->hook && !only_times)
		told->value = hook_of(told->hook);
	if (has(cookie, POINT_ENDS))
		told->flags |= TRACE_LAST;
	/* the callers first: behind a last sight nothing is expected */
	if (has(cookie, POINT_STACK))
		emit_stack(ctx, (u64)skb, t->id, told->point);
	if (has(cookie, POINT_FUNCTIONS) && told->functions)
		emit_functions((u64)skb, t->id, told->point, (void *)told->functions);
	if (snap_length)
		emit_packet(skb, t->id, told->point);
	emit(skb, sk, t, &p, told, count, here);
	if (has(cookie, POINT_RETURNS))
		enter((u64)skb, t->id, told->point);
	if (has(cookie, POINT_ENDS))
		forget((u64)skb, head, join_by_head);
	return 0;
}

/* any function or tracepoint that has an skb among its arguments */
static __always_inline int at_point_body(void *ctx, struct here *here, u64 skb, u64 value, u64 socket)
{
	struct told told = { .kind = TRACE_ENTRY, .value = value };
	struct sock *argument = BY_SOCKET && has(here->cookie, POINT_SOCKET) ? AS_TYPE(socket, MARK_SOCKET_TYPE) : 0;

	return see(ctx, here, skb, 0, argument, &told);
}
POINT_PROGRAM(at_point, just_refused, MARK_SKB, MARK_VALUE, MARK_SOCKET)

/* the skb that a struct points to: struct nft_pktinfo */
static __always_inline u64 member_inside(u64 outer)
{
#ifdef UNTYPED
	u64 skb = 0;

	bpf_probe_read_kernel(&skb, sizeof(skb), (void *)(outer + MARKED(MARK_INSIDE)));
	return skb;
#else
	return ARGUMENT(outer, MARK_INSIDE);
#endif
}

/* any that has such a struct */
static __always_inline int at_inside_body(void *ctx, struct here *here, u64 outer, u64 unused)
{
	struct told told = { .kind = TRACE_ENTRY };
	u64 skb = member_inside(outer);

	return just_refused(here, skb) ? 0 : see(ctx, here, skb, 0, 0, &told);
}
POINT_PROGRAM(at_inside, open, MARK_SKB, MARK_SKB)

/* netfilter's functions are called */
static __always_inline int at_hook_body(void *ctx, struct here *here, u64 skb, u64 value, u64 functions)
{
	struct told told = { .kind = TRACE_ENTRY, .functions = functions, .hook = (void *)value };

	return see(ctx, here, skb, 0, 0, &told);
}
POINT_PROGRAM(at_hook, just_refused, MARK_SKB, MARK_VALUE, MARK_FUNCTIONS)

/*
 * An expression of a rule of nftables sets the verdict: what lies before it in memory is the rule, with its handle. How a rule
 * begins, user space knows from the types of the module.
 */
static __always_inline int at_rule_body(void *ctx, struct here *here, u64 outer, u64 expression)
{
	struct trace_event *e;
	struct tracked *t;
	u64 skb = member_inside(outer), at, behind;

	t = tracked(skb);
	if (!t)
		return 0;
	e = bare_record(skb, t->id, sizeof(*e) + RULE_DATA - DROP_DATA, 1);
	if (!e)
		return 0;
	e->value = expression;
	e->point = point_here(here->cookie);
	e->kind = TRACE_RULE;
	e->device[0] = 0;
	e->captured = RULE_DATA;
	/* as a number: nobody may calculate with a pointer */
	at = *(volatile u64 *)&e->value;
	if (bpf_probe_read_kernel(e->data, RULE_DATA, (void *)(at - RULE_DATA))) {
		/* the memory of many rules begins with a page; what is before it is not copied, and at the end of what is */
		behind = at & 4095;
		e->captured = 0;
		if (behind < RULE_DATA && !bpf_probe_read_kernel(e->data, behind & (RULE_DATA - 1), (void *)(at - behind)))
			e->captured = behind;
	}
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 0;
}
POINT_PROGRAM(at_rule, open, MARK_SKB, MARK_VALUE)

/*
 * Another skb is being made of one that is followed. It is a clone if it is seen with the same head later, else a copy: as yet its
 * head may be what the last user of its memory left there.
 */
static __always_inline int at_copy_body(void *ctx, struct here *here, u64 from, u64 copy)
{
	struct told told = { .kind = TRACE_CLONE, .value = from };
	struct tracked *t = tracked(from);
	u64 id;

	if (!t || !copy || !(join_clones || has(here->cookie, POINT_FRESH)))
		return 0;
	id = t->id;
	t = tracked(copy);
	if (t) {
		tell_waiting(copy, t);
		forget(copy, t->head, join_by_head);
	}
	told.point = point_here(here->cookie);
	if (announce(copy, id))
		emit_short(copy, id, &told);
	return 0;
}
POINT_PROGRAM(at_copy, open, MARK_SKB, MARK_VALUE)

#ifndef UNTYPED

/* the end of a function at whose beginning a packet was seen */
SEC("template")
int at_return(u64 *ctx)
{
	struct told told = { .point = point_here(0), .kind = TRACE_RETURN, .value = ARGUMENT(ctx, MARK_VALUE) };
	u64 skb = ARGUMENT(ctx, MARK_SKB), id = leave(skb, told.point);

	if (id)
		emit_short(skb, id, &told);
	return 0;
}

SEC("template")
int at_drop(u64 *ctx)
{
	struct told told = { .kind = TRACE_ENTRY, .value = ctx[1] };
	u64 skb = ARGUMENT(ctx, MARK_SKB);
	struct here here = {};
	struct sock *sk = 0;

	if (just_refused(&here, skb))
		return 0;
	if (has_reason)
		told.reason = ctx[2];
	if (has_rx_sk)
		sk = AS_TYPE(ARGUMENT(ctx, MARK_SOCKET), MARK_SOCKET_TYPE);
	return see(ctx, &here, skb, sk, 0, &told);
}

/*
 * A program of netfilter's own kind, which runs at one hook of one network namespace. Its context is the hook's state and the skb.
 * It lets everything pass.
 */
#define NF_ACCEPT 1

SEC("template")
int at_netfilter(u64 *ctx)
{
	struct told told = { .kind = TRACE_ENTRY, .hook = (void *)ctx[0] };
	u64 skb = ARGUMENT(ctx, MARK_SKB);
	struct here here = {};

	if (!just_refused(&here, skb))
		see(ctx, &here, skb, 0, 0, &told);
	return NF_ACCEPT;
}

static __always_inline void gone(u64 skb)
{
	struct tracked *t = tracked(skb);

	if (t)
		lose(skb, t);
}

/*
 * The memory of an skb is given back, or given to the next: all that is seen of a free that no tracepoint of the network tells of
 * (__kfree_skb, and the cache of a CPU), where functions cannot be watched. A fast clone has no memory of its own; it lies behind the
 * skb that it was made with (struct sk_buff_fclones, include/linux/skbuff.h).
 */
SEC("template")
int at_memory(u64 *ctx)
{
	u64 skb = ARGUMENT(ctx, MARK_SKB);

	if (any_skipped()) {
		u64 *place = skipped_at(refused_on(bpf_get_smp_processor_id()), skb);

		if (*place == skb)
			*place = 0;
	}
	if (!any_followed())
		return 0;
	gone(skb);
	gone(skb + bpf_core_type_size(struct sk_buff));
	return 0;
}

#endif
