// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlraw - what rtnetlink says of a device, byte by byte
 *
 *  nlraw PATTERN IFINDEX
 *
 * Fills memory that the kernel uses for messages with the byte PATTERN and gives
 * it back, then asks for the link, its statistics of its own kind, and its FDB.
 * Prints each message about the device in hexadecimal: what differs between two
 * patterns was never written by the kernel.  Ages, which go on, are left out.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Messages of each size that a dump may have are filled so often */
#define ROUNDS		64
#define BUF_SIZE	65536

static char buf[BUF_SIZE];

static void die(const char *what)
{
	fprintf(stderr, "nlraw: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int open_netlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	int size = 4 << 20;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

/* Messages that nobody answers */
static void fill(int pattern)
{
	struct nlmsghdr *nlh = (void *)buf;
	int fds[2], len, i;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		die("socketpair");
	memset(buf, pattern, sizeof(buf));
	for (len = 256; len <= 32768; len *= 2) {
		/* They are all there at once, or one after the other */
		for (i = 0; i < ROUNDS; i++)
			if (send(fds[0], buf, len - 64, MSG_DONTWAIT) < 0)
				break;
		while (recv(fds[1], buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
	}
	close(fds[0]);
	close(fds[1]);

	fds[0] = open_netlink();
	for (len = 256; len <= 32768; len *= 2) {
		nlh->nlmsg_len = len - 64;
		nlh->nlmsg_type = NLMSG_NOOP;
		nlh->nlmsg_flags = 0;
		for (i = 0; i < ROUNDS; i++)
			send(fds[0], buf, len - 64, MSG_DONTWAIT);
	}
	close(fds[0]);
}

static void forget_ages(struct nlmsghdr *nlh)
{
	struct rtattr *attr = (void *)((char *)NLMSG_DATA(nlh) +
				       NLMSG_ALIGN(sizeof(struct ndmsg)));
	int len = nlh->nlmsg_len - NLMSG_SPACE(sizeof(struct ndmsg));

	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len))
		if (attr->rta_type == NDA_CACHEINFO)
			memset(RTA_DATA(attr), 0, RTA_PAYLOAD(attr));
}

static int index_of(const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
		return ((struct ifinfomsg *)NLMSG_DATA(nlh))->ifi_index;
	case RTM_NEWSTATS:
		return ((struct if_stats_msg *)NLMSG_DATA(nlh))->ifindex;
	case RTM_NEWNEIGH:
		return ((struct ndmsg *)NLMSG_DATA(nlh))->ndm_ifindex;
	}
	return -1;
}

static void print(const struct nlmsghdr *nlh)
{
	const unsigned char *p = (const void *)nlh;
	unsigned int i;

	printf("%u ", nlh->nlmsg_type);
	/* Not the port of this process */
	for (i = NLMSG_HDRLEN; i < nlh->nlmsg_len; i++)
		printf("%02x", p[i]);
	printf("\n");
}

/* Print the answers about a device; the number of them. */
static int answers(int fd, int ifindex)
{
	struct nlmsghdr *nlh;
	int n = 0;
	ssize_t len;

	for (;;) {
		len = recv(fd, buf, sizeof(buf), 0);
		if (len < 0)
			die("recv");
		for (nlh = (void *)buf; NLMSG_OK(nlh, len);
		     nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_type == NLMSG_DONE)
				return n;
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				errno = -((struct nlmsgerr *)NLMSG_DATA(nlh))->error;
				die("an answer");
			}
			if (index_of(nlh) != ifindex)
				continue;
			if (nlh->nlmsg_type == RTM_NEWNEIGH)
				forget_ages(nlh);
			print(nlh);
			n++;
		}
	}
}

static void ask(int type, const void *body, size_t len, int ifindex)
{
	struct {
		struct nlmsghdr nlh;
		char body[64];
	} req = {
		.nlh.nlmsg_len = NLMSG_LENGTH(len),
		.nlh.nlmsg_type = type,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	};
	int fd = open_netlink();

	memcpy(req.body, body, len);
	if (send(fd, &req, req.nlh.nlmsg_len, 0) < 0)
		die("send");
	if (!answers(fd, ifindex)) {
		errno = ENOENT;
		die("nothing about the device");
	}
	close(fd);
}

int main(int argc, char **argv)
{
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct if_stats_msg stats = {
		.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_XSTATS),
	};
	struct ndmsg neigh = { .ndm_family = AF_BRIDGE };
	int pattern, ifindex;

	if (argc != 3) {
		fprintf(stderr, "usage: nlraw PATTERN IFINDEX\n");
		return 2;
	}
	pattern = strtol(argv[1], NULL, 0);
	ifindex = atoi(argv[2]);
	fill(pattern);
	ask(RTM_GETLINK, &link, sizeof(link), ifindex);
	fill(pattern);
	ask(RTM_GETSTATS, &stats, sizeof(stats), ifindex);
	fill(pattern);
	ask(RTM_GETNEIGH, &neigh, sizeof(neigh), ifindex);
	return 0;
}
