// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers: a remote endpoint and the route to it.
 *
 * netlink.c makes and frees them with the configuration that holds them;
 * xmit.c asks for the route of each packet.
 */
#include <linux/slab.h>
#include <net/dst_cache.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "peer.h"
#include "sock.h"

/**
 * struct ovl_peer - a remote endpoint
 * @addr: its address; constant
 * @cache: the last route to it, per CPU.  A new configuration brings a new
 *	peer, so that a cached route is always one of this configuration
 */
struct ovl_peer {
	struct ovl_addr		addr;
	struct dst_cache	cache;
};

/**
 * ovl_peer_new() - make a peer
 * @addr: its address
 *
 * Context: process.
 * Return: the peer, for the caller to ovl_peer_free(), or NULL.
 */
struct ovl_peer *ovl_peer_new(const struct ovl_addr *addr)
{
	struct ovl_peer *peer;

	peer = kzalloc(sizeof(*peer), GFP_KERNEL);
	if (!peer)
		return NULL;
	if (dst_cache_init(&peer->cache, GFP_KERNEL)) {
		kfree(peer);
		return NULL;
	}
	peer->addr = *addr;
	return peer;
}

/**
 * ovl_peer_free() - free a peer and its routes
 * @peer: no packet may be using it any more
 *
 * Context: any; a grace period has passed since the peer was last published.
 */
void ovl_peer_free(struct ovl_peer *peer)
{
	dst_cache_destroy(&peer->cache);
	kfree(peer);
}

static struct dst_entry *ovl_peer_lookup4(const struct ovl_peer *peer,
					  const struct ovl_dev *ovl,
					  const struct ovl_conf *conf,
					  const struct ovl_route_key *key,
					  u32 mark, struct in6_addr *src)
{
	struct flowi4 fl4 = {
		.flowi4_oif	= conf->link,
		.flowi4_mark	= mark,
		.flowi4_proto	= IPPROTO_UDP,
		.daddr		= peer->addr.v4,
		.saddr		= conf->local.v4,
		.fl4_sport	= key->sport,
		.fl4_dport	= conf->dstport,
	};
	struct rtable *rt;

	ovl_compat_set_dscp(&fl4, key->dsfield);
	rt = ip_route_output_key(ovl->net, &fl4);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	src->s6_addr32[0] = fl4.saddr;
	return &rt->dst;
}

static struct dst_entry *ovl_peer_lookup6(const struct ovl_peer *peer,
					  const struct ovl_dev *ovl,
					  const struct ovl_conf *conf,
					  const struct ovl_route_key *key,
					  u32 mark, struct in6_addr *src)
{
	struct flowi6 fl6 = {
		.flowi6_oif	= conf->link,
		.flowi6_mark	= mark,
		.flowi6_proto	= IPPROTO_UDP,
		.flowlabel	= ip6_make_flowinfo(key->dsfield, key->label),
		.daddr		= peer->addr.v6,
		.saddr		= conf->local.v6,
		.fl6_sport	= key->sport,
		.fl6_dport	= conf->dstport,
	};
	struct dst_entry *dst;

	dst = ip6_dst_lookup_flow(ovl->net, ovl_sock_sk(conf->sock), &fl6,
				  NULL);
	if (!IS_ERR(dst))
		*src = fl6.saddr;
	return dst;
}

static struct dst_entry *ovl_peer_cached(struct ovl_peer *peer,
					 struct in6_addr *src)
{
	struct rtable *rt;

	if (peer->addr.family == AF_INET6)
		return dst_cache_get_ip6(&peer->cache, src);
	rt = dst_cache_get_ip4(&peer->cache, &src->s6_addr32[0]);
	return rt ? &rt->dst : NULL;
}

static void ovl_peer_remember(struct ovl_peer *peer, struct dst_entry *dst,
			      const struct in6_addr *src)
{
	if (peer->addr.family == AF_INET6)
		dst_cache_set_ip6(&peer->cache, dst, src);
	else
		dst_cache_set_ip4(&peer->cache, dst, src->s6_addr32[0]);
}

/**
 * ovl_peer_route() - the route that a packet takes to a peer
 * @peer: where to
 * @ovl: the sending device
 * @conf: its configuration
 * @key: what the packet asks for
 * @mark: the packet's mark, which policy routing may look at
 * @src: set to the outer source address; over IPv4 its first four bytes
 *
 * Context: bottom halves off, under RCU.
 * Return: a reference to the route for the caller to pass on or release;
 * -ELOOP if it leads through @ovl itself; another error if there is none.
 */
struct dst_entry *ovl_peer_route(struct ovl_peer *peer,
				 const struct ovl_dev *ovl,
				 const struct ovl_conf *conf,
				 const struct ovl_route_key *key,
				 u32 mark, struct in6_addr *src)
{
	bool cached = key->cached && !mark;
	struct dst_entry *dst;

	if (cached) {
		dst = ovl_peer_cached(peer, src);
		if (dst)
			return dst;
	}

	if (peer->addr.family == AF_INET6)
		dst = ovl_peer_lookup6(peer, ovl, conf, key, mark, src);
	else
		dst = ovl_peer_lookup4(peer, ovl, conf, key, mark, src);
	if (IS_ERR(dst))
		return dst;

	if (dst->dev == ovl->dev) {
		dst_release(dst);
		return ERR_PTR(-ELOOP);
	}
	if (cached)
		ovl_peer_remember(peer, dst, src);
	return dst;
}
