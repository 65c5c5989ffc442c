// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_recv - frames right and wrong for ovl devices; each is accounted for
 *
 *  fuzz_recv SEED SECONDS UNDERLAY TENANTS TAP,TAP,TAP TARGET...
 *
 * where TARGET is NAME,PORT,VNI,4|6,l2|l3|down|here|group0|group1|group2.
 *
 * Frames come in by the TAP devices of the namespace UNDERLAY: by the first as
 * one piece, by the second through GRO, by the third through GRO in pages that
 * the test has chosen.  They are for the ovl devices NAME.  Those are in the
 * namespace TENANTS, where what they deliver is counted by nobody else, or
 * "here", under a bridge that is down and drops it.  A "group" is that of the
 * family; what comes by another TAP device than this one does not get to it.
 *
 * After each batch a good frame for each device has to arrive unchanged, and
 * the counters have to add up:
 *
 *  - what UDP gave to ovl is what ovl delivered or dropped for a cause,
 *  - what was sent is that and what was lost before, less what GRO merged.
 *
 * The first batches, one for each device, have a frame that ends after each of
 * its bytes up to somewhere in the payload, in every way in.
 *
 * A batch is decided by its seed.  If it does not add up, its frames are sent
 * again, one at a time, or one flow, to name what vanished.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/types.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"
#include "fuzz_counters.h"
#include "fuzz_frame.h"
#include "netns.h"

/* Bytes of the payload after each of which a frame ends */
#define ENDS_INNER	64

/* Draws of a batch, of which each gives one frame or several */
#define BATCH		200

/* One of so many batches has super-packets, which UDP cuts: is_balanced() */
#define GSO_BATCH	8

#define TARGETS_MAX	32
#define PIECES_MAX	4
#define SEGMENTS_MAX	12

/* How long a counter or a frame may take */
#define PATIENCE_MS	5000

enum { TAP_PLAIN, TAP_NAPI, TAP_FRAGS, TAPS };

static int taps[TAPS];
static struct target targets[TARGETS_MAX];
static size_t n_targets;
/* The namespaces */
static const char *underlay, *tenants;

/**
 * struct tally - what was done since the counters were read
 * @sent: frames that the TAP device took
 * @refused: frames that it did not take: of these it may have counted some
 * @early: frames that IP drops before it counts what GRO has merged
 * @gso: some were super-packets
 */
struct tally {
	unsigned long	sent;
	unsigned long	refused;
	unsigned long	early;
	bool		gso;
};

/* Set while looking for the frame that vanished: called after each draw */
static void (*after_draw)(const struct frame *frame);
static struct tally now;

/* TAP devices */

static int open_tap(const char *name, short flags)
{
	struct ifreq ifr = {
		.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | flags,
	};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	/* Any limit: see below */
	const int sndbuf = INT_MAX - 1;

	if (fd < 0)
		die("/dev/net/tun");
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr))
		die(name);
	/*
	 * Without one, tun makes packets with heads that GRO takes over, and
	 * their socket is not told (napi_skb_free_stolen_head() of 7.2 does not
	 * know of it): socket and namespace would stay for ever.
	 */
	if (flags & IFF_NAPI && ioctl(fd, TUNSETSNDBUF, &sndbuf))
		die(name);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		die(name);
	memcpy(fuzz_mac, ifr.ifr_hwaddr.sa_data, sizeof(fuzz_mac));
	counters_add_tap(name);
	return fd;
}

static void enter(const char *netns)
{
	if (netns_enter(netns))
		die(netns);
}

static void join(int family, int level, const void *addr, size_t len,
		 const char *dev)
{
	struct group_req req = { .gr_interface = if_nametoindex(dev) };
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&req.gr_group, addr, len);
	if (fd < 0 || setsockopt(fd, level, MCAST_JOIN_GROUP, &req, sizeof(req)))
		die("group");
}

/* Until the end: IP does not count what comes to a group of nobody */
static void join_groups(const char *dev)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sin = { .sin_family = AF_INET };

	memcpy(&sin.sin_addr, fuzz_group4, sizeof(fuzz_group4));
	memcpy(&sin6.sin6_addr, fuzz_group6, sizeof(fuzz_group6));
	join(AF_INET, IPPROTO_IP, &sin, sizeof(sin), dev);
	join(AF_INET6, IPPROTO_IPV6, &sin6, sizeof(sin6), dev);
}

static void open_taps(const char *netns, char *names)
{
	static const short flags[TAPS] = {
		0, IFF_NAPI, IFF_NAPI | IFF_NAPI_FRAGS,
	};
	const char *name;
	int i;

	enter(netns);
	for (i = 0; i < TAPS; i++) {
		name = strsep(&names, ",");
		taps[i] = open_tap(name, flags[i]);
		join_groups(name);
	}
}

/* What the host sends is of no interest, but takes memory */
static void drain_taps(void)
{
	static char frame[65536];
	int i;

	for (i = 0; i < TAPS; i++)
		while (read(taps[i], frame, sizeof(frame)) > 0)
			;
}

/* Pieces of a frame, each of which becomes a page's part in the kernel */
static int cut_to_pages(struct iovec *iov, struct frame *frame)
{
	size_t at = ETH_HLEN + below(60), n;
	int i = 1;

	if (at > frame->len)
		at = frame->len;
	iov[i++] = (struct iovec){ frame->data, at };
	for (; at < frame->len && i < 16; at += n) {
		n = 1 + below(once_in(3) ? 4096 : 80);
		if (n > frame->len - at || i == 15)
			n = frame->len - at;
		if (n > 4096)
			n = 4096;
		iov[i++] = (struct iovec){ frame->data + at, n };
	}
	return i;
}

static void send_frame(int tap, struct frame *frame)
{
	static __u8 first[sizeof(frame->vnet) + FUZZ_FRAME_MAX];
	struct iovec iov[17];
	int n = 2, i;

	if (frame->vnet.hdr_len > frame->len)
		frame->vnet.hdr_len = frame->len;
	iov[1] = (struct iovec){ frame->data, frame->len };
	if (tap == TAP_FRAGS)
		n = cut_to_pages(iov, frame);
	/* The header of virtio stands with what becomes the linear part */
	memcpy(first, &frame->vnet, sizeof(frame->vnet));
	memcpy(first + sizeof(frame->vnet), iov[1].iov_base, iov[1].iov_len);
	iov[0] = (struct iovec){ first, sizeof(frame->vnet) + iov[1].iov_len };
	for (i = 2; i < n; i++)
		iov[i - 1] = iov[i];

	now.gso |= frame->vnet.gso_type;
	if (writev(taps[tap], iov, n - 1) < 0) {
		now.refused++;
	} else {
		now.sent++;
		now.early += frame_is_lost_early(frame);
	}
}

/* Batches */

/* A flow of TCP, of which GRO makes few packets */
static void send_train(struct frame *frame)
{
	unsigned int n = 2 + below(SEGMENTS_MAX - 1);
	int tap = below(TAPS);

	while (n--) {
		send_frame(tap, frame);
		frame_next_segment(frame);
	}
}

static void send_fragments(const struct frame *frame)
{
	static struct frame pieces[PIECES_MAX];
	size_t n = frame_fragments(frame, pieces, 1 + below(PIECES_MAX)), i;
	bool reverse = once_in(2);

	for (i = 0; i < n; i++) {
		if (once_in(15))
			continue;
		send_frame(below(TAPS), &pieces[reverse ? n - 1 - i : i]);
		if (once_in(15))
			send_frame(below(TAPS),
				   &pieces[reverse ? n - 1 - i : i]);
	}
}

static void send_batch(__u64 value)
{
	static struct frame frame;
	bool gso = !(value % GSO_BATCH);
	unsigned int i;

	seed(value);
	for (i = 0; i < BATCH; i++) {
		frame_any(&frame, targets, n_targets, gso);
		if (frame.kind == FRAME_GOOD && once_in(4))
			send_train(&frame);
		else if (frame.kind != FRAME_BAD && once_in(6))
			send_fragments(&frame);
		else
			send_frame(below(TAPS), &frame);
		if (after_draw)
			after_draw(&frame);
	}
}

/* A frame for one device that ends at every byte; the others' follow */
static void send_ends(__u64 value)
{
	static struct frame whole, frame;
	const struct target *target = &targets[value % n_targets];
	unsigned int known, tap;
	size_t len, most;

	seed(value);
	for (tap = 0; tap < TAPS; tap++) {
		frame_whole(&whole, target);
		most = whole.inner + ENDS_INNER;
		if (most > whole.len)
			most = whole.len;
		for (len = 0; len < most; len++) {
			for (known = 0; known < 2; known++) {
				if (!frame_cut(&frame, &whole, len, known))
					continue;
				send_frame(tap, &frame);
				if (after_draw)
					after_draw(&frame);
			}
		}
	}
}

/* Accounts */

static long long merged(const struct counters *from, const struct counters *to)
{
	return counters_moved(from, to, PLACE_PACKET) + now.early -
	       counters_moved(from, to, PLACE_CAME);
}

static long long arrived(const struct counters *from, const struct counters *to)
{
	return counters_moved(from, to, PLACE_LOST) -
	       counters_moved(from, to, PLACE_WHOLE) +
	       counters_moved(from, to, PLACE_OVL) + merged(from, to);
}

/* A super-packet is one to IP, and several to UDP: only these add up then */
static bool is_balanced(const struct counters *from, const struct counters *to)
{
	long long too_many = arrived(from, to) - (long long)now.sent;

	if (counters_moved(from, to, PLACE_UDP) !=
	    counters_moved(from, to, PLACE_OVL))
		return false;
	return now.gso || (too_many >= 0 && too_many <= (long long)now.refused);
}

/* GRO may hold something for a moment */
static bool balance(const struct counters *from, struct counters *to)
{
	/* Not so long for each of those that are sent one at a time */
	long long end = now_ms() + (after_draw ? 200 : PATIENCE_MS);

	/* What is still on its way does not show in what is looked at then */
	if (now.gso)
		usleep(50000);
	for (;;) {
		counters_read(to);
		if (is_balanced(from, to))
			return true;
		if (now_ms() > end)
			return false;
		usleep(1000);
	}
}

static void begin_account(struct counters *from)
{
	memset(&now, 0, sizeof(now));
	counters_read(from);
}

static void print_account(const struct counters *from,
			  const struct counters *to)
{
	printf("    sent %lu, refused %lu, accounted for %lld, ", now.sent,
	       now.refused, arrived(from, to));
	printf("of these merged %lld\n", merged(from, to));
	printf("    given to ovl %lld, delivered or counted as dropped %lld\n",
	       counters_moved(from, to, PLACE_UDP),
	       counters_moved(from, to, PLACE_OVL));
	counters_print(from, to);
}

/* What vanished */

static struct counters single_from, single_to;

static void account_single(const struct frame *frame)
{
	static unsigned int shown;

	if (!balance(&single_from, &single_to) && shown++ < 3) {
		print_hex("frame: ", frame->data, frame->len);
		print_hex("virtio: ", &frame->vnet, sizeof(frame->vnet));
		print_account(&single_from, &single_to);
	}
	begin_account(&single_from);
}

static void find_vanished(__u64 value, void (*send)(__u64))
{
	printf("The same frames again, what does not add up of them:\n");
	begin_account(&single_from);
	after_draw = account_single;
	send(value);
	after_draw = NULL;
}

/* Good frames */

static int listen_to(const char *dev)
{
	struct sockaddr_ll addr = {
		.sll_family	= AF_PACKET,
		.sll_protocol	= htons(ETH_P_ALL),
		.sll_ifindex	= if_nametoindex(dev),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die(dev);
	return fd;
}

/* An Ethernet frame, or an IPv4 packet, with a number that nobody else has */
static size_t good_payload(__u8 *to, const struct target *target)
{
	static const __u8 eth[] = {
		2, 0, 0, 0, 9, 1, 2, 0, 0, 0, 9, 2, 0x88, 0xb5,
	};
	static const __u8 ip[] = {
		0x45, 0, 0, 60, 0, 0, 0, 0, 64, 253, 0xf8, 0x7d,
		192, 168, 0, 2, 192, 168, 0, 1,
	};
	size_t n = target->l3 ? sizeof(ip) : sizeof(eth);

	memcpy(to, target->l3 ? ip : eth, n);
	random_bytes(to + n, 40);
	return n + 40;
}

static bool is_delivered(int fd, const __u8 *payload, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	long long end = now_ms() + PATIENCE_MS;
	__u8 seen[2048];
	ssize_t n;

	while (now_ms() < end) {
		if (poll(&pfd, 1, 100) <= 0)
			continue;
		n = recv(fd, seen, sizeof(seen), 0);
		if (n == (ssize_t)len && !memcmp(seen, payload, len))
			return true;
	}
	return false;
}

static bool good_passes(const struct target *target)
{
	static struct frame frame;
	__u8 payload[64];
	size_t len = good_payload(payload, target);
	bool passes;
	int fd;

	enter(target->here ? underlay : tenants);
	fd = listen_to(target->name);
	frame_good(&frame, target, payload, len);
	send_frame(target->group ? target->tap : below(TAPS), &frame);
	passes = is_delivered(fd, payload, len);
	if (!passes) {
		printf("%s: a good frame has not been delivered\n",
		       target->name);
		print_hex("frame: ", frame.data, frame.len);
	}
	close(fd);
	return passes;
}

static bool all_good_pass(void)
{
	size_t i;

	for (i = 0; i < n_targets; i++)
		if (!targets[i].down && !good_passes(&targets[i]))
			return false;
	return true;
}

/* All of it */

/**
 * struct total - figures of the whole run
 * @frames: sent
 * @beside_gso: of these, in batches with super-packets: followed from UDP on
 * @to_ovl: datagrams that came to ovl
 * @delivered: by the devices
 * @batches: made
 */
struct total {
	unsigned long long	frames;
	unsigned long long	beside_gso;
	unsigned long long	to_ovl;
	unsigned long long	delivered;
	unsigned long		batches;
};

static bool run_batch(__u64 value, void (*send)(__u64), struct total *total)
{
	static struct counters from, to;
	size_t i;

	begin_account(&from);
	send(value);
	if (!all_good_pass()) {
		printf("OVL_FUZZ_SEED=%llu\n", value);
		return false;
	}
	if (!balance(&from, &to)) {
		printf("OVL_FUZZ_SEED=%llu: it does not add up\n", value);
		print_account(&from, &to);
		find_vanished(value, send);
		return false;
	}
	drain_taps();
	total->frames += now.sent;
	total->beside_gso += now.gso ? now.sent : 0;
	total->to_ovl += counters_moved(&from, &to, PLACE_UDP);
	for (i = 0; i < n_targets; i++)
		total->delivered += counters_delivered(&from, &to,
						       targets[i].name);
	total->batches++;
	return true;
}

static void add_target(char *text)
{
	struct target *target = &targets[n_targets++];

	if (n_targets > TARGETS_MAX)
		die("too many devices");
	snprintf(target->name, sizeof(target->name), "%s", strsep(&text, ","));
	target->port = atoi(strsep(&text, ","));
	target->vni = atoi(strsep(&text, ","));
	target->v6 = *strsep(&text, ",") == '6';
	target->l3 = !strcmp(text, "l3");
	target->down = !strcmp(text, "down");
	target->here = !strcmp(text, "here");
	target->group = sscanf(text, "group%u", &target->tap) == 1;
	counters_add_ovl(target->name, target->here);
}

int main(int argc, char **argv)
{
	long long begin_ms = now_ms();
	struct total total = {};
	__u64 value;
	int i;

	if (argc < 7) {
		fprintf(stderr, "usage: fuzz_recv SEED SECONDS UNDERLAY TENANTS %s\n",
			"TAP,TAP,TAP TARGET...");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	value = strtoull(argv[1], NULL, 0);
	underlay = argv[3];
	tenants = argv[4];
	counters_open(underlay, tenants);
	open_taps(underlay, argv[5]);
	for (i = 6; i < argc; i++)
		add_target(argv[i]);
	/* Once the TAP devices are ready */
	if (!all_good_pass())
		return 1;
	for (i = 0; i < (int)n_targets; i++)
		if (!run_batch(value + i, send_ends, &total))
			return 1;
	do {
		if (!run_batch(value + total.batches, send_batch, &total))
			return 1;
	} while (now_ms() - begin_ms < 1000 * atoll(argv[2]));
	printf("FUZZ receive: %llu frames (%llu followed from UDP on), ",
	       total.frames, total.beside_gso);
	printf("%llu came to ovl, %llu delivered, ", total.to_ovl,
	       total.delivered);
	printf("%llu dropped and counted, 0 vanished, %lu batches, %lld s\n",
	       total.to_ovl - total.delivered, total.batches,
	       (now_ms() - begin_ms) / 1000);
	return 0;
}
