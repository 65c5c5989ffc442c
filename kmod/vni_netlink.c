// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink: adding VNIs to a device of vnifilter, and deleting them.
 *
 * Called by netlink.c.  A request is carried out as a whole or not at all.
 */
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/netlink.h>

#include "conf.h"
#include "fdb.h"
#include "peer_netlink.h"
#include "underlay.h"
#include "vni_netlink.h"
#include "vnis.h"

/* Marks in ovl_dev.vnis while a request is being carried out */
#define OVL_VNI_NEW	XA_MARK_0	/* was not there before it */
#define OVL_VNI_MOVED	XA_MARK_1	/* had another remote, ovl_vnif.was* */

/**
 * struct ovl_vni_ask - what a request says of a range of VNIs
 * @first: first of them
 * @last: last of them
 * @del: they are deleted
 * @has_remote: @remote was given
 * @remote: flood list of each; AF_UNSPEC: none
 */
struct ovl_vni_ask {
	u32		first;
	u32		last;
	bool		del;
	bool		has_remote;
	struct ovl_addr	remote;
};

static const struct nla_policy ovl_vni_policy[OVL_VNI_RANGE_MAX + 1] = {
	[OVL_VNI_DEL]		= { .type = NLA_FLAG },
	[OVL_VNI_FIRST]		= { .type = NLA_U32 },
	[OVL_VNI_LAST]		= { .type = NLA_U32 },
	[OVL_VNI_REMOTE]	= NLA_POLICY_EXACT_LEN(4),
	[OVL_VNI_REMOTE6]	= NLA_POLICY_EXACT_LEN(16),
};

static int ovl_vni_parse_remote(struct ovl_vni_ask *range,
				struct nlattr *tb[],
				const struct ovl_conf *conf,
				struct netlink_ext_ack *extack)
{
	struct nlattr *v4 = tb[OVL_VNI_REMOTE], *v6 = tb[OVL_VNI_REMOTE6];
	struct ovl_addr *remote = &range->remote;
	const char *complaint;
	int err;

	if (!v4 && !v6)
		return 0;
	if (range->del) {
		NL_SET_ERR_MSG_ATTR(extack, v4 ? : v6, "vni: del takes no remote");
		return -EINVAL;
	}
	if (v4 && v6) {
		NL_SET_ERR_MSG_ATTR(extack, v6, "vni: remote is given twice");
		return -EINVAL;
	}
	range->has_remote = true;
	err = ovl_peer_netlink_read_addr(v4 ? : v6, remote);
	if (err)
		return err;
	if (remote->family && !ovl_addr_is_unicast(remote) &&
	    !ovl_addr_is_multicast(remote)) {
		NL_SET_ERR_MSG_ATTR(extack, v4 ? : v6,
				    "vni: remote is neither a host nor a group");
		return -EINVAL;
	}
	complaint = ovl_vnis_complaint(conf, remote);
	if (complaint) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, v4 ? : v6, "vni: %s", complaint);
		return -EINVAL;
	}
	return 0;
}

static int ovl_vni_parse(struct ovl_vni_ask *range, struct nlattr *attr,
			 const struct ovl_conf *conf,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[OVL_VNI_RANGE_MAX + 1];
	int err;

	err = nla_parse_nested(tb, OVL_VNI_RANGE_MAX, attr, ovl_vni_policy,
			       extack);
	if (err)
		return err;
	if (!tb[OVL_VNI_FIRST]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "vni: missing");
		return -EINVAL;
	}
	range->del = nla_get_flag(tb[OVL_VNI_DEL]);
	range->first = nla_get_u32(tb[OVL_VNI_FIRST]);
	range->last = tb[OVL_VNI_LAST] ? nla_get_u32(tb[OVL_VNI_LAST]) :
					 range->first;
	if (range->last > OVL_VNI_MAX || range->first > OVL_VNI_MAX) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr, "vni: %u is above %u",
					max(range->first, range->last),
					OVL_VNI_MAX);
		return -ERANGE;
	}
	if (range->first > range->last) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"vni: the range is reversed: %u is above %u",
					range->first, range->last);
		return -EINVAL;
	}
	return ovl_vni_parse_remote(range, tb, conf, extack);
}

/* What one range says can be judged by itself, if no other says something */
static int ovl_vni_check_range(struct ovl_dev *ovl,
			       const struct ovl_vni_ask *ranges,
			       unsigned int i, const struct nlattr *attr,
			       struct netlink_ext_ack *extack)
{
	const struct ovl_vni_ask *range = &ranges[i];
	unsigned int j;
	u32 vni;

	for (j = 0; j < i; j++) {
		if (ranges[j].last < range->first ||
		    ranges[j].first > range->last)
			continue;
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr, "vni: %u is named twice",
					max(ranges[j].first, range->first));
		return -EINVAL;
	}
	for (vni = range->first; range->del && vni <= range->last; vni++) {
		if (xa_load(&ovl->vnis, vni))
			continue;
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"vni: %u is not one of this device", vni);
		return -ENOENT;
	}
	return 0;
}

/* NULL: to nobody but whom the user has appended; as ovl_fdb_move_flood() */
static int ovl_vni_move_flood(struct ovl_dev *ovl, const struct ovl_vnif *vnif,
			      const struct ovl_addr *remote, u32 place,
			      struct netlink_ext_ack *extack)
{
	bool leave = vnif->remote.family && !vnif->appended;
	bool enter = remote && remote->family;
	struct ovl_peer_key from, to;

	if (leave)
		from = ovl_peer_key_of(&vnif->remote, 0);
	if (enter)
		to = ovl_peer_key_of(remote, 0);
	return ovl_fdb_move_flood(ovl, vnif->vni, leave ? &from : NULL,
				  enter ? &to : NULL, place, extack);
}

/* What it was before stays, until the whole request is done */
static int ovl_vni_set_remote(struct ovl_dev *ovl, struct ovl_vnif *vnif,
			      const struct ovl_addr *remote,
			      struct netlink_ext_ack *extack)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	struct ovl_peer *was_peer = NULL;
	struct ovl_group *group = NULL;
	struct ovl_peer_key was;
	bool unlist = false;
	u32 was_place = 0;
	int err = 0;

	if (netif_running(ovl->dev)) {
		group = ovl_vnif_join(ovl, conf, remote, extack);
		if (IS_ERR(group))
			return PTR_ERR(group);
	}
	if (vnif->remote.family) {
		was = ovl_peer_key_of(&vnif->remote, 0);
		was_place = ovl_fdb_flood_place(ovl, vnif->vni, &was, &was_peer);
	}
	if (was_peer && !remote->family && !vnif->appended)
		unlist = ovl_fdb_floods_only_to(ovl, vnif->vni, was_peer);
	if (!unlist)
		err = ovl_vni_move_flood(ovl, vnif, remote, 0, extack);
	if (err < 0)
		goto err_leave;
	vnif->was = vnif->remote;
	vnif->was_place = was_place;
	vnif->was_unlisted = unlist;
	vnif->was_appended = vnif->appended;
	vnif->appended = err;
	vnif->was_peer = was_peer;
	vnif->was_group = vnif->group;
	vnif->remote = *remote;
	vnif->group = group;
	return 0;

err_leave:
	if (was_peer)
		ovl_peer_put(was_peer);
	ovl_vnif_leave(&group);
	return err;
}

static void ovl_vni_reset_remote(struct ovl_dev *ovl, struct ovl_vnif *vnif)
{
	int err = 0;

	if (!vnif->was_unlisted)
		err = ovl_vni_move_flood(ovl, vnif,
					 vnif->was_place ? &vnif->was : NULL,
					 vnif->was_place, NULL);
	/* Without memory for the list, all stay as the request has them */
	if (err < 0)
		return;
	vnif->was_unlisted = false;
	vnif->appended = vnif->was_appended;
	vnif->remote = vnif->was;
	swap(vnif->group, vnif->was_group);
}

/*
 * Give a device a VNI, or the VNI another remote; NULL: it stays as it is.
 * After the last of a request ovl_vni_keep() or ovl_vni_undo() must follow.
 */
static int ovl_vni_add(struct ovl_dev *ovl, u32 vni,
		       const struct ovl_addr *remote,
		       struct netlink_ext_ack *extack)
{
	struct ovl_vnif *vnif;
	int err;

	vnif = xa_load(&ovl->vnis, vni);
	if (!vnif) {
		vnif = ovl_vnif_new(ovl, vni, extack);
		if (IS_ERR(vnif))
			return PTR_ERR(vnif);
		xa_set_mark(&ovl->vnis, vni, OVL_VNI_NEW);
	}
	if (!remote || ovl_addr_equal(remote, &vnif->remote))
		return 0;
	err = ovl_vni_set_remote(ovl, vnif, remote, extack);
	/* What failed has changed nothing that would have to be undone */
	if (err || xa_get_mark(&ovl->vnis, vni, OVL_VNI_NEW))
		return err;
	xa_set_mark(&ovl->vnis, vni, OVL_VNI_MOVED);
	return 0;
}

static void ovl_vni_forget_was(struct ovl_dev *ovl, struct ovl_vnif *vnif)
{
	struct ovl_peer_key was;

	/* The list has nothing else and goes: that takes no memory */
	if (vnif->was_unlisted) {
		was = ovl_peer_key_of(&vnif->was, 0);
		ovl_fdb_move_flood(ovl, vnif->vni, &was, NULL, 0, NULL);
	}
	vnif->was_unlisted = false;
	ovl_vnif_leave(&vnif->was_group);
	if (vnif->was_peer)
		ovl_peer_put(vnif->was_peer);
	vnif->was_peer = NULL;
}

/* A request was carried out, or undone */
static void ovl_vni_keep(struct ovl_dev *ovl)
{
	struct ovl_vnif *vnif;
	unsigned long vni;

	xa_for_each_marked(&ovl->vnis, vni, vnif, OVL_VNI_MOVED) {
		ovl_vni_forget_was(ovl, vnif);
		xa_clear_mark(&ovl->vnis, vni, OVL_VNI_MOVED);
	}
	xa_for_each_marked(&ovl->vnis, vni, vnif, OVL_VNI_NEW)
		xa_clear_mark(&ovl->vnis, vni, OVL_VNI_NEW);
}

/* Take back all of ovl_vni_add() in a request */
static void ovl_vni_undo(struct ovl_dev *ovl)
{
	struct ovl_vnif *vnif;
	unsigned long vni;

	xa_for_each_marked(&ovl->vnis, vni, vnif, OVL_VNI_NEW) {
		ovl_vni_move_flood(ovl, vnif, NULL, 0, NULL);
		ovl_vnif_remove(ovl, vnif);
		cond_resched();
	}
	xa_for_each_marked(&ovl->vnis, vni, vnif, OVL_VNI_MOVED) {
		ovl_vni_reset_remote(ovl, vnif);
		cond_resched();
	}
	ovl_vni_keep(ovl);
}

static void ovl_vni_del_range(struct ovl_dev *ovl, u32 first, u32 last)
{
	struct ovl_vnif *vnif;
	unsigned long vni;

	xa_for_each_range(&ovl->vnis, vni, vnif, first, last) {
		ovl_vnif_remove(ovl, vnif);
		cond_resched();
	}
}

static int ovl_vni_compare(const void *a, const void *b)
{
	const struct ovl_vni_span *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/*
 * Take VNIs from a device, and what its FDB has of them: which is walked once.
 * @gone: room for @n
 */
static void ovl_vni_del(struct ovl_dev *ovl, const struct ovl_vni_ask *ranges,
			unsigned int n, struct ovl_vni_span *gone)
{
	unsigned int n_gone = 0, i;

	for (i = 0; i < n; i++) {
		if (!ranges[i].del)
			continue;
		ovl_vni_del_range(ovl, ranges[i].first, ranges[i].last);
		gone[n_gone].first = ranges[i].first;
		gone[n_gone++].last = ranges[i].last;
	}
	if (!n_gone)
		return;
	sort(gone, n_gone, sizeof(*gone), ovl_vni_compare, NULL);
	ovl_fdb_flush_vnis(ovl, gone, n_gone);
}

static int ovl_vni_add_range(struct ovl_dev *ovl,
			     const struct ovl_vni_ask *range,
			     struct netlink_ext_ack *extack)
{
	u32 vni;
	int err;

	for (vni = range->first; vni <= range->last; vni++) {
		err = ovl_vni_add(ovl, vni,
				  range->has_remote ? &range->remote : NULL,
				  extack);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int ovl_vni_carry_out(struct ovl_dev *ovl,
			     const struct ovl_vni_ask *ranges,
			     unsigned int n, struct ovl_vni_span *gone,
			     struct netlink_ext_ack *extack)
{
	struct ovl_conf_families was = ovl_conf_families(ovl);
	u8 families = 0;
	unsigned int i;
	int err;

	for (i = 0; i < n; i++)
		if (ranges[i].remote.family)
			families |= BIT(ovl_family_of(ranges[i].remote.family));
	err = ovl_conf_add_families(ovl, families, extack);
	if (err)
		return err;

	for (i = 0; i < n && !err; i++)
		if (!ranges[i].del)
			err = ovl_vni_add_range(ovl, &ranges[i], extack);
	if (err) {
		ovl_vni_undo(ovl);
		ovl_conf_reset_families(ovl, was);
		return err;
	}
	ovl_vni_keep(ovl);
	/* Nothing can fail any more */
	ovl_vni_del(ovl, ranges, n, gone);
	ovl_underlay_follow_endpoints(ovl);
	return 0;
}

/**
 * ovl_vni_netlink_change() - carry out IFLA_OVL_VNIS
 * @ovl: a live device
 * @attr: the attribute
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0, or an error, and then nothing has changed.
 */
int ovl_vni_netlink_change(struct ovl_dev *ovl, const struct nlattr *attr,
			   struct netlink_ext_ack *extack)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	struct ovl_vni_span *gone = NULL;
	struct ovl_vni_ask *ranges;
	unsigned int n = 0, i = 0;
	struct nlattr *nest;
	int rem, err = 0;

	if (!conf->vnifilter) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "vni: needs a device with vnifilter");
		return -EINVAL;
	}
	nla_for_each_nested(nest, attr, rem) {
		if (nla_type(nest) != OVL_VNI_RANGE) {
			NL_SET_ERR_MSG_ATTR(extack, nest, "vni: not a range");
			return -EINVAL;
		}
		n++;
	}
	ranges = kcalloc(n, sizeof(*ranges), GFP_KERNEL);
	if (!ranges)
		return -ENOMEM;
	nla_for_each_nested(nest, attr, rem) {
		err = ovl_vni_parse(&ranges[i], nest, conf, extack);
		if (!err)
			err = ovl_vni_check_range(ovl, ranges, i, nest, extack);
		if (err)
			goto out;
		i++;
	}
	err = -ENOMEM;
	gone = kcalloc(n, sizeof(*gone), GFP_KERNEL);
	if (gone)
		err = ovl_vni_carry_out(ovl, ranges, n, gone, extack);
out:
	kfree(gone);
	kfree(ranges);
	return err;
}
