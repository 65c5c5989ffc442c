// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters of a frame's way: of the device that it comes in by, of IP, of
 * UDP and ICMP in the namespace of the underlay, of the ovl devices.  Which of
 * them tell of the end of a frame is said below.
 */
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "fuzz_counters.h"
#include "link_stats.h"
#include "netns.h"

#define DEVICES_MAX	32
#define CAUSES_MAX	128

/* The field of rtnl_link_stats64 that older headers lack */
#define OTHERHOST	24

/* All others are shown, too, if something does not add up */
static const struct {
	const char	*name;
	enum place	place;
} known[] = {
	{ "IpInReceives",		PLACE_CAME },
	{ "IpInHdrErrors",		PLACE_LOST },
	{ "IpInAddrErrors",		PLACE_LOST },
	{ "IpInUnknownProtos",		PLACE_LOST },
	{ "IpInDiscards",		PLACE_LOST },
	{ "IpReasmReqds",		PLACE_LOST },
	{ "IpReasmOKs",			PLACE_WHOLE },
	{ "IpExtInNoRoutes",		PLACE_LOST },
	{ "IpExtInTruncatedPkts",	PLACE_LOST },
	{ "IpExtInNoECTPkts",		PLACE_PACKET },
	{ "IpExtInECT1Pkts",		PLACE_PACKET },
	{ "IpExtInECT0Pkts",		PLACE_PACKET },
	{ "IpExtInCEPkts",		PLACE_PACKET },
	{ "IcmpInMsgs",			PLACE_LOST },
	{ "UdpInDatagrams",		PLACE_UDP },
	{ "UdpNoPorts",			PLACE_LOST },
	{ "UdpInErrors",		PLACE_LOST },
	{ "UdpIgnoredMulti",		PLACE_LOST },
	{ "Ip6InReceives",		PLACE_CAME },
	{ "Ip6InHdrErrors",		PLACE_LOST },
	{ "Ip6InTooBigErrors",		PLACE_LOST },
	{ "Ip6InNoRoutes",		PLACE_LOST },
	{ "Ip6InAddrErrors",		PLACE_LOST },
	{ "Ip6InUnknownProtos",		PLACE_LOST },
	{ "Ip6InTruncatedPkts",		PLACE_LOST },
	{ "Ip6InDiscards",		PLACE_LOST },
	{ "Ip6ReasmReqds",		PLACE_LOST },
	{ "Ip6ReasmOKs",		PLACE_WHOLE },
	{ "Ip6InNoECTPkts",		PLACE_PACKET },
	{ "Ip6InECT1Pkts",		PLACE_PACKET },
	{ "Ip6InECT0Pkts",		PLACE_PACKET },
	{ "Ip6InCEPkts",		PLACE_PACKET },
	{ "Icmp6InMsgs",		PLACE_LOST },
	{ "Udp6InDatagrams",		PLACE_UDP },
	{ "Udp6NoPorts",		PLACE_LOST },
	{ "Udp6InErrors",		PLACE_LOST },
	{ "Udp6IgnoredMulti",		PLACE_LOST },
	/* Of all namespaces */
	{ "rt_cache in_martian_dst",	PLACE_LOST },
	{ "rt_cache in_martian_src",	PLACE_LOST },
};

/* What ovl counts though the packet goes on */
static const char * const no_drops[] = {
	"rx_ecn_notect_ect", "rx_ecn_ce_ect1", "rx_ecn_ect1_ect0",
	"rx_learn_full", "rx_learn_nomem", "rx_opt_no_critical",
	"rx_oam_nomem", "rx_flow_evicted", "rx_flow_nomem",
};

/**
 * struct netns - a namespace, from inside
 * @route: rtnetlink socket
 * @ctl: socket for ioctls
 */
struct netns {
	int	route;
	int	ctl;
};

/**
 * struct device - a device that counts
 * @netns: where it is
 * @name: of it
 * @ifindex: its number there
 */
struct device {
	const struct netns	*netns;
	char			name[IFNAMSIZ];
	int			ifindex;
};

static struct netns underlay, tenants;
static struct device taps[DEVICES_MAX], ovls[DEVICES_MAX];
static size_t n_taps, n_ovls;
static int files[4];

static void add(struct counters *counters, enum place place, const char *dev,
		const char *name, unsigned long long value)
{
	struct counter *c = &counters->c[counters->n++];

	if (counters->n > FUZZ_COUNTERS_MAX) {
		printf("too many counters\n");
		exit(1);
	}
	snprintf(c->name, sizeof(c->name), "%.16s%s%.40s", dev, *dev ? " " : "",
		 name);
	c->place = place;
	c->value = value;
}

static void add_known(struct counters *counters, const char *name,
		      unsigned long long value)
{
	size_t i;

	/* These are not there until they count */
	if (strstr(name, "Type"))
		return;
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].name, name))
			break;
	add(counters, i < ARRAY_SIZE(known) ? known[i].place : PLACE_NONE, "",
	    name, value);
}

/* Files of /proc/net */

static char *read_all(int fd)
{
	static char text[65536];
	ssize_t n, len = 0;

	if (lseek(fd, 0, SEEK_SET))
		die("lseek");
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	text[len] = 0;
	return text;
}

/* snmp, netstat: pairs of lines "Udp: NAME...", "Udp: VALUE..." */
static void read_pairs(struct counters *counters, int fd)
{
	char *rest = read_all(fd), *names, *values, *prefix, *name, *value;
	char full[128];

	while ((names = strsep(&rest, "\n")) &&
	       (values = strsep(&rest, "\n"))) {
		prefix = strsep(&names, ":");
		strsep(&values, " ");
		strsep(&names, " ");
		while ((name = strsep(&names, " ")) &&
		       (value = strsep(&values, " "))) {
			snprintf(full, sizeof(full), "%s%s", prefix, name);
			add_known(counters, full, strtoull(value, NULL, 0));
		}
	}
}

/* snmp6: lines "NAME VALUE" */
static void read_lines(struct counters *counters, int fd)
{
	char *rest = read_all(fd), *line, name[64];
	unsigned long long value;

	while ((line = strsep(&rest, "\n")))
		if (sscanf(line, "%63s %llu", name, &value) == 2)
			add_known(counters, name, value);
}

/* stat/rt_cache: names, then a line of numbers for each processor */
static void read_columns(struct counters *counters, int fd)
{
	char *rest = read_all(fd), *names = strsep(&rest, "\n"), *line, *word;
	unsigned long long sum[32] = {};
	char full[128];
	size_t i;

	while ((line = strsep(&rest, "\n")))
		for (i = 0; (word = strsep(&line, " ")); )
			if (*word && i < ARRAY_SIZE(sum))
				sum[i++] += strtoull(word, NULL, 16);
	for (i = 0; (word = strsep(&names, " ")); ) {
		if (!*word || i == ARRAY_SIZE(sum))
			continue;
		snprintf(full, sizeof(full), "rt_cache %s", word);
		add_known(counters, full, sum[i++]);
	}
}

/* Devices */

/* Fields of rtnl_link_stats64, in @value */
static void read_link(const struct device *dev, __u64 *value, size_t n)
{
	if (!link_stats(dev->netns->route, dev->ifindex, value, n))
		die(dev->name);
}

/* Nobody wanted it, or it was for another host */
static void read_tap(struct counters *counters, const struct device *dev)
{
	__u64 value[OTHERHOST + 1];

	read_link(dev, value, ARRAY_SIZE(value));
	add(counters, PLACE_LOST, dev->name, "rx_dropped", value[6]);
	add(counters, PLACE_LOST, dev->name, "rx_nohandler", value[23]);
	add(counters, PLACE_LOST, dev->name, "rx_otherhost", value[OTHERHOST]);
}

static bool ethtool(const struct device *dev, void *request)
{
	struct ifreq ifr = { .ifr_data = request };

	memcpy(ifr.ifr_name, dev->name, sizeof(ifr.ifr_name));
	return !ioctl(dev->netns->ctl, SIOCETHTOOL, &ifr);
}

static bool is_drop(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(no_drops); i++)
		if (!strcmp(name, no_drops[i]))
			return false;
	return !strncmp(name, "rx_", 3) || !strncmp(name, "port_rx_", 8);
}

static void read_ovl(struct counters *counters, const struct device *dev)
{
	static struct {
		struct ethtool_gstrings	header;
		char			name[CAUSES_MAX][ETH_GSTRING_LEN];
	} strings;
	static struct {
		struct ethtool_stats	header;
		__u64			value[CAUSES_MAX];
	} stats;
	struct {
		struct ethtool_sset_info	header;
		__u32				n;
	} info = {
		.header.cmd = ETHTOOL_GSSET_INFO,
		.header.sset_mask = 1ULL << ETH_SS_STATS,
	};
	__u64 value[2];
	size_t i;

	if (!ethtool(dev, &info) || info.n > CAUSES_MAX)
		die(dev->name);
	strings.header.cmd = ETHTOOL_GSTRINGS;
	strings.header.string_set = ETH_SS_STATS;
	strings.header.len = info.n;
	stats.header.cmd = ETHTOOL_GSTATS;
	stats.header.n_stats = info.n;
	if (!ethtool(dev, &strings) || !ethtool(dev, &stats))
		die(dev->name);
	for (i = 0; i < info.n; i++)
		add(counters, is_drop(strings.name[i]) ? PLACE_OVL : PLACE_NONE,
		    dev->name, strings.name[i], stats.value[i]);
	read_link(dev, value, ARRAY_SIZE(value));
	add(counters, PLACE_OVL, dev->name, "rx_packets", value[0]);
}

/* What the others use */

static void enter(const char *name, struct netns *netns)
{
	if (netns_enter(name))
		die(name);
	netns->route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			      NETLINK_ROUTE);
	netns->ctl = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (netns->route < 0 || netns->ctl < 0)
		die("socket");
}

/* Afterwards the caller is in the namespace of the tenants */
void counters_open(const char *underlay_name, const char *tenants_name)
{
	static const char * const paths[] = {
		"snmp", "netstat", "snmp6", "stat/rt_cache",
	};
	char path[64];
	size_t i;

	enter(underlay_name, &underlay);
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		snprintf(path, sizeof(path), "/proc/thread-self/net/%s",
			 paths[i]);
		files[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (files[i] < 0)
			die(path);
	}
	enter(tenants_name, &tenants);
}

static void add_device(struct device *to, const struct netns *netns,
		       const char *name)
{
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(netns->ctl, SIOCGIFINDEX, &ifr))
		die(name);
	to->netns = netns;
	memcpy(to->name, ifr.ifr_name, sizeof(to->name));
	to->ifindex = ifr.ifr_ifindex;
}

void counters_add_tap(const char *name)
{
	if (n_taps < DEVICES_MAX)
		add_device(&taps[n_taps++], &underlay, name);
}

void counters_add_ovl(const char *name, bool in_underlay)
{
	if (n_ovls < DEVICES_MAX)
		add_device(&ovls[n_ovls++],
			   in_underlay ? &underlay : &tenants, name);
}

void counters_read(struct counters *counters)
{
	size_t i;

	counters->n = 0;
	for (i = 0; i < n_taps; i++)
		read_tap(counters, &taps[i]);
	read_pairs(counters, files[0]);
	read_pairs(counters, files[1]);
	read_lines(counters, files[2]);
	read_columns(counters, files[3]);
	for (i = 0; i < n_ovls; i++)
		read_ovl(counters, &ovls[i]);
}

/* Sum of those that tell of @place */
long long counters_moved(const struct counters *from, const struct counters *to,
			 enum place place)
{
	long long sum = 0;
	size_t i;

	for (i = 0; i < to->n && i < from->n; i++)
		if (to->c[i].place == place)
			sum += to->c[i].value - from->c[i].value;
	return sum;
}

void counters_print(const struct counters *from, const struct counters *to)
{
	size_t i;

	for (i = 0; i < to->n && i < from->n; i++)
		if (to->c[i].value != from->c[i].value)
			printf("    %s +%llu\n", to->c[i].name,
			       to->c[i].value - from->c[i].value);
}

/* Packets that an ovl device has delivered */
unsigned long long counters_delivered(const struct counters *from,
				      const struct counters *to,
				      const char *name)
{
	char full[64];
	size_t i;

	snprintf(full, sizeof(full), "%.16s rx_packets", name);
	for (i = 0; i < to->n && i < from->n; i++)
		if (!strcmp(to->c[i].name, full))
			return to->c[i].value - from->c[i].value;
	return 0;
}
