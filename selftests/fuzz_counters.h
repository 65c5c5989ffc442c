/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a frame may end, and the counter that tells of it.
 */
#ifndef _OVL_FUZZ_COUNTERS_H
#define _OVL_FUZZ_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>

#define FUZZ_COUNTERS_MAX	2048

/**
 * enum place - what a counter has counted
 * @PLACE_NONE: nothing that matters here
 * @PLACE_LOST: a frame that ended before it came to ovl, or a fragment
 * @PLACE_WHOLE: a datagram that was made of fragments; it goes on
 * @PLACE_CAME: an skb that came to IP
 * @PLACE_PACKET: a packet in such an skb
 * @PLACE_UDP: a datagram that UDP gave to ovl
 * @PLACE_OVL: one that ovl delivered, or dropped for a cause
 */
enum place {
	PLACE_NONE,
	PLACE_LOST,
	PLACE_WHOLE,
	PLACE_CAME,
	PLACE_PACKET,
	PLACE_UDP,
	PLACE_OVL,
	PLACES
};

/**
 * struct counter - a counter of the kernel
 * @name: with the device, if it is of one
 * @place: of what it tells
 * @value: what it says
 */
struct counter {
	char			name[64];
	enum place		place;
	unsigned long long	value;
};

/**
 * struct counters - all of them, in one order
 * @c: the counters
 * @n: how many
 */
struct counters {
	struct counter	c[FUZZ_COUNTERS_MAX];
	size_t		n;
};

void counters_open(const char *underlay, const char *tenants);
void counters_add_tap(const char *name);
void counters_add_ovl(const char *name, bool in_underlay);
void counters_read(struct counters *counters);
long long counters_moved(const struct counters *from, const struct counters *to,
			 enum place place);
void counters_print(const struct counters *from, const struct counters *to);
unsigned long long counters_delivered(const struct counters *from,
				      const struct counters *to,
				      const char *name);

#endif /* _OVL_FUZZ_COUNTERS_H */
