/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_XMIT_H
#define _OVL_XMIT_H

#include <linux/netdevice.h>

netdev_tx_t ovl_xmit(struct sk_buff *skb, struct net_device *dev);

#endif /* _OVL_XMIT_H */
