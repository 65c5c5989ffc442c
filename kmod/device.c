// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netdevice: what the stack and ethtool see of it, and the memory that
 * lives as long as it.
 *
 * netlink.c makes devices with this.
 */
#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/slab.h>

#include "conf.h"
#include "device.h"
#include "fdb.h"
#include "fdb_netlink.h"
#include "underlay.h"
#include "vnis.h"
#include "xmit.h"
#include "xstats.h"

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

	if (ovl->lower)
		netdev_upper_dev_unlink(ovl->lower, dev);
	gro_cells_destroy(&ovl->gro_cells);
	ovl_conf_release(ovl);
}

/* Who still holds the device, as OVS does for a moment, may ask for statistics */
static void ovl_device_free(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	free_percpu(ovl->counters);
}

static int ovl_ndo_open(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	int err;

	err = ovl_vnis_join(ovl, NULL);
	if (err)
		return err;
	ovl_fdb_start(ovl);
	/* Routes, and with them the MTU, may have come since it was made */
	ovl_underlay_follow(ovl);
	return 0;
}

static int ovl_ndo_stop(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	ovl_fdb_stop(ovl);
	ovl_vnis_leave(ovl);
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
	.ndo_stop		= ovl_ndo_stop,
	.ndo_start_xmit		= ovl_xmit,
	.ndo_change_mtu		= ovl_ndo_change_mtu,
	.ndo_get_stats64	= ovl_ndo_get_stats64,
	.ndo_get_iflink		= ovl_ndo_get_iflink,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_set_mac_address	= eth_mac_addr,
	/* More than one VLAN tag is no reason to cut a super-packet here */
	.ndo_features_check	= passthru_features_check,
	.ndo_fdb_add		= OVL_FDB_ADD(ovl_fdb_netlink_add),
	.ndo_fdb_del		= OVL_FDB_DEL(ovl_fdb_netlink_del),
	.ndo_fdb_del_bulk	= OVL_FDB_DEL_BULK(ovl_fdb_netlink_flush),
	.ndo_fdb_dump		= ovl_fdb_netlink_dump,
	.ndo_fdb_get		= ovl_fdb_netlink_get,
};

/* The same without Ethernet: there is no address to set or to validate */
static const struct net_device_ops ovl_netdev_ops_l3 = {
	.ndo_init		= ovl_ndo_init,
	.ndo_uninit		= ovl_ndo_uninit,
	.ndo_open		= ovl_ndo_open,
	.ndo_stop		= ovl_ndo_stop,
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
	enum ovl_cause cause;

	for (cause = 0; cause < OVL_COUNTERS_MAX; cause++)
		data[cause] = ovl_xstats_cause(ovl, cause);
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
	INIT_WORK(&ovl->follow, ovl_underlay_follow_work);

	dev->netdev_ops = &ovl_netdev_ops;
	dev->ethtool_ops = &ovl_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = ovl_device_free;
	SET_NETDEV_DEVTYPE(dev, &ovl_device_type);

	dev->hw_features |= NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM |
			    NETIF_F_RXCSUM | NETIF_F_GSO_SOFTWARE;
	dev->features |= dev->hw_features;
	dev->vlan_features |= dev->features;
	ovl_compat_set_lltx(dev);

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
