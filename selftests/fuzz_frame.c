// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frame is built from the outside to the inside as it ought to be, then some
 * of it is changed, then checksums are made right again, or not: what is wrong
 * with a frame is to be found by the one who looks for that, not by the first
 * who adds up its bytes.
 *
 * Left out is what the kernel drops without counting it, on the way to UDP:
 * groups that nobody joined, source routes, protocols of other modules.
 */
#include <arpa/inet.h>

#include "fuzz.h"
#include "fuzz_frame.h"

#define ETH_LEN		14
#define IP4_LEN		20
#define IP6_LEN		40
#define UDP_LEN		8
#define GENEVE_LEN	8

/* Protocols */
#define ICMP4		1
#define TCP		6
#define UDP		17
#define ICMP6		58

#define VNET_CSUM	VIRTIO_NET_HDR_F_NEEDS_CSUM
#define VNET_VALID	VIRTIO_NET_HDR_F_DATA_VALID

/* Of the host that receives; the sender's has another last byte */
__u8 fuzz_mac[6];
static const __u8 sender_mac[6] = { 2, 0, 0, 0, 0, 0x0b };
static const __u8 host4[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
static const __u8 host6[2][16] = { { 0xfd, [15] = 1 }, { 0xfd, [15] = 2 } };
/* 239.1.1.1 and ff05::5001 */
const __u8 fuzz_group4[4] = { 239, 1, 1, 1 };
const __u8 fuzz_group6[16] = { 0xff, 5, [14] = 0x50, 1 };

/* Bytes and checksums */

static void put16(__u8 *p, __u32 value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static void put32(__u8 *p, __u32 value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static __u32 get16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

static __u32 get32(const __u8 *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static __u64 add(__u64 sum, const __u8 *p, size_t n)
{
	for (; n > 1; n -= 2, p += 2)
		sum += get16(p);
	return n ? sum + (p[0] << 8) : sum;
}

static __u16 fold(__u64 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static bool is_v6(const __u8 *ip)
{
	return ip[0] >> 4 == 6;
}

static __u64 pseudo(const __u8 *ip, __u8 proto, size_t len)
{
	return is_v6(ip) ? add(proto + len, ip + 8, 32) :
			   add(proto + len, ip + 12, 8);
}

/* The checksum at @at of the @len bytes of @l4, behind the header @ip */
static void put_csum(const __u8 *ip, __u8 proto, __u8 *l4, size_t len,
		     size_t at)
{
	__u16 csum;

	put16(l4 + at, 0);
	csum = ~fold(add(pseudo(ip, proto, len), l4, len));
	put16(l4 + at, csum || proto != UDP ? csum : 0xffff);
}

static void put_ip4_csum(__u8 *ip)
{
	size_t len = (ip[0] & 15) * 4;

	put16(ip + 10, 0);
	put16(ip + 10, ~fold(add(0, ip, len < IP4_LEN ? IP4_LEN : len)));
}

/* Headers, each behind what is there; lengths are written by finish() */

static __u8 *append(struct frame *frame, const void *bytes, size_t n)
{
	__u8 *at = frame->data + frame->len;

	if (n > sizeof(frame->data) - frame->len)
		n = sizeof(frame->data) - frame->len;
	if (bytes)
		memcpy(at, bytes, n);
	else
		memset(at, 0, n);
	frame->len += n;
	return at;
}

static void put_eth(struct frame *frame, const __u8 *dst, const __u8 *src,
		    __u16 type)
{
	append(frame, dst, 6);
	append(frame, src, 6);
	put16(append(frame, NULL, 2), type);
}

static void put_ip(struct frame *frame, bool v6, __u8 proto, const __u8 *src,
		   const __u8 *dst)
{
	__u8 *ip = append(frame, NULL, v6 ? IP6_LEN : IP4_LEN);

	if (v6) {
		ip[0] = 0x60;
		ip[6] = proto;
		ip[7] = 64;
		memcpy(ip + 8, src, 16);
		memcpy(ip + 24, dst, 16);
		return;
	}
	ip[0] = 0x45;
	put16(ip + 4, below(65536));
	ip[8] = 64;
	ip[9] = proto;
	memcpy(ip + 12, src, 4);
	memcpy(ip + 16, dst, 4);
}

/* Length of an IP packet that ends where the frame does */
static void put_ip_len(struct frame *frame, size_t at)
{
	__u8 *ip = frame->data + at;
	size_t len = frame->len - at;

	if (is_v6(ip)) {
		put16(ip + 4, len - IP6_LEN);
	} else {
		put16(ip + 2, len);
		put_ip4_csum(ip);
	}
}

/* Lengths and checksums of the outer headers */
static void finish(struct frame *frame)
{
	size_t len = frame->len - frame->udp;
	__u8 *udp = frame->data + frame->udp;

	put_ip_len(frame, frame->ip);
	put16(udp + 4, len);
	put_csum(frame->data + frame->ip, UDP, udp, len, 6);
}

/* The same, as far as there are still headers, and without the lengths */
static void finish_changed(struct frame *frame)
{
	__u8 *ip = frame->data + frame->ip, *udp = frame->data + frame->udp;
	size_t len = frame->len > frame->udp ? frame->len - frame->udp : 0;

	if (frame->len < frame->ip + IP4_LEN)
		return;
	if (!is_v6(ip) && frame->ip + (ip[0] & 15) * 4 <= frame->len)
		put_ip4_csum(ip);
	if (len < UDP_LEN)
		return;
	if (get16(udp + 4) >= UDP_LEN && get16(udp + 4) < len)
		len = get16(udp + 4);
	put_csum(ip, UDP, udp, len, 6);
}

/* The payload */

static const __u8 *random_mac(void)
{
	static __u8 mac[6];

	memset(mac, 0, sizeof(mac));
	mac[0] = 2;
	mac[5] = below(40);
	if (once_in(10))
		memset(mac, once_in(2) ? 0xff : 0, sizeof(mac));
	if (once_in(10))
		random_bytes(mac, sizeof(mac));
	return mac;
}

static size_t payload_len(void)
{
	switch (below(12)) {
	case 0:
		return below(4);
	case 1:
		return 1200 + below(400);
	case 2:
		return 3900 + below(4600);
	default:
		return below(200);
	}
}

/* Few flows, so that packets find others to be merged with */
static void put_tcp(struct frame *frame, size_t ip)
{
	__u8 *tcp;

	frame->tcp = frame->len;
	tcp = append(frame, NULL, 20);
	put16(tcp, 1000 + below(3));
	put16(tcp + 2, 80);
	put32(tcp + 4, chance());
	put32(tcp + 8, 1);
	tcp[12] = 5 << 4;
	tcp[13] = once_in(8) ? below(256) : 0x10;
	put16(tcp + 14, 1024);
	append(frame, NULL, payload_len());
	put_ip_len(frame, ip);
	put_csum(frame->data + ip, TCP, tcp, frame->len - frame->tcp, 16);
}

static void put_udp(struct frame *frame, size_t ip)
{
	size_t at = frame->len;
	__u8 *udp = append(frame, NULL, UDP_LEN);

	put16(udp, 1000 + below(3));
	/* Geneve in Geneve, now and then */
	put16(udp + 2, once_in(6) ? 6081 + below(4) : 53);
	append(frame, NULL, payload_len());
	put16(udp + 4, frame->len - at);
	put_ip_len(frame, ip);
	put_csum(frame->data + ip, UDP, udp, frame->len - at, 6);
}

static void put_inner_ip(struct frame *frame, bool v6)
{
	static const __u8 tenant4[2][4] = {
		{ 192, 168, 0, 2 }, { 192, 168, 0, 1 },
	};
	static const __u8 tenant6[2][16] = {
		{ 0xfd, 1, [15] = 2 }, { 0xfd, 1, [15] = 1 },
	};
	bool tcp = once_in(2);
	size_t ip = frame->len;

	frame->inner_ip = ip;
	put_ip(frame, v6, tcp ? TCP : UDP, v6 ? tenant6[0] : tenant4[0],
	       v6 ? tenant6[1] : tenant4[1]);
	if (once_in(2))
		frame->data[ip + 1] |= below(4) << (v6 ? 4 : 0);
	if (tcp)
		put_tcp(frame, ip);
	else
		put_udp(frame, ip);
}

static void put_inner_frame(struct frame *frame)
{
	unsigned int tags = once_in(8) ? 1 + below(3) : 0, kind = below(8);
	bool v6 = kind < 2;

	append(frame, random_mac(), 6);
	append(frame, random_mac(), 6);
	while (tags--) {
		put16(append(frame, NULL, 2), once_in(3) ? 0x88a8 : 0x8100);
		put16(append(frame, NULL, 2), below(4096));
	}
	if (kind < 7) {
		put16(append(frame, NULL, 2), v6 ? 0x86dd : 0x0800);
		put_inner_ip(frame, v6);
		return;
	}
	put16(append(frame, NULL, 2), once_in(2) ? 0x0806 : 0x88b5);
	append(frame, NULL, payload_len());
}

/* Options that users of Geneve have, and others; true: one is critical */

static const struct {
	__u8	len;
	__u8	bytes[32];
} known[] = {
	/* A gateway load balancer */
	{ 32, { 1, 8, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 8, 2, 2, 2, 2, 2, 2,
		2, 2, 2, 2, 1, 8, 3, 1, 3, 3, 3, 3 } },
	/* OVN */
	{ 8, { 1, 2, 0x80, 1, 0, 1, 0, 2 } },
	/* Cilium */
	{ 12, { 1, 0x4b, 0x81, 2, 10, 0, 0, 9, 0, 80, 0, 0 } },
	/* The mark of fuzz_recv.sh, and what it accepts */
	{ 8, { 0xff, 1, 1, 1, 0, 0, 0, 7 } },
	{ 8, { 0xff, 2, 0x80, 1, 1, 2, 3, 4 } },
	{ 4, { 0xff, 3, 0x81, 0 } },
};

static bool put_options(struct frame *frame)
{
	size_t begin = frame->len, most = GENEVE_LEN + 252, words;
	bool critical = false;
	__u8 *opt;

	while (!once_in(3)) {
		if (once_in(2)) {
			size_t i = below(ARRAY_SIZE(known));

			if (frame->len - frame->geneve + known[i].len > most)
				break;
			opt = append(frame, known[i].bytes, known[i].len);
		} else {
			words = once_in(6) ? below(32) : below(4);
			if (frame->len - frame->geneve + 4 + 4 * words > most)
				break;
			opt = append(frame, NULL, 4 + 4 * words);
			random_bytes(opt, 4 + 4 * words);
			opt[0] = 0xff;
			opt[2] &= once_in(4) ? 0xff : 0x7f;
			opt[3] = words | (once_in(8) ? below(8) << 5 : 0);
		}
		critical |= opt[2] >> 7;
	}
	frame->data[frame->geneve] = (frame->len - begin) / 4;
	return critical;
}

/* Frames as they ought to be */

static void begin_frame(struct frame *frame)
{
	frame->len = 0;
	frame->tcp = 0;
	memset(&frame->vnet, 0, sizeof(frame->vnet));
}

/* Ethernet, a tag without meaning at times, IP */
static void put_outer(struct frame *frame, bool v6, __u8 proto, bool plain)
{
	put_eth(frame, fuzz_mac, sender_mac, v6 ? 0x86dd : 0x0800);
	if (!plain && once_in(20)) {
		put16(frame->data + 12, 0x8100);
		put16(append(frame, NULL, 2), once_in(4) ? 7 : 0);
		put16(append(frame, NULL, 2), v6 ? 0x86dd : 0x0800);
	}
	frame->ip = frame->len;
	put_ip(frame, v6, proto, v6 ? host6[1] : host4[1],
	       v6 ? host6[0] : host4[0]);
	if (!plain && once_in(3))
		frame->data[frame->ip + 1] |= below(4) << (v6 ? 4 : 0);
}

/* To the group in place of the host, as both are for some devices */
static void turn_to_group(struct frame *frame, bool v6)
{
	static const __u8 mac4[6] = { 1, 0, 0x5e, 1, 1, 1 };
	static const __u8 mac6[6] = { 0x33, 0x33, 0, 0, 0x50, 1 };
	__u8 *ip = frame->data + frame->ip;

	memcpy(frame->data, v6 ? mac6 : mac4, 6);
	if (v6)
		memcpy(ip + 24, fuzz_group6, sizeof(fuzz_group6));
	else
		memcpy(ip + 16, fuzz_group4, sizeof(fuzz_group4));
}

/* Options without meaning: of IPv4, or a header of IPv6 */
static void put_ip_options(struct frame *frame, bool v6)
{
	static const __u8 nothing4[8] = { 1, 1, 1, 1, 0 };
	static const __u8 nothing6[8] = { UDP, 0, 1, 4 };

	if (v6) {
		frame->data[frame->ip + 6] = once_in(2) ? 0 : 60;
		append(frame, nothing6, sizeof(nothing6));
	} else {
		frame->data[frame->ip] += 2;
		append(frame, nothing4, sizeof(nothing4));
	}
}

static void put_geneve(struct frame *frame, const struct target *target)
{
	__u8 *udp;

	frame->udp = frame->len;
	udp = append(frame, NULL, UDP_LEN);
	put16(udp, 40000 + below(4));
	put16(udp + 2, target->port);
	frame->geneve = frame->len;
	put32(append(frame, NULL, GENEVE_LEN) + 4, target->vni << 8);
}

static void put_payload_type(struct frame *frame, __u16 type)
{
	put16(frame->data + frame->geneve + 2, type);
	frame->inner = frame->len;
}

/**
 * frame_good() - a frame that has to be delivered
 * @frame: written to
 * @target: the device
 * @payload: what is in it, an Ethernet frame or an IPv4 packet
 * @len: bytes of @payload
 */
void frame_good(struct frame *frame, const struct target *target,
		const void *payload, size_t len)
{
	begin_frame(frame);
	put_outer(frame, target->v6, UDP, true);
	if (target->group && once_in(2))
		turn_to_group(frame, target->v6);
	put_geneve(frame, target);
	put_payload_type(frame, target->l3 ? 0x0800 : 0x6558);
	append(frame, payload, len);
	finish(frame);
}

static void build(struct frame *frame, const struct target *target)
{
	bool v6 = once_in(10) ? !target->v6 : target->v6;
	bool l3 = once_in(20) ? !target->l3 : target->l3;
	bool inner_v6 = once_in(2), critical = false;

	begin_frame(frame);
	put_outer(frame, v6, UDP, false);
	if (target->group && !once_in(3))
		turn_to_group(frame, v6);
	if (once_in(30))
		put_ip_options(frame, v6);
	put_geneve(frame, target);
	if (once_in(2))
		critical = put_options(frame);
	if (critical || once_in(20))
		frame->data[frame->geneve + 1] |= 0x40;
	put_payload_type(frame, !l3 ? 0x6558 : inner_v6 ? 0x86dd : 0x0800);
	if (l3)
		put_inner_ip(frame, inner_v6);
	else
		put_inner_frame(frame);
	finish(frame);
}

/**
 * frame_next_segment() - what TCP would send next
 * @frame: what it has sent, not changed but for this; changed
 */
void frame_next_segment(struct frame *frame)
{
	__u8 *ip = frame->data + frame->inner_ip;
	__u8 *tcp = frame->data + frame->tcp;

	if (!frame->tcp || frame->len < frame->tcp + 20)
		return;
	put32(tcp + 4, get32(tcp + 4) + frame->len - frame->tcp - 20);
	if (!is_v6(ip)) {
		put16(ip + 4, get16(ip + 4) + 1);
		put_ip4_csum(ip);
	}
	put_csum(ip, TCP, tcp, frame->len - frame->tcp, 16);
	finish(frame);
}

/* The other way round: what the host that receives may have sent */
static void turn_round(__u8 *ip)
{
	size_t size = is_v6(ip) ? 16 : 4;
	__u8 *src = ip + (is_v6(ip) ? 8 : 12), was[16];

	memcpy(was, src, size);
	memcpy(src, src + size, size);
	memcpy(src + size, was, size);
}

static void change(struct frame *frame);

/* An ICMP error about a packet that a device may have sent, or never would */
static void build_icmp(struct frame *frame, const struct target *target)
{
	static struct frame quote;
	size_t l4, n;
	__u8 *icmp;
	bool v6;

	build(&quote, target);
	v6 = is_v6(quote.data + quote.ip);
	turn_round(quote.data + quote.ip);
	if (once_in(2))
		change(&quote);
	begin_frame(frame);
	put_outer(frame, v6, v6 ? ICMP6 : ICMP4, true);
	l4 = frame->len;
	icmp = append(frame, NULL, 8);
	icmp[0] = v6 ? 1 + below(3) : once_in(2) ? 3 : 11;
	icmp[1] = below(6);
	put16(icmp + 6, 1000 + below(1000));
	n = below(200);
	if (n > quote.len - quote.ip)
		n = quote.len - quote.ip;
	append(frame, quote.data + quote.ip, n);
	put_ip_len(frame, frame->ip);
	if (v6)
		put_csum(frame->data + frame->ip, ICMP6, icmp, frame->len - l4,
			 2);
	else
		put16(icmp + 2, ~fold(add(0, icmp, frame->len - l4)));
	frame->udp = frame->len;
}

/* What may be wrong, a function for each header */

/* A number from the borders of a field, or near what it was */
static __u32 odd(__u32 was, unsigned int bits)
{
	__u32 all = bits < 32 ? (1U << bits) - 1 : ~0U;
	const __u32 values[] = {
		0, 1, all, all - 1, all / 2, all / 2 + 1, was + 1, was - 1,
		was ^ 1U << below(bits), chance(),
	};

	return ONE_OF(values) & all;
}

static void change_eth(struct frame *frame)
{
	static const __u8 all_hosts[6] = { 1, 0, 0x5e, 0, 0, 1 };
	static const __u16 types[] = { 0x0800, 0x86dd, 0x88b5, 0x88b6 };

	switch (below(4)) {
	case 0:
		frame->data[5] ^= 1 << below(8);
		break;
	case 1:
		memset(frame->data, 0xff, 6);
		break;
	case 2:
		memcpy(frame->data, all_hosts, 6);
		break;
	default:
		put16(frame->data + frame->ip - 2, ONE_OF(types));
	}
}

/*
 * Not the network's own broadcast address, nor of IPv6 our own: the kernel may
 * take them for a source, and what is sent there then comes in too.
 */
static const __u8 odd_sources4[][4] = {
	{ 10, 0, 0, 3 }, { 10, 0, 0, 1 }, { 127, 0, 0, 1 }, { 0, 0, 0, 0 },
	{ 255, 255, 255, 255 }, { 224, 0, 0, 1 }, { 198, 51, 100, 1 },
};

static const __u8 odd_targets4[][4] = {
	{ 10, 0, 0, 3 }, { 10, 0, 0, 255 }, { 127, 0, 0, 1 }, { 0, 0, 0, 0 },
	{ 255, 255, 255, 255 }, { 224, 0, 0, 1 }, { 198, 51, 100, 1 },
};

static const __u8 odd_addrs6[][16] = {
	{ 0xfd, [15] = 3 }, { [15] = 1 }, { 0 },
	{ 0xff, 2, [15] = 1 }, { 0x20, 1, 0xd, 0xb8, [15] = 1 },
};

static void change_ip4(struct frame *frame)
{
	/* The last is of nobody, and no module may be asked for it */
	static const __u8 protos[] = { ICMP4, 253, 254, 255 };
	__u8 *ip = frame->data + frame->ip;

	switch (below(9)) {
	case 0:
		ip[0] = odd(ip[0], 8);
		break;
	case 1:
		ip[1] = chance();
		break;
	case 2:
		put16(ip + 2, odd(get16(ip + 2), 16));
		break;
	case 3:
		put16(ip + 6, odd(get16(ip + 6), 16));
		break;
	case 4:
		ip[8] = odd(ip[8], 8);
		break;
	case 5:
		ip[9] = ONE_OF(protos);
		break;
	case 6:
		put16(ip + 10, odd(get16(ip + 10), 16));
		break;
	case 7:
		memcpy(ip + 12, ONE_OF(odd_sources4), 4);
		break;
	default:
		memcpy(ip + 16, ONE_OF(odd_targets4), 4);
	}
}

static void change_ip6(struct frame *frame)
{
	static const __u8 protos[] = { 253, 254 };
	__u8 *ip = frame->data + frame->ip;

	switch (below(7)) {
	case 0:
		ip[0] = odd(ip[0], 8);
		break;
	case 1:
		put16(ip + 1, chance());
		break;
	case 2:
		put16(ip + 4, odd(get16(ip + 4), 16));
		break;
	case 3:
		/* A chain of headers stays one */
		if (ip[6] == UDP)
			ip[6] = ONE_OF(protos);
		break;
	case 4:
		ip[7] = odd(ip[7], 8);
		break;
	case 5:
		memcpy(ip + 8, ONE_OF(odd_addrs6), 16);
		break;
	default:
		memcpy(ip + 24, ONE_OF(odd_addrs6), 16);
	}
}

static void change_udp(struct frame *frame)
{
	__u8 *udp = frame->data + frame->udp;

	switch (below(5)) {
	case 0:
		put16(udp, odd(get16(udp), 16));
		break;
	case 1:
		put16(udp + 2, odd(get16(udp + 2), 16));
		break;
	case 2:
		put16(udp + 4, odd(get16(udp + 4), 16));
		break;
	case 3:
		put16(udp + 6, 0);
		break;
	default:
		put16(udp + 6, odd(get16(udp + 6), 16));
	}
}

static void change_geneve(struct frame *frame)
{
	static const __u16 types[] = {
		0x6558, 0x0800, 0x86dd, 0x0806, 0x8847, 0,
	};
	__u8 *geneve = frame->data + frame->geneve;

	switch (below(7)) {
	case 0:
		geneve[0] ^= 0x40 << below(2);
		break;
	case 1:
		geneve[0] = odd(geneve[0], 6);
		break;
	case 2:
		geneve[1] ^= 1 << below(8);
		break;
	case 3:
		put16(geneve + 2, once_in(3) ? chance() : ONE_OF(types));
		break;
	case 4:
		put32(geneve + 4, odd(get32(geneve + 4) >> 8, 24) << 8);
		break;
	case 5:
		geneve[7] = chance();
		break;
	default:
		geneve[1] = 0x80;
	}
}

static void change_byte(struct frame *frame, size_t from, size_t to)
{
	if (to > frame->len)
		to = frame->len;
	if (from >= to)
		return;
	if (once_in(2))
		frame->data[from + below(to - from)] ^= 1 << below(8);
	else
		frame->data[from + below(to - from)] = chance();
}

/* From where on the end may be missing; @known: the outer lengths know it */
static size_t first_end(const struct frame *frame, bool known)
{
	if (known)
		return frame->udp + UDP_LEN;
	/* A header of IPv6 that is cut is counted by two counters */
	if (frame->ip > ETH_LEN || frame->udp - frame->ip > IP6_LEN)
		return frame->udp;
	return ETH_LEN;
}

/* The end is missing, and no length says so */
static void cut(struct frame *frame)
{
	size_t from = first_end(frame, false);

	if (from < frame->len)
		frame->len = from + below(frame->len - from);
}

/* The end is missing, and the outer lengths know it */
static void shorten(struct frame *frame)
{
	size_t from = first_end(frame, true), n = frame->len - from;

	/* In the headers as a rule */
	if (n > 100 && !once_in(4))
		n = 100;
	frame->len = from + below(n + 1);
	finish(frame);
}

static void change(struct frame *frame)
{
	size_t n = frame->len;

	/* It has been cut already */
	if (n < frame->geneve + GENEVE_LEN)
		return;
	switch (below(12)) {
	case 0:
		change_eth(frame);
		break;
	case 1:
	case 2:
		if (is_v6(frame->data + frame->ip))
			change_ip6(frame);
		else
			change_ip4(frame);
		break;
	case 3:
		change_udp(frame);
		break;
	case 4:
	case 5:
		change_geneve(frame);
		break;
	case 6:
		change_byte(frame, frame->geneve, frame->inner);
		break;
	case 7:
		change_byte(frame, frame->geneve + GENEVE_LEN, frame->inner);
		break;
	case 8:
		change_byte(frame, frame->inner, frame->inner + 80);
		break;
	case 9:
		cut(frame);
		break;
	case 10:
		shorten(frame);
		break;
	default:
		append(frame, NULL, below(60));
		random_bytes(frame->data + n, frame->len - n);
	}
}

/* To a group from where no packet may come: dropped, and nobody counts it */
static void spare_group(struct frame *frame)
{
	__u8 *ip = frame->data + frame->ip;

	if (!is_v6(ip) && ip[16] >> 4 == 14)
		memcpy(ip + 12, host4[1], 4);
}

/* What the kernel is told of checksums */

static void ask_csum(struct frame *frame, size_t start, size_t at, __u8 proto,
		     const __u8 *ip)
{
	size_t len = frame->len - start;

	frame->vnet.flags = VNET_CSUM;
	frame->vnet.csum_start = start;
	frame->vnet.csum_offset = at;
	put16(frame->data + start + at, fold(pseudo(ip, proto, len)));
}

static void tell_of_csum(struct frame *frame)
{
	__u8 *ip = frame->data + frame->ip;

	switch (below(12)) {
	case 0:
	case 1:
		frame->vnet.flags = VNET_VALID;
		break;
	case 2:
		if (frame->len >= frame->udp + UDP_LEN)
			ask_csum(frame, frame->udp, 6, UDP, ip);
		break;
	case 3:
		if (frame->tcp && frame->len >= frame->tcp + 20)
			ask_csum(frame, frame->tcp, 16, TCP, ip);
		break;
	case 4:
		if (once_in(4) && frame->len >= 60) {
			frame->vnet.flags = VNET_CSUM;
			frame->vnet.csum_start = below(60);
			frame->vnet.csum_offset = below(20);
		}
		break;
	default:
		break;
	}
	if (once_in(3))
		frame->vnet.hdr_len = ETH_LEN + below(120);
}

/* A super-packet of the sender's; the receiver may have to cut it */
static void tell_of_segments(struct frame *frame)
{
	static const __u8 types[] = {
		VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6, 5, 5,
	};

	if (frame->len < frame->udp + 200)
		return;
	frame->vnet.gso_type = ONE_OF(types);
	frame->vnet.gso_size = 64 + below(1400);
	if (!once_in(4))
		ask_csum(frame, frame->udp, 6, UDP, frame->data + frame->ip);
}

/* Has it the tag of a VLAN that the host does not have? */
static bool is_of_other_vlan(const struct frame *frame)
{
	return get16(frame->data + ETH_LEN - 2) == 0x8100 &&
	       get16(frame->data + ETH_LEN);
}

/* Is the outer IP header the way it was built? */
static bool is_whole(const struct frame *frame, const __u8 *eth_ip, size_t n)
{
	return frame->len >= frame->udp + UDP_LEN &&
	       !memcmp(frame->data, eth_ip, n);
}

/**
 * frame_any() - a frame that is right or wrong
 * @frame: written to
 * @targets: devices that it may be for
 * @n: how many there are
 * @gso: it may be a super-packet
 */
void frame_any(struct frame *frame, const struct target *targets, size_t n,
	       bool gso)
{
	const struct target *target = &targets[below(n)];
	unsigned int times = once_in(5) ? 0 : 1 + below(3);
	__u8 headers[ETH_LEN + 4 + IP6_LEN];

	if (once_in(25)) {
		build_icmp(frame, target);
		frame->kind = FRAME_BAD;
		return;
	}
	build(frame, target);
	frame->kind = times || is_of_other_vlan(frame) ? FRAME_WHOLE :
							 FRAME_GOOD;
	memcpy(headers, frame->data, sizeof(headers));
	while (times--)
		change(frame);
	spare_group(frame);
	if (!is_whole(frame, headers, frame->ip + 2))
		frame->kind = FRAME_BAD;
	if (frame->kind == FRAME_GOOD && once_in(2))
		return;
	if (!once_in(6))
		finish_changed(frame);
	if (once_in(10) && frame->len >= frame->udp + UDP_LEN)
		put16(frame->data + frame->udp + 6, 0);
	tell_of_csum(frame);
	if (gso && once_in(10))
		tell_of_segments(frame);
	if (frame->vnet.flags || frame->vnet.gso_type)
		frame->kind = FRAME_BAD;
}

/**
 * frame_whole() - a frame without a fault, to be cut
 * @frame: written to
 * @target: the device that it is for
 */
void frame_whole(struct frame *frame, const struct target *target)
{
	do {
		build(frame, target);
	} while (is_of_other_vlan(frame));
	spare_group(frame);
	finish(frame);
	frame->kind = FRAME_BAD;
}

/**
 * frame_cut() - a frame of which no more than so many bytes are left
 * @frame: written to
 * @whole: of frame_whole()
 * @len: how many
 * @known: the outer lengths and the checksum know it
 *
 * Return: false: a frame of this kind is not cut so short.
 */
bool frame_cut(struct frame *frame, const struct frame *whole, size_t len,
	       bool known)
{
	if (len < first_end(whole, known))
		return false;
	*frame = *whole;
	frame->len = len;
	if (known)
		finish(frame);
	return true;
}

/* Fragments */

static void put_fragment(struct frame *piece, const struct frame *frame,
			 size_t from, size_t n, bool more)
{
	bool v6 = is_v6(frame->data + frame->ip);
	size_t hlen = v6 ? IP6_LEN : IP4_LEN;
	__u8 *ip, *fragment;

	begin_frame(piece);
	append(piece, frame->data, frame->ip + hlen);
	piece->ip = frame->ip;
	ip = piece->data + piece->ip;
	if (v6) {
		fragment = append(piece, NULL, 8);
		fragment[0] = ip[6];
		ip[6] = 44;
		put16(fragment + 2, from | more);
		memcpy(fragment + 4, frame->data + frame->udp + 4, 4);
	} else {
		put16(ip + 6, more << 13 | from / 8);
	}
	append(piece, frame->data + frame->ip + hlen + from, n);
	put_ip_len(piece, piece->ip);
	piece->udp = piece->len;
}

/**
 * frame_fragments() - cut a frame as a router does
 * @frame: the frame, whose IP header is as it ought to be
 * @pieces: written to
 * @most: how many there may be
 *
 * Return: how many there are; 0: it cannot be cut.
 */
size_t frame_fragments(const struct frame *frame, struct frame *pieces,
		       size_t most)
{
	bool v6 = is_v6(frame->data + frame->ip);
	size_t hlen = v6 ? IP6_LEN : IP4_LEN, from = 0, all, size, n, i;

	if (frame->udp != frame->ip + hlen || frame->len < frame->udp + 48)
		return 0;
	all = frame->len - frame->ip - hlen;
	for (i = 0; i < most && from < all; i++, from += n) {
		size = 16 + 8 * below(all / 8);
		n = i == most - 1 || size > all - from ? all - from : size;
		put_fragment(&pieces[i], frame, from, n, from + n < all);
	}
	return i;
}

/**
 * frame_is_lost_early() - does IP drop a frame before it sees its ECN field?
 * @frame: the frame
 *
 * That is where the kernel counts each of the packets that GRO has merged.
 */
bool frame_is_lost_early(const struct frame *frame)
{
	const __u8 *ip = frame->data + ETH_LEN;
	__u32 type = get16(frame->data + 12);
	bool group = frame->data[0] & 1;

	if (!group && memcmp(frame->data, fuzz_mac, 6))
		return false;
	if (type == 0x8100) {
		if (get16(ip) & 0xfff)
			return false;
		type = get16(ip + 2);
		ip += 4;
	}
	if (type == 0x0800)
		return ip + IP4_LEN > frame->data + frame->len ||
		       ip[0] >> 4 != 4 || (ip[0] & 15) < 5;
	if (type == 0x86dd)
		return ip + IP6_LEN > frame->data + frame->len || !is_v6(ip);
	return false;
}
