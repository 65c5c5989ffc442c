/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire: puts frames on a wire and reads what is on it, for the tests of ovl.
 * It shares no line with ovl: every byte is put and read here by its offset in
 * the RFCs, so that a mistake of the module is not one of its tests as well.
 *
 * A frame is a line of words KEY=VALUE, the same ones to build it, to print it
 * and to say what is expected of it; wire.c has the list of them.
 */
#ifndef _OVL_WIRE_H
#define _OVL_WIRE_H

#include <linux/if_packet.h>
#include <linux/types.h>
#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * As in the kernel, if only there were a header of it here; which is why of
 * these very lines checkpatch PREFER_DEFINED_ATTRIBUTE_MACRO: is wrong.
 */
#ifndef __printf
#define __printf(a, b)		__attribute__((__format__(printf, a, b)))
#endif
#ifndef __noreturn
#define __noreturn		__attribute__((noreturn))
#endif
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* Room for the longest frame, a GSO one, and for what is put before it */
#define FRAME_MAX	(65536 + 1024)
#define LINE_MAX_LEN	4096
#define FIELDS_MAX	128
#define KEY_PREFIX_MAX	32

#define RCVBUF		(64 << 20)

#define OFFSET_IP6_FRAG	8	/* bytes of an IPv6 fragment header */

/*
 * Give up the command that is being carried out, with a message.  Does not
 * return: what a test asked for makes no sense, or the kernel refused it.
 */
void __noreturn __printf(1, 2) refuse(const char *format, ...);

/* Words KEY=VALUE, or with another operator where something is expected. */

enum op { OP_EQ, OP_NE, OP_LT, OP_GT, OP_LE, OP_GE };

struct field {
	const char	*key;
	enum op		op;
	const char	*value;
	bool		used;
};

struct fields {
	struct field	f[FIELDS_MAX];
	unsigned int	n;
};

void fields_add(struct fields *fs, char *word);
const char *fields_get(struct fields *fs, const char *prefix, const char *key);
bool fields_have_prefix(const struct fields *fs, const char *prefix);
unsigned long long to_number(const char *key, const char *text);

/* A frame to be sent. */

/**
 * struct frame - bytes to be sent, built from the payload outwards
 * @room: where the bytes are
 * @data: the first byte
 * @len: how many
 * @vnet: what the kernel is told of checksum and segmentation
 * @l3: offset of the outermost IP header
 * @csum_from_end: a partial checksum covers that many last bytes; 0: none
 * @csum_offset: where in them the checksum is
 * @l4_hlen: bytes of the header that they begin with
 */
struct frame {
	__u8			room[2 * FRAME_MAX];
	__u8			*data;
	size_t			len;
	struct virtio_net_hdr	vnet;
	size_t			l3;
	size_t			csum_from_end;
	unsigned int		csum_offset;
	unsigned int		l4_hlen;
};

void build(struct frame *frame, struct fields *fs, bool ethernet);
unsigned int build_fragments(const struct frame *frame, unsigned int first,
			     unsigned int size, struct frame *pieces,
			     unsigned int max);

/* A frame that was captured. */

/**
 * struct capture - bytes that were captured
 * @data: the bytes
 * @len: how many there are
 * @vnet: what the kernel tells of checksum and segmentation
 * @gso_unknown: segmentation of a kind that the kernel cannot tell of
 * @ethernet: they begin with an Ethernet header, else with an IP header
 * @out: sent by the device, not received
 */
struct capture {
	__u8			*data;
	size_t			len;
	struct virtio_net_hdr	vnet;
	bool			gso_unknown;
	bool			ethernet;
	bool			out;
};

void show(const struct capture *cap, char *line, size_t size);
void show_geneve_port(unsigned int port);
bool line_get(const char *line, const char *key, char *value, size_t size);
const struct field *line_mismatch(const char *line, const struct field *f,
				  unsigned int n);

/* Checksums, and numbers in network byte order. */

static inline __u16 get16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

static inline __u32 get32(const __u8 *p)
{
	return (__u32)get16(p) << 16 | get16(p + 2);
}

static inline void put16(__u8 *p, __u16 value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static inline void put32(__u8 *p, __u32 value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static inline __u64 csum_add(__u64 sum, const __u8 *p, size_t len)
{
	for (; len > 1; len -= 2, p += 2)
		sum += get16(p);
	return len ? sum + (p[0] << 8) : sum;
}

static inline __u16 csum_fold(__u64 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Sum of the pseudo header; @alen bytes of each address stand at @addrs */
static inline __u64 csum_pseudo(const __u8 *addrs, size_t alen, __u8 proto,
				size_t len)
{
	return csum_add(proto + (len >> 16) + (len & 0xffff), addrs, 2 * alen);
}

/* A device whose frames are sent and captured. */

struct queued {
	struct queued	*next;
	char		line[];
};

#define COUNTERS_MAX	256

struct counter {
	char			name[64];
	unsigned long long	value;
};

struct counters {
	struct counter	c[COUNTERS_MAX];
	unsigned int	n;
};

/**
 * struct port - a device, from the side of its wire
 * @name: how commands call it
 * @ifindex: of the device
 * @ethernet: its frames begin with an Ethernet header
 * @fd: packet socket, for both directions; or what @take reads; or -1
 * @take: takes what came, unless that is frames; false: there is nothing
 * @twin: packet socket without the header of virtio: for those frames which
 *	the kernel cannot describe by that header
 * @ctl: socket for ioctls in the namespace of the device
 * @route: rtnetlink socket there
 * @snmp: /proc/net/snmp there, and snmp6
 * @ended: the dump that @route reads is at its end
 * @pcap: file that everything captured is written to, or NULL
 * @first: frames captured and not yet taken
 * @last: where the next one is put
 * @base: counters when they were marked
 */
struct port {
	struct port	*next;
	char		name[32];
	int		ifindex;
	bool		ethernet;
	int		fd;
	bool		(*take)(struct port *port);
	int		twin;
	int		ctl;
	int		route;
	int		snmp[2];
	bool		ended;
	FILE		*pcap;
	struct queued	*first;
	struct queued	**last;
	struct counters	base;
};

extern struct port *ports;

void in_netns(const char *netns);
void in_own_netns(void);
struct port *port_new(const char *name, const char *netns);
void port_add(struct port *port);
void port_queue(struct port *port, const char *line);
struct port *port_open(const char *name, const char *netns, const char *dev);
struct port *port_find(const char *name);
void port_close(struct port *port);
void port_clear(struct port *port);
void port_send(struct port *port, const struct frame *frame);
bool port_wait(int timeout_ms);
void port_pcap(struct port *port, const char *file);
void port_keep(const char *file);
void port_keep_pause(bool pause);
void port_offload(struct port *port, bool on);

void counters_read(struct port *port, struct counters *counters);
const struct counter *counters_find(const struct counters *counters,
				    const char *name);
long long now_ms(void);

/* Programs that hold a UDP port, and rtnetlink in the bytes of the test. */

bool host_hold(const char *name, const char *netns, const char *addr,
	       unsigned int port, bool reuse);
void host_release(const char *name);
bool host_link(const char *netns, const char *dev, const char *kind, bool add,
	       char **words, int n);

/* Who else gets what is for a UDP port. */

bool sock_open(const char *name, const char *netns, bool raw, const char *addr,
	       unsigned int port, const char *dev);
bool sock_steer(const char *name, const char *netns, unsigned int port);

/* Entries of an FDB: asked for, dumped, and told of. */

struct nlmsghdr;

void show_entry(const struct nlmsghdr *nlh, int ctl, char *line, size_t size);
bool host_fdb(const char *netns, const char *dev, const char *verb,
	      unsigned int count, char **words, int n);
void host_listen(const char *name, const char *netns);
void host_dump(const char *name, const char *netns, const char *dev);
bool host_more(struct port *port, unsigned int n);

/* What sockets send. */

struct sockaddr_in6;

/**
 * struct train - Geneve packets to be sent at one go
 * @data: one behind the other, without their outer headers
 * @len: bytes of all of them
 * @size: bytes of each
 */
struct train {
	__u8	data[65536];
	size_t	len;
	size_t	size;
};

void train_add(struct train *train, const struct frame *frame);
void train_send(const struct train *train, const char *netns,
		const struct sockaddr_in6 *from, const struct sockaddr_in6 *to);
bool stream_run(const char *from, const char *to,
		const struct sockaddr_in6 *addr, unsigned long long size,
		long long until);

#endif /* _OVL_WIRE_H */
