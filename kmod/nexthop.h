/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FDB entries that lead to a nexthop group ("ip nexthop add ... fdb"): each
 * frame goes to one of the group's peers, which the kernel's own nexthops
 * choose by the frame's hash.
 *
 * fdb_request.c makes users of a nexthop, fdb.c frees them with their entries,
 * xmit.c asks for the peer of a frame; main.c passes on the kernel's news.
 */
#ifndef _OVL_NEXTHOP_H
#define _OVL_NEXTHOP_H

#include "peer.h"

struct ovl_fdb_entry;
struct ovl_nh;

/**
 * struct ovl_nh_user - an FDB entry's reference to a nexthop
 * @dest: for the FDB entry
 * @nh: the nexthop, of which this holds a reference
 * @entry: the FDB entry; RTNL
 * @list: in the nexthop's list of users; RTNL
 * @rcu: for the grace period after the entry let go of it
 */
struct ovl_nh_user {
	struct ovl_dest		dest;
	struct ovl_nh		*nh;
	struct ovl_fdb_entry	*entry;
	struct list_head	list;
	struct rcu_head		rcu;
};

static inline struct ovl_nh_user *ovl_nh_user(struct ovl_dest *dest)
{
	return container_of(dest, struct ovl_nh_user, dest);
}

struct ovl_nh_user *ovl_nh_user_new(struct ovl_dev *ovl, u32 id,
				    struct netlink_ext_ack *extack);
void ovl_nh_user_put(struct ovl_nh_user *user);
u32 ovl_nh_id(const struct ovl_nh_user *user);
u8 ovl_nh_families(const struct ovl_nh_user *user);
struct ovl_peer *ovl_nh_peer_of(struct ovl_dev *ovl, u32 id, u32 hash);
struct ovl_peer *ovl_nh_peer(const struct ovl_nh_user *user, u32 hash);

struct ovl_nh_user *ovl_nh_first_user(struct ovl_net *on, u32 id);
struct ovl_dev *ovl_nh_dev(const struct ovl_nh_user *user);
void ovl_nh_sync_all(struct ovl_net *on,
		     void (*changed)(struct ovl_nh_user *user));

#endif /* _OVL_NEXTHOP_H */
