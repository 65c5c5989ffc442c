// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps for the fuzzer of netlink: each attribute a line, in the order of the
 * kernel, which is part of what must not change.
 */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/ovl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "fuzz_dump.h"

/* The longest line that is not an attribute's */
#define LINE_LEN	256

static const char * const proc_names[FUZZ_PROC_FILES] = {
	"udp", "udp6", "igmp", "igmp6",
};

static void text_add(struct text *text, const char *bytes, size_t n)
{
	if (text->len + n + 1 > text->room) {
		text->room = 2 * (text->len + n + 1);
		text->bytes = realloc(text->bytes, text->room);
		if (!text->bytes)
			die("memory");
	}
	memcpy(text->bytes + text->len, bytes, n);
	text->len += n;
	text->bytes[text->len] = 0;
}

static void text_add_hex(struct text *text, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const __u8 *p = bytes;
	char pair[2];

	while (n--) {
		pair[0] = digits[*p >> 4];
		pair[1] = digits[*p++ & 15];
		text_add(text, pair, 2);
	}
}

/* Attributes */

typedef bool wanted_fn(__u16 type);

/* Those of a nest, each with where it stands */
static void add_attrs(struct text *text, const char *where, const void *attrs,
		      int len, wanted_fn *wanted)
{
	const struct rtattr *attr;
	char line[LINE_LEN];

	for (attr = attrs; RTA_OK(attr, len); attr = RTA_NEXT(attr, len)) {
		__u16 type = attr->rta_type & NLA_TYPE_MASK;

		if (!wanted(type))
			continue;
		text_add(text, line, snprintf(line, sizeof(line), "%s %u: ",
					      where, type));
		text_add_hex(text, RTA_DATA(attr), RTA_PAYLOAD(attr));
		text_add(text, "\n", 1);
	}
}

static const struct rtattr *find_attr(const void *attrs, int len, __u16 type)
{
	const struct rtattr *attr;

	for (attr = attrs; RTA_OK(attr, len); attr = RTA_NEXT(attr, len))
		if ((attr->rta_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

static bool any_attr(__u16 type)
{
	return type;
}

/* Not what the core changes by itself, later: carrier, state, statistics */
static bool link_attr(__u16 type)
{
	static const __u16 types[] = {
		IFLA_ADDRESS, IFLA_BROADCAST, IFLA_IFNAME, IFLA_MTU, IFLA_LINK,
		IFLA_MASTER, IFLA_TXQLEN, IFLA_GROUP, IFLA_NUM_TX_QUEUES,
		IFLA_NUM_RX_QUEUES, IFLA_PROMISCUITY, IFLA_LINK_NETNSID,
		IFLA_MIN_MTU, IFLA_MAX_MTU, IFLA_IFALIAS, IFLA_GSO_MAX_SIZE,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (type == types[i])
			return true;
	return false;
}

static bool neigh_attr(__u16 type)
{
	return type != NDA_CACHEINFO && type != NDA_PROBES;
}

static bool peer_attr(__u16 type)
{
	return type && (type <= OVL_PEER_IFINDEX || type == OVL_PEER_OPTS) &&
	       type != OVL_PEER_PAD;
}

static bool vni_attr(__u16 type)
{
	return type && type <= OVL_VNI_STATS_REMOTE6 &&
	       type != OVL_VNI_STATS_PAD;
}

/* Messages */

static void add_link(struct text *text, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(nlh);
	int len = IFLA_PAYLOAD(nlh);
	const struct rtattr *info, *data;
	char where[LINE_LEN];

	text_add(text, where, snprintf(where, sizeof(where), "link %d %u %x\n",
				       ifi->ifi_index, ifi->ifi_type,
				       ifi->ifi_flags & ~(IFF_RUNNING |
				       IFF_LOWER_UP | IFF_DORMANT)));
	snprintf(where, sizeof(where), "link %d", ifi->ifi_index);
	add_attrs(text, where, IFLA_RTA(ifi), len, link_attr);
	info = find_attr(IFLA_RTA(ifi), len, IFLA_LINKINFO);
	if (!info)
		return;
	data = find_attr(RTA_DATA(info), RTA_PAYLOAD(info), IFLA_INFO_DATA);
	snprintf(where, sizeof(where), "link %d ovl", ifi->ifi_index);
	if (data)
		add_attrs(text, where, RTA_DATA(data), RTA_PAYLOAD(data),
			  any_attr);
}

static void add_neigh(struct text *text, const struct nlmsghdr *nlh)
{
	const struct ndmsg *ndm = NLMSG_DATA(nlh);
	const void *attrs = (const char *)ndm + NLMSG_ALIGN(sizeof(*ndm));
	char where[LINE_LEN];

	text_add(text, where,
		 snprintf(where, sizeof(where), "fdb %d %x %x %u\n",
			  ndm->ndm_ifindex, ndm->ndm_state, ndm->ndm_flags,
			  ndm->ndm_type));
	snprintf(where, sizeof(where), "fdb %d", ndm->ndm_ifindex);
	add_attrs(text, where, attrs, NLMSG_PAYLOAD(nlh, sizeof(*ndm)),
		  neigh_attr);
}

static void add_stats(struct text *text, const struct nlmsghdr *nlh)
{
	const struct if_stats_msg *msg = NLMSG_DATA(nlh);
	const void *attrs = (const char *)msg + NLMSG_ALIGN(sizeof(*msg));
	const struct rtattr *xstats, *nest, *attr;
	char where[LINE_LEN];
	int len;

	xstats = find_attr(attrs, NLMSG_PAYLOAD(nlh, sizeof(*msg)),
			   IFLA_STATS_LINK_XSTATS);
	nest = xstats ? find_attr(RTA_DATA(xstats), RTA_PAYLOAD(xstats),
				  LINK_XSTATS_TYPE_OVL) : NULL;
	if (!nest)
		return;
	len = RTA_PAYLOAD(nest);
	for (attr = RTA_DATA(nest); RTA_OK(attr, len);
	     attr = RTA_NEXT(attr, len)) {
		__u16 type = attr->rta_type & NLA_TYPE_MASK;

		/* What was dropped, and how often, is not of interest */
		if (type != OVL_XSTATS_PEER && type != OVL_XSTATS_VNI)
			continue;
		snprintf(where, sizeof(where), "stats %d %u", msg->ifindex,
			 type);
		add_attrs(text, where, RTA_DATA(attr), RTA_PAYLOAD(attr),
			  type == OVL_XSTATS_PEER ? peer_attr : vni_attr);
	}
}

/* Take a dump; returns at its end */
static void add_answers(const struct view *view, struct text *text,
			void (*add)(struct text *text,
				    const struct nlmsghdr *nlh))
{
	static struct nlmsghdr buf[16 * 1024];
	const struct nlmsghdr *nlh;
	int len;

	for (;;) {
		len = recv(view->route, buf, sizeof(buf), 0);
		if (len < 0)
			die("dump");
		for (nlh = buf; NLMSG_OK(nlh, (unsigned int)len);
		     nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_type == NLMSG_DONE)
				return;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				die("dump refused");
			add(text, nlh);
		}
	}
}

static void ask(const struct view *view, int type, const void *body, size_t len)
{
	struct {
		struct nlmsghdr	nlh;
		char		body[64];
	} req = { .nlh = {
		.nlmsg_len	= NLMSG_LENGTH(len),
		.nlmsg_type	= type,
		.nlmsg_flags	= NLM_F_REQUEST | NLM_F_DUMP,
	} };

	memcpy(req.body, body, len);
	if (send(view->route, &req, req.nlh.nlmsg_len, 0) < 0)
		die("send");
}

static void add_links(const struct view *view, struct text *text)
{
	struct {
		struct ifinfomsg	ifi;
		struct rtattr		attr;
		__u32			mask;
	} body = {
		.attr = { .rta_len = RTA_LENGTH(4), .rta_type = IFLA_EXT_MASK },
		.mask = RTEXT_FILTER_SKIP_STATS,
	};

	ask(view, RTM_GETLINK, &body, sizeof(body));
	add_answers(view, text, add_link);
}

static void add_fdb(const struct view *view, struct text *text)
{
	struct ifinfomsg body = { .ifi_family = PF_BRIDGE };

	ask(view, RTM_GETNEIGH, &body, sizeof(body));
	add_answers(view, text, add_neigh);
}

static void add_xstats(const struct view *view, struct text *text)
{
	struct if_stats_msg body = {
		.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_XSTATS),
	};

	ask(view, RTM_GETSTATS, &body, sizeof(body));
	add_answers(view, text, add_stats);
}

/* Files of /proc/net */

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Local addresses of sockets; those of one slot come in any order */
static void add_sockets(struct text *text, const char *name, char *content)
{
	static char lines[1024][80];
	char local[64], *line, *rest = content;
	size_t n = 0, i;

	while ((line = strsep(&rest, "\n")) && n < ARRAY_SIZE(lines))
		if (sscanf(line, " %*d: %63s", local) == 1)
			snprintf(lines[n++], sizeof(lines[0]), "%.8s %s\n",
				 name, local);
	qsort(lines, n, sizeof(lines[0]), compare_lines);
	for (i = 0; i < n; i++)
		text_add(text, lines[i], strlen(lines[i]));
}

/* Groups joined, and how often */
static void add_groups4(struct text *text, char *content)
{
	char dev[32] = "", group[32], line[LINE_LEN], *from, *rest = content;
	unsigned int users;

	while ((from = strsep(&rest, "\n"))) {
		if (sscanf(from, "\t\t\t\t%31s %u", group, &users) == 2)
			text_add(text, line,
				 snprintf(line, sizeof(line), "igmp %s %s %u\n",
					  dev, group, users));
		else
			sscanf(from, "%*u %31s", dev);
	}
}

static void add_groups6(struct text *text, char *content)
{
	char dev[32], group[64], line[LINE_LEN], *from, *rest = content;
	unsigned int users;

	while ((from = strsep(&rest, "\n")))
		if (sscanf(from, "%*u %31s %63s %u", dev, group, &users) == 3)
			text_add(text, line,
				 snprintf(line, sizeof(line), "igmp6 %s %s %u\n",
					  dev, group, users));
}

static void add_proc(const struct view *view, struct text *text)
{
	static char content[256 * 1024];
	size_t i;

	for (i = 0; i < FUZZ_PROC_FILES; i++) {
		ssize_t n, len = 0;

		if (lseek(view->proc[i], 0, SEEK_SET))
			die(proc_names[i]);
		while ((n = read(view->proc[i], content + len,
				 sizeof(content) - 1 - len)) > 0)
			len += n;
		content[len] = 0;
		if (i < 2)
			add_sockets(text, proc_names[i], content);
		else if (i == 2)
			add_groups4(text, content);
		else
			add_groups6(text, content);
	}
}

/* What the others use */

/* Look into the namespace that the caller is in */
void view_open(struct view *view, const char *name)
{
	struct timeval patience = { .tv_sec = 30 };
	char path[64];
	size_t i;

	view->name = name;
	view->route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			     NETLINK_ROUTE);
	if (view->route < 0)
		die("rtnetlink");
	setsockopt(view->route, SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	for (i = 0; i < FUZZ_PROC_FILES; i++) {
		snprintf(path, sizeof(path), "/proc/thread-self/net/%s",
			 proc_names[i]);
		view->proc[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (view->proc[i] < 0)
			die(path);
	}
}

void view_close(struct view *view)
{
	size_t i;

	close(view->route);
	for (i = 0; i < FUZZ_PROC_FILES; i++)
		close(view->proc[i]);
}

/* Behind what @text has */
void view_dump(const struct view *view, struct text *text)
{
	text_add(text, view->name, strlen(view->name));
	text_add(text, "\n", 1);
	add_links(view, text);
	add_fdb(view, text);
	add_xstats(view, text);
	add_proc(view, text);
}

/* From the first line that differs on, some lines of each */
void text_print_difference(const struct text *before, const struct text *after)
{
	size_t same = 0, shown = 2000;

	while (same < before->len && same < after->len &&
	       before->bytes[same] == after->bytes[same])
		same++;
	while (same && before->bytes[same - 1] != '\n')
		same--;
	printf("before:\n%.*s\n", (int)shown, before->bytes + same);
	printf("after:\n%.*s\n", (int)shown, after->bytes + same);
}
