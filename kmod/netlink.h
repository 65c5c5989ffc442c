/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_NETLINK_H
#define _OVL_NETLINK_H

#include <net/rtnetlink.h>

extern struct rtnl_link_ops ovl_link_ops;

bool ovl_netlink_is_live(const struct net_device *dev);
void ovl_netlink_dellink(struct net_device *dev, struct list_head *head);

#endif /* _OVL_NETLINK_H */
