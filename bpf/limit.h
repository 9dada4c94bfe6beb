/* SPDX-License-Identifier: GPL-2.0 */
/* --rate-limit: every reason has a bucket of its own, so that a flood of one does not hide the others. */
#ifndef LIMIT_H
#define LIMIT_H

#include "event.h"
#include "filter.h"
#include <bpf/bpf_helpers.h>

/* by reason_place(); the last is for reasons that have no place. Filled before the program is attached. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FILTER_REASONS + 1);
	__type(key, u32);
	__type(value, struct limit);
} limits SEC(".maps");

/*
 * Whether this drop is one too many; it is counted then. The bucket is the generic cell rate algorithm (ITU-T I.371): each drop
 * puts the moment at which the bucket will be empty off by its interval. Two CPUs that look at the same moment may both go on:
 * then there are a few more than allowed, but none goes uncounted, and the one that comes after pays for both.
 */
static __always_inline int over_limit(u32 reason)
{
	u32 place = reason_place(reason);
	struct limit *l = bpf_map_lookup_elem(&limits, &place);
	u64 now, empty;

	if (!l || !l->interval)
		return 0;
	now = bpf_ktime_get_ns();
	empty = *(volatile u64 *)&l->empty;
	if (empty > now + l->slack) {
		__sync_fetch_and_add(&l->held, 1);
		return 1;
	}
	if (empty < now)
		*(volatile u64 *)&l->empty = now;
	__sync_fetch_and_add(&l->empty, l->interval);
	return 0;
}

#endif
