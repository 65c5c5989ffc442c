// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters and the end of a dropped packet: what each cause is called, where
 * "ip -s link" shows it, and which reason the core is given.
 *
 * The packet paths count and drop here; device.c reads.
 */
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "stats.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* A cause that no field of rtnl_link_stats64 shows */
#define OVL_STAT_none		-1
#define OVL_STAT_rx_dropped	offsetof(struct rtnl_link_stats64, rx_dropped)
#define OVL_STAT_rx_errors	offsetof(struct rtnl_link_stats64, rx_errors)
#define OVL_STAT_rx_frame_errors					       \
	offsetof(struct rtnl_link_stats64, rx_frame_errors)
#define OVL_STAT_rx_crc_errors						       \
	offsetof(struct rtnl_link_stats64, rx_crc_errors)
#define OVL_STAT_rx_length_errors					       \
	offsetof(struct rtnl_link_stats64, rx_length_errors)
#define OVL_STAT_tx_dropped	offsetof(struct rtnl_link_stats64, tx_dropped)
#define OVL_STAT_tx_errors	offsetof(struct rtnl_link_stats64, tx_errors)
#define OVL_STAT_tx_carrier_errors					       \
	offsetof(struct rtnl_link_stats64, tx_carrier_errors)
#define OVL_STAT_tx_aborted_errors					       \
	offsetof(struct rtnl_link_stats64, tx_aborted_errors)
#define OVL_STAT_collisions	offsetof(struct rtnl_link_stats64, collisions)

/**
 * struct ovl_cause_info - what is known of a cause
 * @name: for ethtool and the tracepoint
 * @total: offset in rtnl_link_stats64 of the sum it is part of, or -1
 * @detail: offset of a more precise field, or -1
 * @reason: the core's reason that comes nearest
 * @port: counted at the socket
 */
struct ovl_cause_info {
	const char		*name;
	int			total;
	int			detail;
	enum skb_drop_reason	reason;
	bool			port;
};

#define OVL_SCOPE_PORT	true
#define OVL_SCOPE_DEV	false

static const struct ovl_cause_info ovl_causes[OVL_COUNTERS_MAX] = {
#define OVL_CAUSE(_scope, _cause, _name, _total, _detail, _reason)	       \
	[OVL_##_cause] = {						       \
		.name	= (_name),					       \
		.total	= OVL_STAT_##_total,				       \
		.detail	= OVL_STAT_##_detail,				       \
		.reason	= SKB_DROP_REASON_##_reason,			       \
		.port	= OVL_SCOPE_##_scope,				       \
	},
#include "causes.h"
#undef OVL_CAUSE
};

/**
 * ovl_stats_alloc() - a set of counters, all zero
 *
 * Context: process.
 * Return: counters for the caller to free_percpu(), or NULL.
 */
struct ovl_counters __percpu *ovl_stats_alloc(void)
{
	return netdev_alloc_pcpu_stats(struct ovl_counters);
}

/**
 * ovl_stats_count() - count one event
 * @counters: whose
 * @cause: of what
 *
 * Context: bottom halves off.
 */
void ovl_stats_count(struct ovl_counters __percpu *counters,
		     enum ovl_cause cause)
{
	struct ovl_counters *c = this_cpu_ptr(counters);

	u64_stats_update_begin(&c->syncp);
	u64_stats_inc(&c->n[cause]);
	u64_stats_update_end(&c->syncp);
}

/**
 * ovl_stats_note() - count and trace a drop; the caller frees the packet
 * @counters: of the device, or of the socket for the port_ causes
 * @dev: device to name in the trace: the ovl device, or the one that the
 *	packet came in by when no ovl device is known
 * @skb: the packet
 * @cause: why
 *
 * Context: bottom halves off.
 */
void ovl_stats_note(struct ovl_counters __percpu *counters,
		    const struct net_device *dev, const struct sk_buff *skb,
		    enum ovl_cause cause)
{
	ovl_stats_count(counters, cause);
	trace_ovl_drop(dev, skb, cause);
}

/**
 * ovl_stats_drop() - the end of a packet: count, trace, free
 * @counters: as for ovl_stats_note()
 * @dev: as for ovl_stats_note()
 * @skb: freed here
 * @cause: why
 *
 * Context: bottom halves off.
 */
void ovl_stats_drop(struct ovl_counters __percpu *counters,
		    const struct net_device *dev, struct sk_buff *skb,
		    enum ovl_cause cause)
{
	ovl_stats_note(counters, dev, skb, cause);
	kfree_skb_reason(skb, ovl_causes[cause].reason);
}

/**
 * ovl_stats_read() - sum of a counter over all CPUs
 * @counters: whose
 * @cause: which
 *
 * Context: any.
 * Return: the sum; of a moment, counting goes on meanwhile.
 */
u64 ovl_stats_read(const struct ovl_counters __percpu *counters,
		   enum ovl_cause cause)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct ovl_counters *c = per_cpu_ptr(counters, cpu);
		unsigned int start;
		u64 n;

		do {
			start = u64_stats_fetch_begin(&c->syncp);
			n = u64_stats_read(&c->n[cause]);
		} while (u64_stats_fetch_retry(&c->syncp, start));
		sum += n;
	}
	return sum;
}

static void ovl_stats_add_field(struct rtnl_link_stats64 *stats, int offset,
				u64 n)
{
	if (offset >= 0)
		*(u64 *)((u8 *)stats + offset) += n;
}

/**
 * ovl_stats_add_to() - show the causes of drops in the common statistics
 * @counters: of a device
 * @stats: added to
 *
 * Context: any.
 */
void ovl_stats_add_to(const struct ovl_counters __percpu *counters,
		      struct rtnl_link_stats64 *stats)
{
	const struct ovl_cause_info *info;
	enum ovl_cause cause;
	u64 n;

	for (cause = 0; cause < OVL_COUNTERS_MAX; cause++) {
		info = &ovl_causes[cause];
		if (info->total < 0)
			continue;
		n = ovl_stats_read(counters, cause);
		ovl_stats_add_field(stats, info->total, n);
		ovl_stats_add_field(stats, info->detail, n);
	}
}

/**
 * ovl_stats_name() - the name of a counter
 * @cause: which
 *
 * Context: any.
 * Return: a constant string.
 */
const char *ovl_stats_name(enum ovl_cause cause)
{
	return ovl_causes[cause].name;
}

/**
 * ovl_stats_is_port() - where is a counter kept?
 * @cause: which
 *
 * Context: any.
 * Return: true if at the socket, false if at the device.
 */
bool ovl_stats_is_port(enum ovl_cause cause)
{
	return ovl_causes[cause].port;
}

/**
 * ovl_traffic_alloc() - counters of a peer or of a VNI, all zero
 * @gfp: how they are allocated
 *
 * Context: any that @gfp allows.
 * Return: counters for the caller to free_percpu(), or NULL.
 */
struct ovl_traffic __percpu *ovl_traffic_alloc(gfp_t gfp)
{
	struct ovl_traffic __percpu *traffic;
	int cpu;

	traffic = alloc_percpu_gfp(struct ovl_traffic, gfp);
	if (!traffic)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(traffic, cpu)->syncp);
	return traffic;
}

/**
 * ovl_traffic_read() - sum of counters over all CPUs
 * @traffic: the counters
 * @sum: set to it
 *
 * Context: any.
 */
void ovl_traffic_read(const struct ovl_traffic __percpu *traffic,
		      struct ovl_traffic *sum)
{
	struct ovl_traffic now;
	unsigned int start;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct ovl_traffic *t = per_cpu_ptr(traffic, cpu);

		do {
			start = u64_stats_fetch_begin(&t->syncp);
			now = *t;
		} while (u64_stats_fetch_retry(&t->syncp, start));
		u64_stats_add(&sum->rx_packets, u64_stats_read(&now.rx_packets));
		u64_stats_add(&sum->rx_bytes, u64_stats_read(&now.rx_bytes));
		u64_stats_add(&sum->rx_errors, u64_stats_read(&now.rx_errors));
		u64_stats_add(&sum->tx_packets, u64_stats_read(&now.tx_packets));
		u64_stats_add(&sum->tx_bytes, u64_stats_read(&now.tx_bytes));
		u64_stats_add(&sum->tx_errors, u64_stats_read(&now.tx_errors));
	}
}
