// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes on the underlay.
 *
 * xmit.c asks for the route of each packet, underlay.c for that of none.
 */
#include <net/ip6_route.h>

#include "route.h"
#include "sock.h"

static struct dst_entry *ovl_route_find4(const struct ovl_dev *ovl,
					 const struct ovl_route_key *key,
					 struct in6_addr *src)
{
	struct flowi4 fl4 = {
		.flowi4_oif	= key->ifindex,
		.flowi4_mark	= key->mark,
		.flowi4_proto	= IPPROTO_UDP,
		.daddr		= key->addr->v4,
		.fl4_sport	= key->sport,
		.fl4_dport	= key->dport,
	};
	struct rtable *rt;

	if (key->local->family == AF_INET)
		fl4.saddr = key->local->v4;
	ovl_compat_set_dscp(&fl4, key->dsfield);
	rt = ip_route_output_key(ovl->net, &fl4);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	/* Nobody is asked for permission: an endpoint is a host, or a group */
	if (rt->rt_flags & RTCF_BROADCAST) {
		ip_rt_put(rt);
		return ERR_PTR(-EACCES);
	}
	src->s6_addr32[0] = fl4.saddr;
	return &rt->dst;
}

static struct dst_entry *ovl_route_find6(const struct ovl_dev *ovl,
					 const struct ovl_conf *conf,
					 const struct ovl_route_key *key,
					 struct in6_addr *src)
{
	struct flowi6 fl6 = {
		.flowi6_oif	= key->ifindex,
		.flowi6_mark	= key->mark,
		.flowi6_proto	= IPPROTO_UDP,
		.flowlabel	= ip6_make_flowinfo(key->dsfield, key->label),
		.daddr		= key->addr->v6,
		.fl6_sport	= key->sport,
		.fl6_dport	= key->dport,
	};
	struct dst_entry *dst;

	if (key->local->family == AF_INET6)
		fl6.saddr = key->local->v6;
	dst = ip6_dst_lookup_flow(ovl->net, ovl_sock_sk(conf->sock[OVL_IPV6]),
				  &fl6, NULL);
	if (!IS_ERR(dst))
		*src = fl6.saddr;
	return dst;
}

/**
 * ovl_route_cache_init() - a memory of the last route
 * @cache: to be filled in
 * @gfp: for what it allocates
 *
 * Context: as @gfp allows.
 * Return: 0 or -ENOMEM.
 */
int ovl_route_cache_init(struct ovl_route_cache *cache, gfp_t gfp)
{
	cache->slot = alloc_percpu_gfp(struct ovl_route_slot, gfp | __GFP_ZERO);
	return cache->slot ? 0 : -ENOMEM;
}

/**
 * ovl_route_cache_destroy() - the end of ovl_route_cache_init()
 * @cache: used by no packet any more; may have failed to be made
 *
 * Context: any.
 */
void ovl_route_cache_destroy(struct ovl_route_cache *cache)
{
	int cpu;

	if (!cache->slot)
		return;
	for_each_possible_cpu(cpu)
		dst_release(per_cpu_ptr(cache->slot, cpu)->dst);
	free_percpu(cache->slot);
}

/**
 * ovl_route_cache_forget() - nothing remembered up to now is used any more
 * @cache: may be in use
 *
 * Context: any.
 */
void ovl_route_cache_forget(struct ovl_route_cache *cache)
{
	atomic_inc(&cache->round);
}

/* What was there is given back also if nothing comes: it may be no more */
static void ovl_route_remember(struct ovl_route_slot *slot, u32 round,
			       const struct ovl_route_key *key,
			       struct ovl_route *route)
{
	dst_release(slot->dst);
	*slot = (struct ovl_route_slot) {};
	if (!route->dst)
		return;
	slot->dst = route->dst;
	slot->src = route->src;
	slot->mtu = route->mtu;
	slot->round = round;
	slot->mark = key->mark;
	slot->dscp = key->dsfield & ~INET_ECN_MASK;
	if (key->addr->family == AF_INET6)
		slot->cookie = rt6_get_cookie(dst_rt6_info(route->dst));
	else
		slot->by_genid = !dst_xfrm(route->dst);
	route->held = false;
}

static int ovl_route_ask(const struct ovl_dev *ovl,
			 const struct ovl_conf *conf,
			 const struct ovl_route_key *key,
			 struct ovl_route *route)
{
	struct dst_entry *dst;

	*route = (struct ovl_route) {};
	/* On any link there may be somebody of that address */
	if (!key->ifindex && ovl_addr_is_linklocal(key->addr))
		return -ENETUNREACH;
	if (key->addr->family == AF_INET6)
		dst = ovl_route_find6(ovl, conf, key, &route->src);
	else
		dst = ovl_route_find4(ovl, key, &route->src);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	if (dst->dev == ovl->dev) {
		dst_release(dst);
		return -ELOOP;
	}
	route->dst = dst;
	route->mtu = dst_mtu(dst);
	route->held = true;
	return 0;
}

/**
 * ovl_route_look_up() - ask the routing tables; as ovl_route_find()
 * @ovl: device that sends
 * @conf: the device's configuration; has a socket of the family of @key->addr
 * @key: what the packet asks for
 * @cache: where it is to be remembered, or NULL
 * @route: what was found
 *
 * Context: bottom halves off, under RCU; without @cache, under RCU.
 * Return: as ovl_route_find().
 */
int ovl_route_look_up(const struct ovl_dev *ovl, const struct ovl_conf *conf,
		      const struct ovl_route_key *key,
		      struct ovl_route_cache *cache, struct ovl_route *route)
{
	u32 round;
	int err;

	if (!cache)
		return ovl_route_ask(ovl, conf, key, route);

	round = atomic_read(&cache->round);
	err = ovl_route_ask(ovl, conf, key, route);
	ovl_route_remember(this_cpu_ptr(cache->slot), round, key, route);
	return err;
}
