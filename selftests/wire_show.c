// SPDX-License-Identifier: GPL-2.0-only
/*
 * From bytes to words: one line for a frame, KEY=VALUE for each field of each
 * header, the checksums judged.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

/**
 * struct view - a frame that is being read
 * @data: its bytes
 * @line: where the words go
 * @size: room there
 * @partial: offset of the header whose checksum is left to the device; 0: none
 * @gso: the frame will be cut into segments, checksums come with them
 */
struct view {
	const __u8	*data;
	char		*line;
	size_t		size;
	size_t		partial;
	bool		gso;
};

/* What the judgement of a checksum takes from the IP header. */
struct ip {
	const __u8	*addrs;	/* NULL: quoted in part or a fragment */
	size_t		alen;
	const char	*unjudged;
};

static unsigned int geneve_ports[8] = { 6081 };

void show_geneve_port(unsigned int port)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		if (geneve_ports[i] && geneve_ports[i] != port)
			continue;
		geneve_ports[i] = port;
		return;
	}
	refuse("geneve: too many ports");
}

static bool is_geneve_port(unsigned int port)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		if (port && geneve_ports[i] == port)
			return true;
	return false;
}

static void __printf(4, 5) put(struct view *v, const char *prefix,
			       const char *key, const char *format, ...)
{
	va_list args;
	int n;

	n = snprintf(v->line, v->size, "%s%s=", prefix, key);
	if (n < 0 || (size_t)n >= v->size)
		return;
	v->line += n;
	v->size -= n;
	va_start(args, format);
	n = vsnprintf(v->line, v->size, format, args);
	va_end(args);
	if (n < 0 || (size_t)n + 1 >= v->size)
		return;
	v->line += n;
	v->size -= n;
	*v->line++ = ' ';
	v->size--;
	*v->line = 0;
}

static void put_hex(struct view *v, const char *prefix, const char *key,
		    const __u8 *p, size_t len)
{
	char hex[2 * 256 + 1];
	size_t i;

	for (i = 0; i < len && i < 256; i++)
		sprintf(hex + 2 * i, "%02x", p[i]);
	hex[2 * i] = 0;
	put(v, prefix, key, "%s", hex);
}

static void show_l2(struct view *v, size_t off, size_t end,
		    const char *prefix);
static void show_l3(struct view *v, size_t off, size_t end,
		    const char *prefix, unsigned int type);

/* RFC 8926 section 3.4 */
static void show_geneve(struct view *v, size_t off, size_t end,
			const char *prefix)
{
	const __u8 *p = v->data + off;
	char inner[KEY_PREFIX_MAX];
	unsigned int proto;
	size_t optlen;

	snprintf(inner, sizeof(inner), "%sin.", prefix);
	if (end - off < 8) {
		put(v, prefix, "geneve", "short");
		return;
	}
	optlen = (p[0] & 0x3f) * 4;
	proto = get16(p + 2);
	put(v, prefix, "ver", "%u", p[0] >> 6);
	put(v, prefix, "optlen", "%u", p[0] & 0x3f);
	put(v, prefix, "o", "%u", p[1] >> 7);
	put(v, prefix, "c", "%u", p[1] >> 6 & 1);
	put(v, prefix, "rsvd1", "%u", p[1] & 0x3f);
	put(v, prefix, "proto", "0x%04x", proto);
	put(v, prefix, "vni", "%u", get32(p + 4) >> 8);
	put(v, prefix, "rsvd2", "%u", p[7]);
	off += 8;
	if (end - off < optlen) {
		put(v, prefix, "geneve", "short");
		return;
	}
	if (optlen)
		put_hex(v, prefix, "opts", v->data + off, optlen);
	off += optlen;
	if (strlen(inner) + 4 > KEY_PREFIX_MAX)
		return;
	if (proto == 0x6558)
		show_l2(v, off, end, inner);
	else
		show_l3(v, off, end, inner, proto);
}

/* The word for the checksum of the header at @off, which stands at @at there */
static const char *judge(const struct view *v, size_t off, size_t end,
			 const struct ip *ip, __u8 proto, size_t at)
{
	bool pseudo = proto != 1, partial = off == v->partial && off;
	__u64 sum = 0;

	if (v->gso)
		return "gso";
	if (ip->unjudged)
		return ip->unjudged;
	if (proto == 17 && !partial && !get16(v->data + off + at))
		return "zero";
	if (pseudo)
		sum = csum_pseudo(ip->addrs, ip->alen, proto, end - off);
	sum = csum_add(sum, v->data + off, end - off);
	if (csum_fold(sum) != 0xffff)
		return partial ? "partial-bad" : "bad";
	return partial ? "partial" : "ok";
}

static void show_udp(struct view *v, size_t off, size_t end,
		     const char *prefix, const struct ip *ip)
{
	const __u8 *p = v->data + off;
	size_t ulen;

	if (end - off < 8) {
		put(v, prefix, "udp", "short");
		return;
	}
	ulen = get16(p + 4);
	put(v, prefix, "l4", "udp");
	put(v, prefix, "sport", "%u", get16(p));
	put(v, prefix, "dport", "%u", get16(p + 2));
	put(v, prefix, "ulen", "%zu", ulen);
	if (ulen >= 8 && ulen < end - off)
		end = off + ulen;
	put(v, prefix, "csum", "%s", judge(v, off, end, ip, 17, 6));
	put(v, prefix, "rawcsum", "0x%04x", get16(p + 6));
	if (is_geneve_port(get16(p + 2)))
		show_geneve(v, off + 8, end, prefix);
	else
		put(v, prefix, "paylen", "%zu", end - off - 8);
}

static void show_tcp(struct view *v, size_t off, size_t end,
		     const char *prefix, const struct ip *ip)
{
	static const char names[] = "FSRPAUEC";
	const __u8 *p = v->data + off;
	char flags[9] = "", *f = flags;
	unsigned int i;
	size_t hlen;

	put(v, prefix, "l4", "tcp");
	if (end - off < 20)
		return;
	hlen = (p[12] >> 4) * 4;
	put(v, prefix, "sport", "%u", get16(p));
	put(v, prefix, "dport", "%u", get16(p + 2));
	put(v, prefix, "seq", "%u", get32(p + 4));
	put(v, prefix, "ack", "%u", get32(p + 8));
	for (i = 0; i < 8; i++)
		if (p[13] & 1 << i)
			*f++ = names[i];
	put(v, prefix, "flags", "%s", flags);
	put(v, prefix, "csum", "%s", judge(v, off, end, ip, 6, 16));
	if (hlen <= end - off)
		put(v, prefix, "paylen", "%zu", end - off - hlen);
}

static void show_quoted(struct view *v, size_t off, size_t end,
			const char *prefix, unsigned int type)
{
	char quoted[KEY_PREFIX_MAX];

	snprintf(quoted, sizeof(quoted), "%sq.", prefix);
	if (strlen(quoted) + 4 <= KEY_PREFIX_MAX)
		show_l3(v, off, end, quoted, type);
}

static void show_icmp(struct view *v, size_t off, size_t end,
		      const char *prefix, const struct ip *ip, bool v6)
{
	const __u8 *p = v->data + off;
	bool error, too_big;

	put(v, prefix, "l4", v6 ? "icmp6" : "icmp");
	if (end - off < 8)
		return;
	put(v, prefix, v6 ? "icmp6" : "icmp", "%u/%u", p[0], p[1]);
	put(v, prefix, "csum", "%s", judge(v, off, end, ip, v6 ? 58 : 1, 2));
	if (v6) {
		error = p[0] < 128;
		too_big = p[0] == 2;
	} else {
		error = p[0] == 3 || p[0] == 11 || p[0] == 12;
		too_big = p[0] == 3 && p[1] == 4;
	}
	if (too_big)
		put(v, prefix, "mtu", "%u", get32(p + 4));
	if (error) {
		show_quoted(v, off + 8, end, prefix,
			    v6 ? ETH_P_IPV6 : ETH_P_IP);
		return;
	}
	if (v6 ? p[0] == 128 || p[0] == 129 : p[0] == 0 || p[0] == 8) {
		put(v, prefix, "icmp_id", "%u", get16(p + 4));
		put(v, prefix, "icmp_seq", "%u", get16(p + 6));
	}
	put(v, prefix, "paylen", "%zu", end - off - 8);
}

static void show_l4(struct view *v, size_t off, size_t end,
		    const char *prefix, const struct ip *ip, __u8 proto)
{
	switch (proto) {
	case 17:
		show_udp(v, off, end, prefix, ip);
		break;
	case 6:
		show_tcp(v, off, end, prefix, ip);
		break;
	case 1:
	case 58:
		show_icmp(v, off, end, prefix, ip, proto == 58);
		break;
	default:
		put(v, prefix, "l4", "%u", proto);
		put(v, prefix, "paylen", "%zu", end - off);
	}
}

/* What IPv4 and IPv6 have in common, in the same words. */
static void put_ip(struct view *v, const char *prefix, const struct ip *ip,
		   __u8 tos, __u8 ttl, size_t len)
{
	static const char *const ecn[] = { "not", "ect1", "ect0", "ce" };
	int family = ip->alen == 4 ? AF_INET : AF_INET6;
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(family, ip->addrs, addr, sizeof(addr));
	put(v, prefix, "src", "%s", addr);
	inet_ntop(family, ip->addrs + ip->alen, addr, sizeof(addr));
	put(v, prefix, "dst", "%s", addr);
	put(v, prefix, "tos", "0x%02x", tos);
	put(v, prefix, "dscp", "%u", tos >> 2);
	put(v, prefix, "ecn", "%s", ecn[tos & 3]);
	put(v, prefix, "ttl", "%u", ttl);
	put(v, prefix, "len", "%zu", len);
}

/* Where the payload ends; what is missing of it makes checksums unjudgeable. */
static size_t ip_end(struct view *v, const char *prefix, struct ip *ip,
		     size_t off, size_t end, size_t len)
{
	/* the length field of a GSO packet over 64 KB says nothing */
	if (!len && v->gso)
		return end;
	if (off + len <= end)
		return off + len;
	put(v, prefix, "cut", "1");
	ip->unjudged = "cut";
	return end;
}

static void show_ipv4(struct view *v, size_t off, size_t end,
		      const char *prefix)
{
	const __u8 *p = v->data + off;
	struct ip ip = { .addrs = p + 12, .alen = 4 };
	unsigned int frag;
	size_t hlen, len;

	hlen = (p[0] & 0xf) * 4;
	if (end - off < 20 || hlen < 20 || end - off < hlen) {
		put(v, prefix, "ip", "short");
		return;
	}
	len = get16(p + 2);
	frag = get16(p + 6);
	put_ip(v, prefix, &ip, p[1], p[8], len);
	put(v, prefix, "id", "%u", get16(p + 4));
	put(v, prefix, "df", "%u", frag >> 14 & 1);
	put(v, prefix, "mf", "%u", frag >> 13 & 1);
	put(v, prefix, "off", "%u", (frag & 0x1fff) * 8);
	put(v, prefix, "ipcsum", "%s",
	    csum_fold(csum_add(0, p, hlen)) == 0xffff ? "ok" : "bad");
	end = ip_end(v, prefix, &ip, off, end, len);
	if (frag & 0x3fff)
		ip.unjudged = "fragment";
	if (!(frag & 0x1fff) && end - off >= hlen)
		show_l4(v, off + hlen, end, prefix, &ip, p[9]);
}

static void show_ipv6(struct view *v, size_t off, size_t end,
		      const char *prefix)
{
	const __u8 *p = v->data + off;
	struct ip ip = { .addrs = p + 8, .alen = 16 };
	unsigned int frag = 0, proto;
	size_t len, hlen;

	if (end - off < 40) {
		put(v, prefix, "ip", "short");
		return;
	}
	len = get16(p + 4) ? 40u + get16(p + 4) : v->gso ? 0 : 40;
	put_ip(v, prefix, &ip, get32(p) >> 20 & 0xff, p[7], len);
	put(v, prefix, "flowlabel", "0x%05x", get32(p) & 0xfffff);
	end = ip_end(v, prefix, &ip, off, end, len);
	proto = p[6];
	for (off += 40; end - off >= 8; off += hlen) {
		p = v->data + off;
		if (proto == 0 || proto == 43 || proto == 60) {
			hlen = (p[1] + 1) * 8;
		} else if (proto == 44) {
			hlen = OFFSET_IP6_FRAG;
			frag = get16(p + 2);
			put(v, prefix, "mf", "%u", frag & 1);
			put(v, prefix, "off", "%u", frag & ~7u);
			ip.unjudged = "fragment";
		} else {
			break;
		}
		if (end - off < hlen)
			return;
		proto = p[0];
	}
	if (!(frag & ~7u))
		show_l4(v, off, end, prefix, &ip, proto);
}

static void show_l3(struct view *v, size_t off, size_t end,
		    const char *prefix, unsigned int type)
{
	unsigned int version = end > off ? v->data[off] >> 4 : 0;

	if (type == ETH_P_IP && version == 4) {
		show_ipv4(v, off, end, prefix);
	} else if (type == ETH_P_IPV6 && version == 6) {
		show_ipv6(v, off, end, prefix);
	} else {
		put(v, prefix, "type", "0x%04x", type);
		put(v, prefix, "paylen", "%zu", end - off);
	}
}

static void put_mac(struct view *v, const char *prefix, const char *key,
		    const __u8 *p)
{
	put(v, prefix, key, "%02x:%02x:%02x:%02x:%02x:%02x",
	    p[0], p[1], p[2], p[3], p[4], p[5]);
}

static void show_l2(struct view *v, size_t off, size_t end,
		    const char *prefix)
{
	char tags[64], *tag = tags;
	unsigned int type, tci, n;
	const __u8 *p = v->data + off;

	if (end - off < ETH_HLEN) {
		put(v, prefix, "eth", "short");
		return;
	}
	put_mac(v, prefix, "dmac", p);
	put_mac(v, prefix, "smac", p + 6);
	type = get16(p + 12);
	off += ETH_HLEN;
	for (n = 0; n < 4; n++) {
		if (type != ETH_P_8021Q && type != ETH_P_8021AD)
			break;
		if (end - off < 4)
			break;
		tci = get16(v->data + off);
		tag += sprintf(tag, "%s%s%u", n ? "+" : "",
			       type == ETH_P_8021AD ? "ad:" : "", tci & 0xfff);
		if (tci >> 13)
			tag += sprintf(tag, ".%u", tci >> 13);
		type = get16(v->data + off + 2);
		off += 4;
	}
	if (n)
		put(v, prefix, "vlan", "%s", tags);
	show_l3(v, off, end, prefix, type);
}

static void put_gso(struct view *v, const struct capture *cap)
{
	unsigned int type = cap->vnet.gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
	const char *name = "other";

	if (type == VIRTIO_NET_HDR_GSO_TCPV4)
		name = "tcp4";
	else if (type == VIRTIO_NET_HDR_GSO_TCPV6)
		name = "tcp6";
	else if (type == 5)
		name = "udp";
	put(v, "", "gso", "%s", name);
	if (!cap->gso_unknown)
		put(v, "", "gso_size", "%u", cap->vnet.gso_size);
}

/* Do for a partial checksum what the device would do. */
static void finish_csum(const struct capture *cap)
{
	size_t start = cap->vnet.csum_start;
	size_t at = start + cap->vnet.csum_offset;

	if (at + 2 > cap->len)
		return;
	put16(cap->data + at, ~csum_fold(csum_add(0, cap->data + start,
						  cap->len - start)));
}

/**
 * show() - describe a frame
 * @cap: the frame; a partial checksum in it is completed
 * @line: the words go here
 * @size: room there
 */
void show(const struct capture *cap, char *line, size_t size)
{
	struct view v = { .data = cap->data, .line = line, .size = size };

	*line = 0;
	put(&v, "", "dir", cap->out ? "out" : "in");
	put(&v, "", "wirelen", "%zu", cap->len);
	if (cap->vnet.gso_type || cap->gso_unknown) {
		v.gso = true;
		put_gso(&v, cap);
	} else if (cap->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		v.partial = cap->vnet.csum_start;
		finish_csum(cap);
	}
	if (cap->ethernet)
		show_l2(&v, 0, cap->len, "");
	else
		show_l3(&v, 0, cap->len, "", cap->len && cap->data[0] >> 4 == 6
			? ETH_P_IPV6 : ETH_P_IP);
}

/* The other direction: a value out of a line, compared to what is expected. */

bool line_get(const char *line, const char *key, char *value, size_t size)
{
	size_t n = strlen(key), len;

	for (; line && *line; line = strchr(line, ' ')) {
		if (*line == ' ')
			line++;
		if (strncmp(line, key, n) || line[n] != '=')
			continue;
		len = strcspn(line + n + 1, " ");
		if (len >= size)
			len = size - 1;
		memcpy(value, line + n + 1, len);
		value[len] = 0;
		return true;
	}
	return false;
}

static bool is_number(const char *text, unsigned long long *n)
{
	char *end;

	*n = strtoull(text, &end, 0);
	return end != text && !*end;
}

static bool compares(int order, enum op op)
{
	switch (op) {
	case OP_EQ:
		return order == 0;
	case OP_NE:
		return order != 0;
	case OP_LT:
		return order < 0;
	case OP_GT:
		return order > 0;
	case OP_LE:
		return order <= 0;
	case OP_GE:
		return order >= 0;
	}
	return false;
}

/* By number if both are numbers, else by text. */
static bool holds_one(const char *seen, enum op op, const char *wanted)
{
	unsigned long long m, n;
	__u8 a[16], b[16];

	if (is_number(seen, &m) && is_number(wanted, &n))
		return compares((m > n) - (m < n), op);
	if (inet_pton(AF_INET6, seen, a) == 1 &&
	    inet_pton(AF_INET6, wanted, b) == 1)
		return compares(memcmp(a, b, sizeof(a)), op);
	return compares(strcmp(seen, wanted), op);
}

/* KEY=- the field is not there, KEY=* it is, KEY=A|B it is one of these */
static bool holds(const char *line, const struct field *f)
{
	char seen[1024], wanted[1024], *save, *one;
	bool there = line_get(line, f->key, seen, sizeof(seen));

	if (!strcmp(f->value, "-"))
		return there == (f->op == OP_NE);
	if (!there)
		return f->op == OP_NE;
	if (!strcmp(f->value, "*"))
		return true;
	if (!strchr(f->value, '|') || f->op != OP_EQ)
		return holds_one(seen, f->op, f->value);
	snprintf(wanted, sizeof(wanted), "%s", f->value);
	for (one = strtok_r(wanted, "|", &save); one;
	     one = strtok_r(NULL, "|", &save))
		if (holds_one(seen, OP_EQ, one))
			return true;
	return false;
}

/**
 * line_mismatch() - compare a frame with what is expected of it
 * @line: the frame
 * @f: what is expected
 * @n: how many fields
 *
 * Return: the first field that is not as expected; NULL: all are.
 */
const struct field *line_mismatch(const char *line, const struct field *f,
				  unsigned int n)
{
	for (; n; n--, f++)
		if (!holds(line, f))
			return f;
	return NULL;
}
