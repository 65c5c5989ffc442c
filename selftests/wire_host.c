// SPDX-License-Identifier: GPL-2.0-only
/*
 * What else is done on a host of a test: programs that hold a UDP port, and
 * requests to rtnetlink in the very bytes of the test, as an ip(8) that is
 * newer or wrong would send them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

/* Ports that are held. */

#define HOLDERS_MAX	16

static struct holder {
	char	name[32];
	int	fd;
} holders[HOLDERS_MAX];

static struct holder *holder_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < HOLDERS_MAX; i++)
		if (!strcmp(holders[i].name, name))
			return holders + i;
	refuse("no holder %s, or too many", name);
}

/*
 * Hold a UDP port until it is released, as a program would that listens there.
 * False: the kernel does not let it.
 */
bool host_hold(const char *name, const char *netns, const char *addr,
	       unsigned int port, bool reuse)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct holder *holder = holder_find("");
	bool v6 = strchr(addr, ':');
	int err, one = reuse;

	sin.sin_port = htons(port);
	sin6.sin6_port = sin.sin_port;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, addr,
		      v6 ? (void *)&sin6.sin6_addr : &sin.sin_addr) != 1)
		refuse("not an address: %s", addr);
	in_netns(netns);
	holder->fd = socket(v6 ? AF_INET6 : AF_INET,
			    SOCK_DGRAM | SOCK_CLOEXEC, 0);
	in_own_netns();
	setsockopt(holder->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	err = v6 ? bind(holder->fd, (void *)&sin6, sizeof(sin6)) :
		   bind(holder->fd, (void *)&sin, sizeof(sin));
	if (err) {
		printf("%s\n", strerrorname_np(errno));
		close(holder->fd);
		return false;
	}
	snprintf(holder->name, sizeof(holder->name), "%s", name);
	return true;
}

void host_release(const char *name)
{
	struct holder *holder = holder_find(name);

	close(holder->fd);
	holder->name[0] = 0;
}

/* rtnetlink. */

struct request {
	struct nlmsghdr		nlh;
	struct ifinfomsg	ifi;
	__u8			attrs[2048];
};

static struct nlattr *put_attr(struct request *req, unsigned int type,
			       const void *data, size_t len)
{
	struct nlattr *attr = (void *)((__u8 *)req +
				       NLMSG_ALIGN(req->nlh.nlmsg_len));

	if ((__u8 *)attr + NLA_HDRLEN + NLA_ALIGN(len) > (__u8 *)(req + 1))
		refuse("link: too long");
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy((__u8 *)attr + NLA_HDRLEN, data, len);
	req->nlh.nlmsg_len = (__u8 *)attr - (__u8 *)req +
			     NLA_ALIGN(attr->nla_len);
	return attr;
}

static void end_nest(const struct request *req, struct nlattr *nest)
{
	nest->nla_len = (__u8 *)req + req->nlh.nlmsg_len - (__u8 *)nest;
}

/* TYPE:u8|u16|u32|be16|ip|hex:VALUE */
static void put_word(struct request *req, char *word)
{
	char *save, *type = strtok_r(word, ":", &save);
	char *kind = strtok_r(NULL, ":", &save);
	const char *value = save;
	unsigned int number, i;
	__u8 data[256];
	size_t len = 0;

	number = to_number("attribute", type);
	if (!kind)
		refuse("link: not TYPE:KIND:VALUE: %s", word);
	if (!strcmp(kind, "ip")) {
		len = strchr(value, ':') ? 16 : 4;
		if (inet_pton(len == 16 ? AF_INET6 : AF_INET, value, data) != 1)
			refuse("not an address: %s", value);
	} else if (!strcmp(kind, "hex")) {
		for (; sscanf(value, "%2x", &i) == 1; value += 2)
			data[len++] = i;
	} else if (!strcmp(kind, "be16")) {
		len = 2;
		put16(data, to_number(kind, value));
	} else {
		__u64 n = to_number(kind, value);

		len = to_number(kind, kind + 1) / 8;
		/* little endian hosts have the low bytes first */
		n = htole64(n);
		memcpy(data, &n, len);
	}
	put_attr(req, number, data, len);
}

/* The type of the attribute at an offset of the request, 0 if there is none */
static unsigned int type_at(const struct request *req, __u32 offset)
{
	if (!offset || offset + NLA_HDRLEN > req->nlh.nlmsg_len)
		return 0;
	return ((struct nlattr *)((__u8 *)req + offset))->nla_type;
}

/* Print what the kernel answers; false: it refuses */
static bool print_answer(const struct request *req, const struct nlmsghdr *nlh,
			 size_t len)
{
	const struct nlmsgerr *err = NLMSG_DATA(nlh);
	const char *msg = "";
	unsigned int type = 0;
	struct nlattr *attr;
	__u8 *at, *end;

	if (len < NLMSG_LENGTH(sizeof(*err)) || nlh->nlmsg_type != NLMSG_ERROR)
		refuse("link: no answer");
	if (!err->error)
		return true;
	/* the request itself is quoted without its payload: NETLINK_CAP_ACK */
	at = (__u8 *)nlh + NLMSG_LENGTH(sizeof(*err));
	end = (__u8 *)nlh + nlh->nlmsg_len;
	for (; at + NLA_HDRLEN <= end; at += NLA_ALIGN(attr->nla_len)) {
		attr = (void *)at;
		if (attr->nla_len < NLA_HDRLEN)
			break;
		if (attr->nla_type == NLMSGERR_ATTR_MSG)
			msg = (char *)at + NLA_HDRLEN;
		if (attr->nla_type == NLMSGERR_ATTR_OFFS)
			type = type_at(req, *(__u32 *)(at + NLA_HDRLEN));
	}
	printf("%s attr=%u %s\n", strerrorname_np(-err->error), type, msg);
	return false;
}

/*
 * Add or change a link of a kind whose attributes are given one by one; says
 * ERRNO attr=TYPE MESSAGE and returns false if the kernel refuses it.
 */
bool host_link(const char *netns, const char *dev, const char *kind, bool add,
	       char **words, int n)
{
	struct request req = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
		.nlh.nlmsg_type = RTM_NEWLINK,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
				   (add ? NLM_F_CREATE | NLM_F_EXCL : 0),
	};
	struct nlattr *info, *data;
	__u8 answer[4096];
	int fd, one = 1;
	ssize_t len;

	put_attr(&req, IFLA_IFNAME, dev, strlen(dev) + 1);
	info = put_attr(&req, IFLA_LINKINFO, NULL, 0);
	put_attr(&req, IFLA_INFO_KIND, kind, strlen(kind) + 1);
	data = put_attr(&req, IFLA_INFO_DATA, NULL, 0);
	for (; n; n--, words++)
		put_word(&req, *words);
	end_nest(&req, data);
	end_nest(&req, info);

	in_netns(netns);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	in_own_netns();
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	if (send(fd, &req, req.nlh.nlmsg_len, 0) < 0)
		refuse("link: %s", strerror(errno));
	len = recv(fd, answer, sizeof(answer), 0);
	close(fd);
	return print_answer(&req, (void *)answer, len < 0 ? 0 : len);
}
