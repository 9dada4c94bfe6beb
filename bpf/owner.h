/* SPDX-License-Identifier: GPL-2.0 */
/* Whether a packet's socket is one that the processes asked for have open. */
#ifndef OWNER_H
#define OWNER_H

#include "filter.h"

/* inodes of their sockets; user space fills it in, and a task that is just sending adds its own */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u8);
} owned SEC(".maps");

/* descriptors of a task that are looked through; behind those it is user space that finds a socket */
#define DESCRIPTORS 256

static __always_inline int task_wanted(const volatile struct filter *f, struct task_struct *task)
{
	u32 process = BPF_CORE_READ(task, tgid);
	u64 name[2] = {};

	for (int i = 0; i < FILTER_LIST && i < f->pid_count; i++)
		if (f->pids[i] == process)
			return 1;
	if (!f->comm_count)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), task->comm);
	for (int i = 0; i < FILTER_LIST && i < f->comm_count; i++) {
		const volatile u64 *want = (const volatile u64 *)f->comms[i].name;

		if (name[0] == want[0] && name[1] == want[1])
			return 1;
	}
	return 0;
}

/* an interrupt runs on any task: only what is among its own descriptors is the task's */
static __always_inline int has_open(struct task_struct *task, struct file *file)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **descriptors = BPF_CORE_READ(table, fd);
	u32 most = BPF_CORE_READ(table, max_fds);

	for (u32 i = 0; i < DESCRIPTORS; i++) {
		struct file *open = 0;

		if (i >= most || bpf_probe_read_kernel(&open, sizeof(open), descriptors + i))
			return 0;
		if (open == file)
			return 1;
	}
	return 0;
}

static __always_inline int owner_pass(const volatile struct filter *f, struct sock *sk)
{
	struct task_struct *task;
	struct file *file;
	u64 inode;
	u8 yes = 1;

	if (!sk || !is_whole(sk))
		return 0;
	file = BPF_CORE_READ(sk, sk_socket, file);
	inode = BPF_CORE_READ(file, f_inode, i_ino);
	if (!inode)
		return 0;
	if (bpf_map_lookup_elem(&owned, &inode))
		return 1;
	task = (void *)bpf_get_current_task();
	if (!task_wanted(f, task) || !has_open(task, file))
		return 0;
	bpf_map_update_elem(&owned, &inode, &yes, BPF_ANY);
	return 1;
}

#endif
