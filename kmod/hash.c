// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hash of an inner flow, which the outer source port is made of (RFC 8926
 * section 3.3).  The kernel's own dissector knows a hundred protocols, and costs
 * more than all the rest of sending; most packets are of two.
 *
 * Who sees the port sees the inner headers, too, so a hash with a secret seed
 * does: a tenant, who does not see what comes out, cannot choose its path.
 *
 * Called by xmit.c.
 */
#include <linux/init.h>
#include <linux/jhash.h>
#include <linux/random.h>

#include "hash.h"

static u32 ovl_hash_seed __ro_after_init;

/**
 * ovl_hash_init() - before any device is made
 *
 * Context: process.
 */
void __init ovl_hash_init(void)
{
	ovl_hash_seed = get_random_u32();
}

static bool ovl_hash_has_ports(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP;
}

/* The two ports at @offset as one number, if the linear part has them */
static bool ovl_hash_ports(const struct sk_buff *skb, unsigned int offset,
			   u32 *ports)
{
	if (unlikely(offset + sizeof(*ports) > skb_headlen(skb)))
		return false;
	*ports = *(const u32 *)(skb->data + offset);
	return true;
}

static bool ovl_hash_ipv4(const struct sk_buff *skb,
			  const struct ovl_inner *inner, u32 *hash)
{
	const struct iphdr *iph = ovl_inner_header(skb, inner);
	u32 ports;

	if (!ovl_hash_has_ports(iph->protocol) || ip_is_fragment(iph) ||
	    !ovl_hash_ports(skb, inner->offset + iph->ihl * 4, &ports))
		return false;
	*hash = jhash_3words((__force u32)iph->saddr, (__force u32)iph->daddr,
			     ports, ovl_hash_seed + iph->protocol);
	return true;
}

static bool ovl_hash_ipv6(const struct sk_buff *skb,
			  const struct ovl_inner *inner, u32 *hash)
{
	const struct ipv6hdr *ip6h = ovl_inner_header(skb, inner);
	u32 ports;

	if (!ovl_hash_has_ports(ip6h->nexthdr) ||
	    !ovl_hash_ports(skb, inner->offset + sizeof(*ip6h), &ports))
		return false;
	/* Both addresses, which stand behind each other */
	*hash = jhash_2words(jhash2((const u32 *)&ip6h->saddr, 8,
				    ovl_hash_seed),
			     ports, ovl_hash_seed + ip6h->nexthdr);
	return true;
}

static bool ovl_hash_quickly(const struct sk_buff *skb,
			     const struct ovl_inner *inner, u32 *hash)
{
	if (inner->proto == htons(ETH_P_IP))
		return ovl_hash_ipv4(skb, inner, hash);
	if (inner->proto == htons(ETH_P_IPV6))
		return ovl_hash_ipv6(skb, inner, hash);
	return false;
}

/**
 * ovl_hash_set() - give a packet a hash of its flow
 * @skb: the payload begins at @skb->data; has no hash
 * @start: where the dissector is to begin, behind an Ethernet header
 * @inner: its network header
 *
 * As with skb_get_hash() a bit in @skb tells whether ports took part; the
 * network header of @skb may have moved afterwards.
 *
 * Context: any.
 */
void ovl_hash_set(struct sk_buff *skb, unsigned int start,
		  const struct ovl_inner *inner)
{
	u32 hash;

	if (likely(ovl_hash_quickly(skb, inner, &hash))) {
		__skb_set_sw_hash(skb, hash, true);
		return;
	}
	skb_set_network_header(skb, start);
	skb_get_hash(skb);
}
