// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device takes from its underlay: MTU and headroom, which follow it, and
 * the tie between the two devices that the core knows of.  Both, and the size
 * of super-packets, leave room for the outer headers with their options.
 *
 * Called by conf.c when a device is configured, by device.c when it goes up,
 * by main.c when the underlay changes.
 */
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/udp.h>
#include <net/addrconf.h>

#include "options.h"
#include "peer.h"
#include "route.h"
#include "underlay.h"

/*
 * The outer lengths are 16 bits wide.  What the stack makes of TCP, 65,300
 * bytes at most, must pass in one piece, and so must a VLAN tag with it; what
 * would not fit is cut into segments before it comes here.
 */
#define OVL_UNDERLAY_GSO_MAX						       \
	(GSO_LEGACY_MAX_SIZE - sizeof(struct iphdr) -			       \
	 sizeof(struct udphdr) - sizeof(struct geneve_hdr) - VLAN_HLEN)

/* Bytes of headroom that a device asks for at most; what takes more is copied */
#define OVL_HEADROOM_MAX	512

/* The default peer, or any */
static struct ovl_peer *ovl_underlay_peer(struct ovl_dev *ovl,
					  const struct ovl_conf *conf)
{
	unsigned long id = 0;

	return conf->peer ? : xa_find(&ovl->peers.by_id, &id, ULONG_MAX,
				      XA_PRESENT);
}

/* The device that has the outer source address, if one was given */
static struct net_device *ovl_underlay_of_local(struct ovl_dev *ovl,
						const struct ovl_addr *local)
{
	if (local->family == AF_INET)
		return __ip_dev_find(ovl->net, local->v4, false);
	if (local->family == AF_INET6)
		return ipv6_dev_find(ovl->net, &local->v6, NULL);
	return NULL;
}

/* The device that the route to a peer leads to, if there is one */
static struct net_device *ovl_underlay_of_peer(struct ovl_dev *ovl,
					       const struct ovl_conf *conf)
{
	struct ovl_route_key key = {};
	struct net_device *dev = NULL;
	struct ovl_route route;
	struct ovl_peer *peer;

	/* A peer may go while its route is looked up, unless RCU holds it */
	rcu_read_lock();
	peer = ovl_underlay_peer(ovl, conf);
	if (peer && conf->sock[ovl_peer_family(peer)]) {
		ovl_peer_route(peer, conf, &key);
		if (!ovl_route_find(ovl, conf, &key, NULL, &route)) {
			/* RTNL keeps it when the route is put */
			dev = __dev_get_by_index(ovl->net,
						 route.dst->dev->ifindex);
			ovl_route_put(&route);
		}
	}
	rcu_read_unlock();
	return dev;
}

/* What was given; or, as metadata may name any endpoint, a packet has left by */
static struct net_device *ovl_underlay_of_device(struct ovl_dev *ovl,
						 const struct ovl_conf *conf)
{
	struct net_device *dev;

	dev = __dev_get_by_index(ovl->net,
				 conf->link ? : READ_ONCE(ovl->left_by));
	if (dev)
		return dev;
	rcu_read_lock();
	dev = ovl_underlay_of_local(ovl, &conf->local);
	rcu_read_unlock();
	return dev;
}

/* The longest headers that the device may send, but for options */
static unsigned int ovl_underlay_hlen(const struct ovl_conf *conf)
{
	return ovl_outer_hlen(conf->families & BIT(OVL_IPV6) ? AF_INET6 :
							       AF_INET);
}

static void ovl_underlay_set_gso(struct ovl_dev *ovl,
				 const struct ovl_conf *conf)
{
	unsigned int size = OVL_UNDERLAY_GSO_MAX - ovl_opts_most(ovl, conf);

	if (ovl->dev->tso_max_size != size)
		netif_set_tso_max_size(ovl->dev, size);
}

static void ovl_underlay_set_mtu(struct ovl_dev *ovl, int mtu)
{
	struct net_device *dev = ovl->dev;

	mtu = clamp(mtu, (int)dev->min_mtu, (int)dev->max_mtu);
	if (mtu == dev->mtu)
		return;
	/* Not registered yet: nobody to tell */
	if (dev->reg_state == NETREG_UNINITIALIZED) {
		dev->mtu = mtu;
		return;
	}
	ovl->mtu_following = true;
	dev_set_mtu(dev, mtu);
	ovl->mtu_following = false;
}

/* How many devices that stand on each other are being asked to follow; RTNL */
static unsigned int ovl_underlay_depth;

/*
 * What xmit.c will ask for, or a frame is copied.  For either family: a bridge
 * takes note of it only when it gets the port.  Devices that lead to each other
 * in a ring would add theirs without end, and the core counts in 16 bits.
 */
static void ovl_underlay_set_headroom(struct net_device *dev,
				      unsigned int headroom)
{
	WRITE_ONCE(dev->needed_headroom,
		   min_t(unsigned int, headroom, OVL_HEADROOM_MAX));
}

/**
 * ovl_underlay_follow() - take MTU and headroom from the underlay
 * @ovl: the device, configured
 *
 * RFC 8926 section 4.4.1.  An MTU that the user has set stays.  Without a
 * route things stay as they are, which is Ethernet at first, and the underlay
 * is asked again when there may be one.
 *
 * A new MTU is news to the devices whose routes lead through this one, and so
 * on.  Routes may also lead in a ring: a device that is in the middle of this
 * is not asked again, nor one that stands deeper than xmit.c lets packets go.
 *
 * Context: process, RTNL.
 */
void ovl_underlay_follow(struct ovl_dev *ovl)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	unsigned int opts = ovl_opts_space(ovl, conf);
	unsigned int hlen = ovl_underlay_hlen(conf) + opts;
	unsigned int room = ovl_outer_hlen(AF_INET6) + opts;
	struct ovl_net *on = ovl_net_of(ovl->net);
	struct net_device *dev = ovl->dev;
	struct net_device *underlay;
	int mtu;

	ASSERT_RTNL();
	if (ovl->mtu_following || ovl_underlay_depth > OVL_NEST_MAX)
		return;

	ovl_underlay_set_gso(ovl, conf);
	/* The device that packets leave by, as far as can be known now */
	underlay = ovl_underlay_of_peer(ovl, conf);
	ovl->followed = underlay ? conf->families : 0;
	if (!underlay)
		underlay = ovl_underlay_of_device(ovl, conf);
	WRITE_ONCE(ovl->underlay, underlay ? underlay->ifindex : 0);
	hash_del(&ovl->by_underlay);
	hash_add(on->by_underlay, &ovl->by_underlay, ovl->underlay);

	if (underlay) {
		mtu = underlay->mtu;
		room += LL_RESERVED_SPACE(underlay);
	} else if (dev->reg_state == NETREG_UNINITIALIZED) {
		mtu = ETH_DATA_LEN;
		room += LL_MAX_HEADER;
	} else {
		return;
	}
	ovl_underlay_set_headroom(dev, room);
	if (ovl->mtu_user)
		return;
	ovl_underlay_depth++;
	ovl_underlay_set_mtu(ovl, mtu - (int)hlen - dev->hard_header_len);
	ovl_underlay_depth--;
}

/**
 * ovl_underlay_follow_endpoints() - the same, for endpoints the user has given
 * @ovl: the device
 *
 * Only for the first that there is a route to, and the first of a family.
 *
 * Context: process, RTNL.
 */
void ovl_underlay_follow_endpoints(struct ovl_dev *ovl)
{
	if (ovl->followed != rtnl_dereference(ovl->conf)->families)
		ovl_underlay_follow(ovl);
}

/**
 * ovl_underlay_follow_work() - the same, from a packet's wish
 * @work: ovl_dev.follow
 *
 * Context: process.
 */
void ovl_underlay_follow_work(struct work_struct *work)
{
	struct ovl_dev *ovl = container_of(work, struct ovl_dev, follow);

	rtnl_lock();
	if (ovl->dev->reg_state == NETREG_REGISTERED)
		ovl_underlay_follow(ovl);
	rtnl_unlock();
	dev_put(ovl->dev);
}

/**
 * ovl_underlay_link() - stand on an underlay device
 * @ovl: the device
 * @ifindex: of the underlay device; 0 for none
 * @lower: set to that device, or NULL
 * @extack: names the cause of an error
 *
 * The core then knows of it: the underlay device does not go without asking
 * (main.c), nor comes to stand on the device itself.
 *
 * Context: process, RTNL.
 * Return: 0 or an error of netdev_upper_dev_link().
 */
int ovl_underlay_link(struct ovl_dev *ovl, u32 ifindex,
		      struct net_device **lower,
		      struct netlink_ext_ack *extack)
{
	int err;

	*lower = NULL;
	if (!ifindex)
		return 0;
	*lower = __dev_get_by_index(ovl->net, ifindex);
	err = netdev_upper_dev_link(*lower, ovl->dev, extack);
	if (err == -EBUSY)
		NL_SET_ERR_MSG_FMT(extack, "dev: %s stands on this device itself",
				   netdev_name(*lower));
	else if (err == -EMLINK)
		NL_SET_ERR_MSG_FMT(extack, "dev: too many devices stand on each other below %s",
				   netdev_name(ovl->dev));
	return err;
}

/**
 * ovl_underlay_relink() - the same for a device that may stand on another one
 * @ovl: the device
 * @ifindex: of the new underlay device; 0 for none
 * @lower: set to that device, or NULL; the old one, ovl_dev.lower, is still
 *	linked, or was set to NULL
 * @extack: names the cause of an error
 *
 * The new one may be a part of the old one (a port of the VRF, say), over which
 * the device then counts as standing on it: the core wants the old link undone
 * first.
 *
 * Context: process, RTNL.
 * Return: 0 or an error of netdev_upper_dev_link().
 */
int ovl_underlay_relink(struct ovl_dev *ovl, u32 ifindex,
			struct net_device **lower,
			struct netlink_ext_ack *extack)
{
	struct net_device *old = ovl->lower;
	int err;

	err = ovl_underlay_link(ovl, ifindex, lower, extack);
	if (err != -EEXIST || !old)
		return err;

	netdev_upper_dev_unlink(old, ovl->dev);
	ovl->lower = NULL;
	err = ovl_underlay_link(ovl, ifindex, lower, extack);
	if (err && !netdev_upper_dev_link(old, ovl->dev, NULL))
		ovl->lower = old;
	return err;
}
