// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending around what IP would do nothing with: besides its hooks, its policies
 * and its fragmentation, all that it does is to count and to hand over to the
 * neighbour.  This is the one place that decides which way a packet takes:
 * ovl_lean_may_out4() and its like list the reasons.
 *
 * Called by xmit.c with the outer headers in place.
 */
#include <linux/module.h>
#include <linux/netfilter.h>
#include <net/arp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/ndisc.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "compat/compat.h"
#include "lean.h"
#include "sock.h"

bool ovl_lean = true;
module_param_named(lean, ovl_lean, bool, 0644);
MODULE_PARM_DESC(lean, "go around layers of the IP stack that would do nothing (default: Y)");

/*
 * Is there nothing between the route and the neighbour, in no family?  Programs
 * of a cgroup do not see the packets of tunnels either way: a packet's socket is
 * the tenant's or none.
 */
static bool ovl_lean_route_is_plain(const struct dst_entry *dst)
{
	return !dst_xfrm(dst) && !dst->lwtstate && !netif_is_l3_slave(dst->dev);
}

#ifdef CONFIG_NETFILTER
#define ovl_lean_has_hook(net, family, hook) \
	rcu_access_pointer((net)->nf.hooks_##family[hook])
#else
#define ovl_lean_has_hook(net, family, hook) false
#endif

static bool ovl_lean_may_out4(const struct sk_buff *skb, const struct net *net,
			      bool fits)
{
	const struct dst_entry *dst = skb_dst(skb);

	return fits && READ_ONCE(ovl_lean) &&
	       /* Neither multicast, nor a policy, nor a VRF */
	       dst->output == ip_output &&
	       dst_rtable(dst)->rt_type == RTN_UNICAST &&
	       ovl_lean_route_is_plain(dst) &&
	       !ovl_lean_has_hook(net, ipv4, NF_INET_LOCAL_OUT) &&
	       !ovl_lean_has_hook(net, ipv4, NF_INET_POST_ROUTING);
}

static bool ovl_lean_may_out6(const struct sk_buff *skb, const struct net *net,
			      bool fits)
{
	const struct dst_entry *dst = skb_dst(skb);
	const struct inet6_dev *idev = dst_rt6_info(dst)->rt6i_idev;

	return fits && READ_ONCE(ovl_lean) &&
	       dst->output == ip6_output &&
	       !ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr) &&
	       idev && !READ_ONCE(idev->cnf.disable_ipv6) &&
	       ovl_lean_route_is_plain(dst) &&
	       !ovl_lean_has_hook(net, ipv6, NF_INET_LOCAL_OUT) &&
	       !ovl_lean_has_hook(net, ipv6, NF_INET_POST_ROUTING);
}

static int ovl_lean_to_neighbour(struct sk_buff *skb, struct neighbour *neigh,
				 bool other_family)
{
	sock_confirm_neigh(skb, neigh);
	return neigh_output(neigh, skb, other_family);
}

/**
 * ovl_lean_out4() - send an IPv4 packet, as ip_local_out()
 * @skb: complete but for length and checksum of its IP header, with a route;
 *	the control block is IP's.  Given away
 * @net: namespace of the underlay
 * @os: socket that stands for the sender
 * @fits: it, or each segment of it, is not larger than the path allows
 *
 * Context: bottom halves off, under RCU.
 * Return: NET_XMIT_ or an error, as of dev_queue_xmit().
 */
int ovl_lean_out4(struct sk_buff *skb, struct net *net,
		  const struct ovl_sock *os, bool fits)
{
	struct rtable *rt = skb_rtable(skb);
	struct iphdr *iph = ip_hdr(skb);
	struct neighbour *neigh;
	bool is_v6gw = false;

	if (!ovl_lean_may_out4(skb, net, fits))
		return ip_local_out(net, ovl_sock_sk(os), skb);

	iph_set_totlen(iph, skb->len);
	iph->check = 0;
	iph->check = ip_fast_csum(iph, sizeof(*iph) / 4);
	skb->protocol = htons(ETH_P_IP);
	skb->dev = rt->dst.dev;
	ovl_compat_count_request(net);
	IP_UPD_PO_STATS(net, IPSTATS_MIB_OUT, skb->len);

	neigh = ip_neigh_for_gw(rt, skb, &is_v6gw);
	if (IS_ERR(neigh)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_CREATEFAIL);
		return PTR_ERR(neigh);
	}
	return ovl_lean_to_neighbour(skb, neigh, is_v6gw);
}

/**
 * ovl_lean_out6() - send an IPv6 packet, as ip6_local_out()
 * @skb: complete but for the length in its IP header, with a route; the control
 *	block is IP's.  Given away
 * @net: namespace of the underlay
 * @os: socket that stands for the sender
 * @fits: it, or each segment of it, is not larger than the path allows
 *
 * Context: bottom halves off, under RCU.
 * Return: NET_XMIT_ or an error, as of dev_queue_xmit().
 */
int ovl_lean_out6(struct sk_buff *skb, struct net *net,
		  const struct ovl_sock *os, bool fits)
{
	struct rt6_info *rt = dst_rt6_info(skb_dst(skb));
	struct net_device *dev = rt->dst.dev;
	struct ipv6hdr *ip6h = ipv6_hdr(skb);
	u32 len = skb->len - sizeof(*ip6h);
	const struct in6_addr *nexthop;
	struct neighbour *neigh;

	if (!ovl_lean_may_out6(skb, net, fits))
		return ip6_local_out(net, ovl_sock_sk(os), skb);

	ip6h->payload_len = len <= IPV6_MAXPLEN ? htons(len) : 0;
	skb->protocol = htons(ETH_P_IPV6);
	skb->dev = dev;
	ovl_compat_count_out6(net, rt->rt6i_idev, skb->len);

	nexthop = rt6_nexthop(rt, &ip6h->daddr);
	neigh = __ipv6_neigh_lookup_noref(dev, nexthop);
	if (unlikely(!neigh))
		neigh = __neigh_create(&nd_tbl, nexthop, dev, false);
	if (IS_ERR(neigh)) {
		IP6_INC_STATS(net, rt->rt6i_idev, IPSTATS_MIB_OUTNOROUTES);
		kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_CREATEFAIL);
		return -EINVAL;
	}
	return ovl_lean_to_neighbour(skb, neigh, false);
}
