/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzzers in the kernel share: chance that a seed decides, messages,
 * and bytes for a human reader.
 */
#ifndef _OVL_FUZZ_H
#define _OVL_FUZZ_H

#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* One of several things, each as probable as any other */
#define ONE_OF(array)		((array)[below(ARRAY_SIZE(array))])

static __u64 fuzz_state;

/* splitmix64: every seed, 0 too, begins a sequence of its own */
static inline void seed(__u64 value)
{
	fuzz_state = value;
}

static inline __u64 chance(void)
{
	__u64 z = fuzz_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline __u32 below(__u32 n)
{
	return (chance() >> 32) * n >> 32;
}

/* True once in @n times */
static inline bool once_in(__u32 n)
{
	return !below(n);
}

static inline void random_bytes(void *to, size_t n)
{
	__u8 *p = to;

	while (n--)
		*p++ = chance() >> 56;
}

static inline void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static inline void print_hex(const char *what, const void *bytes, size_t n)
{
	const __u8 *p = bytes;

	printf("%s", what);
	while (n--)
		printf("%02x", *p++);
	printf("\n");
}

#endif /* _OVL_FUZZ_H */
