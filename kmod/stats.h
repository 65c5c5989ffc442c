/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters: one for each cause of a drop, and for what is worth knowing though
 * the packet goes on.  causes.h is the list of them.  And the traffic of a peer
 * or of a VNI.
 *
 * Called by the packet paths (count, drop), by device.c and xstats.c (read).
 */
#ifndef _OVL_STATS_H
#define _OVL_STATS_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>

#include "compat/compat.h"

struct ovl_dev;

/* enum ovl_cause - index of a counter */
enum ovl_cause {
#define OVL_CAUSE(scope, cause, ...) OVL_##cause,
#include "causes.h"
#undef OVL_CAUSE
	OVL_COUNTERS_MAX
};

/* No cause: the packet goes on */
#define OVL_PASS		-1

/* Room for the longest name and its end, in the tracepoint */
#define OVL_CAUSE_NAME_LEN	24

/**
 * struct ovl_counters - one CPU's counters
 * @syncp: lets 32-bit readers see whole values
 * @n: by enum ovl_cause; written with bottom halves off
 */
struct ovl_counters {
	struct u64_stats_sync	syncp;
	u64_stats_t		n[OVL_COUNTERS_MAX];
};

/**
 * struct ovl_traffic - one CPU's counters of what went to and fro
 * @syncp: lets 32-bit readers see whole values
 * @rx_packets: received and delivered; all written with bottom halves off
 * @rx_bytes: of the frames inside
 * @rx_errors: received and dropped
 * @tx_packets: sent
 * @tx_bytes: of the frames inside
 * @tx_errors: not sent
 */
struct ovl_traffic {
	struct u64_stats_sync	syncp;
	u64_stats_t		rx_packets;
	u64_stats_t		rx_bytes;
	u64_stats_t		rx_errors;
	u64_stats_t		tx_packets;
	u64_stats_t		tx_bytes;
	u64_stats_t		tx_errors;
};

struct ovl_counters __percpu *ovl_stats_alloc(void);
void ovl_stats_count(struct ovl_counters __percpu *counters,
		     enum ovl_cause cause);
void ovl_stats_note(struct ovl_counters __percpu *counters,
		    const struct net_device *dev, const struct sk_buff *skb,
		    enum ovl_cause cause);
void ovl_stats_drop(struct ovl_counters __percpu *counters,
		    const struct net_device *dev, struct sk_buff *skb,
		    enum ovl_cause cause);
u64 ovl_stats_read(const struct ovl_counters __percpu *counters,
		   enum ovl_cause cause);
void ovl_stats_add_to(const struct ovl_counters __percpu *counters,
		      struct rtnl_link_stats64 *stats);
const char *ovl_stats_name(enum ovl_cause cause);
bool ovl_stats_is_port(enum ovl_cause cause);

struct ovl_traffic __percpu *ovl_traffic_alloc(gfp_t gfp);
void ovl_traffic_read(const struct ovl_traffic __percpu *traffic,
		      struct ovl_traffic *sum);

/* Counting: bottom halves are off */

static inline void ovl_traffic_rx(struct ovl_traffic __percpu *traffic,
				  unsigned int len)
{
	struct ovl_traffic *t = this_cpu_ptr(traffic);

	u64_stats_update_begin(&t->syncp);
	u64_stats_inc(&t->rx_packets);
	u64_stats_add(&t->rx_bytes, len);
	u64_stats_update_end(&t->syncp);
}

static inline void ovl_traffic_tx(struct ovl_traffic __percpu *traffic,
				  unsigned int len)
{
	struct ovl_traffic *t = this_cpu_ptr(traffic);

	u64_stats_update_begin(&t->syncp);
	u64_stats_inc(&t->tx_packets);
	u64_stats_add(&t->tx_bytes, len);
	u64_stats_update_end(&t->syncp);
}

static inline void ovl_traffic_rx_error(struct ovl_traffic __percpu *traffic)
{
	struct ovl_traffic *t = this_cpu_ptr(traffic);

	u64_stats_update_begin(&t->syncp);
	u64_stats_inc(&t->rx_errors);
	u64_stats_update_end(&t->syncp);
}

static inline void ovl_traffic_tx_error(struct ovl_traffic __percpu *traffic)
{
	struct ovl_traffic *t = this_cpu_ptr(traffic);

	u64_stats_update_begin(&t->syncp);
	u64_stats_inc(&t->tx_errors);
	u64_stats_update_end(&t->syncp);
}

#endif /* _OVL_STATS_H */
