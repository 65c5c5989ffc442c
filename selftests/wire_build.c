// SPDX-License-Identifier: GPL-2.0-only
/*
 * From words to bytes.  A frame is built from its payload outwards, so that
 * each header knows the length of what it carries.  A header below another one
 * (behind Geneve, or quoted in an ICMP error) is described by the same keys
 * with a prefix, "in." or "q.".
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define GENEVE_TEB	0x6558

/* What an IP header has to know of its payload. */
struct l4 {
	__u8		proto;
	int		csum;	/* offset of the checksum, -1: has none */
	unsigned int	hlen;
	bool		pseudo;
};

static __u8 *push(struct frame *frame, size_t n)
{
	if ((size_t)(frame->data - frame->room) < n)
		refuse("frame too long");
	frame->data -= n;
	frame->len += n;
	memset(frame->data, 0, n);
	return frame->data;
}

static __u8 *append(struct frame *frame, size_t n)
{
	__u8 *end = frame->data + frame->len;

	if ((size_t)(frame->room + sizeof(frame->room) - end) < n)
		refuse("frame too long");
	frame->len += n;
	return end;
}

static unsigned long get(struct fields *fs, const char *prefix,
			 const char *key, unsigned long otherwise)
{
	const char *text = fields_get(fs, prefix, key);

	return text ? to_number(key, text) : otherwise;
}

static void append_hex(struct frame *frame, const char *key, const char *hex)
{
	char byte[3] = { 0 }, *end;

	for (; *hex; hex += 2) {
		if (!hex[1])
			refuse("%s: half a byte at the end", key);
		memcpy(byte, hex, 2);
		*append(frame, 1) = strtoul(byte, &end, 16);
		if (*end)
			refuse("%s: not hexadecimal: %s", key, hex);
	}
}

/* Bytes in front of what there is; returns how many */
static size_t push_hex(struct frame *frame, const char *key, const char *hex)
{
	static struct frame bytes;

	bytes.data = bytes.room;
	bytes.len = 0;
	append_hex(&bytes, key, hex);
	memcpy(push(frame, bytes.len), bytes.data, bytes.len);
	return bytes.len;
}

/* What is in a datagram, if it is no further header: data=HEX or pay=BYTES. */
static void build_payload(struct frame *frame, struct fields *fs,
			  const char *prefix)
{
	const char *hex = fields_get(fs, prefix, "data");
	unsigned long i, n;
	__u8 *p;

	if (hex) {
		append_hex(frame, "data", hex);
		return;
	}
	n = get(fs, prefix, "pay", 18);
	p = append(frame, n);
	for (i = 0; i < n; i++)
		p[i] = 'a' + i % 26;
}

static void build_l2(struct frame *frame, struct fields *fs,
		     const char *prefix);
static void build_l3(struct frame *frame, struct fields *fs,
		     const char *prefix);

static void below(char *to, const char *prefix, const char *more)
{
	if (snprintf(to, KEY_PREFIX_MAX, "%s%s", prefix, more) >= KEY_PREFIX_MAX)
		refuse("nested too deeply");
}

/* RFC 8926 section 3.4 */
static void build_geneve(struct frame *frame, struct fields *fs,
			 const char *prefix)
{
	const char *hex = fields_get(fs, prefix, "opts");
	unsigned long proto, cut;
	char inner[KEY_PREFIX_MAX];
	size_t opts_len;
	__u8 *p;

	below(inner, prefix, "in.");
	proto = get(fs, prefix, "proto", 0);
	if (!proto) {
		proto = GENEVE_TEB;
		if (!fields_get(fs, inner, "dmac") &&
		    fields_get(fs, inner, "src"))
			proto = strchr(fields_get(fs, inner, "src"), ':') ?
				ETH_P_IPV6 : ETH_P_IP;
	}
	if (fields_get(fs, inner, "raw"))
		append_hex(frame, "raw", fields_get(fs, inner, "raw"));
	else if (fields_get(fs, inner, "dmac"))
		build_l2(frame, fs, inner);
	else if (fields_have_prefix(fs, inner))
		build_l3(frame, fs, inner);
	opts_len = hex ? push_hex(frame, "opts", hex) : 0;
	p = push(frame, 8);
	p[0] = get(fs, prefix, "ver", 0) << 6 |
	       (get(fs, prefix, "optlen", opts_len / 4) & 0x3f);
	p[1] = get(fs, prefix, "o", 0) << 7 | get(fs, prefix, "c", 0) << 6 |
	       (get(fs, prefix, "rsvd1", 0) & 0x3f);
	put16(p + 2, proto);
	put32(p + 4, get(fs, prefix, "vni", 0) << 8 |
		     (get(fs, prefix, "rsvd2", 0) & 0xff));

	cut = get(fs, prefix, "cut", frame->len);
	if (cut < frame->len)
		frame->len = cut;
}

static struct l4 build_udp(struct frame *frame, struct fields *fs,
			   const char *prefix)
{
	__u8 *p;

	if (fields_get(fs, prefix, "vni"))
		build_geneve(frame, fs, prefix);
	else
		build_payload(frame, fs, prefix);
	p = push(frame, 8);
	put16(p, get(fs, prefix, "sport", 7777));
	put16(p + 2, get(fs, prefix, "dport",
			 fields_get(fs, prefix, "vni") ? 6081 : 9));
	put16(p + 4, get(fs, prefix, "ulen", frame->len));
	return (struct l4){ .proto = 17, .csum = 6, .hlen = 8, .pseudo = true };
}

static __u8 tcp_flags(const char *text)
{
	static const char names[] = "FSRPAUEC";
	__u8 flags = 0;

	for (; *text; text++) {
		const char *name = strchr(names, *text);

		if (!name)
			refuse("flags: not of %s: %s", names, text);
		flags |= 1 << (name - names);
	}
	return flags;
}

static struct l4 build_tcp(struct frame *frame, struct fields *fs,
			   const char *prefix)
{
	const char *flags = fields_get(fs, prefix, "flags");
	__u8 *p;

	build_payload(frame, fs, prefix);
	p = push(frame, 20);
	put16(p, get(fs, prefix, "sport", 7777));
	put16(p + 2, get(fs, prefix, "dport", 9));
	put32(p + 4, get(fs, prefix, "seq", 1));
	put32(p + 8, get(fs, prefix, "ack", 1));
	p[12] = 5 << 4;
	p[13] = tcp_flags(flags ? flags : "A");
	put16(p + 14, get(fs, prefix, "win", 1024));
	return (struct l4){ .proto = 6, .csum = 16, .hlen = 20, .pseudo = true };
}

/* An echo, or with a quoted packet (q.) an error; the quotation is cut */
static struct l4 build_icmp(struct frame *frame, struct fields *fs,
			    const char *prefix, const char *key, bool v6)
{
	const char *type = fields_get(fs, prefix, key);
	unsigned long mtu = get(fs, prefix, "mtu", 0), quote;
	char quoted[KEY_PREFIX_MAX], *slash;
	__u8 *p;

	below(quoted, prefix, "q.");
	if (fields_have_prefix(fs, quoted)) {
		build_l3(frame, fs, quoted);
		quote = get(fs, prefix, "quote", v6 ? 1232 : 548);
		if (quote < frame->len)
			frame->len = quote;
	} else {
		build_payload(frame, fs, prefix);
	}
	p = push(frame, 8);
	p[0] = strtoul(type, &slash, 0);
	if (*slash == '/')
		p[1] = strtoul(slash + 1, NULL, 0);
	if (fields_have_prefix(fs, quoted)) {
		put32(p + 4, mtu);
	} else {
		put16(p + 4, get(fs, prefix, "icmp_id", 1));
		put16(p + 6, get(fs, prefix, "icmp_seq", 1));
	}
	return (struct l4){ .proto = v6 ? 58 : 1, .csum = 2, .hlen = 8,
			    .pseudo = v6 };
}

static struct l4 build_l4(struct frame *frame, struct fields *fs,
			  const char *prefix)
{
	const char *l4 = fields_get(fs, prefix, "l4");

	if (fields_get(fs, prefix, "icmp"))
		return build_icmp(frame, fs, prefix, "icmp", false);
	if (fields_get(fs, prefix, "icmp6"))
		return build_icmp(frame, fs, prefix, "icmp6", true);
	if (l4 ? !strcmp(l4, "tcp") :
	    fields_get(fs, prefix, "seq") || fields_get(fs, prefix, "flags"))
		return build_tcp(frame, fs, prefix);
	if (!l4 || !strcmp(l4, "udp"))
		return build_udp(frame, fs, prefix);
	build_payload(frame, fs, prefix);
	return (struct l4){ .proto = to_number("l4", l4), .csum = -1 };
}

/* csum=: auto (right), bad, zero, partial (left to the device), or a number */
static void put_csum(struct frame *frame, struct fields *fs,
		     const char *prefix, const struct l4 *l4,
		     const __u8 *addrs, size_t alen)
{
	const char *how = fields_get(fs, prefix, "csum");
	__u64 pseudo = 0;
	__u16 csum;

	if (l4->csum < 0 || frame->len < l4->csum + sizeof(csum))
		return;
	if (l4->pseudo)
		pseudo = csum_pseudo(addrs, alen, l4->proto, frame->len);
	csum = ~csum_fold(csum_add(pseudo, frame->data, frame->len));
	if (!csum && l4->proto == 17)
		csum = 0xffff;
	if (!how || !strcmp(how, "auto")) {
		;
	} else if (!strcmp(how, "bad")) {
		csum ^= csum == 0x5555 ? 0x00aa : 0x5555;
	} else if (!strcmp(how, "zero")) {
		csum = 0;
	} else if (!strcmp(how, "partial")) {
		csum = csum_fold(pseudo);
		frame->csum_from_end = frame->len;
		frame->csum_offset = l4->csum;
		frame->l4_hlen = l4->hlen;
	} else {
		csum = to_number("csum", how);
	}
	put16(frame->data + l4->csum, csum);
}

static __u8 get_tos(struct fields *fs, const char *prefix)
{
	static const char *const names[] = { "not", "ect1", "ect0", "ce" };
	const char *ecn = fields_get(fs, prefix, "ecn");
	__u8 tos = get(fs, prefix, "tos", 0);
	unsigned int i;

	if (!ecn)
		return tos;
	for (i = 0; i < 4; i++)
		if (!strcmp(ecn, names[i]))
			return (tos & ~3) | i;
	return (tos & ~3) | (to_number("ecn", ecn) & 3);
}

/* Both addresses, one behind the other; returns the size of one. */
static size_t get_addrs(struct fields *fs, const char *prefix, __u8 *addrs)
{
	const char *src = fields_get(fs, prefix, "src");
	const char *dst = fields_get(fs, prefix, "dst");
	int family = AF_INET;
	size_t alen = 4;

	if (!src || !dst)
		refuse("%ssrc and %sdst belong together", prefix, prefix);
	if (strchr(src, ':')) {
		family = AF_INET6;
		alen = 16;
	}
	if (inet_pton(family, src, addrs) != 1 ||
	    inet_pton(family, dst, addrs + alen) != 1)
		refuse("%ssrc=%s %sdst=%s: not two addresses of one family",
		       prefix, src, prefix, dst);
	return alen;
}

static void push_ipv4(struct frame *frame, struct fields *fs,
		      const char *prefix, __u8 proto, const __u8 *addrs)
{
	const char *how = fields_get(fs, prefix, "ipcsum");
	const char *opts = fields_get(fs, prefix, "ipopts");
	size_t hlen = 20 + (opts ? push_hex(frame, "ipopts", opts) : 0);
	__u8 *p = push(frame, 20);

	p[0] = 4 << 4 | hlen / 4;
	p[1] = get_tos(fs, prefix);
	put16(p + 2, get(fs, prefix, "len", frame->len));
	put16(p + 4, get(fs, prefix, "id", 1));
	put16(p + 6, get(fs, prefix, "df", 0) << 14 |
		     get(fs, prefix, "mf", 0) << 13 |
		     get(fs, prefix, "off", 0) / 8);
	p[8] = get(fs, prefix, "ttl", 64);
	p[9] = proto;
	memcpy(p + 12, addrs, 8);
	put16(p + 10, ~csum_fold(csum_add(0, p, hlen)));
	if (how && !strcmp(how, "bad"))
		p[10] ^= 0x55;
}

static void push_ipv6(struct frame *frame, struct fields *fs,
		      const char *prefix, __u8 proto, const __u8 *addrs)
{
	const char *opts = fields_get(fs, prefix, "ipopts");
	unsigned long len;
	__u8 *p;

	if (opts) {
		/* a header of its own: who is next, and the words behind the first */
		len = push_hex(frame, "ipopts", opts) + 2;
		p = push(frame, 2);
		p[0] = proto;
		p[1] = len / 8 - 1;
		proto = 0;
	}
	len = get(fs, prefix, "len", frame->len + 40) - 40;
	p = push(frame, 40);
	put32(p, 6u << 28 | get_tos(fs, prefix) << 20 |
		 (get(fs, prefix, "flowlabel", 0) & 0xfffff));
	put16(p + 4, len);
	p[6] = proto;
	p[7] = get(fs, prefix, "ttl", 64);
	memcpy(p + 8, addrs, 32);
}

static void build_l3(struct frame *frame, struct fields *fs,
		     const char *prefix)
{
	__u8 addrs[32];
	size_t alen = get_addrs(fs, prefix, addrs);
	struct l4 l4 = build_l4(frame, fs, prefix);

	put_csum(frame, fs, prefix, &l4, addrs, alen);
	if (alen == 4)
		push_ipv4(frame, fs, prefix, l4.proto, addrs);
	else
		push_ipv6(frame, fs, prefix, l4.proto, addrs);
}

static void put_mac(__u8 *p, struct fields *fs, const char *prefix,
		    const char *key, const char *otherwise)
{
	const char *mac = fields_get(fs, prefix, key);

	if (!mac)
		mac = otherwise;
	if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
		   p, p + 1, p + 2, p + 3, p + 4, p + 5) != 6)
		refuse("%s%s: not a MAC address: %s", prefix, key, mac);
}

/* vlan=[ad:]VID[.PCP][+...], outermost first; the innermost is pushed first */
static void push_vlan(struct frame *frame, const char *tags, __u16 *type)
{
	const char *next = strchr(tags, '+');
	unsigned int vid, pcp = 0;
	__u16 tpid = ETH_P_8021Q;
	__u8 *p;

	if (next)
		push_vlan(frame, next + 1, type);
	if (!strncmp(tags, "ad:", 3)) {
		tpid = ETH_P_8021AD;
		tags += 3;
	}
	if (sscanf(tags, "%u.%u", &vid, &pcp) < 1)
		refuse("vlan: not a tag: %s", tags);
	p = push(frame, 4);
	put16(p, pcp << 13 | vid);
	put16(p + 2, *type);
	*type = tpid;
}

static void build_l2(struct frame *frame, struct fields *fs,
		     const char *prefix)
{
	const char *vlan = fields_get(fs, prefix, "vlan");
	const char *src = fields_get(fs, prefix, "src");
	size_t after;
	__u16 type;
	__u8 *p;

	if (src)
		build_l3(frame, fs, prefix);
	else
		build_payload(frame, fs, prefix);
	after = frame->len;
	type = get(fs, prefix, "type",
		   !src ? 0x88b5 : strchr(src, ':') ? ETH_P_IPV6 : ETH_P_IP);
	if (vlan)
		push_vlan(frame, vlan, &type);
	p = push(frame, ETH_HLEN);
	put_mac(p, fs, prefix, "dmac", "ff:ff:ff:ff:ff:ff");
	put_mac(p + 6, fs, prefix, "smac", "02:00:00:00:00:99");
	put16(p + 12, type);
	frame->l3 = frame->len - after;
}

/* gso=KIND:SIZE with KIND one of tcp4, tcp6, udp */
static void put_gso(struct frame *frame, const char *how)
{
	static const struct {
		const char	*name;
		__u8		type;
	} kinds[] = {
		{ "tcp4:", VIRTIO_NET_HDR_GSO_TCPV4 },
		{ "tcp6:", VIRTIO_NET_HDR_GSO_TCPV6 },
		{ "udp:", 5 /* VIRTIO_NET_HDR_GSO_UDP_L4 */ },
	};
	unsigned int i;

	if (!frame->csum_from_end)
		refuse("gso goes with csum=partial");
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i].name);

		if (strncmp(how, kinds[i].name, n))
			continue;
		frame->vnet.gso_type = kinds[i].type;
		frame->vnet.gso_size = to_number("gso", how + n);
		frame->vnet.hdr_len = frame->len - frame->csum_from_end +
				      frame->l4_hlen;
		return;
	}
	refuse("gso: none of tcp4:SIZE tcp6:SIZE udp:SIZE: %s", how);
}

void build(struct frame *frame, struct fields *fs, bool ethernet)
{
	unsigned long trunc;
	const char *gso;
	unsigned int i;

	frame->data = frame->room + FRAME_MAX / 2;
	frame->len = 0;
	frame->l3 = 0;
	frame->csum_from_end = 0;
	memset(&frame->vnet, 0, sizeof(frame->vnet));
	for (i = 0; i < fs->n; i++)
		fs->f[i].used = false;

	if (ethernet) {
		build_l2(frame, fs, "");
	} else {
		build_l3(frame, fs, "");
		frame->l3 = 0;
	}
	if (frame->csum_from_end) {
		frame->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		frame->vnet.csum_start = frame->len - frame->csum_from_end;
		frame->vnet.csum_offset = frame->csum_offset;
	}
	gso = fields_get(fs, "", "gso");
	if (gso)
		put_gso(frame, gso);
	trunc = get(fs, "", "trunc", frame->len);
	if (trunc < frame->len)
		frame->len = trunc;
	for (i = 0; i < fs->n; i++)
		if (!fs->f[i].used || fs->f[i].op != OP_EQ)
			refuse("%s: nothing of that name in such a frame",
			       fs->f[i].key);
}

static void fragment4(struct frame *piece, size_t l3, size_t off, size_t n,
		      bool more)
{
	__u8 *p = piece->data + l3;

	put16(p + 2, 20 + n);
	put16(p + 6, more << 13 | off / 8);
	put16(p + 10, 0);
	put16(p + 10, ~csum_fold(csum_add(0, p, 20)));
}

static void fragment6(struct frame *piece, size_t l3, size_t off, size_t n,
		      bool more, __u8 proto)
{
	__u8 *p = piece->data + l3;

	put16(p + 4, OFFSET_IP6_FRAG + n);
	p[6] = 44;
	p += 40;
	p[0] = proto;
	p[1] = 0;
	put16(p + 2, off | more);
	put32(p + 4, 1);
}

/**
 * build_fragments() - cut a frame into IP fragments
 * @frame: the whole frame
 * @first: bytes of payload of the first one, a multiple of eight
 * @size: of each other one, too
 * @pieces: what is to be sent
 * @max: how many may be written there
 *
 * Return: how many were written.
 */
unsigned int build_fragments(const struct frame *frame, unsigned int first,
			     unsigned int size, struct frame *pieces,
			     unsigned int max)
{
	const __u8 *ip = frame->data + frame->l3;
	bool v6 = ip[0] >> 4 == 6;
	size_t hlen = v6 ? 40 : 20, off, n;
	size_t all = frame->len - frame->l3 - hlen;
	unsigned int i = 0;

	if (!first || !size || (first | size) % 8)
		refuse("frag: not a multiple of eight");
	for (off = 0; off < all; off += n, i++) {
		struct frame *piece = pieces + i;

		if (i == max)
			refuse("frag: more than %u fragments", max);
		n = i ? size : first;
		if (n > all - off)
			n = all - off;
		piece->data = piece->room;
		piece->len = frame->l3 + hlen + (v6 ? OFFSET_IP6_FRAG : 0) + n;
		piece->l3 = frame->l3;
		memset(&piece->vnet, 0, sizeof(piece->vnet));
		memcpy(piece->data, frame->data, frame->l3 + hlen);
		memcpy(piece->data + piece->len - n, ip + hlen + off, n);
		if (v6)
			fragment6(piece, frame->l3, off, n, off + n < all,
				  ip[6]);
		else
			fragment4(piece, frame->l3, off, n, off + n < all);
	}
	return i;
}
