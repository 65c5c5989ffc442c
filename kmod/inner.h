/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is inside: finding the IP header of a payload, behind the Ethernet
 * header and any VLAN tags.  Used by both directions.
 */
#ifndef _OVL_INNER_H
#define _OVL_INNER_H

#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>

/**
 * struct ovl_inner - where the payload's network header is
 * @offset: of the network header from where the search began
 * @proto: ETH_P_IP or ETH_P_IPV6 if a whole fixed header of that kind is
 *	there, in the linear part; 0 for anything else
 */
struct ovl_inner {
	unsigned int	offset;
	__be16		proto;
};

static inline bool ovl_inner_is_ip(struct sk_buff *skb, unsigned int offset,
				   __be16 proto)
{
	const struct iphdr *iph;

	if (proto == htons(ETH_P_IP)) {
		if (!pskb_may_pull(skb, offset + sizeof(*iph)))
			return false;
		iph = (const void *)(skb->data + offset);
		return iph->version == 4 && iph->ihl >= 5;
	}
	if (proto == htons(ETH_P_IPV6)) {
		if (!pskb_may_pull(skb, offset + sizeof(struct ipv6hdr)))
			return false;
		iph = (const void *)(skb->data + offset);
		return iph->version == 6;
	}
	return false;
}

/**
 * ovl_inner_find() - find the network header of a payload
 * @skb: the payload begins at @skb->data + @start; pulled as needed, so that
 *	pointers into it must be taken anew
 * @start: bytes before the payload
 * @proto: Ethertype of the payload; ETH_P_TEB for an Ethernet frame
 * @inner: what was found; the offset counts from @skb->data
 *
 * Return: false if not even an Ethernet header is there.
 */
static inline bool ovl_inner_find(struct sk_buff *skb, unsigned int start,
				  __be16 proto, struct ovl_inner *inner)
{
	unsigned int depth;

	inner->offset = start;
	inner->proto = 0;
	if (proto == htons(ETH_P_TEB)) {
		if (!pskb_may_pull(skb, start + ETH_HLEN))
			return false;
		proto = ((struct ethhdr *)(skb->data + start))->h_proto;
		inner->offset += ETH_HLEN;
	}

	for (depth = 0; depth < VLAN_MAX_DEPTH && eth_type_vlan(proto);
	     depth++) {
		if (!pskb_may_pull(skb, inner->offset + VLAN_HLEN))
			break;
		proto = ((struct vlan_hdr *)(skb->data + inner->offset))->
			h_vlan_encapsulated_proto;
		inner->offset += VLAN_HLEN;
	}

	inner->proto = ovl_inner_is_ip(skb, inner->offset, proto) ? proto : 0;
	return true;
}

static inline void *ovl_inner_header(const struct sk_buff *skb,
				     const struct ovl_inner *inner)
{
	return skb->data + inner->offset;
}

/* The protocol behind the first IP header; 0 if the payload is not IP */
static inline u8 ovl_inner_l4(const struct sk_buff *skb,
			      const struct ovl_inner *inner)
{
	const void *header = ovl_inner_header(skb, inner);

	if (inner->proto == htons(ETH_P_IP))
		return ((const struct iphdr *)header)->protocol;
	if (inner->proto == htons(ETH_P_IPV6))
		return ((const struct ipv6hdr *)header)->nexthdr;
	return 0;
}

/* The DS field, ECN bits included; 0 if the payload is not IP */
static inline u8 ovl_inner_dsfield(const struct sk_buff *skb,
				   const struct ovl_inner *inner)
{
	if (inner->proto == htons(ETH_P_IP))
		return ipv4_get_dsfield(ovl_inner_header(skb, inner));
	if (inner->proto == htons(ETH_P_IPV6))
		return ipv6_get_dsfield(ovl_inner_header(skb, inner));
	return 0;
}

/* The TTL or hop limit; 0 if the payload is not IP */
static inline u8 ovl_inner_ttl(const struct sk_buff *skb,
			       const struct ovl_inner *inner)
{
	const void *header = ovl_inner_header(skb, inner);

	if (inner->proto == htons(ETH_P_IP))
		return ((const struct iphdr *)header)->ttl;
	if (inner->proto == htons(ETH_P_IPV6))
		return ((const struct ipv6hdr *)header)->hop_limit;
	return 0;
}

/* May the payload not be fragmented?  IPv6 never is on its way. */
static inline bool ovl_inner_df(const struct sk_buff *skb,
				const struct ovl_inner *inner)
{
	const struct iphdr *iph = ovl_inner_header(skb, inner);

	if (inner->proto == htons(ETH_P_IP))
		return iph->frag_off & htons(IP_DF);
	return inner->proto == htons(ETH_P_IPV6);
}

/* The flow label; 0 if there is none */
static inline __be32 ovl_inner_label(const struct sk_buff *skb,
				     const struct ovl_inner *inner)
{
	if (inner->proto != htons(ETH_P_IPV6))
		return 0;
	return ip6_flowlabel(ovl_inner_header(skb, inner));
}

#endif /* _OVL_INNER_H */
