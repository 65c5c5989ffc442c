// SPDX-License-Identifier: GPL-2.0-only
/*
 * What else is done on a host of a test: programs that hold a UDP port, and
 * requests to rtnetlink in the very bytes of the test, as an ip(8) that is
 * newer or wrong would send them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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
	union {
		struct ifinfomsg	ifi;
		struct ndmsg		ndm;
	};
	__u8			attrs[2048];
};

static struct nlattr *put_attr(struct request *req, unsigned int type,
			       const void *data, size_t len)
{
	struct nlattr *attr = (void *)((__u8 *)req +
				       NLMSG_ALIGN(req->nlh.nlmsg_len));

	if ((__u8 *)attr + NLA_HDRLEN + NLA_ALIGN(len) > (__u8 *)(req + 1))
		refuse("rtnetlink: too long");
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
	__u8 data[1024];
	size_t len = 0;

	number = to_number("attribute", type);
	if (!kind)
		refuse("rtnetlink: not TYPE:KIND:VALUE: %s", word);
	if (!strcmp(kind, "ip")) {
		len = strchr(value, ':') ? 16 : 4;
		if (inet_pton(len == 16 ? AF_INET6 : AF_INET, value, data) != 1)
			refuse("not an address: %s", value);
	} else if (!strcmp(kind, "hex")) {
		for (; sscanf(value, "%2x", &i) == 1; value += 2) {
			if (len == sizeof(data))
				refuse("rtnetlink: too long");
			data[len++] = i;
		}
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
	char line[LINE_MAX_LEN];
	const char *msg = "";
	unsigned int type = 0;
	struct nlattr *attr;
	__u8 *at, *end;

	if (len >= NLMSG_LENGTH(sizeof(struct ndmsg)) &&
	    nlh->nlmsg_type == RTM_NEWNEIGH) {
		show_entry(nlh, -1, line, sizeof(line));
		printf("%s\n", line);
		return true;
	}
	if (len < NLMSG_LENGTH(sizeof(*err)) || nlh->nlmsg_type != NLMSG_ERROR)
		refuse("rtnetlink: no answer");
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

static int route_socket(const char *netns)
{
	int fd, one = 1;

	in_netns(netns);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	in_own_netns();
	if (fd < 0)
		refuse("rtnetlink: %s", strerror(errno));
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	return fd;
}

/* Make a request; false: the kernel refuses, and says why */
static bool ask_kernel(int fd, const struct request *req)
{
	__u8 answer[4096];
	ssize_t len;

	if (send(fd, req, req->nlh.nlmsg_len, 0) < 0)
		refuse("rtnetlink: %s", strerror(errno));
	len = recv(fd, answer, sizeof(answer), 0);
	return print_answer(req, (void *)answer, len < 0 ? 0 : len);
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
	bool done;
	int fd;

	put_attr(&req, IFLA_IFNAME, dev, strlen(dev) + 1);
	info = put_attr(&req, IFLA_LINKINFO, NULL, 0);
	put_attr(&req, IFLA_INFO_KIND, kind, strlen(kind) + 1);
	data = put_attr(&req, IFLA_INFO_DATA, NULL, 0);
	for (; n; n--, words++)
		put_word(&req, *words);
	end_nest(&req, data);
	end_nest(&req, info);

	fd = route_socket(netns);
	done = ask_kernel(fd, &req);
	close(fd);
	return done;
}

/* FDB. */

/* Words of a request and of an entry that is shown; ATTRs in rtnetlink's bytes */
static const struct {
	const char	*key;
	unsigned int	type;
	const char	*format;
} fdb_attrs[] = {
	{ "mac", NDA_LLADDR, "mac" },
	{ "dst", NDA_DST, "ip" },
	{ "port", NDA_PORT, "be16" },
	{ "vni", NDA_VNI, "u32" },
	{ "srcvni", NDA_SRC_VNI, "u32" },
	{ "via", NDA_IFINDEX, "dev" },
	{ "nh", NDA_NH_ID, "u32" },
	{ "vlan", NDA_VLAN, "u16" },
	{ "proto", NDA_PROTOCOL, "u8" },
	{ "statemask", NDA_NDM_STATE_MASK, "u16" },
	{ "flagsmask", NDA_NDM_FLAGS_MASK, "u8" },
	{ "master", NDA_MASTER, "u32" },
	{ "netnsid", NDA_LINK_NETNSID, "u32" },
	{ "flagsext", NDA_FLAGS_EXT, "u32" },
};

static const struct {
	const char	*verb;
	unsigned int	type;
	unsigned int	flags;
} fdb_verbs[] = {
	{ "add", RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL },
	{ "append", RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_APPEND },
	{ "replace", RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE },
	{ "set", RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE },
	{ "change", RTM_NEWNEIGH, NLM_F_ACK | NLM_F_REPLACE },
	{ "touch", RTM_NEWNEIGH, NLM_F_ACK },
	{ "del", RTM_DELNEIGH, NLM_F_ACK },
	{ "flush", RTM_DELNEIGH, NLM_F_ACK | NLM_F_BULK },
	{ "get", RTM_GETNEIGH, 0 },
};

static void put_mac(__u8 *mac, const char *text, unsigned int plus)
{
	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", mac, mac + 1,
		   mac + 2, mac + 3, mac + 4, mac + 5) != 6)
		refuse("not a MAC address: %s", text);
	put32(mac + 2, get32(mac + 2) + plus);
}

static unsigned int dev_index(const char *netns, const char *dev)
{
	unsigned int index;

	in_netns(netns);
	index = if_nametoindex(dev);
	in_own_netns();
	return index ? index : to_number("device", dev);
}

/* KEY=VALUE of a request, or TYPE:FORMAT:VALUE */
static void put_fdb_word(struct request *req, const char *netns,
			 const char *word, unsigned int nth)
{
	size_t len = strcspn(word, "=");
	char text[256];
	__u32 index;
	__u8 mac[6];
	unsigned int i;

	if (!word[len]) {
		snprintf(text, sizeof(text), "%s", word);
		put_word(req, text);
		return;
	}
	if (!strncmp(word, "state=", 6)) {
		req->ndm.ndm_state = to_number("state", word + 6);
		return;
	}
	if (!strncmp(word, "flags=", 6)) {
		req->ndm.ndm_flags = to_number("flags", word + 6);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(fdb_attrs); i++)
		if (strlen(fdb_attrs[i].key) == len &&
		    !strncmp(fdb_attrs[i].key, word, len))
			break;
	if (i == ARRAY_SIZE(fdb_attrs))
		refuse("fdb: what is %s?", word);
	if (!strcmp(fdb_attrs[i].format, "mac")) {
		put_mac(mac, word + len + 1, nth);
		put_attr(req, fdb_attrs[i].type, mac, sizeof(mac));
	} else if (!strcmp(fdb_attrs[i].format, "dev")) {
		index = dev_index(netns, word + len + 1);
		put_attr(req, fdb_attrs[i].type, &index, sizeof(index));
	} else {
		snprintf(text, sizeof(text), "%u:%s:%s", fdb_attrs[i].type,
			 fdb_attrs[i].format, word + len + 1);
		put_word(req, text);
	}
}

/*
 * A request about the FDB of a device, in the test's own words; @count of them,
 * with MAC addresses that go up by one.  Says ERRNO attr=TYPE MESSAGE and
 * returns false if the kernel refuses it.
 */
bool host_fdb(const char *netns, const char *dev, const char *verb,
	      unsigned int count, char **words, int n)
{
	struct request req = { 0 };
	unsigned int i, nth, index = dev_index(netns, dev);
	bool done = true;
	int fd, word;

	for (i = 0; i < ARRAY_SIZE(fdb_verbs); i++)
		if (!strcmp(fdb_verbs[i].verb, verb))
			break;
	if (i == ARRAY_SIZE(fdb_verbs))
		refuse("fdb: what is %s?", verb);
	fd = route_socket(netns);
	for (nth = 0; nth < count && done; nth++) {
		memset(&req, 0, sizeof(req));
		req.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(struct ndmsg));
		req.nlh.nlmsg_type = fdb_verbs[i].type;
		req.nlh.nlmsg_flags = NLM_F_REQUEST | fdb_verbs[i].flags;
		req.ndm.ndm_family = AF_BRIDGE;
		req.ndm.ndm_ifindex = index;
		req.ndm.ndm_flags = NTF_SELF;
		if (req.nlh.nlmsg_type == RTM_NEWNEIGH)
			req.ndm.ndm_state = NUD_PERMANENT | NUD_NOARP;
		for (word = 0; word < n; word++)
			put_fdb_word(&req, netns, words[word], nth);
		done = ask_kernel(fd, &req);
	}
	close(fd);
	return done;
}

/* Words for the bits of a number, what has none as a number. */
static int show_bits(char *line, size_t size, const char *key,
		     unsigned int bits, const char *const *names)
{
	int n = snprintf(line, size, " %s=", key);
	bool first = true;
	unsigned int i;

	for (i = 0; i < 8; i++) {
		if (!(bits & 1 << i))
			continue;
		n += snprintf(line + n, size - n, "%s%s", first ? "" : "+",
			      names[i]);
		first = false;
	}
	if (first)
		n += snprintf(line + n, size - n, "0");
	return n;
}

static int show_attr(char *line, size_t size, const struct nlattr *attr)
{
	const __u8 *data = (const __u8 *)attr + NLA_HDRLEN;
	size_t len = attr->nla_len - NLA_HDRLEN, at;
	const char *format = "hex";
	char text[INET6_ADDRSTRLEN];
	const char *key = NULL;
	unsigned int i;
	int n;

	for (i = 0; i < ARRAY_SIZE(fdb_attrs); i++) {
		if (fdb_attrs[i].type == attr->nla_type) {
			key = fdb_attrs[i].key;
			format = fdb_attrs[i].format;
		}
	}
	if (!key)
		n = snprintf(line, size, " attr%u=", attr->nla_type);
	else
		n = snprintf(line, size, " %s=", key);
	if (!strcmp(format, "ip") && (len == 4 || len == 16))
		return n + snprintf(line + n, size - n, "%s",
				    inet_ntop(len == 4 ? AF_INET : AF_INET6,
					      data, text, sizeof(text)));
	if (!strcmp(format, "mac") && len == 6)
		return n + snprintf(line + n, size - n,
				    "%02x:%02x:%02x:%02x:%02x:%02x", data[0],
				    data[1], data[2], data[3], data[4], data[5]);
	if (!strcmp(format, "be16") && len == 2)
		return n + snprintf(line + n, size - n, "%u", get16(data));
	if (len == 4 && key)
		return n + snprintf(line + n, size - n, "%u", *(__u32 *)data);
	if (len == 2 && key)
		return n + snprintf(line + n, size - n, "%u", *(__u16 *)data);
	for (at = 0; at < len; at++)
		n += snprintf(line + n, size - n, "%02x", data[at]);
	return n;
}

/**
 * show_entry() - an entry of an FDB as rtnetlink tells of it, as a line of words
 * @nlh: the message
 * @ctl: socket in the namespace that it is from, to name the device; or -1
 * @line: what=new|del|get dev state flags, the words of a request that it has,
 *	and the ages of NDA_CACHEINFO in hundredths of a second
 * @size: of @line
 */
void show_entry(const struct nlmsghdr *nlh, int ctl, char *line, size_t size)
{
	static const char *const states[] = {
		"incomplete", "reachable", "stale", "delay", "probe", "failed",
		"noarp", "permanent",
	};
	static const char *const flags[] = {
		"use", "self", "master", "proxy", "extern_learn", "offloaded",
		"sticky", "router",
	};
	const struct ndmsg *ndm = NLMSG_DATA(nlh);
	const struct nda_cacheinfo *ages = NULL;
	struct ifreq ifr = { .ifr_ifindex = ndm->ndm_ifindex };
	const __u8 *end = (__u8 *)nlh + nlh->nlmsg_len;
	const __u8 *at = (__u8 *)nlh + NLMSG_LENGTH(sizeof(*ndm));
	const struct nlattr *attr;
	int n;

	n = snprintf(line, size, "what=%s",
		     nlh->nlmsg_type == RTM_NEWNEIGH ? "new" :
		     nlh->nlmsg_type == RTM_DELNEIGH ? "del" : "get");
	if (ctl >= 0 && !ioctl(ctl, SIOCGIFNAME, &ifr))
		n += snprintf(line + n, size - n, " dev=%s", ifr.ifr_name);
	if (ndm->ndm_family != AF_BRIDGE)
		n += snprintf(line + n, size - n, " family=%u",
			      ndm->ndm_family);
	n += show_bits(line + n, size - n, "state", ndm->ndm_state, states);
	n += show_bits(line + n, size - n, "flags", ndm->ndm_flags, flags);
	for (; at + NLA_HDRLEN <= end; at += NLA_ALIGN(attr->nla_len)) {
		attr = (void *)at;
		if (attr->nla_len < NLA_HDRLEN || at + attr->nla_len > end)
			refuse("rtnetlink: a message is broken");
		if (attr->nla_type == NDA_CACHEINFO)
			ages = (void *)(at + NLA_HDRLEN);
		else
			n += show_attr(line + n, size - n, attr);
	}
	if (ages)
		snprintf(line + n, size - n, " used=%u updated=%u",
			 ages->ndm_used, ages->ndm_updated);
}

/* Take the messages that a socket has; false: none, or the end of a dump */
static bool take_entries(struct port *port, int fd, int flags)
{
	/* small, so that a dump takes many of them */
	static __u8 room[8192];
	char line[LINE_MAX_LEN];
	struct nlmsghdr *nlh;
	ssize_t len;

	len = recv(fd, room, sizeof(room), flags);
	if (len < 0 && errno == ENOBUFS)
		refuse("port %s: messages were lost", port->name);
	if (len <= 0)
		return false;
	for (nlh = (void *)room; NLMSG_OK(nlh, len);
	     nlh = NLMSG_NEXT(nlh, len)) {
		const struct ndmsg *ndm = NLMSG_DATA(nlh);

		if (nlh->nlmsg_type == NLMSG_DONE ||
		    nlh->nlmsg_type == NLMSG_ERROR) {
			if (*(int *)NLMSG_DATA(nlh))
				refuse("port %s: %s", port->name,
				       strerror(-*(int *)NLMSG_DATA(nlh)));
			return false;
		}
		/* neighbours of IP are none of ours, but who is looked for is */
		if (ndm->ndm_family != AF_BRIDGE &&
		    nlh->nlmsg_type != RTM_GETNEIGH)
			continue;
		show_entry(nlh, port->ctl, line, sizeof(line));
		port_queue(port, line);
	}
	return true;
}

static bool take_notification(struct port *port)
{
	return take_entries(port, port->fd, MSG_DONTWAIT);
}

/* A port whose frames are what rtnetlink tells of FDBs from now on. */
void host_listen(const char *name, const char *netns)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int group = RTNLGRP_NEIGH, rcvbuf = RCVBUF;
	struct port *port = port_new(name, netns);

	port->fd = route_socket(netns);
	port->take = take_notification;
	setsockopt(port->fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf,
		   sizeof(rcvbuf));
	/* what has no address hears nothing of the kernel's own */
	if (bind(port->fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(port->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		refuse("listen: %s", strerror(errno));
	port_add(port);
}

/* Begin to dump the FDB of a device; its entries are the frames of a port. */
void host_dump(const char *name, const char *netns, const char *dev)
{
	struct request req = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(struct ndmsg)),
		.nlh.nlmsg_type = RTM_GETNEIGH,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.ndm.ndm_family = AF_BRIDGE,
		.ndm.ndm_ifindex = dev_index(netns, dev),
	};
	struct port *port = port_new(name, netns);

	/* read by host_more() alone */
	port->route = route_socket(netns);
	if (send(port->route, &req, req.nlh.nlmsg_len, 0) < 0)
		refuse("dump: %s", strerror(errno));
	port_add(port);
}

/* Go on with it for so many messages; false: that was its end */
bool host_more(struct port *port, unsigned int n)
{
	for (; n && !port->ended; n--)
		port->ended = !take_entries(port, port->route, 0);
	return !port->ended;
}
