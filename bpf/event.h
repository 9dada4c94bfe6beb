/* SPDX-License-Identifier: GPL-2.0 */
/* The records sent to user space. Decoders are generated from these types' BTF: src/bpf/generated/events.ts. */
#ifndef EVENT_H
#define EVENT_H

#define DROP_DATA 128	/* bytes of headers copied from a packet */
#define STACK_DEPTH 32	/* frames */
#define RULE_DATA 512	/* bytes copied from before a rule's expression */

enum drop_flags {
	DROP_VLAN = 1,		/* vlan_tci holds a tag the hardware (or the stack) took off the frame */
	DROP_SOCKET_TUPLE = 2,	/* no headers yet: data holds a struct socket_tuple */
	DROP_HEADERS = 4,	/* data holds bytes of the packet */
	DROP_DEVICE_IN = 8,	/* the device is gone from the packet: ifindex is where it came in, without a name */
};

struct drop_event {
	__u64 ktime;		/* ns, CLOCK_MONOTONIC */
	__u64 skb;
	__u64 location;		/* address in the function that dropped */
	__u64 cgroup;		/* v2 identifier of the socket's group; 0: unknown */
	__u64 socket_inode;	/* of the socket's file; 0: unknown, or nobody holds it open */
	__u32 reason;
	__u32 netns;		/* inode; 0: unknown */
	__u32 ifindex;
	__u32 len;
	__u32 mark;
	__u32 task;		/* process on the CPU: a place to look for the socket's owner first, no more */
	__u16 cpu;
	__u16 protocol;		/* ethertype, host order */
	__u16 vlan_tci;
	__u16 captured;		/* bytes valid in data */
	__u16 l3_offset;	/* of the network header in data */
	__u16 sk_family;	/* 0: no socket */
	__u8 flags;		/* enum drop_flags */
	__u8 pkt_type;		/* PACKET_HOST, PACKET_OTHERHOST … */
	__u8 sk_state;
	__u8 sk_protocol;
	char device[16];
	__u8 data[DROP_DATA];
};

struct drop_stack_event {
	struct drop_event drop;
	__u64 stack[STACK_DEPTH];	/* return addresses, innermost first; 0 ends it */
};

/* Behind the event, or behind the stack if there is one, when packets are written to a file. */
struct packet_copy {
	__u32 length;		/* bytes of the packet from where the copy begins; 0: there is none */
	__u32 captured;		/* bytes valid in data */
	__u32 iif;		/* device it came in by; 0: made here, or not known yet */
	__u16 l3_offset;	/* of the network header in data */
	__u16 vlan_proto;	/* ethertype of the tag in vlan_tci, host order */
	__u8 data[];
};

struct socket_tuple {
	__u32 saddr[4];		/* network order; IPv4 in the first word */
	__u32 daddr[4];
	__u16 sport;		/* host order */
	__u16 dport;
	__u16 family;
	__u16 protocol;
};

/* What --stat counts by. The first packet of each key is sent as a drop_event too: a sample. */
struct stat_key {
	__u64 location;
	__u32 reason;
	__u32 ifindex;
	__u32 netns;
	__u32 unused;
};

struct stat_value {
	__u64 packets;
};

/* What --rate-limit allows one reason, and has held back. */
struct limit {
	__u64 interval;		/* ns, of the bucket's content, that a drop takes; 0: no limit */
	__u64 slack;		/* ns that the bucket holds beyond the drop that fits when it is empty */
	__u64 empty;		/* ktime, ns, when it will be empty */
	__u64 held;		/* drops */
};

/* what a point is, besides a place */
enum point_flags {
	POINT_STARTS = 1,	/* packets may be seen here for the first time */
	POINT_ENDS = 2,		/* the skb is freed */
	POINT_CHANGES = 4,	/* headers change behind it: a packet that was refused is looked at again at the next point */
	POINT_VALUE = 8,	/* one of its arguments is told: who frees the packet */
	POINT_RETURNS = 16,	/* what it returns is told */
	POINT_STACK = 32,	/* a record with the callers comes before its own */
	POINT_RECEIVES = 128,	/* a device hands it to the stack: before this it has no skb_iif, and behind it has one */
	POINT_SENDS = 256,	/* a device takes it */
	POINT_ENTERS = 512,	/* packets of drivers may come here first */
	POINT_QUEUES = 1024,	/* packets of sockets come here to be sent */
	POINT_FUNCTIONS = 2048,	/* a record with the functions that a hook calls comes before its own */
	POINT_SOCKET = 4096,	/* one of its arguments is a socket, and packets are chosen by theirs */
	POINT_WAITS = 8192,	/* it tells nothing of the packet but that it was there, which can wait for the next record of the skb */
	POINT_BACKLOG = 16384,	/* a packet goes to the backlog of a CPU, or comes out of it: nothing happens to it between two such points */
	POINT_FRESH = 64,	/* packets come from a queue or a socket: they are looked at, whatever was refused at their address */
};

enum trace_kind {
	TRACE_ENTRY = 1,	/* the packet is at a point */
	TRACE_RETURN,		/* the point's function returned: value */
	TRACE_CLONE,		/* this skb was made from another of the same packet: value is that one's address */
	TRACE_GONE,		/* the skb is another packet's now, or will be: its end was not seen */
	TRACE_STACK,		/* data holds return addresses, of those who called the point */
	TRACE_PACKET,		/* data holds a struct packet_copy: the packet as it is at the sight that comes next */
	TRACE_FUNCTIONS,	/* data holds addresses of the functions that a hook calls, in order; value is how many there are */
	TRACE_WAITED,		/* no sight, but those that waited, in data */
	TRACE_RULE,		/* a rule's expression at address value sets a verdict; data holds what lies before it in memory */
};

enum trace_flags {
	TRACE_FULL = 1,		/* device and data follow: the packet is new, or looks different from before */
	TRACE_VLAN = 2,
	TRACE_SOCKET_TUPLE = 4,	/* no headers yet: data holds a struct socket_tuple */
	TRACE_HEADERS = 8,	/* data holds bytes of the packet */
	TRACE_DEVICE_IN = 16,
	TRACE_FIRST = 32,	/* nobody has seen this skb before */
	TRACE_LAST = 64,	/* it is gone after this */
	TRACE_COPY = 128,	/* it was made of another skb of the packet, and has data of its own */
};

/*
 * Sights at which a packet looked as it did in the record before, and was where it was: the next record has them in its data. That
 * is all there is to say at most points, and a record of its own would say the rest once more.
 */
#define WAITING_MOST 14
struct waiting {
	__u64 count;
	__u64 since;		/* ktime of the first, ns */
	__u64 sights[WAITING_MOST];	/* ns since then in the upper half, then the CPU, and the point's number */
};

/* One a packet and point. Of a TRACE_RULE the data has room for RULE_DATA bytes. */
struct trace_event {
	__u64 ktime;		/* ns, CLOCK_MONOTONIC */
	__u64 skb;
	__u64 id;		/* of the packet: all its clones and copies have it */
	__u64 value;		/* what the point has to say: a location, a returned value, a hook */
	__u32 point;		/* its number in the list of the run */
	__u32 reason;
	__u32 netns;		/* inode; 0: unknown */
	__u32 ifindex;
	__u32 len;
	__u32 mark;
	__u16 cpu;
	__u16 protocol;		/* ethertype, host order */
	__u16 vlan_tci;
	__u16 captured;		/* bytes valid in data */
	__u16 l3_offset;	/* of the network header in data */
	__u8 flags;		/* enum trace_flags */
	__u8 kind;		/* enum trace_kind */
	__u8 pkt_type;		/* PACKET_HOST, PACKET_OTHERHOST … */
	__u8 connection;	/* 1 + enum ip_conntrack_info; 0: netfilter knows of none */
	__u8 moved;		/* with TRACE_FULL: only device and namespace are new, there is no data */
	__u8 waited;		/* sights before this one, in data: a struct waiting */
	/* only with TRACE_FULL; data without it where sights have waited */
	char device[16];
	__u8 data[DROP_DATA];
};

/* One a CPU, written where the event is counted, mapped into user space. All counts of packets. */
struct counters {
	__u64 benign;		/* hidden by their reason */
	__u64 emitted;
	__u64 limited;		/* held back by the rate limit */
	__u64 lost_full;	/* the CPU's ring was full */
	__u64 lost_no_ring;	/* the CPU came up after the start */
	__u64 counted;		/* by --stat, in its rows */
	__u64 other;		/* by --stat, when there was no room for another row */
	__u64 begun;		/* packets that nettrace follows, or has */
	__u64 skipped;		/* packets that matched, beyond the budget */
	__u64 untracked;	/* packets that matched, for which there was no room */
};

#endif
