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
 *				as long as it was never given, on, but with
 *				LEARNING or EXTERNAL off
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
 *				other device has, the header as tunnel metadata,
 *				and send as the metadata of a packet says;
 *				excludes ID, REMOTE, GROUP, PROXY, OPTS, ACCEPT,
 *				MARKOPT and REFLECT; fixed when the device is
 *				made
 *	IFLA_OVL_N_LEARNED	u32, read only: learned entries there are
 *	IFLA_OVL_INNERPROTOINHERIT
 *				u8, 0 or 1: the payload is an IP packet, not an
 *				Ethernet frame; fixed when the device is made
 *	IFLA_OVL_OPTS		options as they stand on the wire, 0 to
 *				OVL_OPTS_MAX bytes, R bits zero: sent to every
 *				peer that has none of its own; empty: none
 *	IFLA_OVL_ACCEPT		array of struct ovl_opt_match, 0 to
 *				OVL_ACCEPT_MAX of them, none twice: critical
 *				options that are received nevertheless
 *	IFLA_OVL_MARKOPT	struct ovl_opt_match, which names one type: the
 *				option of 4 bytes that carries the mark of a
 *				packet; empty: none
 *	IFLA_OVL_OPTMAX		u16: most bytes of options sent or received, a
 *				multiple of 4, or OVL_OPTMAX_UNLIMITED
 *	IFLA_OVL_CRITMISMATCH	u8: enum ovl_critmismatch
 *	IFLA_OVL_VNIFILTER	u8, 0 or 1: an EXTERNAL device has the VNIs that
 *				it was given by IFLA_OVL_VNIS and no others;
 *				fixed when the device is made
 *	IFLA_OVL_REFLECT	u32, 0 to OVL_REFLECT_MAX: number of inner flows
 *				to remember the outer addresses, source port and
 *				options of, which what goes back then has
 *	IFLA_OVL_PEER		write only, of a change: nest of enum
 *				ovl_xstats_peer: OVL_PEER_ADDR or OVL_PEER_ADDR6
 *				and, where they differ from the device's,
 *				OVL_PEER_PORT, OVL_PEER_VNI, OVL_PEER_IFINDEX
 *				name a peer; OVL_PEER_OPTS: the options that it
 *				is sent, empty: none; without that, it is sent
 *				the device's again; stands alone in a request
 *	IFLA_OVL_VNIS		write only, for VNIFILTER: nest of any number of
 *				OVL_VNI_RANGE, none of which names a VNI of
 *				another one; all are done or none; stands alone
 *				in a request
 *	IFLA_OVL_N_VNIS		u32, read only, with VNIFILTER: VNIs there are
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
	IFLA_OVL_OPTS,
	IFLA_OVL_ACCEPT,
	IFLA_OVL_MARKOPT,
	IFLA_OVL_OPTMAX,
	IFLA_OVL_CRITMISMATCH,
	IFLA_OVL_VNIFILTER,
	IFLA_OVL_REFLECT,
	IFLA_OVL_PEER,
	IFLA_OVL_VNIS,
	IFLA_OVL_N_VNIS,
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

/* IFLA_OVL_OPTS: RFC 8926 section 3.4, six bits that count words */
#define OVL_OPTS_MAX		252

/**
 * struct ovl_opt_match - in IFLA_OVL_ACCEPT and IFLA_OVL_MARKOPT
 * @opt_class: of the option
 * @type: of the option, with its critical bit; 0 if @any
 * @any: 1: all types of the class; else 0
 */
struct ovl_opt_match {
	__be16	opt_class;
	__u8	type;
	__u8	any;
};

#define OVL_ACCEPT_MAX		32

/* IFLA_OVL_OPTMAX besides 0 .. OVL_OPTS_MAX; default */
#define OVL_OPTMAX_UNLIMITED	256

/**
 * enum ovl_critmismatch - IFLA_OVL_CRITMISMATCH, a critical option is received,
 *	accepted or not, but the header's C bit says there is none
 * @OVL_CRITMISMATCH_DROP: the packet is dropped; default
 * @OVL_CRITMISMATCH_ACCEPT: it is delivered
 */
enum ovl_critmismatch {
	OVL_CRITMISMATCH_DROP,
	OVL_CRITMISMATCH_ACCEPT,
};

#define OVL_CRITMISMATCH_MAX OVL_CRITMISMATCH_ACCEPT

/* IFLA_OVL_REFLECT: 0: none */
#define OVL_REFLECT_MAX		0x400000

/* In the nest IFLA_OVL_VNIS */
enum {
	OVL_VNIS_UNSPEC,
	OVL_VNI_RANGE,
	__OVL_VNIS_MAX
};

#define OVL_VNIS_MAX (__OVL_VNIS_MAX - 1)

/**
 * enum ovl_vni_range - in the nest OVL_VNI_RANGE
 * @OVL_VNI_DEL: flag: the device loses these VNIs, and what its FDB has of
 *	them; without it they are added, or given another endpoint
 * @OVL_VNI_FIRST: u32: first VNI
 * @OVL_VNI_LAST: u32: last VNI, not below the first; left out: the first
 * @OVL_VNI_REMOTE: struct in_addr: the flood list of each, a multicast group
 *	or a host
 * @OVL_VNI_REMOTE6: struct in6_addr: the same over IPv6
 */
enum ovl_vni_range {
	OVL_VNI_RANGE_UNSPEC,
	OVL_VNI_DEL,
	OVL_VNI_FIRST,
	OVL_VNI_LAST,
	OVL_VNI_REMOTE,
	OVL_VNI_REMOTE6,
	__OVL_VNI_RANGE_MAX
};

#define OVL_VNI_RANGE_MAX (__OVL_VNI_RANGE_MAX - 1)

/*
 * The nest in IFLA_STATS_LINK_XSTATS: far from the numbers of the kernel's own
 * LINK_XSTATS_TYPE_.  It holds any number of OVL_XSTATS_PEER,
 * OVL_XSTATS_DROP and OVL_XSTATS_VNI.  A device with many of them takes several messages of a dump;
 * the answer for a single device has as many as fit.
 */
#define LINK_XSTATS_TYPE_OVL	6081

/**
 * enum ovl_xstats - in the nest LINK_XSTATS_TYPE_OVL
 * @OVL_XSTATS_PEER: nest of enum ovl_xstats_peer: what one peer was sent and
 *	what came from it
 * @OVL_XSTATS_DROP: nest of enum ovl_xstats_drop: one cause of drops that has
 *	occurred
 * @OVL_XSTATS_VNI: nest of enum ovl_xstats_vni: one VNI of IFLA_OVL_VNIFILTER
 */
enum ovl_xstats {
	OVL_XSTATS_UNSPEC,
	OVL_XSTATS_PEER,
	OVL_XSTATS_DROP,
	OVL_XSTATS_VNI,
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
 * @OVL_PEER_OPTS: options as they stand on the wire, if it has its own; empty:
 *	none are sent to it, whatever the device has
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
	OVL_PEER_OPTS,
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

/**
 * enum ovl_xstats_vni - in the nest OVL_XSTATS_VNI
 * @OVL_VNI_STATS_PAD: for alignment
 * @OVL_VNI_STATS_VNI: u32: the VNI
 * @OVL_VNI_STATS_REMOTE: struct in_addr: what OVL_VNI_REMOTE gave it
 * @OVL_VNI_STATS_REMOTE6: struct in6_addr: the same over IPv6
 * @OVL_VNI_STATS_RX_PACKETS: u64; received in it and delivered
 * @OVL_VNI_STATS_RX_BYTES: u64; of the frames inside
 * @OVL_VNI_STATS_RX_ERRORS: u64; received in it and dropped
 * @OVL_VNI_STATS_TX_PACKETS: u64; sent in it
 * @OVL_VNI_STATS_TX_BYTES: u64; of the frames inside
 * @OVL_VNI_STATS_TX_ERRORS: u64; for it, and dropped
 */
enum ovl_xstats_vni {
	OVL_VNI_STATS_UNSPEC,
	OVL_VNI_STATS_PAD,
	OVL_VNI_STATS_VNI,
	OVL_VNI_STATS_REMOTE,
	OVL_VNI_STATS_REMOTE6,
	OVL_VNI_STATS_RX_PACKETS,
	OVL_VNI_STATS_RX_BYTES,
	OVL_VNI_STATS_RX_ERRORS,
	OVL_VNI_STATS_TX_PACKETS,
	OVL_VNI_STATS_TX_BYTES,
	OVL_VNI_STATS_TX_ERRORS,
	__OVL_VNI_STATS_MAX
};

#define OVL_VNI_STATS_MAX (__OVL_VNI_STATS_MAX - 1)

/*
 * OAM packets, those with the O bit, are no tenant's: each is told to who has
 * joined the generic netlink multicast group OVL_GENL_MCGRP_OAM of the family
 * OVL_GENL_NAME in the namespace of the device, which asks for CAP_NET_ADMIN
 * there.
 */
#define OVL_GENL_NAME		"ovl"
#define OVL_GENL_VERSION	1
#define OVL_GENL_MCGRP_OAM	"oam"

enum {
	OVL_GENL_CMD_UNSPEC,
	OVL_GENL_CMD_OAM,
	__OVL_GENL_CMD_MAX
};

#define OVL_GENL_CMD_MAX (__OVL_GENL_CMD_MAX - 1)

/**
 * enum ovl_oam - in a message OVL_GENL_CMD_OAM
 * @OVL_OAM_IFINDEX: u32: device
 * @OVL_OAM_IFNAME: string: its name
 * @OVL_OAM_ADDR: struct in_addr: outer source address
 * @OVL_OAM_ADDR6: struct in6_addr: the same over IPv6
 * @OVL_OAM_PORT: be16: outer source port
 * @OVL_OAM_VNI: u32: VNI
 * @OVL_OAM_PROTO: be16: Ethertype of the payload
 * @OVL_OAM_OPTS: options as they stood on the wire; left out if there are none
 * @OVL_OAM_PAYLOAD: what stood behind them, the first OVL_OAM_PAYLOAD_MAX
 *	bytes; left out if there is nothing
 * @OVL_OAM_LEN: u32: bytes that the payload had
 */
enum ovl_oam {
	OVL_OAM_UNSPEC,
	OVL_OAM_IFINDEX,
	OVL_OAM_IFNAME,
	OVL_OAM_ADDR,
	OVL_OAM_ADDR6,
	OVL_OAM_PORT,
	OVL_OAM_VNI,
	OVL_OAM_PROTO,
	OVL_OAM_OPTS,
	OVL_OAM_PAYLOAD,
	OVL_OAM_LEN,
	__OVL_OAM_MAX
};

#define OVL_OAM_MAX (__OVL_OAM_MAX - 1)

#define OVL_OAM_PAYLOAD_MAX	9216

#endif /* _UAPI_LINUX_OVL_H */
