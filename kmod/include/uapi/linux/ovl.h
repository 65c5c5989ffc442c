/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What user space sees of ovl: the one definition shared by the module, the
 * ip(8) plugin and the tests.
 *
 * A device is made, changed and read by RTM_NEWLINK / RTM_GETLINK with the
 * kind "ovl".  The attributes below stand in IFLA_LINKINFO / IFLA_INFO_DATA.
 * Every one may be left out except IFLA_OVL_ID, or IFLA_OVL_EXTERNAL, when the
 * device is made; when a device is changed, what is left out stays as it is.
 * An attribute above the IFLA_OVL_MAX of the running module is refused, never
 * ignored.  A refused request changes nothing.
 *
 * Endpoints besides the one of IFLA_OVL_REMOTE or IFLA_OVL_GROUP stand in the
 * device's FDB: RTM_NEWNEIGH, RTM_DELNEIGH and RTM_GETNEIGH of AF_BRIDGE with
 * NTF_SELF, as for a vxlan device, attribute for attribute.
 *
 *	IFLA_OVL_ID		u32, 0 .. OVL_VNI_MAX: the VNI
 *	IFLA_OVL_REMOTE		struct in_addr: the default endpoint, first of
 *				the flood list; 0.0.0.0: none; one at most of
 *				REMOTE, REMOTE6, GROUP and GROUP6
 *	IFLA_OVL_REMOTE6	struct in6_addr: the same over IPv6; "::": none
 *	IFLA_OVL_GROUP		struct in_addr: multicast group, joined while
 *				the device is up, in the place of REMOTE; needs
 *				LINK; 0.0.0.0: none
 *	IFLA_OVL_GROUP6		struct in6_addr: the same over IPv6; "::": none
 *	IFLA_OVL_LOCAL		struct in_addr: outer source address, and the
 *				only one of its family that is received on,
 *				unless there is a GROUP; 0.0.0.0: any
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
 *	IFLA_OVL_SRCCHECK	u8, 0 or 1: accept packets of peers alone, which
 *				are the endpoints that the device sends to;
 *				as long as it was never given, the opposite of
 *				LEARNING
 *	IFLA_OVL_LEARNING	u8, 0 or 1: fill the FDB from what is received
 *	IFLA_OVL_AGEING		u32, seconds until a learned entry goes that
 *				nothing was received from; 0: never
 *	IFLA_OVL_MAXADDRESS	u32: most learned entries; 0: no limit
 *	IFLA_OVL_LOCALBYPASS	u8, 0 or 1: hand a frame for an endpoint of this
 *				host to its ovl device, without encapsulation
 *	IFLA_OVL_PROXY		u8, 0 or 1: answer ARP and neighbour
 *				solicitations from the device's neighbour table
 *	IFLA_OVL_L2MISS		u8, 0 or 1: tell RTNLGRP_NEIGH of unicast MACs
 *				that the FDB does not have
 *	IFLA_OVL_L3MISS		u8, 0 or 1: tell RTNLGRP_NEIGH of addresses that
 *				PROXY was asked for and does not know
 *	IFLA_OVL_EXTERNAL	u8, 0 or 1: receive all VNIs of the port that no
 *				other device has, the VNI as tunnel metadata,
 *				and send with the VNI that a bridge's
 *				vlan_tunnel gives; excludes ID, REMOTE, GROUP,
 *				PROXY and INNERPROTOINHERIT; fixed when the
 *				device is made
 *	IFLA_OVL_N_LEARNED	u32, read only: learned entries there are
 *	IFLA_OVL_INNERPROTOINHERIT
 *				u8, 0 or 1: the payload is an IP packet, not an
 *				Ethernet frame; fixed when the device is made
 *
 * The values of the enums and of the special values never change.
 *
 * Counters of a device's peers, and the causes of its drops, are read by
 * RTM_GETSTATS with IFLA_STATS_LINK_XSTATS ("ip link xstats type ovl"); see
 * LINK_XSTATS_TYPE_OVL below.
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
	IFLA_OVL_GROUP,
	IFLA_OVL_GROUP6,
	IFLA_OVL_LEARNING,
	IFLA_OVL_AGEING,
	IFLA_OVL_MAXADDRESS,
	IFLA_OVL_LOCALBYPASS,
	IFLA_OVL_PROXY,
	IFLA_OVL_L2MISS,
	IFLA_OVL_L3MISS,
	IFLA_OVL_N_LEARNED,
	IFLA_OVL_EXTERNAL,
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

/* IFLA_OVL_AGEING when not given, and what is longest: ten years */
#define OVL_AGEING		300
#define OVL_AGEING_NONE		0
#define OVL_AGEING_MAX		315360000

/* IFLA_OVL_MAXADDRESS when not given */
#define OVL_MAXADDRESS		65536
#define OVL_MAXADDRESS_UNLIMITED 0

/*
 * The nest in IFLA_STATS_LINK_XSTATS: far from the numbers of the kernel's own
 * LINK_XSTATS_TYPE_.  It holds any number of OVL_XSTATS_PEER and
 * OVL_XSTATS_DROP.  A device with many peers takes several messages of a dump;
 * the answer for a single device has as many as fit.
 */
#define LINK_XSTATS_TYPE_OVL	6081

/**
 * enum ovl_xstats - in the nest LINK_XSTATS_TYPE_OVL
 * @OVL_XSTATS_PEER: nest of enum ovl_xstats_peer: what one peer was sent and
 *	what came from it
 * @OVL_XSTATS_DROP: nest of enum ovl_xstats_drop: one cause of drops that has
 *	occurred
 */
enum ovl_xstats {
	OVL_XSTATS_UNSPEC,
	OVL_XSTATS_PEER,
	OVL_XSTATS_DROP,
	__OVL_XSTATS_MAX
};

#define OVL_XSTATS_MAX (__OVL_XSTATS_MAX - 1)

/**
 * enum ovl_xstats_peer - in the nest OVL_XSTATS_PEER
 * @OVL_PEER_PAD: for alignment
 * @OVL_PEER_ADDR: struct in_addr: address
 * @OVL_PEER_ADDR6: struct in6_addr: address, if it is of IPv6
 * @OVL_PEER_PORT: be16: UDP port, if it is not the device's
 * @OVL_PEER_VNI: u32: VNI it is sent, if it is not the device's
 * @OVL_PEER_IFINDEX: u32: underlay device, if it is not the device's; left out
 *	of a device that has moved to another namespace
 * @OVL_PEER_RX_PACKETS: u64; received from it and delivered
 * @OVL_PEER_RX_BYTES: u64; of the frames inside
 * @OVL_PEER_RX_ERRORS: u64; received from it and dropped
 * @OVL_PEER_TX_PACKETS: u64; sent to it
 * @OVL_PEER_TX_BYTES: u64; of the frames inside
 * @OVL_PEER_TX_ERRORS: u64; for it, and dropped
 */
enum ovl_xstats_peer {
	OVL_PEER_UNSPEC,
	OVL_PEER_PAD,
	OVL_PEER_ADDR,
	OVL_PEER_ADDR6,
	OVL_PEER_PORT,
	OVL_PEER_VNI,
	OVL_PEER_IFINDEX,
	OVL_PEER_RX_PACKETS,
	OVL_PEER_RX_BYTES,
	OVL_PEER_RX_ERRORS,
	OVL_PEER_TX_PACKETS,
	OVL_PEER_TX_BYTES,
	OVL_PEER_TX_ERRORS,
	__OVL_PEER_MAX
};

#define OVL_PEER_MAX (__OVL_PEER_MAX - 1)

/**
 * enum ovl_xstats_drop - in the nest OVL_XSTATS_DROP
 * @OVL_DROP_PAD: for alignment
 * @OVL_DROP_NAME: string: the name that ethtool -S shows
 * @OVL_DROP_COUNT: u64: packets
 */
enum ovl_xstats_drop {
	OVL_DROP_UNSPEC,
	OVL_DROP_PAD,
	OVL_DROP_NAME,
	OVL_DROP_COUNT,
	__OVL_DROP_MAX
};

#define OVL_DROP_MAX (__OVL_DROP_MAX - 1)

#endif /* _UAPI_LINUX_OVL_H */
