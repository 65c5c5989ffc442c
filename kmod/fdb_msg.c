// SPDX-License-Identifier: GPL-2.0-only
/*
 * FDB entries as netlink messages, with vxlan's attributes: the answers to
 * dumps, the notifications, and the questions of l2miss and l3miss.
 *
 * Called by fdb.c under the FDB's lock, by fdb_netlink.c, xmit.c and proxy.c.
 */
#include <linux/etherdevice.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/timekeeping.h>
#include <net/neighbour.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

#include "fdb_msg.h"
#include "nexthop.h"

static size_t ovl_fdb_msg_size(void)
{
	return NLMSG_ALIGN(sizeof(struct ndmsg)) +
	       nla_total_size(sizeof(s32)) +		/* NDA_LINK_NETNSID */
	       nla_total_size(ETH_ALEN) +		/* NDA_LLADDR */
	       nla_total_size(sizeof(struct in6_addr)) + /* NDA_DST */
	       nla_total_size(sizeof(__be16)) +		/* NDA_PORT */
	       nla_total_size(sizeof(u32)) +		/* NDA_VNI */
	       nla_total_size(sizeof(u32)) +		/* NDA_IFINDEX */
	       nla_total_size(sizeof(u32)) +		/* NDA_SRC_VNI */
	       nla_total_size(sizeof(u32)) +		/* NDA_NH_ID */
	       nla_total_size(sizeof(u8)) +		/* NDA_PROTOCOL */
	       nla_total_size(sizeof(struct nda_cacheinfo));
}

static int ovl_fdb_put_addr(struct sk_buff *skb, const struct ovl_addr *addr)
{
	if (addr->family == AF_INET)
		return nla_put_in_addr(skb, NDA_DST, addr->v4);
	return nla_put_in6_addr(skb, NDA_DST, &addr->v6);
}

/* Where an entry leads; what is the device's own is left out, as vxlan does */
static int ovl_fdb_put_peer(struct sk_buff *skb, const struct ovl_conf *conf,
			    const struct ovl_fdb_entry *entry,
			    const struct ovl_peer *peer)
{
	const struct ovl_peer_key *key = &peer->key;
	u32 ifindex = key->ifindex;

	/* ... but the default endpoint stands there with its underlay device */
	if (peer == conf->peer && ovl_fdb_key_is_flood(&entry->key))
		ifindex = conf->link;

	if (ovl_fdb_put_addr(skb, &key->addr))
		return -EMSGSIZE;
	if (ovl_peer_port(peer, conf) != conf->dstport &&
	    nla_put_be16(skb, NDA_PORT, key->port))
		return -EMSGSIZE;
	if (ovl_peer_vni(peer, conf->vni) != conf->vni &&
	    nla_put_u32(skb, NDA_VNI, key->vni))
		return -EMSGSIZE;
	if (ifindex && nla_put_u32(skb, NDA_IFINDEX, ifindex))
		return -EMSGSIZE;
	return 0;
}

static int ovl_fdb_put_times(struct sk_buff *skb,
			     const struct ovl_fdb_entry *entry)
{
	u32 now = ktime_get_seconds();
	struct nda_cacheinfo ci = {
		.ndm_used	= (now - READ_ONCE(entry->used)) * USER_HZ,
		.ndm_updated	= (now - READ_ONCE(entry->updated)) * USER_HZ,
	};

	return nla_put(skb, NDA_CACHEINFO, sizeof(ci), &ci);
}

/**
 * ovl_fdb_fill() - write a message about an entry
 * @skb: written to
 * @ovl: the device
 * @conf: its configuration
 * @entry: the entry
 * @peer: one of its peers, or NULL if it leads to a nexthop
 * @msg: what the header says
 *
 * Context: RCU or the FDB's lock.
 * Return: 0, or -EMSGSIZE if there is no room.
 */
int ovl_fdb_fill(struct sk_buff *skb, struct ovl_dev *ovl,
		 const struct ovl_conf *conf, const struct ovl_fdb_entry *entry,
		 const struct ovl_peer *peer, const struct ovl_fdb_msg *msg)
{
	struct net *net = dev_net(ovl->dev);
	struct ovl_dest *dest;
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;

	nlh = nlmsg_put(skb, msg->portid, msg->seq, msg->type, sizeof(*ndm),
			msg->flags);
	if (!nlh)
		return -EMSGSIZE;
	ndm = nlmsg_data(nlh);
	*ndm = (struct ndmsg) {
		.ndm_family	= AF_BRIDGE,
		.ndm_ifindex	= ovl->dev->ifindex,
		.ndm_state	= entry->state,
		.ndm_flags	= entry->flags,
		.ndm_type	= RTN_UNICAST,
	};

	if (ovl_crosses_net(ovl) &&
	    nla_put_s32(skb, NDA_LINK_NETNSID, peernet2id(net, ovl->net)))
		goto cancel;
	if (nla_put(skb, NDA_LLADDR, ETH_ALEN, entry->key.mac))
		goto cancel;
	dest = rcu_dereference_check(entry->dest,
				     lockdep_is_held(&ovl->fdb.lock));
	if (dest->kind == OVL_DEST_NEXTHOP) {
		if (nla_put_u32(skb, NDA_NH_ID, ovl_nh_id(ovl_nh_user(dest))))
			goto cancel;
	} else if (peer && ovl_fdb_put_peer(skb, conf, entry, peer)) {
		goto cancel;
	}
	if (entry->key.vni && nla_put_u32(skb, NDA_SRC_VNI, entry->key.vni))
		goto cancel;
	if (entry->protocol &&
	    nla_put_u8(skb, NDA_PROTOCOL, entry->protocol))
		goto cancel;
	if (ovl_fdb_put_times(skb, entry))
		goto cancel;
	nlmsg_end(skb, nlh);
	return 0;

cancel:
	nlmsg_cancel(skb, nlh);
	return -EMSGSIZE;
}

/**
 * ovl_fdb_notify() - tell of a change, if anybody listens
 * @ovl: the device
 * @entry: the entry
 * @peer: the peer concerned, or NULL if it leads to a nexthop
 * @type: RTM_NEWNEIGH or RTM_DELNEIGH
 *
 * Context: the FDB's lock is held.
 */
void ovl_fdb_notify(struct ovl_dev *ovl, const struct ovl_fdb_entry *entry,
		    const struct ovl_peer *peer, int type)
{
	const struct ovl_fdb_msg msg = { .type = type };
	struct net *net = dev_net(ovl->dev);
	const struct ovl_conf *conf;
	struct sk_buff *skb;
	int err = -ENOBUFS;

	if (!rtnl_has_listeners(net, RTNLGRP_NEIGH))
		return;
	skb = nlmsg_new(ovl_fdb_msg_size(), GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		goto err;
	rcu_read_lock();
	conf = rcu_dereference(ovl->conf);
	err = conf ? ovl_fdb_fill(skb, ovl, conf, entry, peer, &msg) : -ENODEV;
	rcu_read_unlock();
	if (err) {
		WARN_ON_ONCE(err == -EMSGSIZE);
		kfree_skb(skb);
		goto err;
	}
	rtnl_notify(skb, net, 0, RTNLGRP_NEIGH, NULL, GFP_ATOMIC);
	return;
err:
	rtnl_set_sk_err(net, RTNLGRP_NEIGH, err);
}

/**
 * ovl_fdb_notify_all() - tell of a change, for each of an entry's peers
 * @ovl: the device
 * @entry: the entry
 * @type: RTM_NEWNEIGH or RTM_DELNEIGH
 *
 * Context: the FDB's lock is held.
 */
void ovl_fdb_notify_all(struct ovl_dev *ovl,
			const struct ovl_fdb_entry *entry, int type)
{
	struct ovl_dest *dest;
	u32 i;

	dest = rcu_dereference_protected(entry->dest,
					 lockdep_is_held(&ovl->fdb.lock));
	switch (dest->kind) {
	case OVL_DEST_PEER:
		ovl_fdb_notify(ovl, entry, ovl_dest_peer(dest), type);
		break;
	case OVL_DEST_LIST:
		for (i = 0; i < ovl_dest_list(dest)->n; i++)
			ovl_fdb_notify(ovl, entry,
				       ovl_dest_list(dest)->to[i].peer, type);
		break;
	case OVL_DEST_NEXTHOP:
		ovl_fdb_notify(ovl, entry, NULL, type);
		break;
	}
}

/* A question, which a control plane answers by writing the FDB */
static void ovl_fdb_miss(struct ovl_dev *ovl, const u8 *mac,
			 const struct ovl_addr *addr)
{
	const struct ovl_fdb_entry none = {};
	struct net *net = dev_net(ovl->dev);
	struct nlmsghdr *nlh;
	struct sk_buff *skb;
	struct ndmsg *ndm;

	if (!rtnl_has_listeners(net, RTNLGRP_NEIGH))
		return;
	skb = nlmsg_new(ovl_fdb_msg_size(), GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		goto err;
	nlh = nlmsg_put(skb, 0, 0, RTM_GETNEIGH, sizeof(*ndm), 0);
	if (!nlh)
		goto free;
	ndm = nlmsg_data(nlh);
	*ndm = (struct ndmsg) {
		.ndm_family	= addr ? addr->family : AF_INET,
		.ndm_ifindex	= ovl->dev->ifindex,
		.ndm_state	= NUD_STALE,
		.ndm_type	= RTN_UNICAST,
	};
	if ((mac && nla_put(skb, NDA_LLADDR, ETH_ALEN, mac)) ||
	    (addr && ovl_fdb_put_addr(skb, addr)) ||
	    ovl_fdb_put_times(skb, &none))
		goto free;
	nlmsg_end(skb, nlh);
	rtnl_notify(skb, net, 0, RTNLGRP_NEIGH, NULL, GFP_ATOMIC);
	return;

free:
	kfree_skb(skb);
err:
	rtnl_set_sk_err(net, RTNLGRP_NEIGH, -ENOBUFS);
}

/**
 * ovl_fdb_miss_mac() - ask where a MAC address is, as vxlan's l2miss does
 * @ovl: the device
 * @mac: the address
 *
 * Context: any.
 */
void ovl_fdb_miss_mac(struct ovl_dev *ovl, const u8 *mac)
{
	ovl_fdb_miss(ovl, mac, NULL);
}

/**
 * ovl_fdb_miss_addr() - ask whose an address is, as vxlan's l3miss does
 * @ovl: the device
 * @addr: a tenant's address
 *
 * Context: any.
 */
void ovl_fdb_miss_addr(struct ovl_dev *ovl, const struct ovl_addr *addr)
{
	ovl_fdb_miss(ovl, NULL, addr);
}
