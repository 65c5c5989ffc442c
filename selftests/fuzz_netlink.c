// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_netlink - requests of which many make no sense, by the rules of ovl's
 * attributes
 *
 *  fuzz_netlink SEED SECONDS
 *
 * Devices are made, changed and deleted, get endpoints, options and VNIs, go to
 * another namespace; values stand at the borders of what is allowed, lengths
 * and nests are wrong, bytes change.  Whatever the kernel refuses must leave
 * all that can be seen of it as it was.
 *
 * An episode begins with two new namespaces and ends with the end of both,
 * whatever is in them; its seed decides all that happens in it.  Prints the
 * seed of the episode and the request if a refused one has changed something.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/ovl.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "fuzz_dump.h"

/* Requests of an episode */
#define EPISODE		400

#define DEVICES		8
#define UNDERLAYS	2
/* Index of the first device, and of the first underlay device */
#define DEVICE_INDEX	100
#define UNDERLAY_INDEX	50
#define NEXTHOPS	4
/* VNIs that are most often given to one device; then come the next one's */
#define VNIS_EACH	8

/* No request makes more VNIs, nor a larger table of flows */
#define VNIS_MOST	64
#define FLOWS_MOST	4096

/* Below this, learned entries might go by themselves */
#define AGEING_LEAST	1000

/* What the headers of an older system do not have */
#ifndef NLM_F_BULK
#define NLM_F_BULK	0x200
#endif
#define FUZZ_NDM_STATE_MASK	16
#define FUZZ_NDM_FLAGS_MASK	17

/**
 * struct msg - a request
 * @nlh: its header, followed by @body
 * @from: what may be changed at random begins here
 */
struct msg {
	struct nlmsghdr	nlh;
	char		body[16 * 1024];
	size_t		from;
};

#define NOWHERE		-1

/* The two namespaces, and files that name them */
static struct view views[2];
static int netns[2];

/*
 * What the request that is being built is about: the device, the namespace
 * that it is sent in, the one where the device is afterwards if all goes well.
 */
static unsigned int device;
static int in_ns, goes_to;

/* Where a device is thought to be, or NOWHERE: chance may have moved it */
static int place[DEVICES];
/* Has it been made external, with a filter of VNIs? */
static bool has_vnis[DEVICES], is_external[DEVICES];

/* Building messages */

static void *tail(struct msg *msg)
{
	return (char *)&msg->nlh + NLMSG_ALIGN(msg->nlh.nlmsg_len);
}

/* What is left out for alignment is zero */
static void *put(struct msg *msg, const void *bytes, size_t n)
{
	void *at = tail(msg);

	if (NLMSG_ALIGN(msg->nlh.nlmsg_len) + n > sizeof(msg->nlh) +
	    sizeof(msg->body))
		return at;
	memcpy(at, bytes, n);
	msg->nlh.nlmsg_len = NLMSG_ALIGN(msg->nlh.nlmsg_len) + n;
	return at;
}

static struct rtattr *put_attr(struct msg *msg, __u16 type, const void *bytes,
			       size_t n)
{
	struct rtattr header = { .rta_type = type, .rta_len = RTA_LENGTH(n) };
	struct rtattr *attr = put(msg, &header, sizeof(header));

	put(msg, bytes, n);
	return attr;
}

static struct rtattr *begin(struct msg *msg, __u16 type)
{
	return put_attr(msg, type | NLA_F_NESTED, NULL, 0);
}

static void end(struct msg *msg, struct rtattr *nest)
{
	msg->nlh.nlmsg_len = NLMSG_ALIGN(msg->nlh.nlmsg_len);
	nest->rta_len = (char *)tail(msg) - (char *)nest;
}

static void new_msg(struct msg *msg, __u16 type, __u16 flags,
		    const void *header, size_t n)
{
	memset(msg, 0, sizeof(*msg));
	msg->nlh.nlmsg_len = NLMSG_HDRLEN;
	msg->nlh.nlmsg_type = type;
	msg->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	put(msg, header, n);
	msg->from = msg->nlh.nlmsg_len;
}

/* Values: mostly such as make sense, often from the borders */

static __u32 number(__u32 max)
{
	const __u32 border[] = {
		0, 1, max, max - 1, max + 1, ~0U, 1U << 31, max / 2,
	};

	switch (below(4)) {
	case 0:
		return ONE_OF(border);
	case 1:
		return below(max) + 1;
	default:
		return below(max < 8 ? max + 1 : 8);
	}
}

/* An attribute whose length is wrong now and then */
static void put_value(struct msg *msg, __u16 type, const void *value, size_t n)
{
	static const int wrong[] = { -1, 1, -4, 4, 12, -12 };
	__u8 bytes[512] = {};
	ssize_t len = n;

	memcpy(bytes, value, n < sizeof(bytes) ? n : sizeof(bytes));
	if (once_in(80))
		len += ONE_OF(wrong);
	if (once_in(400))
		len = 0;
	put_attr(msg, type, bytes, len < 0 ? 0 : len);
}

static void put_u8(struct msg *msg, __u16 type, __u8 value)
{
	put_value(msg, type, &value, sizeof(value));
}

static void put_u16(struct msg *msg, __u16 type, __u16 value)
{
	put_value(msg, type, &value, sizeof(value));
}

static void put_u32(struct msg *msg, __u16 type, __u32 value)
{
	put_value(msg, type, &value, sizeof(value));
}

static const char * const hosts4[] = {
	"10.0.0.2", "10.0.0.3", "10.0.0.4",
};

static const char * const hosts6[] = {
	"fd00::2", "fd00::3",
};

static const char * const groups4[] = { "239.1.1.1", "239.1.1.2" };
static const char * const groups6[] = { "ff05::100", "ff0e::101" };
static const char * const odd4[] = {
	"0.0.0.0", "255.255.255.255", "127.0.0.1", "10.0.0.1", "10.0.0.255",
	"169.254.0.1", "240.0.0.1", "224.0.0.1", "0.0.0.1",
};

static const char * const odd6[] = {
	"::", "::1", "fe80::1", "::ffff:10.0.0.2", "fd00::1", "ff02::1",
	"ff01::1", "2001:db8::1",
};

static void put_in4(struct msg *msg, __u16 type, const char *text)
{
	__u8 addr[4] = {};

	inet_pton(AF_INET, text, addr);
	put_value(msg, type, addr, sizeof(addr));
}

static void put_in6(struct msg *msg, __u16 type, const char *text)
{
	__u8 addr[16] = {};

	inet_pton(AF_INET6, text, addr);
	put_value(msg, type, addr, sizeof(addr));
}

/* A host, a group or an odd one, of either family, under its attribute */
static void put_addr(struct msg *msg, __u16 type4, __u16 type6, bool group)
{
	bool odd = once_in(10);

	if (once_in(12))
		group = !group;
	if (once_in(3))
		put_in6(msg, type6, odd ? ONE_OF(odd6) :
				    group ? ONE_OF(groups6) : ONE_OF(hosts6));
	else
		put_in4(msg, type4, odd ? ONE_OF(odd4) :
				    group ? ONE_OF(groups4) : ONE_OF(hosts4));
}

/* Options as they stand on the wire, as a rule in order */
static size_t options(__u8 *opts, size_t most)
{
	size_t len = 0;

	while (!once_in(3)) {
		size_t words = once_in(8) ? below(32) : below(4);

		if (len + 4 + 4 * words > most)
			break;
		opts[len] = once_in(2) ? 0xff : 0x01;
		opts[len + 1] = below(4);
		opts[len + 2] = below(4) | (once_in(4) ? 0x80 : 0);
		opts[len + 3] = words | (once_in(20) ? 0x20 << below(3) : 0);
		random_bytes(opts + len + 4, 4 * words);
		len += 4 + 4 * words;
	}
	if (len && once_in(20))
		len -= 1 + below(4);
	return len;
}

static void put_options(struct msg *msg, __u16 type)
{
	__u8 opts[320] = {};

	put_value(msg, type, opts, options(opts, once_in(10) ? 300 : 252));
}

static void put_match(struct ovl_opt_match *match)
{
	match->opt_class = htons(once_in(2) ? 0xff00 | below(4) : below(3));
	match->any = once_in(4);
	match->type = match->any ? 0 : below(4) | 0x80;
	if (once_in(30))
		match->any = below(256);
}

static void put_accept(struct msg *msg)
{
	struct ovl_opt_match accept[OVL_ACCEPT_MAX + 1] = {};
	unsigned int i, n;

	n = once_in(10) ? OVL_ACCEPT_MAX + below(2) : below(4);
	for (i = 0; i < n; i++) {
		put_match(&accept[i]);
		/* So that not all of a long list are twice in it */
		if (n > 4 && !once_in(50))
			accept[i].opt_class = htons(i);
	}
	put_value(msg, IFLA_OVL_ACCEPT, accept, n * sizeof(accept[0]));
}

static __u32 underlay(void)
{
	if (once_in(12))
		return number(1 << 20);
	/* On each other, and in a ring */
	if (once_in(6))
		return DEVICE_INDEX + below(DEVICES);
	return UNDERLAY_INDEX + below(UNDERLAYS);
}

static __u16 port(void)
{
	static const __u16 ports[] = { 6081, 6081, 6081, 6082, 6083, 9, 65535 };

	return htons(once_in(20) ? 0 : ONE_OF(ports));
}

static void put_peer(struct msg *msg)
{
	struct rtattr *nest = begin(msg, IFLA_OVL_PEER);

	if (!once_in(15))
		put_addr(msg, OVL_PEER_ADDR, OVL_PEER_ADDR6, once_in(20));
	if (once_in(12))
		put_u16(msg, OVL_PEER_PORT, port());
	if (once_in(12))
		put_u32(msg, OVL_PEER_VNI, number(OVL_VNI_MAX));
	if (once_in(12))
		put_u32(msg, OVL_PEER_IFINDEX, underlay());
	if (!once_in(4))
		put_options(msg, OVL_PEER_OPTS);
	if (once_in(20))
		put_u32(msg, below(OVL_PEER_MAX + 3), number(100));
	end(msg, nest);
}

static __u32 vni_of(unsigned int owner)
{
	return once_in(20) ? number(OVL_VNI_MAX) : owner * VNIS_EACH +
						   below(VNIS_EACH);
}

/* From the VNIs of a device on, and into those of the next */
static void put_range(struct msg *msg, unsigned int owner)
{
	struct rtattr *nest = begin(msg, once_in(60) ? below(4) :
						       OVL_VNI_RANGE);
	__u32 first = vni_of(owner);
	bool del = once_in(6);

	if (del)
		put_attr(msg, OVL_VNI_DEL, NULL, 0);
	if (!once_in(60))
		put_u32(msg, OVL_VNI_FIRST, first);
	if (once_in(del ? 8 : 2))
		put_u32(msg, OVL_VNI_LAST, first + below(12) -
					   (once_in(40) ? 5 : 0));
	if (once_in(del ? 20 : 2))
		put_addr(msg, OVL_VNI_REMOTE, OVL_VNI_REMOTE6, once_in(2));
	end(msg, nest);
}

static void put_vnis(struct msg *msg)
{
	struct rtattr *nest = begin(msg, IFLA_OVL_VNIS);
	unsigned int n = once_in(2) ? below(4) : 0;

	put_range(msg, once_in(8) ? below(DEVICES) : device);
	/* Those of others are refused when some may have changed already */
	while (n--)
		put_range(msg, below(DEVICES));
	end(msg, nest);
}

static void put_srcport(struct msg *msg)
{
	struct ovl_port_range range = {
		.low	= htons(number(65535)),
		.high	= htons(once_in(4) ? number(65535) : 65535),
	};

	put_value(msg, IFLA_OVL_SRCPORT, &range, sizeof(range));
}

/* Attributes that are a number, with what is allowed at most */
static const struct {
	__u16	type;
	__u8	size;
	__u32	max;
} numbers[] = {
	{ IFLA_OVL_ID, 4, OVL_VNI_MAX },
	{ IFLA_OVL_TTL, 2, OVL_TTL_INHERIT },
	{ IFLA_OVL_TOS, 2, OVL_TOS_INHERIT },
	{ IFLA_OVL_FLOWLABEL, 4, OVL_FLOWLABEL_INHERIT },
	{ IFLA_OVL_DF, 1, OVL_DF_MAX },
	{ IFLA_OVL_ECN, 1, OVL_ECN_MAX },
	{ IFLA_OVL_UDP_CSUM, 1, 1 },
	{ IFLA_OVL_UDP_ZERO_CSUM6_TX, 1, 1 },
	{ IFLA_OVL_UDP_ZERO_CSUM6_RX, 1, 1 },
	{ IFLA_OVL_SRCCHECK, 1, 1 },
	{ IFLA_OVL_INNERPROTOINHERIT, 1, 1 },
	{ IFLA_OVL_LEARNING, 1, 1 },
	{ IFLA_OVL_MAXADDRESS, 4, OVL_MAXADDRESS },
	{ IFLA_OVL_LOCALBYPASS, 1, 1 },
	{ IFLA_OVL_PROXY, 1, 1 },
	{ IFLA_OVL_L2MISS, 1, 1 },
	{ IFLA_OVL_L3MISS, 1, 1 },
	{ IFLA_OVL_EXTERNAL, 1, 1 },
	{ IFLA_OVL_OPTMAX, 2, OVL_OPTMAX_UNLIMITED },
	{ IFLA_OVL_OPTMAX, 2, OVL_OPTMAX_UNLIMITED },
	{ IFLA_OVL_CRITMISMATCH, 1, OVL_CRITMISMATCH_MAX },
	{ IFLA_OVL_VNIFILTER, 1, 1 },
	{ IFLA_OVL_LINK_NETNSID, 4, 1 },
	{ IFLA_OVL_N_LEARNED, 4, 1 },
	{ IFLA_OVL_N_VNIS, 4, 1 },
};

static void put_number(struct msg *msg)
{
	/* The last three are read only, which need not be tried often */
	size_t n = ARRAY_SIZE(numbers) - (once_in(30) ? 0 : 3);
	size_t i = below(n);
	__u32 value = number(numbers[i].max);

	/* Little room for options, which others may not fit in then */
	if (numbers[i].type == IFLA_OVL_OPTMAX && once_in(2))
		value = 4 * below(8);
	if (numbers[i].size == 1)
		put_u8(msg, numbers[i].type, value);
	else if (numbers[i].size == 2)
		put_u16(msg, numbers[i].type, value);
	else
		put_u32(msg, numbers[i].type, value);
}

/* Any attribute of a device */
static void put_any(struct msg *msg)
{
	struct ovl_opt_match match = {};

	switch (below(24)) {
	case 0:
		put_addr(msg, IFLA_OVL_REMOTE, IFLA_OVL_REMOTE6, false);
		break;
	case 1:
		put_addr(msg, IFLA_OVL_GROUP, IFLA_OVL_GROUP6, true);
		break;
	case 2:
		put_in4(msg, IFLA_OVL_LOCAL, once_in(2) ? "10.0.0.1" :
							  ONE_OF(odd4));
		break;
	case 3:
		put_in6(msg, IFLA_OVL_LOCAL6, once_in(2) ? "fd00::1" :
							   ONE_OF(odd6));
		break;
	case 4:
		put_u32(msg, IFLA_OVL_LINK, once_in(4) ? 0 : underlay());
		break;
	case 5:
		put_u16(msg, IFLA_OVL_PORT, port());
		break;
	case 6:
		put_srcport(msg);
		break;
	case 7:
	case 8:
		put_options(msg, IFLA_OVL_OPTS);
		break;
	case 9:
		put_accept(msg);
		break;
	case 10:
		put_match(&match);
		put_value(msg, IFLA_OVL_MARKOPT, &match,
			  once_in(4) ? 0 : sizeof(match));
		break;
	case 11:
		put_u32(msg, IFLA_OVL_AGEING, once_in(4) ? 0 : AGEING_LEAST +
			number(OVL_AGEING_MAX - AGEING_LEAST));
		break;
	case 12:
		put_u32(msg, IFLA_OVL_REFLECT,
			once_in(8) ? OVL_REFLECT_MAX + 1 : below(FLOWS_MOST));
		break;
	case 13:
		put_u32(msg, below(IFLA_OVL_MAX + 4), number(255));
		break;
	default:
		put_number(msg);
	}
}

static void put_name(struct msg *msg, const char *letter, unsigned int i)
{
	char name[IFNAMSIZ];

	put_attr(msg, IFLA_IFNAME, name,
		 snprintf(name, sizeof(name), "%s%u", letter, i) + 1);
}

/* IFLA_LINKINFO of the kind; what follows until end_info() is its data */
static struct rtattr *begin_info(struct msg *msg, const char *kind,
				 struct rtattr **data)
{
	struct rtattr *info = begin(msg, IFLA_LINKINFO);

	put_attr(msg, IFLA_INFO_KIND, kind, strlen(kind) + 1);
	*data = begin(msg, IFLA_INFO_DATA);
	return info;
}

static void end_info(struct msg *msg, struct rtattr *info, struct rtattr *data)
{
	end(msg, data);
	end(msg, info);
}

/* Few sockets, so that VNIs are taken by others, and some of one family */
static void put_external(struct msg *msg)
{
	if (has_vnis[device])
		put_u8(msg, IFLA_OVL_VNIFILTER, 1);
	if (once_in(3))
		put_u32(msg, IFLA_OVL_LINK, UNDERLAY_INDEX);
	else if (once_in(3))
		put_in4(msg, IFLA_OVL_LOCAL, "10.0.0.1");
	put_u16(msg, IFLA_OVL_PORT, htons(6080 + !has_vnis[device]));
}

/* What makes a device that is likely to be accepted */
static void put_device(struct msg *msg)
{
	is_external[device] = once_in(2);
	has_vnis[device] = is_external[device] && !once_in(4);
	if (is_external[device]) {
		put_u8(msg, IFLA_OVL_EXTERNAL, 1);
		put_external(msg);
		return;
	}
	if (!once_in(20))
		put_u32(msg, IFLA_OVL_ID, number(OVL_VNI_MAX));
	if (once_in(3)) {
		put_u32(msg, IFLA_OVL_LINK, underlay());
		if (once_in(2))
			put_addr(msg, IFLA_OVL_GROUP, IFLA_OVL_GROUP6, true);
	} else if (once_in(2)) {
		put_addr(msg, IFLA_OVL_REMOTE, IFLA_OVL_REMOTE6, false);
	}
	if (once_in(3))
		put_u16(msg, IFLA_OVL_PORT, port());
	/* Too little for the options of peers */
	if (once_in(4))
		put_u16(msg, IFLA_OVL_OPTMAX, 4 * below(8));
}

/* A device that is there, or one that is not; now and then it is not so */
static __u32 pick_device(bool there)
{
	unsigned int tries = 20;

	do {
		device = below(DEVICES);
	} while ((place[device] != NOWHERE) != there && --tries);
	goes_to = place[device];
	in_ns = goes_to;
	if (in_ns == NOWHERE || once_in(30))
		in_ns = once_in(2);
	return DEVICE_INDEX + device;
}

static void build_create(struct msg *msg)
{
	/* One that is in the second namespace already is found there, late */
	struct ifinfomsg ifi = { .ifi_index = pick_device(once_in(8)) };
	unsigned int more = below(3);
	struct rtattr *info, *data;
	__u8 mac[6] = { 2 };

	/* The underlay is in the first one */
	in_ns = once_in(20);
	goes_to = in_ns;
	new_msg(msg, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
	put_name(msg, "f", device);
	if (once_in(8)) {
		random_bytes(mac + once_in(2), sizeof(mac) - 1);
		put_value(msg, IFLA_ADDRESS, mac, sizeof(mac));
	}
	if (once_in(8))
		put_u32(msg, IFLA_MTU, number(65535));
	if (once_in(6) || place[device] == 1) {
		goes_to = 1;
		put_attr(msg, IFLA_NET_NS_FD, &netns[1], sizeof(netns[1]));
	}
	msg->from = msg->nlh.nlmsg_len;
	info = begin_info(msg, "ovl", &data);
	put_device(msg);
	while (more--)
		put_any(msg);
	if (once_in(60))
		put_vnis(msg);
	if (once_in(60))
		put_peer(msg);
	end_info(msg, info, data);
}

/* One with a filter of VNIs, or one that is not external, as a rule */
static __u32 pick_device_of(bool vnis)
{
	unsigned int tries = 20;
	__u32 index;

	do {
		index = pick_device(true);
	} while ((vnis ? !has_vnis[device] : is_external[device]) && --tries);
	return index;
}

/* @flags: IFF_UP or 0 for up and down, ~0 for neither */
static void begin_change(struct msg *msg, __u32 flags)
{
	struct ifinfomsg ifi = {
		.ifi_index	= pick_device(true),
		.ifi_flags	= flags,
		.ifi_change	= flags == ~0U ? 0 : IFF_UP,
	};

	if (flags == ~0U)
		ifi.ifi_flags = 0;
	new_msg(msg, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
}

static void build_change(struct msg *msg)
{
	unsigned int more = once_in(3) ? 1 + below(6) : 1;
	struct rtattr *info, *data;

	begin_change(msg, ~0U);
	info = begin_info(msg, "ovl", &data);
	msg->from = (char *)data - (char *)&msg->nlh;
	while (more--)
		put_any(msg);
	end_info(msg, info, data);
}

static void build_peer(struct msg *msg)
{
	struct rtattr *info, *data;

	begin_change(msg, ~0U);
	((struct ifinfomsg *)NLMSG_DATA(&msg->nlh))->ifi_index =
		pick_device_of(false);
	info = begin_info(msg, "ovl", &data);
	msg->from = (char *)data - (char *)&msg->nlh;
	put_peer(msg);
	if (once_in(30))
		put_any(msg);
	end_info(msg, info, data);
}

static void build_vnis(struct msg *msg)
{
	struct rtattr *info, *data;

	begin_change(msg, ~0U);
	((struct ifinfomsg *)NLMSG_DATA(&msg->nlh))->ifi_index =
		pick_device_of(true);
	info = begin_info(msg, "ovl", &data);
	msg->from = (char *)data - (char *)&msg->nlh;
	put_vnis(msg);
	if (once_in(30))
		put_any(msg);
	end_info(msg, info, data);
}

static void build_updown(struct msg *msg)
{
	begin_change(msg, once_in(3) ? 0 : IFF_UP);
}

static void build_mtu(struct msg *msg)
{
	begin_change(msg, ~0U);
	put_u32(msg, IFLA_MTU, number(65535));
}

static void build_move(struct msg *msg)
{
	begin_change(msg, ~0U);
	goes_to = below(2);
	put_attr(msg, IFLA_NET_NS_FD, &netns[goes_to], sizeof(netns[0]));
}

static void build_delete(struct msg *msg)
{
	struct ifinfomsg ifi = { .ifi_index = pick_device(true) };

	goes_to = NOWHERE;
	new_msg(msg, RTM_DELLINK, 0, &ifi, sizeof(ifi));
}

/* The underlay goes and comes */
static void build_underlay(struct msg *msg)
{
	unsigned int i = below(UNDERLAYS);
	struct ifinfomsg ifi = {
		.ifi_index	= UNDERLAY_INDEX + i,
		.ifi_flags	= IFF_UP,
		.ifi_change	= IFF_UP,
	};
	struct rtattr *info, *data;

	in_ns = 0;
	if (i && once_in(3)) {
		new_msg(msg, RTM_DELLINK, 0, &ifi, sizeof(ifi));
		return;
	}
	if (once_in(4))
		ifi.ifi_flags = 0;
	new_msg(msg, RTM_NEWLINK, NLM_F_CREATE, &ifi, sizeof(ifi));
	put_name(msg, "u", i);
	if (once_in(3))
		put_u32(msg, IFLA_MTU, 1280 + below(8000));
	info = begin_info(msg, "dummy", &data);
	end_info(msg, info, data);
	/* Nothing of this is ovl's */
	msg->from = msg->nlh.nlmsg_len;
}

static void put_mac(struct msg *msg)
{
	__u8 mac[6] = { 2 };

	if (once_in(4))
		mac[0] = 0;
	else
		mac[5] = below(12);
	if (once_in(20))
		random_bytes(mac, sizeof(mac));
	put_value(msg, NDA_LLADDR, mac, sizeof(mac));
}

static void put_endpoint(struct msg *msg)
{
	if (once_in(6)) {
		put_u32(msg, NDA_NH_ID, once_in(10) ? number(100) :
						      1 + below(NEXTHOPS));
		if (!once_in(8))
			return;
	} else if (!once_in(12)) {
		put_addr(msg, NDA_DST, NDA_DST, once_in(8));
	}
	if (once_in(10))
		put_u16(msg, NDA_PORT, port());
	if (once_in(10))
		put_u32(msg, NDA_VNI, number(OVL_VNI_MAX));
	if (once_in(10))
		put_u32(msg, NDA_IFINDEX, underlay());
	if (once_in(has_vnis[device] ? 2 : 20))
		put_u32(msg, NDA_SRC_VNI, vni_of(device));
	if (once_in(30))
		put_u8(msg, NDA_PROTOCOL, below(256));
	if (once_in(30))
		put_u32(msg, NDA_FLAGS_EXT, below(4));
	if (once_in(40))
		put_u32(msg, below(NDA_MAX + 3), number(255));
}

static void begin_neigh(struct msg *msg, __u16 type, __u16 flags)
{
	static const __u16 states[] = {
		NUD_PERMANENT, NUD_PERMANENT, NUD_REACHABLE,
		NUD_NOARP | NUD_REACHABLE,
	};
	struct ndmsg ndm = {
		.ndm_family	= PF_BRIDGE,
		.ndm_ifindex	= pick_device(true),
		.ndm_state	= once_in(20) ? below(256) : ONE_OF(states),
		.ndm_flags	= NTF_SELF,
	};

	if (once_in(10))
		ndm.ndm_flags |= 1 << below(8);
	new_msg(msg, type, flags, &ndm, sizeof(ndm));
}

static void build_fdb_add(struct msg *msg)
{
	static const __u16 flags[] = {
		NLM_F_CREATE | NLM_F_EXCL, NLM_F_CREATE | NLM_F_APPEND,
		NLM_F_CREATE | NLM_F_APPEND, NLM_F_CREATE | NLM_F_REPLACE,
		NLM_F_CREATE, NLM_F_REPLACE, NLM_F_APPEND, 0,
		NLM_F_CREATE | NLM_F_APPEND | NLM_F_REPLACE,
	};

	begin_neigh(msg, RTM_NEWNEIGH, ONE_OF(flags));
	put_mac(msg);
	put_endpoint(msg);
}

static void build_fdb_del(struct msg *msg)
{
	begin_neigh(msg, RTM_DELNEIGH, 0);
	put_mac(msg);
	if (once_in(2))
		put_endpoint(msg);
	else if (once_in(2))
		put_u32(msg, NDA_SRC_VNI, vni_of(device));
}

static void build_flush(struct msg *msg)
{
	begin_neigh(msg, RTM_DELNEIGH, NLM_F_BULK);
	if (once_in(2))
		put_endpoint(msg);
	if (once_in(3))
		put_u16(msg, FUZZ_NDM_STATE_MASK, number(0xff));
	if (once_in(3))
		put_u8(msg, FUZZ_NDM_FLAGS_MASK, number(0xff));
}

static void build_fdb_get(struct msg *msg)
{
	struct ndmsg *ndm;

	begin_neigh(msg, RTM_GETNEIGH, 0);
	ndm = NLMSG_DATA(&msg->nlh);
	ndm->ndm_state = 0;
	ndm->ndm_flags = NTF_SELF;
	put_mac(msg);
	put_endpoint(msg);
}

/* 1 and 2 are gateways, the others groups of them */
static void build_nexthop(struct msg *msg)
{
	struct nhmsg nhm = { .nh_family = AF_INET };
	struct nexthop_grp group[2] = { { .id = 1 }, { .id = 2 } };
	__u32 id = 1 + below(NEXTHOPS);
	bool is_group = id > 2;

	in_ns = 0;
	if (is_group)
		nhm.nh_family = AF_UNSPEC;
	if (once_in(4)) {
		nhm.nh_family = AF_UNSPEC;
		new_msg(msg, RTM_DELNEXTHOP, 0, &nhm, sizeof(nhm));
		put_attr(msg, NHA_ID, &id, sizeof(id));
		msg->from = msg->nlh.nlmsg_len;
		return;
	}
	new_msg(msg, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, &nhm,
		sizeof(nhm));
	put_attr(msg, NHA_ID, &id, sizeof(id));
	put_attr(msg, NHA_FDB, NULL, 0);
	if (is_group)
		put_attr(msg, NHA_GROUP, group,
			 (1 + below(2)) * sizeof(group[0]));
	else
		put_in4(msg, NHA_GATEWAY, ONE_OF(hosts4));
	msg->from = msg->nlh.nlmsg_len;
}

/* Deleting and moving wait for all processors, which takes its time */
static const struct {
	void	(*build)(struct msg *msg);
	__u8	weight;
} kinds[] = {
	{ build_create, 10 }, { build_change, 25 }, { build_peer, 16 },
	{ build_vnis, 48 }, { build_updown, 10 }, { build_mtu, 2 },
	{ build_move, 3 }, { build_delete, 1 }, { build_underlay, 2 },
	{ build_fdb_add, 30 }, { build_fdb_del, 8 }, { build_flush, 2 },
	{ build_fdb_get, 3 }, { build_nexthop, 4 },
};

static void build_some(struct msg *msg)
{
	unsigned int all = 0, there = 0, n;
	size_t i;

	device = DEVICES;
	for (i = 0; i < DEVICES; i++)
		there += place[i] != NOWHERE;
	if (there < DEVICES / 2 && once_in(2)) {
		build_create(msg);
		return;
	}

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		all += kinds[i].weight;
	n = below(all);
	for (i = 0; n >= kinds[i].weight; i++)
		n -= kinds[i].weight;
	kinds[i].build(msg);
}

/* Changing what was built */

static void mutate_byte(struct msg *msg, size_t n)
{
	__u8 *p = (__u8 *)&msg->nlh + msg->from + below(n);

	if (once_in(2))
		*p ^= 1 << below(8);
	else
		*p = chance();
}

static void mutate_end(struct msg *msg, size_t n)
{
	__u8 more[64];

	if (once_in(2)) {
		msg->nlh.nlmsg_len -= below(n);
		return;
	}
	random_bytes(more, sizeof(more));
	put(msg, more, below(sizeof(more)));
}

static void mutate(struct msg *msg)
{
	unsigned int times = 1 + below(3);
	size_t n;

	while (times--) {
		if (msg->nlh.nlmsg_len <= msg->from)
			return;
		n = msg->nlh.nlmsg_len - msg->from;
		if (once_in(6))
			mutate_end(msg, n);
		else
			mutate_byte(msg, n);
	}
}

/* Is there something in a nest that takes too long, or changes by itself? */
static bool is_too_much(const struct rtattr *attr, int len, __u16 in)
{
	__u32 value, first = 0;

	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len)) {
		__u16 type = attr->rta_type & NLA_TYPE_MASK;

		value = 0;
		memcpy(&value, RTA_DATA(attr), RTA_PAYLOAD(attr) < 4 ?
					       RTA_PAYLOAD(attr) : 4);
		if (in == IFLA_LINKINFO && type == IFLA_INFO_DATA &&
		    is_too_much(RTA_DATA(attr), RTA_PAYLOAD(attr), type))
			return true;
		if (in == IFLA_LINKINFO)
			continue;
		if (type == IFLA_OVL_VNIS &&
		    is_too_much(RTA_DATA(attr), RTA_PAYLOAD(attr), 100))
			return true;
		if (in == 100) {
			if (is_too_much(RTA_DATA(attr), RTA_PAYLOAD(attr), 101))
				return true;
			continue;
		}
		if (in == 101 && type == OVL_VNI_FIRST)
			first = value;
		if (in == 101 && type == OVL_VNI_LAST &&
		    value - first > VNIS_MOST)
			return true;
		if (in == 101)
			continue;
		if (type == IFLA_OVL_REFLECT && value > FLOWS_MOST &&
		    value <= OVL_REFLECT_MAX)
			return true;
		if (type == IFLA_OVL_AGEING && value && value < AGEING_LEAST)
			return true;
	}
	return false;
}

static bool is_too_much_msg(struct msg *msg)
{
	struct ifinfomsg *ifi = NLMSG_DATA(&msg->nlh);
	int len = IFLA_PAYLOAD(&msg->nlh);
	struct rtattr *attr;

	if (msg->nlh.nlmsg_type != RTM_NEWLINK)
		return false;
	for (attr = IFLA_RTA(ifi); RTA_OK(attr, len);
	     attr = RTA_NEXT(attr, len))
		if ((attr->rta_type & NLA_TYPE_MASK) == IFLA_LINKINFO &&
		    is_too_much(RTA_DATA(attr), RTA_PAYLOAD(attr),
				IFLA_LINKINFO))
			return true;
	return false;
}

/* Talking to the kernel */

/* The answer: 0 or an error */
static int tell(const struct view *view, struct msg *msg)
{
	static struct nlmsghdr buf[4 * 1024];
	static __u32 number;
	struct nlmsghdr *nlh;
	int len;

	msg->nlh.nlmsg_seq = ++number;
	if (send(view->route, msg, msg->nlh.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		len = recv(view->route, buf, sizeof(buf), 0);
		if (len < 0)
			die("answer");
		for (nlh = buf; NLMSG_OK(nlh, (unsigned int)len);
		     nlh = NLMSG_NEXT(nlh, len))
			if (nlh->nlmsg_type == NLMSG_ERROR &&
			    nlh->nlmsg_seq == number)
				return *(int *)NLMSG_DATA(nlh);
	}
}

static void look(struct text *text)
{
	size_t i;

	text->len = 0;
	for (i = 0; i < ARRAY_SIZE(views); i++)
		view_dump(&views[i], text);
}

/* An episode */

static void write_sysctl(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die(path);
	close(fd);
}

static void must(struct msg *msg, const char *what)
{
	int err = tell(&views[0], msg);

	if (err) {
		errno = -err;
		die(what);
	}
}

static void add_address(int family, const char *text, unsigned int prefix)
{
	struct ifaddrmsg ifa = {
		.ifa_family	= family,
		.ifa_prefixlen	= prefix,
		.ifa_flags	= IFA_F_NODAD,
		.ifa_index	= UNDERLAY_INDEX,
	};
	static struct msg msg;
	__u8 addr[16];

	inet_pton(family, text, addr);
	new_msg(&msg, RTM_NEWADDR, NLM_F_CREATE, &ifa, sizeof(ifa));
	put_attr(&msg, IFA_LOCAL, addr, family == AF_INET ? 4 : 16);
	must(&msg, text);
}

static void add_underlay(unsigned int i)
{
	struct ifinfomsg ifi = {
		.ifi_index	= UNDERLAY_INDEX + i,
		.ifi_flags	= IFF_UP,
		.ifi_change	= IFF_UP,
	};
	struct rtattr *info, *data;
	static struct msg msg;

	new_msg(&msg, RTM_NEWLINK, NLM_F_CREATE, &ifi, sizeof(ifi));
	put_name(&msg, "u", i);
	info = begin_info(&msg, "dummy", &data);
	end_info(&msg, info, data);
	must(&msg, "dummy");
}

static void enter_new_netns(int i)
{
	if (unshare(CLONE_NEWNET))
		die("unshare");
	netns[i] = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (netns[i] < 0)
		die("namespace");
	/* Routers and neighbours are found in their own time */
	write_sysctl("ipv6/conf/default/disable_ipv6", "1");
	view_open(&views[i], i ? "second namespace" : "first namespace");
}

static void begin_episode(void)
{
	unsigned int i;

	enter_new_netns(1);
	enter_new_netns(0);
	for (i = 0; i < UNDERLAYS; i++)
		add_underlay(i);
	write_sysctl("ipv6/conf/u0/addr_gen_mode", "1");
	write_sysctl("ipv6/conf/u0/disable_ipv6", "0");
	add_address(AF_INET, "10.0.0.1", 24);
	add_address(AF_INET6, "fd00::1", 64);
	/* A socket's second group is refused */
	if (once_in(2))
		write_sysctl("ipv4/igmp_max_memberships", "1");
}

static void end_episode(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(views); i++) {
		view_close(&views[i]);
		close(netns[i]);
	}
}

/**
 * struct tally - what was done
 * @sent: requests
 * @refused: of these
 * @mutated: of those sent
 * @late: episodes in which something had changed by itself
 */
struct tally {
	unsigned long	sent;
	unsigned long	refused;
	unsigned long	mutated;
	unsigned long	late;
};

static bool same_text(const struct text *a, const struct text *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

/* What is after one request is before the next */
static void swap_texts(struct text *before, struct text *after)
{
	struct text text = *before;

	*before = *after;
	*after = text;
}

/* As it is when all has been done that a request leaves for later */
static void look_when_settled(struct text *text)
{
	static struct text last;

	do {
		look(&last);
		usleep(20000);
		look(text);
	} while (!same_text(&last, text));
}

static void complain(__u64 value, const struct msg *msg, int err,
		     const struct text *before, const struct text *after)
{
	printf("OVL_FUZZ_SEED=%llu: refused, but something has changed:\n",
	       value);
	printf("a request of type %u, error: %s\n", msg->nlh.nlmsg_type,
	       strerror(-err));
	print_hex("request: ", &msg->nlh, msg->nlh.nlmsg_len);
	text_print_difference(before, after);
}

/**
 * run_episode() - as many requests as that, in two new namespaces
 * @value: the seed, which decides all
 * @patient: give what a request leaves to others, for later, the time to be
 *	done; and say what is wrong
 * @tally: added to
 *
 * Return: true: what was refused has changed nothing.
 */
static bool run_episode(__u64 value, bool patient, struct tally *tally)
{
	static struct text before, after;
	static struct msg msg;
	unsigned int i;
	int err;

	seed(value);
	for (i = 0; i < DEVICES; i++) {
		place[i] = NOWHERE;
		has_vnis[i] = false;
		is_external[i] = false;
	}
	begin_episode();
	look(&before);
	for (i = 0; i < EPISODE; i++) {
		build_some(&msg);
		if (once_in(4)) {
			mutate(&msg);
			tally->mutated++;
		}
		if (is_too_much_msg(&msg))
			continue;
		err = tell(&views[in_ns], &msg);
		if (!err && device < DEVICES)
			place[device] = goes_to;
		tally->sent++;
		tally->refused += !!err;
		if (!err && patient)
			look_when_settled(&after);
		else
			look(&after);
		if (err && !same_text(&before, &after)) {
			if (patient)
				complain(value, &msg, err, &before, &after);
			end_episode();
			return false;
		}
		swap_texts(&before, &after);
	}
	end_episode();
	return true;
}

int main(int argc, char **argv)
{
	struct tally tally = {};
	long long begin_ms = now_ms();
	unsigned long episodes = 0;
	__u64 value;

	if (argc != 3) {
		fprintf(stderr, "usage: fuzz_netlink SEED SECONDS\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	value = strtoull(argv[1], NULL, 0);
	do {
		if (!run_episode(value + episodes, false, &tally)) {
			/* Nexthops and MTUs are followed later: was it that? */
			if (!run_episode(value + episodes, true, &tally))
				return 1;
			tally.late++;
		}
		episodes++;
	} while (now_ms() - begin_ms < 1000 * atoll(argv[2]));
	/* A few may, on a busy machine */
	if (tally.late > 2 && tally.late > episodes / 4) {
		printf("%lu of %lu episodes: something has changed by itself\n",
		       tally.late, episodes);
		return 1;
	}
	printf("FUZZ netlink: %lu messages, %lu mutated, %lu refused, ",
	       tally.sent, tally.mutated, tally.refused);
	printf("%lu episodes, %lu of them run again with patience, %lld s\n",
	       episodes, tally.late, (now_ms() - begin_ms) / 1000);
	return 0;
}
