// SPDX-License-Identifier: GPL-2.0-only
/*
 * tunbpf - BPF programs that set and read the metadata of a tunnel
 *
 * They are written in instructions, as there is no compiler where tests run.
 *
 *  tunbpf load DIR	pin in DIR, a BPF file system, two classifiers for tc:
 *			"set", which sets what "tunbpf key" has said, and "get",
 *			which reads what "tunbpf seen" then tells.  Both match,
 *			but for "set" when a helper refuses
 *  tunbpf key DIR KEY=VALUE...
 *			src= dst= (of one family; dst= alone: any source)
 *			id= tos= ttl= label= csum=0|1 df=0|1 opts=HEX
 *  tunbpf seen DIR	what the last frame had, in the words of "key", family=4|6
 *			and n=FRAMES since the last time; error=N: there is none
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPTS_MAX	252
#define INSNS_MAX	64
#define PATH_MAX_LEN	256

/**
 * struct shared - what a program and we tell each other, the value of its map
 * @flags: for the helpers; of "get": BPF_F_TUNINFO_IPV6 or not
 * @n: frames
 * @key_ret: what the helper for the key returned
 * @opts_ret: the same for options; of "get": their length
 * @opts_len: how many bytes "set" sets
 * @key: what is set, or was got
 * @opts: the same
 */
struct shared {
	__u64			flags;
	__u32			n;
	__s32			key_ret;
	__s32			opts_ret;
	__u32			opts_len;
	struct bpf_tunnel_key	key;
	__u8			opts[OPTS_MAX];
};

static const char *dir;

static void fail(const char *what)
{
	fprintf(stderr, "tunbpf: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static __u64 ptr(const void *p)
{
	return (unsigned long)p;
}

/* Programs. */

struct prog {
	struct bpf_insn	insns[INSNS_MAX];
	int		n;
};

/* Returns where it stands, for land() */
static int emit(struct prog *prog, __u8 code, int dst, int src, int off, int imm)
{
	prog->insns[prog->n] = (struct bpf_insn){
		.code = code, .dst_reg = dst, .src_reg = src, .off = off,
		.imm = imm,
	};
	return prog->n++;
}

/* What was emitted there jumps to what comes next */
static void land(struct prog *prog, int jump)
{
	prog->insns[jump].off = prog->n - jump - 1;
}

static void mov(struct prog *prog, int dst, int src)
{
	emit(prog, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void mov_imm(struct prog *prog, int dst, int imm)
{
	emit(prog, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

static void call(struct prog *prog, int helper)
{
	emit(prog, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static int jump_if(struct prog *prog, int op, int reg, int imm)
{
	return emit(prog, BPF_JMP | op | BPF_K, reg, 0, 0, imm);
}

static void leave(struct prog *prog, int ret)
{
	mov_imm(prog, BPF_REG_0, ret);
	emit(prog, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Fields of struct shared, which is at r7 */
static void load32(struct prog *prog, int dst, int field)
{
	emit(prog, BPF_LDX | BPF_MEM | BPF_W, dst, BPF_REG_7, field, 0);
}

static void store32(struct prog *prog, int field, int src)
{
	emit(prog, BPF_STX | BPF_MEM | BPF_W, BPF_REG_7, src, field, 0);
}

static void address_of(struct prog *prog, int dst, int field)
{
	mov(prog, dst, BPF_REG_7);
	emit(prog, BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, field);
}

/* r6 is the frame then and r7 the value of the map; counts the frame. */
static void begin(struct prog *prog, int map)
{
	int found;

	mov(prog, BPF_REG_6, BPF_REG_1);
	emit(prog, BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0);
	emit(prog, BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
	emit(prog, 0, 0, 0, 0, 0);
	mov(prog, BPF_REG_2, BPF_REG_10);
	emit(prog, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4);
	call(prog, BPF_FUNC_map_lookup_elem);
	found = jump_if(prog, BPF_JNE, BPF_REG_0, 0);
	leave(prog, 0);
	land(prog, found);
	mov(prog, BPF_REG_7, BPF_REG_0);
	load32(prog, BPF_REG_1, offsetof(struct shared, n));
	emit(prog, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, 1);
	store32(prog, offsetof(struct shared, n), BPF_REG_1);
}

static void write_set(struct prog *prog, int map)
{
	int key_refused, opts_refused, none, too_long;

	begin(prog, map);
	mov(prog, BPF_REG_1, BPF_REG_6);
	address_of(prog, BPF_REG_2, offsetof(struct shared, key));
	mov_imm(prog, BPF_REG_3, sizeof(struct bpf_tunnel_key));
	emit(prog, BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_4, BPF_REG_7,
	     offsetof(struct shared, flags), 0);
	call(prog, BPF_FUNC_skb_set_tunnel_key);
	store32(prog, offsetof(struct shared, key_ret), BPF_REG_0);
	key_refused = jump_if(prog, BPF_JNE, BPF_REG_0, 0);

	load32(prog, BPF_REG_3, offsetof(struct shared, opts_len));
	none = jump_if(prog, BPF_JLT, BPF_REG_3, 4);
	too_long = jump_if(prog, BPF_JGT, BPF_REG_3, OPTS_MAX);
	mov(prog, BPF_REG_1, BPF_REG_6);
	address_of(prog, BPF_REG_2, offsetof(struct shared, opts));
	call(prog, BPF_FUNC_skb_set_tunnel_opt);
	store32(prog, offsetof(struct shared, opts_ret), BPF_REG_0);
	opts_refused = jump_if(prog, BPF_JNE, BPF_REG_0, 0);

	land(prog, none);
	land(prog, too_long);
	leave(prog, -1);
	land(prog, key_refused);
	land(prog, opts_refused);
	leave(prog, 0);
}

/* With these flags in r8 */
static void write_get_key(struct prog *prog, __u64 flags)
{
	mov_imm(prog, BPF_REG_8, flags);
	mov(prog, BPF_REG_1, BPF_REG_6);
	address_of(prog, BPF_REG_2, offsetof(struct shared, key));
	mov_imm(prog, BPF_REG_3, sizeof(struct bpf_tunnel_key));
	mov(prog, BPF_REG_4, BPF_REG_8);
	call(prog, BPF_FUNC_skb_get_tunnel_key);
}

/* The helper wants to be told the family: try both */
static void write_get(struct prog *prog, int map)
{
	int ipv4;

	begin(prog, map);
	write_get_key(prog, 0);
	ipv4 = jump_if(prog, BPF_JEQ, BPF_REG_0, 0);
	write_get_key(prog, BPF_F_TUNINFO_IPV6);
	land(prog, ipv4);
	store32(prog, offsetof(struct shared, key_ret), BPF_REG_0);
	emit(prog, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_7, BPF_REG_8,
	     offsetof(struct shared, flags), 0);
	mov(prog, BPF_REG_1, BPF_REG_6);
	address_of(prog, BPF_REG_2, offsetof(struct shared, opts));
	mov_imm(prog, BPF_REG_3, OPTS_MAX);
	call(prog, BPF_FUNC_skb_get_tunnel_opt);
	store32(prog, offsetof(struct shared, opts_ret), BPF_REG_0);
	leave(prog, -1);
}

/* Maps and files. */

static const char *path_of(const char *name)
{
	static char path[PATH_MAX_LEN];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void pin(const char *name, int fd)
{
	union bpf_attr attr = { .pathname = ptr(path_of(name)), .bpf_fd = fd };

	if (sys_bpf(BPF_OBJ_PIN, &attr))
		fail(path_of(name));
}

static int make_map(const char *name)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(__u32),
		.value_size = sizeof(struct shared),
		.max_entries = 1,
	};
	int fd = sys_bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		fail("map");
	pin(name, fd);
	return fd;
}

static void load(const char *name, const char *map,
		 void (*write)(struct prog *prog, int map))
{
	static char log[65536];
	struct prog prog = { .n = 0 };
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = ptr(prog.insns),
		.license = ptr("GPL"),
		.log_buf = ptr(log),
		.log_size = sizeof(log),
		.log_level = 1,
	};
	int fd;

	write(&prog, make_map(map));
	attr.insn_cnt = prog.n;
	fd = sys_bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0) {
		fprintf(stderr, "%s", log);
		fail(name);
	}
	pin(name, fd);
}

static int open_map(const char *name)
{
	union bpf_attr attr = { .pathname = ptr(path_of(name)) };
	int fd = sys_bpf(BPF_OBJ_GET, &attr);

	if (fd < 0)
		fail(path_of(name));
	return fd;
}

static void access_map(int cmd, int fd, struct shared *shared)
{
	__u32 zero = 0;
	union bpf_attr attr = {
		.map_fd = fd, .key = ptr(&zero), .value = ptr(shared),
	};

	if (sys_bpf(cmd, &attr))
		fail("map");
}

/* Words. */

static void put_addr(struct shared *shared, const char *text, __u32 *addr4,
		     __u32 *addr6)
{
	if (inet_pton(AF_INET6, text, addr6) == 1) {
		shared->flags |= BPF_F_TUNINFO_IPV6;
		return;
	}
	errno = EINVAL;
	if (inet_pton(AF_INET, text, addr4) != 1)
		fail(text);
	*addr4 = ntohl(*addr4);
}

static void put_opts(struct shared *shared, const char *hex)
{
	unsigned int byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
		errno = E2BIG;
		if (shared->opts_len == OPTS_MAX)
			fail("opts");
		shared->opts[shared->opts_len++] = byte;
	}
}

static void put_word(struct shared *shared, char *word)
{
	struct bpf_tunnel_key *key = &shared->key;
	char *value = strchr(word, '=');
	unsigned long number;

	errno = EINVAL;
	if (!value)
		fail(word);
	*value++ = 0;
	number = strtoul(value, NULL, 0);
	if (!strcmp(word, "src"))
		put_addr(shared, value, &key->local_ipv4, key->local_ipv6);
	else if (!strcmp(word, "dst"))
		put_addr(shared, value, &key->remote_ipv4, key->remote_ipv6);
	else if (!strcmp(word, "id"))
		key->tunnel_id = number;
	else if (!strcmp(word, "tos"))
		key->tunnel_tos = number;
	else if (!strcmp(word, "ttl"))
		key->tunnel_ttl = number;
	else if (!strcmp(word, "label"))
		key->tunnel_label = number;
	else if (!strcmp(word, "csum"))
		shared->flags |= number ? 0 : BPF_F_ZERO_CSUM_TX;
	else if (!strcmp(word, "df"))
		shared->flags |= number ? BPF_F_DONT_FRAGMENT : 0;
	else if (!strcmp(word, "opts"))
		put_opts(shared, value);
	else
		fail(word);
}

static void show_addr(const char *name, bool v6, __u32 addr4,
		      const __u32 *addr6)
{
	char text[INET6_ADDRSTRLEN];

	addr4 = htonl(addr4);
	if (v6)
		inet_ntop(AF_INET6, addr6, text, sizeof(text));
	else
		inet_ntop(AF_INET, &addr4, text, sizeof(text));
	printf(" %s=%s", name, text);
}

static void show(const struct shared *shared)
{
	const struct bpf_tunnel_key *key = &shared->key;
	bool v6 = shared->flags & BPF_F_TUNINFO_IPV6;
	int i;

	printf("n=%u", shared->n);
	if (!shared->n) {
		printf("\n");
		return;
	}
	if (shared->key_ret) {
		printf(" error=%d\n", shared->key_ret);
		return;
	}
	printf(" family=%d id=%u", v6 ? 6 : 4, key->tunnel_id);
	show_addr("src", v6, key->remote_ipv4, key->remote_ipv6);
	show_addr("dst", v6, key->local_ipv4, key->local_ipv6);
	printf(" tos=0x%02x ttl=%u label=0x%05x opts=", key->tunnel_tos,
	       key->tunnel_ttl, key->tunnel_label);
	for (i = 0; i < shared->opts_ret; i++)
		printf("%02x", shared->opts[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	struct shared shared = { 0 };
	int i, map;

	errno = EINVAL;
	if (argc < 3)
		fail("load|key|seen DIR");
	dir = argv[2];
	if (!strcmp(argv[1], "load")) {
		load("set", "set_map", write_set);
		load("get", "get_map", write_get);
	} else if (!strcmp(argv[1], "key")) {
		for (i = 3; i < argc; i++)
			put_word(&shared, argv[i]);
		access_map(BPF_MAP_UPDATE_ELEM, open_map("set_map"), &shared);
	} else if (!strcmp(argv[1], "seen")) {
		map = open_map("get_map");
		access_map(BPF_MAP_LOOKUP_ELEM, map, &shared);
		show(&shared);
		memset(&shared, 0, sizeof(shared));
		access_map(BPF_MAP_UPDATE_ELEM, map, &shared);
	} else {
		fail(argv[1]);
	}
	return 0;
}
