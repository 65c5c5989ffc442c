// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VNIs of a device: how they come, go, and move to other sockets.
 *
 * All under RTNL; packets see counters and the tables of the sockets alone.
 */
#include <linux/slab.h>

#include "group.h"
#include "sock.h"
#include "vnis.h"

/**
 * ovl_vnis_init() - a device without VNIs
 * @ovl: the device
 *
 * Context: process.
 */
void ovl_vnis_init(struct ovl_dev *ovl)
{
	xa_init_flags(&ovl->vnis, XA_FLAGS_ACCOUNT);
}

static u32 ovl_vnif_vni(const struct ovl_dev *ovl,
			const struct ovl_conf *conf,
			const struct ovl_vnif *vnif)
{
	return vnif == &ovl->own ? conf->vni : vnif->vni;
}

static const struct ovl_addr *ovl_vnif_remote(const struct ovl_dev *ovl,
					      const struct ovl_conf *conf,
					      const struct ovl_vnif *vnif)
{
	return vnif == &ovl->own ? &conf->remote : &vnif->remote;
}

/* The first VNI of a device, then the one after @vnif, then NULL; may sleep */
static struct ovl_vnif *ovl_vnis_next(struct ovl_dev *ovl,
				      const struct ovl_conf *conf,
				      const struct ovl_vnif *vnif)
{
	unsigned long vni;

	if (!conf->vnifilter)
		return vnif ? NULL : &ovl->own;
	cond_resched();
	if (!vnif) {
		vni = 0;
		return xa_find(&ovl->vnis, &vni, OVL_VNI_MAX, XA_PRESENT);
	}
	vni = vnif->vni;
	return xa_find_after(&ovl->vnis, &vni, OVL_VNI_MAX, XA_PRESENT);
}

static void ovl_vnif_detach(struct ovl_vni *entry[OVL_FAMILIES])
{
	enum ovl_family family;

	for (family = 0; family < OVL_FAMILIES; family++) {
		if (entry[family])
			ovl_vni_detach(entry[family]);
		entry[family] = NULL;
	}
}

/**
 * ovl_vnif_join() - the membership that the remote of a VNI asks for
 * @ovl: device that is up
 * @conf: its configuration, with a socket of the family of @remote
 * @remote: a host, a group, or nothing
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: the membership, for the caller to ovl_vnif_leave(); NULL if none is
 * asked for; or an error.
 */
struct ovl_group *ovl_vnif_join(struct ovl_dev *ovl,
				const struct ovl_conf *conf,
				const struct ovl_addr *remote,
				struct netlink_ext_ack *extack)
{
	struct ovl_group *group;

	if (!ovl_addr_is_multicast(remote))
		return NULL;
	group = ovl_group_join(ovl, conf, remote);
	if (IS_ERR(group))
		NL_SET_ERR_MSG_FMT(extack, "group: cannot join: error %ld",
				   PTR_ERR(group));
	return group;
}

/**
 * ovl_vnif_leave() - the end of ovl_vnif_join()
 * @group: the membership, or NULL; set to NULL
 *
 * Context: process, RTNL.
 */
void ovl_vnif_leave(struct ovl_group **group)
{
	if (*group)
		ovl_group_leave(*group);
	*group = NULL;
}

static void ovl_vnif_abort(struct ovl_vnif *vnif)
{
	ovl_vnif_detach(vnif->next);
	ovl_vnif_leave(&vnif->next_group);
}

/* Have the sockets of @conf know a VNI, where @old, if any, does not do that */
static int ovl_vnif_prepare(struct ovl_dev *ovl, const struct ovl_conf *conf,
			    const struct ovl_conf *old, struct ovl_vnif *vnif,
			    struct netlink_ext_ack *extack)
{
	u32 vni = ovl_vnif_vni(ovl, conf, vnif);
	struct ovl_group *group;
	enum ovl_family family;
	struct ovl_vni *entry;
	int err;

	for (family = 0; family < OVL_FAMILIES; family++) {
		if (!conf->sock[family] ||
		    (old && conf->sock[family] == old->sock[family] &&
		     vni == ovl_vnif_vni(ovl, old, vnif)))
			continue;
		entry = ovl_vni_attach(conf->sock[family], vni, ovl,
				       vnif->traffic);
		if (IS_ERR(entry)) {
			err = PTR_ERR(entry);
			goto err_abort;
		}
		vnif->next[family] = entry;
	}
	if (!netif_running(ovl->dev))
		return 0;
	group = ovl_vnif_join(ovl, conf, ovl_vnif_remote(ovl, conf, vnif),
			      extack);
	if (IS_ERR(group)) {
		err = PTR_ERR(group);
		goto err_abort;
	}
	vnif->next_group = group;
	return 0;

err_abort:
	ovl_vnif_abort(vnif);
	return err;
}

static void ovl_vnif_commit(struct ovl_vnif *vnif, const struct ovl_conf *conf)
{
	struct ovl_vni *gone[OVL_FAMILIES] = {};
	enum ovl_family family;

	for (family = 0; family < OVL_FAMILIES; family++) {
		if (!vnif->next[family] && conf->sock[family])
			continue;
		gone[family] = vnif->entry[family];
		vnif->entry[family] = vnif->next[family];
		vnif->next[family] = NULL;
	}
	ovl_vnif_detach(gone);
	ovl_vnif_leave(&vnif->group);
	swap(vnif->group, vnif->next_group);
}

/**
 * ovl_vnis_complaint() - what is wrong with a remote of a VNI?
 * @conf: configuration of the device
 * @remote: a host, a group, or nothing
 *
 * Context: any.
 * Return: words, or NULL: all is well.
 */
const char *ovl_vnis_complaint(const struct ovl_conf *conf,
			       const struct ovl_addr *remote)
{
	if (ovl_addr_is_linklocal(remote) && !conf->link)
		return "a link-local remote needs dev";
	if (!ovl_addr_is_multicast(remote))
		return NULL;
	if (!conf->link)
		return "a group needs dev, the device to join it on";
	/* What goes to a group goes to no local address */
	if (conf->local.family == remote->family)
		return "a group cannot be received with local";
	return NULL;
}

/**
 * ovl_vnis_judge() - are the remotes of a device's VNIs right for it?
 * @ovl: the device, with vnifilter
 * @conf: its configuration to be
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0 or -EINVAL.
 */
int ovl_vnis_judge(struct ovl_dev *ovl, const struct ovl_conf *conf,
		   struct netlink_ext_ack *extack)
{
	const char *complaint;
	struct ovl_vnif *vnif;
	unsigned long vni;

	xa_for_each(&ovl->vnis, vni, vnif) {
		complaint = ovl_vnis_complaint(conf, &vnif->remote);
		if (!complaint)
			continue;
		NL_SET_ERR_MSG_FMT(extack, "vni %lu: %s", vni, complaint);
		return -EINVAL;
	}
	return 0;
}

/**
 * ovl_vnis_check() - are the VNIs of a device free at a socket?
 * @ovl: the device
 * @conf: its configuration to be
 * @os: a socket of @conf that is not one of the device's yet, or @conf has
 *	another VNI
 * @extack: names the device that has one
 *
 * Context: process, RTNL.
 * Return: 0 or -EEXIST.
 */
int ovl_vnis_check(struct ovl_dev *ovl, const struct ovl_conf *conf,
		   const struct ovl_sock *os, struct netlink_ext_ack *extack)
{
	struct ovl_vnif *vnif;
	int err;

	for (vnif = ovl_vnis_next(ovl, conf, NULL); vnif;
	     vnif = ovl_vnis_next(ovl, conf, vnif)) {
		err = ovl_vni_check(os, ovl_vnif_vni(ovl, conf, vnif), extack);
		if (err)
			return err;
	}
	return 0;
}

/**
 * ovl_vnis_prepare() - all that can fail when a configuration is changed
 * @ovl: the device
 * @conf: its configuration to be, with sockets
 * @old: its configuration, or NULL
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0, and ovl_vnis_commit() or ovl_vnis_abort() must follow; or an
 * error.
 */
int ovl_vnis_prepare(struct ovl_dev *ovl, const struct ovl_conf *conf,
		     const struct ovl_conf *old,
		     struct netlink_ext_ack *extack)
{
	struct ovl_vnif *vnif;
	int err;

	for (vnif = ovl_vnis_next(ovl, conf, NULL); vnif;
	     vnif = ovl_vnis_next(ovl, conf, vnif)) {
		err = ovl_vnif_prepare(ovl, conf, old, vnif, extack);
		if (err) {
			ovl_vnis_abort(ovl, conf);
			return err;
		}
	}
	return 0;
}

/**
 * ovl_vnis_abort() - undo ovl_vnis_prepare()
 * @ovl: the device
 * @conf: as for ovl_vnis_prepare()
 *
 * Context: process, RTNL.
 */
void ovl_vnis_abort(struct ovl_dev *ovl, const struct ovl_conf *conf)
{
	struct ovl_vnif *vnif;

	for (vnif = ovl_vnis_next(ovl, conf, NULL); vnif;
	     vnif = ovl_vnis_next(ovl, conf, vnif))
		ovl_vnif_abort(vnif);
}

/**
 * ovl_vnis_commit() - finish ovl_vnis_prepare()
 * @ovl: the device
 * @conf: as for ovl_vnis_prepare(); packets see it already
 *
 * Context: process, RTNL.
 */
void ovl_vnis_commit(struct ovl_dev *ovl, const struct ovl_conf *conf)
{
	struct ovl_vnif *vnif;

	for (vnif = ovl_vnis_next(ovl, conf, NULL); vnif;
	     vnif = ovl_vnis_next(ovl, conf, vnif))
		ovl_vnif_commit(vnif, conf);
}

/**
 * ovl_vnis_unreach() - packets find a device no more
 * @ovl: the device
 *
 * Context: process, RTNL.
 */
void ovl_vnis_unreach(struct ovl_dev *ovl)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	struct ovl_vnif *vnif;

	for (vnif = ovl_vnis_next(ovl, conf, NULL); vnif;
	     vnif = ovl_vnis_next(ovl, conf, vnif))
		ovl_vnif_detach(vnif->entry);
}

/**
 * ovl_vnis_join() - join all multicast groups of a device that goes up
 * @ovl: the device
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0, or an error, and then it is a member of none.
 */
int ovl_vnis_join(struct ovl_dev *ovl, struct netlink_ext_ack *extack)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	struct ovl_group *group;
	struct ovl_vnif *vnif;

	for (vnif = ovl_vnis_next(ovl, conf, NULL); vnif;
	     vnif = ovl_vnis_next(ovl, conf, vnif)) {
		group = ovl_vnif_join(ovl, conf,
				      ovl_vnif_remote(ovl, conf, vnif), extack);
		if (IS_ERR(group)) {
			ovl_vnis_leave(ovl);
			return PTR_ERR(group);
		}
		vnif->group = group;
	}
	return 0;
}

/**
 * ovl_vnis_leave() - leave all multicast groups
 * @ovl: a device that goes down
 *
 * Context: process, RTNL.
 */
void ovl_vnis_leave(struct ovl_dev *ovl)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	struct ovl_vnif *vnif;

	for (vnif = ovl_vnis_next(ovl, conf, NULL); vnif;
	     vnif = ovl_vnis_next(ovl, conf, vnif))
		ovl_vnif_leave(&vnif->group);
}

static void ovl_vnif_free(struct ovl_vnif *vnif)
{
	free_percpu(vnif->traffic);
	kfree(vnif);
}

static void ovl_vnif_free_rcu(struct rcu_head *rcu)
{
	ovl_vnif_free(container_of(rcu, struct ovl_vnif, rcu));
}

/**
 * ovl_vnif_remove() - a VNI goes: its places in the tables and in its group
 * @ovl: the device
 * @vnif: one of ovl_dev.vnis; what the FDB has of it is left to the caller
 *
 * Context: process, RTNL.
 */
void ovl_vnif_remove(struct ovl_dev *ovl, struct ovl_vnif *vnif)
{
	xa_erase(&ovl->vnis, vnif->vni);
	ovl->n_vnis--;
	ovl_vnif_detach(vnif->entry);
	ovl_vnif_leave(&vnif->group);
	call_rcu(&vnif->rcu, ovl_vnif_free_rcu);
}

/**
 * ovl_vnif_new() - a VNI comes
 * @ovl: the device, with vnifilter
 * @vni: a VNI that it does not have
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: the VNI, which is in ovl_dev.vnis, or an error: -EEXIST if another
 * device has it.
 */
struct ovl_vnif *ovl_vnif_new(struct ovl_dev *ovl, u32 vni,
			      struct netlink_ext_ack *extack)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	struct ovl_vnif *vnif;
	enum ovl_family family;
	int err;

	for (family = 0; family < OVL_FAMILIES; family++) {
		if (!conf->sock[family])
			continue;
		err = ovl_vni_check(conf->sock[family], vni, extack);
		if (err)
			return ERR_PTR(err);
	}
	vnif = kzalloc(sizeof(*vnif), GFP_KERNEL_ACCOUNT);
	if (!vnif)
		return ERR_PTR(-ENOMEM);
	vnif->vni = vni;
	vnif->traffic = ovl_traffic_alloc(GFP_KERNEL_ACCOUNT);
	err = -ENOMEM;
	if (!vnif->traffic)
		goto err_free;
	err = xa_err(xa_store(&ovl->vnis, vni, vnif, GFP_KERNEL_ACCOUNT));
	if (err)
		goto err_free;
	err = ovl_vnif_prepare(ovl, conf, NULL, vnif, extack);
	if (err)
		goto err_erase;
	ovl_vnif_commit(vnif, conf);
	ovl->n_vnis++;
	return vnif;

err_erase:
	xa_erase(&ovl->vnis, vni);
err_free:
	/* In the array it could be found by its VNI */
	call_rcu(&vnif->rcu, ovl_vnif_free_rcu);
	return ERR_PTR(err);
}

/**
 * ovl_vnis_destroy() - the end of ovl_vnis_init()
 * @ovl: a device that nobody sends by any more, a grace period after
 *	ovl_vnis_unreach()
 *
 * Context: process, RTNL.
 */
void ovl_vnis_destroy(struct ovl_dev *ovl)
{
	struct ovl_vnif *vnif;
	unsigned long vni;

	xa_for_each(&ovl->vnis, vni, vnif) {
		ovl_vnif_free(vnif);
		cond_resched();
	}
	xa_destroy(&ovl->vnis);
}
