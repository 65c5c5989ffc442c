/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Option sets: what a user gave, as the bytes that are sent, and what a device
 * makes of the options that it receives.
 *
 * netlink.c parses with this; peer.c keeps the sets of peers, conf.c those of
 * devices; xmit.c copies them, recv.c asks for a verdict.
 */
#ifndef _OVL_OPTIONS_H
#define _OVL_OPTIONS_H

#include <net/netlink.h>

#include "ovl.h"
#include "stats.h"

/* The option of ovl_conf.markopt: a header and 32 bits */
#define OVL_MARKOPT_LEN		(sizeof(struct geneve_opt) + sizeof(__be32))

/**
 * struct ovl_opts - an option set, constant
 * @rcu: for the grace period after another one took its place
 * @len: bytes of @data
 * @critical: there is a critical option in it
 * @data: the options as they stand on the wire; validated
 *
 * Owned by one configuration or by one peer.
 */
struct ovl_opts {
	struct rcu_head	rcu;
	u8		len;
	bool		critical;
	u8		data[];
};

struct ovl_opts *ovl_opts_parse(const struct nlattr *attr,
				struct netlink_ext_ack *extack);
int ovl_opts_parse_conf(struct ovl_conf *conf, struct nlattr *data[],
			struct netlink_ext_ack *extack);
int ovl_opts_copy_conf(struct ovl_conf *conf, const struct ovl_conf *base);
void ovl_opts_free_conf(struct ovl_conf *conf);
int ovl_opts_check_conf(struct ovl_dev *ovl, const struct ovl_conf *conf,
			struct netlink_ext_ack *extack);
int ovl_opts_check_peer(const struct ovl_conf *conf,
			const struct ovl_opts *opts,
			struct netlink_ext_ack *extack);
unsigned int ovl_opts_space(const struct ovl_dev *ovl,
			    const struct ovl_conf *conf);
unsigned int ovl_opts_most(const struct ovl_dev *ovl,
			   const struct ovl_conf *conf);
int ovl_opts_judge_known(const struct ovl_dev *ovl, const struct ovl_conf *conf,
			 const struct geneve_hdr *gh, bool critical, u32 *mark);

/**
 * ovl_opts_judge() - what a device makes of the options of a packet
 * @ovl: the device
 * @conf: its configuration
 * @gh: header with options or C bit; geneve_hlen() bytes of it are readable
 * @mark: set to what the markopt says, if there is one
 *
 * Context: softirq, RCU.
 * Return: OVL_PASS or the cause to drop the packet.
 */
static inline int ovl_opts_judge(const struct ovl_dev *ovl,
				 const struct ovl_conf *conf,
				 const struct geneve_hdr *gh, u32 *mark)
{
	unsigned int len = geneve_opts_len(gh);
	bool critical;

	if (len > conf->optmax)
		return OVL_RX_OPT_TOO_LONG;
	if (!geneve_opts_check(gh + 1, len, &critical))
		return OVL_RX_OPT_MALFORMED;
	/* Most packets have nothing that a device without markopt looks at */
	if (likely(!critical && !conf->has_markopt &&
		   !(gh->flags & GENEVE_FLAG_CRITICAL)))
		return OVL_PASS;
	return ovl_opts_judge_known(ovl, conf, gh, critical, mark);
}

#endif /* _OVL_OPTIONS_H */
