/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_METADATA_H
#define _OVL_METADATA_H

#include <net/dst_metadata.h>

#include "outer.h"
#include "ovl.h"

int ovl_metadata_read(struct ip_tunnel_info *info,
		      const struct ovl_conf *conf, struct ovl_outer *outer,
		      struct ovl_addr addrs[2]);
struct metadata_dst *ovl_metadata_write(struct sk_buff *skb,
					sa_family_t family,
					const struct geneve_hdr *gh);
void ovl_metadata_forget(void);

#endif /* _OVL_METADATA_H */
