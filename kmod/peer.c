// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers: how they are interned and freed, and the route to each.
 *
 * fdb.c, nexthop.c and conf.c hold them; xmit.c asks for the route of each
 * packet; recv.c asks whether a packet is from one.
 */
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/dst_cache.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "peer.h"
#include "sock.h"

static const struct rhashtable_params ovl_peer_params = {
	.head_offset		= offsetof(struct ovl_peer, node),
	.key_offset		= offsetof(struct ovl_peer, key.addr),
	.key_len		= sizeof(struct ovl_addr),
	.automatic_shrinking	= true,
};

static bool ovl_peer_key_equal(const struct ovl_peer_key *a,
			       const struct ovl_peer_key *b)
{
	return ovl_addr_equal(&a->addr, &b->addr) &&
	       a->ifindex == b->ifindex && a->vni == b->vni &&
	       a->port == b->port;
}

/**
 * ovl_peers_init() - a device without peers
 * @ovl: the device
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int ovl_peers_init(struct ovl_dev *ovl)
{
	spin_lock_init(&ovl->peers.lock);
	xa_init_flags(&ovl->peers.by_id, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	return rhltable_init(&ovl->peers.by_addr, &ovl_peer_params);
}

/**
 * ovl_peers_destroy() - the end of ovl_peers_init()
 * @ovl: whose last peer was put
 *
 * Context: process; may sleep.
 */
void ovl_peers_destroy(struct ovl_dev *ovl)
{
	WARN_ON_ONCE(!xa_empty(&ovl->peers.by_id));
	xa_destroy(&ovl->peers.by_id);
	rhltable_destroy(&ovl->peers.by_addr);
}

/**
 * ovl_peers_forget_routes() - have all routes of a device looked up anew
 * @ovl: whose configuration has changed
 *
 * Nothing that was remembered up to now is used any more.  A moment in
 * dst_cache is a jiffy: what is remembered in this one is forgotten as well.
 *
 * Context: any.
 */
void ovl_peers_forget_routes(struct ovl_dev *ovl)
{
	struct ovl_peer *peer;
	unsigned long id;

	/* RCU: a peer that goes takes its routes along */
	rcu_read_lock();
	xa_for_each(&ovl->peers.by_id, id, peer)
		WRITE_ONCE(peer->cache.reset_ts, jiffies + 1);
	rcu_read_unlock();
}

static void ovl_peer_free(struct ovl_peer *peer)
{
	dst_cache_destroy(&peer->cache);
	free_percpu(peer->stats);
	kfree(peer);
}

static void ovl_peer_free_rcu(struct rcu_head *rcu)
{
	ovl_peer_free(container_of(rcu, struct ovl_peer, rcu));
}

static struct ovl_peer_stats __percpu *ovl_peer_alloc_stats(gfp_t gfp)
{
	struct ovl_peer_stats __percpu *stats;
	int cpu;

	stats = alloc_percpu_gfp(struct ovl_peer_stats, gfp);
	if (!stats)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(stats, cpu)->syncp);
	return stats;
}

static struct ovl_peer *ovl_peer_alloc(struct ovl_dev *ovl,
				       const struct ovl_peer_key *key,
				       gfp_t gfp)
{
	struct ovl_peer *peer;

	peer = kzalloc(sizeof(*peer), gfp);
	if (!peer)
		return NULL;
	peer->dest.kind = OVL_DEST_PEER;
	peer->key = *key;
	peer->ovl = ovl;
	refcount_set(&peer->refs, 1);
	peer->stats = ovl_peer_alloc_stats(gfp);
	if (!peer->stats)
		goto err_free;
	if (dst_cache_init(&peer->cache, gfp))
		goto err_free;
	if (xa_alloc_bh(&ovl->peers.by_id, &peer->id, NULL, xa_limit_32b, gfp))
		goto err_free;
	return peer;

err_free:
	ovl_peer_free(peer);
	return NULL;
}

/* Not one that has lost its last reference */
static struct ovl_peer *ovl_peer_find_held(struct ovl_dev *ovl,
					   const struct ovl_peer_key *key)
{
	struct rhlist_head *pos, *list;
	struct ovl_peer *peer;

	list = rhltable_lookup(&ovl->peers.by_addr, &key->addr,
			       ovl_peer_params);
	rhl_for_each_entry_rcu(peer, pos, list, node)
		if (ovl_peer_key_equal(&peer->key, key) &&
		    refcount_inc_not_zero(&peer->refs))
			return peer;
	return NULL;
}

/* Make @new the peer of its key, unless somebody was quicker */
static struct ovl_peer *ovl_peer_insert(struct ovl_dev *ovl,
					struct ovl_peer *new)
{
	struct ovl_peers *peers = &ovl->peers;
	struct ovl_peer *peer;
	int err;

	spin_lock_bh(&peers->lock);
	rcu_read_lock();
	peer = ovl_peer_find_held(ovl, &new->key);
	rcu_read_unlock();
	if (peer)
		goto unlock;
	err = rhltable_insert(&peers->by_addr, &new->node, ovl_peer_params);
	if (err)
		goto unlock;
	peer = new;
	peers->n[ovl_peer_family(peer)]++;
	/* Its place was reserved: nothing is allocated */
	xa_store(&peers->by_id, peer->id, peer, GFP_ATOMIC);
unlock:
	spin_unlock_bh(&peers->lock);
	return peer;
}

/**
 * ovl_peer_get() - the peer of a device that has a key
 * @ovl: the device
 * @key: the key
 * @gfp: how a new one is allocated
 *
 * Context: any that @gfp allows; nobody holds peers.lock.
 * Return: a reference for the caller to ovl_peer_put(), or NULL if there is no
 * memory.
 */
struct ovl_peer *ovl_peer_get(struct ovl_dev *ovl,
			      const struct ovl_peer_key *key, gfp_t gfp)
{
	struct ovl_peer *peer, *new;

	rcu_read_lock();
	peer = ovl_peer_find_held(ovl, key);
	rcu_read_unlock();
	if (peer)
		return peer;

	new = ovl_peer_alloc(ovl, key, gfp);
	if (!new)
		return NULL;
	peer = ovl_peer_insert(ovl, new);
	if (peer != new) {
		xa_erase_bh(&ovl->peers.by_id, new->id);
		ovl_peer_free(new);
	}
	return peer;
}

/**
 * ovl_peer_hold() - one more reference
 * @peer: of which the caller has one already
 *
 * Context: any.
 */
void ovl_peer_hold(struct ovl_peer *peer)
{
	refcount_inc(&peer->refs);
}

/**
 * ovl_peer_put() - give back a reference
 * @peer: freed a grace period after the last one
 *
 * Context: any; nobody holds peers.lock.
 */
void ovl_peer_put(struct ovl_peer *peer)
{
	struct ovl_peers *peers = &peer->ovl->peers;
	bool last;

	if (refcount_dec_not_one(&peer->refs))
		return;

	spin_lock_bh(&peers->lock);
	last = refcount_dec_and_test(&peer->refs);
	if (last) {
		rhltable_remove(&peers->by_addr, &peer->node, ovl_peer_params);
		xa_erase(&peers->by_id, peer->id);
		peers->n[ovl_peer_family(peer)]--;
	}
	spin_unlock_bh(&peers->lock);
	if (last)
		call_rcu(&peer->rcu, ovl_peer_free_rcu);
}

/**
 * ovl_peer_find() - a peer that has an address
 * @ovl: the device
 * @addr: the address
 *
 * Context: RCU.
 * Return: one of them, without a reference, or NULL.
 */
struct ovl_peer *ovl_peer_find(struct ovl_dev *ovl,
			       const struct ovl_addr *addr)
{
	struct rhlist_head *list;

	list = rhltable_lookup(&ovl->peers.by_addr, addr, ovl_peer_params);
	return list ? container_of(list, struct ovl_peer, node) : NULL;
}

/**
 * ovl_peer_find_key() - the peer that has a key
 * @ovl: the device
 * @key: the key
 *
 * Context: RCU.
 * Return: the peer, without a reference, or NULL.
 */
struct ovl_peer *ovl_peer_find_key(struct ovl_dev *ovl,
				   const struct ovl_peer_key *key)
{
	struct rhlist_head *pos, *list;
	struct ovl_peer *peer;

	list = rhltable_lookup(&ovl->peers.by_addr, &key->addr,
			       ovl_peer_params);
	rhl_for_each_entry_rcu(peer, pos, list, node)
		if (ovl_peer_key_equal(&peer->key, key))
			return peer;
	return NULL;
}

/**
 * ovl_peer_has_port() - does a device send to an address and port?
 * @ovl: the device
 * @conf: its configuration
 * @addr: the address
 * @port: the port
 *
 * Context: RCU.
 */
bool ovl_peer_has_port(struct ovl_dev *ovl, const struct ovl_conf *conf,
		       const struct ovl_addr *addr, __be16 port)
{
	struct rhlist_head *pos, *list;
	struct ovl_peer *peer;

	list = rhltable_lookup(&ovl->peers.by_addr, addr, ovl_peer_params);
	rhl_for_each_entry_rcu(peer, pos, list, node)
		if (ovl_peer_port(peer, conf) == port)
			return true;
	return false;
}

static struct dst_entry *ovl_peer_lookup4(const struct ovl_peer *peer,
					  const struct ovl_conf *conf,
					  const struct ovl_route_key *key,
					  u32 mark, struct in6_addr *src)
{
	struct flowi4 fl4 = {
		.flowi4_oif	= peer->key.ifindex ? : conf->link,
		.flowi4_mark	= mark,
		.flowi4_proto	= IPPROTO_UDP,
		.daddr		= peer->key.addr.v4,
		.fl4_sport	= key->sport,
		.fl4_dport	= ovl_peer_port(peer, conf),
	};
	struct rtable *rt;

	if (conf->local.family == AF_INET)
		fl4.saddr = conf->local.v4;
	ovl_compat_set_dscp(&fl4, key->dsfield);
	rt = ip_route_output_key(peer->ovl->net, &fl4);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	src->s6_addr32[0] = fl4.saddr;
	return &rt->dst;
}

static struct dst_entry *ovl_peer_lookup6(const struct ovl_peer *peer,
					  const struct ovl_conf *conf,
					  const struct ovl_route_key *key,
					  u32 mark, struct in6_addr *src)
{
	struct flowi6 fl6 = {
		.flowi6_oif	= peer->key.ifindex ? : conf->link,
		.flowi6_mark	= mark,
		.flowi6_proto	= IPPROTO_UDP,
		.flowlabel	= ip6_make_flowinfo(key->dsfield, key->label),
		.daddr		= peer->key.addr.v6,
		.fl6_sport	= key->sport,
		.fl6_dport	= ovl_peer_port(peer, conf),
	};
	struct dst_entry *dst;

	if (conf->local.family == AF_INET6)
		fl6.saddr = conf->local.v6;
	dst = ip6_dst_lookup_flow(peer->ovl->net,
				  ovl_sock_sk(conf->sock[OVL_IPV6]), &fl6,
				  NULL);
	if (!IS_ERR(dst))
		*src = fl6.saddr;
	return dst;
}

static struct dst_entry *ovl_peer_cached(struct ovl_peer *peer,
					 struct in6_addr *src)
{
	struct rtable *rt;

	if (peer->key.addr.family == AF_INET6)
		return dst_cache_get_ip6(&peer->cache, src);
	rt = dst_cache_get_ip4(&peer->cache, &src->s6_addr32[0]);
	return rt ? &rt->dst : NULL;
}

static void ovl_peer_remember(struct ovl_peer *peer, struct dst_entry *dst,
			      const struct in6_addr *src)
{
	if (peer->key.addr.family == AF_INET6)
		dst_cache_set_ip6(&peer->cache, dst, src);
	else
		dst_cache_set_ip4(&peer->cache, dst, src->s6_addr32[0]);
}

/**
 * ovl_peer_route() - the route that a packet takes to a peer
 * @peer: where to
 * @conf: configuration of the device; has a socket of the peer's family
 * @key: what the packet asks for
 * @mark: the packet's mark, which policy routing may look at
 * @src: set to the outer source address; over IPv4 its first four bytes
 *
 * Context: bottom halves off, under RCU.
 * Return: a reference to the route for the caller to pass on or release;
 * -ELOOP if it leads through the device itself; another error if there is none.
 */
struct dst_entry *ovl_peer_route(struct ovl_peer *peer,
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

	if (peer->key.addr.family == AF_INET6)
		dst = ovl_peer_lookup6(peer, conf, key, mark, src);
	else
		dst = ovl_peer_lookup4(peer, conf, key, mark, src);
	if (IS_ERR(dst))
		return dst;

	if (dst->dev == peer->ovl->dev) {
		dst_release(dst);
		return ERR_PTR(-ELOOP);
	}
	if (cached)
		ovl_peer_remember(peer, dst, src);
	return dst;
}

/**
 * ovl_peer_read() - sum of a peer's counters over all CPUs
 * @peer: held by a reference or by RCU
 * @sum: set to it
 *
 * Context: any.
 */
void ovl_peer_read(const struct ovl_peer *peer, struct ovl_peer_stats *sum)
{
	struct ovl_peer_stats now;
	unsigned int start;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct ovl_peer_stats *stats;

		stats = per_cpu_ptr(peer->stats, cpu);
		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			now = *stats;
		} while (u64_stats_fetch_retry(&stats->syncp, start));
		u64_stats_add(&sum->rx_packets, u64_stats_read(&now.rx_packets));
		u64_stats_add(&sum->rx_bytes, u64_stats_read(&now.rx_bytes));
		u64_stats_add(&sum->rx_errors, u64_stats_read(&now.rx_errors));
		u64_stats_add(&sum->tx_packets, u64_stats_read(&now.tx_packets));
		u64_stats_add(&sum->tx_bytes, u64_stats_read(&now.tx_bytes));
		u64_stats_add(&sum->tx_errors, u64_stats_read(&now.tx_errors));
	}
}
