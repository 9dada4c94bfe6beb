/* SPDX-License-Identifier: GPL-2.0 */
/* Whose a packet is: its device, its network namespace. */
#ifndef IDENTIFY_H
#define IDENTIFY_H

#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

u64 netns_operations;

/* a load through a scratch word, which is no address of the kernel, would be a fault: a thousand instructions */
static __always_inline int is_address(void *pointer)
{
	return (s64)pointer < 0;
}

/*
 * skb->dev shares its place with a tree node and with udp's scratch word, and skb->sk with a fragment offset: either may
 * be no such object. Reads of bad pointers give 0, and a namespace is only believed if it carries the same operations
 * as the one of a live task, learnt once.
 */
static __always_inline u32 netns_inode(struct net *net)
{
	u64 operations = (u64)LOAD(net, ns.ops);

	if (!operations)
		return 0;
	if (!netns_operations) {
		struct task_struct *task = (void *)bpf_get_current_task();

		netns_operations = (u64)BPF_CORE_READ(task, nsproxy, net_ns, ns.ops);
	}
	if (netns_operations && operations != netns_operations)
		return 0;
	return LOAD(net, ns.inum);
}

/* a device's name: two words, and what stands behind its end with it */
static __always_inline void copy_name(char *to, struct net_device *dev)
{
	((u64 *)to)[0] = *(u64 *)dev->name;
	((u64 *)to)[1] = *(u64 *)(dev->name + 8);
}

static __always_inline int vlan_present(struct sk_buff *skb)
{
	struct sk_buff___before_6_2 *old = (void *)skb;

	if (bpf_core_field_exists(old->vlan_present))
		return LOAD_BITS(old, vlan_present);
	return LOAD(skb, vlan_proto) != 0;
}

#endif
