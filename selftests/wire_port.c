// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: devices in any network namespace, seen from the side of the wire.
 * Frames are captured from the moment that a port is opened, and wait in its
 * queue as lines of words; counters are read from where the kernel shows them
 * to everybody (ethtool, rtnetlink, /proc/net/snmp).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "link_stats.h"
#include "netns.h"
#include "wire.h"

#define PORTS_MAX	64
#define PCAP_ETHERNET	1
#define PCAP_RAW_IP	101
/* Of what is kept for another reader: bytes of a frame, frames of a test */
#define KEPT_LEN	512
#define KEPT_MAX	2000

struct port *ports;

long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Namespaces. */

static int own_netns = -1;

/* Go into a namespace that "ip netns" knows; "-" is the one we started in. */
void in_netns(const char *netns)
{
	if (own_netns < 0)
		own_netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (!strcmp(netns, "-"))
		return;
	if (netns_enter(netns))
		refuse("namespace %s: %s", netns, strerror(errno));
}

void in_own_netns(void)
{
	if (own_netns >= 0 && setns(own_netns, CLONE_NEWNET))
		refuse("back from a namespace: %s", strerror(errno));
}

/* Opening and closing. */

static int packet_socket(int ifindex, bool vnet)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_ifindex = ifindex,
	};
	struct packet_mreq promisc = {
		.mr_ifindex = ifindex,
		.mr_type = PACKET_MR_PROMISC,
	};
	int fd, one = 1, rcvbuf = RCVBUF;

	/* protocol 0: nothing arrives before all is set */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		refuse("packet socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf));
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	    (vnet && setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one,
				sizeof(one))) ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promisc,
		       sizeof(promisc)))
		refuse("packet socket: %s", strerror(errno));
	addr.sll_protocol = htons(ETH_P_ALL);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		refuse("packet socket: %s", strerror(errno));
	return fd;
}

struct port *port_find(const char *name)
{
	struct port *port;

	for (port = ports; port; port = port->next)
		if (!strcmp(port->name, name))
			return port;
	refuse("no port %s", name);
}

/* A port without anything to capture from yet */
struct port *port_new(const char *name, const char *netns)
{
	struct port *port;

	for (port = ports; port; port = port->next)
		if (!strcmp(port->name, name))
			refuse("there is a port %s", name);
	in_netns(netns);
	port = calloc(1, sizeof(*port));
	if (!port)
		refuse("no memory");
	snprintf(port->name, sizeof(port->name), "%s", name);
	port->ctl = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	port->fd = -1;
	port->twin = -1;
	port->route = -1;
	port->snmp[0] = -1;
	port->snmp[1] = -1;
	port->last = &port->first;
	in_own_netns();
	return port;
}

/* It can be found from now on */
void port_add(struct port *port)
{
	port->next = ports;
	ports = port;
}

struct port *port_open(const char *name, const char *netns, const char *dev)
{
	struct ifreq ifr = { 0 };
	struct port *port;

	port = port_new(name, netns);
	in_netns(netns);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (ioctl(port->ctl, SIOCGIFINDEX, &ifr))
		refuse("%s in %s: %s", dev, netns, strerror(errno));
	port->ifindex = ifr.ifr_ifindex;
	if (ioctl(port->ctl, SIOCGIFHWADDR, &ifr))
		refuse("%s in %s: %s", dev, netns, strerror(errno));
	port->ethernet = ifr.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
			 ifr.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK;
	port->fd = packet_socket(port->ifindex, true);
	port->twin = packet_socket(port->ifindex, false);
	port->route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			     NETLINK_ROUTE);
	port->snmp[0] = open("/proc/thread-self/net/snmp",
			     O_RDONLY | O_CLOEXEC);
	port->snmp[1] = open("/proc/thread-self/net/snmp6",
			     O_RDONLY | O_CLOEXEC);
	in_own_netns();
	port_add(port);
	return port;
}

void port_clear(struct port *port)
{
	struct queued *q;

	while ((q = port->first)) {
		port->first = q->next;
		free(q);
	}
	port->last = &port->first;
}

void port_close(struct port *port)
{
	struct port **at;

	for (at = &ports; *at != port; at = &(*at)->next)
		;
	*at = port->next;
	port_clear(port);
	close(port->fd);
	close(port->twin);
	close(port->ctl);
	close(port->route);
	close(port->snmp[0]);
	close(port->snmp[1]);
	if (port->pcap)
		fclose(port->pcap);
	free(port);
}

/* Sending. */

void port_send(struct port *port, const struct frame *frame)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_ifindex = port->ifindex,
	};
	struct iovec iov[2] = {
		{ (void *)&frame->vnet, sizeof(frame->vnet) },
		{ frame->data, frame->len },
	};
	struct msghdr msg = {
		.msg_name = &addr, .msg_namelen = sizeof(addr),
		.msg_iov = iov, .msg_iovlen = 2,
	};
	struct pollfd pfd = { port->fd, POLLOUT, 0 };

	if (port->ethernet)
		addr.sll_protocol = htons(get16(frame->data + 12));
	else
		addr.sll_protocol = htons(frame->data[0] >> 4 == 6 ?
					  ETH_P_IPV6 : ETH_P_IP);
	while (sendmsg(port->fd, &msg, 0) < 0) {
		if (errno != EAGAIN && errno != ENOBUFS)
			refuse("send to %s: %s", port->name, strerror(errno));
		poll(&pfd, 1, 10);
	}
}

/* Capturing. */

/* The file format of libpcap. */
static void write_header(FILE *file, __u32 most, __u32 linktype)
{
	struct {
		__u32 magic;
		__u16 major, minor;
		__u32 zone, sigfigs, snaplen, linktype;
	} header = { 0xa1b2c3d4, 2, 4, 0, 0, most, linktype };

	fwrite(&header, sizeof(header), 1, file);
}

void port_pcap(struct port *port, const char *file)
{
	port->pcap = fopen(file, "w");
	if (!port->pcap)
		refuse("%s: %s", file, strerror(errno));
	write_header(port->pcap, FRAME_MAX,
		     port->ethernet ? PCAP_ETHERNET : PCAP_RAW_IP);
}

static void write_record(FILE *file, const struct capture *cap, size_t most)
{
	struct { __u32 sec, usec, caplen, len; } header;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	header.sec = now.tv_sec;
	header.usec = now.tv_nsec / 1000;
	header.caplen = cap->len < most ? cap->len : most;
	header.len = cap->len;
	fwrite(&header, sizeof(header), 1, file);
	fwrite(cap->data, header.caplen, 1, file);
}

static void write_pcap(struct port *port, const struct capture *cap)
{
	if (!port->pcap)
		return;
	write_record(port->pcap, cap, FRAME_MAX);
	fflush(port->pcap);
}

/*
 * What the machine sends in Geneve, on whatever port it is seen, is kept for
 * another reader: FILE.pcap has the frames, FILE.words what they are here.
 */
static FILE *kept_frames, *kept_words;
static unsigned int kept;
static bool kept_paused;

void port_keep(const char *file)
{
	char name[4096];

	snprintf(name, sizeof(name), "%s.pcap", file);
	kept_frames = fopen(name, "w");
	snprintf(name, sizeof(name), "%s.words", file);
	kept_words = fopen(name, "w");
	if (!kept_frames || !kept_words)
		refuse("%s: %s", name, strerror(errno));
	write_header(kept_frames, KEPT_LEN, PCAP_ETHERNET);
}

/* What is sent until they go on is a test's own */
void port_keep_pause(bool pause)
{
	port_wait(0);
	kept_paused = pause;
}

static void keep(const struct capture *cap, const char *line)
{
	char version[8];

	if (!kept_frames || kept_paused || kept == KEPT_MAX || !cap->out ||
	    !cap->ethernet || !line_get(line, "ver", version, sizeof(version)))
		return;
	kept++;
	write_record(kept_frames, cap, KEPT_LEN);
	fprintf(kept_words, "%s\n", line);
	/* a test ends us by a signal */
	fflush(kept_frames);
	fflush(kept_words);
}

/* A tag that the kernel took out of the frame goes back to its place. */
static void restore_vlan(struct capture *cap, struct msghdr *msg)
{
	const struct tpacket_auxdata *aux;
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_PACKET ||
		    cmsg->cmsg_type != PACKET_AUXDATA)
			continue;
		aux = (void *)CMSG_DATA(cmsg);
		if (!(aux->tp_status & TP_STATUS_VLAN_VALID) || !cap->ethernet)
			continue;
		memmove(cap->data - 4, cap->data, 12);
		cap->data -= 4;
		cap->len += 4;
		put16(cap->data + 12,
		      aux->tp_status & TP_STATUS_VLAN_TPID_VALID ?
		      aux->tp_vlan_tpid : ETH_P_8021Q);
		put16(cap->data + 14, aux->tp_vlan_tci);
		if (cap->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
			cap->vnet.csum_start += 4;
	}
}

void port_queue(struct port *port, const char *line)
{
	size_t len = strlen(line) + 1;
	struct queued *q;

	q = malloc(sizeof(*q) + len);
	if (!q)
		refuse("no memory");
	q->next = NULL;
	memcpy(q->line, line, len);
	*port->last = q;
	port->last = &q->next;
}

static void enqueue(struct port *port, const struct capture *cap)
{
	static char line[LINE_MAX_LEN];

	/* this completes a partial checksum, too */
	show(cap, line, sizeof(line));
	write_pcap(port, cap);
	keep(cap, line);
	port_queue(port, line);
}

/* Take one frame off the sockets; false: there is none. */
static bool take_frame(struct port *port)
{
	static __u8 room[4 + FRAME_MAX];
	struct capture cap = { .data = room + 4, .ethernet = port->ethernet };
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata)) + 64];
	struct sockaddr_ll from = { 0 };
	struct iovec iov[2] = {
		{ &cap.vnet, sizeof(cap.vnet) },
		{ cap.data, FRAME_MAX },
	};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = iov, .msg_iovlen = 2,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n;

	if (port->take || port->fd < 0)
		return port->take && port->take(port);
	n = recvmsg(port->fd, &msg, 0);
	if (n >= (ssize_t)sizeof(cap.vnet)) {
		n -= sizeof(cap.vnet);
		recv(port->twin, NULL, 0, MSG_TRUNC);
	} else if (n < 0 && errno == EINVAL) {
		memset(&cap.vnet, 0, sizeof(cap.vnet));
		cap.gso_unknown = true;
		msg.msg_iov = iov + 1;
		msg.msg_iovlen = 1;
		msg.msg_controllen = sizeof(control);
		n = recvmsg(port->twin, &msg, 0);
	}
	if (n <= 0)
		return false;
	cap.len = n;
	cap.out = from.sll_pkttype == PACKET_OUTGOING;
	restore_vlan(&cap, &msg);
	enqueue(port, &cap);
	return true;
}

/* A capture with holes is no evidence. */
static void check_losses(const struct port *port)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (!getsockopt(port->fd, SOL_PACKET, PACKET_STATISTICS, &stats,
			&len) && stats.tp_drops)
		refuse("port %s: %u frames were not captured", port->name,
		       stats.tp_drops);
}

/**
 * port_wait() - take what all ports have captured
 * @timeout_ms: how long to wait for something to come
 *
 * Return: true if a frame was taken from any.
 */
bool port_wait(int timeout_ms)
{
	struct pollfd pfd[PORTS_MAX];
	struct port *port;
	bool any = false;
	nfds_t n = 0;

	for (port = ports; port && n < PORTS_MAX; port = port->next)
		pfd[n++] = (struct pollfd){ port->fd, POLLIN, 0 };
	if (poll(pfd, n, timeout_ms) <= 0)
		return false;
	for (port = ports; port; port = port->next) {
		while (take_frame(port))
			any = true;
		check_losses(port);
	}
	return any;
}

/* Counters. */

static void add_counter(struct counters *counters, const char *name,
			unsigned long long value)
{
	struct counter *c = counters->c + counters->n;

	if (counters->n == COUNTERS_MAX)
		refuse("too many counters");
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->value = value;
	counters->n++;
}

const struct counter *counters_find(const struct counters *counters,
				    const char *name)
{
	unsigned int i;

	for (i = 0; i < counters->n; i++)
		if (!strcmp(counters->c[i].name, name))
			return counters->c + i;
	return NULL;
}

static bool ethtool(const struct port *port, void *request)
{
	struct ifreq ifr = { .ifr_ifindex = port->ifindex };

	/* by index: a device may be renamed */
	if (ioctl(port->ctl, SIOCGIFNAME, &ifr))
		return false;
	ifr.ifr_data = request;
	return !ioctl(port->ctl, SIOCETHTOOL, &ifr);
}

/* ethtool -S */
static void read_ethtool(const struct port *port, struct counters *counters)
{
	static struct {
		struct ethtool_gstrings	header;
		char			name[COUNTERS_MAX][ETH_GSTRING_LEN];
	} strings;
	static struct {
		struct ethtool_stats	header;
		__u64			value[COUNTERS_MAX];
	} stats;
	struct {
		struct ethtool_sset_info	header;
		__u32				n;
	} info = {
		.header.cmd = ETHTOOL_GSSET_INFO,
		.header.sset_mask = 1ULL << ETH_SS_STATS,
	};
	unsigned int i;

	if (!ethtool(port, &info) || !info.header.sset_mask ||
	    info.n > COUNTERS_MAX)
		return;
	strings.header.cmd = ETHTOOL_GSTRINGS;
	strings.header.string_set = ETH_SS_STATS;
	strings.header.len = info.n;
	stats.header.cmd = ETHTOOL_GSTATS;
	stats.header.n_stats = info.n;
	if (!ethtool(port, &strings) || !ethtool(port, &stats))
		return;
	for (i = 0; i < info.n; i++)
		add_counter(counters, strings.name[i], stats.value[i]);
}

/* ip -s -s link */
static void read_link(const struct port *port, struct counters *counters)
{
	static const char *const names[] = {
		"rx_packets", "tx_packets", "rx_bytes", "tx_bytes",
		"rx_errors", "tx_errors", "rx_dropped", "tx_dropped",
		"multicast", "collisions", "rx_length_errors",
		"rx_over_errors", "rx_crc_errors", "rx_frame_errors",
		"rx_fifo_errors", "rx_missed_errors", "tx_aborted_errors",
		"tx_carrier_errors", "tx_fifo_errors", "tx_heartbeat_errors",
		"tx_window_errors", "rx_compressed", "tx_compressed",
		"rx_nohandler",
	};
	__u64 value[ARRAY_SIZE(names)];
	char name[64];
	unsigned int i;

	if (!link_stats(port->route, port->ifindex, value, ARRAY_SIZE(names)))
		return;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(name, sizeof(name), "link.%s", names[i]);
		add_counter(counters, name, value[i]);
	}
}

static char *read_proc(int fd)
{
	static char text[32768];
	ssize_t n, all = 0;

	while ((n = pread(fd, text + all, sizeof(text) - 1 - all, all)) > 0)
		all += n;
	text[all] = 0;
	return text;
}

/* nstat: pairs of lines "Udp: NAME...", "Udp: VALUE..." */
static void read_snmp(const struct port *port, struct counters *counters)
{
	char *names, *values, *name, *value, *save, *save_name, *save_value;
	char full[64];

	names = strtok_r(read_proc(port->snmp[0]), "\n", &save);
	for (; names; names = strtok_r(NULL, "\n", &save)) {
		values = strtok_r(NULL, "\n", &save);
		if (!values)
			return;
		if (strncmp(names, "Udp:", 4) && strncmp(names, "Ip:", 3) &&
		    strncmp(names, "Icmp:", 5))
			continue;
		strtok_r(names, ": ", &save_name);
		strtok_r(values, ": ", &save_value);
		while ((name = strtok_r(NULL, " ", &save_name)) &&
		       (value = strtok_r(NULL, " ", &save_value))) {
			snprintf(full, sizeof(full), "%s%s", names, name);
			add_counter(counters, full, strtoull(value, NULL, 0));
		}
	}
}

/* lines "NAME VALUE" */
static void read_snmp6(const struct port *port, struct counters *counters)
{
	char *line, *save, name[64];
	unsigned long long value;

	line = strtok_r(read_proc(port->snmp[1]), "\n", &save);
	for (; line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "Udp6", 4) && strncmp(line, "Ip6", 3) &&
		    strncmp(line, "Icmp6InErrors", 13))
			continue;
		if (sscanf(line, "%63s %llu", name, &value) == 2)
			add_counter(counters, name, value);
	}
}

void counters_read(struct port *port, struct counters *counters)
{
	counters->n = 0;
	read_ethtool(port, counters);
	read_link(port, counters);
	read_snmp(port, counters);
	read_snmp6(port, counters);
}

/* Offloads. */

/* ethtool -K: with all of them off, what is on the wire is what it would be. */
void port_offload(struct port *port, bool on)
{
	static const __u32 commands[] = {
		ETHTOOL_STXCSUM, ETHTOOL_SSG, ETHTOOL_STSO, ETHTOOL_SGSO,
	};
	struct ethtool_value value = { .data = on };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		value.cmd = commands[i];
		if (!ethtool(port, &value))
			refuse("offload %s: %s", port->name, strerror(errno));
	}
}
