/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that user space can see of ovl in a namespace, as text: links, FDB,
 * peers and VNIs, UDP sockets, multicast groups.  What counts traffic or time
 * is left out, so that the text changes only if something has been changed.
 */
#ifndef _OVL_FUZZ_DUMP_H
#define _OVL_FUZZ_DUMP_H

#include <stddef.h>

/**
 * struct text - text that grows
 * @bytes: it, with a zero behind
 * @len: bytes of it
 * @room: bytes that were allocated
 */
struct text {
	char	*bytes;
	size_t	len;
	size_t	room;
};

#define FUZZ_PROC_FILES	4

/**
 * struct view - a namespace to look into
 * @name: how the text calls it
 * @route: rtnetlink socket
 * @proc: files of /proc/net
 */
struct view {
	const char	*name;
	int		route;
	int		proc[FUZZ_PROC_FILES];
};

void view_open(struct view *view, const char *name);
void view_close(struct view *view);
void view_dump(const struct view *view, struct text *text);
void text_print_difference(const struct text *before, const struct text *after);

#endif /* _OVL_FUZZ_DUMP_H */
