/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_VNI_NETLINK_H
#define _OVL_VNI_NETLINK_H

#include "ovl.h"

int ovl_vni_netlink_change(struct ovl_dev *ovl, const struct nlattr *attr,
			   struct netlink_ext_ack *extack);

#endif /* _OVL_VNI_NETLINK_H */
