// SPDX-License-Identifier: GPL-2.0-only
/*
 * Support of ovl devices: Geneve (RFC 8926) overlay endpoints
 *
 * ovl_args is the one place that knows the arguments.  The parser, the printer
 * and the help text walk it, so that what is shown can always be typed again.
 * ovl_peer_args is the same for what follows "peer".
 *
 * Refused here is only what cannot be said to the kernel: an unknown word, a
 * value that is no number or has no place in its attribute, options that are no
 * options, a multicast address where another keyword takes it.  Whether values
 * make sense is the kernel's to judge, and its extack message is what the user
 * gets to see.
 */

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/ovl.h>

#include "rt_names.h"
#include "utils.h"
#include "ip_common.h"

/* Bytes of a request; ip has room for these and for what it adds itself. */
#define OVL_REQUEST_MAX 1024

struct ovl_arg;

/**
 * struct ovl_table - arguments that stand in one command line or one nest
 * @args: the arguments
 * @count: how many; each has a bit in struct ovl_request
 * @hint: said when a word is none of them
 */
struct ovl_table {
	const struct ovl_arg *args;
	unsigned int count;
	const char *hint;
};

/* What is being put together of one command line. */
struct ovl_request {
	struct nlmsghdr *n;
	const struct ovl_table *table;
	__u64 row;		/* the bit of the row of the table at hand */
	__u64 seen;		/* those of the rows that were typed */
	__u64 any;		/* those typed as "any", of no family yet */
	int family;		/* of an address that was typed */
};

/* An attribute of any number of equal things, while it grows. */
struct ovl_bytes {
	unsigned int len;
	__u8 data[OVL_REQUEST_MAX];
};

/**
 * struct ovl_kind - a kind of value
 * @words: how many words follow the keyword, or how many at least
 * @negatable: "no" before the keyword sends 0, or an empty attribute, and takes
 *	no words
 * @parse: read the words that follow and add the attribute; neither this nor
 *	@parse_all set: what only the kernel sends
 * @parse_all: the same of a kind that takes as many words as there are for it;
 *	returns how many
 * @a2item: of a list, read one item; does not return if it is none
 * @item2a: of a list, write one item as it is typed, at most nine characters
 *	for four bytes; returns the bytes that it has, 0 if that is more than
 *	there are
 * @print: show the attribute, which is there and long enough; not set: what the
 *	kernel never sends
 */
struct ovl_kind {
	int words;
	bool negatable;
	int (*parse)(struct ovl_request *req, const struct ovl_arg *arg,
		     char **argv);
	int (*parse_all)(struct ovl_request *req, const struct ovl_arg *arg,
			 int argc, char **argv);
	void (*a2item)(const struct ovl_arg *arg, const char *text,
		       struct ovl_bytes *bytes);
	unsigned int (*item2a)(const __u8 *data, unsigned int len, char *text);
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
 * @size: bytes of the attribute; 0: as many as there are, none if it is empty
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

#define OVL_SYNTAX_MAX 100

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
	char syntax[OVL_SYNTAX_MAX], msg[3 * OVL_SYNTAX_MAX];

	ovl_syntax(arg, syntax, sizeof(syntax));
	if (arg->where)
		snprintf(msg, sizeof(msg), "expected %s (%s)", syntax,
			 arg->where);
	else
		snprintf(msg, sizeof(msg), "expected %s", syntax);
	invarg(msg, value);
	return -1;
}

static int ovl_not_complete(const struct ovl_arg *arg)
{
	char syntax[OVL_SYNTAX_MAX];

	fprintf(stderr, "Error: ovl: \"%s\" is not complete: expected %s\n",
		arg->name, ovl_syntax(arg, syntax, sizeof(syntax)));
	return -1;
}

static bool ovl_has_room(const struct ovl_request *req, unsigned int len)
{
	if (NLMSG_ALIGN(req->n->nlmsg_len) + RTA_SPACE(len) <= OVL_REQUEST_MAX)
		return true;
	fprintf(stderr, "Error: ovl: too much for one command line, use several\n");
	return false;
}

static int ovl_add(struct ovl_request *req, int attr, const void *data,
		   unsigned int len)
{
	if (!ovl_has_room(req, len))
		return -1;
	return addattr_l(req->n, OVL_REQUEST_MAX, attr, data, len);
}

/* NULL if there is no room for it; else to be ended by addattr_nest_end(). */
static struct rtattr *ovl_nest(struct ovl_request *req, int attr)
{
	if (!ovl_has_room(req, 0))
		return NULL;
	return addattr_nest(req->n, OVL_REQUEST_MAX, attr | NLA_F_NESTED);
}

static int ovl_put(struct ovl_request *req, const struct ovl_arg *arg,
		   __u32 value)
{
	__u16 value16 = arg->big_endian ? htons(value) : value;
	__u8 value8 = value;

	switch (arg->size) {
	case 0:
		return ovl_add(req, arg->attr, NULL, 0);
	case sizeof(value8):
		return ovl_add(req, arg->attr, &value8, sizeof(value8));
	case sizeof(value16):
		return ovl_add(req, arg->attr, &value16, sizeof(value16));
	default:
		return ovl_add(req, arg->attr, &value, sizeof(value));
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

/* The word that stands for a value, NULL if it is none of them. */
static const struct ovl_name *ovl_find_name(const struct ovl_arg *arg,
					    const char *word)
{
	const struct ovl_name *name;

	for (name = arg->names; name && name->name; name++) {
		if (!strcmp(word, name->name))
			return name;
	}
	return NULL;
}

static int ovl_parse_number(struct ovl_request *req, const struct ovl_arg *arg,
			    char **argv)
{
	const struct ovl_name *name = ovl_find_name(arg, *argv);
	__u32 value;

	if (name)
		return ovl_put(req, arg, name->value);
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
		return ovl_add(req, arg->attr6, addr->data,
			       sizeof(struct in6_addr));
	return ovl_add(req, arg->attr, addr->data, sizeof(struct in_addr));
}

static const struct ovl_name ovl_any_name[] = {
	{ "any", 0 },
	{ }
};

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

	if (ovl_find_name(arg, *argv)) {
		req->any |= req->row;
		return 0;
	}
	if (get_addr_1(&addr, *argv, AF_UNSPEC) || addr.family == AF_UNSPEC)
		return ovl_wrong(arg, *argv);
	ovl_check_cast(arg, &addr, *argv);
	return ovl_put_addr(req, arg, &addr);
}

/* "any" is of the family of another address, wherever that was typed. */
static int ovl_put_any(struct ovl_request *req)
{
	unsigned int i;
	inet_prefix any = {
		.family = req->family == AF_INET6 ? AF_INET6 : AF_INET,
	};

	for (i = 0; i < req->table->count; i++) {
		if (req->any & 1ULL << i &&
		    ovl_put_addr(req, &req->table->args[i], &any))
			return -1;
	}
	return 0;
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
	return ovl_add(req, arg->attr, &range, sizeof(range));
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

/* Lists of options, and of what options may be. */

#define OVL_HEX "0123456789abcdefABCDEF"

/* Returns the characters of CLASS:TYPE, 0 if the text does not begin so. */
static int ovl_a2match(const char *text, struct ovl_opt_match *match)
{
	char opt_class[5], type[3];
	int len = 0;

	if (sscanf(text, "%4[" OVL_HEX "]:%2[" OVL_HEX "]%n", opt_class, type,
		   &len) != 2)
		return 0;
	match->opt_class = htons(strtoul(opt_class, NULL, 16));
	match->type = strtoul(type, NULL, 16);
	return len;
}

static int ovl_a2match_any(const char *text, struct ovl_opt_match *match)
{
	char opt_class[5];
	int len = 0;

	if (sscanf(text, "%4[" OVL_HEX "]:*%n", opt_class, &len) != 1 || !len)
		return 0;
	match->opt_class = htons(strtoul(opt_class, NULL, 16));
	match->any = 1;
	return len;
}

static void ovl_append(const struct ovl_arg *arg, const char *text,
		       struct ovl_bytes *bytes, const void *data,
		       unsigned int len, unsigned int most)
{
	char msg[80];

	if (bytes->len + len > most) {
		snprintf(msg, sizeof(msg), "%s: more than %u bytes in all",
			 arg->name, most);
		invarg(msg, text);
	}
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

/* An option as it stands on the wire: RFC 8926 section 3.5. */
struct ovl_option {
	__be16 opt_class;
	__u8 type;
	__u8 words;		/* of data; the R bits above are zero */
	__u8 data[124];
};

static unsigned int ovl_option_len(const struct ovl_option *opt)
{
	return offsetof(struct ovl_option, data) + 4 * (opt->words & 0x1f);
}

static void ovl_a2option(const struct ovl_arg *arg, const char *text,
			 struct ovl_bytes *bytes)
{
	struct ovl_option opt = { 0 };
	struct ovl_opt_match match;
	const char *hex = text + ovl_a2match(text, &match);
	size_t i, digits;

	if (hex == text || (*hex && *hex != ':'))
		ovl_wrong(arg, text);
	hex += *hex == ':';
	digits = strlen(hex);
	if (strspn(hex, OVL_HEX) != digits)
		ovl_wrong(arg, text);
	if (digits % 8)
		invarg("data of an option is 8 hexadecimal digits for each 4 bytes",
		       text);
	if (digits / 2 > sizeof(opt.data))
		invarg("data of an option is 124 bytes at most", text);
	opt.opt_class = match.opt_class;
	opt.type = match.type;
	opt.words = digits / 8;
	for (i = 0; i < digits / 2; i++) {
		if (sscanf(hex + 2 * i, "%2hhx", &opt.data[i]) != 1)
			ovl_wrong(arg, text);
	}
	ovl_append(arg, text, bytes, &opt, ovl_option_len(&opt), OVL_OPTS_MAX);
}

static unsigned int ovl_option2a(const __u8 *data, unsigned int len, char *text)
{
	struct ovl_option opt = { 0 };
	unsigned int i, size;

	if (len < offsetof(struct ovl_option, data))
		return 0;
	memcpy(&opt, data, len < sizeof(opt) ? len : sizeof(opt));
	size = ovl_option_len(&opt);
	if (len < size)
		return 0;
	text += sprintf(text, "%04x:%02x:", ntohs(opt.opt_class), opt.type);
	for (i = 0; i < size - offsetof(struct ovl_option, data); i++)
		text += sprintf(text, "%02x", opt.data[i]);
	return size;
}

static void ovl_a2accept(const struct ovl_arg *arg, const char *text,
			 struct ovl_bytes *bytes)
{
	struct ovl_opt_match match = { 0 };
	int len = ovl_a2match(text, &match) ? : ovl_a2match_any(text, &match);

	if (!len || text[len])
		ovl_wrong(arg, text);
	ovl_append(arg, text, bytes, &match, sizeof(match),
		   sizeof(bytes->data));
}

static void ovl_a2mark(const struct ovl_arg *arg, const char *text,
		       struct ovl_bytes *bytes)
{
	struct ovl_opt_match match = { 0 };
	int len = ovl_a2match(text, &match);

	/* it is one, no list: a second one is none of it either */
	if (!len || text[len] || bytes->len)
		ovl_wrong(arg, text);
	ovl_append(arg, text, bytes, &match, sizeof(match),
		   sizeof(bytes->data));
}

static unsigned int ovl_match2a(const __u8 *data, unsigned int len, char *text)
{
	struct ovl_opt_match match;

	if (len < sizeof(match))
		return 0;
	memcpy(&match, data, sizeof(match));
	if (match.any)
		sprintf(text, "%04x:*", ntohs(match.opt_class));
	else
		sprintf(text, "%04x:%02x", ntohs(match.opt_class), match.type);
	return sizeof(match);
}

/* An item that is not there has no word that could be shown as wrong. */
static void ovl_check_list(const struct ovl_arg *arg, const char *list)
{
	size_t len = strlen(list);

	if (!len || *list == ',' || list[len - 1] == ',' || strstr(list, ",,"))
		ovl_wrong(arg, list);
}

/* A word in the place of a list says that there is no attribute. */
static int ovl_parse_list(struct ovl_request *req, const struct ovl_arg *arg,
			  char **argv)
{
	struct ovl_bytes bytes = { 0 };
	char *rest = *argv, *item;

	if (ovl_find_name(arg, *argv))
		return 0;
	ovl_check_list(arg, *argv);
	while ((item = strsep(&rest, ",")))
		arg->kind->a2item(arg, item, &bytes);
	return ovl_add(req, arg->attr, bytes.data, bytes.len);
}

/* The list in one word, to be freed. */
static char *ovl_list2a(const struct ovl_kind *kind, const struct rtattr *rta)
{
	const __u8 *data = RTA_DATA(rta);
	unsigned int len = RTA_PAYLOAD(rta);
	unsigned int used;
	char *word, *tail;

	word = calloc(1, len / 4 * 9 + 1);
	if (!word)
		return NULL;
	for (tail = word; len; data += used, len -= used) {
		used = kind->item2a(data, len, tail == word ? tail : tail + 1);
		if (!used)
			break;
		if (tail != word)
			*tail = ',';
		tail += strlen(tail);
	}
	return word;
}

static void ovl_print_items(const struct ovl_kind *kind, const char *key,
			    const char *fmt, const struct rtattr *rta)
{
	char *word = ovl_list2a(kind, rta);

	print_string(PRINT_ANY, key, fmt, word && *word ? word : "?");
	free(word);
}

static void ovl_print_list(const struct ovl_arg *arg, struct rtattr *tb[])
{
	const struct rtattr *rta = tb[arg->attr];

	if (!RTA_PAYLOAD(rta)) {
		print_null(PRINT_JSON, arg->name, NULL, NULL);
		print_string(PRINT_FP, NULL, "no%s ", arg->name);
		return;
	}
	print_string(PRINT_FP, NULL, "%s ", arg->name);
	ovl_print_items(arg->kind, arg->name, "%s ", rta);
}

static const struct ovl_kind ovl_opts = {
	.words		= 1,
	.negatable	= true,
	.parse		= ovl_parse_list,
	.a2item		= ovl_a2option,
	.item2a		= ovl_option2a,
	.print		= ovl_print_list,
};

static const struct ovl_kind ovl_accept = {
	.words		= 1,
	.negatable	= true,
	.parse		= ovl_parse_list,
	.a2item		= ovl_a2accept,
	.item2a		= ovl_match2a,
	.print		= ovl_print_list,
};

static const struct ovl_kind ovl_markopt = {
	.words		= 1,
	.negatable	= true,
	.parse		= ovl_parse_list,
	.a2item		= ovl_a2mark,
	.item2a		= ovl_match2a,
	.print		= ovl_print_list,
};

/* What follows "peer", which has an address and the options that are its own. */

static int ovl_parse_table(struct ovl_request *req, int argc, char **argv);

static const struct ovl_kind ovl_via = {
	.words	= 1,
	.parse	= ovl_parse_dev,
};

static const struct ovl_name ovl_peer_opts_names[] = {
	{ "device", 0 },
	{ }
};

static const struct ovl_arg ovl_peer_args[] = {
	{
		.name	= "port",
		.value	= "PORT",
		.kind	= &ovl_number,
		.a2n	= ovl_a2n,
		.attr	= OVL_PEER_PORT,
		.size	= sizeof(__be16),
		.max	= 65535,
		.big_endian = true,
	}, {
		.name	= "via",
		.value	= "UNDERLAY",
		.kind	= &ovl_via,
		.attr	= OVL_PEER_IFINDEX,
		.size	= sizeof(__u32),
	}, {
		.name	= "vni",
		.value	= "VNI",
		.kind	= &ovl_number,
		.a2n	= ovl_a2n,
		.attr	= OVL_PEER_VNI,
		.size	= sizeof(__u32),
		.max	= ~0U,	/* over 24 bits, the kernel says so */
	}, {
		.name	= "opts",
		.value	= "OPTS",
		.kind	= &ovl_opts,
		.names	= ovl_peer_opts_names,
		.attr	= OVL_PEER_OPTS,
		.required = true,
	},
};

static const struct ovl_table ovl_peer_table = {
	.args	= ovl_peer_args,
	.count	= ARRAY_SIZE(ovl_peer_args),
	.hint	= "\"peer\" has a command line of its own; what is of the device goes elsewhere.",
};

static const struct ovl_arg ovl_peer_addr = {
	.name	= "peer",
	.value	= "ADDR",
	.kind	= &ovl_addr,
	.attr	= OVL_PEER_ADDR,
	.attr6	= OVL_PEER_ADDR6,
};

static bool ovl_has_required(const struct ovl_request *req)
{
	unsigned int i;

	for (i = 0; i < req->table->count; i++) {
		if (req->table->args[i].required && !(req->seen & 1ULL << i))
			return false;
	}
	return true;
}

/* All that is left of the command line. */
static int ovl_parse_peer(struct ovl_request *req, const struct ovl_arg *arg,
			  int argc, char **argv)
{
	struct ovl_request peer = { .n = req->n, .table = &ovl_peer_table };
	struct rtattr *nest;

	if (req->n->nlmsg_flags & NLM_F_CREATE) {
		fprintf(stderr, "Error: ovl: \"%s\" is for \"ip link set\" alone\n",
			arg->name);
		return -1;
	}
	nest = ovl_nest(req, arg->attr);
	if (!nest || ovl_parse_addr(&peer, &ovl_peer_addr, argv) ||
	    ovl_parse_table(&peer, argc - 1, argv + 1))
		return -1;
	addattr_nest_end(req->n, nest);
	return ovl_has_required(&peer) ? argc : ovl_not_complete(arg);
}

static const struct ovl_kind ovl_peer = {
	.words		= 1,
	.parse_all	= ovl_parse_peer,
};

/*
 * VNIs of a device that has many.  What is typed for several ranges is sent in
 * one attribute, as the kernel does all of it or none.
 */

static const struct ovl_arg ovl_vni_args[] = {
	{
		.name	= "remote",
		.value	= "ADDR",
		.kind	= &ovl_addr,
		.names	= ovl_any_name,
		.attr	= OVL_VNI_REMOTE,
		.attr6	= OVL_VNI_REMOTE6,
		.excludes = OVL_VNI_REMOTE,
	}, {
		.name	= "group",
		.value	= "ADDR",
		.kind	= &ovl_addr,
		.names	= ovl_any_name,
		.attr	= OVL_VNI_REMOTE,
		.attr6	= OVL_VNI_REMOTE6,
		.excludes = OVL_VNI_REMOTE,
		.multicast = true,
	},
};

static const struct ovl_table ovl_vni_table = {
	.args	= ovl_vni_args,
	.count	= ARRAY_SIZE(ovl_vni_args),
};

/**
 * struct ovl_vnis - one clause: what is done with which VNIs
 * @del: they are deleted, not added
 * @ranges: all the ranges as typed
 * @to: the row of the endpoint that they get; NULL: none was said
 * @addr: the word that is its address
 */
struct ovl_vnis {
	bool del;
	char *ranges;
	const struct ovl_arg *to;
	char **addr;
};

/* Over 24 bits, or in reverse: the kernel says so. */
static int ovl_put_range(struct ovl_request *req, const struct ovl_arg *arg,
			 char *range)
{
	__u32 first_vni, last_vni;
	char *last = range;
	bool wrong;

	strsep(&last, "-");
	wrong = ovl_a2n(&first_vni, range) || (last && ovl_a2n(&last_vni, last));
	if (last)
		last[-1] = '-';
	if (wrong)
		return ovl_wrong(arg, range);
	if (ovl_add(req, OVL_VNI_FIRST, &first_vni, sizeof(first_vni)))
		return -1;
	return last ? ovl_add(req, OVL_VNI_LAST, &last_vni, sizeof(last_vni)) :
		      0;
}

static int ovl_put_to(struct ovl_request *req, const struct ovl_vnis *vnis)
{
	struct ovl_request to = { .n = req->n, .table = &ovl_vni_table };

	if (!vnis->to)
		return 0;
	to.row = 1ULL << (vnis->to - ovl_vni_args);
	if (ovl_parse_addr(&to, vnis->to, vnis->addr))
		return -1;
	return ovl_put_any(&to);
}

static int ovl_put_vnis(struct ovl_request *req, const struct ovl_arg *arg,
			const struct ovl_vnis *vnis, char *range)
{
	struct rtattr *nest = ovl_nest(req, OVL_VNI_RANGE);

	if (!nest ||
	    (vnis->del && ovl_add(req, OVL_VNI_DEL, NULL, 0)) ||
	    ovl_put_range(req, arg, range) || ovl_put_to(req, vnis))
		return -1;
	addattr_nest_end(req->n, nest);
	return 0;
}

/* Returns how many words the clause has. */
static int ovl_parse_vnis(struct ovl_request *req, const struct ovl_arg *arg,
			  struct ovl_vnis *vnis, int argc, char **argv)
{
	const struct ovl_arg *to = ovl_vni_args;

	if (argc < 2)
		return ovl_not_complete(arg);
	vnis->del = !strcmp(argv[0], "del");
	if (!vnis->del && strcmp(argv[0], "add"))
		return ovl_wrong(arg, argv[0]);
	ovl_check_list(arg, argv[1]);
	vnis->ranges = argv[1];
	if (argc < 3)
		return 2;
	while (to < ovl_vni_args + ARRAY_SIZE(ovl_vni_args) &&
	       strcmp(argv[2], to->name))
		to++;
	if (to == ovl_vni_args + ARRAY_SIZE(ovl_vni_args))
		return 2;
	if (argc < 4)
		return ovl_not_complete(to);
	vnis->to = to;
	vnis->addr = argv + 3;
	return 4;
}

/* One clause after the other. */
static int ovl_parse_vni(struct ovl_request *req, const struct ovl_arg *arg,
			 int argc, char **argv)
{
	struct rtattr *nest = ovl_nest(req, arg->attr);
	int used, all = 0;
	char *range;

	if (!nest)
		return -1;
	do {
		struct ovl_vnis vnis = { 0 };

		used = ovl_parse_vnis(req, arg, &vnis, argc - all, argv + all);
		if (used < 0)
			return -1;
		while ((range = strsep(&vnis.ranges, ","))) {
			if (ovl_put_vnis(req, arg, &vnis, range))
				return -1;
		}
		all += used;
	} while (all < argc && !strcmp(argv[all], arg->name) && ++all);
	addattr_nest_end(req->n, nest);
	return all;
}

static const struct ovl_kind ovl_vni = {
	.words		= 2,
	.parse_all	= ovl_parse_vni,
};

/* The arguments, in the order in which they are shown. */

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

static const struct ovl_name ovl_optmax_names[] = {
	{ "unlimited", OVL_OPTMAX_UNLIMITED },
	{ }
};

static const struct ovl_name ovl_critmismatch_names[] = {
	{ "drop", OVL_CRITMISMATCH_DROP },
	{ "accept", OVL_CRITMISMATCH_ACCEPT },
	{ }
};

static const struct ovl_name ovl_reflect_names[] = {
	{ "none", 0 },
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
		.name	= "opts",
		.value	= "OPTS | noopts",
		.where	= "OPTS := CLASS:TYPE:HEX[,CLASS:TYPE:HEX...], hexadecimal",
		.kind	= &ovl_opts,
		.attr	= IFLA_OVL_OPTS,
	}, {
		.name	= "accept",
		.value	= "MATCH[,MATCH...] | noaccept",
		.where	= "MATCH := CLASS:TYPE or CLASS:*, hexadecimal",
		.kind	= &ovl_accept,
		.attr	= IFLA_OVL_ACCEPT,
	}, {
		.name	= "markopt",
		.value	= "CLASS:TYPE | nomarkopt",
		.kind	= &ovl_markopt,
		.attr	= IFLA_OVL_MARKOPT,
	}, {
		.name	= "optmax",
		.value	= "BYTES",
		.where	= "BYTES := 0..252, a multiple of 4",
		.kind	= &ovl_number,
		.names	= ovl_optmax_names,
		.a2n	= ovl_a2n,
		.attr	= IFLA_OVL_OPTMAX,
		.size	= sizeof(__u16),
		.max	= OVL_OPTS_MAX,
	}, {
		.name	= "critmismatch",
		.kind	= &ovl_number,
		.names	= ovl_critmismatch_names,
		.attr	= IFLA_OVL_CRITMISMATCH,
		.size	= sizeof(__u8),
	}, {
		.name	= "reflect",
		.value	= "FLOWS",
		.where	= "FLOWS := 1..4194304",
		.kind	= &ovl_number,
		.names	= ovl_reflect_names,
		.a2n	= ovl_a2n,
		.attr	= IFLA_OVL_REFLECT,
		.size	= sizeof(__u32),
		.max	= ~0U,	/* over OVL_REFLECT_MAX, the kernel says so */
	}, {
		.name	= "external",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_EXTERNAL,
		.size	= sizeof(__u8),
	}, {
		.name	= "vnifilter",
		.kind	= &ovl_flag,
		.attr	= IFLA_OVL_VNIFILTER,
		.size	= sizeof(__u8),
	}, {
		.name	= "vnis",
		.kind	= &ovl_count,
		.attr	= IFLA_OVL_N_VNIS,
		.size	= sizeof(__u32),
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
	}, {
		.name	= "vni",
		.value	= "{ add | del } VNIS [ remote ADDR | group ADDR ]",
		.where	= "VNIS := VNI[-VNI][,VNI[-VNI]...]",
		.kind	= &ovl_vni,
		.attr	= IFLA_OVL_VNIS,
	}, {
		.name	= "peer",
		.value	= "PEER { opts OPTS | noopts | opts device }",
		.where	= "PEER := ADDR [ port PORT ] [ via UNDERLAY ] [ vni VNI ]",
		.kind	= &ovl_peer,
		.attr	= IFLA_OVL_PEER,
	},
};

static_assert(ARRAY_SIZE(ovl_args) <= 8 * sizeof(__u64),
	      "an argument has no bit in struct ovl_request");

static const struct ovl_table ovl_table = {
	.args	= ovl_args,
	.count	= ARRAY_SIZE(ovl_args),
	.hint	= "What every kind of link has (address, mtu, up, ...) goes before \"type ovl\".",
};

/* The three walks over the table: help, parse, print. */

static bool ovl_is_typed(const struct ovl_arg *arg)
{
	return arg->kind->parse || arg->kind->parse_all;
}

static void ovl_usage(FILE *f)
{
	const char *lead = "Where:\t";
	char syntax[OVL_SYNTAX_MAX];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ovl_args); i++) {
		if (!ovl_is_typed(&ovl_args[i]))
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
		"external is given instead of id, and excludes remote, group, opts, accept,\n"
		"markopt, reflect and proxy.\n"
		"vni, for a device with vnifilter, and peer are for \"ip link set\", with nothing\n"
		"else; several vni may follow one another.\n"
		"All but external, vnifilter and innerprotoinherit can be changed by \"ip link\n"
		"set DEVICE type ovl ...\"; what is not given stays as it is.\n");
}

/* A keyword, or "no" and a keyword. */
static const struct ovl_arg *ovl_find(const struct ovl_table *table,
				      const char *word, bool *no)
{
	const struct ovl_arg *arg;

	for (arg = table->args; arg < table->args + table->count; arg++) {
		if (!ovl_is_typed(arg))
			continue;
		*no = arg->kind->negatable && !strncmp(word, "no", 2) &&
		      !strcmp(word + 2, arg->name);
		if (*no || !strcmp(word, arg->name))
			return arg;
	}
	fprintf(stderr,
		"Error: ovl: unknown argument \"%s\"; try \"ip link help ovl\".\n%s\n",
		word, table->hint);
	return NULL;
}

/* The argument that this one excludes, if it was typed. */
static const struct ovl_arg *ovl_rival(const struct ovl_request *req,
				       const struct ovl_arg *arg)
{
	const struct ovl_table *table = req->table;
	unsigned int i;

	if (!arg->excludes)
		return NULL;
	for (i = 0; i < table->count; i++) {
		if (req->seen & 1ULL << i &&
		    table->args[i].attr == arg->excludes)
			return &table->args[i];
	}
	return NULL;
}

/* Returns how many words after the keyword were used, below 0 on an error. */
static int ovl_parse_value(struct ovl_request *req, const struct ovl_arg *arg,
			   bool no, int argc, char **argv)
{
	if (no)
		return ovl_put(req, arg, 0);
	if (arg->kind->parse_all)
		return arg->kind->parse_all(req, arg, argc, argv);
	return arg->kind->parse(req, arg, argv) ? -1 : arg->kind->words;
}

/* Returns how many words were used, below 0 if something is wrong. */
static int ovl_parse_arg(struct ovl_request *req, int argc, char **argv)
{
	const struct ovl_arg *arg, *rival;
	int words;
	bool no;

	arg = ovl_find(req->table, *argv, &no);
	if (!arg)
		return -1;
	words = no ? 0 : arg->kind->words;
	if (argc <= words)
		return ovl_not_complete(arg);
	req->row = 1ULL << (arg - req->table->args);
	if (req->seen & req->row)
		duparg(arg->name, argv[words ? 1 : 0]);
	rival = ovl_rival(req, arg);
	if (rival) {
		fprintf(stderr, "Error: ovl: \"%s\" and \"%s\" exclude each other\n",
			rival->name, arg->name);
		return -1;
	}
	req->seen |= req->row;
	words = ovl_parse_value(req, arg, no, argc - 1, argv + 1);
	return words < 0 ? -1 : 1 + words;
}

static int ovl_parse_table(struct ovl_request *req, int argc, char **argv)
{
	int used;

	for (; argc > 0; argc -= used, argv += used) {
		if (!strcmp(*argv, "help")) {
			ovl_usage(stderr);
			return -1;
		}
		used = ovl_parse_arg(req, argc, argv);
		if (used < 0)
			return -1;
	}
	return 0;
}

static int ovl_parse_opt(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *n)
{
	struct ovl_request req = { .n = n, .table = &ovl_table };

	if (ovl_parse_table(&req, argc, argv))
		return -1;
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
		if (arg->kind->print && rta && RTA_PAYLOAD(rta) >= size)
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

/* An address of either family, "?" if there is none. */
static const char *ovl_addr2a(struct rtattr *tb[], int attr, int attr6,
			      char *buf)
{
	const __be32 *addr = ovl_data(tb, attr, sizeof(*addr));
	const struct in6_addr *addr6 = ovl_data(tb, attr6, sizeof(*addr6));

	if (addr6)
		return rt_addr_n2a_r(AF_INET6, sizeof(*addr6), addr6, buf,
				     INET6_ADDRSTRLEN);
	if (addr)
		return rt_addr_n2a_r(AF_INET, sizeof(*addr), addr, buf,
				     INET6_ADDRSTRLEN);
	return "?";
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

/* What a peer is sent instead of the device's options. */
static void ovl_print_peer_opts(const struct rtattr *opts)
{
	if (!opts)
		return;
	if (RTA_PAYLOAD(opts))
		ovl_print_items(&ovl_opts, "opts", " opts %s", opts);
	else
		print_null(PRINT_ANY, "opts", " noopts", NULL);
}

/* What sets a peer apart, in the words of "bridge fdb" and of "peer". */
static void ovl_print_peer_name(struct rtattr *tb[])
{
	const __be16 *port = ovl_data(tb, OVL_PEER_PORT, sizeof(*port));
	const __u32 *vni = ovl_data(tb, OVL_PEER_VNI, sizeof(*vni));
	const __u32 *index = ovl_data(tb, OVL_PEER_IFINDEX, sizeof(*index));
	char buf[INET6_ADDRSTRLEN];

	print_string(PRINT_ANY, "dst", "    %s",
		     ovl_addr2a(tb, OVL_PEER_ADDR, OVL_PEER_ADDR6, buf));
	if (port)
		print_uint(PRINT_ANY, "port", " port %u", ntohs(*port));
	if (vni)
		print_uint(PRINT_ANY, "vni", " vni %u", *vni);
	if (index)
		print_string(PRINT_ANY, "via", " via %s",
			     ll_index_to_name(*index));
	ovl_print_peer_opts(tb[OVL_PEER_OPTS]);
	print_nl();
}

/* Six counters in a row, of a peer or of a VNI. */
static void ovl_print_traffic(struct rtattr *tb[], int attr)
{
	ovl_print_direction("rx", "RX", ovl_u64(tb, attr),
			    ovl_u64(tb, attr + 1), ovl_u64(tb, attr + 2));
	ovl_print_direction("tx", "TX", ovl_u64(tb, attr + 3),
			    ovl_u64(tb, attr + 4), ovl_u64(tb, attr + 5));
}

static void ovl_print_peer(const struct rtattr *nest)
{
	struct rtattr *tb[OVL_PEER_MAX + 1];

	parse_rtattr_nested(tb, OVL_PEER_MAX, nest);
	open_json_object(NULL);
	ovl_print_peer_name(tb);
	ovl_print_traffic(tb, OVL_PEER_RX_PACKETS);
	close_json_object();
}

static bool ovl_vni_has_group(struct rtattr *tb[])
{
	const struct in6_addr *addr6 = ovl_data(tb, OVL_VNI_STATS_REMOTE6,
						sizeof(*addr6));
	const __be32 *addr = ovl_data(tb, OVL_VNI_STATS_REMOTE, sizeof(*addr));

	return addr6 ? IN6_IS_ADDR_MULTICAST(addr6) :
		       addr && IN_MULTICAST(ntohl(*addr));
}

/* A VNI in the words of "vni". */
static void ovl_print_vni_name(struct rtattr *tb[])
{
	const __u32 *vni = ovl_data(tb, OVL_VNI_STATS_VNI, sizeof(*vni));
	const char *key = ovl_vni_has_group(tb) ? "group" : "remote";
	char buf[INET6_ADDRSTRLEN];

	if (vni)
		print_uint(PRINT_ANY, "vni", "    vni %u", *vni);
	else
		print_string(PRINT_FP, NULL, "    vni %s", "?");
	if (tb[OVL_VNI_STATS_REMOTE] || tb[OVL_VNI_STATS_REMOTE6]) {
		print_string(PRINT_FP, NULL, " %s ", key);
		print_string(PRINT_ANY, key, "%s",
			     ovl_addr2a(tb, OVL_VNI_STATS_REMOTE,
					OVL_VNI_STATS_REMOTE6, buf));
	}
	print_nl();
}

static void ovl_print_vni(const struct rtattr *nest)
{
	struct rtattr *tb[OVL_VNI_STATS_MAX + 1];

	parse_rtattr_nested(tb, OVL_VNI_STATS_MAX, nest);
	open_json_object(NULL);
	ovl_print_vni_name(tb);
	ovl_print_traffic(tb, OVL_VNI_STATS_RX_PACKETS);
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
	open_json_array(PRINT_JSON, "vnis");
	ovl_print_each(nest, OVL_XSTATS_VNI, ovl_print_vni);
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
