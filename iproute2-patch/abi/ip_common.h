/* SPDX-License-Identifier: GPL-2.0-only */
/* What link_ovl.so needs of iproute2's ip_common.h; see utils.h beside it. */
#ifndef OVL_ABI_IP_COMMON_H
#define OVL_ABI_IP_COMMON_H

#include "utils.h"

struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *n);
	void (*print_opt)(struct link_util *lu, FILE *f, struct rtattr *tb[]);
	void (*print_xstats)(struct link_util *lu, FILE *f, struct rtattr *x);
	void (*print_help)(struct link_util *lu, int argc, char **argv,
			   FILE *f);
	int (*parse_ifla_xstats)(struct link_util *lu, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *n, void *arg);
};

/* For check/link_probe.c */
struct link_util *get_link_kind(const char *kind);

/* json_print.h */
enum output_type {
	PRINT_FP = 1,
	PRINT_JSON = 2,
	PRINT_ANY = 4,
};

/* color.h */
enum color_attr {
	COLOR_IFNAME,
	COLOR_MAC,
	COLOR_INET,
	COLOR_INET6,
	COLOR_OPERSTATE_UP,
	COLOR_OPERSTATE_DOWN,
	COLOR_NONE
};

void new_json_obj(int json);
void delete_json_obj(void);
bool is_json_context(void);
void open_json_object(const char *str);
void close_json_object(void);
void open_json_array(enum output_type type, const char *delim);
void close_json_array(enum output_type type, const char *delim);
void print_nl(void);

/* What ip exports is print_color_TYPE(); print_TYPE() is made in the header. */
#define OVL_ABI_PRINT(name, type)					\
	int print_color_##name(enum output_type t,			\
			       enum color_attr color, const char *key,	\
			       const char *fmt, type value);		\
									\
	static inline int print_##name(enum output_type t,		\
				       const char *key,			\
				       const char *fmt, type value)	\
	{								\
		return print_color_##name(t, COLOR_NONE, key, fmt,	\
					  value);			\
	}

OVL_ABI_PRINT(bool, bool)
OVL_ABI_PRINT(int, int)
OVL_ABI_PRINT(null, const char *)
OVL_ABI_PRINT(string, const char *)
OVL_ABI_PRINT(u64, uint64_t)
OVL_ABI_PRINT(uint, unsigned int)
#undef OVL_ABI_PRINT

#endif
