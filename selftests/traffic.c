// SPDX-License-Identifier: GPL-2.0-only
/*
 * traffic - send what a benchmark measures, and print the nanoseconds it took
 *
 *  traffic udp ADDR BYTES COUNT [MARK]	COUNT datagrams of BYTES
 *  traffic tcp_bulk NETNS ADDR COUNT	COUNT MiB, to a server in NETNS
 *  traffic tcp_rr NETNS ADDR COUNT	COUNT requests of a byte, each answered
 *
 * All is done on the first processor.  Over TCP, a tenth as much goes before and is
 * not measured; the server is a child of this program: the two take turns, and the
 * time is the work of both.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netns.h"

#define PORT		5201
#define DISCARD		9

/* What iperf3 writes at once */
#define CHUNK		(128 << 10)
#define CHUNKS_IN_MIB	((1 << 20) / CHUNK)

static char buffer[CHUNK];

static void die(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void stay_on_first_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("sched_setaffinity");
}

static int open_socket(int type)
{
	int fd = socket(AF_INET, type, 0), one = 1;

	if (fd < 0)
		die("socket");
	if (type == SOCK_STREAM &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		die("TCP_NODELAY");
	return fd;
}

static struct sockaddr_in sockaddr_of(const char *text, int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, text, &sin.sin_addr) != 1) {
		errno = EINVAL;
		die(text);
	}
	return sin;
}

static int connect_to(int type, const char *text, int port, int mark)
{
	struct sockaddr_in sin = sockaddr_of(text, port);
	int fd = open_socket(type);

	if (mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)))
		die("SO_MARK");
	if (connect(fd, (void *)&sin, sizeof(sin)))
		die("connect");
	return fd;
}

static int listen_at(const char *text, int port)
{
	struct sockaddr_in sin = sockaddr_of(text, port);
	int fd = open_socket(SOCK_STREAM), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&sin, sizeof(sin)) || listen(fd, 1))
		die("listen");
	return fd;
}

static void write_all(int fd, size_t left)
{
	ssize_t n;

	for (; left; left -= n) {
		n = write(fd, buffer, left);
		if (n <= 0)
			die("write");
	}
}

static void read_all(int fd, size_t left)
{
	ssize_t n;

	for (; left; left -= n) {
		n = read(fd, buffer, left < CHUNK ? left : CHUNK);
		if (n <= 0)
			die("read");
	}
}

/* One side of each exchange */

static void send_datagrams(int fd, size_t bytes, long count)
{
	while (count--)
		if (send(fd, buffer, bytes, 0) < 0)
			die("send");
}

static void send_bulk(int fd, long mebibytes)
{
	long chunks = mebibytes * CHUNKS_IN_MIB;

	while (chunks--)
		write_all(fd, CHUNK);
	/* The server has read all of it. */
	read_all(fd, 1);
}

static void receive_bulk(int fd, long mebibytes)
{
	read_all(fd, (size_t)mebibytes << 20);
	write_all(fd, 1);
}

static void request(int fd, long count)
{
	while (count--) {
		write_all(fd, 1);
		read_all(fd, 1);
	}
}

static void answer(int fd, long count)
{
	while (count--) {
		read_all(fd, 1);
		write_all(fd, 1);
	}
}

static void serve(const char *netns, const char *text, int ready,
		  void (*side)(int fd, long count), long warm_up, long count)
{
	int listener, fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (netns_enter(netns))
		die(netns);
	listener = listen_at(text, PORT);
	if (write(ready, "", 1) != 1)
		die("pipe");
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("accept");
	side(fd, warm_up);
	side(fd, count);
	exit(0);
}

static long long tcp(const char *netns, const char *text, long count,
		     void (*client)(int fd, long count),
		     void (*server)(int fd, long count))
{
	long warm_up = count / 10 + 1;
	long long start;
	int ready[2], fd;
	pid_t pid;
	char byte;

	if (pipe(ready))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		serve(netns, text, ready[1], server, warm_up, count);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		fprintf(stderr, "traffic: the server did not start\n");
		exit(1);
	}
	fd = connect_to(SOCK_STREAM, text, PORT, 0);
	client(fd, warm_up);
	start = now();
	client(fd, count);
	return now() - start;
}

static long long udp(const char *text, size_t bytes, long count, int mark)
{
	int fd = connect_to(SOCK_DGRAM, text, DISCARD, mark);
	long long start;

	if (bytes > CHUNK)
		bytes = CHUNK;
	start = now();
	send_datagrams(fd, bytes, count);
	return now() - start;
}

int main(int argc, char **argv)
{
	long long took;

	stay_on_first_cpu();
	if (argc >= 5 && argc <= 6 && !strcmp(argv[1], "udp")) {
		took = udp(argv[2], atol(argv[3]), atol(argv[4]),
			   argc == 6 ? atoi(argv[5]) : 0);
	} else if (argc == 5 && !strcmp(argv[1], "tcp_bulk")) {
		took = tcp(argv[2], argv[3], atol(argv[4]), send_bulk,
			   receive_bulk);
	} else if (argc == 5 && !strcmp(argv[1], "tcp_rr")) {
		took = tcp(argv[2], argv[3], atol(argv[4]), request, answer);
	} else {
		fprintf(stderr, "usage: traffic udp ADDR BYTES COUNT [MARK]\n"
				"       traffic {tcp_bulk|tcp_rr} NETNS ADDR COUNT\n");
		return 1;
	}
	printf("%lld\n", took);
	return 0;
}
