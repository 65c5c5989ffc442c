/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_ROUTE_H
#define _OVL_ROUTE_H

#include <net/dst_cache.h>

#include "peer.h"

/**
 * struct ovl_route_key - what a packet asks of its route
 * @addr: where to
 * @local: outer source address; the route's choice if it is of no family, or
 *	of the other one
 * @ifindex: underlay device; 0: any
 * @mark: the packet's mark, which policy routing may look at
 * @label: outer flow label, over IPv6
 * @dport: UDP port sent to
 * @sport: outer source port
 * @dsfield: outer DS field; its DSCP takes part in the lookup
 * @cached: nothing in the packet makes its route differ from the last one's
 */
struct ovl_route_key {
	const struct ovl_addr	*addr;
	const struct ovl_addr	*local;
	u32			ifindex;
	u32			mark;
	__be32			label;
	__be16			dport;
	__be16			sport;
	u8			dsfield;
	bool			cached;
};

struct dst_entry *ovl_route_find(const struct ovl_dev *ovl,
				 const struct ovl_conf *conf,
				 const struct ovl_route_key *key,
				 struct dst_cache *cache,
				 struct in6_addr *src);

/* What a peer is to its route */
static inline void ovl_route_to_peer(struct ovl_route_key *key,
				     const struct ovl_peer *peer,
				     const struct ovl_conf *conf)
{
	key->addr = &peer->key.addr;
	key->local = &conf->local;
	key->ifindex = peer->key.ifindex ? : conf->link;
	key->dport = ovl_peer_port(peer, conf);
}

#endif /* _OVL_ROUTE_H */
