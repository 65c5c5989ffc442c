/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_OAM_H
#define _OVL_OAM_H

#include "ovl.h"

void ovl_oam_tell(struct ovl_dev *ovl, const struct sk_buff *skb,
		  const struct ovl_addr *from, const struct geneve_hdr *gh);
int ovl_oam_register(void);
void ovl_oam_unregister(void);

#endif /* _OVL_OAM_H */
