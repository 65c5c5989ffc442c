/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows that came in and what they came with, so that what goes back gets the
 * same options and source port, and the addresses swapped.  For appliances
 * that a load balancer sends traffic through, such as AWS's Gateway Load
 * Balancer, which knows a flow again by the whole header.
 *
 * netlink.c makes the table with a configuration; recv.c fills it, xmit.c asks.
 */
#ifndef _OVL_REFLECT_H
#define _OVL_REFLECT_H

#include "inner.h"
#include "ovl.h"

/**
 * struct ovl_flow_key - an inner flow, the same in both directions
 * @addr: its two addresses, in an order of their own; over IPv4 four bytes each
 * @port: the port of each; 0 in fragments, and where there are none
 * @mark: with markopt the packet's mark, by which tenants whose addresses
 *	overlap are told apart; else 0
 * @proto: IPPROTO_
 * @family: AF_INET or AF_INET6
 */
struct ovl_flow_key {
	struct in6_addr	addr[2];
	__be16		port[2];
	u32		mark;
	u16		proto;
	u16		family;
};

/**
 * struct ovl_flow - a flow that is remembered, constant but for @used
 * @key: which it is
 * @rcu: for the grace period after another one took its place
 * @used: jiffies when a packet of it was last received
 * @peer: outer source address
 * @local: outer destination address; AF_UNSPEC if that was a group
 * @sport: outer source port
 * @opts_len: bytes of @opts
 * @critical: there is a critical option in @opts
 * @opts: options as they came
 */
struct ovl_flow {
	struct ovl_flow_key	key;
	struct rcu_head		rcu;
	unsigned long		used;
	struct ovl_addr		peer;
	struct ovl_addr		local;
	__be16			sport;
	u8			opts_len;
	bool			critical;
	u8			opts[];
};

void ovl_reflect_init(void);
int ovl_reflect_resize(struct ovl_conf *conf);
void ovl_reflect_hold(struct ovl_reflect *reflect);
void ovl_reflect_put(struct ovl_reflect *reflect);
void ovl_reflect_learn(const struct ovl_dev *ovl, const struct ovl_conf *conf,
		       const struct sk_buff *skb,
		       const struct ovl_inner *inner,
		       const struct ovl_flow *came, const void *opts);
const struct ovl_flow *ovl_reflect_find(const struct ovl_conf *conf,
					const struct sk_buff *skb,
					const struct ovl_inner *inner);

#endif /* _OVL_REFLECT_H */
