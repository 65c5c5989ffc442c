// SPDX-License-Identifier: GPL-2.0-only
/*
 * Support of ovl devices: Geneve (RFC 8926) overlay endpoints
 *
 * ovl_args is the one place that knows the arguments.  The parser, the printer
 * and the help text walk it, so that what is shown can always be typed again.
 *
 * Refused here is only what cannot be said to the kernel: an unknown word, a
 * value that is no number or has no place in its attribute, a multicast address
 * where another keyword takes it.  Whether values make sense is the kernel's to
 * judge, and its extack message is what the user gets to see.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/ovl.h>

#include "rt_names.h"
#include "utils.h"
#include "ip_common.h"

struct ovl_arg;

/* What is being put together of one command line. */
struct ovl_request {
	struct nlmsghdr *n;
	__u32 row;		/* the bit of the row of ovl_args at hand */
	__u32 seen;		/* those of the rows that were typed */
	__u32 any;		/* those typed as "any", of no family yet */
	int family;		/* of an address that was typed */
};

/**
 * struct ovl_kind - a kind of value
 * @words: how many words follow the keyword
 * @negatable: "no" before the keyword sends 0 and takes no words
 * @parse: read the words that follow and add the attribute; not set: what only
 *	the kernel sends
 * @print: show the attribute, which is there and long enough
 */
struct ovl_kind {
	int words;
	bool negatable;
	int (*parse)(struct ovl_request *req, const struct ovl_arg *arg,
		     char **argv);
	void (*print)(const struct ovl_arg *arg, struct rtattr *tb[]);
};

/* A word that stands for a value. */
struct ovl_name {
	const char *name;
	__u32 value;
};

/**
 * struct ovl_arg - an argument: how it is typed, sent and shown
 * @name: the keyword, and the key in JSON
 * @value: what follows it, for the help text, besides @names
 * @where: what a term in @value means, for the help text
 * @kind: how it is parsed and printed
 * @names: words that may stand in place of a value, ended by an empty one
 * @a2n: reads a number; not set: none is taken, only @names
 * @attr: the attribute; of addresses, the one for IPv4
 * @attr6: the attribute for an IPv6 address
 * @excludes: the attribute of an argument that cannot be given with this one
 * @size: bytes of the attribute
 * @min: lowest number that can be sent
 * @max: highest number that can be sent
 * @usual: the default, left out of the text over the family other than @family
 * @family: the underlay that it is for, AF_UNSPEC if for both
 * @big_endian: the attribute is in network byte order
 * @hex: shown as a hexadecimal number
 * @multicast: of the two that exclude each other, the multicast address
 * @required: cannot be left out when a device is made, unless external is given
 */
struct ovl_arg {
	const char *name;
	const char *value;
	const char *where;
	const struct ovl_kind *kind;
	const struct ovl_name *names;
	int (*a2n)(__u32 *number, const char *arg);
	unsigned short attr;
	unsigned short attr6;
	unsigned short excludes;
	unsigned short size;
	__u32 min;
	__u32 max;
	__u32 usual;
	int family;
	bool big_endian;
	bool hex;
	bool multicast;
	bool required;
};

/* The command line of an argument as the help text shows it. */
static const char *ovl_syntax(const struct ovl_arg *arg, char *buf, size_t size)
{
	const struct ovl_name *name = arg->names;
	const char *sep = arg->value ? " | " : "";
	size_t len;

	len = snprintf(buf, size, "%s%s%s%s%s",
		       arg->kind->negatable && !arg->kind->words ? "[no]" : "",
		       arg->name, name || arg->value ? " " : "",
		       name ? "{ " : "", arg->value ? : "");
	for (; name && name->name; name++, sep = " | ")
		len += snprintf(buf + len, size - len, "%s%s", sep, name->name);
	snprintf(buf + len, size - len, "%s", arg->names ? " }" : "");
	return buf;
}

static int ovl_wrong(const struct ovl_arg *arg, const char *value)
{
	char syntax[80], msg[160];

	ovl_syntax(arg, syntax, sizeof(syntax));
	if (arg->where)
		snprintf(msg, sizeof(msg), "expected %s (%s)", syntax,
			 arg->where);
	else
		snprintf(msg, sizeof(msg), "expected %s", syntax);
	invarg(msg, value);
	return -1;
}

static int ovl_put(struct ovl_request *req, const struct ovl_arg *arg,
		   __u32 value)
{
	switch (arg->size) {
	case sizeof(__u8):
		return addattr8(req->n, 1024, arg->attr, value);
	case sizeof(__u16):
		return addattr16(req->n, 1024, arg->attr,
				 arg->big_endian ? htons(value) : value);
	default:
		return addattr32(req->n, 1024, arg->attr, value);
	}
}

static __u32 ovl_get(const struct ovl_arg *arg, struct rtattr *tb[])
{
	const void *data = RTA_DATA(tb[arg->attr]);
	__u16 value;

	switch (arg->size) {
	case sizeof(__u8):
		return *(const __u8 *)data;
	case sizeof(__u16):
		value = *(const __u16 *)data;
		return arg->big_endian ? ntohs(value) : value;
	default:
		return *(const __u32 *)data;
	}
}

static bool ovl_is_any(const void *addr, int len)
{
	static const struct in6_addr any;

	return !memcmp(addr, &any, len);
}

static bool ovl_has_addr(const struct rtattr *rta, unsigned int len)
{
	return rta && RTA_PAYLOAD(rta) >= len &&
	       !ovl_is_any(RTA_DATA(rta), len);
}

/* The family of the underlay; AF_UNSPEC: any, as far as the addresses tell. */
static int ovl_family(struct rtattr *tb[])
{
	const int len4 = sizeof(struct in_addr);
	const int len6 = sizeof(struct in6_addr);

	if (ovl_has_addr(tb[IFLA_OVL_REMOTE6], len6) ||
	    ovl_has_addr(tb[IFLA_OVL_GROUP6], len6) ||
	    ovl_has_addr(tb[IFLA_OVL_LOCAL6], len6))
		return AF_INET6;
	if (ovl_has_addr(tb[IFLA_OVL_REMOTE], len4) ||
	    ovl_has_addr(tb[IFLA_OVL_GROUP], len4) ||
	    ovl_has_addr(tb[IFLA_OVL_LOCAL], len4))
		return AF_INET;
	return AF_UNSPEC;
}

/* JSON has every setting; text leaves out a default that means nothing. */
static bool ovl_is_idle(const struct ovl_arg *arg, struct rtattr *tb[],
			__u32 value)
{
	int family = ovl_family(tb);

	return !is_json_context() && value == arg->usual &&
	       arg->family != AF_UNSPEC && family != AF_UNSPEC &&
	       arg->family != family;
}

/* Numbers, and words that stand for numbers. */

static int ovl_a2n(__u32 *number, const char *arg)
{
	return get_u32(number, arg, 0);
}

static int ovl_parse_number(struct ovl_request *req, const struct ovl_arg *arg,
			    char **argv)
{
	const struct ovl_name *name;
	__u32 value;

	for (name = arg->names; name && name->name; name++) {
		if (!strcmp(*argv, name->name))
			return ovl_put(req, arg, name->value);
	}
	if (!arg->a2n || arg->a2n(&value, *argv) ||
	    value < arg->min || value > arg->max)
		return ovl_wrong(arg, *argv);
	return ovl_put(req, arg, value);
}

static void ovl_print_number(const struct ovl_arg *arg, struct rtattr *tb[])
{
	__u32 value = ovl_get(arg, tb);
	const struct ovl_name *name = arg->names;

	if (ovl_is_idle(arg, tb, value))
		return;
	print_string(PRINT_FP, NULL, "%s ", arg->name);
	while (name && name->name && name->value != value)
		name++;
	if (name && name->name)
		print_string(PRINT_ANY, arg->name, "%s ", name->name);
	else
		print_uint(PRINT_ANY, arg->name, arg->hex ? "%#x " : "%u ",
			   value);
}

static const struct ovl_kind ovl_number = {
	.words	= 1,
	.parse	= ovl_parse_number,
	.print	= ovl_print_number,
};

/* What the device counts: it cannot be typed, so it shows with -s only. */
static void ovl_print_count(const struct ovl_arg *arg, struct rtattr *tb[])
{
	if (show_stats)
		ovl_print_number(arg, tb);
}

static const struct ovl_kind ovl_count = {
	.print	= ovl_print_count,
};

/* On or off. */

static int ovl_parse_flag(struct ovl_request *req, const struct ovl_arg *arg,
			  char **argv)
{
	return ovl_put(req, arg, 1);
}

static void ovl_print_flag(const struct ovl_arg *arg, struct rtattr *tb[])
{
	__u32 value = ovl_get(arg, tb);

	if (ovl_is_idle(arg, tb, value))
		return;
	print_bool(PRINT_JSON, arg->name, NULL, value);
	print_string(PRINT_FP, NULL, value ? "%s " : "no%s ", arg->name);
}

static const struct ovl_kind ovl_flag = {
	.negatable	= true,
	.parse		= ovl_parse_flag,
	.print		= ovl_print_flag,
};

/* Addresses. */

static int ovl_put_addr(struct ovl_request *req, const struct ovl_arg *arg,
			const inet_prefix *addr)
{
	req->family = addr->family;
	if (addr->family == AF_INET6)
		return addattr_l(req->n, 1024, arg->attr6, addr->data,
				 sizeof(struct in6_addr));
	return addattr_l(req->n, 1024, arg->attr, addr->data,
			 sizeof(struct in_addr));
}

static bool ovl_is_multicast(const inet_prefix *addr)
{
	if (addr->family == AF_INET6)
		return IN6_IS_ADDR_MULTICAST((struct in6_addr *)addr->data);
	return IN_MULTICAST(ntohl(addr->data[0]));
}

/* Of a pair, one takes the unicast addresses and the other the multicast ones. */
static void ovl_check_cast(const struct ovl_arg *arg, const inet_prefix *addr,
			   const char *value)
{
	if (!arg->excludes || ovl_is_any(addr->data, addr->bytelen) ||
	    ovl_is_multicast(addr) == arg->multicast)
		return;
	if (arg->multicast)
		invarg("group takes a multicast address, any other goes after remote",
		       value);
	else
		invarg("remote takes no multicast address, that goes after group",
		       value);
}

static int ovl_parse_addr(struct ovl_request *req, const struct ovl_arg *arg,
			  char **argv)
{
	inet_prefix addr;

	if (!strcmp(*argv, arg->names->name)) {
		req->any |= req->row;
		return 0;
	}
	if (get_addr_1(&addr, *argv, AF_UNSPEC) || addr.family == AF_UNSPEC)
		return ovl_wrong(arg, *argv);
	ovl_check_cast(arg, &addr, *argv);
	return ovl_put_addr(req, arg, &addr);
}

static void ovl_print_addr(const struct ovl_arg *arg, struct rtattr *tb[])
{
	bool v6 = tb[arg->attr6];
	const void *addr = RTA_DATA(tb[v6 ? arg->attr6 : arg->attr]);
	int len = v6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	char buf[INET6_ADDRSTRLEN];
	const char *text;

	/* without an endpoint of its own, a device shows none */
	if (arg->excludes && ovl_is_any(addr, len))
		return;
	/* never a host's name: that could not be typed again */
	if (ovl_is_any(addr, len))
		text = arg->names->name;
	else
		text = rt_addr_n2a_r(v6 ? AF_INET6 : AF_INET, len, addr, buf,
				     sizeof(buf));
	print_string(PRINT_FP, NULL, "%s ", arg->name);
	print_string(PRINT_ANY, arg->name, "%s ", text);
}

static const struct ovl_kind ovl_addr = {
	.words	= 1,
	.parse	= ovl_parse_addr,
	.print	= ovl_print_addr,
};

/* A network device. */

static int ovl_parse_dev(struct ovl_request *req, const struct ovl_arg *arg,
			 char **argv)
{
	__u32 index = ll_name_to_index(*argv);

	return index ? ovl_put(req, arg, index) : nodev(*argv);
}

/* An index of another namespace has no name here, but can be typed as ifN. */
static void ovl_print_foreign_dev(const struct ovl_arg *arg, __u32 index,
				  const struct rtattr *nsid)
{
	print_uint(PRINT_JSON, "link_index", NULL, index);
	print_int(PRINT_JSON, "link_netnsid", NULL,
		  *(const __s32 *)RTA_DATA(nsid));
	print_string(PRINT_FP, NULL, "%s ", arg->name);
	print_string(PRINT_FP, NULL, "%s ", ll_idx_n2a(index));
}

static void ovl_print_dev(const struct ovl_arg *arg, struct rtattr *tb[])
{
	__u32 index = ovl_get(arg, tb);

	if (!index) {
		print_null(PRINT_JSON, arg->name, NULL, NULL);
		print_string(PRINT_FP, NULL, "no%s ", arg->name);
	} else if (tb[IFLA_OVL_LINK_NETNSID]) {
		ovl_print_foreign_dev(arg, index, tb[IFLA_OVL_LINK_NETNSID]);
	} else {
		print_string(PRINT_FP, NULL, "%s ", arg->name);
		print_string(PRINT_ANY, arg->name, "%s ",
			     ll_index_to_name(index));
	}
}

static const struct ovl_kind ovl_dev = {
	.words		= 1,
	.negatable	= true,
	.parse		= ovl_parse_dev,
	.print		= ovl_print_dev,
};

/* A range of ports. */

static int ovl_parse_range(struct ovl_request *req, const struct ovl_arg *arg,
			   char **argv)
{
	struct ovl_port_range range;

	if (get_be16(&range.low, argv[0], 0))
		return ovl_wrong(arg, argv[0]);
	if (get_be16(&range.high, argv[1], 0))
		return ovl_wrong(arg, argv[1]);
	return addattr_l(req->n, 1024, arg->attr, &range, sizeof(range));
}

static void ovl_print_range(const struct ovl_arg *arg, struct rtattr *tb[])
{
	const struct ovl_port_range *range = RTA_DATA(tb[arg->attr]);

	if (is_json_context())
		open_json_object(arg->name);
	print_string(PRINT_FP, NULL, "%s ", arg->name);
	print_uint(PRINT_ANY, "low", "%u ", ntohs(range->low));
	print_uint(PRINT_ANY, "high", "%u ", ntohs(range->high));
	if (is_json_context())
		close_json_object();
}

static const struct ovl_kind ovl_range = {
	.words	= 2,
	.parse	= ovl_parse_range,
	.print	= ovl_print_range,
};

/* The arguments, in the order in which they are shown. */

static const struct ovl_name ovl_any_name[] = {
	{ "any", 0 },
	{ }
};

static const struct ovl_name ovl_ageing_names[] = {
	{ "none", OVL_AGEING_NONE },
	{ }
};

static const struct ovl_name ovl_maxaddress_names[] = {
	{ "unlimited", OVL_MAXADDRESS_UNLIMITED },
	{ }
};

static const struct ovl_name ovl_ttl_names[] = {
	{ "auto", OVL_TTL_AUTO },
	{ "inherit", OVL_TTL_INHERIT },
	{ }
};

static const struct ovl_name ovl_tos_names[] = {
	{ "inherit", OVL_TOS_INHERIT },
	{ }
};

static const struct ovl_name ovl_flowlabel_names[] = {
	{ "auto", OVL_FLOWLABEL_AUTO },
	{ "inherit", OVL_FLOWLABEL_INHERIT },
	{ }
};

static const struct ovl_name ovl_df_names[] = {
	{ "set", OVL_DF_SET },
	{ "unset", OVL_DF_UNSET },
	{ "inherit", OVL_DF_INHERIT },
	{ }
};

static const struct ovl_name ovl_ecn_names[] = {
	{ "normal", OVL_ECN_NORMAL },
	{ "compat", OVL_ECN_COMPAT },
	{ }
};

static const struct ovl_arg ovl_args[] = {
	{
		.name	= "id",
		.value	= "VNI",
		.where	= "VNI := 0..16777215",
		.kind	= &ovl_number,
		.a2n	= ovl_a2n,
		.attr	= IFLA_OVL_ID,
		.size	= sizeof(__u32),
		.max	= ~0U,	/* over 24 bits, the kernel says so */
		.required = true,
	}, {
		.name	= "remote",
		.value	= "ADDR",
		.where	= "ADDR := IPv4 or IPv6 address",
		.kind	= &ovl_addr,
		.names	= ovl_any_name,
		.attr	= IFLA_OVL_REMOTE,
		.attr6	= IFLA_OVL_REMOTE6,
		.excludes = IFLA_OVL_GROUP,
		.size	= sizeof(struct in_addr),
	}, {
		.name	= "group",
		.value	= "ADDR",
		.kind	= &ovl_addr,
		.names	= ovl_any_name,
		.attr	= IFLA_OVL_GROUP,
		.attr6	= IFLA_OVL_GROUP6,
		.excludes = IFLA_OVL_REMOTE,
		.size	= sizeof(struct in_addr),
		.multicast = true,
	}, {
		.name	= "local",
		.value	= "ADDR",
		.kind	= &ovl_addr,
		.names	= ovl_any_name,
		.attr	= IFLA_OVL_LOCAL,
		.attr6	= IFLA_OVL_LOCAL6,
		.size	= sizeof(struct in_addr),
	}, {
		.name	= "dev",
		.value	= "UNDERLAY | nodev",
		.where	= "UNDERLAY := network device",
		.kind	= &ovl_dev,
		.attr	= IFLA_OVL_LINK,
		.size	= sizeof(__u32),
	}, {
		.name	= "dstport",
		.value	= "PORT",
		.where	= "PORT := 1..65535",
		.kind	= &ovl_number,
		.a2n	= ovl_a2n,
		.attr	= IFLA_OVL_PORT,
		.size	= sizeof(__be16),
		.max	= 65535,
		.big_endian = true,
	}, {
		.name	= "srcport",
		.value	= "MIN MAX",
		.where	= "MIN, MAX := 1..65535",
		.kind	= &ovl_range,
		.attr	= IFLA_OVL_SRCPORT,
		.size	= sizeof(struct ovl_port_range),
	}, {
		.name	= "ttl",
		.value	= "1..255",
		.kind	= &ovl_number,
		.names	= ovl_ttl_names,
		.a2n	= ovl_a2n,
		.attr	= IFLA_OVL_TTL,
		.size	= sizeof(__u16),
		.min	= 1,
		.max	= 255,
	}, {
		.name	= "tos",
		.value	= "TOS",
		.where	= "TOS := 0..ff, hexadecimal, or a name of rt_dsfield",
		.kind	= &ovl_number,
		.names	= ovl_tos_names,
		.a2n	= rtnl_dsfield_a2n,
		.attr	= IFLA_OVL_TOS,
		.size	= sizeof(__u16),
		.max	= 255,
		.hex	= true,
	}, {
		.name	= "flowlabel",
		.value	= "LABEL",
		.where	= "LABEL := 0..1048575",
		.kind	= &ovl_number,
		.names	= ovl_flowlabel_names,
		.a2n	= ovl_a2n,
		.attr	= IFLA_OVL_FLOWLABEL,
		.size	= sizeof(__u32),
		.max	= OVL_FLOWLABEL_MAX,
		.usual	= OVL_FLOWLABEL_AUTO,
		.family	= AF_INET6,
		.hex	= true,
	}, {
		.name	= "df",
		.kind	= &ovl_number,
		.names	= ovl_df_names,
		.attr	= IFLA_OVL_DF,
		.size	= sizeof(__u8),
	}, {
		.name	= "ecn",
		.kind	= &ovl_number,
		.names	= ovl_ecn_names,
		.attr	= IFLA_OVL_ECN,
		.size	= sizeof(__u8),
	}, {
		.name	= "learning",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_LEARNING,
		.size	= sizeof(__u8),
	}, {
		.name	= "ageing",
		.value	= "SECONDS",
		.where	= "SECONDS := 1..315360000",
		.kind	= &ovl_number,
		.names	= ovl_ageing_names,
		.a2n	= ovl_a2n,
		.attr	= IFLA_OVL_AGEING,
		.size	= sizeof(__u32),
		.max	= ~0U,	/* over ten years, the kernel says so */
	}, {
		.name	= "maxaddress",
		.value	= "NUMBER",
		.where	= "NUMBER := 1..4294967295",
		.kind	= &ovl_number,
		.names	= ovl_maxaddress_names,
		.a2n	= ovl_a2n,
		.attr	= IFLA_OVL_MAXADDRESS,
		.size	= sizeof(__u32),
		.max	= ~0U,
	}, {
		.name	= "learned",
		.kind	= &ovl_count,
		.attr	= IFLA_OVL_N_LEARNED,
		.size	= sizeof(__u32),
	}, {
		.name	= "srccheck",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_SRCCHECK,
		.size	= sizeof(__u8),
	}, {
		.name	= "udpcsum",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_UDP_CSUM,
		.size	= sizeof(__u8),
		.usual	= 1,
		.family	= AF_INET,
	}, {
		.name	= "udp6zerocsumtx",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_UDP_ZERO_CSUM6_TX,
		.size	= sizeof(__u8),
		.family	= AF_INET6,
	}, {
		.name	= "udp6zerocsumrx",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_UDP_ZERO_CSUM6_RX,
		.size	= sizeof(__u8),
		.family	= AF_INET6,
	}, {
		.name	= "external",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_EXTERNAL,
		.size	= sizeof(__u8),
	}, {
		.name	= "localbypass",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_LOCALBYPASS,
		.size	= sizeof(__u8),
	}, {
		.name	= "proxy",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_PROXY,
		.size	= sizeof(__u8),
	}, {
		.name	= "l2miss",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_L2MISS,
		.size	= sizeof(__u8),
	}, {
		.name	= "l3miss",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_L3MISS,
		.size	= sizeof(__u8),
	}, {
		.name	= "innerprotoinherit",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_INNERPROTOINHERIT,
		.size	= sizeof(__u8),
	},
};

/* The three walks over the table: help, parse, print. */

static void ovl_usage(FILE *f)
{
	const char *lead = "Where:\t";
	char syntax[80];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ovl_args); i++) {
		if (!ovl_args[i].kind->parse)
			continue;
		fprintf(f, "%s%s%s%s\n", i ? "\t\t" : "Usage: ... ovl ",
			ovl_args[i].required ? "" : "[ ",
			ovl_syntax(&ovl_args[i], syntax, sizeof(syntax)),
			ovl_args[i].required ? "" : " ]");
	}
	fprintf(f, "\n");
	for (i = 0; i < ARRAY_SIZE(ovl_args); i++) {
		if (!ovl_args[i].where)
			continue;
		fprintf(f, "%s%s\n", lead, ovl_args[i].where);
		lead = "\t";
	}
	fprintf(f,
		"\n"
		"remote and group exclude each other; without them, and besides them, endpoints\n"
		"come by \"bridge fdb\".\n"
		"external is given instead of id, and excludes remote, group and proxy.\n"
		"All but external and innerprotoinherit can be changed by \"ip link set DEVICE\n"
		"type ovl ...\"; what is not given stays as it is.\n");
}

/* A keyword, or "no" and a keyword. */
static const struct ovl_arg *ovl_find(const char *word, bool *no)
{
	const struct ovl_arg *arg;

	for (arg = ovl_args; arg < ovl_args + ARRAY_SIZE(ovl_args); arg++) {
		if (!arg->kind->parse)
			continue;
		*no = arg->kind->negatable && !strncmp(word, "no", 2) &&
		      !strcmp(word + 2, arg->name);
		if (*no || !strcmp(word, arg->name))
			return arg;
	}
	fprintf(stderr,
		"Error: ovl: unknown argument \"%s\"; try \"ip link help ovl\".\n"
		"What every kind of link has (address, mtu, up, ...) goes before \"type ovl\".\n",
		word);
	return NULL;
}

/* The argument that this one excludes, if it was typed. */
static const struct ovl_arg *ovl_rival(const struct ovl_request *req,
				       const struct ovl_arg *arg)
{
	unsigned int i;

	if (!arg->excludes)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(ovl_args); i++) {
		if (req->seen & 1U << i && ovl_args[i].attr == arg->excludes)
			return &ovl_args[i];
	}
	return NULL;
}

/* Returns how many words were used, below 0 if something is wrong. */
static int ovl_parse_arg(struct ovl_request *req, int argc, char **argv)
{
	const struct ovl_arg *arg, *rival;
	char syntax[80];
	int words;
	bool no;

	arg = ovl_find(*argv, &no);
	if (!arg)
		return -1;
	words = no ? 0 : arg->kind->words;
	if (argc <= words) {
		fprintf(stderr, "Error: ovl: \"%s\" is not complete: expected %s\n",
			arg->name, ovl_syntax(arg, syntax, sizeof(syntax)));
		return -1;
	}
	req->row = 1U << (arg - ovl_args);
	if (req->seen & req->row)
		duparg(arg->name, argv[words ? 1 : 0]);
	rival = ovl_rival(req, arg);
	if (rival) {
		fprintf(stderr, "Error: ovl: \"%s\" and \"%s\" exclude each other\n",
			rival->name, arg->name);
		return -1;
	}
	req->seen |= req->row;
	if (no ? ovl_put(req, arg, 0) : arg->kind->parse(req, arg, argv + 1))
		return -1;
	return 1 + words;
}

/* "any" is of the family of another address, wherever that was typed. */
static int ovl_put_any(struct ovl_request *req)
{
	unsigned int i;
	inet_prefix any = {
		.family = req->family == AF_INET6 ? AF_INET6 : AF_INET,
	};

	for (i = 0; i < ARRAY_SIZE(ovl_args); i++) {
		if (req->any & 1U << i && ovl_put_addr(req, &ovl_args[i], &any))
			return -1;
	}
	return 0;
}

static int ovl_parse_opt(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *n)
{
	struct ovl_request req = { .n = n };
	int used;

	for (; argc > 0; argc -= used, argv += used) {
		if (!strcmp(*argv, "help")) {
			ovl_usage(stderr);
			return -1;
		}
		used = ovl_parse_arg(&req, argc, argv);
		if (used < 0)
			return -1;
	}
	return ovl_put_any(&req);
}

static void ovl_print_opt(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	const struct ovl_arg *arg;
	unsigned int size;
	struct rtattr *rta;

	if (!tb)
		return;
	for (arg = ovl_args; arg < ovl_args + ARRAY_SIZE(ovl_args); arg++) {
		rta = tb[arg->attr];
		size = arg->size;
		if (arg->attr6 && tb[arg->attr6]) {
			rta = tb[arg->attr6];
			size = sizeof(struct in6_addr);
		}
		if (rta && RTA_PAYLOAD(rta) >= size)
			arg->kind->print(arg, tb);
	}
}

static void ovl_print_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	ovl_usage(f);
}

/*
 * Counters: "ip link xstats".  What is shown is what one message holds, and the
 * kernel may tell of a device in several: in text they look like one; in JSON
 * each is an object, as nothing says which of them is the last.
 */

static unsigned int ovl_xstats_filter;	/* ifindex, or 0: all devices */
static unsigned int ovl_xstats_shown;	/* ifindex that the text is at */

static int ovl_parse_xstats(struct link_util *lu, int argc, char **argv)
{
	ovl_xstats_filter = 0;
	ovl_xstats_shown = 0;
	for (; argc > 0; argc--, argv++) {
		if (!strcmp(*argv, "help")) {
			printf("Usage: ... %s [ dev DEVICE ]\n", lu->id);
			exit(0);
		}
		if (strcmp(*argv, "dev"))
			invarg("expected [ dev DEVICE ]", *argv);
		if (argc == 1) {
			fprintf(stderr, "Error: ovl: \"%s\" is not complete: expected dev DEVICE\n",
				*argv);
			return -1;
		}
		argc--, argv++;
		if (ovl_xstats_filter)
			duparg("dev", *argv);
		ovl_xstats_filter = ll_name_to_index(*argv);
		if (!ovl_xstats_filter)
			return nodev(*argv);
	}
	return 0;
}

/* An attribute, if it is long enough. */
static const void *ovl_data(struct rtattr *tb[], int attr, unsigned int size)
{
	return tb[attr] && RTA_PAYLOAD(tb[attr]) >= size ?
		RTA_DATA(tb[attr]) : NULL;
}

static __u64 ovl_u64(struct rtattr *tb[], int attr)
{
	return ovl_data(tb, attr, sizeof(__u64)) ? rta_getattr_u64(tb[attr]) : 0;
}

static void ovl_print_peer_addr(struct rtattr *tb[])
{
	const __be32 *addr = ovl_data(tb, OVL_PEER_ADDR, sizeof(*addr));
	const struct in6_addr *addr6 = ovl_data(tb, OVL_PEER_ADDR6,
						sizeof(*addr6));
	char buf[INET6_ADDRSTRLEN];
	const char *text = "?";

	if (addr6)
		text = rt_addr_n2a_r(AF_INET6, sizeof(*addr6), addr6, buf,
				     sizeof(buf));
	else if (addr)
		text = rt_addr_n2a_r(AF_INET, sizeof(*addr), addr, buf,
				     sizeof(buf));
	print_string(PRINT_ANY, "dst", "    %s", text);
}

/* What sets a peer apart, in the words of "bridge fdb". */
static void ovl_print_peer_name(struct rtattr *tb[])
{
	const __be16 *port = ovl_data(tb, OVL_PEER_PORT, sizeof(*port));
	const __u32 *vni = ovl_data(tb, OVL_PEER_VNI, sizeof(*vni));
	const __u32 *index = ovl_data(tb, OVL_PEER_IFINDEX, sizeof(*index));

	ovl_print_peer_addr(tb);
	if (port)
		print_uint(PRINT_ANY, "port", " port %u", ntohs(*port));
	if (vni)
		print_uint(PRINT_ANY, "vni", " vni %u", *vni);
	if (index)
		print_string(PRINT_ANY, "via", " via %s",
			     ll_index_to_name(*index));
	print_nl();
}

static void ovl_print_direction(const char *key, const char *lead,
				__u64 packets, __u64 bytes, __u64 errors)
{
	open_json_object(key);
	print_string(PRINT_FP, NULL, "      %s: ", lead);
	print_u64(PRINT_ANY, "packets", "packets %llu ", packets);
	print_u64(PRINT_ANY, "bytes", "bytes %llu ", bytes);
	print_u64(PRINT_ANY, "errors", "errors %llu", errors);
	print_nl();
	close_json_object();
}

static void ovl_print_peer(const struct rtattr *nest)
{
	struct rtattr *tb[OVL_PEER_MAX + 1];

	parse_rtattr_nested(tb, OVL_PEER_MAX, nest);
	open_json_object(NULL);
	ovl_print_peer_name(tb);
	ovl_print_direction("rx", "RX", ovl_u64(tb, OVL_PEER_RX_PACKETS),
			    ovl_u64(tb, OVL_PEER_RX_BYTES),
			    ovl_u64(tb, OVL_PEER_RX_ERRORS));
	ovl_print_direction("tx", "TX", ovl_u64(tb, OVL_PEER_TX_PACKETS),
			    ovl_u64(tb, OVL_PEER_TX_BYTES),
			    ovl_u64(tb, OVL_PEER_TX_ERRORS));
	close_json_object();
}

static void ovl_print_drop(const struct rtattr *nest)
{
	struct rtattr *tb[OVL_DROP_MAX + 1];
	char name[64];

	parse_rtattr_nested(tb, OVL_DROP_MAX, nest);
	if (!tb[OVL_DROP_NAME])
		return;
	snprintf(name, sizeof(name), "%.*s", (int)RTA_PAYLOAD(tb[OVL_DROP_NAME]),
		 (char *)RTA_DATA(tb[OVL_DROP_NAME]));
	print_string(PRINT_FP, NULL, "    drop %s ", name);
	print_u64(PRINT_ANY, name, "%llu", ovl_u64(tb, OVL_DROP_COUNT));
	print_nl();
}

/* Show all of one type; the others are of another pass, or not known. */
static void ovl_print_each(const struct rtattr *nest, int type,
			   void (*print)(const struct rtattr *rta))
{
	const struct rtattr *rta = RTA_DATA(nest);
	int len = RTA_PAYLOAD(nest);

	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len)) {
		if ((rta->rta_type & NLA_TYPE_MASK) == type)
			print(rta);
	}
}

static void ovl_print_device(const struct rtattr *nest, unsigned int index)
{
	open_json_object(NULL);
	print_string(PRINT_JSON, "ifname", NULL, ll_index_to_name(index));
	if (oneline || ovl_xstats_shown != index) {
		print_color_string(PRINT_FP, COLOR_IFNAME, NULL, "%s",
				   ll_index_to_name(index));
		print_nl();
	}
	ovl_xstats_shown = index;
	open_json_array(PRINT_JSON, "peers");
	ovl_print_each(nest, OVL_XSTATS_PEER, ovl_print_peer);
	close_json_array(PRINT_JSON, NULL);
	open_json_object("drops");
	ovl_print_each(nest, OVL_XSTATS_DROP, ovl_print_drop);
	close_json_object();
	close_json_object();
	if (oneline)
		print_string(PRINT_FP, NULL, "%s", "\n");
}

/* A dump has a message for each device there is, of whatever kind. */
static int ovl_print_xstats(struct nlmsghdr *n, void *arg)
{
	struct if_stats_msg *ifsm = NLMSG_DATA(n);
	int len = n->nlmsg_len - NLMSG_LENGTH(sizeof(*ifsm));
	struct rtattr *tb[IFLA_STATS_MAX + 1];
	const struct rtattr *rta;

	if (len < 0) {
		fprintf(stderr, "BUG: wrong nlmsg len %d\n", len);
		return -1;
	}
	if (ovl_xstats_filter && ovl_xstats_filter != ifsm->ifindex)
		return 0;
	parse_rtattr_flags(tb, IFLA_STATS_MAX, IFLA_STATS_RTA(ifsm), len,
			   NLA_F_NESTED);
	if (!tb[IFLA_STATS_LINK_XSTATS])
		return 0;
	rta = RTA_DATA(tb[IFLA_STATS_LINK_XSTATS]);
	len = RTA_PAYLOAD(tb[IFLA_STATS_LINK_XSTATS]);
	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len)) {
		if ((rta->rta_type & NLA_TYPE_MASK) == LINK_XSTATS_TYPE_OVL)
			ovl_print_device(rta, ifsm->ifindex);
	}
	return 0;
}

struct link_util ovl_link_util = {
	.id		= "ovl",
	.maxattr	= IFLA_OVL_MAX,
	.parse_opt	= ovl_parse_opt,
	.print_opt	= ovl_print_opt,
	.print_help	= ovl_print_help,
	.parse_ifla_xstats = ovl_parse_xstats,
	.print_ifla_xstats = ovl_print_xstats,
};
