// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nexthop groups as destinations of FDB entries.
 *
 * The kernel's nexthops choose a path for each frame, with weights and
 * resilient buckets as they are; the path's gateway is the address of a peer.
 * The peers of all paths are held, so that each has its route at hand, and found
 * by a table of the group alone.  (The list of FDB entries that the kernel's struct
 * nexthop has is vxlan's.)
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/nexthop.h>

#include "nexthop.h"

/**
 * struct ovl_nh_peers - the peers of a group's paths, references
 * @rcu: for the grace period after another one took its place
 * @bits: log2 of the number of slots, of which at most half are taken
 * @slot: by ovl_nh_slot() of the address, or behind that; NULL: nothing behind
 */
struct ovl_nh_peers {
	struct rcu_head		rcu;
	unsigned int		bits;
	struct ovl_peer		*slot[];
};

/**
 * struct ovl_nh - a nexthop group that FDB entries of a device lead to
 * @node: in ovl_net.nexthops; RTNL
 * @id: of the nexthop
 * @ovl: the device
 * @nh: the kernel's object, a reference
 * @users: struct ovl_nh_user, one for each FDB entry; RTNL
 * @peers: of all paths; written under RTNL, read under RCU
 * @rcu: for the grace period after the last user
 */
struct ovl_nh {
	struct hlist_node	node;
	u32			id;
	struct ovl_dev		*ovl;
	struct nexthop		*nh;
	struct list_head	users;
	struct ovl_nh_peers __rcu *peers;
	struct rcu_head		rcu;
};

/* The address of the peer that a path leads to */
static struct ovl_addr ovl_nh_addr(const struct fib_nh_common *nhc)
{
	struct ovl_addr addr = { .family = nhc->nhc_gw_family };

	if (addr.family == AF_INET6)
		addr.v6 = nhc->nhc_gw.ipv6;
	else
		addr.v4 = nhc->nhc_gw.ipv4;
	return addr;
}

static unsigned int ovl_nh_slot(const struct ovl_nh_peers *peers,
				const struct ovl_addr *addr)
{
	return hash_32(addr->family == AF_INET6 ? ipv6_addr_hash(&addr->v6) :
		       (__force u32)addr->v4, peers->bits);
}

/* The slot of an address, or the free one where it would be */
static __always_inline struct ovl_peer **
ovl_nh_find_slot(struct ovl_nh_peers *peers, const struct ovl_addr *addr)
{
	unsigned int i = ovl_nh_slot(peers, addr);

	while (peers->slot[i] &&
	       !ovl_addr_equal(&peers->slot[i]->key.addr, addr))
		i = (i + 1) & (BIT(peers->bits) - 1);
	return &peers->slot[i];
}

static const struct fib_nh_common *ovl_nh_path(const struct nh_group *group,
					       unsigned int i)
{
	struct nh_info *info = rtnl_dereference(group->nh_entries[i].nh->nh_info);

	return &info->fib_nhc;
}

static void ovl_nh_put_peers(struct ovl_nh_peers *peers)
{
	unsigned int i;

	if (!peers)
		return;
	for (i = 0; i < BIT(peers->bits); i++)
		if (peers->slot[i])
			ovl_peer_put(peers->slot[i]);
	kfree_rcu(peers, rcu);
}

/* Two paths may lead to one peer, which is held once */
static int ovl_nh_add_peer(struct ovl_nh_peers *peers, struct ovl_dev *ovl,
			   const struct ovl_addr *addr)
{
	struct ovl_peer **slot = ovl_nh_find_slot(peers, addr);
	struct ovl_peer_key key = ovl_peer_key_of(addr, 0);

	if (!*slot)
		*slot = ovl_peer_get(ovl, &key, GFP_KERNEL);
	return *slot ? 0 : -ENOMEM;
}

/* Hold the peers of the paths that there are now, and those alone */
static int ovl_nh_sync(struct ovl_nh *nh)
{
	struct nh_group *group = rtnl_dereference(nh->nh->nh_grp);
	unsigned int i, bits = order_base_2(group->num_nh) + 1;
	struct ovl_nh_peers *peers;
	struct ovl_addr addr;

	peers = kzalloc(struct_size(peers, slot, BIT(bits)), GFP_KERNEL);
	if (!peers)
		return -ENOMEM;
	peers->bits = bits;
	for (i = 0; i < group->num_nh; i++) {
		addr = ovl_nh_addr(ovl_nh_path(group, i));
		if (ovl_nh_add_peer(peers, nh->ovl, &addr)) {
			ovl_nh_put_peers(peers);
			return -ENOMEM;
		}
	}
	ovl_nh_put_peers(rcu_replace_pointer(nh->peers, peers,
					     lockdep_rtnl_is_held()));
	return 0;
}

static struct nexthop *ovl_nh_check(struct net *net, u32 id,
				    struct netlink_ext_ack *extack)
{
	struct nexthop *nh = nexthop_find_by_id(net, id);

	if (!nh) {
		NL_SET_ERR_MSG(extack, "nhid: there is no such nexthop");
		return NULL;
	}
	if (!nexthop_is_fdb(nh)) {
		NL_SET_ERR_MSG(extack, "nhid: not a nexthop for FDBs (ip nexthop add ... fdb)");
		return NULL;
	}
	if (!nexthop_is_multipath(nh)) {
		NL_SET_ERR_MSG(extack, "nhid: not a group of nexthops");
		return NULL;
	}
	if (!nexthop_get(nh)) {
		NL_SET_ERR_MSG(extack, "nhid: this nexthop is being deleted");
		return NULL;
	}
	return nh;
}

static struct ovl_nh *ovl_nh_find(struct ovl_net *on,
				  const struct ovl_dev *ovl, u32 id)
{
	struct ovl_nh *nh;

	hash_for_each_possible(on->nexthops, nh, node, id)
		if (nh->id == id && (!ovl || nh->ovl == ovl))
			return nh;
	return NULL;
}

static struct ovl_nh *ovl_nh_new(struct ovl_dev *ovl, u32 id,
				 struct netlink_ext_ack *extack)
{
	struct ovl_nh *nh;
	int err = -EINVAL;

	nh = kzalloc(sizeof(*nh), GFP_KERNEL);
	if (!nh)
		return ERR_PTR(-ENOMEM);
	nh->nh = ovl_nh_check(ovl->net, id, extack);
	if (!nh->nh)
		goto err_free;
	nh->id = id;
	nh->ovl = ovl;
	INIT_LIST_HEAD(&nh->users);
	err = ovl_nh_sync(nh);
	if (err)
		goto err_put;
	hash_add(ovl_net_of(ovl->net)->nexthops, &nh->node, id);
	return nh;

err_put:
	nexthop_put(nh->nh);
err_free:
	kfree(nh);
	return ERR_PTR(err);
}

static void ovl_nh_free(struct ovl_nh *nh)
{
	hash_del(&nh->node);
	ovl_nh_put_peers(rtnl_dereference(nh->peers));
	nexthop_put(nh->nh);
	kfree_rcu(nh, rcu);
}

/**
 * ovl_nh_user_new() - a reference to a nexthop for an FDB entry
 * @ovl: the device
 * @id: the nexthop's
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: the reference, for the caller to ovl_nh_user_put(); -EINVAL if there
 * is no such group of FDB nexthops; -ENOMEM.
 */
struct ovl_nh_user *ovl_nh_user_new(struct ovl_dev *ovl, u32 id,
				    struct netlink_ext_ack *extack)
{
	struct ovl_nh_user *user;
	struct ovl_nh *nh;

	ASSERT_RTNL();
	user = kzalloc(sizeof(*user), GFP_KERNEL);
	if (!user)
		return ERR_PTR(-ENOMEM);
	nh = ovl_nh_find(ovl_net_of(ovl->net), ovl, id);
	if (!nh)
		nh = ovl_nh_new(ovl, id, extack);
	if (IS_ERR(nh)) {
		kfree(user);
		return ERR_CAST(nh);
	}
	user->dest.kind = OVL_DEST_NEXTHOP;
	user->nh = nh;
	list_add_tail(&user->list, &nh->users);
	return user;
}

/**
 * ovl_nh_sync_all() - hold the peers of what nexthops have become
 * @on: namespace of the underlay
 * @changed: called for the first user of each nexthop
 *
 * Until this has run, frames find new paths all the same: see ovl_nh_peer().
 *
 * Context: process, RTNL.
 */
void ovl_nh_sync_all(struct ovl_net *on,
		     void (*changed)(struct ovl_nh_user *user))
{
	struct ovl_nh *nh;
	int bkt;

	ASSERT_RTNL();
	hash_for_each(on->nexthops, bkt, nh, node) {
		/* Without memory the peers of before stay */
		ovl_nh_sync(nh);
		changed(list_first_entry(&nh->users, struct ovl_nh_user,
					 list));
	}
}

/**
 * ovl_nh_user_put() - give back a reference to a nexthop
 * @user: freed after a grace period
 *
 * Context: RTNL; bottom halves may be off.
 */
void ovl_nh_user_put(struct ovl_nh_user *user)
{
	struct ovl_nh *nh = user->nh;

	ASSERT_RTNL();
	list_del(&user->list);
	kfree_rcu(user, rcu);
	if (list_empty(&nh->users))
		ovl_nh_free(nh);
}

/**
 * ovl_nh_id() - the id of a user's nexthop
 * @user: the user
 *
 * Context: any.
 */
u32 ovl_nh_id(const struct ovl_nh_user *user)
{
	return user->nh->id;
}

/**
 * ovl_nh_dev() - the device of a user
 * @user: the user
 *
 * Context: any.
 */
struct ovl_dev *ovl_nh_dev(const struct ovl_nh_user *user)
{
	return user->nh->ovl;
}

/**
 * ovl_nh_families() - what families the peers of a nexthop are of
 * @user: the user
 *
 * Context: process, RTNL.
 * Return: a bit for each enum ovl_family.
 */
u8 ovl_nh_families(const struct ovl_nh_user *user)
{
	const struct ovl_nh_peers *peers = rtnl_dereference(user->nh->peers);
	u8 families = 0;
	unsigned int i;

	for (i = 0; i < BIT(peers->bits); i++)
		if (peers->slot[i])
			families |= BIT(ovl_peer_family(peers->slot[i]));
	return families;
}

/* The path that a nexthop chooses for a frame, or NULL; RCU */
static const struct fib_nh_common *ovl_nh_choose(struct nexthop *nh, u32 hash)
{
	/* One bit less: the kernel takes it for a signed number */
	return nexthop_path_fdb_result(nh, hash >> 1);
}

/* The peer of an address, which need not be one that somebody holds; RCU */
static struct ovl_peer *ovl_nh_any_peer(struct ovl_dev *ovl,
					const struct ovl_addr *addr)
{
	struct ovl_peer_key key = ovl_peer_key_of(addr, 0);
	struct ovl_peer *peer = ovl_peer_find_key(ovl, &key);

	if (peer)
		return peer;
	/* For this frame */
	peer = ovl_peer_get(ovl, &key, GFP_ATOMIC | __GFP_NOWARN);
	if (peer)
		ovl_peer_put(peer);
	return peer;
}

/**
 * ovl_nh_peer() - the peer that a frame goes to
 * @user: what its FDB entry leads to
 * @hash: of the frame's flow
 *
 * Context: bottom halves off, RCU.
 * Return: the peer, valid as long as RCU holds it; NULL if the group has no
 * path, or a new one came and there was no memory.
 */
struct ovl_peer *ovl_nh_peer(const struct ovl_nh_user *user, u32 hash)
{
	struct ovl_nh *nh = user->nh;
	const struct fib_nh_common *nhc;
	struct ovl_peer *peer;
	struct ovl_addr addr;

	nhc = ovl_nh_choose(nh->nh, hash);
	if (unlikely(!nhc))
		return NULL;
	addr = ovl_nh_addr(nhc);
	peer = *ovl_nh_find_slot(rcu_dereference(nh->peers), &addr);
	/* So new that ovl_nh_sync() does not hold it yet */
	return likely(peer) ? peer : ovl_nh_any_peer(nh->ovl, &addr);
}

/**
 * ovl_nh_peer_of() - the same for a nexthop that no FDB entry leads to
 * @ovl: the device
 * @id: the nexthop's
 * @hash: of the frame's flow
 *
 * Context: bottom halves off, RCU.
 * Return: as ovl_nh_peer(); NULL also if it is no group of FDB nexthops.
 */
struct ovl_peer *ovl_nh_peer_of(struct ovl_dev *ovl, u32 id, u32 hash)
{
	struct nexthop *nh = nexthop_find_by_id(ovl->net, id);
	const struct fib_nh_common *nhc;
	struct ovl_addr addr;

	if (!nh || !nexthop_is_fdb(nh) || !nexthop_is_multipath(nh))
		return NULL;
	nhc = ovl_nh_choose(nh, hash);
	if (!nhc)
		return NULL;
	addr = ovl_nh_addr(nhc);
	return ovl_nh_any_peer(ovl, &addr);
}

/**
 * ovl_nh_first_user() - an FDB entry that leads to a nexthop
 * @on: namespace of the underlay
 * @id: the nexthop's
 *
 * Context: process, RTNL.
 * Return: the first of the users, or NULL.
 */
struct ovl_nh_user *ovl_nh_first_user(struct ovl_net *on, u32 id)
{
	struct ovl_nh *nh = ovl_nh_find(on, NULL, id);

	ASSERT_RTNL();
	return nh ? list_first_entry(&nh->users, struct ovl_nh_user, list) :
		    NULL;
}
