/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has this packet been decapsulated before?  RFC 8926 section 6.2: a Geneve
 * packet that a tenant sends is a frame like any other, and must not be taken
 * for one of the underlay when it reaches the host's own port.
 *
 * The answer has to travel with the packet, through bridges and routes, until
 * it leaves the namespace: a container that runs an overlay of its own inside
 * a tenant's network may well receive it.  No field of an skb is made for
 * that.  Those which describe an inner packet are free, though, in a packet
 * that is not encapsulated (skb->encapsulation is 0), and the next tunnel that
 * encapsulates it writes them all.  So a mark is an inner IP protocol that
 * nobody sends, and the number of the namespace as distances between the
 * offsets of the inner headers.  Distances, because the kernel shifts all
 * three offsets alike when it moves a packet's head.
 */
#ifndef _OVL_NESTED_H
#define _OVL_NESTED_H

#include <linux/skbuff.h>
#include <net/net_namespace.h>

/* 253: for experimentation, RFC 3692; no tunnel driver sets it */
#define OVL_NESTED_IPPROTO	253

/**
 * ovl_nested_mark() - remember that a packet was decapsulated
 * @skb: the packet, without its outer headers
 * @net: namespace that it now enters
 */
static inline void ovl_nested_mark(struct sk_buff *skb, const struct net *net)
{
	skb->inner_protocol_type = ENCAP_TYPE_IPPROTO;
	skb->inner_ipproto = OVL_NESTED_IPPROTO;
	skb->inner_mac_header = skb->mac_header;
	skb->inner_network_header = skb->inner_mac_header + (net->ns.inum >> 16);
	skb->inner_transport_header = skb->inner_mac_header + net->ns.inum;
}

/**
 * ovl_nested_in() - was a packet decapsulated in this very namespace?
 * @skb: a packet that was received
 * @net: namespace that it was received in
 */
static inline bool ovl_nested_in(const struct sk_buff *skb,
				 const struct net *net)
{
	u16 high = skb->inner_network_header - skb->inner_mac_header;
	u16 low = skb->inner_transport_header - skb->inner_mac_header;

	return skb->inner_protocol_type == ENCAP_TYPE_IPPROTO &&
	       skb->inner_ipproto == OVL_NESTED_IPPROTO &&
	       !skb->encapsulation &&
	       net->ns.inum == (high << 16 | low);
}

#endif /* _OVL_NESTED_H */
