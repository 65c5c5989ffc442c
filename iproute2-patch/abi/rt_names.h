/* SPDX-License-Identifier: GPL-2.0-only */
/* What link_ovl.so needs of iproute2's rt_names.h; see utils.h beside it. */
#ifndef OVL_ABI_RT_NAMES_H
#define OVL_ABI_RT_NAMES_H

#include <linux/types.h>

int rtnl_dsfield_a2n(__u32 *id, const char *arg);

#endif
