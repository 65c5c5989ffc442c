// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters for users: those of each peer and the causes of drops, by
 * RTM_GETSTATS ("ip link xstats type ovl").
 *
 * Called by rtnetlink through rtnl_link_ops, and by device.c for ethtool.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>

#include "options.h"
#include "peer.h"
#include "sock.h"
#include "stats.h"
#include "xstats.h"

/*
 * Room that is asked for, and taken at most, in an answer about one device.
 * It may get new peers while it is written, and there is no second message.
 */
#define OVL_XSTATS_SIZE		49152
/* A peer with its options, which is the longest there is */
#define OVL_XSTATS_ONE		420

/*
 * Numbers by which a dump goes on: causes first, then the VNIs, then the peers
 * by their id.
 */
#define OVL_XSTATS_VNIS		OVL_COUNTERS_MAX
#define OVL_XSTATS_PEERS	(OVL_XSTATS_VNIS + OVL_VNI_MAX + 1)

/**
 * ovl_xstats_cause() - a counter of a device, or of the ports it uses
 * @ovl: the device
 * @cause: which
 *
 * Context: process, RTNL.
 */
u64 ovl_xstats_cause(struct ovl_dev *ovl, enum ovl_cause cause)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	enum ovl_family family;
	u64 sum = 0;

	if (!ovl_stats_is_port(cause))
		return ovl_stats_read(ovl->counters, cause);
	for (family = 0; family < OVL_FAMILIES; family++)
		if (conf->sock[family])
			sum += ovl_stats_read(ovl_sock_counters(conf->sock[family]),
					      cause);
	return sum;
}

static int ovl_xstats_put(struct sk_buff *skb, int attr, const u64_stats_t *n)
{
	return nla_put_u64_64bit(skb, attr, u64_stats_read(n), OVL_PEER_PAD);
}

/* The six counters as six attributes, of which peers and VNIs have a row each */
static int ovl_xstats_put_traffic(struct sk_buff *skb, int attr,
				  const struct ovl_traffic __percpu *traffic)
{
	struct ovl_traffic sum;

	static_assert(OVL_PEER_TX_ERRORS - OVL_PEER_RX_PACKETS == 5);
	static_assert(OVL_VNI_STATS_TX_ERRORS - OVL_VNI_STATS_RX_PACKETS == 5);
	ovl_traffic_read(traffic, &sum);
	return ovl_xstats_put(skb, attr, &sum.rx_packets) ||
	       ovl_xstats_put(skb, attr + 1, &sum.rx_bytes) ||
	       ovl_xstats_put(skb, attr + 2, &sum.rx_errors) ||
	       ovl_xstats_put(skb, attr + 3, &sum.tx_packets) ||
	       ovl_xstats_put(skb, attr + 4, &sum.tx_bytes) ||
	       ovl_xstats_put(skb, attr + 5, &sum.tx_errors);
}

/* In another namespace the number of an underlay device means nothing */
static int ovl_xstats_put_key(struct sk_buff *skb, const struct ovl_dev *ovl,
			      const struct ovl_peer_key *key)
{
	const struct ovl_addr *addr = &key->addr;
	int err;

	if (addr->family == AF_INET)
		err = nla_put_in_addr(skb, OVL_PEER_ADDR, addr->v4);
	else
		err = nla_put_in6_addr(skb, OVL_PEER_ADDR6, &addr->v6);
	if (!err && key->port)
		err = nla_put_be16(skb, OVL_PEER_PORT, key->port);
	if (!err && key->vni != OVL_VNI_OWN)
		err = nla_put_u32(skb, OVL_PEER_VNI, key->vni);
	if (!err && key->ifindex && !ovl_crosses_net(ovl))
		err = nla_put_u32(skb, OVL_PEER_IFINDEX, key->ifindex);
	return err;
}

static int ovl_xstats_put_opts(struct sk_buff *skb,
			       const struct ovl_peer *peer)
{
	const struct ovl_opts *opts = rcu_dereference(peer->opts);

	if (!opts)
		return 0;
	return nla_put(skb, OVL_PEER_OPTS, opts->len, opts->data);
}

static int ovl_xstats_fill_peer(struct sk_buff *skb,
				const struct ovl_peer *peer)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, OVL_XSTATS_PEER);
	if (!nest)
		return -EMSGSIZE;
	if (ovl_xstats_put_key(skb, peer->ovl, &peer->key) ||
	    ovl_xstats_put_opts(skb, peer) ||
	    ovl_xstats_put_traffic(skb, OVL_PEER_RX_PACKETS, peer->traffic)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int ovl_xstats_put_vni(struct sk_buff *skb, const struct ovl_vnif *vnif)
{
	int err;

	err = nla_put_u32(skb, OVL_VNI_STATS_VNI, vnif->vni);
	if (!err && vnif->remote.family == AF_INET)
		err = nla_put_in_addr(skb, OVL_VNI_STATS_REMOTE,
				      vnif->remote.v4);
	if (!err && vnif->remote.family == AF_INET6)
		err = nla_put_in6_addr(skb, OVL_VNI_STATS_REMOTE6,
				       &vnif->remote.v6);
	return err;
}

static int ovl_xstats_fill_vni(struct sk_buff *skb,
			       const struct ovl_vnif *vnif)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, OVL_XSTATS_VNI);
	if (!nest)
		return -EMSGSIZE;
	if (ovl_xstats_put_vni(skb, vnif) ||
	    ovl_xstats_put_traffic(skb, OVL_VNI_STATS_RX_PACKETS,
				   vnif->traffic)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int ovl_xstats_fill_cause(struct sk_buff *skb, struct ovl_dev *ovl,
				 enum ovl_cause cause)
{
	u64 n = ovl_xstats_cause(ovl, cause);
	struct nlattr *nest;

	if (!n)
		return 0;
	nest = nla_nest_start(skb, OVL_XSTATS_DROP);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_string(skb, OVL_DROP_NAME, ovl_stats_name(cause)) ||
	    nla_put_u64_64bit(skb, OVL_DROP_COUNT, n, OVL_DROP_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* From @prividx on, which stays at what does not fit */
static int ovl_xstats_fill_all(struct sk_buff *skb, struct ovl_dev *ovl,
			       unsigned int start, int *prividx)
{
	struct ovl_vnif *vnif;
	struct ovl_peer *peer;
	unsigned long id;
	int err;

	for (; *prividx < OVL_XSTATS_VNIS; ++*prividx) {
		err = ovl_xstats_fill_cause(skb, ovl, *prividx);
		if (err)
			return err;
	}
	if (*prividx < OVL_XSTATS_PEERS) {
		xa_for_each_start(&ovl->vnis, id, vnif,
				  *prividx - OVL_XSTATS_VNIS) {
			*prividx = id + OVL_XSTATS_VNIS;
			/* Of one answer that is all; see OVL_XSTATS_SIZE */
			if (skb->len - start > OVL_XSTATS_SIZE - OVL_XSTATS_ONE)
				return 0;
			err = ovl_xstats_fill_vni(skb, vnif);
			if (err)
				return err;
		}
		*prividx = OVL_XSTATS_PEERS;
	}
	xa_for_each_start(&ovl->peers.by_id, id, peer,
			  *prividx - OVL_XSTATS_PEERS) {
		*prividx = id + OVL_XSTATS_PEERS;
		/* Of one answer that is all; see OVL_XSTATS_SIZE */
		if (skb->len - start > OVL_XSTATS_SIZE - OVL_XSTATS_ONE)
			break;
		err = ovl_xstats_fill_peer(skb, peer);
		if (err)
			return err;
	}
	return 0;
}

/**
 * ovl_xstats_fill() - write the counters, as .fill_linkxstats
 * @skb: written to
 * @dev: the device
 * @prividx: where to begin; set to where to go on
 * @attr: IFLA_STATS_LINK_XSTATS; the other one is for masters of ports
 *
 * Context: process, RTNL.
 * Return: 0, or -EMSGSIZE when @skb is full and the dump has to go on.
 */
int ovl_xstats_fill(struct sk_buff *skb, const struct net_device *dev,
		    int *prividx, int attr)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	unsigned int start = skb->len;
	struct nlattr *nest;
	int err;

	if (attr != IFLA_STATS_LINK_XSTATS)
		return -EINVAL;
	nest = nla_nest_start(skb, LINK_XSTATS_TYPE_OVL);
	if (!nest)
		return -EMSGSIZE;
	rcu_read_lock();
	err = ovl_xstats_fill_all(skb, ovl, start, prividx);
	rcu_read_unlock();
	nla_nest_end(skb, nest);
	if (!err)
		*prividx = 0;
	return err;
}

/**
 * ovl_xstats_get_size() - room for the counters, as .get_linkxstats_size
 * @dev: the device
 * @attr: IFLA_STATS_LINK_XSTATS
 *
 * Context: process, RTNL.
 */
size_t ovl_xstats_get_size(const struct net_device *dev, int attr)
{
	return attr == IFLA_STATS_LINK_XSTATS ?
	       nla_total_size(OVL_XSTATS_SIZE) : 0;
}
