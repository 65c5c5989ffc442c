/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_DEVICE_H
#define _OVL_DEVICE_H

#include "ovl.h"

void ovl_device_setup(struct net_device *dev);
void ovl_device_setup_l3(struct net_device *dev);
bool ovl_device_is(const struct net_device *dev);

#endif /* _OVL_DEVICE_H */
