/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_UNDERLAY_H
#define _OVL_UNDERLAY_H

#include "ovl.h"

void ovl_underlay_follow(struct ovl_dev *ovl);
void ovl_underlay_follow_endpoints(struct ovl_dev *ovl);
void ovl_underlay_follow_work(struct work_struct *work);
int ovl_underlay_link(struct ovl_dev *ovl, u32 ifindex,
		      struct net_device **lower,
		      struct netlink_ext_ack *extack);
int ovl_underlay_relink(struct ovl_dev *ovl, u32 ifindex,
			struct net_device **lower,
			struct netlink_ext_ack *extack);

#endif /* _OVL_UNDERLAY_H */
