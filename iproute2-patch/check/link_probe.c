// SPDX-License-Identifier: GPL-2.0-only
/*
 * A link kind that shows what ip does with another one: no kernel needed.
 *
 *	ip link help probe ARGS...
 *
 * gives ARGS to the parser of the kind ovl, as "ip link add NAME type ovl
 * ARGS..." would, and prints what it returned, each attribute that it made (type,
 * bytes), and how ip shows these attributes, in text and in JSON.  A word
 * @TYPE=BYTES, TYPE a number and BYTES in hexadecimal, adds an attribute beside
 * the parser.  Works in any ip, with the kind built in or as a plugin.
 */

#include <stdlib.h>
#include <string.h>

#include "utils.h"
#include "ip_common.h"

#define PROBE_ATTRS 64

struct probe_message {
	struct nlmsghdr n;
	struct ifinfomsg i;
	char buf[1024];
};

static int probe_add_raw(struct nlmsghdr *n, const char *word)
{
	unsigned char data[64];
	char *end;
	int type = strtol(word + 1, &end, 0);
	int len = 0;

	end++;
	while (len < (int)sizeof(data) && sscanf(end, "%2hhx", &data[len]) == 1) {
		end += 2;
		len++;
	}
	return addattr_l(n, 1024, type, data, len);
}

static void probe_attrs(struct nlmsghdr *n, struct rtattr *tb[], FILE *f)
{
	struct rtattr *rta = IFLA_RTA(NLMSG_DATA(n));
	int len = IFLA_PAYLOAD(n);
	unsigned int i;

	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len)) {
		fprintf(f, "attr %u ", rta->rta_type);
		for (i = 0; i < RTA_PAYLOAD(rta); i++)
			fprintf(f, "%02x", ((unsigned char *)RTA_DATA(rta))[i]);
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
	for (; argc > 0 && **argv == '@'; argc--, argv++)
		probe_add_raw(&msg.n, *argv);
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
