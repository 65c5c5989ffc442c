/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Geneve wire format, RFC 8926 section 3: what the bytes are, how a header
 * is built, and how the options of a received one are judged.
 *
 * Pure: no kernel object is known here and nothing is allocated or locked, so
 * that the same file compiles in user space (unit tests, fuzzing).  Every
 * other room stands above this one.  All functions may run in any context.
 */
#ifndef _OVL_GENEVE_H
#define _OVL_GENEVE_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <asm/byteorder.h>
#else
#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <asm/byteorder.h>
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
#endif

#define GENEVE_VERSION		0

/* RFC 8926 section 3.4: OptLen counts words of four bytes, in six bits */
#define GENEVE_WORD		4
#define GENEVE_OPTLEN_MAX	63
#define GENEVE_OPTS_MAX		(GENEVE_OPTLEN_MAX * GENEVE_WORD)

/* Ethertype of an Ethernet frame as payload: Transparent Ethernet Bridging */
#define GENEVE_PROTO_ETHERNET	0x6558

/**
 * struct geneve_hdr - the fixed part of the header, RFC 8926 section 3.4
 * @ver_optlen: version in the upper two bits, OptLen in the lower six
 * @flags: GENEVE_FLAG_OAM, GENEVE_FLAG_CRITICAL, and six reserved bits
 * @proto: Ethertype of the payload
 * @vni: VNI in the upper 24 bits, eight reserved ones below
 */
struct geneve_hdr {
	u8	ver_optlen;
	u8	flags;
	__be16	proto;
	__be32	vni;
};

#define GENEVE_FLAG_OAM		0x80
#define GENEVE_FLAG_CRITICAL	0x40

/**
 * struct geneve_opt - the header of one option, RFC 8926 section 3.5
 * @class: who defines @type
 * @type: kind of option; GENEVE_OPT_CRITICAL set: who does not know it drops
 * @rsvd_len: three reserved bits, then the words of data that follow
 */
struct geneve_opt {
	__be16	class;
	u8	type;
	u8	rsvd_len;
};

#define GENEVE_OPT_CRITICAL	0x80
#define GENEVE_OPT_LEN_MASK	0x1f

/* The longest header there is, options included */
#define GENEVE_HLEN_MAX		(sizeof(struct geneve_hdr) + GENEVE_OPTS_MAX)

static inline u8 geneve_version(const struct geneve_hdr *gh)
{
	return gh->ver_optlen >> 6;
}

/* Bytes of options behind @gh */
static inline unsigned int geneve_opts_len(const struct geneve_hdr *gh)
{
	return (gh->ver_optlen & GENEVE_OPTLEN_MAX) * GENEVE_WORD;
}

/* Bytes of the whole header, options included */
static inline unsigned int geneve_hlen(const struct geneve_hdr *gh)
{
	return sizeof(*gh) + geneve_opts_len(gh);
}

/* The VNI in host order; the reserved bits are ignored, as section 3.4 asks */
static inline u32 geneve_vni(const struct geneve_hdr *gh)
{
	return __be32_to_cpu(gh->vni) >> 8;
}

/**
 * geneve_build() - write the fixed part of a header
 * @gh: eight bytes to be written
 * @vni: VNI, below 1 << 24
 * @proto: Ethertype of the payload
 * @opts_len: bytes of options that the caller puts behind it, a multiple of
 *	GENEVE_WORD, at most GENEVE_OPTS_MAX
 * @critical: one of those options has GENEVE_OPT_CRITICAL set
 *
 * Version, O bit and all reserved bits are zero (RFC 8926 section 3.4).
 */
static inline void geneve_build(struct geneve_hdr *gh, u32 vni, __be16 proto,
				unsigned int opts_len, bool critical)
{
	gh->ver_optlen = opts_len / GENEVE_WORD;
	gh->flags = critical ? GENEVE_FLAG_CRITICAL : 0;
	gh->proto = proto;
	gh->vni = __cpu_to_be32(vni << 8);
}

/* Bytes of one option, its header included; the R bits are ignored */
static inline unsigned int geneve_opt_len(const struct geneve_opt *opt)
{
	return sizeof(*opt) + (opt->rsvd_len & GENEVE_OPT_LEN_MASK) * GENEVE_WORD;
}

/**
 * geneve_opt_next() - step through a list of options
 * @opts: the list
 * @len: its bytes
 * @pos: where to look; advanced past the option that is returned
 *
 * Return: the option at @pos, wholly inside the list; NULL at the end and
 * also, with @pos then below @len, where the next option overruns the list.
 */
static inline const struct geneve_opt *
geneve_opt_next(const void *opts, unsigned int len, unsigned int *pos)
{
	const struct geneve_opt *opt;

	if (len - *pos < sizeof(*opt))
		return NULL;
	opt = (const void *)((const u8 *)opts + *pos);
	if (len - *pos < geneve_opt_len(opt))
		return NULL;
	*pos += geneve_opt_len(opt);
	return opt;
}

/**
 * geneve_opts_copy() - write a list of options behind a header
 * @to: where; it may lie at any address
 * @opts: the list
 * @len: its bytes, a multiple of GENEVE_WORD
 *
 * Lists are short: word by word, two at once, is less than a call of memcpy().
 */
static inline void geneve_opts_copy(void *to, const void *opts,
				    unsigned int len)
{
	unsigned int pairs = len & ~(2 * GENEVE_WORD - 1), pos;

	for (pos = 0; pos < pairs; pos += 2 * GENEVE_WORD)
		__builtin_memcpy((u8 *)to + pos, (const u8 *)opts + pos,
				 2 * GENEVE_WORD);
	if (pos < len)
		__builtin_memcpy((u8 *)to + pos, (const u8 *)opts + pos,
				 GENEVE_WORD);
}

/**
 * geneve_opts_check() - is a list of options well-formed?
 * @opts: the list
 * @len: its bytes
 * @critical: set to whether an option in it is critical, if it is
 *
 * RFC 8926 section 3.5: the lengths must add up to OptLen.
 */
static inline bool geneve_opts_check(const void *opts, unsigned int len,
				     bool *critical)
{
	const u8 *at = opts;
	int left = len;
	u8 types = 0;

	/* On the path of each packet with options, so it does not look twice */
	while (left >= (int)sizeof(struct geneve_opt)) {
		const struct geneve_opt *opt = (const void *)at;

		types |= opt->type;
		at += geneve_opt_len(opt);
		left -= geneve_opt_len(opt);
	}
	*critical = types & GENEVE_OPT_CRITICAL;
	return !left;
}

/**
 * geneve_opts_sendable() - may a list of options be sent as it is?
 * @opts: the list
 * @len: its bytes
 * @critical: set to what the C bit must be, RFC 8926 section 3.4
 *
 * Return: true if it is well-formed, and the R bits are zero as section 3.5
 * asks.
 */
static inline bool geneve_opts_sendable(const void *opts, unsigned int len,
					bool *critical)
{
	const struct geneve_opt *opt;
	unsigned int pos = 0;

	if (len > GENEVE_OPTS_MAX || !geneve_opts_check(opts, len, critical))
		return false;
	while ((opt = geneve_opt_next(opts, len, &pos)))
		if (opt->rsvd_len & ~GENEVE_OPT_LEN_MASK)
			return false;
	return true;
}

/**
 * geneve_opts_clear_rsvd() - make received options ones that may be sent
 * @opts: a well-formed list
 * @len: its bytes
 */
static inline void geneve_opts_clear_rsvd(void *opts, unsigned int len)
{
	struct geneve_opt *opt;
	unsigned int pos = 0;

	while ((opt = (struct geneve_opt *)geneve_opt_next(opts, len, &pos)))
		opt->rsvd_len &= GENEVE_OPT_LEN_MASK;
}

#endif /* _OVL_GENEVE_H */
