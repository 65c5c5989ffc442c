/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What user space sees of ovl: the one definition shared by the module, the
 * ip(8) plugin and the tests.
 *
 * A device is made, changed and read by RTM_NEWLINK / RTM_GETLINK with the
 * kind "ovl".  The attributes below stand in IFLA_LINKINFO / IFLA_INFO_DATA.
 * Every one may be left out except IFLA_OVL_ID and one of IFLA_OVL_REMOTE and
 * IFLA_OVL_REMOTE6 when the device is made; when a device is changed, what is
 * left out stays as it is.  An attribute above the IFLA_OVL_MAX of the running
 * module is refused, never ignored.  A refused request changes nothing.
 *
 *	IFLA_OVL_ID		u32, 0 .. OVL_VNI_MAX: the VNI
 *	IFLA_OVL_REMOTE		struct in_addr: the peer; excludes REMOTE6
 *	IFLA_OVL_REMOTE6	struct in6_addr: the peer
 *	IFLA_OVL_LOCAL		struct in_addr: outer source address, and the
 *				only one that is received on; 0.0.0.0: any
 *	IFLA_OVL_LOCAL6		struct in6_addr: the same over IPv6; "::": any
 *	IFLA_OVL_LINK		u32, ifindex of the underlay device in the
 *				namespace that the device was made from; 0: any
 *	IFLA_OVL_LINK_NETNSID	s32, read only: present if the device has left
 *				that namespace, so that IFLA_OVL_LINK does not
 *				name a device of the reader's
 *	IFLA_OVL_PORT		be16, not 0: UDP port sent to and received on
 *	IFLA_OVL_SRCPORT	struct ovl_port_range: outer source ports
 *	IFLA_OVL_TTL		u16: 1 .. 255, OVL_TTL_AUTO or OVL_TTL_INHERIT
 *	IFLA_OVL_TOS		u16: a DSCP in its place in the octet (the ECN
 *				bits zero: RFC 6040 sets those) or
 *				OVL_TOS_INHERIT
 *	IFLA_OVL_FLOWLABEL	u32: 0 .. OVL_FLOWLABEL_MAX,
 *				OVL_FLOWLABEL_AUTO or OVL_FLOWLABEL_INHERIT
 *	IFLA_OVL_DF		u8: enum ovl_df
 *	IFLA_OVL_ECN		u8: enum ovl_ecn
 *	IFLA_OVL_UDP_CSUM	u8, 0 or 1: send UDP checksums over IPv4
 *	IFLA_OVL_UDP_ZERO_CSUM6_TX
 *				u8, 0 or 1: send zero checksums over IPv6
 *	IFLA_OVL_UDP_ZERO_CSUM6_RX
 *				u8, 0 or 1: accept zero checksums over IPv6
 *	IFLA_OVL_SRCCHECK	u8, 0 or 1: accept packets of the peer alone
 *	IFLA_OVL_INNERPROTOINHERIT
 *				u8, 0 or 1: the payload is an IP packet, not an
 *				Ethernet frame; fixed when the device is made
 *
 * The values of the enums and of the special values never change.
 */
#ifndef _UAPI_LINUX_OVL_H
#define _UAPI_LINUX_OVL_H

#include <linux/types.h>

enum {
	IFLA_OVL_UNSPEC,
	IFLA_OVL_ID,
	IFLA_OVL_REMOTE,
	IFLA_OVL_REMOTE6,
	IFLA_OVL_LOCAL,
	IFLA_OVL_LOCAL6,
	IFLA_OVL_LINK,
	IFLA_OVL_LINK_NETNSID,
	IFLA_OVL_PORT,
	IFLA_OVL_SRCPORT,
	IFLA_OVL_TTL,
	IFLA_OVL_TOS,
	IFLA_OVL_FLOWLABEL,
	IFLA_OVL_DF,
	IFLA_OVL_ECN,
	IFLA_OVL_UDP_CSUM,
	IFLA_OVL_UDP_ZERO_CSUM6_TX,
	IFLA_OVL_UDP_ZERO_CSUM6_RX,
	IFLA_OVL_SRCCHECK,
	IFLA_OVL_INNERPROTOINHERIT,
	__IFLA_OVL_MAX
};

#define IFLA_OVL_MAX (__IFLA_OVL_MAX - 1)

/* IFLA_OVL_ID: 24 bits, RFC 8926 section 3.4 */
#define OVL_VNI_MAX		0xffffff

/* IFLA_OVL_PORT when not given: RFC 8926 section 3.3 */
#define OVL_PORT		6081

/**
 * struct ovl_port_range - IFLA_OVL_SRCPORT
 * @low: first port that may be used, not 0
 * @high: last port that may be used, not below @low
 */
struct ovl_port_range {
	__be16	low;
	__be16	high;
};

/* IFLA_OVL_TTL besides 1 .. 255 */
#define OVL_TTL_AUTO		0	/* the hop limit of the route; default */
#define OVL_TTL_INHERIT		256	/* the inner TTL or hop limit */

/* IFLA_OVL_TOS besides 0 .. 252 */
#define OVL_TOS_INHERIT		256	/* the inner DSCP */

/* IFLA_OVL_FLOWLABEL besides 0 .. OVL_FLOWLABEL_MAX */
#define OVL_FLOWLABEL_MAX	0xfffff
#define OVL_FLOWLABEL_AUTO	0x100000 /* from the inner flow's hash; default */
#define OVL_FLOWLABEL_INHERIT	0x100001 /* the inner label; auto if there is none */

/**
 * enum ovl_df - IFLA_OVL_DF, may a packet be fragmented on the underlay
 * @OVL_DF_UNSET: yes
 * @OVL_DF_SET: no: what is too big is reported to the tenant; default
 * @OVL_DF_INHERIT: as the inner IPv4 header says; no, if it is IPv6
 */
enum ovl_df {
	OVL_DF_UNSET,
	OVL_DF_SET,
	OVL_DF_INHERIT,
};

#define OVL_DF_MAX OVL_DF_INHERIT

/**
 * enum ovl_ecn - IFLA_OVL_ECN, the outer ECN field of what is sent
 * @OVL_ECN_NORMAL: the inner field, RFC 6040 section 4.1; default
 * @OVL_ECN_COMPAT: Not-ECT, for a peer that does not know RFC 6040
 */
enum ovl_ecn {
	OVL_ECN_NORMAL,
	OVL_ECN_COMPAT,
};

#define OVL_ECN_MAX OVL_ECN_COMPAT

#endif /* _UAPI_LINUX_OVL_H */
