/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _OVL_PROXY_H
#define _OVL_PROXY_H

#include "inner.h"
#include "ovl.h"

bool ovl_proxy_answer(struct sk_buff *skb, struct ovl_dev *ovl,
		      const struct ovl_conf *conf,
		      const struct ovl_inner *inner);

#endif /* _OVL_PROXY_H */
