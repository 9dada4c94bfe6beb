/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs of the section "template" are not loaded as they are: copies of them are, with numbers in place of the marks
 * (src/trace/template.ts).
 */
#ifndef MARKS_H
#define MARKS_H

#define MARK_POINT 0x5eed0001
#define MARK_FLAGS 0x5eed0002
#define MARK_SKB 0x5eed0003
#define MARK_VALUE 0x5eed0004
#define MARK_INSIDE 0x5eed0005
#define MARK_FUNCTIONS 0x5eed0006
#define MARK_SOCKET 0x5eed0007
#define MARK_CAST 0x5eed0008	/* a call, which becomes one of a function of the kernel, or a move */
#define MARK_SKB_TYPE 0x5eed0009
#define MARK_SOCKET_TYPE 0x5eed000a
#define MARK_WORDS_TYPE 0x5eed000b	/* a structure that begins with words; 0: nothing can be cast */
#define MARK_REGISTER 0x5eed0010	/* and the next ones: where a function's arguments are in the context, one by one */

#define MARKED(mark) ({ u64 __n; asm volatile("%0 = %1" : "=r"(__n) : "i"(mark)); __n; })
/* the mark, then a load whose offset becomes the argument's; the mark itself is dead */
#define ARGUMENT(ctx, mark) ({ u64 __a; asm("%0 = %2\n\t%0 = *(u64 *)(%1 + 0)" : "=&r"(__a) : "r"(ctx), "i"(mark)); __a; })

/*
 * A pointer, of which the verifier is to believe nothing but that it is one to this structure of the kernel: bpf_rdonly_cast()
 * (kernel/bpf/helpers.c), which is a move when the program runs. A load through it that fails gives 0. Before 6.2 it stays what it is.
 *
 * That gives a type to what has none. And of a pointer that the verifier trusts, such as the argument of a tracepoint, it would ask for every
 * pointer that is loaded through it whether that is to be trusted too, and go through all types of the kernel for the answer, several
 * times (btf_nested_type_is_trusted, kernel/bpf/btf.c): nine tenths of a program's load.
 */
#define AS_TYPE(pointer, mark)											\
	({													\
		void *__p;											\
		asm volatile("r1 = %1\n\tr2 = %2\n\tcall %3\n\t%0 = r0"					\
			     : "=r"(__p) : "r"((u64)(pointer)), "i"(mark), "i"(MARK_CAST) : "r0", "r1", "r2", "r3", "r4", "r5"); \
		__p;												\
	})

#if !defined(UNTYPED) || defined(CAST)
/* an object whose programs have types, if the kernel has: loads through AS_TYPE(…, MARK_WORDS_TYPE) take the place of a helper that copies */
#define WORD_LOADS
#endif

#endif
