// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FDB as users see it: RTM_NEWNEIGH, RTM_DELNEIGH and RTM_GETNEIGH of
 * AF_BRIDGE, which "bridge fdb" and control planes send, with the attributes,
 * the errors and the meaning that vxlan gives them.
 *
 * Called by rtnetlink, under RTNL, through net_device_ops.
 */
#include <linux/etherdevice.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/neighbour.h>
#include <net/netlink.h>

#include "fdb.h"
#include "fdb_msg.h"
#include "fdb_netlink.h"
#include "nexthop.h"
#include "peer_netlink.h"
#include "underlay.h"

/* Flags of an entry that are kept; NTF_USE asks for something at once */
#define OVL_NTF_KEPT	(NTF_SELF | NTF_MASTER | NTF_STICKY | NTF_ROUTER |     \
			 NTF_EXT_LEARNED)

/* Of any kind, for an entry may lead to a group; but not the unspecified one */
static int ovl_parse_dst(struct nlattr *attr, struct ovl_addr *addr,
			 struct netlink_ext_ack *extack)
{
	int err;

	err = ovl_peer_netlink_read_addr(attr, addr);
	if (err) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "dst: neither an IPv4 nor an IPv6 address");
		return err;
	}
	if (!addr->family) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "dst: the unspecified address is no endpoint");
		return -EINVAL;
	}
	return 0;
}

static int ovl_parse_u32(struct nlattr *attr, const char *name, u32 *value,
			 struct netlink_ext_ack *extack)
{
	if (nla_len(attr) != sizeof(u32)) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr, "%s: not of four bytes",
					name);
		return -EINVAL;
	}
	*value = nla_get_u32(attr);
	return 0;
}

static int ovl_parse_vni(struct nlattr *attr, const char *name, u32 *vni,
			 struct netlink_ext_ack *extack)
{
	int err;

	err = ovl_parse_u32(attr, name, vni, extack);
	if (err)
		return err;
	if (*vni > OVL_VNI_MAX) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr, "%s: %u is above %u",
					name, *vni, OVL_VNI_MAX);
		return -EINVAL;
	}
	return 0;
}

static int ovl_parse_port(struct nlattr *attr, __be16 *port,
			  struct netlink_ext_ack *extack)
{
	if (nla_len(attr) != sizeof(*port)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "port: not of two bytes");
		return -EINVAL;
	}
	*port = nla_get_be16(attr);
	if (!*port) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "port: 0 is no port");
		return -EINVAL;
	}
	return 0;
}

/* The number names a device for the caller, who may not see the underlay */
static int ovl_parse_via(struct nlattr *attr, const struct ovl_dev *ovl,
			 u32 *ifindex, struct netlink_ext_ack *extack)
{
	int err;

	err = ovl_parse_u32(attr, "via", ifindex, extack);
	if (err)
		return err;
	if (ovl_crosses_net(ovl) || !*ifindex ||
	    !__dev_get_by_index(ovl->net, *ifindex)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "via: no such device in the underlay's namespace");
		return -EADDRNOTAVAIL;
	}
	return 0;
}

/* The VNI of an entry's key, on this side */
static int ovl_fdb_parse_src_vni(struct nlattr *attr,
				 const struct ovl_conf *conf, u32 *src_vni,
				 struct netlink_ext_ack *extack)
{
	u32 vni;
	int err;

	*src_vni = 0;
	if (!attr)
		return 0;
	err = ovl_parse_vni(attr, "src_vni", &vni, extack);
	if (err)
		return err;
	if (conf->external) {
		*src_vni = vni;
		return 0;
	}
	if (vni != conf->vni) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"src_vni: the device has one VNI, %u",
					conf->vni);
		return -EINVAL;
	}
	return 0;
}

static int ovl_fdb_parse(struct nlattr *tb[], const struct ovl_dev *ovl,
			 const struct ovl_conf *conf, struct ovl_fdb_to *to,
			 struct netlink_ext_ack *extack)
{
	struct ovl_peer_key *key = &to->key;
	int err = 0;

	*to = (struct ovl_fdb_to) { .key = { .vni = OVL_VNI_OWN } };
	if (tb[NDA_NH_ID] &&
	    (tb[NDA_DST] || tb[NDA_VNI] || tb[NDA_IFINDEX] || tb[NDA_PORT])) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NDA_NH_ID],
				    "nhid: excludes dst, vni, via and port");
		return -EINVAL;
	}
	if (tb[NDA_DST])
		err = ovl_parse_dst(tb[NDA_DST], &key->addr, extack);
	if (!err && tb[NDA_PORT])
		err = ovl_parse_port(tb[NDA_PORT], &key->port, extack);
	if (!err && tb[NDA_VNI])
		err = ovl_parse_vni(tb[NDA_VNI], "vni", &key->vni, extack);
	if (!err)
		err = ovl_fdb_parse_src_vni(tb[NDA_SRC_VNI], conf,
					    &to->src_vni, extack);
	if (!err && tb[NDA_IFINDEX])
		err = ovl_parse_via(tb[NDA_IFINDEX], ovl, &key->ifindex,
				    extack);
	if (!err && tb[NDA_NH_ID])
		err = ovl_parse_u32(tb[NDA_NH_ID], "nhid", &to->nhid, extack);
	if (err)
		return err;
	if (ovl_addr_is_linklocal(&key->addr) && !key->ifindex && !conf->link) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NDA_DST],
				    "dst: a link-local address needs via");
		return -EINVAL;
	}
	ovl_fdb_normalise(conf, to->src_vni, key);
	return 0;
}

/* Whoever got the device must not steer the underlay it came from */
static int ovl_fdb_may_change(const struct ovl_dev *ovl,
			      struct netlink_ext_ack *extack)
{
	if (rtnl_dev_link_net_capable(ovl->dev, ovl->net))
		return 0;
	NL_SET_ERR_MSG(extack, "no rights in the underlay's namespace");
	return -EPERM;
}

/**
 * ovl_fdb_netlink_add() - RTM_NEWNEIGH, as ndo_fdb_add
 * @ndm: header of the request
 * @tb: its attributes
 * @dev: the device
 * @addr: MAC address
 * @vid: not used: a device has one broadcast domain
 * @flags: NLM_F_ of the request
 * @notified: set to true: the core shall not send a notification of its own;
 *	NULL: it will whatever we do
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0 or what ovl_fdb_request() fails with; -EINVAL, -EAFNOSUPPORT,
 * -EADDRNOTAVAIL for bad input; -EPERM.
 */
int ovl_fdb_netlink_add(struct ndmsg *ndm, struct nlattr *tb[],
			struct net_device *dev, const unsigned char *addr,
			u16 vid, u16 flags, bool *notified,
			struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_fdb_request req = {
		.state		= ndm->ndm_state,
		.flags		= ndm->ndm_flags & OVL_NTF_KEPT,
		.use		= ndm->ndm_flags & NTF_USE,
		.nlm_flags	= flags,
		.quiet		= !notified,
	};
	struct ovl_fdb_to to;
	int err;

	err = ovl_fdb_may_change(ovl, extack);
	if (err)
		return err;
	if (!(ndm->ndm_state & (NUD_PERMANENT | NUD_REACHABLE))) {
		NL_SET_ERR_MSG(extack, "state: neither permanent nor reachable");
		return -EINVAL;
	}
	if (!tb[NDA_DST] && !tb[NDA_NH_ID]) {
		NL_SET_ERR_MSG(extack, "dst or nhid: missing, there is no endpoint to send to");
		return -EINVAL;
	}
	err = ovl_fdb_parse(tb, ovl, rtnl_dereference(ovl->conf), &to, extack);
	if (err)
		return err;
	if (tb[NDA_NH_ID] && !(ndm->ndm_state & (NUD_PERMANENT | NUD_NOARP))) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NDA_NH_ID],
				    "nhid: such an entry cannot be dynamic");
		return -EINVAL;
	}
	if (tb[NDA_NH_ID] && !to.nhid) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NDA_NH_ID],
				    "nhid: there is no such nexthop");
		return -EINVAL;
	}
	if (tb[NDA_PROTOCOL] && nla_len(tb[NDA_PROTOCOL]) == sizeof(u8))
		req.protocol = nla_get_u8(tb[NDA_PROTOCOL]);

	ether_addr_copy(req.key.mac, addr);
	err = ovl_fdb_request(ovl, &req, &to, extack);
	if (err)
		return err;
	ovl_underlay_follow_endpoints(ovl);
	if (notified)
		*notified = true;
	return 0;
}

/**
 * ovl_fdb_netlink_del() - RTM_DELNEIGH, as ndo_fdb_del
 * @ndm: header of the request
 * @tb: its attributes
 * @dev: the device
 * @addr: MAC address
 * @vid: not used
 * @notified: as for ovl_fdb_netlink_add()
 * @extack: names the cause of an error
 *
 * Context: process, RTNL.
 * Return: 0; -ENOENT if there is no such entry, or it does not lead there;
 * -EINVAL, -EAFNOSUPPORT, -EADDRNOTAVAIL for bad input; -EPERM.
 */
int ovl_fdb_netlink_del(struct ndmsg *ndm, struct nlattr *tb[],
			struct net_device *dev, const unsigned char *addr,
			u16 vid, bool *notified,
			struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_fdb_key key = {};
	struct ovl_fdb_to to;
	int err;

	err = ovl_fdb_may_change(ovl, extack);
	if (err)
		return err;
	err = ovl_fdb_parse(tb, ovl, rtnl_dereference(ovl->conf), &to, extack);
	if (err)
		return err;
	ether_addr_copy(key.mac, addr);
	key.vni = to.src_vni;
	err = ovl_fdb_unset(ovl, &key, tb[NDA_DST] ? &to.key : NULL, to.nhid,
			    !notified);
	if (err == -ENOENT)
		NL_SET_ERR_MSG(extack, "the FDB has no such entry");
	if (!err && notified)
		*notified = true;
	return err;
}

static const struct nla_policy ovl_flush_policy[NDA_MAX + 1] = {
	[NDA_SRC_VNI]		= { .type = NLA_U32 },
	[NDA_NH_ID]		= { .type = NLA_U32 },
	[NDA_VNI]		= { .type = NLA_U32 },
	[NDA_PORT]		= { .type = NLA_U16 },
	[NDA_DST]		= NLA_POLICY_RANGE(NLA_BINARY,
						   sizeof(struct in_addr),
						   sizeof(struct in6_addr)),
	[NDA_NDM_STATE_MASK]	= { .type = NLA_U16 },
	[NDA_NDM_FLAGS_MASK]	= { .type = NLA_U8 },
};

static int ovl_fdb_parse_filter(struct nlattr *tb[], const struct ndmsg *ndm,
				const struct ovl_conf *conf,
				struct ovl_fdb_filter *filter,
				struct netlink_ext_ack *extack)
{
	int err = 0;

	*filter = (struct ovl_fdb_filter) { .vni = OVL_VNI_OWN };
	if (tb[NDA_NDM_STATE_MASK])
		filter->state_mask = nla_get_u16(tb[NDA_NDM_STATE_MASK]);
	if (tb[NDA_NDM_FLAGS_MASK])
		filter->flags_mask = nla_get_u8(tb[NDA_NDM_FLAGS_MASK]);
	filter->state = ndm->ndm_state & filter->state_mask;
	filter->flags = ndm->ndm_flags & filter->flags_mask;

	if (tb[NDA_NH_ID])
		filter->nhid = nla_get_u32(tb[NDA_NH_ID]);
	if (tb[NDA_PORT])
		err = ovl_parse_port(tb[NDA_PORT], &filter->port, extack);
	if (!err && tb[NDA_VNI])
		err = ovl_parse_vni(tb[NDA_VNI], "vni", &filter->vni, extack);
	if (!err && tb[NDA_DST])
		err = ovl_parse_dst(tb[NDA_DST], &filter->addr, extack);
	filter->by_peer = tb[NDA_PORT] || tb[NDA_VNI] || tb[NDA_DST];
	return err;
}

/**
 * ovl_fdb_netlink_flush() - RTM_DELNEIGH with NLM_F_BULK, as ndo_fdb_del_bulk
 * @nlh: the request
 * @dev: the device
 * @extack: names the cause of an error
 *
 * Context: process, RTNL; may sleep.
 * Return: 0, also if nothing fits; -EINVAL for bad input; -EPERM; -ENOMEM.
 */
int ovl_fdb_netlink_flush(struct nlmsghdr *nlh, struct net_device *dev,
			  struct netlink_ext_ack *extack)
{
	const u16 states = NUD_PERMANENT | NUD_NOARP;
	/* What a request is marked with, rather than an entry */
	const u8 ignored = NTF_MASTER | NTF_SELF;
	struct ovl_dev *ovl = netdev_priv(dev);
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	struct ndmsg *ndm = nlmsg_data(nlh);
	struct nlattr *tb[NDA_MAX + 1];
	struct ovl_fdb_filter filter;
	struct ovl_vni_span span;
	u32 src_vni = 0;
	int err;

	err = ovl_fdb_may_change(ovl, extack);
	if (err)
		return err;
	err = nlmsg_parse(nlh, sizeof(*ndm), tb, NDA_MAX, ovl_flush_policy,
			  extack);
	if (err)
		return err;
	if (ndm->ndm_flags & ~(OVL_NTF_KEPT | ignored)) {
		NL_SET_ERR_MSG(extack, "flush: by flags that no entry has");
		return -EINVAL;
	}
	if (ndm->ndm_state & ~states) {
		NL_SET_ERR_MSG(extack, "flush: by states other than permanent and static");
		return -EINVAL;
	}
	err = ovl_fdb_parse_filter(tb, ndm, conf, &filter, extack);
	if (err)
		return err;
	filter.flags_mask &= ~ignored;
	filter.flags &= ~ignored;
	if (tb[NDA_SRC_VNI])
		src_vni = nla_get_u32(tb[NDA_SRC_VNI]);
	/* 0 is any, as vxlan has it */
	if (src_vni && conf->external) {
		span.first = src_vni;
		span.last = src_vni;
		filter.vnis = &span;
		filter.n_vnis = 1;
	} else if (src_vni && src_vni != conf->vni) {
		return 0;
	}
	return ovl_fdb_flush(ovl, &filter);
}

/**
 * struct ovl_fdb_cursor - where a dump goes on, in netlink_callback.args
 * @core: what the core keeps there for itself
 * @ifindex: the device that the rest is about
 * @id: the entry that comes next
 * @seq: of its peers those from this number on are left
 */
struct ovl_fdb_cursor {
	long	core[3];
	long	ifindex;
	long	id;
	long	seq;
};

/* What is left of an entry; the cursor stays at what does not fit */
static int ovl_fdb_dump_entry(struct sk_buff *skb, struct ovl_dev *ovl,
			      const struct ovl_conf *conf,
			      const struct ovl_fdb_entry *entry,
			      const struct ovl_fdb_msg *msg, long *next)
{
	struct ovl_dest *dest = rcu_dereference(entry->dest);
	struct ovl_dest_list *list;
	int err;
	u32 i;

	if (dest->kind == OVL_DEST_NEXTHOP)
		return ovl_fdb_fill(skb, ovl, conf, entry, NULL, msg);
	if (dest->kind == OVL_DEST_PEER)
		return ovl_fdb_fill(skb, ovl, conf, entry, ovl_dest_peer(dest),
				    msg);
	list = ovl_dest_list(dest);
	for (i = 0; i < list->n; i++) {
		if (list->to[i].seq < *next)
			continue;
		err = ovl_fdb_fill(skb, ovl, conf, entry, list->to[i].peer,
				   msg);
		if (err)
			return err;
		*next = (long)list->to[i].seq + 1;
	}
	return 0;
}

/**
 * ovl_fdb_netlink_dump() - RTM_GETNEIGH for all entries, as ndo_fdb_dump
 * @skb: written to
 * @cb: state of the dump
 * @dev: the device
 * @filter_dev: not used
 * @idx: number of entries that others have written; it is theirs to resume by
 *
 * Entries come in the order of their numbers, which they keep as long as they
 * live: one that stands throughout is seen once, whatever comes and goes.
 *
 * Context: process, RTNL.
 * Return: 0, or -EMSGSIZE when @skb is full and the dump has to go on.
 */
int ovl_fdb_netlink_dump(struct sk_buff *skb, struct netlink_callback *cb,
			 struct net_device *dev,
			 struct net_device *filter_dev, int *idx)
{
	struct ovl_fdb_cursor *cursor = (void *)cb->args;
	struct ovl_dev *ovl = netdev_priv(dev);
	const struct ovl_fdb_msg msg = {
		.portid	= NETLINK_CB(cb->skb).portid,
		.seq	= cb->nlh->nlmsg_seq,
		.type	= RTM_NEWNEIGH,
		.flags	= NLM_F_MULTI,
	};
	struct ovl_fdb_entry *entry;
	const struct ovl_conf *conf;
	unsigned long id;
	int err = 0;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->args));
	if (cursor->ifindex != dev->ifindex) {
		cursor->ifindex = dev->ifindex;
		cursor->id = 0;
		cursor->seq = 0;
	}

	rcu_read_lock();
	conf = rcu_dereference(ovl->conf);
	xa_for_each_start(&ovl->fdb.by_id, id, entry, cursor->id) {
		if (id != cursor->id)
			cursor->seq = 0;
		cursor->id = id;
		err = ovl_fdb_dump_entry(skb, ovl, conf, entry, &msg,
					 &cursor->seq);
		if (err)
			break;
		cursor->id = id + 1;
		cursor->seq = 0;
	}
	rcu_read_unlock();
	if (!err)
		cursor->ifindex = 0;
	return err;
}

/**
 * ovl_fdb_netlink_get() - RTM_GETNEIGH for one entry, as ndo_fdb_get
 * @skb: written to
 * @tb: attributes of the request
 * @dev: the device
 * @addr: MAC address
 * @vid: not used
 * @portid: whom to answer
 * @seq: number of the request
 * @extack: names the cause of an error
 *
 * Of several destinations the first is shown, as vxlan does.
 *
 * Context: process, RTNL.
 * Return: 0; -ENOENT if there is none; -EINVAL for bad input.
 */
int ovl_fdb_netlink_get(struct sk_buff *skb, struct nlattr *tb[],
			struct net_device *dev, const unsigned char *addr,
			u16 vid, u32 portid, u32 seq,
			struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	const struct ovl_fdb_msg msg = {
		.portid = portid, .seq = seq, .type = RTM_NEWNEIGH,
	};
	const struct ovl_peer *peer = NULL;
	struct ovl_fdb_entry *entry;
	struct ovl_fdb_key key = {};
	struct ovl_dest *dest;
	int err;

	/* vxlan takes NDA_VNI for this, which is all that "bridge fdb get" has */
	err = ovl_fdb_parse_src_vni(tb[NDA_SRC_VNI] ? : tb[NDA_VNI], conf,
				    &key.vni, extack);
	if (err)
		return err;
	err = -ENOENT;
	ether_addr_copy(key.mac, addr);
	rcu_read_lock();
	entry = ovl_fdb_find(ovl, &key);
	if (!entry) {
		NL_SET_ERR_MSG(extack, "the FDB has no such entry");
		goto unlock;
	}
	dest = rcu_dereference(entry->dest);
	if (dest->kind == OVL_DEST_PEER)
		peer = ovl_dest_peer(dest);
	else if (dest->kind == OVL_DEST_LIST)
		peer = ovl_dest_list(dest)->to[0].peer;
	err = ovl_fdb_fill(skb, ovl, conf, entry, peer, &msg);
unlock:
	rcu_read_unlock();
	return err;
}
