// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answering for neighbours: with "proxy", an ARP request or a neighbour
 * solicitation is not sent, but answered from the device's neighbour table,
 * which a control plane fills.  What is not known there is asked of it, with
 * "l3miss".
 *
 * Called by xmit.c for each frame of such a device.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <net/arp.h>
#include <net/ip6_checksum.h>
#include <net/ndisc.h>
#include <net/neighbour.h>

#include "fdb.h"
#include "fdb_msg.h"
#include "proxy.h"
#include "stats.h"

/* The rest of an ARP packet for IPv4 over Ethernet, behind struct arphdr */
struct ovl_arp {
	u8	sha[ETH_ALEN];
	__be32	sip;
	u8	tha[ETH_ALEN];
	__be32	tip;
} __packed;

/**
 * struct ovl_na - a neighbour advertisement with the target's MAC address
 * @ip6: IPv6 header
 * @na: the message
 * @opt: ND_OPT_TARGET_LL_ADDR
 */
struct ovl_na {
	struct ipv6hdr	ip6;
	struct nd_msg	na;
	u8		opt[2 + ETH_ALEN];
} __packed;

/* Is a neighbour known, and with which MAC address? */
static bool ovl_proxy_find(struct neigh_table *table, const void *addr,
			   struct net_device *dev, u8 *mac, bool *router)
{
	struct neighbour *n = neigh_lookup(table, addr, dev);
	bool known;

	if (!n)
		return false;
	known = READ_ONCE(n->nud_state) & NUD_CONNECTED;
	*router = READ_ONCE(n->flags) & NTF_ROUTER;
	neigh_ha_snapshot(mac, n, dev);
	neigh_release(n);
	return known;
}

/* Says the FDB that there is a router behind a MAC address, as vxlan's may? */
static bool ovl_proxy_is_router(struct ovl_dev *ovl, const u8 *mac)
{
	const struct ovl_fdb_entry *entry;
	struct ovl_fdb_key key = {};

	ether_addr_copy(key.mac, mac);
	entry = ovl_fdb_find(ovl, &key);
	return entry && READ_ONCE(entry->flags) & NTF_ROUTER;
}

/* The answer comes in by the device, as if it had crossed the tunnel */
static void ovl_proxy_reply(struct sk_buff *reply, struct ovl_dev *ovl)
{
	reply->ip_summed = CHECKSUM_UNNECESSARY;
	reply->protocol = eth_type_trans(reply, ovl->dev);
	skb_reset_network_header(reply);
	netif_rx(reply);
}

/* Does the frame hold an ARP request that asks for a host? */
static const struct ovl_arp *ovl_proxy_arp_request(struct sk_buff *skb)
{
	const unsigned int len = ETH_HLEN + sizeof(struct arphdr) +
				 sizeof(struct ovl_arp);
	const struct ovl_arp *arp;
	const struct arphdr *hdr;

	if (eth_hdr(skb)->h_proto != htons(ETH_P_ARP) ||
	    !pskb_may_pull(skb, len))
		return NULL;
	hdr = (const void *)(skb->data + ETH_HLEN);
	if (hdr->ar_hrd != htons(ARPHRD_ETHER) ||
	    hdr->ar_pro != htons(ETH_P_IP) ||
	    hdr->ar_op != htons(ARPOP_REQUEST) ||
	    hdr->ar_hln != ETH_ALEN || hdr->ar_pln != sizeof(__be32))
		return NULL;
	arp = (const void *)(hdr + 1);
	if (ipv4_is_loopback(arp->tip) || ipv4_is_multicast(arp->tip))
		return NULL;
	return arp;
}

/* Return: 1: answered, 0: not known, -1: not a request */
static int ovl_proxy_arp(struct sk_buff *skb, struct ovl_dev *ovl,
			 const struct ovl_conf *conf)
{
	const struct ovl_arp *arp = ovl_proxy_arp_request(skb);
	struct ovl_addr target = { .family = AF_INET };
	u8 mac[ETH_ALEN] __aligned(2);
	struct sk_buff *reply;
	bool router;

	if (!arp)
		return -1;
	if (ovl->dev->flags & IFF_NOARP)
		return 0;
	target.v4 = arp->tip;
	if (!ovl_proxy_find(&arp_tbl, &target.v4, ovl->dev, mac, &router)) {
		if (conf->l3miss)
			ovl_fdb_miss_addr(ovl, &target);
		return 0;
	}
	reply = arp_create(ARPOP_REPLY, ETH_P_ARP, arp->sip, ovl->dev,
			   target.v4, arp->sha, mac, arp->sha);
	if (!reply)
		return 0;
	skb_reset_mac_header(reply);
	ovl_proxy_reply(reply, ovl);
	return 1;
}

/* Does the frame hold a neighbour solicitation that asks for a host? */
static const struct nd_msg *
ovl_proxy_solicitation(struct sk_buff *skb, const struct ovl_inner *inner)
{
	const unsigned int len = sizeof(struct ipv6hdr) + sizeof(struct nd_msg);
	const struct ipv6hdr *ip6;
	const struct nd_msg *ns;

	if (inner->proto != htons(ETH_P_IPV6) || inner->offset != ETH_HLEN ||
	    !pskb_may_pull(skb, ETH_HLEN + len))
		return NULL;
	ip6 = (const void *)(skb->data + ETH_HLEN);
	ns = (const void *)(ip6 + 1);
	if (ip6->nexthdr != IPPROTO_ICMPV6 || ip6->hop_limit != 255 ||
	    ns->icmph.icmp6_type != NDISC_NEIGHBOUR_SOLICITATION ||
	    ns->icmph.icmp6_code ||
	    ipv6_addr_is_multicast(&ns->target) ||
	    ipv6_addr_loopback(&ns->target))
		return NULL;
	return ns;
}

/* RFC 4861 section 7.2.4 */
static void ovl_proxy_fill_na(struct ovl_na *na, const struct ipv6hdr *ip6,
			      const struct nd_msg *ns, const u8 *mac,
			      bool router)
{
	const unsigned int len = sizeof(*na) - sizeof(na->ip6);
	bool dad = ipv6_addr_any(&ip6->saddr);

	*na = (struct ovl_na) {
		.ip6 = {
			.version	= 6,
			.payload_len	= htons(len),
			.nexthdr	= IPPROTO_ICMPV6,
			.hop_limit	= 255,
			.saddr		= ns->target,
			.daddr		= dad ? in6addr_linklocal_allnodes :
						ip6->saddr,
		},
		.na = {
			.icmph.icmp6_type	= NDISC_NEIGHBOUR_ADVERTISEMENT,
			.icmph.icmp6_router	= router,
			.icmph.icmp6_override	= 1,
			.icmph.icmp6_solicited	= !dad,
			.target			= ns->target,
		},
		.opt = { ND_OPT_TARGET_LL_ADDR, sizeof(na->opt) / 8 },
	};
	ether_addr_copy(na->opt + 2, mac);
	na->na.icmph.icmp6_cksum =
		csum_ipv6_magic(&na->ip6.saddr, &na->ip6.daddr, len,
				IPPROTO_ICMPV6, csum_partial(&na->na, len, 0));
}

/* As ovl_proxy_arp() */
static int ovl_proxy_nd(struct sk_buff *skb, struct ovl_dev *ovl,
			const struct ovl_conf *conf,
			const struct ovl_inner *inner)
{
	const struct nd_msg *ns = ovl_proxy_solicitation(skb, inner);
	struct ovl_addr target = { .family = AF_INET6 };
	u8 mac[ETH_ALEN] __aligned(2);
	const struct ipv6hdr *ip6;
	struct sk_buff *reply;
	struct ethhdr *eth;
	bool router;

	if (!ns)
		return -1;
	target.v6 = ns->target;
	if (!ovl_proxy_find(&nd_tbl, &target.v6, ovl->dev, mac, &router)) {
		if (conf->l3miss)
			ovl_fdb_miss_addr(ovl, &target);
		return 0;
	}
	reply = alloc_skb(NET_IP_ALIGN + ETH_HLEN + sizeof(struct ovl_na),
			  GFP_ATOMIC);
	if (!reply)
		return 0;
	skb_reserve(reply, NET_IP_ALIGN);
	eth = skb_put(reply, ETH_HLEN);
	ip6 = (const void *)(skb->data + ETH_HLEN);
	router |= ovl_proxy_is_router(ovl, mac);
	ovl_proxy_fill_na(skb_put(reply, sizeof(struct ovl_na)), ip6, ns, mac,
			  router);
	if (ipv6_addr_any(&ip6->saddr))
		ipv6_eth_mc_map(&in6addr_linklocal_allnodes, eth->h_dest);
	else
		ether_addr_copy(eth->h_dest, eth_hdr(skb)->h_source);
	ether_addr_copy(eth->h_source, mac);
	eth->h_proto = htons(ETH_P_IPV6);
	ovl_proxy_reply(reply, ovl);
	return 1;
}

/**
 * ovl_proxy_answer() - keep a question from the tunnel
 * @skb: a frame; given away if it is one
 * @ovl: the sending device
 * @conf: its configuration
 * @inner: the frame's network header
 *
 * Context: bottom halves off, RCU.
 * Return: true if the frame was a question.
 */
bool ovl_proxy_answer(struct sk_buff *skb, struct ovl_dev *ovl,
		      const struct ovl_conf *conf,
		      const struct ovl_inner *inner)
{
	int known = ovl_proxy_arp(skb, ovl, conf);

	if (known < 0 && ipv6_mod_enabled())
		known = ovl_proxy_nd(skb, ovl, conf, inner);
	if (known < 0)
		return false;
	if (known)
		consume_skb(skb);
	else
		ovl_stats_drop(ovl->counters, ovl->dev, skb, OVL_TX_PROXY);
	return true;
}
