// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to the FDB: an entry with the peer that it leads to and the sockets
 * that this needs, or none of them.
 *
 * fdb_netlink.c asks for users, the device itself for the VNIs it is given.
 */
#include <linux/neighbour.h>
#include <net/neighbour.h>

#include "conf.h"
#include "fdb.h"
#include "nexthop.h"

/**
 * ovl_fdb_normalise() - leave to the device what is the device's own, should
 * that change
 * @conf: the device's configuration
 * @src_vni: VNI of the entry
 * @key: the peer that it leads to
 *
 * Context: any.
 */
void ovl_fdb_normalise(const struct ovl_conf *conf, u32 src_vni,
		       struct ovl_peer_key *key)
{
	if (key->port == conf->dstport)
		key->port = 0;
	if (key->vni == (conf->external ? src_vni : conf->vni))
		key->vni = OVL_VNI_OWN;
	if (key->ifindex == conf->link)
		key->ifindex = 0;
}

/* A reference to where the request wants to lead, and sockets to send there */
static struct ovl_dest *ovl_fdb_get_dest(struct ovl_dev *ovl,
					 const struct ovl_fdb_to *to,
					 struct netlink_ext_ack *extack)
{
	struct ovl_nh_user *user;
	struct ovl_dest *dest;
	struct ovl_peer *peer;
	u8 families;
	int err;

	if (to->nhid) {
		user = ovl_nh_user_new(ovl, to->nhid, extack);
		if (IS_ERR(user))
			return ERR_CAST(user);
		families = ovl_nh_families(user);
		dest = &user->dest;
	} else {
		peer = ovl_peer_get(ovl, &to->key, GFP_KERNEL_ACCOUNT);
		if (!peer)
			return ERR_PTR(-ENOMEM);
		families = BIT(ovl_peer_family(peer));
		dest = &peer->dest;
	}

	err = ovl_conf_add_families(ovl, families, extack);
	if (err) {
		ovl_dest_put(dest);
		return ERR_PTR(err);
	}
	return dest;
}

/**
 * ovl_fdb_request() - make or change an entry
 * @ovl: the device; its configuration may become another one
 * @req: what is asked, but for the destination and the VNI of the key
 * @to: these two
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0; what ovl_fdb_set() and ovl_conf_add_families() refuse with; -EINVAL
 * if there is no such nexthop.  With an error nothing has changed.
 */
int ovl_fdb_request(struct ovl_dev *ovl, struct ovl_fdb_request *req,
		    const struct ovl_fdb_to *to, struct netlink_ext_ack *extack)
{
	struct ovl_conf_families was = ovl_conf_families(ovl);
	int err;

	req->key.vni = to->src_vni;
	req->is_nh = to->nhid;
	/* Before anything is opened for it */
	err = ovl_fdb_may_set(ovl, req, extack);
	if (err)
		return err;
	req->dest = ovl_fdb_get_dest(ovl, to, extack);
	if (IS_ERR(req->dest))
		return PTR_ERR(req->dest);
	err = ovl_fdb_set(ovl, req, extack);
	if (err) {
		ovl_dest_put(req->dest);
		ovl_conf_reset_families(ovl, was);
	}
	return err;
}

/**
 * ovl_fdb_flood_place() - where is a peer in the flood list of a VNI?
 * @ovl: the device, an external one
 * @vni: the VNI
 * @to: the peer
 * @peer: set to the peer, for the caller to ovl_peer_put(), if it is there
 *
 * Context: process, RTNL.
 * Return: its place for ovl_fdb_move_flood(); 0: it is not there.
 */
u32 ovl_fdb_flood_place(struct ovl_dev *ovl, u32 vni,
			const struct ovl_peer_key *to, struct ovl_peer **peer)
{
	const struct ovl_fdb_key list = { .vni = vni };
	struct ovl_peer_key key = *to;

	ovl_fdb_normalise(rtnl_dereference(ovl->conf), vni, &key);
	return ovl_fdb_place(ovl, &list, &key, peer);
}

/**
 * ovl_fdb_floods_only_to() - is a peer all that the flood list of a VNI has?
 * @ovl: the device, an external one
 * @vni: the VNI
 * @peer: the peer
 *
 * Context: process, RTNL.
 */
bool ovl_fdb_floods_only_to(struct ovl_dev *ovl, u32 vni,
			    const struct ovl_peer *peer)
{
	const struct ovl_fdb_key list = { .vni = vni };
	struct ovl_fdb_entry *entry;
	bool only;

	rcu_read_lock();
	entry = ovl_fdb_find(ovl, &list);
	only = entry && rcu_access_pointer(entry->dest) == &peer->dest;
	rcu_read_unlock();
	return only;
}

/**
 * ovl_fdb_move_flood() - have what a VNI floods go to another peer
 * @ovl: the device, an external one; its configuration may become another one
 * @vni: the VNI
 * @from: the peer that is taken from the list, if it is there; NULL: none
 * @to: the peer that is put into the list, unless it is there; NULL: none
 * @place: of @to, as ovl_fdb_flood_place() told it before; 0: the end
 * @extack: names the cause of an error
 *
 * What else the list has, the user has appended.
 *
 * Context: process, RTNL.
 * Return: 0; 1 if @to was in the list; or what ovl_fdb_request() fails with, and
 * then nothing has changed.
 */
int ovl_fdb_move_flood(struct ovl_dev *ovl, u32 vni,
		       const struct ovl_peer_key *from,
		       const struct ovl_peer_key *to, u32 place,
		       struct netlink_ext_ack *extack)
{
	struct ovl_fdb_request req = {
		.key		= { .vni = vni },
		.place		= place,
		.state		= NUD_REACHABLE | NUD_PERMANENT,
		.flags		= NTF_SELF,
		.nlm_flags	= NLM_F_CREATE | NLM_F_APPEND,
	};
	struct ovl_fdb_to dst = { .src_vni = vni };
	struct ovl_peer_key old;
	bool had = false;
	int err;

	if (to) {
		dst.key = *to;
		ovl_fdb_normalise(rtnl_dereference(ovl->conf), vni, &dst.key);
		had = ovl_fdb_place(ovl, &req.key, &dst.key, NULL);
		err = had ? 0 : ovl_fdb_request(ovl, &req, &dst, extack);
		if (err)
			return err;
	}
	if (!from)
		return had;
	old = *from;
	ovl_fdb_normalise(rtnl_dereference(ovl->conf), vni, &old);
	if (ovl_fdb_unset(ovl, &req.key, &old, 0, false) != -ENOMEM)
		return had;
	if (to && !had)
		ovl_fdb_unset(ovl, &req.key, &dst.key, 0, false);
	return -ENOMEM;
}
