// SPDX-License-Identifier: GPL-2.0-only
/*
 * Option sets and the receive policy, RFC 8926 section 3.5.
 *
 * What a user gives is validated here once, and only copied when it is sent.
 */
#include <linux/slab.h>

#include "options.h"
#include "peer.h"

/* To users, as they write it */
#define OVL_OPT_FMT		"%04x:%02x"

static bool ovl_opts_match(const struct ovl_opt_match *match,
			   const struct geneve_opt *opt)
{
	return match->opt_class == opt->class &&
	       (match->any || match->type == opt->type);
}

static bool ovl_opts_is_markopt(const struct ovl_conf *conf,
				const struct geneve_opt *opt)
{
	return conf->has_markopt && ovl_opts_match(&conf->markopt, opt);
}

/**
 * ovl_opts_parse() - an option set from netlink
 * @attr: options as they stand on the wire
 * @extack: names what is wrong with them
 *
 * Context: process.
 * Return: a set for the caller to kfree(), which may be empty, or an error.
 */
struct ovl_opts *ovl_opts_parse(const struct nlattr *attr,
				struct netlink_ext_ack *extack)
{
	unsigned int len = nla_len(attr);
	struct ovl_opts *opts;
	bool critical;

	if (len > GENEVE_OPTS_MAX) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"opts: %u bytes, a header has room for %u",
					len, GENEVE_OPTS_MAX);
		return ERR_PTR(-E2BIG);
	}
	if (!geneve_opts_check(nla_data(attr), len, &critical)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "opts: the lengths of the options do not add up");
		return ERR_PTR(-EINVAL);
	}
	if (!geneve_opts_sendable(nla_data(attr), len, &critical)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "opts: a reserved bit is set");
		return ERR_PTR(-EINVAL);
	}

	opts = kzalloc(struct_size(opts, data, len), GFP_KERNEL);
	if (!opts)
		return ERR_PTR(-ENOMEM);
	opts->len = len;
	opts->critical = critical;
	memcpy(opts->data, nla_data(attr), len);
	return opts;
}

static int ovl_opts_parse_opts(struct ovl_conf *conf, const struct nlattr *attr,
			       struct netlink_ext_ack *extack)
{
	struct ovl_opts *opts;

	opts = ovl_opts_parse(attr, extack);
	if (IS_ERR(opts))
		return PTR_ERR(opts);
	kfree(conf->opts);
	conf->opts = NULL;
	if (opts->len)
		conf->opts = opts;
	else
		kfree(opts);
	return 0;
}

static bool ovl_opts_match_ok(const struct ovl_opt_match *match)
{
	return match->any <= 1 && !(match->any && match->type);
}

static void ovl_opts_say_twice(const struct nlattr *attr,
			       const struct ovl_opt_match *match,
			       struct netlink_ext_ack *extack)
{
	u16 opt_class = ntohs(match->opt_class);

	if (match->any)
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"accept: %04x:* is given twice",
					opt_class);
	else
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"accept: " OVL_OPT_FMT " is given twice",
					opt_class, match->type);
}

static int ovl_opts_check_accept(const struct nlattr *attr,
				 const struct ovl_opt_match *accept, size_t n,
				 struct netlink_ext_ack *extack)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		if (!ovl_opts_match_ok(&accept[i])) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "accept: neither CLASS:TYPE nor CLASS:*");
			return -EINVAL;
		}
		for (j = 0; j < i; j++) {
			if (memcmp(&accept[i], &accept[j], sizeof(*accept)))
				continue;
			ovl_opts_say_twice(attr, &accept[i], extack);
			return -EINVAL;
		}
	}
	return 0;
}

static int ovl_opts_parse_accept(struct ovl_conf *conf,
				 const struct nlattr *attr,
				 struct netlink_ext_ack *extack)
{
	size_t n = nla_len(attr) / sizeof(*conf->accept);
	struct ovl_opt_match *accept;
	int err;

	if (nla_len(attr) % sizeof(*conf->accept) || n > OVL_ACCEPT_MAX) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr, "accept: not a list of up to %u",
					OVL_ACCEPT_MAX);
		return -EINVAL;
	}
	err = ovl_opts_check_accept(attr, nla_data(attr), n, extack);
	if (err)
		return err;
	accept = kmemdup(nla_data(attr), nla_len(attr), GFP_KERNEL);
	if (!accept)
		return -ENOMEM;
	kfree(conf->accept);
	conf->accept = accept;
	conf->n_accept = n;
	return 0;
}

static int ovl_opts_parse_markopt(struct ovl_conf *conf,
				  const struct nlattr *attr,
				  struct netlink_ext_ack *extack)
{
	const struct ovl_opt_match *match = nla_data(attr);

	if (!nla_len(attr)) {
		conf->has_markopt = false;
		return 0;
	}
	if (nla_len(attr) != sizeof(*match) || match->any) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "markopt: not one CLASS:TYPE");
		return -EINVAL;
	}
	conf->markopt = *match;
	conf->has_markopt = true;
	return 0;
}

static int ovl_opts_parse_optmax(struct ovl_conf *conf,
				 const struct nlattr *attr,
				 struct netlink_ext_ack *extack)
{
	u16 optmax = nla_get_u16(attr);

	if (optmax != OVL_OPTMAX_UNLIMITED &&
	    (optmax > OVL_OPTS_MAX || optmax % GENEVE_WORD)) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"optmax: %u is no multiple of %u up to %u",
					optmax, GENEVE_WORD, OVL_OPTS_MAX);
		return -ERANGE;
	}
	conf->optmax = optmax;
	return 0;
}

/**
 * ovl_opts_parse_conf() - what a request says of options
 * @conf: changed accordingly; to be freed by the caller also upon an error
 * @data: attributes of the request
 * @extack: names the cause of an error
 *
 * Context: process.
 * Return: 0 or an error.
 */
int ovl_opts_parse_conf(struct ovl_conf *conf, struct nlattr *data[],
			struct netlink_ext_ack *extack)
{
	int err = 0;

	if (data[IFLA_OVL_OPTS])
		err = ovl_opts_parse_opts(conf, data[IFLA_OVL_OPTS], extack);
	if (!err && data[IFLA_OVL_ACCEPT])
		err = ovl_opts_parse_accept(conf, data[IFLA_OVL_ACCEPT],
					    extack);
	if (!err && data[IFLA_OVL_MARKOPT])
		err = ovl_opts_parse_markopt(conf, data[IFLA_OVL_MARKOPT],
					     extack);
	if (!err && data[IFLA_OVL_OPTMAX])
		err = ovl_opts_parse_optmax(conf, data[IFLA_OVL_OPTMAX],
					    extack);
	return err;
}

/**
 * ovl_opts_copy_conf() - a configuration gets its own copies
 * @conf: a copy of @base, bit by bit
 * @base: the original
 *
 * Context: process.
 * Return: 0; or -ENOMEM, and @conf has neither its own nor those of @base.
 */
int ovl_opts_copy_conf(struct ovl_conf *conf, const struct ovl_conf *base)
{
	conf->opts = NULL;
	conf->accept = NULL;
	if (base->opts) {
		conf->opts = kmemdup(base->opts,
				     struct_size(base->opts, data,
						 base->opts->len), GFP_KERNEL);
		if (!conf->opts)
			return -ENOMEM;
	}
	if (base->accept) {
		conf->accept = kmemdup(base->accept, base->n_accept *
				       sizeof(*base->accept), GFP_KERNEL);
		if (!conf->accept) {
			ovl_opts_free_conf(conf);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * ovl_opts_free_conf() - the end of ovl_opts_copy_conf()
 * @conf: that no packet sees any more
 *
 * Context: any.
 */
void ovl_opts_free_conf(struct ovl_conf *conf)
{
	kfree(conf->opts);
	kfree(conf->accept);
	conf->opts = NULL;
	conf->accept = NULL;
}

/* Bytes that a header has room for besides the markopt */
static unsigned int ovl_opts_limit(const struct ovl_conf *conf)
{
	unsigned int max = min_t(unsigned int, conf->optmax, OVL_OPTS_MAX);
	unsigned int mark = conf->has_markopt ? OVL_MARKOPT_LEN : 0;

	return max > mark ? max - mark : 0;
}

static bool ovl_opts_have_markopt(const struct ovl_conf *conf,
				  const struct ovl_opts *opts)
{
	const struct geneve_opt *opt;
	unsigned int pos = 0;

	while ((opt = geneve_opt_next(opts->data, opts->len, &pos)))
		if (ovl_opts_is_markopt(conf, opt))
			return true;
	return false;
}

/**
 * ovl_opts_check_peer() - does an option set go with a configuration?
 * @conf: of the device
 * @opts: of the device or of a peer
 * @extack: names what it does not go with
 *
 * Context: process or RCU.
 * Return: 0; -E2BIG or -EINVAL.
 */
int ovl_opts_check_peer(const struct ovl_conf *conf,
			const struct ovl_opts *opts,
			struct netlink_ext_ack *extack)
{
	unsigned int limit = ovl_opts_limit(conf);

	if (opts->len > limit) {
		NL_SET_ERR_MSG_FMT(extack, "opts: %u bytes, optmax and markopt leave room for %u",
				   opts->len, limit);
		return -E2BIG;
	}
	if (ovl_opts_have_markopt(conf, opts)) {
		NL_SET_ERR_MSG_FMT(extack, "markopt: " OVL_OPT_FMT " stands in opts as well",
				   ntohs(conf->markopt.opt_class),
				   conf->markopt.type);
		return -EINVAL;
	}
	return 0;
}

/* The same for the sets of all peers */
static int ovl_opts_check_peers(struct ovl_dev *ovl,
				const struct ovl_conf *conf,
				struct netlink_ext_ack *extack)
{
	const struct ovl_opts *opts;
	struct ovl_peer *peer;
	unsigned long id;
	int err = 0;

	if (!ovl_peers_have_opts(ovl))
		return 0;
	rcu_read_lock();
	xa_for_each(&ovl->peers.by_id, id, peer) {
		opts = rcu_dereference(peer->opts);
		if (opts)
			err = ovl_opts_check_peer(conf, opts, extack);
		if (err)
			break;
	}
	rcu_read_unlock();
	return err;
}

/**
 * ovl_opts_check_conf() - rules between the options of a configuration
 * @ovl: device that it is for
 * @conf: the configuration
 * @extack: names the rule that it breaks
 *
 * Context: process, RTNL.
 * Return: 0; -E2BIG or -EINVAL.
 */
int ovl_opts_check_conf(struct ovl_dev *ovl, const struct ovl_conf *conf,
			struct netlink_ext_ack *extack)
{
	const struct ovl_conf *old = rtnl_dereference(ovl->conf);
	int err;

	if (conf->external &&
	    (conf->opts || conf->n_accept || conf->has_markopt)) {
		NL_SET_ERR_MSG(extack,
			       "opts: external excludes opts, accept, markopt: metadata has them");
		return -EINVAL;
	}
	if (conf->has_markopt && conf->optmax < OVL_MARKOPT_LEN) {
		NL_SET_ERR_MSG_FMT(extack, "optmax: markopt takes %zu bytes",
				   OVL_MARKOPT_LEN);
		return -EINVAL;
	}
	if (conf->opts) {
		err = ovl_opts_check_peer(conf, conf->opts, extack);
		if (err)
			return err;
	}
	/* Those of the peers went with the old one */
	if (!old || (old->optmax == conf->optmax &&
		     old->has_markopt == conf->has_markopt &&
		     !memcmp(&old->markopt, &conf->markopt,
			     sizeof(old->markopt))))
		return 0;
	return ovl_opts_check_peers(ovl, conf, extack);
}

/**
 * ovl_opts_space() - bytes of options that a device may send
 * @ovl: the device
 * @conf: its configuration
 *
 * RFC 8926 section 4.4.1: the MTU leaves room for the most there may be.
 *
 * Context: process, RTNL.
 */
unsigned int ovl_opts_space(const struct ovl_dev *ovl,
			    const struct ovl_conf *conf)
{
	unsigned int len = conf->opts ? conf->opts->len : 0;

	if (conf->optmax != OVL_OPTMAX_UNLIMITED)
		return conf->optmax;
	len = max(len, ovl_peers_longest_opts(ovl));
	return len + (conf->has_markopt ? OVL_MARKOPT_LEN : 0);
}

/**
 * ovl_opts_most() - bytes of options that a packet may have in the worst case
 * @ovl: the device
 * @conf: its configuration
 *
 * Context: process, RTNL.
 */
unsigned int ovl_opts_most(const struct ovl_dev *ovl,
			   const struct ovl_conf *conf)
{
	/* Whatever comes as metadata, or was received */
	if (conf->external || conf->reflect)
		return min_t(unsigned int, conf->optmax, OVL_OPTS_MAX);
	return ovl_opts_space(ovl, conf);
}

static bool ovl_opts_accepts(const struct ovl_conf *conf,
			     const struct geneve_opt *opt)
{
	unsigned int i;

	for (i = 0; i < conf->n_accept; i++)
		if (ovl_opts_match(&conf->accept[i], opt))
			return true;
	return false;
}

/* An option that carries the mark; its length never changes (section 3.5.1) */
static bool ovl_opts_read_mark(const struct geneve_opt *opt, u32 *mark)
{
	if (geneve_opt_len(opt) != OVL_MARKOPT_LEN)
		return false;
	*mark = be32_to_cpup((const __be32 *)(opt + 1));
	return true;
}

/* Look into a well-formed list: at critical options, and at the markopt */
static int ovl_opts_read(const struct ovl_conf *conf, const void *opts,
			 unsigned int len, u32 *mark)
{
	const struct geneve_opt *opt;
	unsigned int pos = 0;
	int cause = OVL_PASS;

	while ((opt = geneve_opt_next(opts, len, &pos))) {
		if (ovl_opts_is_markopt(conf, opt)) {
			if (!ovl_opts_read_mark(opt, mark))
				return OVL_RX_OPT_MALFORMED;
			continue;
		}
		if (opt->type & GENEVE_OPT_CRITICAL &&
		    !ovl_opts_accepts(conf, opt))
			cause = OVL_RX_OPT_CRITICAL;
	}
	return cause;
}

/**
 * ovl_opts_judge_known() - the same as ovl_opts_judge(), of what a device looks at
 * @ovl: the device
 * @conf: its configuration
 * @gh: header with well-formed options, at most conf->optmax bytes
 * @critical: there is a critical one among them
 * @mark: set to what the markopt says, if there is one
 *
 * With external, who reads the metadata is who knows an option, or not.
 *
 * Context: softirq, RCU.
 * Return: OVL_PASS or the cause to drop the packet.
 */
int ovl_opts_judge_known(const struct ovl_dev *ovl, const struct ovl_conf *conf,
			 const struct geneve_hdr *gh, bool critical, u32 *mark)
{
	bool c = gh->flags & GENEVE_FLAG_CRITICAL;
	int cause = OVL_PASS;

	if (critical || conf->has_markopt)
		cause = ovl_opts_read(conf, gh + 1, geneve_opts_len(gh), mark);
	if (cause == OVL_RX_OPT_MALFORMED)
		return cause;
	if (!critical) {
		/* No fault that RFC 8926 knows of */
		if (c)
			ovl_stats_count(ovl->counters, OVL_RX_OPT_NO_CRITICAL);
		return OVL_PASS;
	}
	if (!c)
		return conf->critmismatch == OVL_CRITMISMATCH_ACCEPT ?
		       OVL_PASS : OVL_RX_OPT_MISMATCH;
	return conf->external ? OVL_PASS : cause;
}
