// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configurations: from what a user asked for to what packets see, and back.
 *
 * All that can fail is done before a configuration is published, so that what
 * is refused has changed nothing, and a packet sees the old one or the new one.
 *
 * netlink.c parses and calls this; fdb_request.c has a device use another
 * family of the underlay; device.c releases all at a device's end.
 */
#include <linux/slab.h>

#include "conf.h"
#include "fdb.h"
#include "options.h"
#include "peer.h"
#include "recv.h"
#include "reflect.h"
#include "sock.h"
#include "underlay.h"
#include "vnis.h"

static sa_family_t ovl_conf_af(enum ovl_family family)
{
	return family == OVL_IPV6 ? AF_INET6 : AF_INET;
}

/**
 * ovl_conf_copy() - a configuration to be changed
 * @base: what it is at first
 *
 * Context: process.
 * Return: a configuration without sockets and peer, for the caller to give to
 * ovl_conf_change() or to ovl_conf_free(); or NULL.
 */
struct ovl_conf *ovl_conf_copy(const struct ovl_conf *base)
{
	struct ovl_conf *conf;

	conf = kmemdup(base, sizeof(*base), GFP_KERNEL);
	if (!conf)
		return NULL;
	memset(conf->sock, 0, sizeof(conf->sock));
	conf->peer = NULL;
	if (ovl_opts_copy_conf(conf, base)) {
		kfree(conf);
		return NULL;
	}
	if (conf->reflect)
		ovl_reflect_hold(conf->reflect);
	return conf;
}

/* Give back what a configuration shares; packets may be using it */
static void ovl_conf_put(struct ovl_conf *conf)
{
	enum ovl_family family;

	if (conf->peer)
		ovl_peer_put(conf->peer);
	for (family = 0; family < OVL_FAMILIES; family++)
		if (conf->sock[family])
			ovl_sock_put(conf->sock[family]);
}

/* What is its own; no packet uses it any more */
static void ovl_conf_strip(struct ovl_conf *conf)
{
	ovl_opts_free_conf(conf);
	if (conf->reflect)
		ovl_reflect_put(conf->reflect);
}

/**
 * ovl_conf_free() - free a configuration that no packet has seen
 * @conf: with or without sockets and peer
 *
 * Context: process, RTNL.
 */
void ovl_conf_free(struct ovl_conf *conf)
{
	ovl_conf_put(conf);
	ovl_conf_strip(conf);
	kfree(conf);
}

static void ovl_conf_free_rcu(struct rcu_head *rcu)
{
	struct ovl_conf *conf = container_of(rcu, struct ovl_conf, rcu);

	/* Those that the last packet of this configuration left behind */
	ovl_peers_forget_routes(conf->ovl);
	ovl_conf_strip(conf);
	kfree(conf);
}

static int ovl_conf_get_sock(struct ovl_dev *ovl, struct ovl_conf *conf,
			     const struct ovl_conf *old,
			     enum ovl_family family,
			     struct netlink_ext_ack *extack)
{
	struct ovl_sock *os = old ? old->sock[family] : NULL;

	if (os && ovl_sock_serves(os, conf)) {
		ovl_sock_hold(os);
		conf->sock[family] = os;
		/* The VNI that the device has itself is no obstacle */
		if (old->vni == conf->vni)
			return 0;
	} else {
		os = ovl_sock_get(ovl->net, conf, ovl_conf_af(family),
				  &ovl_recv_ops, extack);
		if (IS_ERR(os))
			return PTR_ERR(os);
		conf->sock[family] = os;
	}
	return ovl_vnis_check(ovl, conf, os, extack);
}

/* The families of its endpoints: the default one, and those in the FDB */
static u8 ovl_conf_find_families(const struct ovl_dev *ovl,
				 const struct ovl_conf *conf,
				 const struct ovl_conf *old)
{
	u8 families = BIT(ovl_family_of(ovl_conf_family(conf))) |
		      ovl->fdb_families;
	enum ovl_family family;

	/* An address that is set says the family, but for the user's entries */
	if (conf->local.family)
		return families;
	/* Their endpoints come with packets, of whichever family */
	if (conf->external || conf->reflect)
		families |= BIT(OVL_IPV4) |
			    (ipv6_mod_enabled() ? BIT(OVL_IPV6) : 0);
	for (family = 0; family < OVL_FAMILIES; family++) {
		u32 n = READ_ONCE(ovl->peers.n[family]);

		/* The old default endpoint goes, unless more was learned of it */
		if (old && old->peer && ovl_peer_family(old->peer) == family &&
		    !ovl_peer_is_shared(old->peer))
			n--;
		if (n)
			families |= BIT(family);
	}
	return families;
}

/**
 * ovl_conf_acquire() - give a configuration its peer and its sockets
 * @ovl: whose it is to be
 * @conf: parsed
 * @extack: names the cause of an error
 *
 * What the device has now is shared where it does.
 *
 * Context: process, RTNL.
 * Return: 0; -EEXIST if another device has the VNI; an error of opening a
 * socket; -ENOMEM.  In any case the caller frees it by ovl_conf_free(), unless
 * it is published.
 */
int ovl_conf_acquire(struct ovl_dev *ovl, struct ovl_conf *conf,
		     struct netlink_ext_ack *extack)
{
	const struct ovl_conf *old = rtnl_dereference(ovl->conf);
	struct ovl_peer_key key;
	enum ovl_family family;
	int err;

	conf->ovl = ovl;
	conf->families |= ovl_conf_find_families(ovl, conf, old);
	if (conf->remote.family) {
		key = ovl_peer_key_of(&conf->remote, 0);
		conf->peer = ovl_peer_get(ovl, &key, GFP_KERNEL);
		if (!conf->peer)
			return -ENOMEM;
	}
	for (family = 0; family < OVL_FAMILIES; family++) {
		if (!(conf->families & BIT(family)))
			continue;
		err = ovl_conf_get_sock(ovl, conf, old, family, extack);
		if (err)
			return err;
	}
	return 0;
}

/**
 * ovl_conf_start() - a new device begins to work
 * @ovl: registered, with its first configuration in place
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0 or an error, upon which the caller unregisters the device.
 */
int ovl_conf_start(struct ovl_dev *ovl, struct netlink_ext_ack *extack)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	struct net_device *lower;
	int err;

	err = ovl_underlay_link(ovl, conf->link, &lower, extack);
	if (err)
		return err;
	ovl->lower = lower;
	if (conf->peer) {
		err = ovl_fdb_create_flood(ovl, conf->peer, false);
		if (err)
			return err;
	}
	err = ovl_vnis_prepare(ovl, conf, NULL, extack);
	if (err)
		return err;
	ovl_vnis_commit(ovl, conf);
	list_add_tail(&ovl->list, &ovl_net_of(ovl->net)->devs);
	return 0;
}

static bool ovl_conf_has_moved(const struct ovl_conf *conf,
			       const struct ovl_conf *old)
{
	enum ovl_family family;

	for (family = 0; family < OVL_FAMILIES; family++)
		if (conf->sock[family] && old->sock[family] &&
		    conf->sock[family] != old->sock[family])
			return true;
	return false;
}

/* What cannot fail any more */
static void ovl_conf_publish(struct ovl_dev *ovl, struct ovl_conf *conf,
			     struct ovl_conf *old,
			     const struct ovl_fdb_plan *plan)
{
	spin_lock_bh(&ovl->fdb.lock);
	write_seqcount_begin(&ovl->change);
	rcu_assign_pointer(ovl->conf, conf);
	ovl_fdb_commit(ovl, plan);
	write_seqcount_end(&ovl->change);
	ovl_fdb_finish(ovl, plan, false);
	spin_unlock_bh(&ovl->fdb.lock);
	ovl_peers_forget_routes(ovl);
	/*
	 * A packet that the new socket got before it had the VNI looks for it at
	 * the old one, and so does one that UDP gave to the old one alone.
	 */
	if (ovl_conf_has_moved(conf, old))
		synchronize_net();
	ovl_vnis_commit(ovl, conf);
	ovl_conf_put(old);
	call_rcu(&old->rcu, ovl_conf_free_rcu);
	ovl_fdb_start(ovl);
}

/**
 * ovl_conf_change() - a live device takes on another configuration
 * @ovl: the device
 * @conf: parsed; owned by the device from now on, or freed with an error
 * @extack: names the cause of an error
 *
 * The caller has the device follow its underlay when all that was asked is
 * done: the MTU of a request that is refused later is news to nobody.
 *
 * Context: process, RTNL.
 * Return: 0, or an error, and then nothing has changed.
 */
int ovl_conf_change(struct ovl_dev *ovl, struct ovl_conf *conf,
		    struct netlink_ext_ack *extack)
{
	struct ovl_conf *old = rtnl_dereference(ovl->conf);
	struct net_device *lower = ovl->lower, *was = lower;
	struct ovl_fdb_plan plan;
	int err;

	err = ovl_conf_acquire(ovl, conf, extack);
	if (err)
		goto err_free;
	err = ovl_vnis_prepare(ovl, conf, old, extack);
	if (err)
		goto err_free;
	if (conf->link != old->link) {
		err = ovl_underlay_relink(ovl, conf->link, &lower, extack);
		if (err)
			goto err_vnis;
	}
	/* The last that can fail */
	err = ovl_fdb_plan_default(ovl, old->peer, conf->peer, &plan);
	if (err)
		goto err_link;

	if (lower != was && ovl->lower)
		netdev_upper_dev_unlink(ovl->lower, ovl->dev);
	ovl->lower = lower;
	ovl_conf_publish(ovl, conf, old, &plan);
	return 0;

err_link:
	if (lower != was) {
		if (lower)
			netdev_upper_dev_unlink(lower, ovl->dev);
		if (was && !ovl->lower &&
		    !netdev_upper_dev_link(was, ovl->dev, NULL))
			ovl->lower = was;
	}
err_vnis:
	ovl_vnis_abort(ovl, conf);
err_free:
	ovl_conf_free(conf);
	return err;
}

/**
 * ovl_conf_add_families() - have a device use more families of the underlay
 * @ovl: the device
 * @families: a bit for each enum ovl_family
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0; -EEXIST if another device has the VNI there; an error of opening
 * a socket; -ENOMEM.
 */
int ovl_conf_add_families(struct ovl_dev *ovl, u8 families,
			  struct netlink_ext_ack *extack)
{
	const struct ovl_conf *old = rtnl_dereference(ovl->conf);
	struct ovl_conf *conf;
	int err;

	if ((old->families & families) != families) {
		conf = ovl_conf_copy(old);
		if (!conf)
			return -ENOMEM;
		conf->families |= families;
		err = ovl_conf_change(ovl, conf, extack);
		if (err)
			return err;
	}
	ovl->fdb_families |= families;
	return 0;
}

/**
 * ovl_conf_families() - the families that a device uses
 * @ovl: the device
 *
 * Context: process, RTNL.
 * Return: what ovl_conf_reset_families() goes back to.
 */
struct ovl_conf_families ovl_conf_families(const struct ovl_dev *ovl)
{
	return (struct ovl_conf_families) {
		.all	= rtnl_dereference(ovl->conf)->families,
		.fdb	= ovl->fdb_families,
	};
}

/**
 * ovl_conf_reset_families() - undo ovl_conf_add_families()
 * @ovl: the device
 * @was: what ovl_conf_families() told before
 *
 * Does nothing if there is no memory: what is open too much does no harm.
 *
 * Context: process, RTNL.
 */
void ovl_conf_reset_families(struct ovl_dev *ovl,
			     struct ovl_conf_families was)
{
	const struct ovl_conf *old = rtnl_dereference(ovl->conf);
	struct ovl_conf *conf;

	ovl->fdb_families = was.fdb;
	if (old->families == was.all)
		return;
	conf = ovl_conf_copy(old);
	if (!conf)
		return;
	conf->families = was.all;
	ovl_conf_change(ovl, conf, NULL);
}

/**
 * ovl_conf_release() - give back all that a device holds
 * @ovl: a grace period after ovl_vnis_unreach()
 *
 * Context: process, RTNL; may sleep.
 */
void ovl_conf_release(struct ovl_dev *ovl)
{
	struct ovl_conf *conf = rtnl_dereference(ovl->conf);

	hash_del(&ovl->by_underlay);
	ovl_vnis_destroy(ovl);
	ovl_fdb_destroy(ovl);
	RCU_INIT_POINTER(ovl->conf, NULL);
	ovl_conf_put(conf);
	ovl_conf_strip(conf);
	/* sysfs may still be asking for the underlay device: ndo_get_iflink */
	kfree_rcu(conf, rcu);
	ovl_peers_destroy(ovl);
}
