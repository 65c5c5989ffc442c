/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_PMTU_H
#define _OVL_PMTU_H

#include <net/dst.h>

#include "inner.h"
#include "ovl.h"

/* Bytes there is room for from the payload's network header on */
static inline unsigned int ovl_pmtu_room(unsigned int mtu,
					 unsigned int overhead)
{
	return mtu > overhead ? mtu - overhead : 0;
}

/*
 * Is a packet, or each segment of it, small enough?  @overhead is what the path
 * carries in front of the network header, which is the payload's.
 */
static inline bool ovl_pmtu_fits(const struct sk_buff *skb, unsigned int mtu,
				 unsigned int overhead)
{
	mtu = ovl_pmtu_room(mtu, overhead);
	if (skb_is_gso(skb))
		return skb_gso_validate_network_len(skb, mtu);
	return skb->len - skb_network_offset(skb) <= mtu;
}

void ovl_pmtu_reject(struct sk_buff *skb, const struct ovl_dev *ovl,
		     const struct ovl_inner *inner, struct dst_entry *dst,
		     unsigned int overhead);

#endif /* _OVL_PMTU_H */
