// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that do not fit the path (RFC 8926 section 4.4.1, RFC 4459 section
 * 3.2): the tenant is told the size that would, and the frame is dropped.
 *
 * Called by xmit.c when the outer packet may not be fragmented.
 */
#include <linux/etherdevice.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>
#include <net/dst_metadata.h>
#include <net/icmp.h>
#include <net/ip_tunnels.h>

#include "pmtu.h"
#include "stats.h"

/* Tags that an ICMP error can be sent back behind: QinQ */
#define OVL_PMTU_TAGS_MAX 2

/**
 * struct ovl_pmtu_tags - VLAN tags taken off a frame
 * @n: how many
 * @proto: Ethertype of each, the outermost first
 * @tci: the tag itself
 */
struct ovl_pmtu_tags {
	unsigned int	n;
	__be16		proto[OVL_PMTU_TAGS_MAX];
	u16		tci[OVL_PMTU_TAGS_MAX];
};

static int ovl_pmtu_pop_tags(struct sk_buff *skb, struct ovl_pmtu_tags *tags)
{
	int err;

	while (eth_type_vlan(eth_hdr(skb)->h_proto)) {
		if (tags->n == OVL_PMTU_TAGS_MAX)
			return -EMSGSIZE;
		tags->proto[tags->n] = eth_hdr(skb)->h_proto;
		err = __skb_vlan_pop(skb, &tags->tci[tags->n]);
		if (err)
			return err;
		tags->n++;
	}
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_set_network_header(skb, ETH_HLEN);
	return 0;
}

static int ovl_pmtu_push_tags(struct sk_buff *skb, struct ovl_pmtu_tags *tags)
{
	int err;

	while (tags->n) {
		tags->n--;
		err = __vlan_insert_tag(skb, tags->proto[tags->n],
					tags->tci[tags->n]);
		if (err)
			return err;
		skb_reset_mac_header(skb);
	}
	return 0;
}

/*
 * The sender is somewhere behind a bridge, and no route leads to it: answer
 * with a frame that looks as if the destination had sent it.
 *
 * Return: true if @skb has become the answer and is gone.
 */
static bool ovl_pmtu_answer_frame(struct sk_buff *skb,
				  const struct ovl_dev *ovl,
				  struct dst_entry *dst, unsigned int overhead)
{
	struct metadata_dst *tun = skb_metadata_dst(skb);
	struct ovl_pmtu_tags tags = {};

	if (ovl_pmtu_pop_tags(skb, &tags))
		return false;
	if (skb_tunnel_check_pmtu(skb, dst, overhead, true) <= 0)
		return false;
	if (ovl_pmtu_push_tags(skb, &tags))
		return false;
	if (!pskb_may_pull(skb, ETH_HLEN))
		return false;

	/* What comes in has neither the route nor the socket of what went out */
	skb_orphan(skb);
	/* ... but of a VNI, and so of a VLAN of the bridge, it stays */
	if (tun)
		dst_hold(&tun->dst);
	skb_scrub_packet(skb, false);
	if (tun)
		skb_dst_set(skb, &tun->dst);
	skb->protocol = eth_type_trans(skb, ovl->dev);
	netif_rx(skb);
	return true;
}

/* The packet came by a route: the IP stack knows the way back */
static void ovl_pmtu_answer_route(struct sk_buff *skb,
				  const struct ovl_inner *inner,
				  unsigned int mtu)
{
	skb_dst_update_pmtu_no_confirm(skb, mtu);

	if (inner->proto == htons(ETH_P_IP) && ovl_inner_df(skb, inner))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
			      htonl(mtu));
	else if (inner->proto == htons(ETH_P_IPV6) && mtu >= IPV6_MIN_MTU)
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
}

/**
 * ovl_pmtu_reject() - drop a frame that is too big, and tell its sender
 * @skb: the frame; given away
 * @ovl: device that was to send it
 * @inner: the payload's network header; @skb's network header is set to it
 * @dst: route whose MTU is too small
 * @overhead: bytes that the path carries in front of the payload's network
 *	header
 *
 * Context: bottom halves off.
 */
void ovl_pmtu_reject(struct sk_buff *skb, const struct ovl_dev *ovl,
		     const struct ovl_inner *inner, struct dst_entry *dst,
		     unsigned int overhead)
{
	struct net_device *dev = ovl->dev;
	unsigned int mtu = ovl_pmtu_room(dst_mtu(dst), overhead);

	/* Before the frame becomes something else */
	ovl_stats_note(ovl->counters, dev, skb, OVL_TX_TOO_BIG);
	if (!inner->proto || !mtu)
		goto drop;

	/* The route, that is, and not what a bridge says of a tunnel */
	if (skb_valid_dst(skb))
		ovl_pmtu_answer_route(skb, inner, mtu);
	else if (dev->type == ARPHRD_ETHER &&
		 ovl_pmtu_answer_frame(skb, ovl, dst, overhead))
		return;

drop:
	kfree_skb_reason(skb, SKB_DROP_REASON_PKT_TOO_BIG);
}
