/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_PMTU_H
#define _OVL_PMTU_H

#include "inner.h"
#include "ovl.h"

bool ovl_pmtu_fits(const struct sk_buff *skb, const struct dst_entry *dst,
		   unsigned int overhead);
void ovl_pmtu_reject(struct sk_buff *skb, const struct ovl_dev *ovl,
		     const struct ovl_inner *inner, struct dst_entry *dst,
		     unsigned int overhead);

#endif /* _OVL_PMTU_H */
