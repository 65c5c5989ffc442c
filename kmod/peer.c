// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers: how they are interned and freed, and what is set on each.
 *
 * fdb.c, nexthop.c and conf.c hold them; recv.c asks whether a packet is from
 * one; netlink.c gives them options.
 */
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "options.h"
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
 * Context: any.
 */
void ovl_peers_forget_routes(struct ovl_dev *ovl)
{
	struct ovl_peer *peer;
	unsigned long id;

	/* RCU: a peer that goes takes its routes along */
	rcu_read_lock();
	xa_for_each(&ovl->peers.by_id, id, peer)
		ovl_route_cache_forget(&peer->cache);
	rcu_read_unlock();
}

static void ovl_peer_free(struct ovl_peer *peer)
{
	ovl_route_cache_destroy(&peer->cache);
	free_percpu(peer->traffic);
	kfree(rcu_access_pointer(peer->opts));
	kfree(peer);
}

static void ovl_peer_free_rcu(struct rcu_head *rcu)
{
	ovl_peer_free(container_of(rcu, struct ovl_peer, rcu));
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
	peer->traffic = ovl_traffic_alloc(gfp);
	if (!peer->traffic)
		goto err_free;
	if (ovl_route_cache_init(&peer->cache, gfp))
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
	WRITE_ONCE(peers->n[ovl_peer_family(peer)],
		   peers->n[ovl_peer_family(peer)] + 1);
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

/* Count the length of the options that a peer has of its own; @peers->lock */
static void ovl_peers_count_opts(struct ovl_peers *peers,
				 const struct ovl_peer *peer, int n)
{
	const struct ovl_opts *opts;
	unsigned int words;

	opts = rcu_dereference_protected(peer->opts,
					 lockdep_is_held(&peers->lock));
	if (!opts)
		return;
	words = opts->len / GENEVE_WORD;
	WRITE_ONCE(peers->n_opts[words], peers->n_opts[words] + n);
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
	bool last, registered;
	bool had_opts = false;

	if (refcount_dec_not_one(&peer->refs))
		return;

	spin_lock_bh(&peers->lock);
	last = refcount_dec_and_test(&peer->refs);
	if (last) {
		rhltable_remove(&peers->by_addr, &peer->node, ovl_peer_params);
		xa_erase(&peers->by_id, peer->id);
		WRITE_ONCE(peers->n[ovl_peer_family(peer)],
			   peers->n[ovl_peer_family(peer)] - 1);
		had_opts = rcu_access_pointer(peer->opts);
		ovl_peers_count_opts(peers, peer, -1);
	}
	spin_unlock_bh(&peers->lock);
	if (!last)
		return;
	/*
	 * Maybe not for long, or no more: ovl_underlay_follow_work() asks again
	 * under RTNL.  In 6.1 it is a bit-field, which READ_ONCE() cannot read.
	 */
	registered = data_race(peer->ovl->dev->reg_state ==
			       NETREG_REGISTERED);
	/* The MTU need not leave room for them any more */
	if (had_opts && registered)
		ovl_follow_later(peer->ovl);
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

/**
 * ovl_peer_set_opts() - give a peer options of its own
 * @ovl: whose peer it is
 * @key: the peer's key
 * @opts: what it is sent from now on, the peer's upon success; NULL: what the
 *	device has
 *
 * Context: process, RTNL.
 * Return: 0; -ENOENT if there is no such peer.
 */
int ovl_peer_set_opts(struct ovl_dev *ovl, const struct ovl_peer_key *key,
		      struct ovl_opts *opts)
{
	struct ovl_peers *peers = &ovl->peers;
	struct ovl_opts *old;
	struct ovl_peer *peer;

	ASSERT_RTNL();
	rcu_read_lock();
	spin_lock_bh(&peers->lock);
	peer = ovl_peer_find_key(ovl, key);
	if (!peer) {
		spin_unlock_bh(&peers->lock);
		rcu_read_unlock();
		return -ENOENT;
	}
	ovl_peers_count_opts(peers, peer, -1);
	old = rcu_replace_pointer(peer->opts, opts,
				  lockdep_is_held(&peers->lock));
	ovl_peers_count_opts(peers, peer, 1);
	spin_unlock_bh(&peers->lock);
	rcu_read_unlock();
	kfree_rcu(old, rcu);
	return 0;
}

/**
 * ovl_peers_have_opts() - has any peer options of its own?
 * @ovl: the device
 *
 * Context: any; of a moment, unless peers.lock is held.
 */
bool ovl_peers_have_opts(const struct ovl_dev *ovl)
{
	return READ_ONCE(ovl->peers.n_opts[0]) || ovl_peers_longest_opts(ovl);
}

/**
 * ovl_peers_longest_opts() - bytes of the longest option set of a peer's own
 * @ovl: the device
 *
 * Context: any; of a moment, unless peers.lock is held.
 */
unsigned int ovl_peers_longest_opts(const struct ovl_dev *ovl)
{
	unsigned int words;

	for (words = GENEVE_OPTLEN_MAX; words; words--)
		if (READ_ONCE(ovl->peers.n_opts[words]))
			break;
	return words * GENEVE_WORD;
}
