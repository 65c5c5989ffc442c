// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nexthop groups as destinations of FDB entries.
 *
 * The kernel's nexthops choose a path for each frame, with weights and
 * resilient buckets as they are; the path's gateway is the address of a peer.
 * The peers of all paths are held, so that each has its route at hand.  (The
 * list of FDB entries that the kernel's struct nexthop has is vxlan's.)
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/nexthop.h>

#include "nexthop.h"

/**
 * struct ovl_nh - a nexthop group that FDB entries of a device lead to
 * @node: in ovl_net.nexthops; RTNL
 * @id: of the nexthop
 * @ovl: the device
 * @nh: the kernel's object, a reference
 * @users: struct ovl_nh_user, one for each FDB entry; RTNL
 * @peers: references to the peers of all paths; RTNL
 * @n: how many; RTNL
 * @rcu: for the grace period after the last user
 */
struct ovl_nh {
	struct hlist_node	node;
	u32			id;
	struct ovl_dev		*ovl;
	struct nexthop		*nh;
	struct list_head	users;
	struct ovl_peer		**peers;
	unsigned int		n;
	struct rcu_head		rcu;
};

/* The peer that a path leads to */
static struct ovl_peer_key ovl_nh_key(const struct fib_nh_common *nhc)
{
	struct ovl_addr addr = { .family = nhc->nhc_gw_family };

	if (addr.family == AF_INET6)
		addr.v6 = nhc->nhc_gw.ipv6;
	else
		addr.v4 = nhc->nhc_gw.ipv4;
	return ovl_peer_key_of(&addr, 0);
}

static const struct fib_nh_common *ovl_nh_path(const struct nh_group *group,
					       unsigned int i)
{
	struct nh_info *info = rtnl_dereference(group->nh_entries[i].nh->nh_info);

	return &info->fib_nhc;
}

static void ovl_nh_put_peers(struct ovl_peer **peers, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		ovl_peer_put(peers[i]);
	kfree(peers);
}

/* Hold the peers of the paths that there are now, and those alone */
static int ovl_nh_sync(struct ovl_nh *nh)
{
	struct nh_group *group = rtnl_dereference(nh->nh->nh_grp);
	struct ovl_peer **old = nh->peers, **peers;
	unsigned int i, n_old = nh->n;
	struct ovl_peer_key key;

	peers = kcalloc(group->num_nh, sizeof(*peers), GFP_KERNEL);
	if (!peers)
		return -ENOMEM;
	for (i = 0; i < group->num_nh; i++) {
		key = ovl_nh_key(ovl_nh_path(group, i));
		peers[i] = ovl_peer_get(nh->ovl, &key, GFP_KERNEL);
		if (!peers[i]) {
			ovl_nh_put_peers(peers, i);
			return -ENOMEM;
		}
	}
	nh->peers = peers;
	nh->n = group->num_nh;
	ovl_nh_put_peers(old, n_old);
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
	ovl_nh_put_peers(nh->peers, nh->n);
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
 * Until this has run, frames find new paths all the same: see ovl_nh_choose().
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
	u8 families = 0;
	unsigned int i;

	for (i = 0; i < user->nh->n; i++)
		families |= BIT(ovl_peer_family(user->nh->peers[i]));
	return families;
}

/* The peer that a nexthop chooses for a frame; RCU */
static struct ovl_peer *ovl_nh_choose(struct ovl_dev *ovl, struct nexthop *nh,
				      u32 hash)
{
	const struct fib_nh_common *nhc;
	struct ovl_peer_key key;
	struct ovl_peer *peer;

	/* One bit less: the kernel takes it for a signed number */
	nhc = nexthop_path_fdb_result(nh, hash >> 1);
	if (unlikely(!nhc))
		return NULL;
	key = ovl_nh_key(nhc);
	peer = ovl_peer_find_key(ovl, &key);
	if (likely(peer))
		return peer;

	/* So new that ovl_nh_sync() does not hold it yet: for this frame */
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
	return ovl_nh_choose(user->nh->ovl, user->nh->nh, hash);
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

	if (!nh || !nexthop_is_fdb(nh) || !nexthop_is_multipath(nh))
		return NULL;
	return ovl_nh_choose(ovl, nh, hash);
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
