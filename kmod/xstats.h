/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_XSTATS_H
#define _OVL_XSTATS_H

#include "ovl.h"

u64 ovl_xstats_cause(struct ovl_dev *ovl, enum ovl_cause cause);
size_t ovl_xstats_get_size(const struct net_device *dev, int attr);
int ovl_xstats_fill(struct sk_buff *skb, const struct net_device *dev,
		    int *prividx, int attr);

#endif /* _OVL_XSTATS_H */
