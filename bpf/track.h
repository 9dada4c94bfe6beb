/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which packets are followed.
 *
 * An address is no identity: the kernel gives the address of a freed skb to the next one. A packet's identity is a number, given
 * when it is first seen, and two tables say what it is known by at the moment:
 *
 *   packets	skb -> the number, from the first sight to the free
 *   families	skb->head -> the number, as long as an skb that is followed has that head (by_head, below)
 *
 * A clone has another address and the same head, and is marked as cloned, since heads are used again too. So it is found by its head
 * at the next point that sees it, whatever made it, and whether or not that could be watched. A copy has neither, and needs the
 * function that makes it: it is announced there. When an skb gets another head (pskb_expand_head), it takes its number along.
 *
 * Frees that nothing tells of leave families behind. So a clone only belongs to one if it looks the same in what clones of a packet
 * have in common, be they made to send it again: addresses, ports, sequence number (sign_of).
 *
 * Where functions can be watched, clones are announced like copies, and heads are not needed: two updates of a table less a packet.
 */
#ifndef TRACK_H
#define TRACK_H

#include "kernel.h"
#include "event.h"
#include <bpf/bpf_helpers.h>

#define TRACKED_MOST 65536

struct tracked {
	u64 id;
	u64 head;
	u64 look;	/* of what was last sent of it; 0: nothing was */
	u32 place;	/* where it was then */
	u32 received;	/* a device has handed it to the stack, and none has taken it since */
	struct waiting waiting;	/* sights that no record has told yet */
};

/* too long for the stack of a program */
static const struct tracked nothing_tracked;

struct family {
	u64 id;
	u64 members;
	u64 sign;	/* of the packet that was seen last: heads are used again, and then hold another one */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TRACKED_MOST);
	__type(key, u64);
	__type(value, struct tracked);
} packets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TRACKED_MOST);
	__type(key, u64);
	__type(value, struct family);
} families SEC(".maps");

/* A packet inside a function of which the return is wanted: it may be freed there. */
struct call {
	u64 skb;
	u64 point;
};

struct called {
	u64 id;
	u64 depth;	/* a packet may be in there several times: devices are stacked */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct call);
	__type(value, struct called);
} calls SEC(".maps");

/* entries of packets that programs have made and taken away: when none are left, nothing is looked up */
u64 following;
/* entries that user space has taken away; only it writes here */
u64 forgotten;
/* the same of calls, which may be more than there are: the map forgets the oldest */
u64 calling;

static __always_inline int any_followed(void)
{
	return *(volatile u64 *)&following != *(volatile u64 *)&forgotten;
}

static __always_inline struct tracked *look_up(u64 skb)
{
	return bpf_map_lookup_elem(&packets, &skb);
}

static __always_inline struct tracked *tracked(u64 skb)
{
	return any_followed() ? look_up(skb) : 0;
}

static __always_inline void leave_family(u64 head)
{
	struct family *f = bpf_map_lookup_elem(&families, &head);

	if (!f)
		return;
	if (f->members <= 1)
		bpf_map_delete_elem(&families, &head);
	else
		__sync_fetch_and_add(&f->members, -1);
}

/* @return whether there was room */
static __always_inline int enter_family(u64 head, u64 id)
{
	struct family *f = bpf_map_lookup_elem(&families, &head);
	struct family fresh = { .id = id, .members = 1 };

	if (f && f->id == id) {
		__sync_fetch_and_add(&f->members, 1);
		return 1;
	}
	return !bpf_map_update_elem(&families, &head, &fresh, BPF_ANY);
}

/* the family that has this head */
static __always_inline struct family *family_of(u64 head)
{
	return bpf_map_lookup_elem(&families, &head);
}

/* @return 0: there was no room */
static __always_inline struct tracked *add_tracked(u64 skb, u64 id)
{
	struct tracked *t;

	if (bpf_map_update_elem(&packets, &skb, &nothing_tracked, BPF_ANY))
		return 0;
	__sync_fetch_and_add(&following, 1);
	t = bpf_map_lookup_elem(&packets, &skb);
	if (t)
		t->id = id;
	return t;
}

/* follows an skb from now on */
static __always_inline struct tracked *follow(u64 skb, u64 head, u64 id, int by_head)
{
	struct tracked *t;

	if (by_head && !enter_family(head, id))
		return 0;
	t = add_tracked(skb, id);
	if (t)
		t->head = head;
	else if (by_head)
		leave_family(head);
	return t;
}

/* follows an skb that is being made: what its head will be is not known yet. @return whether there was room */
static __always_inline int announce(u64 skb, u64 id)
{
	return add_tracked(skb, id) != 0;
}

/* it got another head */
static __always_inline void move(struct tracked *t, u64 head, int by_head)
{
	if (by_head) {
		leave_family(t->head);
		enter_family(head, t->id);
	}
	t->head = head;
}

static __always_inline void enter(u64 skb, u64 id, u32 point)
{
	struct call call = { .skb = skb, .point = point };
	struct called *c = bpf_map_lookup_elem(&calls, &call);
	struct called fresh = { .id = id, .depth = 1 };

	if (c && c->id == id)
		c->depth++;
	else if (!bpf_map_update_elem(&calls, &call, &fresh, BPF_ANY))
		__sync_fetch_and_add(&calling, 1);
}

/* @return the number of the packet that was in there; 0: none that is followed */
static __always_inline u64 leave(u64 skb, u32 point)
{
	struct call call = { .skb = skb, .point = point };
	struct called *c = *(volatile u64 *)&calling ? bpf_map_lookup_elem(&calls, &call) : 0;
	u64 id;

	if (!c)
		return 0;
	id = c->id;
	if (c->depth > 1)
		c->depth--;
	else if (!bpf_map_delete_elem(&calls, &call))
		__sync_fetch_and_add(&calling, -1);
	return id;
}

/* keeps a sight for the next record. @return whether there was room, in numbers and in time */
static __always_inline int keep_waiting(struct tracked *t, u32 point, u64 now, u32 cpu)
{
	struct waiting *w = &t->waiting;
	u64 n = w->count, since;

	if (n >= WAITING_MOST)
		return 0;
	if (!n)
		w->since = now;
	since = now - w->since;
	if (since >> 32)
		return 0;
	w->sights[n] = since << 32 | (u64)(cpu & 0xffff) << 16 | (u16)point;
	w->count = n + 1;
	return 1;
}

static __always_inline void forget(u64 skb, u64 head, int by_head)
{
	if (by_head)
		leave_family(head);
	if (!bpf_map_delete_elem(&packets, &skb))
		__sync_fetch_and_add(&following, -1);
}

#endif
