// SPDX-License-Identifier: GPL-2.0-only
/*
 * vnic - the network card of a virtual machine, without the machine
 *
 *  vnic NETNS TAP VM-NETNS NIC
 *
 * Opens the TAP device TAP in NETNS as a hypervisor does, makes the device NIC
 * in VM-NETNS, and carries frames between the two with their virtio-net
 * headers: checksums and segmentation are left to the other side, as between a
 * guest's driver and its host.  What has addresses on NIC is the guest.
 *
 * When both are there the process id is printed, and the program goes on in the
 * background until it is killed or TAP is deleted.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "netns.h"

#define OFFLOADS (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN)

/* UDP segmentation, since Linux 6.2; not in older headers */
#define OFFLOAD_USO4	0x20
#define OFFLOAD_USO6	0x40

/* A super-packet of 64 KiB, its Ethernet header and its virtio-net header */
#define FRAME_MAX	(65536 + 256)

/* Frames carried one way before the other way has its turn */
#define BURST		64

static void die(const char *what)
{
	fprintf(stderr, "vnic: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Open a TAP device, made here if there is none of this name. */
static int open_tap(const char *netns, const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd;

	if (netns_enter(netns))
		die(netns);
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		die("/dev/net/tun");
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr))
		die(name);
	if (ioctl(fd, TUNSETOFFLOAD, OFFLOADS | OFFLOAD_USO4 | OFFLOAD_USO6) &&
	    ioctl(fd, TUNSETOFFLOAD, OFFLOADS))
		die("TUNSETOFFLOAD");
	return fd;
}

/* Carry over what waits.  A device that is down loses frames, as a card does. */
static void carry(int from, int to)
{
	static char frame[FRAME_MAX];
	ssize_t len;
	int n;

	for (n = 0; n < BURST; n++) {
		len = read(from, frame, sizeof(frame));
		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (len < 0 && errno == EBADFD)
			exit(0);	/* the device was deleted */
		if (len < 0)
			die("read");
		if (write(to, frame, len) < 0 && errno != EIO &&
		    errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM)
			die("a frame was refused");
	}
}

int main(int argc, char **argv)
{
	struct pollfd taps[2] = { { .events = POLLIN }, { .events = POLLIN } };
	pid_t pid;

	if (argc != 5) {
		fprintf(stderr, "usage: vnic NETNS TAP VM-NETNS NIC\n");
		return 2;
	}
	taps[0].fd = open_tap(argv[1], argv[2]);
	taps[1].fd = open_tap(argv[3], argv[4]);

	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid > 0) {
		printf("%d\n", pid);
		return 0;
	}
	/* Whoever reads the process id waits for the end of our output. */
	if (!freopen("/dev/null", "w", stdout))
		die("/dev/null");

	for (;;) {
		if (poll(taps, 2, -1) < 0 && errno != EINTR)
			die("poll");
		carry(taps[0].fd, taps[1].fd);
		carry(taps[1].fd, taps[0].fd);
	}
}
