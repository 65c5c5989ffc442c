// SPDX-License-Identifier: GPL-2.0-only
/*
 * Support of ovl devices: Geneve (RFC 8926) overlay endpoints
 *
 * ovl_args is the one place that knows the arguments.  The parser, the printer
 * and the help text walk it, so that what is shown can always be typed again.
 *
 * Refused here is only what cannot be said to the kernel: an unknown word, a
 * value that is no number or has no place in its attribute.  Whether values
 * make sense is the kernel's to judge, and its extack message is what the user
 * gets to see.
 */

#include <stdio.h>
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
	__u32 seen;		/* a bit for each row of ovl_args */
	int family;		/* of an address that was typed */
	const struct ovl_arg *any; /* typed as "any", its family not yet known */
};

/**
 * struct ovl_kind - a kind of value
 * @words: how many words follow the keyword
 * @negatable: "no" before the keyword sends 0 and takes no words
 * @parse: read the words that follow and add the attribute
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
 * @size: bytes of the attribute
 * @min: lowest number that can be sent
 * @max: highest number that can be sent
 * @usual: the default, left out of the text over the family other than @family
 * @family: the underlay that it is for, AF_UNSPEC if for both
 * @big_endian: the attribute is in network byte order
 * @hex: shown as a hexadecimal number
 * @required: cannot be left out when a device is made
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
	unsigned short size;
	__u32 min;
	__u32 max;
	__u32 usual;
	int family;
	bool big_endian;
	bool hex;
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

/* The family of the underlay, AF_UNSPEC if no address tells. */
static int ovl_family(struct rtattr *tb[])
{
	if (tb[IFLA_OVL_REMOTE6] || tb[IFLA_OVL_LOCAL6])
		return AF_INET6;
	if (tb[IFLA_OVL_REMOTE] || tb[IFLA_OVL_LOCAL])
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

static int ovl_parse_addr(struct ovl_request *req, const struct ovl_arg *arg,
			  char **argv)
{
	inet_prefix addr;

	if (arg->names && !strcmp(*argv, arg->names->name)) {
		req->any = arg;
		return 0;
	}
	if (get_addr_1(&addr, *argv, AF_UNSPEC) || addr.family == AF_UNSPEC)
		return ovl_wrong(arg, *argv);
	return ovl_put_addr(req, arg, &addr);
}

/* "any" is of the family of the other address, wherever that was typed. */
static int ovl_put_any(struct ovl_request *req)
{
	inet_prefix any = {
		.family = req->family == AF_INET6 ? AF_INET6 : AF_INET,
	};

	return req->any ? ovl_put_addr(req, req->any, &any) : 0;
}

static bool ovl_is_any(const void *addr, int len)
{
	static const struct in6_addr any;

	return !memcmp(addr, &any, len);
}

static void ovl_print_addr(const struct ovl_arg *arg, struct rtattr *tb[])
{
	bool v6 = tb[arg->attr6];
	const void *addr = RTA_DATA(tb[v6 ? arg->attr6 : arg->attr]);
	int len = v6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	char buf[INET6_ADDRSTRLEN];
	const char *text;

	/* never a host's name: that could not be typed again */
	if (arg->names && ovl_is_any(addr, len))
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
		.attr	= IFLA_OVL_REMOTE,
		.attr6	= IFLA_OVL_REMOTE6,
		.size	= sizeof(struct in_addr),
		.required = true,
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

	for (i = 0; i < ARRAY_SIZE(ovl_args); i++)
		fprintf(f, "%s%s%s%s\n", i ? "\t\t" : "Usage: ... ovl ",
			ovl_args[i].required ? "" : "[ ",
			ovl_syntax(&ovl_args[i], syntax, sizeof(syntax)),
			ovl_args[i].required ? "" : " ]");
	fprintf(f, "\n");
	for (i = 0; i < ARRAY_SIZE(ovl_args); i++) {
		if (!ovl_args[i].where)
			continue;
		fprintf(f, "%s%s\n", lead, ovl_args[i].where);
		lead = "\t";
	}
	fprintf(f,
		"\n"
		"All but innerprotoinherit can be changed by \"ip link set DEVICE type ovl ...\";\n"
		"what is not given stays as it is.\n");
}

/* A keyword, or "no" and a keyword. */
static const struct ovl_arg *ovl_find(const char *word, bool *no)
{
	const struct ovl_arg *arg;

	for (arg = ovl_args; arg < ovl_args + ARRAY_SIZE(ovl_args); arg++) {
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

/* Returns how many words were used, below 0 if something is wrong. */
static int ovl_parse_arg(struct ovl_request *req, int argc, char **argv)
{
	const struct ovl_arg *arg;
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
	if (req->seen & 1U << (arg - ovl_args))
		duparg(arg->name, argv[words ? 1 : 0]);
	req->seen |= 1U << (arg - ovl_args);
	if (no ? ovl_put(req, arg, 0) : arg->kind->parse(req, arg, argv + 1))
		return -1;
	return 1 + words;
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

struct link_util ovl_link_util = {
	.id		= "ovl",
	.maxattr	= IFLA_OVL_MAX,
	.parse_opt	= ovl_parse_opt,
	.print_opt	= ovl_print_opt,
	.print_help	= ovl_print_help,
};
