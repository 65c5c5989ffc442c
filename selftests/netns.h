/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Going into a namespace that "ip netns" knows.
 */
#ifndef _OVL_NETNS_H
#define _OVL_NETNS_H

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

/* Return: 0, or -1 with the cause in errno. */
static inline int netns_enter(const char *netns)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = setns(fd, CLONE_NEWNET);
	close(fd);
	return ret;
}

#endif /* _OVL_NETNS_H */
