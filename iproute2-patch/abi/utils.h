/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of ip(8)'s own interface that link_ovl.so uses: for a build without
 * iproute2's sources, the three headers of this folder stand for those of the
 * same name in its tree.  All that they declare is the same, to the byte, in
 * iproute2 6.1.0, 6.15.0 and 7.3.0, and exported by ip; "make check" compares
 * the symbols.  Keep off matches() and print_size(), whose types changed.
 */
#ifndef OVL_ABI_UTILS_H
#define OVL_ABI_UTILS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* checkpatch PREFER_DEFINED_ATTRIBUTE_MACRO: this is its definition */
#define __noreturn __attribute__((noreturn))
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

/* checkpatch NEW_TYPEDEFS: it is one there, and its name is used as one */
typedef struct {
	__u16 flags;
	__u16 bytelen;
	__s16 bitlen;
	__u16 family;
	__u32 data[64];
} inet_prefix;

extern int show_stats;
extern int oneline;

int get_addr_1(inet_prefix *dst, const char *arg, int family);
int get_u32(__u32 *val, const char *arg, int base);
int get_be16(__be16 *val, const char *arg, int base);

const char *rt_addr_n2a_r(int af, int len, const void *addr, char *buf,
			  int buflen);

void __noreturn duparg(const char *key, const char *arg);
void __noreturn invarg(const char *msg, const char *arg);
int nodev(const char *dev);

/* libnetlink.h */
int addattr_l(struct nlmsghdr *n, int maxlen, int type, const void *data,
	      int alen);
struct rtattr *addattr_nest(struct nlmsghdr *n, int maxlen, int type);
int addattr_nest_end(struct nlmsghdr *n, struct rtattr *nest);
int parse_rtattr_flags(struct rtattr *tb[], int max, struct rtattr *rta,
		       int len, unsigned short flags);

/* a macro there */
static inline int parse_rtattr_nested(struct rtattr *tb[], int max,
				      const struct rtattr *nest)
{
	return parse_rtattr_flags(tb, max, RTA_DATA(nest), RTA_PAYLOAD(nest),
				  NLA_F_NESTED);
}

static inline __u64 rta_getattr_u64(const struct rtattr *rta)
{
	__u64 value;

	memcpy(&value, RTA_DATA(rta), sizeof(value));
	return value;
}

#define IFLA_STATS_RTA(r)						\
	((struct rtattr *)((char *)(r) +				\
			   NLMSG_ALIGN(sizeof(struct if_stats_msg))))

/* ll_map.h */
unsigned int ll_name_to_index(const char *name);
const char *ll_index_to_name(unsigned int idx);
const char *ll_idx_n2a(unsigned int idx);

#endif
