/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_GROUP_H
#define _OVL_GROUP_H

#include "ovl.h"

struct ovl_group *ovl_group_join(struct ovl_dev *ovl,
				 const struct ovl_conf *conf,
				 const struct ovl_addr *addr);
void ovl_group_leave(struct ovl_group *group);
void ovl_group_underlay_changed(struct net_device *underlay);

#endif /* _OVL_GROUP_H */
