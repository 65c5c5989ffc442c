/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_HASH_H
#define _OVL_HASH_H

#include "inner.h"

void ovl_hash_init(void);
void ovl_hash_set(struct sk_buff *skb, unsigned int start,
		  const struct ovl_inner *inner);

/* skb_get_hash() finds a hash after this, which the skb may have come with */
static inline void ovl_hash_flow(struct sk_buff *skb, unsigned int start,
				 const struct ovl_inner *inner)
{
	if (!skb->l4_hash && !skb->sw_hash)
		ovl_hash_set(skb, start, inner);
}

#endif /* _OVL_HASH_H */
