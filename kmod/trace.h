/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint ovl:ovl_drop, one event for each packet that is dropped, with
 * the cause in the words that ethtool -S uses.  Fired by stats.c alone.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ovl

#if !defined(_OVL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _OVL_TRACE_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include "stats.h"

TRACE_EVENT(ovl_drop,
	    TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		     enum ovl_cause cause),

	    TP_ARGS(dev, skb, cause),

	    TP_STRUCT__entry(__array(char, dev, IFNAMSIZ)
			     __array(char, cause, OVL_CAUSE_NAME_LEN)
			     __field(const void *, skbaddr)
			     __field(unsigned int, len)
			     __field(int, ifindex)
	    ),

	    TP_fast_assign(strscpy(__entry->dev, dev->name, IFNAMSIZ);
			   strscpy(__entry->cause, ovl_stats_name(cause),
				   OVL_CAUSE_NAME_LEN);
			   __entry->skbaddr = skb;
			   __entry->len = skb->len;
			   __entry->ifindex = dev->ifindex;
	    ),

	    TP_printk("dev=%s ifindex=%d cause=%s len=%u skbaddr=%p",
		      __entry->dev, __entry->ifindex, __entry->cause,
		      __entry->len, __entry->skbaddr)
);

#endif /* _OVL_TRACE_H */

/* Read once more by the tracing headers, which look for it in this folder */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
