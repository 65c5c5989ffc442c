/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the outer headers of one packet will say.  xmit.c fills it for a peer or
 * a flow, metadata.c from what came with a packet; xmit.c then builds it.
 */
#ifndef _OVL_OUTER_H
#define _OVL_OUTER_H

#include "route.h"

/**
 * struct ovl_outer - what the outer headers of one packet will say
 * @route: addresses, DS field, flow label, ports, which the route depends on
 * @found: the route, once it was found, and the source address
 * @vni: VNI
 * @opts: options but for the markopt, or NULL
 * @opts_len: bytes of @opts
 * @critical: the C bit: an option is critical
 * @marked: the markopt is sent, with route.mark
 * @ttl: TTL or hop limit; 0: the route's
 * @df: the outer packet may not be fragmented
 * @csum: there is a UDP checksum
 */
struct ovl_outer {
	struct ovl_route_key	route;
	struct ovl_route	found;
	u32			vni;
	const void		*opts;
	u8			opts_len;
	bool			critical;
	bool			marked;
	u8			ttl;
	bool			df;
	bool			csum;
};

#endif /* _OVL_OUTER_H */
