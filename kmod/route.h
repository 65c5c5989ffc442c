/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_ROUTE_H
#define _OVL_ROUTE_H

#include <net/dst.h>
#include <net/inet_ecn.h>
#include <net/route.h>

#include "ovl.h"

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
};

/**
 * struct ovl_route - the route of one packet
 * @dst: the route
 * @src: outer source address; over IPv4 the first four bytes
 * @mtu: of the path
 * @held: there is a reference to @dst for the caller to pass on or to put; else
 *	it is there until the end of RCU's section
 */
struct ovl_route {
	struct dst_entry	*dst;
	struct in6_addr		src;
	u32			mtu;
	bool			held;
};

/**
 * struct ovl_route_slot - the last route of one CPU to somewhere
 * @dst: the route, a reference; or NULL.  All is written with bottom halves off
 * @src: outer source address
 * @cookie: what dst_check() wants to see
 * @by_genid: the generation of IPv4 routes is all that dst_check() would ask for
 * @round: ovl_route_cache.round before @dst was looked up
 * @mark: mark that it was looked up for
 * @dscp: the same, DSCP in place
 * @mtu: of the path, unless something was learned of it since
 */
struct ovl_route_slot {
	struct dst_entry	*dst;
	struct in6_addr		src;
	u32			cookie;
	u32			round;
	u32			mark;
	u32			mtu;
	u8			dscp;
	bool			by_genid;
};

/**
 * struct ovl_route_cache - the last route to somewhere
 * @slot: of each CPU
 * @round: what was remembered in an earlier one is forgotten
 *
 * Besides what dst_cache does: a route is lent, not counted, and it is also
 * remembered for packets that have a mark or a DS field of their own.
 */
struct ovl_route_cache {
	struct ovl_route_slot __percpu	*slot;
	atomic_t			round;
};

int ovl_route_cache_init(struct ovl_route_cache *cache, gfp_t gfp);
void ovl_route_cache_destroy(struct ovl_route_cache *cache);
void ovl_route_cache_forget(struct ovl_route_cache *cache);
int ovl_route_look_up(const struct ovl_dev *ovl, const struct ovl_conf *conf,
		      const struct ovl_route_key *key,
		      struct ovl_route_cache *cache, struct ovl_route *route);

/* What ipv4_dst_check() asks, without a call and a section of RCU more */
static inline bool ovl_route_is_valid(const struct net *net,
				      const struct ovl_route_slot *slot)
{
	if (likely(slot->by_genid))
		return READ_ONCE(slot->dst->obsolete) ==
		       DST_OBSOLETE_FORCE_CHK &&
		       dst_rtable(slot->dst)->rt_genid == rt_genid_ipv4(net);
	return dst_check(slot->dst, slot->cookie);
}

/* An IPv4 route is a new one if its MTU changes, unless it is a learned one */
static inline u32 ovl_route_mtu(const struct ovl_route_slot *slot)
{
	if (likely(slot->by_genid && !dst_rtable(slot->dst)->rt_pmtu))
		return slot->mtu;
	return dst_mtu(slot->dst);
}

static inline bool ovl_route_recall(const struct net *net,
				    const struct ovl_route_key *key,
				    struct ovl_route_cache *cache,
				    struct ovl_route *route)
{
	const struct ovl_route_slot *slot = this_cpu_ptr(cache->slot);

	if (unlikely(!slot->dst || slot->mark != key->mark ||
		     slot->dscp != (key->dsfield & ~INET_ECN_MASK) ||
		     slot->round != atomic_read(&cache->round) ||
		     !ovl_route_is_valid(net, slot)))
		return false;
	route->dst = slot->dst;
	route->src = slot->src;
	route->mtu = ovl_route_mtu(slot);
	route->held = false;
	return true;
}

/**
 * ovl_route_find() - the route that a packet takes
 * @ovl: device that sends it
 * @conf: the device's configuration; has a socket of the family of @key->addr
 * @key: what the packet asks for
 * @cache: the last route to @key->addr, or NULL
 * @route: what was found
 *
 * Context: bottom halves off, under RCU; without @cache, under RCU.
 * Return: 0; -ELOOP if the route leads through the device itself; another error
 * if there is none.
 */
static inline int ovl_route_find(const struct ovl_dev *ovl,
				 const struct ovl_conf *conf,
				 const struct ovl_route_key *key,
				 struct ovl_route_cache *cache,
				 struct ovl_route *route)
{
	if (likely(cache && ovl_route_recall(ovl->net, key, cache, route)))
		return 0;
	return ovl_route_look_up(ovl, conf, key, cache, route);
}

/* The TTL of a route, as ip4_dst_hoplimit() */
static inline u8 ovl_route_ttl4(const struct net *net,
				const struct ovl_route *route)
{
	return dst_metric_raw(route->dst, RTAX_HOPLIMIT) ? :
	       READ_ONCE(net->ipv4.sysctl_ip_default_ttl);
}

/* The packet takes the route, and the reference with it */
static inline void ovl_route_attach(struct sk_buff *skb,
				    const struct ovl_route *route)
{
	if (route->held)
		skb_dst_set(skb, route->dst);
	else
		skb_dst_set_noref(skb, route->dst);
}

/* The route is not taken */
static inline void ovl_route_put(const struct ovl_route *route)
{
	if (route->held)
		dst_release(route->dst);
}

#endif /* _OVL_ROUTE_H */
