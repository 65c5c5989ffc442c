/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's counters as rtnetlink tells them: struct rtnl_link_stats64.
 */
#ifndef _OVL_LINK_STATS_H
#define _OVL_LINK_STATS_H

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/**
 * link_stats() - ask for the first fields of a device's counters
 * @route: rtnetlink socket in the namespace of the device
 * @ifindex: of the device
 * @value: where they are put; those that the kernel does not have are 0
 * @n: how many, 64 at most
 *
 * Return: false if the kernel does not tell.
 */
static inline bool link_stats(int route, int ifindex, __u64 *value, size_t n)
{
	struct {
		struct nlmsghdr		nlh;
		struct if_stats_msg	ask;
	} req = {
		.nlh.nlmsg_len = sizeof(req),
		.nlh.nlmsg_type = RTM_GETSTATS,
		.nlh.nlmsg_flags = NLM_F_REQUEST,
		.ask.ifindex = ifindex,
		.ask.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64),
	};
	struct {
		struct nlmsghdr		nlh;
		struct if_stats_msg	told;
		struct rtattr		attr;
		char			value[64 * sizeof(__u64)];
	} answer;

	memset(&answer, 0, sizeof(answer));
	if (send(route, &req, sizeof(req), 0) < 0 ||
	    recv(route, &answer, sizeof(answer), 0) < 0 ||
	    answer.nlh.nlmsg_type != RTM_NEWSTATS)
		return false;
	memcpy(value, answer.value, n * sizeof(*value));
	return true;
}

#endif /* _OVL_LINK_STATS_H */
