/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_RECV_H
#define _OVL_RECV_H

#include "sock.h"

extern const struct ovl_sock_ops ovl_recv_ops;

bool ovl_recv_bypass(struct sk_buff *skb, struct ovl_dev *ovl,
		     const struct ovl_dev *from, const struct ovl_addr *addr);

#endif /* _OVL_RECV_H */
