/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types that the rooms of the module share: what a device is, how it is
 * configured, and who owns and frees what.
 *
 * One word on lifetime, for all of them.  Devices, configurations and sockets
 * are made, changed and freed under RTNL, and read by packets under RCU.  A
 * device (struct ovl_dev) points to its configuration (struct ovl_conf), which
 * is never written once it was published: a change builds a new one and swaps
 * the pointer.  The configuration holds a reference to each of its sockets and
 * one to the default peer.  Peers and FDB entries also come by learning, from
 * packets: they have locks of their own, peers.lock inside fdb.lock inside
 * RTNL.  An entry holds a reference to each peer it leads to.
 *
 * Things die in this order: the device leaves the VNI tables of its sockets, so
 * that no new packet finds it; its FDB is emptied; the configuration, with its
 * references, goes after a grace period; a peer goes a grace period after its
 * last reference; the socket goes with the last device that uses it; the
 * netdevice's memory goes last, as the core of the kernel does it for all
 * devices, after two grace periods and the last reference.
 */
#ifndef _OVL_OVL_H
#define _OVL_OVL_H

#include <linux/hashtable.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/rhashtable-types.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/gro_cells.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include <uapi/linux/ovl.h>

#include "compat/compat.h"
#include "geneve.h"
#include "stats.h"

/* Bits of the table of devices by underlay device, one table a namespace */
#define OVL_LINK_HASH_BITS	6
/* Bits of the table of sockets, one table a namespace */
#define OVL_SOCK_HASH_BITS	8
/* Bits of the table of multicast memberships, one table a namespace */
#define OVL_GROUP_HASH_BITS	8
/* Bits of the table of nexthops in use, one table a namespace */
#define OVL_NH_HASH_BITS	8

/*
 * Tunnels in tunnels, each sending through the next: how deep a packet may be
 * in device transmit functions when it comes to ours.  The limit of
 * iptunnel_xmit(), which not every kernel has; a kernel's stack holds more.
 */
#define OVL_NEST_MAX		5

/* In the table of a socket: every VNI that is not there itself */
#define OVL_VNI_OTHERS		(OVL_VNI_MAX + 1)

struct ovl_dest;
struct ovl_group;
struct ovl_lean;
struct ovl_opts;
struct ovl_peer;
struct ovl_reflect;
struct ovl_sock;
struct ovl_vni;

/* Index of what there is once for each family of the underlay */
enum ovl_family {
	OVL_IPV4,
	OVL_IPV6,
	OVL_FAMILIES
};

/**
 * struct ovl_addr - an address of the underlay
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for no address
 * @zero: always 0: an address is also the key of a table
 * @v4: the address, if @family is AF_INET; @v6 behind it is zero then
 * @v6: the address, if @family is AF_INET6
 */
struct ovl_addr {
	sa_family_t	family;
	u16		zero;
	union {
		__be32		v4;
		struct in6_addr	v6;
	};
};

/**
 * struct ovl_conf - all that a user can set on a device
 * @remote: address of the default peer, a multicast group's too; AF_UNSPEC:
 *	there is none, all endpoints are in the FDB
 * @local: outer source address; AF_UNSPEC: the route's choice
 * @link: ifindex of the underlay device in ovl_dev.net; 0: any
 * @vni: VNI sent and received; OVL_VNI_OTHERS with @external
 * @ageing: seconds that a learned entry lives; OVL_AGEING_NONE: for ever
 * @maxaddress: most learned entries; OVL_MAXADDRESS_UNLIMITED: any number
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
 * @srccheck: accept packets from peers alone
 * @srccheck_given: the user has set @srccheck; else it is off with @learning
 *	and with @external
 * @learning: fill the FDB from what is received
 * @localbypass: hand over to a device of this host without encapsulation
 * @proxy: answer for neighbours that the device knows
 * @l2miss: tell of MACs that the FDB does not have
 * @l3miss: tell of neighbours that the device does not know
 * @external: VNIs come and go as metadata
 * @l3: the payload is an IP packet, not an Ethernet frame
 * @df_given: the user has set @df; else what @external sends goes by metadata
 * @vnifilter: with @external: the VNIs of ovl_dev.vnis and no others
 * @critmismatch: enum ovl_critmismatch
 * @has_markopt: there is a @markopt
 * @n_accept: number of @accept
 * @markopt: the option that carries the mark of a packet
 * @optmax: most bytes of options, or OVL_OPTMAX_UNLIMITED
 * @n_reflect: flows that @reflect holds, or 0
 * @opts: options for peers that have none of their own, or NULL; owned
 * @accept: critical options that are no reason to drop, or NULL; owned
 * @reflect: flows and the headers they came with, or NULL; a reference
 * @over_ovl: @link is an ovl device itself, which permits decapsulating what
 *	was decapsulated before; follows @link
 * @families: bit for each enum ovl_family that the device uses
 * @sock: reference to the socket of each such family: it receives, and stands
 *	for the sender; NULL for the others
 * @peer: reference to the peer that has @remote, or NULL
 * @ovl: whose it is
 * @rcu: for the grace period after a newer one was published
 *
 * Made by netlink.c and conf.c, written under RTNL until it is published in
 * ovl_dev.conf, constant from then on; read under RCU or RTNL.
 */
struct ovl_conf {
	struct ovl_addr		remote;
	struct ovl_addr		local;
	u32			link;
	u32			vni;
	u32			ageing;
	u32			maxaddress;
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
	u8			srccheck_given;
	u8			learning;
	u8			localbypass;
	u8			proxy;
	u8			l2miss;
	u8			l3miss;
	u8			external;
	u8			l3;
	u8			df_given;
	u8			vnifilter;
	u8			critmismatch;
	u8			has_markopt;
	u8			n_accept;
	struct ovl_opt_match	markopt;
	u16			optmax;
	u32			n_reflect;
	struct ovl_opts		*opts;
	struct ovl_opt_match	*accept;
	struct ovl_reflect	*reflect;
	u8			over_ovl;
	u8			families;
	struct ovl_sock		*sock[OVL_FAMILIES];
	struct ovl_peer		*peer;
	struct ovl_dev		*ovl;
	struct rcu_head		rcu;
};

/**
 * struct ovl_peers - the remote endpoints that a device sends to
 * @by_addr: struct ovl_peer by address; those that differ in port, VNI or
 *	underlay device stand under the same key.  Read under RCU
 * @by_id: the same by a number of their own, for dumps; read under RCU
 * @lock: taken to make or to free a peer, bottom halves off
 * @n: how many there are, by family; written under @lock
 * @n_opts: how many have options of their own, by their length in words;
 *	written under @lock
 */
struct ovl_peers {
	struct rhltable		by_addr;
	struct xarray		by_id;
	spinlock_t		lock;	/* inside ovl_fdb.lock */
	u32			n[OVL_FAMILIES];
	u32			n_opts[GENEVE_OPTLEN_MAX + 1];
};

/**
 * struct ovl_fdb - the FDB of a device
 * @table: struct ovl_fdb_entry by MAC and VNI; read under RCU
 * @by_id: the same by a number of their own, for dumps, flushing and ageing;
 *	those that may age are marked.  Read under RCU
 * @lock: taken by all that changes an entry, bottom halves off; a packet takes
 *	it only when it brings a new MAC, or one from another peer
 * @flood: destinations of the entry of MAC 0, or NULL; written under @lock
 * @n: entries besides that one; written under @lock
 * @n_learned: entries that were learned; written under @lock
 * @age_work: ageing; queued while entries may age and the device is up
 * @age_next: id that ageing goes on from; of @age_work
 */
struct ovl_fdb {
	struct rhashtable	table;
	struct xarray		by_id;
	spinlock_t		lock;	/* inside RTNL */
	struct ovl_dest __rcu	*flood;
	u32			n;
	u32			n_learned;
	struct delayed_work	age_work;
	unsigned long		age_next;
};

/**
 * struct ovl_vnif - a VNI that a device has, and what comes with it
 * @vni: the VNI; not used of ovl_dev.own, whose is in the configuration.
 *	Constant
 * @remote: its flood list as far as it was given with it, a host or a group;
 *	not used of ovl_dev.own
 * @was: @remote before the request that is being carried out
 * @was_place: where that was in the list; 0: the user had taken it from there
 * @was_peer: what the list had there, with a reference until the request is
 *	done: its counters would go with it
 * @was_group: @group then, left when the request is done: who leaves a group
 *	and joins it again may miss packets, and may not be let in
 * @was_appended: @appended then
 * @was_unlisted: the list, which has nothing else, goes when the request is done:
 *	made anew, it would not be all that the user had written
 * @appended: the user had put @remote into the list before, where it stays
 * @entry: in the VNI table of the socket of each family that the device uses
 * @next: the same of a configuration that is not published yet
 * @group: membership while the device is up, if its remote is a group
 * @next_group: the same of a configuration that is not published yet
 * @traffic: counters; NULL of ovl_dev.own
 * @rcu: for the grace period after it left ovl_dev.vnis
 *
 * Made, written and freed under RTNL by vnis.c; under RCU only @traffic is
 * read.
 */
struct ovl_vnif {
	u32				vni;
	struct ovl_addr			remote;
	struct ovl_addr			was;
	u32				was_place;
	struct ovl_peer			*was_peer;
	struct ovl_group		*was_group;
	bool				was_appended;
	bool				was_unlisted;
	bool				appended;
	struct ovl_vni			*entry[OVL_FAMILIES];
	struct ovl_vni			*next[OVL_FAMILIES];
	struct ovl_group		*group;
	struct ovl_group		*next_group;
	struct ovl_traffic __percpu	*traffic;
	struct rcu_head			rcu;
};

/**
 * struct ovl_dev - private part of an ovl netdevice
 * @dev: the netdevice this is part of; constant
 * @net: namespace of the underlay: sockets, routes and @conf->link are of it,
 *	wherever @dev moves.  Constant, not counted: a namespace that goes
 *	takes its devices along (main.c)
 * @conf: current configuration; written under RTNL
 * @change: begins and ends when @conf and the default peer in fdb.flood change
 *	together; who sends reads both under it
 * @own: the VNI of @conf, with vnifilter none; RTNL
 * @vnis: with vnifilter: struct ovl_vnif by VNI.  Written under RTNL, read
 *	under RCU
 * @n_vnis: how many @vnis there are; RTNL
 * @peers: remote endpoints
 * @fdb: MAC addresses and the peers they are behind
 * @fdb_families: bit for each enum ovl_family that FDB entries were added for
 *	by the user; RTNL
 * @lower: the underlay device that conf->link names, or NULL; the core's link
 *	between the two devices holds a reference; RTNL
 * @counters: causes of drops, per CPU; allocated by ndo_init
 * @gro_cells: queues between recv.c and the stack; live from ndo_init to
 *	ndo_uninit
 * @mtu_user: the user has set the MTU, it does not follow the underlay; RTNL
 * @mtu_following: ndo_change_mtu is called by ourselves; RTNL
 * @followed: families that the MTU has room for, if a peer's route told what
 *	underlay it is; or 0; RTNL
 * @underlay: ifindex of the device that the MTU was taken from, key of
 *	@by_underlay; 0: there was no route; written under RTNL
 * @left_by: ifindex of the device that a packet left by when @underlay was 0;
 *	written by packets
 * @follow: asks the underlay anew; holds @dev while it is queued
 * @by_underlay: in ovl_net.by_underlay; RTNL
 * @list: in ovl_net.devs; RTNL
 */
struct ovl_dev {
	struct net_device		*dev;
	struct net			*net;
	struct ovl_conf __rcu		*conf;
	seqcount_spinlock_t		change;
	struct ovl_vnif			own;
	struct xarray			vnis;
	u32				n_vnis;
	struct ovl_peers		peers;
	struct ovl_fdb			fdb;
	u8				fdb_families;
	struct net_device		*lower;
	struct ovl_counters __percpu	*counters;
	struct gro_cells		gro_cells;
	bool				mtu_user;
	bool				mtu_following;
	u8				followed;
	int				underlay;
	int				left_by;
	struct work_struct		follow;
	struct hlist_node		by_underlay;
	struct list_head		list;
};

/**
 * struct ovl_net - what the module keeps in each network namespace
 * @devs: ovl devices whose underlay this namespace is; RTNL
 * @by_underlay: the same devices by ovl_dev.underlay; RTNL
 * @socks: struct ovl_sock; written under RTNL, read under RCU
 * @n_socks: how many of @socks there are, by family; written under RTNL
 * @lean: what is remembered of received datagrams, while there are @socks; or
 *	NULL.  Written under RTNL
 * @groups: struct ovl_group, memberships of @socks; RTNL
 * @nexthops: struct ovl_nh in use by devices of @devs; RTNL
 * @nexthop_nb: tells of changes to nexthops
 * @nexthop_work: brings the peers of @nexthops up to date
 */
struct ovl_net {
	struct list_head	devs;
	DECLARE_HASHTABLE(by_underlay, OVL_LINK_HASH_BITS);
	DECLARE_HASHTABLE(socks, OVL_SOCK_HASH_BITS);
	unsigned int		n_socks[OVL_FAMILIES];
	struct ovl_lean		*lean;
	DECLARE_HASHTABLE(groups, OVL_GROUP_HASH_BITS);
	DECLARE_HASHTABLE(nexthops, OVL_NH_HASH_BITS);
	struct notifier_block	nexthop_nb;
	struct work_struct	nexthop_work;
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

static inline bool ovl_addr_is_multicast(const struct ovl_addr *addr)
{
	return addr->family == AF_INET ? ipv4_is_multicast(addr->v4) :
	       addr->family == AF_INET6 && ipv6_addr_is_multicast(&addr->v6);
}

/* An address of one host, which may be a peer */
static inline bool ovl_addr_is_unicast(const struct ovl_addr *addr)
{
	if (ovl_addr_is_multicast(addr))
		return false;
	if (addr->family == AF_INET)
		return !ipv4_is_zeronet(addr->v4) &&
		       !ipv4_is_lbcast(addr->v4);
	return addr->family == AF_INET6 && !ipv6_addr_any(&addr->v6) &&
	       !ipv6_addr_v4mapped(&addr->v6);
}

static inline bool ovl_addr_is_linklocal(const struct ovl_addr *addr)
{
	return addr->family == AF_INET6 &&
	       ipv6_addr_type(&addr->v6) & IPV6_ADDR_LINKLOCAL;
}

static inline enum ovl_family ovl_family_of(sa_family_t family)
{
	return family == AF_INET6 ? OVL_IPV6 : OVL_IPV4;
}

/* The VNI by which the FDB tells broadcast domains apart */
static inline u32 ovl_conf_fdb_vni(const struct ovl_conf *conf, u32 vni)
{
	return conf->external ? vni : 0;
}

/* The family that a device uses when nothing asks for the other one */
static inline sa_family_t ovl_conf_family(const struct ovl_conf *conf)
{
	return conf->remote.family ? : conf->local.family ? : AF_INET;
}

/* Is there a UDP checksum in what a device sends by itself? */
static inline bool ovl_conf_csum(const struct ovl_conf *conf,
				 sa_family_t family)
{
	return family == AF_INET ? conf->udp_csum : !conf->zero_csum6_tx;
}

/* Bytes that stand before the payload: outer IP, UDP and Geneve headers */
static inline unsigned int ovl_outer_hlen(sa_family_t family)
{
	return (family == AF_INET ? sizeof(struct iphdr) :
				    sizeof(struct ipv6hdr)) +
	       sizeof(struct udphdr) + sizeof(struct geneve_hdr);
}

#endif /* _OVL_OVL_H */
