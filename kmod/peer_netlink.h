/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_PEER_NETLINK_H
#define _OVL_PEER_NETLINK_H

#include "ovl.h"

/**
 * enum ovl_addr_kind - what of an address is accepted, besides the unspecified
 * @OVL_ADDR_UNICAST: that of one host
 * @OVL_ADDR_MULTICAST: that of a group
 * @OVL_ADDR_EITHER: either
 */
enum ovl_addr_kind {
	OVL_ADDR_UNICAST,
	OVL_ADDR_MULTICAST,
	OVL_ADDR_EITHER,
};

int ovl_peer_netlink_read_addr(const struct nlattr *attr,
			       struct ovl_addr *addr);
int ovl_peer_netlink_parse_addr(struct nlattr *v4, struct nlattr *v6,
				const char *name, enum ovl_addr_kind kind,
				struct ovl_addr *addr,
				struct netlink_ext_ack *extack);
int ovl_peer_netlink_change(struct ovl_dev *ovl, struct nlattr *attr,
			    struct netlink_ext_ack *extack);

#endif /* _OVL_PEER_NETLINK_H */
