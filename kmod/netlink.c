// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink: making, changing, showing and deleting devices.
 *
 * A request is parsed into a configuration of its own, which conf.c then puts
 * to use.  Requests about peers and about VNIs are handed to peer_netlink.c and
 * vni_netlink.c.
 *
 * Called by rtnetlink under RTNL, and by main.c to delete.
 */
#include <linux/etherdevice.h>
#include <net/net_namespace.h>

#include "conf.h"
#include "device.h"
#include "fdb.h"
#include "netlink.h"
#include "options.h"
#include "peer.h"
#include "peer_netlink.h"
#include "reflect.h"
#include "underlay.h"
#include "vni_netlink.h"
#include "vnis.h"
#include "xstats.h"

/**
 * struct ovl_field - an attribute that is a number and nothing else
 * @name: what users call it
 * @attr: IFLA_OVL_
 * @offset: where it goes in struct ovl_conf
 * @size: of that member, and of the attribute
 * @max: largest value
 */
struct ovl_field {
	const char	*name;
	u16		attr;
	u16		offset;
	u16		size;
	u32		max;
};

/* checkpatch MACRO_ARG_REUSE: a member's name has no side effects */
#define OVL_FIELD(_name, _attr, _member, _max) {			       \
	.name	= (_name),						       \
	.attr	= IFLA_OVL_##_attr,					       \
	.offset	= offsetof(struct ovl_conf, _member),			       \
	.size	= sizeof_field(struct ovl_conf, _member),		       \
	.max	= (_max),						       \
}

static const struct ovl_field ovl_fields[] = {
	OVL_FIELD("id", ID, vni, OVL_VNI_MAX),
	OVL_FIELD("dev", LINK, link, INT_MAX),
	OVL_FIELD("ttl", TTL, ttl, OVL_TTL_INHERIT),
	OVL_FIELD("tos", TOS, tos, OVL_TOS_INHERIT),
	OVL_FIELD("flowlabel", FLOWLABEL, label, OVL_FLOWLABEL_INHERIT),
	OVL_FIELD("df", DF, df, OVL_DF_MAX),
	OVL_FIELD("ecn", ECN, ecn, OVL_ECN_MAX),
	OVL_FIELD("udpcsum", UDP_CSUM, udp_csum, 1),
	OVL_FIELD("udp6zerocsumtx", UDP_ZERO_CSUM6_TX, zero_csum6_tx, 1),
	OVL_FIELD("udp6zerocsumrx", UDP_ZERO_CSUM6_RX, zero_csum6_rx, 1),
	OVL_FIELD("srccheck", SRCCHECK, srccheck, 1),
	OVL_FIELD("learning", LEARNING, learning, 1),
	OVL_FIELD("ageing", AGEING, ageing, OVL_AGEING_MAX),
	OVL_FIELD("maxaddress", MAXADDRESS, maxaddress, U32_MAX),
	OVL_FIELD("localbypass", LOCALBYPASS, localbypass, 1),
	OVL_FIELD("proxy", PROXY, proxy, 1),
	OVL_FIELD("l2miss", L2MISS, l2miss, 1),
	OVL_FIELD("l3miss", L3MISS, l3miss, 1),
	OVL_FIELD("external", EXTERNAL, external, 1),
	OVL_FIELD("critmismatch", CRITMISMATCH, critmismatch,
		  OVL_CRITMISMATCH_MAX),
	OVL_FIELD("vnifilter", VNIFILTER, vnifilter, 1),
	OVL_FIELD("reflect", REFLECT, n_reflect, OVL_REFLECT_MAX),
	OVL_FIELD("innerprotoinherit", INNERPROTOINHERIT, l3, 1),
};

/* Ranges are not said here: the core's refusal would not name the attribute */
static const struct nla_policy ovl_policy[IFLA_OVL_MAX + 1] = {
	[IFLA_OVL_ID]			= { .type = NLA_U32 },
	[IFLA_OVL_REMOTE]		= NLA_POLICY_EXACT_LEN(4),
	[IFLA_OVL_REMOTE6]		= NLA_POLICY_EXACT_LEN(16),
	[IFLA_OVL_LOCAL]		= NLA_POLICY_EXACT_LEN(4),
	[IFLA_OVL_LOCAL6]		= NLA_POLICY_EXACT_LEN(16),
	[IFLA_OVL_LINK]			= { .type = NLA_U32 },
	[IFLA_OVL_LINK_NETNSID]		= { .type = NLA_REJECT },
	[IFLA_OVL_PORT]			= { .type = NLA_U16 },
	[IFLA_OVL_SRCPORT]		=
		NLA_POLICY_EXACT_LEN(sizeof(struct ovl_port_range)),
	[IFLA_OVL_TTL]			= { .type = NLA_U16 },
	[IFLA_OVL_TOS]			= { .type = NLA_U16 },
	[IFLA_OVL_FLOWLABEL]		= { .type = NLA_U32 },
	[IFLA_OVL_DF]			= { .type = NLA_U8 },
	[IFLA_OVL_ECN]			= { .type = NLA_U8 },
	[IFLA_OVL_UDP_CSUM]		= { .type = NLA_U8 },
	[IFLA_OVL_UDP_ZERO_CSUM6_TX]	= { .type = NLA_U8 },
	[IFLA_OVL_UDP_ZERO_CSUM6_RX]	= { .type = NLA_U8 },
	[IFLA_OVL_SRCCHECK]		= { .type = NLA_U8 },
	[IFLA_OVL_INNERPROTOINHERIT]	= { .type = NLA_U8 },
	[IFLA_OVL_GROUP]		= NLA_POLICY_EXACT_LEN(4),
	[IFLA_OVL_GROUP6]		= NLA_POLICY_EXACT_LEN(16),
	[IFLA_OVL_LEARNING]		= { .type = NLA_U8 },
	[IFLA_OVL_AGEING]		= { .type = NLA_U32 },
	[IFLA_OVL_MAXADDRESS]		= { .type = NLA_U32 },
	[IFLA_OVL_LOCALBYPASS]		= { .type = NLA_U8 },
	[IFLA_OVL_PROXY]		= { .type = NLA_U8 },
	[IFLA_OVL_L2MISS]		= { .type = NLA_U8 },
	[IFLA_OVL_L3MISS]		= { .type = NLA_U8 },
	[IFLA_OVL_N_LEARNED]		= { .type = NLA_REJECT },
	[IFLA_OVL_EXTERNAL]		= { .type = NLA_U8 },
	[IFLA_OVL_OPTS]			= { .type = NLA_BINARY },
	[IFLA_OVL_ACCEPT]		= { .type = NLA_BINARY },
	[IFLA_OVL_MARKOPT]		= { .type = NLA_BINARY },
	[IFLA_OVL_OPTMAX]		= { .type = NLA_U16 },
	[IFLA_OVL_CRITMISMATCH]		= { .type = NLA_U8 },
	[IFLA_OVL_VNIFILTER]		= { .type = NLA_U8 },
	[IFLA_OVL_REFLECT]		= { .type = NLA_U32 },
	[IFLA_OVL_PEER]			= { .type = NLA_NESTED },
	[IFLA_OVL_VNIS]			= { .type = NLA_NESTED },
	[IFLA_OVL_N_VNIS]		= { .type = NLA_REJECT },
};

static u32 ovl_field_get(const struct ovl_conf *conf,
			 const struct ovl_field *field)
{
	const void *member = (const void *)conf + field->offset;

	switch (field->size) {
	case sizeof(u8):
		return *(const u8 *)member;
	case sizeof(u16):
		return *(const u16 *)member;
	default:
		return *(const u32 *)member;
	}
}

static int ovl_field_parse(struct ovl_conf *conf,
			   const struct ovl_field *field,
			   struct nlattr *attr, struct netlink_ext_ack *extack)
{
	void *member = (void *)conf + field->offset;
	u32 value = 0;

	/* The policy has seen to the length */
	switch (field->size) {
	case sizeof(u8):
		value = nla_get_u8(attr);
		break;
	case sizeof(u16):
		value = nla_get_u16(attr);
		break;
	default:
		value = nla_get_u32(attr);
	}
	if (value > field->max) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr, "%s: %u is above %u",
					field->name, value, field->max);
		return -ERANGE;
	}
	memcpy(member, nla_data(attr), field->size);
	return 0;
}

/*
 * The default endpoint, a host or a group: each takes the other's place, and
 * "none" takes back what is of its own kind.
 */
static int ovl_parse_remote(struct ovl_conf *conf, struct nlattr *data[],
			    struct netlink_ext_ack *extack)
{
	bool was_group = ovl_addr_is_multicast(&conf->remote);
	struct ovl_addr remote = {}, group = {};
	int err;

	err = ovl_peer_netlink_parse_addr(data[IFLA_OVL_REMOTE],
					  data[IFLA_OVL_REMOTE6], "remote",
					  OVL_ADDR_UNICAST, &remote, extack);
	if (err)
		return err;
	err = ovl_peer_netlink_parse_addr(data[IFLA_OVL_GROUP],
					  data[IFLA_OVL_GROUP6], "group",
					  OVL_ADDR_MULTICAST, &group, extack);
	if (err)
		return err;
	if (remote.family && group.family) {
		NL_SET_ERR_MSG(extack, "group: excludes remote");
		return -EINVAL;
	}
	if (remote.family)
		conf->remote = remote;
	else if (group.family)
		conf->remote = group;
	else if (was_group ? data[IFLA_OVL_GROUP] || data[IFLA_OVL_GROUP6] :
			     data[IFLA_OVL_REMOTE] || data[IFLA_OVL_REMOTE6])
		conf->remote = (struct ovl_addr) {};
	return 0;
}

static int ovl_parse_ports(struct ovl_conf *conf, struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	const struct ovl_port_range *range;
	struct nlattr *attr;

	attr = data[IFLA_OVL_PORT];
	if (attr) {
		conf->dstport = nla_get_be16(attr);
		if (!conf->dstport) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "dstport: 0 is no port");
			return -EINVAL;
		}
	}

	attr = data[IFLA_OVL_SRCPORT];
	if (attr) {
		range = nla_data(attr);
		conf->sport_min = ntohs(range->low);
		conf->sport_max = ntohs(range->high);
		if (!conf->sport_min) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "srcport: 0 is no port");
			return -EINVAL;
		}
		if (conf->sport_min > conf->sport_max) {
			NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
						"srcport: the range is reversed: %u is above %u",
						conf->sport_min,
						conf->sport_max);
			return -EINVAL;
		}
	}
	return 0;
}

/* Rules between attributes, whichever of them this request has given */
static int ovl_conf_check(struct ovl_dev *ovl, struct ovl_conf *conf,
			  struct nlattr *data[],
			  struct netlink_ext_ack *extack)
{
	struct net_device *link = NULL;
	int err;

	if (conf->external && data[IFLA_OVL_ID]) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_OVL_ID],
				    "id: external has no VNI of its own");
		return -EINVAL;
	}
	if (conf->external &&
	    (conf->remote.family || conf->proxy || conf->n_reflect)) {
		NL_SET_ERR_MSG(extack,
			       "external: excludes remote, group, proxy, reflect");
		return -EINVAL;
	}
	if (conf->vnifilter && !conf->external) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_OVL_VNIFILTER],
				    "vnifilter: needs external");
		return -EINVAL;
	}
	if (conf->l3 && (conf->learning || conf->proxy || conf->l2miss ||
			 conf->l3miss)) {
		NL_SET_ERR_MSG(extack, "innerprotoinherit: excludes learning, proxy and misses");
		return -EINVAL;
	}
	if (ovl_addr_is_multicast(&conf->remote) && !conf->link) {
		NL_SET_ERR_MSG(extack, "group: needs dev, the device to join it on");
		return -EINVAL;
	}
	if (conf->local.family != AF_UNSPEC &&
	    conf->remote.family != AF_UNSPEC &&
	    conf->local.family != conf->remote.family) {
		NL_SET_ERR_MSG(extack, "local: not of the same family as remote");
		return -EINVAL;
	}
	if (conf->tos != OVL_TOS_INHERIT && conf->tos & ~INET_DSCP_MASK) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_OVL_TOS],
				    "tos: not a DSCP; the ECN bits come from the inner header");
		return -EINVAL;
	}
	if (conf->label != OVL_FLOWLABEL_AUTO &&
	    conf->remote.family == AF_INET) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_OVL_FLOWLABEL],
				    "flowlabel: the underlay is IPv4, which has none");
		return -EINVAL;
	}
	if (conf->link) {
		link = __dev_get_by_index(ovl->net, conf->link);
		if (!link) {
			NL_SET_ERR_MSG_ATTR(extack, data[IFLA_OVL_LINK],
					    "dev: no such device in the underlay's namespace");
			return -ENODEV;
		}
		if (link == ovl->dev) {
			NL_SET_ERR_MSG_ATTR(extack, data[IFLA_OVL_LINK],
					    "dev: a device cannot be its own underlay");
			return -ELOOP;
		}
	} else if (ovl_addr_is_linklocal(&conf->remote)) {
		NL_SET_ERR_MSG(extack, "remote: a link-local address needs dev");
		return -EINVAL;
	} else if (ovl_addr_is_linklocal(&conf->local)) {
		NL_SET_ERR_MSG(extack, "local: a link-local address needs dev");
		return -EINVAL;
	}
	conf->over_ovl = link && ovl_device_is(link);
	err = ovl_vnis_judge(ovl, conf, extack);
	if (err)
		return err;
	return ovl_opts_check_conf(ovl, conf, extack);
}

/* Defaults: DESIGN's table, each the RFC's own where there is one */
static const struct ovl_conf ovl_conf_defaults = {
	.dstport	= htons(OVL_PORT),
	.sport_min	= 1,
	.sport_max	= U16_MAX,
	.ttl		= OVL_TTL_AUTO,
	.label		= OVL_FLOWLABEL_AUTO,
	.df		= OVL_DF_SET,
	.ecn		= OVL_ECN_NORMAL,
	.udp_csum	= true,
	.srccheck	= true,
	.ageing		= OVL_AGEING,
	.maxaddress	= OVL_MAXADDRESS,
	.localbypass	= true,
	.optmax		= OVL_OPTMAX_UNLIMITED,
};

/*
 * A configuration of its own: @base and what the request says.  It owns
 * neither sockets nor a peer yet.
 */
static struct ovl_conf *ovl_conf_parse(struct ovl_dev *ovl,
				       const struct ovl_conf *base,
				       struct nlattr *data[],
				       struct netlink_ext_ack *extack)
{
	const struct ovl_field *field;
	struct ovl_conf *conf;
	int err;

	conf = ovl_conf_copy(base);
	if (!conf)
		return ERR_PTR(-ENOMEM);
	/* Found anew by ovl_conf_acquire() */
	conf->families = 0;

	for (field = ovl_fields; field < ovl_fields + ARRAY_SIZE(ovl_fields);
	     field++) {
		if (!data[field->attr])
			continue;
		err = ovl_field_parse(conf, field, data[field->attr], extack);
		if (err)
			goto err_free;
	}
	if (data[IFLA_OVL_SRCCHECK])
		conf->srccheck_given = true;
	/* Whoever reads the metadata of external judges where it is from */
	if (!conf->srccheck_given)
		conf->srccheck = !conf->learning && !conf->external;
	if (data[IFLA_OVL_DF])
		conf->df_given = true;
	if (data[IFLA_OVL_REFLECT]) {
		err = ovl_reflect_resize(conf);
		if (err)
			goto err_free;
	}
	err = ovl_opts_parse_conf(conf, data, extack);
	if (err)
		goto err_free;
	err = ovl_parse_remote(conf, data, extack);
	if (err)
		goto err_free;
	err = ovl_peer_netlink_parse_addr(data[IFLA_OVL_LOCAL],
					  data[IFLA_OVL_LOCAL6], "local",
					  OVL_ADDR_UNICAST, &conf->local,
					  extack);
	if (err)
		goto err_free;
	err = ovl_parse_ports(conf, data, extack);
	if (err)
		goto err_free;
	if (conf->external)
		conf->vni = OVL_VNI_OTHERS;
	err = ovl_conf_check(ovl, conf, data, extack);
	if (err)
		goto err_free;
	return conf;

err_free:
	ovl_conf_free(conf);
	return ERR_PTR(err);
}

/* rtnetlink passes over what is above maxtype, and over wrong lengths */
static int ovl_validate_data(struct nlattr *info_data,
			     struct netlink_ext_ack *extack)
{
	struct nlattr *attr;
	int rem;

	nla_for_each_nested(attr, info_data, rem) {
		if (nla_type(attr) <= IFLA_OVL_MAX)
			continue;
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"attribute %u of a newer ip: this ovl module does not know it",
					nla_type(attr));
		return -EOPNOTSUPP;
	}
	return __nla_validate(nla_data(info_data), nla_len(info_data),
			      IFLA_OVL_MAX, ovl_policy,
			      NL_VALIDATE_TRAILING | NL_VALIDATE_MAXTYPE |
			      NL_VALIDATE_STRICT_ATTRS, extack);
}

static struct nlattr *ovl_info_data(struct nlattr *tb[])
{
	if (!tb[IFLA_LINKINFO])
		return NULL;
	return nla_find_nested(tb[IFLA_LINKINFO], IFLA_INFO_DATA);
}

static int ovl_validate(struct nlattr *tb[], struct nlattr *data[],
			struct netlink_ext_ack *extack)
{
	struct nlattr *info_data = ovl_info_data(tb);
	struct nlattr *address = tb[IFLA_ADDRESS];

	if (info_data) {
		int err = ovl_validate_data(info_data, extack);

		if (err)
			return err;
	}

	if (!address)
		return 0;
	if (data && data[IFLA_OVL_INNERPROTOINHERIT] &&
	    nla_get_u8(data[IFLA_OVL_INNERPROTOINHERIT])) {
		NL_SET_ERR_MSG_ATTR(extack, address,
				    "address: a device of innerprotoinherit has none");
		return -EINVAL;
	}
	if (nla_len(address) != ETH_ALEN ||
	    !is_valid_ether_addr(nla_data(address))) {
		NL_SET_ERR_MSG_ATTR(extack, address,
				    "address: not a unicast Ethernet address");
		return -EADDRNOTAVAIL;
	}
	return 0;
}

static bool ovl_wants_external(struct nlattr *data[])
{
	return data[IFLA_OVL_EXTERNAL] && nla_get_u8(data[IFLA_OVL_EXTERNAL]);
}

static int ovl_newlink(struct net_device *dev,
		       struct rtnl_newlink_params *params,
		       struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct nlattr **data = params->data;
	struct ovl_conf *conf;
	int err;

	ovl->net = rtnl_newlink_link_net(params);
	ovl->mtu_user = params->tb[IFLA_MTU];

	if (!data || (!data[IFLA_OVL_ID] && !ovl_wants_external(data))) {
		NL_SET_ERR_MSG(extack, "id: missing, a device needs a VNI");
		return -EINVAL;
	}
	if (data[IFLA_OVL_PEER] || data[IFLA_OVL_VNIS]) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_OVL_PEER] ? :
				    data[IFLA_OVL_VNIS],
				    "peer, vni: the device must be there already");
		return -EINVAL;
	}
	ovl_vnis_init(ovl);
	err = ovl_peers_init(ovl);
	if (err)
		return err;
	err = ovl_fdb_init(ovl);
	if (err)
		goto err_peers;
	conf = ovl_conf_parse(ovl, &ovl_conf_defaults, data, extack);
	if (IS_ERR(conf)) {
		err = PTR_ERR(conf);
		goto err_fdb;
	}
	err = ovl_conf_acquire(ovl, conf, extack);
	if (err) {
		ovl_conf_free(conf);
		goto err_fdb;
	}

	if (conf->l3)
		ovl_device_setup_l3(dev);
	rcu_assign_pointer(ovl->conf, conf);
	ovl_underlay_follow(ovl);

	/* From here on ovl_ndo_uninit() gives back everything ... */
	err = register_netdevice(dev);
	if (err)
		goto err_conf;
	err = ovl_conf_start(ovl, extack);
	if (err) {
		ovl_vnis_unreach(ovl);
		unregister_netdevice(dev);
	}
	return err;

err_conf:
	/* ... unless it was not reached */
	if (rtnl_dereference(ovl->conf))
		ovl_conf_release(ovl);
	return err;
err_fdb:
	ovl_fdb_destroy(ovl);
err_peers:
	ovl_peers_destroy(ovl);
	return err;
}

/* What is there from the start, and does not change; NULL: all is well */
static const char *ovl_conf_fixed(const struct ovl_conf *old,
				  const struct ovl_conf *new,
				  struct nlattr *data[], struct nlattr **attr)
{
	if (new->l3 != old->l3) {
		*attr = data[IFLA_OVL_INNERPROTOINHERIT];
		return "innerprotoinherit";
	}
	if (new->external != old->external) {
		*attr = data[IFLA_OVL_EXTERNAL];
		return "external";
	}
	if (new->vnifilter != old->vnifilter) {
		*attr = data[IFLA_OVL_VNIFILTER];
		return "vnifilter";
	}
	return NULL;
}

static int ovl_change_conf(struct ovl_dev *ovl, struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	struct ovl_conf *old = rtnl_dereference(ovl->conf);
	struct nlattr *attr = NULL;
	struct ovl_conf *conf;
	const char *fixed;
	int err;

	conf = ovl_conf_parse(ovl, old, data, extack);
	if (IS_ERR(conf))
		return PTR_ERR(conf);
	fixed = ovl_conf_fixed(old, conf, data, &attr);
	if (fixed) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"%s: fixed when the device is made",
					fixed);
		ovl_conf_free(conf);
		return -EOPNOTSUPP;
	}
	err = ovl_conf_change(ovl, conf, extack);
	if (err)
		return err;
	ovl_underlay_follow(ovl);
	return 0;
}

/* Is there anything in a request besides @attr, which is to stand alone? */
static bool ovl_stands_alone(struct nlattr *data[], u16 attr)
{
	u16 i;

	for (i = 0; i <= IFLA_OVL_MAX; i++)
		if (data[i] && i != attr)
			return false;
	return true;
}

static int ovl_changelink(struct net_device *dev, struct nlattr *tb[],
			  struct nlattr *data[],
			  struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct nlattr *alone;

	if (!data)
		return 0;
	/* Whoever got the device must not steer the underlay it came from */
	if (!rtnl_dev_link_net_capable(dev, ovl->net)) {
		NL_SET_ERR_MSG(extack, "no rights in the underlay's namespace");
		return -EPERM;
	}
	alone = data[IFLA_OVL_PEER] ? : data[IFLA_OVL_VNIS];
	if (!alone)
		return ovl_change_conf(ovl, data, extack);
	/* So that a request changes all or nothing */
	if (!ovl_stands_alone(data, nla_type(alone))) {
		NL_SET_ERR_MSG_ATTR(extack, alone,
				    "peer, vni: a request of its own, nothing beside it");
		return -EINVAL;
	}
	if (data[IFLA_OVL_PEER])
		return ovl_peer_netlink_change(ovl, alone, extack);
	return ovl_vni_netlink_change(ovl, alone, extack);
}

/**
 * ovl_netlink_is_live() - has a device been made, and not been deleted yet?
 * @dev: an ovl device
 *
 * Context: process, RTNL.
 */
bool ovl_netlink_is_live(const struct net_device *dev)
{
	const struct ovl_dev *ovl = netdev_priv(dev);

	return !list_empty(&ovl->list);
}

/**
 * ovl_netlink_dellink() - begin the end of a device, as .dellink
 * @dev: an ovl device
 * @head: list it is queued on, to be unregistered with others; or NULL
 *
 * From here on no packet finds it.  A second call does nothing.
 *
 * Context: process, RTNL.
 */
void ovl_netlink_dellink(struct net_device *dev, struct list_head *head)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	if (!ovl_netlink_is_live(dev))
		return;
	list_del_init(&ovl->list);
	ovl_vnis_unreach(ovl);
	/* Now, for the underlay device may be the next on the same list */
	if (ovl->lower)
		netdev_upper_dev_unlink(ovl->lower, dev);
	ovl->lower = NULL;
	unregister_netdevice_queue(dev, head);
}

static size_t ovl_get_size(const struct net_device *dev)
{
	size_t size = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ovl_fields); i++)
		size += nla_total_size(ovl_fields[i].size);
	return size +
	       nla_total_size(sizeof(struct in6_addr)) +	/* REMOTE6, GROUP6 */
	       nla_total_size(sizeof(struct in6_addr)) +	/* LOCAL6 */
	       nla_total_size(sizeof(s32)) +			/* LINK_NETNSID */
	       nla_total_size(sizeof(__be16)) +			/* PORT */
	       nla_total_size(sizeof(struct ovl_port_range)) +	/* SRCPORT */
	       nla_total_size(sizeof(u32)) +			/* N_LEARNED */
	       nla_total_size(OVL_OPTS_MAX) +			/* OPTS */
	       nla_total_size(OVL_ACCEPT_MAX *			/* ACCEPT */
			      sizeof(struct ovl_opt_match)) +
	       nla_total_size(sizeof(struct ovl_opt_match)) +	/* MARKOPT */
	       nla_total_size(sizeof(u16)) +			/* OPTMAX */
	       nla_total_size(sizeof(u32));			/* N_VNIS */
}

/* An address that is not set is shown as that of @family which means any */
static int ovl_fill_addr(struct sk_buff *skb, int attr4, int attr6,
			 const struct ovl_addr *addr, sa_family_t family)
{
	if ((addr->family ? : family) == AF_INET)
		return nla_put_in_addr(skb, attr4, addr->v4);
	return nla_put_in6_addr(skb, attr6, &addr->v6);
}

/* The default endpoint stands under what it is, a host or a group */
static int ovl_fill_remote(struct sk_buff *skb, const struct ovl_conf *conf)
{
	if (ovl_addr_is_multicast(&conf->remote))
		return ovl_fill_addr(skb, IFLA_OVL_GROUP, IFLA_OVL_GROUP6,
				     &conf->remote, AF_UNSPEC);
	return ovl_fill_addr(skb, IFLA_OVL_REMOTE, IFLA_OVL_REMOTE6,
			     &conf->remote, ovl_conf_family(conf));
}

static int ovl_fill_field(struct sk_buff *skb, const struct ovl_conf *conf,
			  const struct ovl_field *field)
{
	u32 value = ovl_field_get(conf, field);

	switch (field->size) {
	case sizeof(u8):
		return nla_put_u8(skb, field->attr, value);
	case sizeof(u16):
		return nla_put_u16(skb, field->attr, value);
	default:
		return nla_put_u32(skb, field->attr, value);
	}
}

static int ovl_fill_opts(struct sk_buff *skb, const struct ovl_conf *conf)
{
	const struct ovl_opts *opts = conf->opts;

	if (nla_put(skb, IFLA_OVL_OPTS, opts ? opts->len : 0,
		    opts ? opts->data : NULL) ||
	    nla_put(skb, IFLA_OVL_ACCEPT,
		    conf->n_accept * sizeof(*conf->accept), conf->accept) ||
	    nla_put(skb, IFLA_OVL_MARKOPT,
		    conf->has_markopt ? sizeof(conf->markopt) : 0,
		    &conf->markopt))
		return -EMSGSIZE;
	return nla_put_u16(skb, IFLA_OVL_OPTMAX, conf->optmax);
}

static int ovl_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct ovl_dev *ovl = netdev_priv(dev);
	const struct ovl_conf *conf = rtnl_dereference(ovl->conf);
	const struct ovl_port_range range = {
		.low	= htons(conf->sport_min),
		.high	= htons(conf->sport_max),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ovl_fields); i++) {
		if (conf->external && ovl_fields[i].attr == IFLA_OVL_ID)
			continue;
		if (ovl_fill_field(skb, conf, &ovl_fields[i]))
			return -EMSGSIZE;
	}

	if (ovl_fill_opts(skb, conf) ||
	    (conf->vnifilter &&
	     nla_put_u32(skb, IFLA_OVL_N_VNIS, ovl->n_vnis)) ||
	    ovl_fill_remote(skb, conf) ||
	    ovl_fill_addr(skb, IFLA_OVL_LOCAL, IFLA_OVL_LOCAL6, &conf->local,
			  ovl_conf_family(conf)) ||
	    nla_put_u32(skb, IFLA_OVL_N_LEARNED,
			READ_ONCE(ovl->fdb.n_learned)) ||
	    nla_put_be16(skb, IFLA_OVL_PORT, conf->dstport) ||
	    nla_put(skb, IFLA_OVL_SRCPORT, sizeof(range), &range))
		return -EMSGSIZE;

	if (ovl_crosses_net(ovl) &&
	    nla_put_s32(skb, IFLA_OVL_LINK_NETNSID,
			peernet2id(dev_net(dev), ovl->net)))
		return -EMSGSIZE;
	return 0;
}

static struct net *ovl_get_link_net(const struct net_device *dev)
{
	const struct ovl_dev *ovl = netdev_priv(dev);

	return ovl->net;
}

OVL_NEWLINK_DEFINE(ovl_newlink)

/* The kind "ovl"; registered by main.c */
struct rtnl_link_ops ovl_link_ops __read_mostly = {
	.kind		= "ovl",
	.maxtype	= IFLA_OVL_MAX,
	.policy		= ovl_policy,
	.priv_size	= sizeof(struct ovl_dev),
	.setup		= ovl_device_setup,
	.validate	= ovl_validate,
	.newlink	= OVL_NEWLINK(ovl_newlink),
	.changelink	= ovl_changelink,
	.dellink	= ovl_netlink_dellink,
	.get_size	= ovl_get_size,
	.fill_info	= ovl_fill_info,
	.get_link_net	= ovl_get_link_net,
	.get_linkxstats_size	= ovl_xstats_get_size,
	.fill_linkxstats	= ovl_xstats_fill,
};
