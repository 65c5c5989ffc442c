// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes on the underlay.
 *
 * xmit.c asks for the route of each packet, underlay.c for that of none.
 */
#include <net/dst_cache.h>
#include <net/ip6_route.h>
#include <net/route.h>

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

static struct dst_entry *ovl_route_cached(struct dst_cache *cache,
					  const struct ovl_route_key *key,
					  struct in6_addr *src)
{
	struct rtable *rt;

	if (key->addr->family == AF_INET6)
		return dst_cache_get_ip6(cache, src);
	rt = dst_cache_get_ip4(cache, &src->s6_addr32[0]);
	return rt ? &rt->dst : NULL;
}

static void ovl_route_remember(struct dst_cache *cache,
			       const struct ovl_route_key *key,
			       struct dst_entry *dst,
			       const struct in6_addr *src)
{
	if (key->addr->family == AF_INET6)
		dst_cache_set_ip6(cache, dst, src);
	else
		dst_cache_set_ip4(cache, dst, src->s6_addr32[0]);
}

/**
 * ovl_route_find() - the route that a packet takes
 * @ovl: device that sends it
 * @conf: the device's configuration; has a socket of the family of @key->addr
 * @key: what the packet asks for
 * @cache: the last route to @key->addr, per CPU; or NULL
 * @src: set to the outer source address; over IPv4 its first four bytes
 *
 * Context: bottom halves off, under RCU.
 * Return: a reference to the route for the caller to pass on or release;
 * -ELOOP if it leads through the device itself; another error if there is none.
 */
struct dst_entry *ovl_route_find(const struct ovl_dev *ovl,
				 const struct ovl_conf *conf,
				 const struct ovl_route_key *key,
				 struct dst_cache *cache,
				 struct in6_addr *src)
{
	struct dst_entry *dst;

	if (!key->cached || key->mark)
		cache = NULL;
	if (cache) {
		dst = ovl_route_cached(cache, key, src);
		if (dst)
			return dst;
	}

	if (key->addr->family == AF_INET6)
		dst = ovl_route_find6(ovl, conf, key, src);
	else
		dst = ovl_route_find4(ovl, key, src);
	if (IS_ERR(dst))
		return dst;

	if (dst->dev == ovl->dev) {
		dst_release(dst);
		return ERR_PTR(-ELOOP);
	}
	if (cache)
		ovl_route_remember(cache, key, dst, src);
	return dst;
}
