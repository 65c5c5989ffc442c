// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who else gets what is for a UDP port: sockets whose datagrams are taken for
 * the frames of a port, and a program of BPF that takes the port away.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wire.h"

#define IP6_HLEN	40

/* What a raw socket of IPv6 does not tell, for the one who reads the frame */
static void put_ip6(__u8 *p, int fd, const struct sockaddr_in6 *from,
		    size_t payload)
{
	struct sockaddr_in6 own = { 0 };
	socklen_t len = sizeof(own);

	getsockname(fd, (struct sockaddr *)&own, &len);
	memset(p, 0, IP6_HLEN);
	p[0] = 6 << 4;
	put16(p + 4, payload);
	p[6] = IPPROTO_UDP;
	memcpy(p + 8, &from->sin6_addr, 16);
	memcpy(p + 24, &own.sin6_addr, 16);
}

static int option_of(int fd, int option)
{
	socklen_t len = sizeof(int);
	int value = 0;

	getsockopt(fd, SOL_SOCKET, option, &value, &len);
	return value;
}

/* Of a raw socket a packet, of another one what was in it. */
static bool take_datagram(struct port *port)
{
	static __u8 room[IP6_HLEN + FRAME_MAX];
	struct capture cap = { .data = room + IP6_HLEN };
	struct sockaddr_in6 from = { 0 };
	socklen_t len = sizeof(from);
	char line[LINE_MAX_LEN];
	ssize_t n;

	n = recvfrom(port->fd, cap.data, FRAME_MAX, MSG_DONTWAIT,
		     (struct sockaddr *)&from, &len);
	if (n < 0)
		return false;
	cap.len = n;
	if (option_of(port->fd, SO_TYPE) != SOCK_RAW) {
		snprintf(line, sizeof(line), " paylen=%zd", n);
	} else {
		if (from.sin6_family == AF_INET6) {
			cap.data = room;
			cap.len += IP6_HLEN;
			put_ip6(room, port->fd, &from, n);
		}
		show(&cap, line, sizeof(line));
	}
	port_queue(port, line);
	return true;
}

static int bind_to(int fd, const char *addr, unsigned int port)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
	};
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = sin6.sin6_port,
	};

	if (inet_pton(AF_INET6, addr, &sin6.sin6_addr) == 1)
		return bind(fd, (struct sockaddr *)&sin6, sizeof(sin6));
	if (inet_pton(AF_INET, addr, &sin.sin_addr) == 1)
		return bind(fd, (struct sockaddr *)&sin, sizeof(sin));
	refuse("not an address: %s", addr);
}

/* A raw socket takes what comes before it is told what it should */
static void empty(int fd)
{
	char byte;

	while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		;
}

/**
 * sock_open() - open a socket that gets UDP
 * @name: of the port whose frames it gets
 * @netns: where
 * @raw: all of UDP that is for @addr, with its headers
 * @addr: local address
 * @port: UDP port, unless @raw
 * @dev: only what comes in by this device, or NULL
 *
 * Return: false, and the error is printed, if the kernel does not let it.
 */
bool sock_open(const char *name, const char *netns, bool raw, const char *addr,
	       unsigned int port, const char *dev)
{
	int domain = strchr(addr, ':') ? AF_INET6 : AF_INET, one = 1;
	struct port *sock = port_new(name, netns);

	in_netns(netns);
	sock->fd = socket(domain, (raw ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC,
			  IPPROTO_UDP);
	in_own_netns();
	port_add(sock);
	sock->take = take_datagram;
	setsockopt(sock->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if ((dev && setsockopt(sock->fd, SOL_SOCKET, SO_BINDTODEVICE, dev,
			       strlen(dev))) ||
	    bind_to(sock->fd, addr, raw ? 0 : port)) {
		printf("%s\n", strerrorname_np(errno));
		port_close(sock);
		return false;
	}
	if (raw)
		empty(sock->fd);
	return true;
}

/* A program of BPF. */

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static __u64 ptr(const void *p)
{
	return (unsigned long)p;
}

/* Whom a packet to this port is for: nobody.  -1: not on this kernel. */
static int load_lookup(unsigned int port)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_2,
		  .src_reg = BPF_REG_1,
		  .off = offsetof(struct bpf_sk_lookup, local_port) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
		  .imm = SK_DROP },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_2,
		  .off = 1, .imm = port },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
		  .imm = SK_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SK_LOOKUP,
		.expected_attach_type = BPF_SK_LOOKUP,
		.insns = ptr(insns),
		.insn_cnt = ARRAY_SIZE(insns),
		.license = ptr("GPL"),
	};

	return sys_bpf(BPF_PROG_LOAD, &attr);
}

/**
 * sock_steer() - take a port away from the sockets on it, by BPF
 * @name: of a port (without frames); when it is closed, that ends
 * @netns: where
 * @port: of UDP or TCP
 *
 * Return: false, and the error is printed, if the kernel cannot do it.
 */
bool sock_steer(const char *name, const char *netns, unsigned int port)
{
	struct port *steer = port_new(name, netns);
	union bpf_attr attr = {
		.link_create.prog_fd = load_lookup(port),
		.link_create.attach_type = BPF_SK_LOOKUP,
	};
	int saved;

	in_netns(netns);
	attr.link_create.target_fd = open("/proc/thread-self/ns/net",
					  O_RDONLY | O_CLOEXEC);
	in_own_netns();
	steer->twin = sys_bpf(BPF_LINK_CREATE, &attr);
	saved = errno;
	port_add(steer);
	close(attr.link_create.prog_fd);
	close(attr.link_create.target_fd);
	if (steer->twin >= 0)
		return true;
	printf("%s\n", strerrorname_np(saved));
	port_close(steer);
	return false;
}
