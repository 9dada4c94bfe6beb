/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that ask whether a packet matches an expression of tcpdump's language. The compiler writes only their shell: before
 * the object is loaded, src/expression/stub.ts puts the expression's instructions in place of the "goto +0"s.
 */
#ifndef EXPRESSION_H
#define EXPRESSION_H

/* bytes of the map value with the packet's beginning; src/expression/translate.ts is told the same */
#define EXPRESSION_WINDOW 128

#define __EXPRESSION_TEXT(x) #x
#define EXPRESSION_TEXT(x) __EXPRESSION_TEXT(x)

/*
 * Defines u64 name(data, captured, len, base, linear), with room for so many instructions, which returns 0 for a packet that
 * does not match:
 *
 *   data	a map value of EXPRESSION_WINDOW bytes that begins with the packet
 *   captured	bytes of the packet in there
 *   len	the packet's length on the wire
 *   base	byte i of the packet is at kernel address base + i, for every i from captured on
 *   linear	bytes of the packet that can be read like that; not below captured
 *
 * The numbers are of 64 bits because the compiler would spend instructions on narrowing others, but apart from base they stay
 * below 2^32. Inputs and outputs are pinned to the registers of the calling convention, so that nothing stands before the
 * instructions; r6 to r9 are the caller's no more than in any other function, but the compiler must not think that they last.
 * The expression keeps 96 bytes on the stack. A stub that nobody filled lets everything through. With -DPLAIN there is no room for
 * any: what cannot run is taken out by the verifier, but only after it has read and patched all of it, and of a program without an
 * expression that is three instructions of four.
 */
#ifdef PLAIN
#define EXPRESSION_ROOM(room) 1
#else
#define EXPRESSION_ROOM(room) room
#endif
#define EXPRESSION_STUB(name, room) EXPRESSION_FUNCTION(name, EXPRESSION_ROOM(room))
#define EXPRESSION_FUNCTION(name, room)								\
static __attribute__((noinline)) __u64 name(void *data, __u64 captured, __u64 len,		\
					    __u64 base, __u64 linear)				\
{												\
	register __u64 r0 asm("r0") = 1;							\
	register void *r1 asm("r1") = data;							\
	register __u64 r2 asm("r2") = captured;							\
	register __u64 r3 asm("r3") = len;							\
	register __u64 r4 asm("r4") = base;							\
	register __u64 r5 asm("r5") = linear;							\
												\
	asm volatile(".rept " EXPRESSION_TEXT(room) "\n\tgoto +0\n\t.endr"			\
		     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5)		\
		     :										\
		     : "r6", "r7", "r8", "r9", "memory");					\
	return r0;										\
}

#endif
