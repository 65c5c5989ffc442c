// SPDX-License-Identifier: GPL-2.0-only
/*
 * OAM packets, RFC 8926 section 3.4: no tenant's, but for a control program,
 * which joins a generic netlink multicast group for them.
 *
 * Called by recv.c; registered by main.c.  A listener that is too slow loses
 * messages at its own socket, as with all of netlink.
 */
#include <linux/udp.h>
#include <net/genetlink.h>

#include "oam.h"
#include "stats.h"

static const struct genl_multicast_group ovl_oam_groups[] = {
	{ .name = OVL_GENL_MCGRP_OAM, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

static struct genl_family ovl_oam_family __ro_after_init = {
	.name		= OVL_GENL_NAME,
	.version	= OVL_GENL_VERSION,
	.maxattr	= OVL_OAM_MAX,
	.netnsok	= true,
	.module		= THIS_MODULE,
	.mcgrps		= ovl_oam_groups,
	.n_mcgrps	= ARRAY_SIZE(ovl_oam_groups),
};

static int ovl_oam_put_payload(struct sk_buff *msg, const struct sk_buff *skb,
			       unsigned int offset)
{
	unsigned int len = min_t(unsigned int, skb->len - offset,
				 OVL_OAM_PAYLOAD_MAX);
	struct nlattr *attr;

	if (!len)
		return 0;
	attr = nla_reserve(msg, OVL_OAM_PAYLOAD, len);
	if (!attr)
		return -EMSGSIZE;
	return skb_copy_bits(skb, offset, nla_data(attr), len);
}

static int ovl_oam_fill(struct sk_buff *msg, const struct ovl_dev *ovl,
			const struct sk_buff *skb,
			const struct ovl_addr *from,
			const struct geneve_hdr *gh)
{
	unsigned int offset = sizeof(struct udphdr) + geneve_hlen(gh);
	int err;

	if (from->family == AF_INET)
		err = nla_put_in_addr(msg, OVL_OAM_ADDR, from->v4);
	else
		err = nla_put_in6_addr(msg, OVL_OAM_ADDR6, &from->v6);
	if (err ||
	    nla_put_u32(msg, OVL_OAM_IFINDEX, ovl->dev->ifindex) ||
	    nla_put_string(msg, OVL_OAM_IFNAME, ovl->dev->name) ||
	    nla_put_be16(msg, OVL_OAM_PORT, udp_hdr(skb)->source) ||
	    nla_put_u32(msg, OVL_OAM_VNI, geneve_vni(gh)) ||
	    nla_put_be16(msg, OVL_OAM_PROTO, gh->proto) ||
	    nla_put_u32(msg, OVL_OAM_LEN, skb->len - offset) ||
	    (geneve_opts_len(gh) &&
	     nla_put(msg, OVL_OAM_OPTS, geneve_opts_len(gh), gh + 1)))
		return -EMSGSIZE;
	return ovl_oam_put_payload(msg, skb, offset);
}

static size_t ovl_oam_size(const struct sk_buff *skb)
{
	return nla_total_size(sizeof(struct in6_addr)) +
	       nla_total_size(sizeof(u32)) * 3 +
	       nla_total_size(IFNAMSIZ) +
	       nla_total_size(sizeof(__be16)) * 2 +
	       nla_total_size(GENEVE_OPTS_MAX) +
	       nla_total_size(min_t(unsigned int, skb->len,
				    OVL_OAM_PAYLOAD_MAX));
}

/**
 * ovl_oam_tell() - tell of an OAM packet, if somebody listens
 * @ovl: device that received it
 * @skb: the packet, UDP header first; it has passed the device's checks
 * @from: outer source address
 * @gh: its Geneve header
 *
 * Context: softirq, RCU.
 */
void ovl_oam_tell(struct ovl_dev *ovl, const struct sk_buff *skb,
		  const struct ovl_addr *from, const struct geneve_hdr *gh)
{
	struct net *net = dev_net(ovl->dev);
	struct sk_buff *msg;
	void *header;

	if (!genl_has_listeners(&ovl_oam_family, net, 0))
		return;
	msg = genlmsg_new(ovl_oam_size(skb), GFP_ATOMIC | __GFP_NOWARN);
	if (!msg)
		goto nomem;
	header = genlmsg_put(msg, 0, 0, &ovl_oam_family, 0, OVL_GENL_CMD_OAM);
	if (!header || ovl_oam_fill(msg, ovl, skb, from, gh)) {
		nlmsg_free(msg);
		goto nomem;
	}
	genlmsg_end(msg, header);
	genlmsg_multicast_netns(&ovl_oam_family, net, msg, 0, 0, GFP_ATOMIC);
	return;

nomem:
	ovl_stats_count(ovl->counters, OVL_RX_OAM_NOMEM);
}

/**
 * ovl_oam_register() - let programs join
 *
 * Context: process, at module load.
 * Return: 0 or an error.
 */
int ovl_oam_register(void)
{
	return genl_register_family(&ovl_oam_family);
}

/**
 * ovl_oam_unregister() - the end of ovl_oam_register()
 *
 * Context: process; no device is there any more.
 */
void ovl_oam_unregister(void)
{
	genl_unregister_family(&ovl_oam_family);
}
