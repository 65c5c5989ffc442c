// SPDX-License-Identifier: GPL-2.0-only
/*
 * geneve - what kmod/geneve.h makes of any bytes, beside what RFC 8926 says
 *
 * For libFuzzer, built and run by scripts/fuzz.sh.  The input is a Geneve packet
 * from its header on; and, by itself, a list of options, as a user gives it.
 *
 * A second reader and a second writer stand below, byte by byte after the RFC,
 * which share no line with the first.  Both must see the same, and what is
 * built must be read as what it was built from.  Every list stands in memory of
 * its very size, so that the address sanitizer sees a step beyond it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kmod/geneve.h"

#define OPTIONS_MAX	1024

/* Ends with what was wrong; libFuzzer keeps the input */
#define must(what) do {							       \
	if (!(what)) {							       \
		fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__,   \
			#what);						       \
		abort();						       \
	}								       \
} while (0)

/* The second reader: RFC 8926 sections 3.4 and 3.5 */

/**
 * struct option - an option as the second reader sees it
 * @at: where it begins in the list
 * @len: its bytes, header included
 * @critical: the upper bit of its type
 * @reserved: one of its R bits is set
 */
struct option {
	size_t	at;
	size_t	len;
	bool	critical;
	bool	reserved;
};

/**
 * struct list - what there is in a list of options
 * @option: those that are wholly in it
 * @n: how many
 * @complete: their lengths add up to that of the list
 * @critical: one is critical
 * @reserved: one has an R bit set
 */
struct list {
	struct option	option[OPTIONS_MAX];
	size_t		n;
	bool		complete;
	bool		critical;
	bool		reserved;
};

static void read_list(const uint8_t *bytes, size_t len, struct list *list)
{
	size_t left = len;

	list->n = 0;
	list->critical = false;
	list->reserved = false;
	while (left >= 4) {
		const uint8_t *opt = bytes + len - left;
		struct option *option = &list->option[list->n];
		size_t size = 4 + 4 * (opt[3] % 32);

		if (size > left)
			break;
		option->at = len - left;
		option->len = size;
		option->critical = opt[2] >= 128;
		option->reserved = opt[3] >= 32;
		list->critical |= option->critical;
		list->reserved |= option->reserved;
		list->n++;
		left -= size;
	}
	list->complete = !left;
}

/* Memory of just that size */
static void *copy_of(const void *bytes, size_t len)
{
	void *copy = malloc(len ? len : 1);

	must(copy);
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

/* Properties */

static void check_steps(const uint8_t *bytes, unsigned int len,
			const struct list *list)
{
	const struct geneve_opt *opt;
	unsigned int pos = 0;
	size_t i = 0;

	while ((opt = geneve_opt_next(bytes, len, &pos))) {
		must(i < list->n);
		must((const uint8_t *)opt == bytes + list->option[i].at);
		must(geneve_opt_len(opt) == list->option[i].len);
		must(pos == list->option[i].at + list->option[i].len);
		i++;
	}
	must(i == list->n);
	must((pos == len) == list->complete);
}

/* R bits are gone, and nothing else has changed */
static void check_clear(const uint8_t *bytes, unsigned int len,
			const struct list *list)
{
	uint8_t *cleared = copy_of(bytes, len), *expected = copy_of(bytes, len);
	bool critical;
	size_t i;

	for (i = 0; i < list->n; i++)
		expected[list->option[i].at + 3] %= 32;
	geneve_opts_clear_rsvd(cleared, len);
	must(!memcmp(cleared, expected, len));
	must(geneve_opts_sendable(cleared, len, &critical) ==
	     (len <= GENEVE_OPTS_MAX));
	if (len <= GENEVE_OPTS_MAX)
		must(critical == list->critical);
	free(cleared);
	free(expected);
}

static void check_list(const uint8_t *data, unsigned int len)
{
	static struct list list;
	uint8_t *bytes = copy_of(data, len);
	bool critical;

	read_list(bytes, len, &list);
	check_steps(bytes, len, &list);
	must(geneve_opts_check(bytes, len, &critical) == list.complete);
	must(!list.complete || critical == list.critical);
	must(geneve_opts_sendable(bytes, len, &critical) ==
	     (list.complete && !list.reserved && len <= 252));
	if (list.complete)
		check_clear(bytes, len, &list);
	free(bytes);
}

/* Of the header there is all, options included */
static void check_header(const uint8_t *bytes)
{
	const struct geneve_hdr *gh = (const void *)bytes;

	must(geneve_version(gh) == bytes[0] / 64);
	must(geneve_opts_len(gh) == bytes[0] % 64 * 4);
	must(geneve_hlen(gh) == 8 + geneve_opts_len(gh));
	must(geneve_hlen(gh) <= GENEVE_HLEN_MAX);
	must(geneve_vni(gh) == (bytes[4] * 256u + bytes[5]) * 256 + bytes[6]);
	must(!!(gh->flags & GENEVE_FLAG_OAM) == bytes[1] / 128);
	must(!!(gh->flags & GENEVE_FLAG_CRITICAL) == bytes[1] / 64 % 2);
	must(ntohs(gh->proto) == bytes[2] * 256 + bytes[3]);
}

/* The second writer */
static void write_header(uint8_t *to, uint32_t vni, uint16_t proto,
			 size_t opts_len, bool critical)
{
	to[0] = opts_len / 4;
	to[1] = critical ? 64 : 0;
	to[2] = proto / 256;
	to[3] = proto % 256;
	to[4] = vni / 65536;
	to[5] = vni / 256 % 256;
	to[6] = vni % 256;
	to[7] = 0;
}

/* A packet of ours with the same VNI, payload and options is what came */
static void check_build(const uint8_t *came, const uint8_t *opts, size_t len)
{
	uint32_t vni = (came[4] * 256 + came[5]) * 256 + came[6];
	uint16_t proto = came[2] * 256 + came[3];
	uint8_t expected[8];
	struct geneve_hdr *gh;
	bool critical, again;
	void *list;

	must(geneve_opts_check(opts, len, &critical));
	list = copy_of(opts, len);
	gh = malloc(sizeof(*gh) + len);
	must(gh);
	/* What stands there before must not shine through */
	memset(gh, came[7], sizeof(*gh));
	geneve_build(gh, vni, htons(proto), len, critical);
	geneve_opts_copy(gh + 1, list, len);
	must(!memcmp(gh + 1, opts, len));
	geneve_opts_clear_rsvd(gh + 1, len);
	write_header(expected, vni, proto, len, critical);
	must(!memcmp(gh, expected, sizeof(expected)));

	check_header((uint8_t *)gh);
	must(geneve_version(gh) == GENEVE_VERSION);
	must(geneve_vni(gh) == vni);
	must(geneve_opts_len(gh) == len);
	must(gh->proto == htons(proto));
	must(geneve_opts_sendable(gh + 1, len, &again) && again == critical);
	free(list);
	free(gh);
}

static void check_packet(const uint8_t *data, size_t size)
{
	static struct list list;
	uint8_t *bytes;
	size_t len;

	if (size < 8)
		return;
	len = data[0] % 64 * 4;
	if (size < 8 + len)
		return;
	bytes = copy_of(data, 8 + len);
	check_header(bytes);
	check_list(bytes + 8, len);
	read_list(bytes + 8, len, &list);
	if (list.complete)
		check_build(bytes, bytes + 8, len);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* As long as netlink may bring it, and not word by word */
	if (size > 4 * OPTIONS_MAX)
		return 0;
	check_packet(data, size);
	check_list(data, size);
	/* The options, if the lengths are not what the header says */
	if (size > 8)
		check_list(data + 8, size - 8);
	return 0;
}
