// SPDX-License-Identifier: GPL-2.0-only
/*
 * oam_listen [-u UID] - print what ovl tells of OAM packets
 *
 * Joins the multicast group of ovl in the network namespace that it is run in,
 * says "joined", and then a line for each packet, until it is killed:
 *
 *	dev= ifindex= src= sport= vni= proto= opts=HEX|- len= payload=HEX|-
 *
 * "lost" is a line when messages came faster than they were read.  With -u it
 * gives up root for that user first.  Exit status 1, with the error's name, if
 * it cannot join.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/ovl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RCVBUF		(8 << 20)
#define CTRL_MAX	CTRL_ATTR_MCAST_GROUPS

static bool attr_ok(const struct nlattr *attr, size_t left)
{
	return left >= sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       attr->nla_len <= left;
}

static const struct nlattr *attr_next(const struct nlattr *attr, size_t *left)
{
	size_t step = NLA_ALIGN(attr->nla_len);

	if (step > *left)
		step = *left;
	*left -= step;
	return (const void *)attr + step;
}

/* Attributes in a buffer, by their type */
static void parse(const struct nlattr **tb, unsigned int max, const void *data,
		  size_t left)
{
	const struct nlattr *attr;
	unsigned int type;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	for (attr = data; attr_ok(attr, left); attr = attr_next(attr, &left)) {
		type = attr->nla_type & NLA_TYPE_MASK;
		if (type <= max)
			tb[type] = attr;
	}
}

static const void *data_of(const struct nlattr *attr)
{
	return (const void *)attr + NLA_HDRLEN;
}

static size_t len_of(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

static __u32 get32(const struct nlattr *attr)
{
	__u32 value;

	memcpy(&value, data_of(attr), sizeof(value));
	return value;
}

static __u16 get16(const struct nlattr *attr)
{
	__u16 value;

	memcpy(&value, data_of(attr), sizeof(value));
	return value;
}

/* What a message of generic netlink has behind its header */
static void parse_message(const struct nlattr **tb, unsigned int max,
			  const struct nlmsghdr *nlh)
{
	parse(tb, max, (const void *)nlh + NLMSG_LENGTH(GENL_HDRLEN),
	      nlh->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN));
}

static int give_up(const char *what)
{
	printf("%s: %s\n", what, strerrorname_np(errno));
	return 1;
}

/* Ask the controller about the family "ovl"; the answer is in @answer. */
static int ask_family(int fd, void *answer, size_t size)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
		struct nlattr attr;
		char name[NLA_ALIGN(sizeof(OVL_GENL_NAME))];
	} ask = {
		.nlh = {
			.nlmsg_len	= sizeof(ask),
			.nlmsg_type	= GENL_ID_CTRL,
			.nlmsg_flags	= NLM_F_REQUEST,
		},
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
		.attr = {
			.nla_len	= NLA_HDRLEN + sizeof(OVL_GENL_NAME),
			.nla_type	= CTRL_ATTR_FAMILY_NAME,
		},
		.name = OVL_GENL_NAME,
	};
	const struct nlmsghdr *nlh = answer;
	const struct nlmsgerr *error = NLMSG_DATA(answer);

	if (send(fd, &ask, sizeof(ask), 0) < 0 ||
	    recv(fd, answer, size, 0) < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN))
		return -1;
	if (nlh->nlmsg_type != NLMSG_ERROR)
		return 0;
	errno = -error->error;
	return -1;
}

/* The number of the multicast group "oam" in the controller's answer, or 0 */
static __u32 group_in(const struct nlmsghdr *answer)
{
	const struct nlattr *tb[CTRL_MAX + 1];
	const struct nlattr *group[CTRL_ATTR_MCAST_GRP_MAX + 1];
	const struct nlattr *nest;
	size_t left;

	parse_message(tb, CTRL_MAX, answer);
	if (!tb[CTRL_ATTR_MCAST_GROUPS])
		return 0;
	left = len_of(tb[CTRL_ATTR_MCAST_GROUPS]);
	for (nest = data_of(tb[CTRL_ATTR_MCAST_GROUPS]); attr_ok(nest, left);
	     nest = attr_next(nest, &left)) {
		parse(group, CTRL_ATTR_MCAST_GRP_MAX, data_of(nest),
		      len_of(nest));
		if (!strcmp(data_of(group[CTRL_ATTR_MCAST_GRP_NAME]),
			    OVL_GENL_MCGRP_OAM))
			return get32(group[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return 0;
}

static void print_hex(const char *key, const struct nlattr *attr)
{
	const unsigned char *p = attr ? data_of(attr) : NULL;
	size_t i;

	printf(" %s=%s", key, attr ? "" : "-");
	for (i = 0; attr && i < len_of(attr); i++)
		printf("%02x", p[i]);
}

static void print_packet(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[OVL_OAM_MAX + 1], *addr;
	char text[INET6_ADDRSTRLEN] = "-";

	parse_message(tb, OVL_OAM_MAX, nlh);
	addr = tb[OVL_OAM_ADDR] ? : tb[OVL_OAM_ADDR6];
	if (!addr || !tb[OVL_OAM_IFNAME] || !tb[OVL_OAM_IFINDEX] ||
	    !tb[OVL_OAM_PORT] || !tb[OVL_OAM_VNI] || !tb[OVL_OAM_PROTO] ||
	    !tb[OVL_OAM_LEN] || (tb[OVL_OAM_ADDR] && tb[OVL_OAM_ADDR6])) {
		printf("incomplete\n");
		return;
	}
	inet_ntop(tb[OVL_OAM_ADDR] ? AF_INET : AF_INET6, data_of(addr), text,
		  sizeof(text));
	printf("dev=%s ifindex=%u src=%s sport=%u vni=%u proto=0x%04x",
	       (const char *)data_of(tb[OVL_OAM_IFNAME]),
	       get32(tb[OVL_OAM_IFINDEX]), text, ntohs(get16(tb[OVL_OAM_PORT])),
	       get32(tb[OVL_OAM_VNI]), ntohs(get16(tb[OVL_OAM_PROTO])));
	print_hex("opts", tb[OVL_OAM_OPTS]);
	printf(" len=%u", get32(tb[OVL_OAM_LEN]));
	print_hex("payload", tb[OVL_OAM_PAYLOAD]);
	printf("\n");
}

static int listen_to(int fd, void *buf, size_t size)
{
	const struct nlmsghdr *nlh;
	ssize_t len;

	for (;;) {
		len = recv(fd, buf, size, 0);
		if (len < 0 && errno == ENOBUFS) {
			printf("lost\n");
			continue;
		}
		if (len < 0)
			return give_up("recv");
		for (nlh = buf; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len))
			if (nlh->nlmsg_type >= NLMSG_MIN_TYPE)
				print_packet(nlh);
	}
}

int main(int argc, char **argv)
{
	static __u32 buf[16384];
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };
	int fd, rcvbuf = RCVBUF;
	__u32 group;

	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)))
		return give_up("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf));
	if (argc == 3 && !strcmp(argv[1], "-u")) {
		/* What was opened with more rights would keep them */
		close(fd);
		if (setuid(atoi(argv[2])))
			return give_up("setuid");
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
		if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)))
			return give_up("socket");
	}
	if (ask_family(fd, buf, sizeof(buf)))
		return give_up("family");
	group = group_in((const void *)buf);
	if (!group) {
		errno = ENOENT;
		return give_up("group");
	}
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		return give_up("join");
	printf("joined\n");
	return listen_to(fd, buf, sizeof(buf));
}
