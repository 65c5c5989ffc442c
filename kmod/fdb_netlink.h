/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_FDB_NETLINK_H
#define _OVL_FDB_NETLINK_H

#include <linux/netdevice.h>
#include <linux/netlink.h>

int ovl_fdb_netlink_add(struct ndmsg *ndm, struct nlattr *tb[],
			struct net_device *dev, const unsigned char *addr,
			u16 vid, u16 flags, bool *notified,
			struct netlink_ext_ack *extack);
int ovl_fdb_netlink_del(struct ndmsg *ndm, struct nlattr *tb[],
			struct net_device *dev, const unsigned char *addr,
			u16 vid, bool *notified,
			struct netlink_ext_ack *extack);
int ovl_fdb_netlink_flush(struct nlmsghdr *nlh, struct net_device *dev,
			  struct netlink_ext_ack *extack);
int ovl_fdb_netlink_dump(struct sk_buff *skb, struct netlink_callback *cb,
			 struct net_device *dev,
			 struct net_device *filter_dev, int *idx);
int ovl_fdb_netlink_get(struct sk_buff *skb, struct nlattr *tb[],
			struct net_device *dev, const unsigned char *addr,
			u16 vid, u32 portid, u32 seq,
			struct netlink_ext_ack *extack);

/* The functions that struct net_device_ops of an older kernel points to */
OVL_FDB_ADD_DEFINE(ovl_fdb_netlink_add)
OVL_FDB_DEL_DEFINE(ovl_fdb_netlink_del)
OVL_FDB_DEL_BULK_DEFINE(ovl_fdb_netlink_flush)

#endif /* _OVL_FDB_NETLINK_H */
