// SPDX-License-Identifier: GPL-2.0-only
/*
 * A link kind that shows what ip does with another one: no kernel needed.
 *
 *	ip link help probe [-a] [-s] ARGS...
 *
 * gives ARGS to the parser of the kind ovl, as "ip link set NAME type ovl
 * ARGS..." would, with -a as "ip link add", and prints what it returned, each
 * attribute that it made (type, and bytes or, of a nest, the same in braces), and
 * how ip shows these attributes, in text and in JSON; with -s, as "ip -s" does.
 * A word @TYPE=VALUE, TYPE a number, adds an attribute beside the
 * parser; VALUE is its bytes in hexadecimal, or #NUMBER: 64 bits, or "TEXT.
 *
 *	ip link help probe xstats ARGS... / INDEX WORDS... / INDEX WORDS...
 *
 * does so with "ip link xstats type ovl ARGS...": each slash and INDEX, that of a
 * device, starts a message of the kernel's.  Besides @TYPE=VALUE, @TYPE{ WORDS }
 * is a nest.
 *
 * Works in any ip, with the kind built in or as a plugin.
 */

#include <stdlib.h>
#include <string.h>

#include "utils.h"
#include "ip_common.h"

#define PROBE_ATTRS 64
#define PROBE_NESTS 8

struct probe_message {
	struct nlmsghdr n;
	struct ifinfomsg i;
	char buf[1024];
};

struct probe_stats {
	struct nlmsghdr n;
	struct if_stats_msg s;
	char buf[4096];
};

static int probe_value(const char *value, unsigned char *data, int size)
{
	unsigned long long number;
	int len = 0;

	switch (*value) {
	case '#':
		number = strtoull(value + 1, NULL, 0);
		memcpy(data, &number, sizeof(number));
		return sizeof(number);
	case '"':
		return snprintf((char *)data, size, "%s", value + 1) + 1;
	}
	while (len < size && sscanf(value, "%2hhx", &data[len]) == 1) {
		value += 2;
		len++;
	}
	return len;
}

static int probe_add_raw(struct nlmsghdr *n, int maxlen, const char *word)
{
	unsigned char data[64];
	char *end;
	int type = strtol(word + 1, &end, 0);
	int len = *end ? probe_value(end + 1, data, sizeof(data)) : 0;

	return addattr_l(n, maxlen, type, data, len);
}

static void probe_attr(const struct rtattr *rta, FILE *f)
{
	const struct rtattr *inner = RTA_DATA(rta);
	int len = RTA_PAYLOAD(rta);
	int i;

	fprintf(f, "%u ", rta->rta_type & NLA_TYPE_MASK);
	if (!(rta->rta_type & NLA_F_NESTED)) {
		for (i = 0; i < len; i++)
			fprintf(f, "%02x", ((unsigned char *)RTA_DATA(rta))[i]);
		return;
	}
	fprintf(f, "{ ");
	for (; RTA_OK(inner, len); inner = RTA_NEXT(inner, len)) {
		probe_attr(inner, f);
		fprintf(f, " ");
	}
	fprintf(f, "}");
}

static void probe_attrs(struct nlmsghdr *n, struct rtattr *tb[], FILE *f)
{
	struct rtattr *rta = IFLA_RTA(NLMSG_DATA(n));
	int len = IFLA_PAYLOAD(n);

	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len)) {
		fprintf(f, "attr ");
		probe_attr(rta, f);
		fprintf(f, "\n");
		if (rta->rta_type < PROBE_ATTRS)
			tb[rta->rta_type] = rta;
	}
}

static void probe_show(struct link_util *ovl, struct rtattr *tb[], FILE *f)
{
	fprintf(f, "text ");
	ovl->print_opt(ovl, f, tb);
	fprintf(f, "\njson ");
	new_json_obj(1);
	open_json_object(NULL);
	ovl->print_opt(ovl, f, tb);
	close_json_object();
	delete_json_obj();
}

/* Print the messages as if a dump had brought them. */
static void probe_messages(struct link_util *ovl, int argc, char **argv)
{
	struct probe_stats msg = { 0 };
	struct rtattr *nest[PROBE_NESTS];
	char *tail;
	int depth = 0;

	for (; argc > 0; argc--, argv++) {
		tail = (char *)&msg + NLMSG_ALIGN(msg.n.nlmsg_len);
		if (**argv == '/' && argc > 1) {
			if (msg.n.nlmsg_len)
				ovl->print_ifla_xstats(&msg.n, stdout);
			msg.n.nlmsg_len = NLMSG_LENGTH(sizeof(msg.s));
			msg.s.ifindex = atoi(argv[1]);
			argc--, argv++;
		} else if (**argv == '}' && depth) {
			depth--;
			nest[depth]->rta_len = tail - (char *)nest[depth];
		} else if (**argv == '@') {
			probe_add_raw(&msg.n, sizeof(msg), *argv);
			if (strchr(*argv, '{') && depth < PROBE_NESTS)
				nest[depth++] = (struct rtattr *)tail;
		}
	}
	if (msg.n.nlmsg_len)
		ovl->print_ifla_xstats(&msg.n, stdout);
}

static void probe_xstats(struct link_util *ovl, int argc, char **argv, FILE *f)
{
	int err, args = 0;

	while (args < argc && *argv[args] != '/')
		args++;
	err = ovl->parse_ifla_xstats(ovl, args, argv);
	fprintf(f, "returned %d\n", err);
	if (err)
		return;
	fprintf(f, "text ");
	probe_messages(ovl, argc - args, argv + args);
	fprintf(f, "\njson ");
	new_json_obj(1);
	probe_messages(ovl, argc - args, argv + args);
	delete_json_obj();
}

static void probe_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	struct link_util *ovl = get_link_kind("ovl");
	struct rtattr *tb[PROBE_ATTRS] = { NULL };
	struct probe_message msg = {
		.n.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
	};
	int err;

	if (!ovl) {
		fprintf(f, "no kind ovl\n");
		return;
	}
	if (argc > 0 && !strcmp(*argv, "xstats")) {
		probe_xstats(ovl, argc - 1, argv + 1, f);
		return;
	}
	if (argc > 0 && !strcmp(*argv, "-a")) {
		msg.n.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
		argc--, argv++;
	}
	if (argc > 0 && !strcmp(*argv, "-s")) {
		show_stats = 1;
		argc--, argv++;
	}
	for (; argc > 0 && **argv == '@'; argc--, argv++)
		probe_add_raw(&msg.n, sizeof(msg), *argv);
	err = ovl->parse_opt(ovl, argc, argv, &msg.n);
	fprintf(f, "returned %d\n", err);
	if (err)
		return;
	probe_attrs(&msg.n, tb, f);
	probe_show(ovl, tb, f);
}

struct link_util probe_link_util = {
	.id		= "probe",
	.print_help	= probe_help,
};
