/* SPDX-License-Identifier: GPL-2.0 */
/* How records get to user space, and what is counted on the way. */
#ifndef RINGS_H
#define RINGS_H

#include "event.h"
#include <bpf/bpf_helpers.h>

/* one ring a CPU: producers never wait for each other, and a flood on one CPU costs only that CPU's events */
struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct counters);
} counters SEC(".maps");

#endif
