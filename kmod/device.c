// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netdevice: what the stack and ethtool see of it, its MTU and headroom,
 * which follow the underlay, and the memory that lives as long as it.
 *
 * netlink.c makes devices with this; main.c tells when the underlay changes.
 */
#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/slab.h>
#include <linux/udp.h>

#include "device.h"
#include "peer.h"
#include "sock.h"
#include "xmit.h"

/*
 * The outer lengths are 16 bits wide.  What the stack makes of TCP, 65,300
 * bytes at most, must pass in one piece, and so must a VLAN tag with it; what
 * would not fit is cut into segments before it comes here.
 */
#define OVL_GSO_MAX_SIZE						       \
	(GSO_LEGACY_MAX_SIZE - sizeof(struct iphdr) -			       \
	 sizeof(struct udphdr) - sizeof(struct geneve_hdr) - VLAN_HLEN)

/* What cannot be cut: with the longest headers, VLAN tags and options */
#define OVL_MTU_MAX		(IP_MAX_MTU - 512)

static int ovl_ndo_init(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	int err;

	ovl->counters = ovl_stats_alloc();
	if (!ovl->counters)
		return -ENOMEM;
	err = gro_cells_init(&ovl->gro_cells, dev);
	if (err)
		goto err_counters;
	netdev_lockdep_set_classes(dev);
	return 0;

err_counters:
	free_percpu(ovl->counters);
	return err;
}

/* Nobody sends any more, and netlink.c has made the device unreachable */
static void ovl_ndo_uninit(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_conf *conf = rtnl_dereference(ovl->conf);

	if (ovl->lower)
		netdev_upper_dev_unlink(ovl->lower, dev);
	hash_del(&ovl->by_underlay);
	gro_cells_destroy(&ovl->gro_cells);
	free_percpu(ovl->counters);
	RCU_INIT_POINTER(ovl->conf, NULL);
	ovl_sock_put(conf->sock);
	ovl_conf_free(conf);
}

/* Routes, and with them the MTU, may have come since the device was made */
static int ovl_ndo_open(struct net_device *dev)
{
	ovl_device_follow(netdev_priv(dev));
	return 0;
}

static int ovl_ndo_change_mtu(struct net_device *dev, int mtu)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	if (!ovl->mtu_following)
		ovl->mtu_user = true;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static void ovl_ndo_get_stats64(struct net_device *dev,
				struct rtnl_link_stats64 *stats)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	dev_get_tstats64(dev, stats);
	ovl_stats_add_to(ovl->counters, stats);
}

/* The underlay device, for "tun0@eth0"; linkwatch asks without RTNL */
static int ovl_ndo_get_iflink(const struct net_device *dev)
{
	const struct ovl_dev *ovl = netdev_priv(dev);
	const struct ovl_conf *conf;
	int ifindex = dev->ifindex;

	rcu_read_lock();
	conf = rcu_dereference(ovl->conf);
	if (conf && conf->link)
		ifindex = conf->link;
	rcu_read_unlock();
	return ifindex;
}

static const struct net_device_ops ovl_netdev_ops = {
	.ndo_init		= ovl_ndo_init,
	.ndo_uninit		= ovl_ndo_uninit,
	.ndo_open		= ovl_ndo_open,
	.ndo_start_xmit		= ovl_xmit,
	.ndo_change_mtu		= ovl_ndo_change_mtu,
	.ndo_get_stats64	= ovl_ndo_get_stats64,
	.ndo_get_iflink		= ovl_ndo_get_iflink,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_set_mac_address	= eth_mac_addr,
	/* More than one VLAN tag is no reason to cut a super-packet here */
	.ndo_features_check	= passthru_features_check,
};

/* The same without Ethernet: there is no address to set or to validate */
static const struct net_device_ops ovl_netdev_ops_l3 = {
	.ndo_init		= ovl_ndo_init,
	.ndo_uninit		= ovl_ndo_uninit,
	.ndo_open		= ovl_ndo_open,
	.ndo_start_xmit		= ovl_xmit,
	.ndo_change_mtu		= ovl_ndo_change_mtu,
	.ndo_get_stats64	= ovl_ndo_get_stats64,
	.ndo_get_iflink		= ovl_ndo_get_iflink,
};

static void ovl_ethtool_drvinfo(struct net_device *dev,
				struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
}

static int ovl_ethtool_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? OVL_COUNTERS_MAX : -EOPNOTSUPP;
}

static void ovl_ethtool_strings(struct net_device *dev, u32 sset, u8 *data)
{
	enum ovl_cause cause;

	if (sset != ETH_SS_STATS)
		return;
	for (cause = 0; cause < OVL_COUNTERS_MAX; cause++)
		ethtool_sprintf(&data, "%s", ovl_stats_name(cause));
}

static void ovl_ethtool_stats(struct net_device *dev,
			      struct ethtool_stats *stats, u64 *data)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_counters __percpu *port;
	enum ovl_cause cause;

	port = ovl_sock_counters(rtnl_dereference(ovl->conf)->sock);
	for (cause = 0; cause < OVL_COUNTERS_MAX; cause++)
		data[cause] = ovl_stats_read(ovl_stats_is_port(cause) ?
					     port : ovl->counters, cause);
}

static const struct ethtool_ops ovl_ethtool_ops = {
	.get_drvinfo		= ovl_ethtool_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= ovl_ethtool_sset_count,
	.get_strings		= ovl_ethtool_strings,
	.get_ethtool_stats	= ovl_ethtool_stats,
};

static const struct device_type ovl_device_type = {
	.name = "ovl",
};

static void ovl_device_follow_work(struct work_struct *work)
{
	struct ovl_dev *ovl = container_of(work, struct ovl_dev, follow);

	rtnl_lock();
	if (ovl->dev->reg_state == NETREG_REGISTERED)
		ovl_device_follow(ovl);
	rtnl_unlock();
	dev_put(ovl->dev);
}

/**
 * ovl_device_setup() - what all ovl devices have in common
 * @dev: freshly allocated; as rtnl_link_ops.setup
 *
 * Context: process, RTNL.
 */
void ovl_device_setup(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	ether_setup(dev);
	eth_hw_addr_random(dev);
	ovl->dev = dev;
	INIT_LIST_HEAD(&ovl->list);
	INIT_HLIST_NODE(&ovl->by_underlay);
	INIT_WORK(&ovl->follow, ovl_device_follow_work);

	dev->netdev_ops = &ovl_netdev_ops;
	dev->ethtool_ops = &ovl_ethtool_ops;
	dev->needs_free_netdev = true;
	SET_NETDEV_DEVTYPE(dev, &ovl_device_type);

	dev->hw_features |= NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM |
			    NETIF_F_RXCSUM | NETIF_F_GSO_SOFTWARE;
	dev->features |= dev->hw_features;
	dev->vlan_features |= dev->features;
	ovl_compat_set_lltx(dev);
	netif_set_tso_max_size(dev, OVL_GSO_MAX_SIZE);

	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = OVL_MTU_MAX;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE;
	/* An skb that pktgen sends again and again must not be encapsulated */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	/* pmtu.c asks the route of a packet for the way back */
	netif_keep_dst(dev);
}

/**
 * ovl_device_setup_l3() - make a device one that carries IP packets
 * @dev: after ovl_device_setup(), not yet registered
 *
 * Context: process, RTNL.
 */
void ovl_device_setup_l3(struct net_device *dev)
{
	dev->netdev_ops = &ovl_netdev_ops_l3;
	dev->header_ops = NULL;
	dev->type = ARPHRD_NONE;
	dev->hard_header_len = 0;
	dev->addr_len = 0;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
}

/**
 * ovl_device_is() - is a device one of ours?
 * @dev: any device
 *
 * Context: any.
 */
bool ovl_device_is(const struct net_device *dev)
{
	return dev->netdev_ops == &ovl_netdev_ops ||
	       dev->netdev_ops == &ovl_netdev_ops_l3;
}

/* The device that packets to the peer leave by, as far as can be known now */
static struct net_device *ovl_device_underlay(const struct ovl_dev *ovl,
					      const struct ovl_conf *conf)
{
	const struct ovl_route_key key = {};
	struct net_device *dev = NULL;
	struct dst_entry *dst;
	struct in6_addr src;

	dst = ovl_peer_route(conf->peer, ovl, conf, &key, 0, &src);
	if (!IS_ERR(dst)) {
		/* RTNL keeps it when the route is released */
		dev = __dev_get_by_index(ovl->net, dst->dev->ifindex);
		dst_release(dst);
	}
	return dev ? : __dev_get_by_index(ovl->net, conf->link);
}

static void ovl_device_set_mtu(struct ovl_dev *ovl, int mtu)
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
static unsigned int ovl_device_depth;

/**
 * ovl_device_follow() - take MTU and headroom from the underlay
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
void ovl_device_follow(struct ovl_dev *ovl)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	unsigned int hlen = ovl_outer_hlen(conf->remote.family);
	struct ovl_net *on = ovl_net_of(ovl->net);
	struct net_device *dev = ovl->dev;
	struct net_device *underlay;
	int mtu;

	ASSERT_RTNL();
	if (ovl->mtu_following || ovl_device_depth > OVL_NEST_MAX)
		return;

	underlay = ovl_device_underlay(ovl, conf);
	WRITE_ONCE(ovl->underlay, underlay ? underlay->ifindex : 0);
	hash_del(&ovl->by_underlay);
	hash_add(on->by_underlay, &ovl->by_underlay, ovl->underlay);

	/*
	 * What xmit.c will ask for, or a frame is copied.  For either family:
	 * a bridge takes note of it only when it gets the port.
	 */
	if (underlay) {
		mtu = underlay->mtu;
		dev->needed_headroom = ovl_outer_hlen(AF_INET6) +
				       LL_RESERVED_SPACE(underlay);
	} else if (dev->reg_state == NETREG_UNINITIALIZED) {
		mtu = ETH_DATA_LEN;
		dev->needed_headroom = ovl_outer_hlen(AF_INET6) +
				       LL_MAX_HEADER;
	} else {
		return;
	}
	if (ovl->mtu_user)
		return;
	ovl_device_depth++;
	ovl_device_set_mtu(ovl, mtu - (int)hlen - dev->hard_header_len);
	ovl_device_depth--;
}

/**
 * ovl_conf_free() - free a configuration and its peer
 * @conf: no packet may be using it any more; its socket was given back
 *
 * Context: any.
 */
void ovl_conf_free(struct ovl_conf *conf)
{
	if (conf->peer)
		ovl_peer_free(conf->peer);
	kfree(conf);
}
