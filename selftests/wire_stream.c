// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sockets send: data over TCP from one namespace to another, and trains
 * of Geneve packets that reach the other end at one go.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif

#define CHUNK		65536
/* Prime, so that a piece that is lost, doubled or moved does not go unseen */
#define PATTERN		65521
#define UDP_HLEN	8

static int socket_in(const char *netns, int type)
{
	int fd;

	in_netns(netns);
	fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
	in_own_netns();
	if (fd < 0)
		refuse("socket in %s: %s", netns, strerror(errno));
	return fd;
}

/* TCP. */

/**
 * struct stream - a connection, both ends of which are here
 * @listener: socket that waits for it
 * @tx: the end that sends
 * @rx: the end that receives, -1 until the connection is there
 * @sent: bytes
 * @received: bytes, all of them right
 * @size: bytes to be sent
 */
struct stream {
	int			listener;
	int			tx;
	int			rx;
	unsigned long long	sent;
	unsigned long long	received;
	unsigned long long	size;
};

static void stream_close(struct stream *s)
{
	close(s->listener);
	close(s->tx);
	if (s->rx >= 0)
		close(s->rx);
}

static __u8 pattern(unsigned long long at)
{
	at %= PATTERN;
	return at ^ at >> 8;
}

static void stream_send(struct stream *s)
{
	static __u8 data[CHUNK];
	unsigned long long left = s->size - s->sent, i;
	ssize_t n;

	if (left > CHUNK)
		left = CHUNK;
	for (i = 0; i < left; i++)
		data[i] = pattern(s->sent + i);
	n = send(s->tx, data, left, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		s->sent += n;
}

/* False: what came is not what was sent */
static bool stream_receive(struct stream *s)
{
	static __u8 data[CHUNK];
	ssize_t n, i;

	n = recv(s->rx, data, CHUNK, MSG_DONTWAIT);
	for (i = 0; i < n; i++, s->received++)
		if (data[i] != pattern(s->received))
			return false;
	return true;
}

/* True: go on; false: it is done, or nothing more will come of it */
static bool stream_step(struct stream *s, long long until)
{
	struct pollfd fds[2] = {
		{ .fd = s->rx < 0 ? s->listener : s->rx, .events = POLLIN },
		{ .fd = s->sent < s->size ? s->tx : -1, .events = POLLOUT },
	};
	long long left = until - now_ms();

	if (left <= 0 || s->received == s->size ||
	    poll(fds, 2, left) <= 0)
		return false;
	if (fds[1].revents & POLLOUT)
		stream_send(s);
	if (!(fds[0].revents & POLLIN))
		return true;
	if (s->rx >= 0)
		return stream_receive(s);
	s->rx = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	return s->rx >= 0;
}

static void stream_print(const struct stream *s)
{
	socklen_t len = sizeof(struct tcp_info);
	struct tcp_info info = { 0 };

	getsockopt(s->tx, IPPROTO_TCP, TCP_INFO, &info, &len);
	printf("bytes=%llu mss=%u pmtu=%u retrans=%u\n", s->received,
	       info.tcpi_snd_mss, info.tcpi_pmtu, info.tcpi_total_retrans);
}

/**
 * stream_run() - send data over TCP
 * @from: namespace of the sender
 * @to: namespace of the receiver
 * @addr: where the receiver listens
 * @size: bytes to be sent
 * @until: when to give up
 *
 * Prints what the sender knows of the connection at the end.
 *
 * Return: false if it did not arrive as it was sent.
 */
bool stream_run(const char *from, const char *to,
		const struct sockaddr_in6 *addr, unsigned long long size,
		long long until)
{
	struct stream s = { .rx = -1, .size = size };
	int one = 1;

	s.listener = socket_in(to, SOCK_STREAM);
	s.tx = socket_in(from, SOCK_STREAM | SOCK_NONBLOCK);
	setsockopt(s.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s.listener, (void *)addr, sizeof(*addr)) ||
	    listen(s.listener, 1) ||
	    (connect(s.tx, (void *)addr, sizeof(*addr)) &&
	     errno != EINPROGRESS)) {
		stream_close(&s);
		refuse("stream: %s", strerror(errno));
	}
	while (stream_step(&s, until))
		;
	stream_print(&s);
	stream_close(&s);
	return s.received == size;
}

/* Trains. */

static size_t ip_hlen(const struct frame *frame)
{
	const __u8 *ip = frame->data + frame->l3;

	return ip[0] >> 4 == 6 ? 40 : (ip[0] & 0xf) * 4;
}

/**
 * train_add() - put a Geneve packet behind others
 * @train: what was put so far
 * @frame: the packet, which must be as long as the others
 */
void train_add(struct train *train, const struct frame *frame)
{
	size_t skip = frame->l3 + ip_hlen(frame) + UDP_HLEN;
	size_t n = frame->len - skip;

	if (train->len && n != train->size)
		refuse("train: packets of %zu and %zu bytes", train->size, n);
	if (train->len + n > sizeof(train->data))
		refuse("train: too long");
	memcpy(train->data + train->len, frame->data + skip, n);
	train->size = n;
	train->len += n;
}

/**
 * train_send() - send packets so that they arrive at one go
 * @train: the packets
 * @netns: whose UDP sends them
 * @from: address and port of the sender
 * @to: address and port of the receiver
 *
 * One datagram, which the kernel cuts into the packets as late as it can: they
 * are one behind the other in the queue of the receiving device before it is
 * looked at.
 */
void train_send(const struct train *train, const char *netns,
		const struct sockaddr_in6 *from, const struct sockaddr_in6 *to)
{
	int fd = socket_in(netns, SOCK_DGRAM), size = train->size, err = 0;

	if (bind(fd, (void *)from, sizeof(*from)) ||
	    setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)) ||
	    sendto(fd, train->data, train->len, 0, (void *)to,
		   sizeof(*to)) < 0)
		err = errno;
	close(fd);
	if (err)
		refuse("train: %s", strerror(err));
}
