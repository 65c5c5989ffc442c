/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types that the rooms of the module share: what a device is, how it is
 * configured, and who owns and frees what.
 *
 * One word on lifetime, for all of them.  Everything here is made, changed and
 * freed under RTNL, and read by packets under RCU.  A device (struct ovl_dev)
 * points to its configuration (struct ovl_conf), which is never written once
 * it was published: a change builds a new one and swaps the pointer.  The
 * configuration holds a reference to the socket and one to the peer.
 *
 * Things die in this order: the device leaves the VNI table of its socket, so
 * that no new packet finds it; the configuration, with its references, goes
 * after a grace period; the socket goes with the last device that uses it; the
 * netdevice's memory goes last, as the core of the kernel does it for all
 * devices, after two grace periods and the last reference.
 */
#ifndef _OVL_OVL_H
#define _OVL_OVL_H

#include <linux/hashtable.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/rhashtable-types.h>
#include <linux/workqueue.h>
#include <net/gro_cells.h>
#include <net/net_namespace.h>

#include <uapi/linux/ovl.h>

#include "compat/compat.h"
#include "geneve.h"
#include "stats.h"

/* Bits of the table of devices by underlay device, one table a namespace */
#define OVL_LINK_HASH_BITS	6
/* Bits of the table of sockets, one table a namespace */
#define OVL_SOCK_HASH_BITS	8

/*
 * Tunnels in tunnels, each sending through the next: how deep a packet may be
 * in device transmit functions when it comes to ours.  The limit of
 * iptunnel_xmit(), which not every kernel has; a kernel's stack holds more.
 */
#define OVL_NEST_MAX		5

struct ovl_peer;
struct ovl_sock;
struct ovl_vni;

/**
 * struct ovl_addr - an address of the underlay
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for no address
 * @v4: the address, if @family is AF_INET; @v6 behind it is zero then
 * @v6: the address, if @family is AF_INET6
 */
struct ovl_addr {
	sa_family_t	family;
	union {
		__be32		v4;
		struct in6_addr	v6;
	};
};

/**
 * struct ovl_conf - all that a user can set on a device
 * @remote: address of the peer; never AF_UNSPEC
 * @local: outer source address; AF_UNSPEC: the route's choice
 * @link: ifindex of the underlay device in ovl_dev.net; 0: any
 * @vni: VNI sent and received
 * @dstport: UDP port sent to and received on
 * @sport_min: first outer source port
 * @sport_max: last outer source port
 * @ttl: 1 to 255, OVL_TTL_AUTO or OVL_TTL_INHERIT
 * @tos: a DSCP in place or OVL_TOS_INHERIT
 * @label: a flow label, OVL_FLOWLABEL_AUTO or OVL_FLOWLABEL_INHERIT
 * @df: enum ovl_df
 * @ecn: enum ovl_ecn
 * @udp_csum: send UDP checksums over IPv4
 * @zero_csum6_tx: send zero UDP checksums over IPv6
 * @zero_csum6_rx: accept zero UDP checksums over IPv6
 * @srccheck: accept packets from @remote alone
 * @l3: the payload is an IP packet, not an Ethernet frame
 * @over_ovl: @link is an ovl device itself, which permits decapsulating what
 *	was decapsulated before; follows @link
 * @sock: reference to the socket that receives, and stands for the sender
 * @peer: reference to the peer that has @remote
 * @rcu: for the grace period after a newer one was published
 *
 * Made by netlink.c, written under RTNL until it is published in
 * ovl_dev.conf, constant from then on; read under RCU or RTNL.
 */
struct ovl_conf {
	struct ovl_addr		remote;
	struct ovl_addr		local;
	u32			link;
	u32			vni;
	__be16			dstport;
	u16			sport_min;
	u16			sport_max;
	u16			ttl;
	u16			tos;
	u32			label;
	u8			df;
	u8			ecn;
	u8			udp_csum;
	u8			zero_csum6_tx;
	u8			zero_csum6_rx;
	u8			srccheck;
	u8			l3;
	u8			over_ovl;
	struct ovl_sock		*sock;
	struct ovl_peer		*peer;
	struct rcu_head		rcu;
};

/**
 * struct ovl_dev - private part of an ovl netdevice
 * @dev: the netdevice this is part of; constant
 * @net: namespace of the underlay: sockets, routes and @conf->link are of it,
 *	wherever @dev moves.  Constant, not counted: a namespace that goes
 *	takes its devices along (main.c)
 * @conf: current configuration; written under RTNL
 * @vni: our entry in the VNI table of conf->sock; RTNL
 * @lower: the underlay device that conf->link names, or NULL; the core's link
 *	between the two devices holds a reference; RTNL
 * @counters: causes of drops, per CPU; allocated by ndo_init
 * @gro_cells: queues between recv.c and the stack; live from ndo_init to
 *	ndo_uninit
 * @mtu_user: the user has set the MTU, it does not follow the underlay; RTNL
 * @mtu_following: ndo_change_mtu is called by ourselves; RTNL
 * @underlay: ifindex of the device that the MTU was taken from, key of
 *	@by_underlay; 0: there was no route; written under RTNL
 * @follow: asks the underlay anew; holds @dev while it is queued
 * @by_underlay: in ovl_net.by_underlay; RTNL
 * @list: in ovl_net.devs; RTNL
 */
struct ovl_dev {
	struct net_device		*dev;
	struct net			*net;
	struct ovl_conf __rcu		*conf;
	struct ovl_vni			*vni;
	struct net_device		*lower;
	struct ovl_counters __percpu	*counters;
	struct gro_cells		gro_cells;
	bool				mtu_user;
	bool				mtu_following;
	int				underlay;
	struct work_struct		follow;
	struct hlist_node		by_underlay;
	struct list_head		list;
};

/**
 * struct ovl_net - what the module keeps in each network namespace
 * @devs: ovl devices whose underlay this namespace is; RTNL
 * @by_underlay: the same devices by ovl_dev.underlay; RTNL
 * @socks: struct ovl_sock; written under RTNL, read under RCU
 */
struct ovl_net {
	struct list_head	devs;
	DECLARE_HASHTABLE(by_underlay, OVL_LINK_HASH_BITS);
	DECLARE_HASHTABLE(socks, OVL_SOCK_HASH_BITS);
};

extern unsigned int ovl_net_id;
extern struct workqueue_struct *ovl_workqueue;

/* Have MTU and headroom taken from the underlay, from where RTNL cannot be */
static inline void ovl_follow_later(struct ovl_dev *ovl)
{
	dev_hold(ovl->dev);
	if (!queue_work(ovl_workqueue, &ovl->follow))
		dev_put(ovl->dev);
}

static inline struct ovl_net *ovl_net_of(const struct net *net)
{
	return net_generic(net, ovl_net_id);
}

/* Is the tunnel's payload handed to another namespace than the underlay's? */
static inline bool ovl_crosses_net(const struct ovl_dev *ovl)
{
	return !net_eq(ovl->net, dev_net(ovl->dev));
}

static inline bool ovl_addr_equal(const struct ovl_addr *a,
				  const struct ovl_addr *b)
{
	return a->family == b->family && ipv6_addr_equal(&a->v6, &b->v6);
}

/* Bytes that stand before the payload: outer IP, UDP and Geneve headers */
static inline unsigned int ovl_outer_hlen(sa_family_t family)
{
	return (family == AF_INET ? sizeof(struct iphdr) :
				    sizeof(struct ipv6hdr)) +
	       sizeof(struct udphdr) + sizeof(struct geneve_hdr);
}

#endif /* _OVL_OVL_H */
