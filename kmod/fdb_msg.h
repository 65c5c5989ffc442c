/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_FDB_MSG_H
#define _OVL_FDB_MSG_H

#include "fdb.h"

/**
 * struct ovl_fdb_msg - what the header of a message says
 * @portid: whom it is for, 0 for a group
 * @seq: number of the request that it answers
 * @type: RTM_NEWNEIGH or RTM_DELNEIGH
 * @flags: NLM_F_
 */
struct ovl_fdb_msg {
	u32	portid;
	u32	seq;
	int	type;
	int	flags;
};

int ovl_fdb_fill(struct sk_buff *skb, struct ovl_dev *ovl,
		 const struct ovl_conf *conf, const struct ovl_fdb_entry *entry,
		 const struct ovl_peer *peer, const struct ovl_fdb_msg *msg);
void ovl_fdb_notify(struct ovl_dev *ovl, const struct ovl_fdb_entry *entry,
		    const struct ovl_peer *peer, int type);
void ovl_fdb_notify_all(struct ovl_dev *ovl,
			const struct ovl_fdb_entry *entry, int type);
void ovl_fdb_miss_mac(struct ovl_dev *ovl, const u8 *mac);
void ovl_fdb_miss_addr(struct ovl_dev *ovl, const struct ovl_addr *addr);

#endif /* _OVL_FDB_MSG_H */
