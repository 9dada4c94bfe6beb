// SPDX-License-Identifier: GPL-2.0
/*
 * load KIND N ROUNDS [PID [PORT]]: sends N datagrams over loopback from one thread and prints what one took, in ns, in each of the rounds.
 *
 *   drop      to a socket whose filter refuses all of them
 *   deliver   to a socket from which each is read
 *
 * With PID, a tracer's process (0: none), it prints beside it what the tracer computed for one after the last was sent: its processor time
 * until it rests, less what it takes when nothing happens. Meant for a machine with one processor, whose clock counts instructions:
 * there the first number holds everything that was done meanwhile, the tracer's work among it.
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 9998
#define REST_SECONDS 1

static long long clock_ns(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		return 0;
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* processor time of the tracer while it rests */
static long long during_rest(clockid_t tracer)
{
	long long start = clock_ns(tracer);

	sleep(REST_SECONDS);
	return clock_ns(tracer) - start;
}

int main(int argc, char **argv)
{
	int drop = argc > 1 && !strcmp(argv[1], "drop"), n = argc > 2 ? atoi(argv[2]) : 10000, rounds = argc > 3 ? atoi(argv[3]) : 3;
	int rx = socket(AF_INET, SOCK_DGRAM, 0), tx = socket(AF_INET, SOCK_DGRAM, 0);
	int pid = argc > 4 ? atoi(argv[4]) : 0, port = argc > 5 ? atoi(argv[5]) : PORT;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sock_filter refuse = { BPF_RET | BPF_K, 0, 0, 0 };
	struct sock_fprog filter = { 1, &refuse };
	clockid_t tracer = CLOCK_REALTIME;
	char data[64] = { 0 };

	if (bind(rx, (void *)&to, sizeof(to)) || connect(tx, (void *)&to, sizeof(to)) ||
	    (drop && setsockopt(rx, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter))))
		return perror("load"), 1;
	if (pid && clock_getcpuclockid(pid, &tracer))
		return fprintf(stderr, "load: no process %s\n", argv[4]), 1;
	for (int round = 0; round < rounds; round++) {
		long long rest = pid ? during_rest(tracer) : 0, start = clock_ns(CLOCK_MONOTONIC), took, after = 0;

		for (int i = 0; i < n; i++) {
			send(tx, data, sizeof(data), 0);
			if (!drop && recv(rx, data, sizeof(data), 0) < 0)
				return perror("load"), 1;
		}
		took = clock_ns(CLOCK_MONOTONIC) - start;
		if (pid)
			after = during_rest(tracer) - rest;
		printf("%.1f %.1f\n", (double)took / n, (double)after / n);
	}
	return 0;
}
