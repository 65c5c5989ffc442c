// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink: endpoints in requests.  An address is read out of its attributes,
 * and what a request says of one peer is carried out.
 *
 * Called by netlink.c; by fdb_netlink.c and vni_netlink.c for the addresses.
 */
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include "fdb.h"
#include "options.h"
#include "peer.h"
#include "peer_netlink.h"
#include "underlay.h"

/**
 * ovl_peer_netlink_read_addr() - which address does an attribute hold?
 * @attr: the attribute: 4 or 16 bytes, in network byte order
 * @addr: set to it; AF_UNSPEC: the unspecified address of either family
 *
 * Which addresses and lengths are right is for the caller to say, as is what
 * users are told about others.
 *
 * Context: any.
 * Return: 0, or -EAFNOSUPPORT if @attr has another length; @addr is AF_UNSPEC
 * then.
 */
int ovl_peer_netlink_read_addr(const struct nlattr *attr,
			       struct ovl_addr *addr)
{
	*addr = (struct ovl_addr) {};
	switch (nla_len(attr)) {
	case sizeof(addr->v4):
		addr->v4 = nla_get_in_addr(attr);
		addr->family = addr->v4 ? AF_INET : AF_UNSPEC;
		return 0;
	case sizeof(addr->v6):
		addr->v6 = nla_get_in6_addr(attr);
		addr->family = ipv6_addr_any(&addr->v6) ? AF_UNSPEC : AF_INET6;
		return 0;
	default:
		return -EAFNOSUPPORT;
	}
}

static bool ovl_addr_is(const struct ovl_addr *addr, enum ovl_addr_kind kind)
{
	return (kind != OVL_ADDR_MULTICAST && ovl_addr_is_unicast(addr)) ||
	       (kind != OVL_ADDR_UNICAST && ovl_addr_is_multicast(addr));
}

/**
 * ovl_peer_netlink_parse_addr() - read an address of either family
 * @v4: attribute of 4 bytes, or NULL
 * @v6: attribute of 16 bytes, or NULL; the policy has seen to the lengths
 * @name: what users call it
 * @kind: what is accepted; so is the unspecified address, which stands for none
 * @addr: set to the address, in network byte order; AF_UNSPEC: none.  Without
 *	an attribute, and on an error, it stays as it is
 * @extack: names the cause of an error
 *
 * Context: any.
 * Return: 0; -EINVAL if both attributes are there, or the address is not of
 * @kind.
 */
int ovl_peer_netlink_parse_addr(struct nlattr *v4, struct nlattr *v6,
				const char *name, enum ovl_addr_kind kind,
				struct ovl_addr *addr,
				struct netlink_ext_ack *extack)
{
	struct nlattr *attr = v4 ? : v6;
	struct ovl_addr new;
	int err;

	if (!attr)
		return 0;
	if (v4 && v6) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, v6, "%s: given twice", name);
		return -EINVAL;
	}
	err = ovl_peer_netlink_read_addr(attr, &new);
	if (err)
		return err;
	if (new.family && !ovl_addr_is(&new, kind)) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr, "%s: not a %s address",
					name, kind == OVL_ADDR_MULTICAST ?
					"multicast" : "unicast");
		return -EINVAL;
	}
	*addr = new;
	return 0;
}

static const struct nla_policy ovl_peer_policy[OVL_PEER_MAX + 1] = {
	[OVL_PEER_ADDR]		= NLA_POLICY_EXACT_LEN(4),
	[OVL_PEER_ADDR6]	= NLA_POLICY_EXACT_LEN(16),
	[OVL_PEER_PORT]		= { .type = NLA_U16 },
	[OVL_PEER_VNI]		= { .type = NLA_U32 },
	[OVL_PEER_IFINDEX]	= { .type = NLA_U32 },
	[OVL_PEER_OPTS]		= { .type = NLA_BINARY },
};

static int ovl_peer_parse(const struct ovl_conf *conf, struct nlattr *tb[],
			  struct ovl_peer_key *key,
			  struct netlink_ext_ack *extack)
{
	struct ovl_addr addr = {};
	int err;

	err = ovl_peer_netlink_parse_addr(tb[OVL_PEER_ADDR],
					  tb[OVL_PEER_ADDR6], "peer",
					  OVL_ADDR_EITHER, &addr, extack);
	if (err)
		return err;
	if (!addr.family) {
		NL_SET_ERR_MSG(extack, "peer: which?");
		return -EINVAL;
	}
	*key = ovl_peer_key_of(&addr, 0);
	if (tb[OVL_PEER_PORT])
		key->port = nla_get_be16(tb[OVL_PEER_PORT]);
	if (tb[OVL_PEER_VNI])
		key->vni = nla_get_u32(tb[OVL_PEER_VNI]);
	if (tb[OVL_PEER_IFINDEX])
		key->ifindex = nla_get_u32(tb[OVL_PEER_IFINDEX]);
	if (tb[OVL_PEER_PORT] && !key->port) {
		NL_SET_ERR_MSG_ATTR(extack, tb[OVL_PEER_PORT],
				    "peer: 0 is no port");
		return -EINVAL;
	}
	if (tb[OVL_PEER_VNI] && key->vni > OVL_VNI_MAX) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, tb[OVL_PEER_VNI],
					"peer: VNI %u is above %u", key->vni,
					OVL_VNI_MAX);
		return -ERANGE;
	}
	/* What is the device's own is left to the device, as in the FDB */
	ovl_fdb_normalise(conf, conf->vni, key);
	return 0;
}

/**
 * ovl_peer_netlink_change() - carry out IFLA_OVL_PEER: options for one peer
 * @ovl: a live device
 * @attr: the attribute
 * @extack: names the cause of an error
 *
 * The options are copied out of @attr and are the peer's then; a request
 * without any takes the peer's own from it, so that it gets the device's.  MTU
 * and headroom follow.
 *
 * Context: process, RTNL; may sleep.
 * Return: 0, or an error, and then nothing has changed: -ENOENT if the device
 * has no such peer; -EINVAL, -ERANGE for bad input; -ENOMEM; what
 * ovl_opts_parse() and ovl_opts_check_peer() fail with.
 */
int ovl_peer_netlink_change(struct ovl_dev *ovl, struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	struct nlattr *tb[OVL_PEER_MAX + 1];
	struct ovl_opts *opts = NULL;
	struct ovl_peer_key key;
	int err;

	err = nla_parse_nested(tb, OVL_PEER_MAX, attr, ovl_peer_policy, extack);
	if (err)
		return err;
	err = ovl_peer_parse(conf, tb, &key, extack);
	if (err)
		return err;
	if (conf->external) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "opts: external takes options from metadata");
		return -EINVAL;
	}
	if (tb[OVL_PEER_OPTS]) {
		opts = ovl_opts_parse(tb[OVL_PEER_OPTS], extack);
		if (IS_ERR(opts))
			return PTR_ERR(opts);
		err = ovl_opts_check_peer(conf, opts, extack);
	}
	if (!err)
		err = ovl_peer_set_opts(ovl, &key, opts);
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(extack, attr, "peer: the device has no such peer");
	if (err)
		kfree(opts);
	else
		ovl_underlay_follow(ovl);
	return err;
}
