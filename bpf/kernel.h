/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few kernel types the programs look into, with only the members they use. CO-RE relocates every access against the
 * BTF of the running kernel, so neither order nor size matters here; ___suffix flavours stand for layouts of other versions.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <linux/bpf.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

/*
 * LOAD(from, member, member …) is from->member->member …: a direct load where the verifier knows the type of a pointer (BTF-typed
 * tracepoints, fentry, netfilter, and what is cast), and a read that may fail, and then gives 0, where it does not (kprobes). An object is
 * compiled for one or for the other. LOAD_BITS(from, member) is the same of a bit field.
 */
#if defined(UNTYPED) && !defined(CAST)
#define LOAD(from, ...) BPF_CORE_READ(from, __VA_ARGS__)
#define LOAD_BITS(from, member) BPF_CORE_READ_BITFIELD_PROBED(from, member)
#else
#define __LOAD1(from, a) ((from)->a)
#define __LOAD2(from, a, b) ((from)->a->b)
#define __LOAD3(from, a, b, c) ((from)->a->b->c)
#define __LOAD_PICK(_1, _2, _3, name, ...) name
#define LOAD(from, ...) __LOAD_PICK(__VA_ARGS__, __LOAD3, __LOAD2, __LOAD1)(from, __VA_ARGS__)
#define LOAD_BITS(from, member) BPF_CORE_READ_BITFIELD(from, member)
#endif

/*
 * 1 or 0, by calculation: of a branch the verifier follows both ways, and from both of them all that comes behind, once for every
 * program that is made of a template.
 */
static inline __attribute__((always_inline)) u64 is_zero(u64 number)
{
	/* or the compiler would see what is meant, and branch, here or where the result is used */
	asm volatile("" : "+r"(number));
	number = 1 - ((number | -number) >> 63);
	asm volatile("" : "+r"(number));
	return number;
}

/*
 * 0, of which the verifier does not know, made of a number that it does not know. What is combined with it, different ways of a program
 * may have left different constants in: the verifier would follow each of them to the end.
 */
static inline __attribute__((always_inline)) u64 unknown_zero(u64 number)
{
	u64 same = number;

	asm volatile("" : "+r"(same));
	return number ^ same;
}

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct proc_ns_operations;

struct ns_common {
	const struct proc_ns_operations *ops;
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	char name[16];
	int ifindex;
	possible_net_t nd_net;
};

struct kernfs_node {
	u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
	int level;
	struct cgroup *ancestors[];
};

/* up to 6.0 the identifiers of the ancestors, not the ancestors */
struct cgroup___before_6_1 {
	int level;
	u64 ancestor_ids[];
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

/* up to 5.14 one word: a cgroup pointer, or cgroup v1 data when bit 0 is set */
struct sock_cgroup_data___before_5_15 {
	u64 val;
};

struct inode {
	unsigned long i_ino;
};

struct file {
	struct inode *f_inode;
};

struct socket {
	struct file *file;
};

struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	u16 sk_protocol;
	struct socket *sk_socket;
	struct sock_cgroup_data sk_cgrp_data;
};

struct nf_hook_state {
	u8 hook;	/* unsigned int up to 5.16: its first byte is the number on a little-endian machine */
	u8 pf;
	struct net_device *in;
	struct net_device *out;
};

struct nf_hook_entry {
	void *hook;	/* a function */
};

struct nf_hook_entries {
	u16 num_hook_entries;
	struct nf_hook_entry hooks[];	/* where they begin: an index would go by the size above, not by the kernel's */
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned int len;
	unsigned int data_len;
	u8 pkt_type : 3;
	u8 cloned : 1;
	u32 mark;
	int skb_iif;
	unsigned long _nfct;
	unsigned long _skb_refdst;
	u16 vlan_tci;
	__be16 vlan_proto;
	__be16 protocol;
	u16 transport_header;
	u16 network_header;
	u16 mac_header;
	unsigned int tail;
	unsigned char *head;
};

/* up to 6.1 a flag says whether vlan_tci counts; since then vlan_proto != 0 does */
struct sk_buff___before_6_2 {
	u8 vlan_present : 1;
};

struct nsproxy {
	struct net *net_ns;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct {
	struct nsproxy *nsproxy;
	struct files_struct *files;
	int tgid;
	char comm[16];
};

#pragma clang attribute pop

#endif
