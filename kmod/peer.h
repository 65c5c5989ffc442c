/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_PEER_H
#define _OVL_PEER_H

#include "ovl.h"

/**
 * struct ovl_route_key - what a packet asks of the route to a peer
 * @dsfield: outer DS field; its DSCP takes part in the lookup
 * @label: outer flow label, over IPv6
 * @sport: outer source port
 * @cached: nothing in the packet makes its route differ from the last one's
 */
struct ovl_route_key {
	u8	dsfield;
	__be32	label;
	__be16	sport;
	bool	cached;
};

struct ovl_peer *ovl_peer_new(const struct ovl_addr *addr);
void ovl_peer_free(struct ovl_peer *peer);
struct dst_entry *ovl_peer_route(struct ovl_peer *peer,
				 const struct ovl_dev *ovl,
				 const struct ovl_conf *conf,
				 const struct ovl_route_key *key,
				 u32 mark, struct in6_addr *src);

#endif /* _OVL_PEER_H */
