/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place that knows that kernels differ.
 *
 * The sources are written against the API of the newest kernel.  Here stands
 * what gives an older kernel that API, each piece under the feature that
 * probe.sh did not find in the kernel's own headers (compat.probes).  When the
 * last kernel that lacks a feature is dropped, its block and its probe go.
 */
#ifndef _OVL_COMPAT_H
#define _OVL_COMPAT_H

#include <linux/capability.h>
#include <linux/hardirq.h>
#include <linux/local_lock.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/user_namespace.h>
#include <net/flow.h>
#include <net/dst_metadata.h>
#include <net/gro.h>
#include <net/inet_dscp.h>
#include <net/net_namespace.h>
#include <net/route.h>
#include <net/rtnetlink.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

/*
 * What a CPU remembers, of routes, flows and metadata, is written with bottom
 * halves off.  There that keeps nobody else of the CPU out any more.
 */
#if defined(CONFIG_PREEMPT_RT) && defined(local_lock_nested_bh) && \
	!defined(CONFIG_PREEMPT_RT_NEEDS_BH_LOCK)
#error "with PREEMPT_RT ovl needs a kernel with CONFIG_PREEMPT_RT_NEEDS_BH_LOCK"
#endif

/* struct rtnl_link_ops.newlink: the arguments came one by one */
#ifdef OVL_HAVE_NEWLINK_PARAMS
#define OVL_NEWLINK_DEFINE(fn)
#define OVL_NEWLINK(fn) fn
#else
struct rtnl_newlink_params {
	struct net	*link_net;
	struct nlattr	**tb;
	struct nlattr	**data;
};

static inline struct net *
rtnl_newlink_link_net(const struct rtnl_newlink_params *params)
{
	return params->link_net;
}

/* Defines the function that an older kernel calls in the place of @fn */
#define OVL_NEWLINK_DEFINE(fn)						       \
static int fn##_compat(struct net *link_net, struct net_device *dev,	       \
		       struct nlattr *tb[], struct nlattr *data[],	       \
		       struct netlink_ext_ack *extack)			       \
{									       \
	struct rtnl_newlink_params params = {				       \
		.link_net = link_net, .tb = tb, .data = data,		       \
	};								       \
									       \
	return fn(dev, &params, extack);				       \
}

#define OVL_NEWLINK(fn) fn##_compat
#endif

/* struct pernet_operations.exit_rtnl: there was one call for all namespaces */
#ifdef OVL_HAVE_EXIT_RTNL
#define OVL_EXIT_RTNL_DEFINE(fn)
#define OVL_EXIT_RTNL(fn) .exit_rtnl = fn
#else
/* Defines the function that an older kernel calls in the place of @fn */
#define OVL_EXIT_RTNL_DEFINE(fn)					       \
static void __net_exit fn##_compat(struct list_head *nets,		       \
				   struct list_head *devs)		       \
{									       \
	struct net *net;						       \
									       \
	list_for_each_entry(net, nets, exit_list)			       \
		fn(net, devs);						       \
}

#define OVL_EXIT_RTNL(fn) .exit_batch_rtnl = fn##_compat
#endif

/*
 * struct net_device_ops.ndo_fdb_add and ndo_fdb_del: the last but one argument
 * came later.  Before, the core sends a notification in any case: NULL tells.
 */
#ifdef OVL_HAVE_FDB_NOTIFIED
#define OVL_FDB_ADD_DEFINE(fn)
#define OVL_FDB_ADD(fn) fn
#define OVL_FDB_DEL_DEFINE(fn)
#define OVL_FDB_DEL(fn) fn
#else
#define OVL_FDB_ADD_DEFINE(fn)						       \
static inline int fn##_compat(struct ndmsg *ndm, struct nlattr *tb[],	       \
			      struct net_device *dev,			       \
			      const unsigned char *addr, u16 vid, u16 flags,   \
			      struct netlink_ext_ack *extack)		       \
{									       \
	return fn(ndm, tb, dev, addr, vid, flags, NULL, extack);	       \
}

#define OVL_FDB_ADD(fn) fn##_compat
#define OVL_FDB_DEL_DEFINE(fn)						       \
static inline int fn##_compat(struct ndmsg *ndm, struct nlattr *tb[],	       \
			      struct net_device *dev,			       \
			      const unsigned char *addr, u16 vid,	       \
			      struct netlink_ext_ack *extack)		       \
{									       \
	return fn(ndm, tb, dev, addr, vid, NULL, extack);		       \
}

#define OVL_FDB_DEL(fn) fn##_compat
#endif

/* ndo_fdb_del_bulk: got what the core had parsed, then the message itself */
#ifdef OVL_HAVE_FDB_DEL_BULK_NLH
#define OVL_FDB_DEL_BULK_DEFINE(fn)
#define OVL_FDB_DEL_BULK(fn) fn
#else
/* The header that @ndm is the payload of has not gone anywhere */
#define OVL_FDB_DEL_BULK_DEFINE(fn)					       \
static inline int fn##_compat(struct ndmsg *ndm, struct nlattr *tb[],	       \
			      struct net_device *dev, u16 vid,		       \
			      struct netlink_ext_ack *extack)		       \
{									       \
	return fn((struct nlmsghdr *)((char *)ndm - NLMSG_HDRLEN), dev,	       \
		  extack);						       \
}

#define OVL_FDB_DEL_BULK(fn) fn##_compat
#endif

/* May the caller change what of a device is in another namespace? */
#ifndef OVL_HAVE_LINK_NET_CAPABLE
static inline bool rtnl_dev_link_net_capable(const struct net_device *dev,
					     const struct net *link_net)
{
	return net_eq(link_net, dev_net(dev)) ||
	       ns_capable(link_net->user_ns, CAP_NET_ADMIN);
}
#endif

/* Transmit without the queue's lock: a feature bit, then a field */
static inline void ovl_compat_set_lltx(struct net_device *dev)
{
#ifdef OVL_HAVE_LLTX_FIELD
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* DSCP of an IPv4 route lookup: a masked octet, then a type of its own */
static inline void ovl_compat_set_dscp(struct flowi4 *fl4, u8 tos)
{
#ifdef OVL_HAVE_FLOWI4_DSCP
	fl4->flowi4_dscp = inet_dsfield_to_dscp(tos);
#else
	fl4->flowi4_tos = tos & INET_DSCP_MASK;
#endif
}

/* Address argument of kernel_bind() */
#ifdef OVL_HAVE_SOCKADDR_UNSIZED
#define OVL_SOCKADDR(a) ((struct sockaddr_unsized *)(a))
#else
#define OVL_SOCKADDR(a) ((struct sockaddr *)(a))
#endif

#ifndef OVL_HAVE_DST_RTABLE
#define dst_rtable(entry) container_of(entry, struct rtable, dst)
#endif

/* UDP tunnel sockets: named by struct socket, then by struct sock */
#ifndef OVL_HAVE_TUNNEL_SOCK_SK
#define setup_udp_tunnel_sock(net, sk, cfg)				       \
	setup_udp_tunnel_sock(net, (sk)->sk_socket, cfg)
#define udp_tunnel_sock_release(sk)					       \
	udp_tunnel_sock_release((sk)->sk_socket)
#define udp_tunnel_notify_add_rx_port(sk, type)				       \
	udp_tunnel_notify_add_rx_port((sk)->sk_socket, type)
#define udp_tunnel_notify_del_rx_port(sk, type)				       \
	udp_tunnel_notify_del_rx_port((sk)->sk_socket, type)
#define udp_tunnel_push_rx_port(dev, sk, type)				       \
	udp_tunnel_push_rx_port(dev, (sk)->sk_socket, type)
#define udp_tunnel_drop_rx_port(dev, sk, type)				       \
	udp_tunnel_drop_rx_port(dev, (sk)->sk_socket, type)
#endif

/* Tunnel metadata: flags in 16 bits, then as a bitmap; a nexthop came with them */
#ifdef OVL_HAVE_TUNNEL_FLAGS_BITMAP
#define ovl_compat_tun_flag(key, flag)					       \
	test_bit(IP_TUNNEL_##flag##_BIT, (key)->tun_flags)
#define ovl_compat_tun_set_flag(key, flag)				       \
	__set_bit(IP_TUNNEL_##flag##_BIT, (key)->tun_flags)
#else
#define ovl_compat_tun_flag(key, flag)					       \
	((key)->tun_flags & TUNNEL_##flag)
#define ovl_compat_tun_set_flag(key, flag)				       \
	((key)->tun_flags |= TUNNEL_##flag)
#endif

/* Without flags: those that the packet itself says are added by the kernel */
static inline struct metadata_dst *
ovl_compat_tun_rx_dst(struct sk_buff *skb, unsigned short family, __be64 id,
		      int opts_len)
{
#ifdef OVL_HAVE_TUNNEL_FLAGS_BITMAP
	IP_TUNNEL_DECLARE_FLAGS(flags) = {};

	return udp_tun_rx_dst(skb, family, flags, id, opts_len);
#else
	return udp_tun_rx_dst(skb, family, 0, id, opts_len);
#endif
}

static inline void ovl_compat_tun_opts_set(struct ip_tunnel_info *info,
					   const void *opts, int len)
{
#ifdef OVL_HAVE_TUNNEL_FLAGS_BITMAP
	IP_TUNNEL_DECLARE_FLAGS(flags) = {};

	/* Or 6.12's memcpy() takes what stands behind @info for out of bounds */
	OPTIMIZER_HIDE_VAR(info);
	__set_bit(IP_TUNNEL_GENEVE_OPT_BIT, flags);
	ip_tunnel_info_opts_set(info, opts, len, flags);
#else
	ip_tunnel_info_opts_set(info, opts, len, TUNNEL_GENEVE_OPT);
#endif
}

static inline u32 ovl_compat_tun_nhid(const struct ip_tunnel_key *key)
{
#ifdef OVL_HAVE_TUNNEL_FLAGS_BITMAP
	return key->nhid;
#else
	return 0;
#endif
}

/* The UDP sockets: one table for all namespaces, then one that may be own */
static inline struct udp_table *ovl_compat_udp_table(struct net *net)
{
#ifdef OVL_HAVE_NET_UDP_TABLE
	return net->ipv4.udp_table;
#else
	return &udp_table;
#endif
}

/* Sending: a last argument with flags for the control block, and const */
#ifndef OVL_HAVE_XMIT_CB_FLAGS
#define udp_tunnel6_xmit_skb(dst, sk, skb, dev, src, daddr, tos, ttl, label,   \
			     sport, dport, nocheck, flags)		       \
	udp_tunnel6_xmit_skb(dst, sk, skb, dev, (struct in6_addr *)(src),      \
			     (struct in6_addr *)(daddr), tos, ttl, label,      \
			     sport, dport, nocheck)
#endif

/*
 * What is sent is counted when asked for and when done; there was one count, and
 * over IPv6 none of a tunnel's packets.
 */
#ifdef OVL_HAVE_IPSTATS_REQUESTS
#define ovl_compat_count_request(net) IP_INC_STATS(net, IPSTATS_MIB_OUTREQUESTS)
#define ovl_compat_count_out6(net, idev, len)				       \
	IP6_UPD_PO_STATS(net, idev, IPSTATS_MIB_OUT, len)
#else
#define ovl_compat_count_request(net) do { } while (0)
#define ovl_compat_count_out6(net, idev, len) do { } while (0)
#endif

/* GRO: the opposite question */
#ifndef OVL_HAVE_GRO_MAY_PULL
#define skb_gro_may_pull(skb, hlen) (!skb_gro_header_hard(skb, hlen))
#endif

/* GRO: where the inner network header was seen; older kernels do not note it */
static inline int ovl_compat_gro_inner_offset(const struct sk_buff *skb)
{
#ifdef OVL_HAVE_GRO_INNER_OFFSET
	if (skb->encapsulation)
		return NAPI_GRO_CB(skb)->inner_network_offset;
#endif
	return INT_MAX;
}

/* extack with a format: see compat.c */
#ifndef OVL_HAVE_ERR_MSG_FMT
#define OVL_ERR_MSG_LEN 80

char *ovl_compat_err_msg(void);

#define NL_SET_ERR_MSG_FMT(extack, fmt, args...) do {			       \
	struct netlink_ext_ack *__extack = (extack);			       \
	char *__msg;							       \
									       \
	if (__extack) {							       \
		__msg = ovl_compat_err_msg();				       \
		snprintf(__msg, OVL_ERR_MSG_LEN, fmt, ##args);		       \
		__extack->_msg = __msg;					       \
	}								       \
} while (0)

#define NL_SET_ERR_MSG_ATTR_FMT(extack, attr, fmt, args...) do {	       \
	struct netlink_ext_ack *__attr_extack = (extack);		       \
									       \
	NL_SET_ERR_MSG_FMT(__attr_extack, fmt, ##args);			       \
	NL_SET_BAD_ATTR(__attr_extack, (attr));				       \
} while (0)
#endif

/* Not cleared where the kernel clears what stands on its stack */
#ifndef __uninitialized
#define __uninitialized __attribute__((__uninitialized__))
#endif

/* Drop reasons: the nearest one that the kernel has */
#ifndef OVL_HAVE_REASON_VXLAN
#define SKB_DROP_REASON_VXLAN_INVALID_HDR	SKB_DROP_REASON_DEV_HDR
#define SKB_DROP_REASON_VXLAN_VNI_NOT_FOUND	SKB_DROP_REASON_NO_SOCKET
#define SKB_DROP_REASON_NO_TX_TARGET		SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_IP_TUNNEL_ECN		SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_TUNNEL_TXINFO		SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_LOCAL_MAC		SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_VXLAN_ENTRY_EXISTS	SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_MAC_INVALID_SOURCE	SKB_DROP_REASON_NOT_SPECIFIED
#endif
#ifndef OVL_HAVE_REASON_RECURSION
#define SKB_DROP_REASON_RECURSION_LIMIT		SKB_DROP_REASON_NOT_SPECIFIED
#endif

#endif /* _OVL_COMPAT_H */
